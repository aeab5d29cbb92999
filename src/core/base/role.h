/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A role: the functions that core.c calls, and their arguments. `self` is an instance of the role
 * (a struct home_agent, correspondent or mobile_node). A function may be NULL where its comment
 * says so.
 */
#ifndef MONAMI_CORE_ROLE_H
#define MONAMI_CORE_ROLE_H

#include "core_base.h"

#include "../../wire/icmpv6.h"

/* One received message, decoded; the views in it live as long as the call. */
struct received {
	/* Tunnelled: to a mobile node, out of the tunnel from its home agent; checked. */
	const struct arrival *arrival;
	const struct packet *packet;
	const struct message *message; /* NULL: it is none */
};

/* One ICMPv6 message, decoded and checked (icmpv6.h). */
struct received_icmpv6 {
	const struct arrival *arrival; /* as in struct received */
	const struct packet *packet;
	const struct icmpv6 *message;
};

struct role {
	/* How many instances the configuration asks for. */
	unsigned (*count)(const struct core_config *);
	/* Makes one of them, counted from 0: 0, -ENOMEM or -EINVAL. `base` is borrowed, and lasts
	 * longer; the instance adds its address to those of `base`. */
	int (*create)(
		struct core_base *base, const struct core_config *, unsigned index, void **ret);
	void (*free)(void *self);

	/* Whether a packet is addressed to the instance, as far as its headers tell. */
	bool (*is_for)(const void *self, const struct received *);
	/* RFC 6275 9.3.1: whether the home address of the packet's Home Address option is bound to
	 * its source. NULL: the role has no bindings of others. */
	bool (*binds)(const void *self, nanos now, const struct packet *);
	/*
	 * The receive checks of RFC 6275 9.3.1 and 6.4, before the payload is decoded. `bound`: the
	 * home address of the packet is bound, or needs not be. False: the packet has been counted,
	 * or answered. NULL: there are none.
	 */
	bool (*admits)(
		void *self, struct moment, const struct received *, bool bound, struct outbox *);
	/* Sets the link by which an error about the packet leaves. NULL: as in error_report.c. */
	void (*address_answer)(
		const void *self, const struct received *, struct effect_send *answer);
	/* RFC 6275 11.3: whether an outer packet comes from the home agent's end of the instance's
	 * tunnel. NULL: the role has no tunnel of its own. */
	bool (*tunnelled)(const void *self, const struct arrival *, const struct packet *outer);
	/* `tunnelled` is NULL: whether packets out of the tunnels of others are offered to it. */
	bool takes_inner;

	/* DROP_NONE: the instance has handled the message, and counted it if it was discarded. Else
	 * the message is none of its own, for this reason; nothing was changed. */
	enum drop (*message)(void *self, struct moment, const struct received *, struct outbox *);
	enum drop (*icmpv6)(
		void *self, struct moment, const struct received_icmpv6 *, struct outbox *);

	/* Whether the event is about this instance. HOST_STOP is about all, and not asked for. */
	bool (*concerns)(const void *self, const struct host_event *);
	/* As core_host(). */
	int (*host)(void *self, struct moment, const struct host_event *, struct outbox *);
	/* After HOST_STOP: whether the instance has nothing left to do. */
	bool (*stopped)(const void *self);
	void (*deadline)(void *self, struct moment, struct outbox *);
	nanos (*next_deadline)(const void *self);
	void (*each_binding)(
		const void *self, void (*each)(void *ctx, const struct binding_view *), void *ctx);
	/* NULL: it has no flow bindings of others. */
	void (*each_flow)(
		const void *self, void (*each)(void *ctx, const struct flow_view *), void *ctx);
};

#endif
