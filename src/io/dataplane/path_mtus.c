/* SPDX-License-Identifier: BSD-2-Clause */
#include "path_mtus.h"

#include <errno.h>
#include <stdlib.h>

int path_mtus_init(struct path_mtus *mtus, uint32_t max)
{
	mtus->max = max;
	mtus->next = NANOS_NEVER;
	mtus->until = calloc(max, sizeof(*mtus->until));
	return mtus->until ? 0 : -ENOMEM;
}

void path_mtus_fini(struct path_mtus *mtus)
{
	free(mtus->until);
	mtus->until = NULL;
}

void path_mtus_learn(struct path_mtus *mtus, uint32_t number, nanos until)
{
	mtus->until[number] = until;
	if (until < mtus->next)
		mtus->next = until;
}

void path_mtus_forget(struct path_mtus *mtus, uint32_t number)
{
	mtus->until[number] = 0;
}

void path_mtus_expire(
	struct path_mtus *mtus, nanos now, void (*each)(void *ctx, uint32_t number), void *ctx)
{
	nanos next = NANOS_NEVER;

	if (now < mtus->next)
		return;
	for (uint32_t i = 0; i < mtus->max; i++) {
		if (mtus->until[i] == 0)
			continue;
		if (mtus->until[i] > now) {
			next = mtus->until[i] < next ? mtus->until[i] : next;
			continue;
		}
		mtus->until[i] = 0;
		each(ctx, i);
	}
	mtus->next = next;
}
