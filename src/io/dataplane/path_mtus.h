/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tunnels have a learnt path MTU, and until when it is valid (RFC 8201 4). Each expires at
 * its own time; the tunnel then sends larger packets again, which probe the path.
 */
#ifndef MONAMI_IO_PATH_MTUS_H
#define MONAMI_IO_PATH_MTUS_H

#include "../../core/api/port.h"

struct path_mtus {
	uint32_t max;
	nanos *until; /* by the tunnel's number; 0: nothing was learnt */
	nanos next;   /* no later than the first of them; NANOS_NEVER: none */
};

/* `max`: of tunnels. 0 or -ENOMEM. */
int path_mtus_init(struct path_mtus *, uint32_t max);
void path_mtus_fini(struct path_mtus *);
void path_mtus_learn(struct path_mtus *, uint32_t number, nanos until);
void path_mtus_forget(struct path_mtus *, uint32_t number);
static inline bool path_mtus_learnt(const struct path_mtus *mtus, uint32_t number)
{
	return mtus->until[number] != 0;
}
/* Forgets those that are valid no longer, and calls `each` with their numbers. */
void path_mtus_expire(
	struct path_mtus *, nanos now, void (*each)(void *ctx, uint32_t number), void *ctx);

#endif
