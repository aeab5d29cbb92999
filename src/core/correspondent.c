/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 9, RFC 5648 6.
 */
#include "correspondent.h"

#include <errno.h>
#include <stdlib.h>

struct correspondent {
	struct correspondent_config config;
};

int correspondent_new(struct core *core, const struct correspondent_config *config)
{
	core->correspondent = calloc(1, sizeof(*core->correspondent));
	if (!core->correspondent)
		return -ENOMEM;
	core->correspondent->config = *config;
	return 0;
}

void correspondent_free(struct core *core)
{
	free(core->correspondent);
}

bool correspondent_takes(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	(void)core, (void)now, (void)received, (void)outbox;
	return true;
}

bool correspondent_message(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	(void)core, (void)now, (void)received, (void)outbox;
	return false;
}

int correspondent_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	(void)core, (void)now, (void)event, (void)outbox;
	return -EINVAL;
}

void correspondent_deadline(struct core *core, struct moment now, struct outbox *outbox)
{
	(void)core, (void)now, (void)outbox;
}

nanos correspondent_next_deadline(const struct core *core)
{
	(void)core;
	return NANOS_NEVER;
}

void correspondent_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	(void)core, (void)each, (void)ctx;
}
