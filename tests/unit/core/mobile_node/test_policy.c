/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/policy.c: the table of rules, and what the data plane is told of it.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/policy.h"

#include <errno.h>

static struct outbox outbox;
static struct tunnels tunnels;

static int begin(void **state)
{
	(void)state;
	outbox.count = 0;
	assert_int_equal(outbox_reserve(&outbox, CALL_EFFECTS_MAX), 0);
	tunnels = (struct tunnels){.subject = 5, .count = 1, .at = {{.bid = 1, .tunnel = 1}}};
	return 0;
}

static int set(struct policy *policy, uint16_t number, uint16_t preference)
{
	return policy_set(
		policy, &(struct policy_rule){.number = number, .preference = preference}, 0);
}

/* By preference; a rule may take that of itself, not that of another one. */
static void test_order(void **state)
{
	(void)state;
	struct policy policy = {.count = 0};
	assert_int_equal(set(&policy, 1, 30), 0);
	assert_int_equal(set(&policy, 2, 10), 0);
	assert_int_equal(set(&policy, 3, 20), 0);
	assert_int_equal(set(&policy, 3, 30), -EINVAL);
	assert_int_equal(set(&policy, 1, 5), 0);
	assert_int_equal(policy.count, 3);
	assert_int_equal(policy.at[0].rule.number, 1);
	assert_int_equal(policy.at[1].rule.number, 2);
	assert_int_equal(policy.at[2].rule.number, 3);
	policy_fini(&policy);
}

/* Each rule once; after its tunnel was removed, or with another subject, again. */
static void test_told_once(void **state)
{
	(void)state;
	struct policy policy = {.count = 0};
	assert_int_equal(set(&policy, 1, 1), 0);
	policy.at[0].choice.count = 1;
	policy.at[0].choice.at[0].bid = 1;
	policy.at[0].choice.at[0].weight = 1;
	policy_tell(&policy, &tunnels, &outbox);
	assert_int_equal(outbox.count, 1);
	assert_int_equal(outbox.effects[0].traffic.count, 1);
	policy_tell(&policy, &tunnels, &outbox);
	assert_int_equal(set(&policy, 1, 1), 0);
	policy_tell(&policy, &tunnels, &outbox);
	assert_int_equal(outbox.count, 1);
	tunnels.removed_count = 1;
	tunnels.removed[0] = 1;
	policy_tell(&policy, &tunnels, &outbox);
	assert_int_equal(outbox.count, 2);
	tunnels.removed_count = 0;
	tunnels.subject = 6;
	policy_tell(&policy, &tunnels, &outbox);
	assert_int_equal(outbox.count, 3);
	assert_int_equal(policy_remove(&policy, 1, 0, &outbox), 0);
	assert_int_equal(outbox.count, 4);
	assert_int_equal(outbox.effects[3].type, EFFECT_TRAFFIC_REMOVE);
	policy_fini(&policy);
}

/* What does not fit the outbox is told by the next call. */
static void test_outbox_full(void **state)
{
	(void)state;
	struct policy policy = {.count = 0};
	assert_int_equal(set(&policy, 1, 1), 0);
	assert_int_equal(set(&policy, 2, 2), 0);
	outbox.count = outbox.room - 1;
	policy_tell(&policy, &tunnels, &outbox);
	assert_true(policy.outbox_was_full);
	outbox.count = 0;
	policy_tell(&policy, &tunnels, &outbox);
	assert_false(policy.outbox_was_full);
	assert_int_equal(outbox.count, 1);
	assert_int_equal(outbox.effects[0].traffic.rule, 2);
	policy_fini(&policy);
}

static int end(void **state)
{
	(void)state;
	outbox_fini(&outbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, begin),
		cmocka_unit_test_setup(test_told_once, begin),
		cmocka_unit_test_setup(test_outbox_full, begin),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
