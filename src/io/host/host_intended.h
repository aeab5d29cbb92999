/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses, routes and rules that the daemon has set and not removed, for the comparison with
 * those of the kernel. Private to host; asks the kernel for names of interfaces only.
 */
#ifndef MONAMI_IO_HOST_INTENDED_H
#define MONAMI_IO_HOST_INTENDED_H

#include "host.h"

enum host_kind {
	HOST_KIND_ADDRESS,
	HOST_KIND_ROUTE,
	HOST_KIND_RULE,
};

/* The identity of an object. Without padding, since its octets are hashed. */
struct intended_key {
	struct in6_addr address; /* or prefix, or source */
	uint32_t prefix_length;
	uint32_t table;
	uint32_t metric;  /* of a rule: its priority */
	uint32_t ifindex; /* of a rule or an unreachable destination: 0 */
	uint32_t kind;
	/* of a rule; of others 0 */
	struct in6_addr destination;
	uint32_t destination_length;
	uint32_t protocol;
	struct host_ports own_ports, peer_ports;
	uint32_t local;
	uint32_t specific;
};

/* The rest of an object, which another program may change. */
struct intended_rest {
	struct in6_addr via;
	struct in6_addr source;
	uint32_t unreachable;
};

struct intended;

struct intended_set {
	struct intended *objects;
	bool incomplete; /* memory was short */
};

struct intended_key intended_address_key(
	uint32_t ifindex, const struct in6_addr *, uint8_t prefix_length);
struct intended_key intended_route_key(const struct host_route *);
struct intended_key intended_rule_key(const struct host_rule *);
/* The rule of which intended_rule_key() made the key. */
struct host_rule intended_rule_of(const struct intended_key *);
struct intended_rest intended_route_rest(const struct host_route *);

void intended_add(struct intended_set *, const struct intended_key *, const struct intended_rest *);
void intended_remove(struct intended_set *, const struct intended_key *);
void intended_clear(struct intended_set *);
bool intended_has(const struct intended_set *, const struct intended_key *);

/* A comparison: an object that is not reported between begin and end is missing. */
void intended_begin(struct intended_set *);
void intended_seen(
	struct intended_set *, const struct intended_key *, const struct intended_rest *);
void intended_end(struct intended_set *);
/* In the order in which they were added. `set` restores one, -errno. `ret_again`: lowered to the
 * time when a waiting object may be restored. */
void intended_put_back(struct intended_set *, uint64_t now,
	int (*set)(void *ctx, const struct intended_key *, const struct intended_rest *), void *ctx,
	put_back_handler *tell, void *tell_ctx, uint64_t *ret_again);
/* The missing objects; `all`: also the others, with how often they were restored. */
void intended_each(const struct intended_set *, bool all, put_back_handler *each, void *ctx);

/* Whether a rule of ours for `source` comes after a foreign one that can match the same packets;
 * `our_priority`: its priority. */
bool intended_rule_after(
	const struct intended_set *, const struct in6_addr *source, struct host_foreign_rule *);

#define INTENDED_TEXT_MAX 320
void intended_text(
	const struct intended_key *, const struct intended_rest *, char ret[INTENDED_TEXT_MAX]);

#endif
