/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * registration.c: the outcome of an update, for each rule of RFC 5648 6.2 alone; at the end, the
 * rules of a correspondent, with care-of addresses for which there are never tokens.
 */
#include "../../../../src/core/binding/registration.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

#define EXPIRES 5000

static const struct in6_addr home_address = {.s6_addr = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 9}};
static const struct registration_rules home_agent_rules = {
	.home_address_deletes = true,
	.deletes_bound_only = true,
	.home_link = true,
	.ipv4_alone_malformed = true,
};
static const struct registration_rules correspondent_rules = {.care_of_proved = true};
static const struct in6_addr home_agent = {.s6_addr = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1}};
static struct message update;
static struct home_prefixes prefixes;
static struct bindings present;
static struct registration outcome;

static struct in6_addr care_of(uint8_t number)
{
	return (struct in6_addr){.s6_addr = {0x20, 1, 0xd, 0xb8, 0, number, [15] = 7}};
}

static struct registration_request request;
static struct in6_addr source;

/* BIDs 1 to `count` are bound to care-of addresses 11, 12 .. */
static void begin(unsigned count)
{
	memset(&present, 0, sizeof(present));
	for (unsigned i = 1; i <= count; i++) {
		struct binding *binding = bindings_add(&present, (uint16_t)i);
		binding->care_of = care_of((uint8_t)(10 + i));
		binding->expires = 1;
		binding->verified = true;
		binding->requests = 2;
	}
	home_prefixes_init(&prefixes, &home_agent, 64);
	message_init(&update, MH_binding_update);
	update.binding_update.lifetime = 10;
	source = care_of(11);
	request = (struct registration_request){
		.rules = &home_agent_rules,
		.update = &update,
		.home_address = &home_address,
		.source = &source,
		.care_of = &source,
		.own = &home_agent,
		.home_prefixes = &prefixes,
		.expires = EXPIRES,
		.lifetime = 10,
		.bindings_max = BINDINGS_MAX,
		.home_status = 169,
	};
}

static void option(uint16_t bid, uint8_t number)
{
	update.bid[update.bid_count++] =
		(struct opt_bid){.bid = bid, .care_of = {number ? 16 : 0, care_of(number)}};
	request.bid_count = update.bid_count;
}

static void evaluate(bool accepted, uint8_t status)
{
	memset(outcome.bid_status, 0xee, sizeof(outcome.bid_status));
	registration_evaluate(&request, &present, &outcome);
	assert_int_equal(outcome.status, status);
	assert_int_equal(outcome.accepted, accepted);
}

static void expect_bound(uint16_t bid, uint8_t number, bool verified)
{
	const struct binding *binding = bindings_find(&outcome.bindings, bid);
	struct in6_addr expected = care_of(number);
	assert_non_null(binding);
	assert_memory_equal(&binding->care_of, &expected, 16);
	assert_int_equal(binding->verified, verified);
}

static void test_new_moved_refreshed(void **state)
{
	(void)state;
	begin(2);
	option(1, 0);
	option(2, 22);
	option(3, 23);
	evaluate(true, 0);
	assert_int_equal(outcome.bindings.count, 3);
	expect_bound(1, 11, true);
	/* what is proved of one address is not proved of another */
	expect_bound(2, 22, false);
	expect_bound(3, 23, false);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(outcome.bid_status[i], 0);
		assert_int_equal(outcome.bindings.at[i].expires, EXPIRES);
		assert_int_equal(outcome.bindings.at[i].lifetime, 10);
		assert_int_equal(outcome.bindings.at[i].requests, 0);
	}
}

static void test_statuses(void **state)
{
	(void)state;
	begin(1);
	option(1, 0);
	option(9, 0);
	option(2, 1); /* the home prefix */
	option(3, 13);
	update.bid[3].care_of.address.s6_addr[0] = 0xff;
	evaluate(true, 4);
	const uint8_t expected[] = {0, 167, 174, 164};
	assert_memory_equal(outcome.bid_status, expected, 4);
	assert_int_equal(outcome.bindings.count, 1);
}

/* RFC 5648 6.2, last paragraph: one reason for all is the acknowledgement's, and nobody else's */
static void test_one_reason(void **state)
{
	(void)state;
	begin(1);
	option(8, 0);
	option(9, 0);
	evaluate(false, 167);
	assert_int_equal(outcome.bid_status[0], 0);
	assert_int_equal(outcome.bid_status[1], 0);
	option(2, 1);
	evaluate(false, 4);
	assert_int_equal(outcome.bid_status[2], 174);
}

