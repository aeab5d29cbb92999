/* SPDX-License-Identifier: BSD-2-Clause */
#include "node_table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Its default ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->number = ABI_NO_SUBJECT)
#include <uthash.h>

/* Home address and peer: as they stand in the node, one behind the other. */
#define KEY_OCTETS (2 * sizeof(struct in6_addr))
_Static_assert(offsetof(struct abi_subject, peer) ==
		       offsetof(struct abi_subject, home_address) + sizeof(struct in6_addr),
	"the key of a node is in one piece");

/* The key stands in the node itself. */
struct node_entry {
	uint32_t number;
	uint32_t subject; /* the core's number; 0: none */
	UT_hash_handle hh;
	UT_hash_handle by_subject;
};

static struct node_entry *find_entry(const struct node_table *table,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	const struct in6_addr key[] = {*home_address, *peer};
	struct node_entry *entry;

	HASH_FIND(hh, table->by_key, key, KEY_OCTETS, entry);
	return entry;
}

struct abi_subject *node_table_find(const struct node_table *table,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	const struct node_entry *entry = find_entry(table, home_address, peer);

	return entry ? &table->at[entry->number] : NULL;
}

struct abi_subject *node_table_subject(const struct node_table *table, uint32_t subject)
{
	struct node_entry *entry;

	HASH_FIND(by_subject, table->by_subject, &subject, sizeof(subject), entry);
	return entry ? &table->at[entry->number] : NULL;
}

static void unname(struct node_table *table, struct node_entry *entry)
{
	if (entry->subject != 0)
		HASH_DELETE(by_subject, table->by_subject, entry);
	entry->subject = 0;
}

void node_table_unname(struct node_table *table, const struct abi_subject *node)
{
	unname(table, &table->entries[node - table->at]);
}

bool node_table_is_named(const struct node_table *table, const struct abi_subject *node)
{
	return table->entries[node - table->at].subject != 0;
}

int node_table_name(struct node_table *table, const struct abi_subject *node, uint32_t subject)
{
	const uint32_t number = (uint32_t)(node - table->at);
	struct node_entry *entry = &table->entries[number];
	const struct abi_subject *other = node_table_subject(table, subject);

	if (other == node)
		return 0;
	if (other)
		node_table_unname(table, other);
	unname(table, entry);
	entry->subject = subject;
	HASH_ADD(by_subject, table->by_subject, subject, sizeof(subject), entry);
	if (entry->number == number)
		return 0;
	entry->number = number;
	entry->subject = 0;
	return -ENOMEM;
}

/* Enters the node under its home address and peer. */
static int remember(struct node_table *table, uint32_t number)
{
	struct node_entry *entry = &table->entries[number];
	struct abi_subject *node = &table->at[number];

	entry->number = number;
	HASH_ADD_KEYPTR(hh, table->by_key, node->home_address.octets, KEY_OCTETS, entry);
	return entry->number == number ? 0 : -ENOMEM;
}

static struct abi_pair pair_of(const struct abi_subject *node)
{
	return (struct abi_pair){
		.home_address = node->home_address,
		.peer = node->peer,
		.side = node->side,
	};
}

static struct abi_prefix prefix_of(const struct abi_subject *node)
{
	struct in6_addr home_address;

	memcpy(&home_address, &node->home_address, sizeof(home_address));
	return prefix_key(node->side, &home_address, 128);
}

/* Lets the tc programs find the node. */
static int publish(struct node_table *table, uint32_t number)
{
	const struct abi_subject *node = &table->at[number];
	const struct abi_subject_ref ref = {.subject = number, .generation = node->generation};
	const struct abi_prefix prefix = prefix_of(node);
	const struct abi_pair pair = pair_of(node);

	if (!node_has_peer(node))
		return prefix_map_set(&table->prefixes, &prefix, &ref);
	return bpf_map_update_elem(table->pairs_fd, &pair, &ref, BPF_ANY) < 0 ? -errno : 0;
}

int node_table_withdraw(struct node_table *table, const struct abi_subject *node)
{
	const struct abi_prefix prefix = prefix_of(node);
	const struct abi_pair pair = pair_of(node);

	if (!node_has_peer(node))
		return prefix_map_remove(&table->prefixes, &prefix);
	return bpf_map_delete_elem(table->pairs_fd, &pair) < 0 && errno != ENOENT ? -errno : 0;
}

/* Number 0 is kept for a way by the home agent: a mobile node's own (icmpv6.h). */
static int number_take(struct node_table *table, bool for_peer, uint32_t *ret)
{
	if (for_peer || !table->first_is_free)
		return slots_take(&table->free, ret);
	table->first_is_free = false;
	*ret = 0;
	return 0;
}

static void number_give(struct node_table *table, uint32_t number)
{
	if (number == 0)
		table->first_is_free = true;
	else
		slots_give(&table->free, number);
}

static void clear_node(struct abi_subject *node, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint32_t side)
{
	const uint32_t generation = node->generation + 1;

	memset(node, 0, sizeof(*node));
	node->generation = generation;
	node->side = side;
	memset(node->order, 0xff, sizeof(node->order));
	memset(node->all, 0xff, sizeof(node->all));
	map_address_copy(&node->home_address, home_address);
	map_address_copy(&node->peer, peer);
}

void node_table_forget(struct node_table *table, struct abi_subject *node)
{
	uint32_t number = (uint32_t)(node - table->at);

	map_store_u32(&node->in_use, 0);
	node_table_unname(table, node);
	HASH_DELETE(hh, table->by_key, &table->entries[number]);
	number_give(table, number);
}

static int node_new(struct node_table *table, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint32_t side, struct abi_subject **ret)
{
	uint32_t number;
	int result = number_take(table, !IN6_IS_ADDR_UNSPECIFIED(peer), &number);

	if (result < 0)
		return result;
	struct abi_subject *node = &table->at[number];
	clear_node(node, home_address, peer, side);
	result = remember(table, number);
	if (result < 0) {
		number_give(table, number);
		return result;
	}
	map_store_u32(&node->in_use, 1);
	result = publish(table, number);
	if (result < 0) {
		node_table_forget(table, node);
		return result;
	}
	*ret = node;
	return 0;
}

int node_table_need(struct node_table *table, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint32_t side, struct abi_subject **ret)
{
	struct abi_subject *node = node_table_find(table, home_address, peer);

	if (!node)
		return node_new(table, home_address, peer, side, ret);
	*ret = node;
	return 0;
}

int node_table_restore(struct node_table *table, uint32_t number)
{
	if (!table->at[number].in_use) {
		number_give(table, number);
		return 0;
	}
	int result = publish(table, number);
	return result < 0 ? result : remember(table, number);
}

int node_table_init(struct node_table *table)
{
	table->by_key = NULL;
	table->by_subject = NULL;
	table->first_is_free = false;
	table->entries = calloc(table->max, sizeof(*table->entries));
	return table->entries ? slots_init(&table->free, table->max) : -ENOMEM;
}

void node_table_fini(struct node_table *table)
{
	HASH_CLEAR(hh, table->by_key);
	HASH_CLEAR(by_subject, table->by_subject);
	free(table->entries);
	table->entries = NULL;
	slots_fini(&table->free);
}
