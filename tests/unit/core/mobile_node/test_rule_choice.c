/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/rule_choice.c: when a rule leaves a link, and when it returns.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/rule_choice.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct rule_choice choice;
static struct policy_rule rule;
static struct link_qualities links;
static nanos now;

static int begin(void **state)
{
	(void)state;
	now = 1000 * SECOND;
	choice = (struct rule_choice){.count = 0};
	rule = (struct policy_rule){
		.number = 1, .preference = 1, .links_count = 2, .links = {{2, 1}, {1, 1}}};
	links = (struct link_qualities){.count = 2};
	for (uint16_t i = 0; i < 2; i++)
		links.at[i] = (struct link_quality){.bid = (uint16_t)(i + 1),
			.present = true,
			.carries = true,
			.registered = true,
			.delay = 20 * MS};
	return 0;
}

static void step(nanos after)
{
	now += after;
	rule_choice_step(&choice, &rule, &links, now);
}

/* Link 2 is bad for a moment: it comes back `after`. */
static void expect_hold(nanos after)
{
	links.at[1].carries = false;
	step(100 * MS);
	assert_int_equal(choice.at[0].bid, 1);
	assert_int_equal(choice.at[1].reason, LINK_REASON_PATH);
	links.at[1].carries = true;
	step(100 * MS);
	assert_int_equal(choice.at[0].bid, 1);
	assert_int_equal(choice.at[1].reason, LINK_REASON_RETURNING);
	assert_true(choice.again == now + after);
	step(after - 1);
	assert_int_equal(choice.at[0].bid, 1);
	step(1);
	assert_int_equal(choice.at[0].bid, 2);
}

static void test_hold_doubles(void **state)
{
	(void)state;
	step(0);
	assert_int_equal(choice.at[0].bid, 2);
	nanos hold = 2 * SECOND;
	for (unsigned i = 0; i < 8; i++) {
		expect_hold(hold);
		hold = hold < 64 * SECOND ? 2 * hold : hold;
		step(61 * SECOND); /* so that the limit of moves is out of the way */
	}
	step(301 * SECOND);
	expect_hold(2 * SECOND);
}

/* After two moves in a minute, the next return waits until the first of them is a minute old. */
static void test_limit(void **state)
{
	(void)state;
	step(0);
	expect_hold(2 * SECOND); /* two moves */
	links.at[1].carries = false;
	step(SECOND); /* the third */
	nanos third = now;
	links.at[1].carries = true;
	step(SECOND);
	assert_true(choice.again > now + 50 * SECOND && choice.again < third + 60 * SECOND);
	nanos back = choice.again;
	step(back - 1 - now);
	assert_int_equal(choice.at[0].bid, 1);
	step(1);
	assert_int_equal(choice.at[0].bid, 2);
}

/* A lost carrier, a hint and the price are what the host says: no hold, no move that counts. */
static void test_what_the_host_says(void **state)
{
	(void)state;
	rule.unmetered = true;
	step(0);
	for (unsigned i = 0; i < 10; i++) {
		links.at[1].present = links.at[1].carries = links.at[1].registered = false;
		step(MS);
		assert_int_equal(choice.at[0].bid, 1);
		links.at[1].present = links.at[1].carries = links.at[1].registered = true;
		step(MS);
		assert_int_equal(choice.at[0].bid, 2);
		links.at[1].leaving = true;
		step(MS);
		assert_int_equal(choice.at[0].bid, 1);
		links.at[1].leaving = false;
		links.at[1].metered = true;
		step(MS);
		assert_int_equal(choice.at[0].bid, 1);
		links.at[1].metered = false;
		step(MS);
		assert_int_equal(choice.at[0].bid, 2);
	}
}

/* A bound that was passed is kept again at four fifths of it. */
static void test_bound(void **state)
{
	(void)state;
	rule.delay_max_us = 50000;
	step(0);
	links.at[1].delay = 50 * MS;
	step(SECOND);
	assert_int_equal(choice.at[0].bid, 2);
	links.at[1].delay = 50 * MS + 1;
	step(SECOND);
	assert_int_equal(choice.at[0].bid, 1);
	assert_true(rule_choice_permits(&rule, &choice.at[1]));
	rule.strict = true;
	assert_false(rule_choice_permits(&rule, &choice.at[1]));
	links.at[1].delay = 40 * MS + 1;
	step(100 * SECOND);
	step(100 * SECOND);
	assert_int_equal(choice.at[0].bid, 1);
	links.at[1].delay = 40 * MS;
	step(SECOND);
	assert_true(rule_choice_permits(&rule, &choice.at[1]));
	step(2 * SECOND);
	assert_int_equal(choice.at[0].bid, 2);
}

static void test_smallest_delay(void **state)
{
	(void)state;
	rule.mode = POLICY_SMALLEST_DELAY;
	step(0);
	assert_int_equal(choice.at[0].bid, 2);
	links.at[0].delay = 15 * MS + 1; /* not better by 5 ms */
	step(SECOND);
	step(10 * SECOND);
	assert_int_equal(choice.at[0].bid, 2);
	links.at[0].delay = 15 * MS;
	step(SECOND);
	step(2 * SECOND - 1);
	assert_int_equal(choice.at[0].bid, 2);
	step(1);
	assert_int_equal(choice.at[0].bid, 1);
	links.at[0].delay = 100 * MS;
	links.at[1].delay = 80 * MS + 1; /* not better by a fifth */
	step(SECOND);
	step(10 * SECOND);
	assert_int_equal(choice.at[0].bid, 1);
}

static void test_tiers(void **state)
{
	(void)state;
	rule.mode = POLICY_BALANCE;
	step(0);
	assert_int_equal(rule_choice_tier(&choice, &rule, 0), 0);
	assert_int_equal(rule_choice_tier(&choice, &rule, 1), 0);
	links.at[0].leaving = true;
	step(0);
	assert_int_equal(rule_choice_tier(&choice, &rule, 0), 0);
	assert_int_not_equal(rule_choice_tier(&choice, &rule, 1), 0);
	rule.mode = POLICY_STANDBY;
	links.at[0].leaving = false;
	step(0);
	assert_int_equal(rule_choice_tier(&choice, &rule, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_hold_doubles, begin),
		cmocka_unit_test_setup(test_limit, begin),
		cmocka_unit_test_setup(test_what_the_host_says, begin),
		cmocka_unit_test_setup(test_bound, begin),
		cmocka_unit_test_setup(test_smallest_delay, begin),
		cmocka_unit_test_setup(test_tiers, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