static void test_delete(void **state)
{
	(void)state;
	begin(3);
	update.binding_update.lifetime = 0;
	update.binding_update.flags = BU_OVERWRITE;
	option(2, 0);
	evaluate(true, 0);
	assert_int_equal(outcome.bindings.count, 2);
	assert_null(bindings_find(&outcome.bindings, 2));
	option(7, 0);
	evaluate(true, 4);
	assert_int_equal(outcome.bid_status[0], 0);
	assert_int_equal(outcome.bid_status[1], 133);
	begin(1);
	update.binding_update.lifetime = 0;
	option(7, 0);
	evaluate(false, 133);
}

static void test_overwrite(void **state)
{
	(void)state;
	begin(3);
	update.binding_update.flags = BU_OVERWRITE;
	option(2, 0);
	option(5, 12);
	evaluate(true, 0);
	assert_int_equal(outcome.bindings.count, 2);
	/* node_change_bindings() knows what they have shown before */
	expect_bound(2, 12, false);
	expect_bound(5, 12, false);
}

static void test_without_bid_among_bids(void **state)
{
	(void)state;
	begin(3);
	evaluate(true, 0);
	assert_int_equal(outcome.bindings.count, 1);
	expect_bound(0, 11, false);
	update.binding_update.lifetime = 0;
	evaluate(true, 0);
	assert_int_equal(outcome.bindings.count, 0);
	begin(0);
	update.binding_update.lifetime = 0;
	evaluate(false, 133);
}

static void test_bids_where_one_has_none(void **state)
{
	(void)state;
	begin(1);
	present.at[0].bid = 0;
	option(1, 21);
	evaluate(false, 165);
	update.binding_update.flags = BU_OVERWRITE;
	evaluate(true, 0);
	assert_int_equal(outcome.bindings.count, 1);
	expect_bound(1, 21, false);
}

/* RFC 5648 6.2: the whole update, before all else */
static void test_wrong_length(void **state)
{
	(void)state;
	begin(1);
	request.mcoa_prohibited = true;
	option(1, 0);
	option(2, 22);
	update.bid[1].care_of.length = CARE_OF_MALFORMED;
	evaluate(false, 164);
	assert_int_equal(outcome.bid_status[0], 0);
	assert_int_equal(outcome.bid_status[1], 0);
	update.binding_update.lifetime = 0;
	evaluate(false, 164);
}

static void test_policy(void **state)
{
	(void)state;
	begin(1);
	option(1, 11);
	request.mcoa_prohibited = true;
	evaluate(false, 166);
	request.mcoa_prohibited = false;
	request.bulk_prohibited = true;
	evaluate(true, 0);
	option(2, 12);
	evaluate(false, 168);
	request.bulk_prohibited = false;
	request.proved_only = true;
	evaluate(false, 168);
	update.bid[1].care_of.address = care_of(11);
	evaluate(true, 0);
}

/* RFC 6275 10.3.1, 10.3.2 */
static void test_prefix_discovery(void **state)
{
	(void)state;
	begin(1);
	request.prefix_discovery = true;
	evaluate(true, 1);
	option(1, 0);
	evaluate(true, 1);
	assert_int_equal(outcome.bid_status[0], 0);
	option(9, 0);
	evaluate(true, 4);
	begin(1);
	request.prefix_discovery = true;
	update.binding_update.lifetime = 0;
	evaluate(true, 0);
	begin(0);
	request.prefix_discovery = true;
	option(9, 0);
	evaluate(false, 167);
}

static void test_limit(void **state)
{
	(void)state;
	begin(2);
	request.bindings_max = 2;
	option(3, 23);
	evaluate(false, 130);
	option(2, 22);
	evaluate(true, 4);
	assert_int_equal(outcome.bid_status[0], 130);
	update.binding_update.flags = BU_OVERWRITE;
	evaluate(true, 0);
	option(4, 24);
	evaluate(true, 4);
	assert_int_equal(outcome.bid_status[2], 130);
	assert_int_equal(outcome.bindings.count, 2);
}

