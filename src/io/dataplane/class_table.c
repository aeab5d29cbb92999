/* SPDX-License-Identifier: BSD-2-Clause */
#include "class_table.h"

#include "../../wire/range_cover.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t bits_of[ABI_CLASS_FIELDS] = {
	[FLOW_SOURCE] = 128,
	[FLOW_DESTINATION] = 128,
	[FLOW_SPI] = 32,
	[FLOW_LABEL] = 20,
	[FLOW_SOURCE_PORT] = 16,
	[FLOW_DESTINATION_PORT] = 16,
	[FLOW_TRAFFIC_CLASS] = 6,
	[FLOW_PROTOCOL] = 8,
	[ABI_CLASS_INTERFACE] = 32,
};

/* The octets of a number as a field's value: its bits that count come first. */
static void value_of(unsigned field, uint32_t number, uint8_t ret[4])
{
	/* RFC 6088 3: the two low bits of a traffic class do not count */
	unsigned shift = field == FLOW_TRAFFIC_CLASS ? 24 : 32u - bits_of[field];
	uint32_t be = htobe32(number << shift);

	memcpy(ret, &be, sizeof(be));
}

/* The context of range_cover(). */
struct growing {
	struct class_table *table;
	size_t room;
	unsigned field;
	uint64_t rule; /* its bit */
	int result;
};

static int make_room(struct growing *growing)
{
	size_t room = growing->room ? 2 * growing->room : 64;
	struct class_node *nodes = growing->table->nodes;

	if (growing->table->count < growing->room)
		return 0;
	nodes = realloc(nodes, room * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	growing->table->nodes = nodes;
	growing->room = room;
	return 0;
}

static void append(void *ctx, const uint8_t *value, unsigned length)
{
	struct growing *growing = ctx;

	if (growing->result == 0)
		growing->result = make_room(growing);
	if (growing->result < 0)
		return;
	struct class_node *node = &growing->table->nodes[growing->table->count++];
	*node = (struct class_node){
		.key = {.length = ABI_CLASS_BITS(length), .field = growing->field},
		.matching = growing->rule,
	};
	memcpy(&node->key.value, value, sizeof(node->key.value));
}

static void append_numbers(struct growing *growing, uint32_t first, uint32_t last)
{
	uint8_t from[4], to[4];

	value_of(growing->field, first, from);
	value_of(growing->field, last, to);
	range_cover(from, to, bits_of[growing->field], append, growing);
}

/* False: the rule says nothing of the field. */
static bool append_field(struct growing *growing, const struct class_rule *rule)
{
	const struct traffic_selector *selector = &rule->selector;
	unsigned field = growing->field;

	if (field == ABI_CLASS_INTERFACE) {
		if (rule->interface != 0)
			append_numbers(growing, rule->interface, rule->interface);
		return rule->interface != 0;
	}
	if (!(selector->given & FLOW_BIT(field)))
		return false;
	if (field < FLOW_ADDRESSES)
		range_cover(selector->addresses[field].first.s6_addr,
			selector->addresses[field].last.s6_addr, bits_of[field], append, growing);
	else
		append_numbers(growing, selector->numbers[field - FLOW_ADDRESSES].first,
			selector->numbers[field - FLOW_ADDRESSES].last);
	return true;
}

static void append_rule(struct growing *growing, const struct class_rule *rule)
{
	struct abi_rules *rules = &growing->table->rules;

	for (growing->field = 0; growing->field < ABI_CLASS_FIELDS; growing->field++) {
		if (append_field(growing, rule))
			rules->fields |= 1u << growing->field;
		else
			rules->any[growing->field] |= growing->rule;
	}
}

/* A prefix stands before the longer ones in it, and equal ones stand together. */
static int compare_nodes(const void *a, const void *b)
{
	const struct class_node *x = a, *y = b;

	if (x->key.field != y->key.field)
		return x->key.field < y->key.field ? -1 : 1;
	int result = memcmp(&x->key.value, &y->key.value, sizeof(x->key.value));
	if (result != 0 || x->key.length == y->key.length)
		return result;
	return x->key.length < y->key.length ? -1 : 1;
}

static void merge_equal(struct class_table *table)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct class_node *last = count > 0 ? &table->nodes[count - 1] : NULL;
		if (last && compare_nodes(last, &table->nodes[i]) == 0)
			last->matching |= table->nodes[i].matching;
		else
			table->nodes[count++] = table->nodes[i];
	}
	table->count = count;
}

static bool is_within(const struct class_node *node, const struct class_node *prefix)
{
	unsigned bits = prefix->key.length - ABI_CLASS_BITS(0);
	const uint8_t *a = node->key.value.octets, *b = prefix->key.value.octets;

	if (node->key.field != prefix->key.field || prefix->key.length > node->key.length ||
		memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & (0xff00 >> bits % 8) & 0xff) == 0;
}

/* A value in a prefix is in all the shorter ones around it, of which the trie tells nothing. */
static void add_rules_around(struct class_table *table)
{
	/* those that the node before is in, from the shortest on */
	const struct class_node *around[128 + 1];
	size_t depth = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct class_node *node = &table->nodes[i];
		while (depth > 0 && !is_within(node, around[depth - 1]))
			depth--;
		node->matching |=
			depth > 0 ? around[depth - 1]->matching : table->rules.any[node->key.field];
		around[depth++] = node;
	}
}

int class_table_build(const struct class_rule *rules, size_t count, struct class_table *ret)
{
	struct growing growing = {.table = ret};

	*ret = (struct class_table){0};
	for (size_t i = 0; i < count && growing.result == 0; i++) {
		growing.rule = 1ull << i;
		/* IPv4 packets are not classified yet. */
		if (rules[i].selector.format != TRAFFIC_SELECTOR_IPV4)
			append_rule(&growing, &rules[i]);
	}
	if (growing.result < 0) {
		class_table_fini(ret);
		return growing.result;
	}
	if (ret->count > 0)
		qsort(ret->nodes, ret->count, sizeof(*ret->nodes), compare_nodes);
	merge_equal(ret);
	add_rules_around(ret);
	return 0;
}

void class_table_fini(struct class_table *table)
{
	free(table->nodes);
	*table = (struct class_table){0};
}
