/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets for a daemon, as many as it takes: sent by a packet socket with a bounded number
 * outstanding, and counted when the answer has come back. Bounded in number and time. Whatever
 * fails ends the program.
 */
#ifndef MONAMI_BENCH_EXCHANGE_H
#define MONAMI_BENCH_EXCHANGE_H

#include "../src/core/api/port.h"

#include <linux/if_packet.h>

/* What is sent, and what counts as an answer. */
struct exchange_with {
	void *ctx;
	size_t count;
	uint32_t window;
	struct octets (*packet)(void *ctx, size_t number);
	bool (*is_answer)(void *ctx, struct octets);
};

struct exchange {
	const struct exchange_with *with;
	int to_daemon;
	int from_daemon;
	struct sockaddr_ll router;
	size_t sent;
	size_t answered;
	size_t other; /* packets that are no answer */
	size_t lost;
};

/* `router`: link-layer address of the other end, in words. */
void exchange_open(struct exchange *, const char *interface, const char *router);
void exchange_run(struct exchange *, const struct exchange_with *, uint32_t seconds);
void exchange_close(struct exchange *);
/* One JSON object; `answered` is what answers are called. */
void exchange_print(const struct exchange *, const char *answered, double seconds);

#endif
