/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transcript of a scene: within one call of the core a script takes effects in any order, and a
 * missing, an additional and a too early one fail it. One update makes four: tunnel, event, record,
 * acknowledgement.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

static jmp_buf failed;
static bool expects_failure;
static struct scene scene;
static struct sent ack;
static struct actor *const agent = &scene.home_agent;

void __real__fail(const char *file, int line);
void __wrap__fail(const char *file, int line);
void __wrap__fail(const char *file, int line)
{
	if (expects_failure)
		longjmp(failed, 1);
	__real__fail(file, line);
}

#define ASSERT_FAILS(expectation)                                                                  \
	do {                                                                                       \
		expects_failure = true;                                                            \
		if (setjmp(failed) == 0) {                                                         \
			(void)(expectation);                                                       \
			expects_failure = false;                                                   \
			fail_msg("no failure: %s", #expectation);                                  \
		}                                                                                  \
		expects_failure = false;                                                           \
	} while (0)

static void send_update(uint16_t bid, uint16_t sequence)
{
	struct update update = update_of(&scene, sequence);
	update_bid(&update, bid, CARE_OF_1);
	update_send(&update);
}

static int begin(void **state)
{
	(void)state;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	send_update(1, 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scene_end(&scene);
	return 0;
}

static void test_any_order(void **state)
{
	(void)state;
	expect_ack(&scene, 0, &ack);
	take_note(agent, EVENT_BINDING_ADDED, 1);
	take_tunnel_set(agent, 1, CARE_OF_1);
	expect_node_set(&scene, 1);
	take_nothing(agent);
}

static void test_missing(void **state)
{
	(void)state;
	ASSERT_FAILS(take_note(agent, EVENT_BINDING_REMOVED, 1));
	expect_added(&scene, 1, CARE_OF_1);
	ASSERT_FAILS(take_note(agent, EVENT_BINDING_ADDED, 1));
	expect_ack(&scene, 0, &ack);
	ASSERT_FAILS(take(agent, EFFECT_SEND));
	take_nothing(agent);
	ASSERT_FAILS(take(agent, EFFECT_EVENT));
}

static void test_additional(void **state)
{
	(void)state;
	take_tunnel_set(agent, 1, CARE_OF_1);
	expect_ack(&scene, 0, &ack);
	ASSERT_FAILS(take_nothing(agent));
	/* nor is it passed over for the same effect of the next call */
	send_update(2, 2);
	ASSERT_FAILS(take_tunnel_set(agent, 2, CARE_OF_1));
	take_note(agent, EVENT_BINDING_ADDED, 1);
	take_tunnel_set(agent, 2, CARE_OF_1);
}

static void test_calls_stay_in_order(void **state)
{
	(void)state;
	send_update(2, 2);
	ASSERT_FAILS(take_tunnel_set(agent, 2, CARE_OF_1));
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, 1);
	ASSERT_FAILS(expect_ack(&scene, 0, &ack));
	expect_added(&scene, 1, CARE_OF_1);
	expect_added(&scene, 2, CARE_OF_1);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, 2);
	take_nothing(agent);
}

static void test_then(void **state)
{
	(void)state;
	take_note(agent, EVENT_BINDING_ADDED, 1);
	then(agent);
	ASSERT_FAILS(take_tunnel_set(agent, 1, CARE_OF_1));
	expect_ack(&scene, 0, &ack);
	ASSERT_FAILS(take_nothing(agent));
	/* of this call only */
	take_all(agent);
	send_update(2, 2);
	take_note(agent, EVENT_BINDING_ADDED, 2);
	take_tunnel_set(agent, 2, CARE_OF_1);
}

static void test_after(void **state)
{
	(void)state;
	const struct effect *tunnel = take(agent, EFFECT_TUNNEL_SET);
	expect_after(agent, tunnel, EFFECT_INTERCEPT);
	ASSERT_FAILS(expect_after(agent, tunnel, EFFECT_SEND));
	expect_after(agent, take(agent, EFFECT_SEND), EFFECT_TUNNEL_SET);
}

static void test_passed_over(void **state)
{
	(void)state;
	take_past(agent, EFFECT_SEND);
	take_note(agent, EVENT_BINDING_ADDED, 1);
	ASSERT_FAILS(take_note(agent, EVENT_BINDING_ADDED, 1));
	take_nothing(agent);
	send_update(2, 2);
	ASSERT_FAILS(take_tunnel_set(agent, 1, CARE_OF_1));
	take_past(agent, EFFECT_EVENT);
	send_update(3, 3);
	ASSERT_FAILS(take_tunnel_set(agent, 2, CARE_OF_1));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_any_order),
		SCENE(test_missing),
		SCENE(test_additional),
		SCENE(test_calls_stay_in_order),
		SCENE(test_then),
		SCENE(test_after),
		SCENE(test_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
