/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correspondent (RFC 6275 9, RFC 5648 6): answers Home and Care-of Test Inits without keeping
 * anything, takes Binding Updates that return routability authorizes, and has a binding for each
 * Binding Identifier. Part of a core of its own role, or of a mobile node's.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_H
#define MONAMI_CORE_CORRESPONDENT_H

#include "../base/role.h"

struct correspondent;

/* Sets core->correspondent. 0, -ENOMEM or -EINVAL. */
int correspondent_new(struct core *, const struct correspondent_config *);
void correspondent_free(struct core *);

/*
 * RFC 6275 9.3.1, RFC 5648 6.5: whether the packet goes on, which has a Home Address option or not;
 * if not, it has been counted, or answered with a Binding Error.
 */
bool correspondent_takes(struct core *, struct moment, const struct received *, struct outbox *);

/* Home Test Init, Care-of Test Init, Binding Update: false if it is none of these. */
bool correspondent_message(struct core *, struct moment, const struct received *, struct outbox *);

/* Whether what is told is told to it, and not to the mobile node that it is a part of:
 * RESTORE_NODE, RESTORE_BINDING, ACTIVITY of its own tunnels, UNREACHABLE. */
bool correspondent_concerns(const struct core *, const struct host_event *);
/* RESTORE_NODE, RESTORE_BINDING, ACTIVITY, UNREACHABLE, STOP. */
int correspondent_host(struct core *, struct moment, const struct host_event *, struct outbox *);
/* After STOP: whether all mobile nodes have been told that their bindings are gone. */
bool correspondent_stopped(const struct core *);
void correspondent_deadline(struct core *, struct moment, struct outbox *);
nanos correspondent_next_deadline(const struct core *);
void correspondent_each_binding(
	const struct core *, void (*each)(void *ctx, const struct binding_view *), void *ctx);

#endif
