/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the core: what core.c and the two roles share. Nobody outside src/core includes this.
 */
#ifndef MONAMI_CORE_ROLE_H
#define MONAMI_CORE_ROLE_H

#include "../api/core.h"
#include "rate_limit.h"
#include "../../wire/icmpv6.h"

struct home_agent;
struct mobile_node;
struct correspondent;

struct core {
	const struct dialect *dialect;
	struct core_port port;
	struct core_counters counters;
	struct rate_limit answers; /* to what cannot be taken, or is not authentic */
	enum core_role role;
	union {
		struct home_agent *home_agent;
		struct mobile_node *mobile_node;
	};
	struct correspondent *correspondent; /* NULL unless it is one */
};

/* One received message, understood; the views in it live as long as the call. */
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

int home_agent_new(struct core *, const struct home_agent_config *);
void home_agent_free(struct core *);
/*
 * Whether the packet goes on to its handlers; if not, it has been counted, or answered with a
 * Binding Error (RFC 6275 9.3.1).
 */
bool home_agent_takes(struct core *, struct moment, const struct received *, struct outbox *);
void home_agent_message(struct core *, struct moment, const struct received *, struct outbox *);
/* Echo replies, Neighbour Discovery on the home link, discovery (RFC 6275 10.5, 10.6). */
void home_agent_icmpv6(
	struct core *, struct moment, const struct received_icmpv6 *, struct outbox *);
int home_agent_host(struct core *, struct moment, const struct host_event *, struct outbox *);
void home_agent_deadline(struct core *, struct moment, struct outbox *);
nanos home_agent_next_deadline(const struct core *);
void home_agent_each_binding(
	const struct core *, void (*each)(void *ctx, const struct binding_view *), void *ctx);

int mobile_node_new(struct core *, const struct mobile_node_config *);
void mobile_node_free(struct core *);
/* RFC 6275 11.3: whether an outer packet is of the tunnel from the home agent. */
bool mobile_node_tunnelled(struct core *, const struct arrival *, const struct packet *outer);
void mobile_node_message(struct core *, struct moment, const struct received *, struct outbox *);
/* Echo replies, Router Advertisements, discovery (RFC 6275 11.4). */
void mobile_node_icmpv6(
	struct core *, struct moment, const struct received_icmpv6 *, struct outbox *);
int mobile_node_host(struct core *, struct moment, const struct host_event *, struct outbox *);
void mobile_node_deadline(struct core *, struct moment, struct outbox *);
nanos mobile_node_next_deadline(const struct core *);
void mobile_node_each_binding(
	const struct core *, void (*each)(void *ctx, const struct binding_view *), void *ctx);
void mobile_node_each_link(
	const struct core *, void (*each)(void *ctx, const struct link_view *), void *ctx);
enum home_state mobile_node_home_state(const struct core *);
struct registration_view mobile_node_registration(const struct core *);
struct in6_addr mobile_node_home_agent(const struct core *);
void mobile_node_each_correspondent(
	const struct core *, void (*each)(void *ctx, const struct correspondent_view *), void *ctx);

/* As core_each_...() of the same name. */
void home_agent_each_home_agent(
	const struct core *, void (*each)(void *ctx, const struct home_agent_view *), void *ctx);
void home_agent_each_prefix(
	const struct core *, void (*each)(void *ctx, const struct host_prefix *), void *ctx);
void mobile_node_each_home_agent(
	const struct core *, void (*each)(void *ctx, const struct home_agent_view *), void *ctx);
void mobile_node_each_prefix(
	const struct core *, void (*each)(void *ctx, const struct host_prefix *), void *ctx);

/* core.c: counts */
void core_drop(struct core *, enum drop);

#endif
