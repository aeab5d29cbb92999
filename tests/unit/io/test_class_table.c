/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables that packets are classified by, against the plainest match of RFC 6088 selectors
 * (src/wire/traffic_selector.c). The tries are looked up as the kernel's are: the longest prefix.
 */
#include "../../../src/io/dataplane/class_table.h"

#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static uint64_t random_state;

static uint32_t draw(uint32_t bound)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33) % bound;
}

/* ---- the kernel's part ---- */

static bool has_prefix(const struct abi_address *value, const struct class_node *node)
{
	unsigned bits = node->key.length - ABI_CLASS_BITS(0);

	for (unsigned bit = 0; bit < bits; bit++)
		if ((value->octets[bit / 8] ^ node->key.value.octets[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

static uint64_t trie_lookup(
	const struct class_table *table, unsigned field, const struct abi_address *value)
{
	const struct class_node *longest = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct class_node *node = &table->nodes[i];
		if (node->key.field == field && has_prefix(value, node) &&
			(!longest || longest->key.length < node->key.length))
			longest = node;
	}
	return longest ? longest->matching : table->rules.any[field];
}

/* As src/bpf/classify.h lays a number out. */
static struct abi_address number_value(uint32_t number, unsigned shift)
{
	uint32_t be = htobe32(number << shift);
	struct abi_address value = {0};

	memcpy(&value, &be, sizeof(be));
	return value;
}

static struct abi_address value_of(const struct flow_key *key, uint32_t interface, unsigned field)
{
	static const unsigned shifts[] = {
		[FLOW_LABEL] = 12,
		[FLOW_SOURCE_PORT] = 16,
		[FLOW_DESTINATION_PORT] = 16,
		[FLOW_TRAFFIC_CLASS] = 24,
		[FLOW_PROTOCOL] = 24,
		[ABI_CLASS_INTERFACE] = 0,
	};
	struct abi_address value;

	if (field < FLOW_ADDRESSES) {
		memcpy(&value, &key->addresses[field], sizeof(value));
		return value;
	}
	return number_value(
		field == ABI_CLASS_INTERFACE ? interface : key->numbers[field - FLOW_ADDRESSES],
		shifts[field]);
}

static uint64_t matching(
	const struct class_table *table, const struct flow_key *key, uint32_t interface)
{
	uint64_t rules = UINT64_MAX;

	for (unsigned field = 0; field < ABI_CLASS_FIELDS; field++) {
		const struct abi_address value = value_of(key, interface, field);
		if (!(table->rules.fields & 1u << field))
			rules &= table->rules.any[field];
		else if (field != ABI_CLASS_INTERFACE && !(key->known & FLOW_BIT(field)))
			rules &= table->rules.any[field];
		else
			rules &= trie_lookup(table, field, &value);
	}
	return rules;
}

/* ---- rules and packets ---- */

/* Few values, near each other, so that ranges are nested and met. */
static struct in6_addr random_address(void)
{
	struct in6_addr address = {.s6_addr = {0x20, 1, 0xd, 0xb8}};

	address.s6_addr[5] = (uint8_t)draw(4);
	address.s6_addr[7] = (uint8_t)(draw(3) * 85);
	address.s6_addr[15] = (uint8_t)draw(8);
	return address;
}

static uint32_t random_number(enum flow_field field)
{
	if (field == FLOW_PROTOCOL)
		return draw(3) == 0 ? 6 : draw(4) + 15;
	if (field == FLOW_TRAFFIC_CLASS)
		return draw(256);
	return draw(2) ? draw(16) : draw(1u << 16);
}

static void random_range(struct traffic_selector *selector, enum flow_field field)
{
	if (field < FLOW_ADDRESSES) {
		struct in6_addr a = random_address(), b = random_address();
		bool swap = memcmp(&a, &b, sizeof(a)) > 0;
		selector->addresses[field].first = swap ? b : a;
		selector->addresses[field].last = swap ? a : b;
		return;
	}
	uint32_t a = random_number(field), b = random_number(field);
	selector->numbers[field - FLOW_ADDRESSES] =
		(struct number_range){a < b ? a : b, a < b ? b : a};
}

static struct class_rule random_rule(void)
{
	struct class_rule rule = {.interface = draw(8) == 0 ? draw(3) + 1 : 0};

	rule.selector.format = draw(10) == 0 ? TRAFFIC_SELECTOR_IPV4 : TRAFFIC_SELECTOR_IPV6;
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++) {
		if (draw(3) != 0)
			continue;
		rule.selector.given |= (uint16_t)FLOW_BIT(field);
		random_range(&rule.selector, field);
	}
	return rule;
}

static struct flow_key random_key(void)
{
	struct flow_key key = {
		.format = TRAFFIC_SELECTOR_IPV6,
		.known = (uint16_t)((1u << FLOW_FIELDS) - 1),
		.addresses = {random_address(), random_address()},
	};

	for (enum flow_field field = FLOW_ADDRESSES; field < FLOW_FIELDS; field++) {
		key.numbers[field - FLOW_ADDRESSES] = random_number(field);
		if (field != FLOW_PROTOCOL && field != FLOW_TRAFFIC_CLASS && draw(4) == 0)
			key.known &= (uint16_t)~FLOW_BIT(field);
	}
	return key;
}

static bool rule_matches(
	const struct class_rule *rule, const struct flow_key *key, uint32_t interface)
{
	return (rule->interface == 0 || rule->interface == interface) &&
	       traffic_selector_matches(&rule->selector, key);
}

static void check_packets(const struct class_table *table, const struct class_rule *rules,
	size_t count, uint64_t seed)
{
	for (int i = 0; i < 200; i++) {
		const struct flow_key key = random_key();
		const uint32_t interface = draw(4);
		uint64_t expected = 0;

		for (size_t rule = 0; rule < count; rule++)
			expected |= (uint64_t)rule_matches(&rules[rule], &key, interface) << rule;
		if (matching(table, &key, interface) != expected)
			fail_msg("seed %u, packet %d", (unsigned)seed, i);
	}
}

static void test_as_the_plainest_match(void **state)
{
	struct class_rule rules[ABI_RULES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct class_table table;
		random_state = seed;
		size_t count = draw(ABI_RULES_MAX) + 1;
		for (size_t i = 0; i < count; i++)
			rules[i] = random_rule();
		assert_int_equal(class_table_build(rules, count, &table), 0);
		check_packets(&table, rules, count, seed);
		class_table_fini(&table);
	}
}

static void test_no_rules(void **state)
{
	struct class_table table;

	(void)state;
	assert_int_equal(class_table_build(NULL, 0, &table), 0);
	assert_int_equal(table.count, 0);
	assert_int_equal(table.rules.fields, 0);
	assert_true(table.rules.any[0] == 0);
	class_table_fini(&table);
}

/* The kernel's trie takes no key whose bits behind the prefix count. */
static void test_bits_behind_the_prefix_are_zero(void **state)
{
	const struct class_rule rule = {
		.selector = {
			.format = TRAFFIC_SELECTOR_IPV6,
			.given = FLOW_BIT(FLOW_TRAFFIC_CLASS),
			.numbers[FLOW_TRAFFIC_CLASS - FLOW_ADDRESSES] = {0xbb, 0xbb},
		}};
	struct class_table table;

	(void)state;
	assert_int_equal(class_table_build(&rule, 1, &table), 0);
	assert_int_equal(table.count, 1);
	assert_int_equal(table.nodes[0].key.length, ABI_CLASS_BITS(6));
	assert_int_equal(table.nodes[0].key.value.octets[0], 0xb8);
	class_table_fini(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_the_plainest_match),
		cmocka_unit_test(test_no_rules),
		cmocka_unit_test(test_bits_behind_the_prefix_are_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