/* RFC 5648 5.6: status 5 is the option's beside others, the acknowledgement's alone; 5.6.5 */
static void test_home_binding(void **state)
{
	(void)state;
	begin(1);
	request.home_status = 5;
	option(4, 24);
	update.bid[0].flags = BID_HOME;
	update.bid[0].care_of.address = home_address;
	evaluate(true, 5);
	assert_int_equal(outcome.bid_status[0], 0);
	assert_true(bindings_find(&outcome.bindings, 4)->home);
	option(2, 22);
	evaluate(true, 0);
	assert_int_equal(outcome.bid_status[0], 5);
	assert_int_equal(outcome.bid_status[1], 0);

	/* it leaves; without H its care-of address is none */
	present = outcome.bindings;
	update.bid[0].flags = 0;
	update.bid[0].care_of.length = 0;
	evaluate(true, 4);
	assert_int_equal(outcome.bid_status[0], 167);
	assert_null(bindings_home(&outcome.bindings));
	/* with O it stays, if it is named */
	update.binding_update.flags = BU_OVERWRITE;
	update.bid[0].flags = BID_HOME;
	evaluate(true, 0);
	assert_int_equal(outcome.bid_status[0], 5);
	assert_non_null(bindings_home(&outcome.bindings));
}

/* ---- a correspondent ---- */

/* The tokens prove `proved`. */
static void begin_correspondent(unsigned count, struct in6_addr proved)
{
	begin(count);
	source = proved;
	request.rules = &correspondent_rules;
	request.home_prefixes = NULL;
	request.bulk_prohibited = true;
}

/* RFC 5648 6.2: 164 for a care-of address that is not unicast routable, unless it is deleted */
static void test_unroutable(void **state)
{
	(void)state;
	static const struct in6_addr unroutable[] = {
		IN6ADDR_ANY_INIT,
		IN6ADDR_LOOPBACK_INIT,
		{.s6_addr = {0xff, 2, [15] = 1}},
		{.s6_addr = {0xfe, 0x80, [15] = 1}},
	};
	for (size_t i = 0; i < sizeof(unroutable) / sizeof(unroutable[0]); i++) {
		for (unsigned bound = 0; bound < 2; bound++) {
			begin_correspondent(bound, unroutable[i]);
			option(1, 11);
			evaluate(false, 164);
		}
		update.binding_update.lifetime = 0;
		evaluate(true, 0);
		assert_int_equal(outcome.bindings.count, 0);
	}
}

static void test_present_stays(void **state)
{
	(void)state;
	begin_correspondent(2, care_of(22));
	request.bindings_max = 2;
	struct bindings before = present;
	option(3, 22);
	evaluate(false, 130);
	update.bid[0].bid = 1;
	evaluate(true, 0);
	expect_bound(1, 22, false);
	update.binding_update.lifetime = 0;
	evaluate(true, 0);
	assert_memory_equal(&present, &before, sizeof(before));
}

/* RFC 6275 5.2.5: the proved address is bound, and not the address of the option or of before */
static void test_proved(void **state)
{
	(void)state;
	begin_correspondent(1, care_of(22));
	option(1, 0);
	evaluate(true, 0);
	expect_bound(1, 22, false);
	update.bid[0] = (struct opt_bid){.bid = 1, .care_of = {16, care_of(23)}};
	evaluate(true, 0);
	expect_bound(1, 22, false);
	update.bid[0] = (struct opt_bid){.bid = 9};
	evaluate(false, 167);
}

/* RFC 6275 9.5.3, 6.1.8: where the two differ otherwise */
static void test_correspondent_rules(void **state)
{
	(void)state;
	begin_correspondent(0, care_of(22));
	update.binding_update.lifetime = 0;
	evaluate(true, 0);
	begin_correspondent(1, home_address);
	evaluate(false, 174);
	begin_correspondent(1, care_of(22));
	option(1, 22);
	update.bid[0].flags = BID_HOME;
	evaluate(true, 0);
	assert_null(bindings_home(&outcome.bindings));
	update.bid[0].care_of.length = 4;
	evaluate(false, 164);
	update.binding_update.lifetime = 0;
	evaluate(false, 164);
	update.bid[0].care_of.length = 16;
	option(2, 22);
	evaluate(false, 168);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_moved_refreshed),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_one_reason),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_overwrite),
		cmocka_unit_test(test_without_bid_among_bids),
		cmocka_unit_test(test_bids_where_one_has_none),
		cmocka_unit_test(test_wrong_length),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_prefix_discovery),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_home_binding),
		cmocka_unit_test(test_unroutable),
		cmocka_unit_test(test_present_stays),
		cmocka_unit_test(test_proved),
		cmocka_unit_test(test_correspondent_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
