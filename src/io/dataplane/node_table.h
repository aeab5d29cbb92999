/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes of the maps (src/bpf/abi.h): which number a home address and a peer have, and which
 * numbers are free. The tc programs find them by two maps, the daemon by a table of its own.
 */
#ifndef MONAMI_IO_NODE_TABLE_H
#define MONAMI_IO_NODE_TABLE_H

#include "prefix_map.h"
#include "slots.h"

struct node_entry;

struct node_table {
	struct abi_subject *at;
	uint32_t max;
	struct prefix_map prefixes;
	int pairs_fd;      /* borrowed */
	struct slots free; /* but the first */
	bool first_is_free;
	struct node_entry *entries;    /* one for each node number */
	struct node_entry *by_key;     /* home address and peer */
	struct node_entry *by_subject; /* the core's number */
};

/* A way to or from a correspondent. */
static inline bool node_has_peer(const struct abi_subject *node)
{
	return !map_address_equal(&node->peer, &in6addr_any);
}

/*
 * With `at`, `max`, `prefixes` and pairs_fd already set; node_table_restore() of each number
 * follows. -ENOMEM; node_table_fini() in any case.
 */
int node_table_init(struct node_table *);
void node_table_fini(struct node_table *);
/* Knows the number as free or in use, as the node says. -ENOMEM, or what the maps said. */
int node_table_restore(struct node_table *, uint32_t number);

/* NULL if there is none; `peer` is :: for the ways by the home agent. */
struct abi_subject *node_table_find(const struct node_table *, const struct in6_addr *home_address,
	const struct in6_addr *peer);
/* Makes it if there is none, at `side` (enum abi_side). -ENOSPC, -ENOMEM, or what the maps said. */
int node_table_need(struct node_table *, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint32_t side, struct abi_subject **ret);
/* The core calls the node by this number, and no other node. -ENOMEM: it has none. */
int node_table_name(struct node_table *, const struct abi_subject *, uint32_t subject);
void node_table_unname(struct node_table *, const struct abi_subject *);
bool node_table_is_named(const struct node_table *, const struct abi_subject *);
/* That of this number; NULL if there is none. */
struct abi_subject *node_table_subject(const struct node_table *, uint32_t subject);
/* The tc programs do not find it any more. What the maps said. */
int node_table_withdraw(struct node_table *, const struct abi_subject *);
/* Afterwards: its number is free. */
void node_table_forget(struct node_table *, struct abi_subject *);

#endif
