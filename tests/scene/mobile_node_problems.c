/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: why a mobile node is not registered, as log and status say it. Discarded messages change
 * nothing else.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct sent sent;

/* A node with one link, and a home agent by hand, which answers probes; or everything is lost. */
static void begin(struct scene *scene, const struct mobile_node_config *config, bool answers)
{
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(scene, 10 * MS, config, false);
	scene_add_home_agent(scene, &its);
	if (!answers)
		scene->lose = 1000000;
	node_attach(scene, 1);
	expect_update(scene, &sent);
}

/* The repetitions before it are passed over. */
static void take_last_update(struct scene *scene)
{
	for (size_t i = updates_ahead(scene); i > 0; i--)
		expect_update(scene, &sent);
}

static enum registration_problem problem_of(const struct scene *scene)
{
	return mobile_node_registration(core_mobile_node(scene->mobile_node.core, 0)).problem;
}

/* How many notes of this type, with this problem, have been made since the last take_all(). */
static unsigned told(
	const struct scene *scene, enum event_type type, enum registration_problem problem)
{
	unsigned count = 0;
	for (size_t i = scene->mobile_node.taken; i < scene->mobile_node.done_count; i++) {
		const struct effect *effect = &scene->mobile_node.done[i];
		count += effect->type == EFFECT_EVENT && effect->event.type == type &&
			 effect->event.problem == problem;
	}
	return count;
}

struct discarded {
	struct auth auth;
	bool forged;
	bool insecure;
	bool timestamp; /* another than the update had */
	enum registration_problem problem;
};

static const struct discarded discarded[] = {
	/* RFC 4285 6: a home agent that knows no RFC 4285 accepts, and does not send the option */
	{{.mode = AUTH_MODE_INSECURE_NONE, .replay = true}, false, true, false,
		PROBLEM_NO_TIMESTAMP},
	{{.mode = AUTH_MODE_INSECURE_NONE, .replay = true}, false, true, true,
		PROBLEM_OTHER_TIMESTAMP},
	{{.mode = AUTH_MODE_MN_HA}, true, false, false, PROBLEM_OTHER_KEY},
	{{.mode = AUTH_MODE_MN_HA}, false, true, false, PROBLEM_NO_AUTHENTICATION},
	{{.mode = AUTH_MODE_MN_HA, .spi = 4711}, false, false, false, PROBLEM_OTHER_SPI},
};

static struct mobile_node_config config_of(const struct discarded *one)
{
	struct mobile_node_config config = node_defaults();
	config.auth.mode = one->auth.mode;
	config.auth.replay = one->auth.replay;
	if (one->auth.spi)
		config.auth.spi = one->auth.spi;
	return config;
}

static void answer_wrongly(struct scene *scene, const struct discarded *one)
{
	struct reply reply = reply_to(&sent);
	reply.forged = one->forged;
	reply.insecure = one->insecure;
	if (one->timestamp)
		reply.timestamp = sent.message.replay.timestamp + 1;
	reply_send(scene, &reply);
}

static void test_discarded_acknowledgements_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(discarded) / sizeof(*discarded); i++) {
		const struct discarded *one = &discarded[i];
		const struct mobile_node_config config = config_of(one);
		struct scene scene;
		begin(&scene, &config, true);
		assert_int_equal(problem_of(&scene), PROBLEM_NONE);
		/* one may be forged, or late */
		answer_wrongly(&scene, one);
		assert_int_equal(notes_ahead(&scene, EVENT_ACK_DISCARDED), 0);
		assert_int_equal(problem_of(&scene), one->problem);
		for (unsigned j = 0; j < 6; j++) {
			scene_advance(&scene, 33 * SECOND);
			take_last_update(&scene);
			answer_wrongly(&scene, one);
			assert_int_equal(told(&scene, EVENT_ACK_DISCARDED, one->problem), j == 0);
			assert_false(node_view(&scene, 1).registered);
			take_all(&scene.mobile_node);
		}
		assert_int_equal(notes_ahead(&scene, EVENT_UNREACHABLE), 0);
		assert_int_equal(problem_of(&scene), one->problem);
		scene_end(&scene);
	}
}

static void test_an_accepted_acknowledgement_ends_the_problem(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	begin(&scene, &config, true);
	answer_wrongly(&scene, &discarded[2]);
	assert_int_equal(problem_of(&scene), PROBLEM_OTHER_KEY);
	struct reply reply = reply_to(&sent);
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 1).registered);
	assert_int_equal(problem_of(&scene), PROBLEM_NONE);
	/* no update waits for an answer any more: it means nothing */
	answer_wrongly(&scene, &discarded[2]);
	assert_int_equal(problem_of(&scene), PROBLEM_NONE);
	assert_int_equal(notes_ahead(&scene, EVENT_ACK_DISCARDED), 0);
	scene_end(&scene);
}

static void test_a_forger_fills_no_log(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	begin(&scene, &config, true);
	scene_advance(&scene, 2 * SECOND);
	take_last_update(&scene);
	for (unsigned i = 0; i < 1000; i++)
		answer_wrongly(&scene, &discarded[i % 2 ? 2 : 3]);
	assert_int_equal(notes_ahead(&scene, EVENT_ACK_DISCARDED), 2);
	scene_end(&scene);
}

/* A path that answers probes, one that is dead, and one of which nothing is known. */
static void test_silence(void **state)
{
	(void)state;
	static const struct {
		bool probe;
		bool answers;
		unsigned notes;
		enum registration_problem problem;
	} cases[] = {
		{true, true, 1, PROBLEM_UPDATES_UNANSWERED},
		{true, false, 1,
			PROBLEM_UNREACHABLE}, /* no probe was ever answered: tried all the same */
		{false, true, 1, PROBLEM_UNREACHABLE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mobile_node_config config = node_defaults();
		config.probe = cases[i].probe;
		struct scene scene;
		begin(&scene, &config, cases[i].answers);
		scene_advance(&scene, 100 * SECOND);
		assert_int_equal(told(&scene, EVENT_UNREACHABLE, cases[i].problem), cases[i].notes);
		assert_int_equal(notes_ahead(&scene, EVENT_UNREACHABLE), cases[i].notes);
		assert_int_equal(problem_of(&scene), cases[i].problem);
		scene_end(&scene);
	}
}

/* RFC 4285 6: the first refusal sets the clock; further ones have another cause. */
static void test_clock(void **state)
{
	(void)state;
	struct mobile_node_config config = node_defaults();
	config.auth.replay = true;
	struct scene scene;
	begin(&scene, &config, true);
	for (unsigned i = 0; i < 5; i++) {
		struct reply reply = reply_to(&sent);
		reply.status = 144;
		reply.timestamp = sent.message.replay.timestamp + (UINT64_C(3600) << 32);
		reply_send(&scene, &reply);
		assert_int_equal(notes_ahead(&scene, EVENT_CLOCK_DIFFERS), i == 0);
		assert_int_equal(told(&scene, EVENT_REFUSED, PROBLEM_CLOCK), i == 2);
		assert_int_equal(problem_of(&scene), i < 2 ? PROBLEM_NONE : PROBLEM_CLOCK);
		scene_advance(&scene, 2 * SECOND);
		expect_update(&scene, &sent);
		take_all(&scene.mobile_node);
	}
	struct reply reply = reply_to(&sent);
	reply.timestamp = sent.message.replay.timestamp;
	reply_send(&scene, &reply);
	assert_int_equal(problem_of(&scene), PROBLEM_NONE);
	scene_end(&scene);
}

static void test_refused(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	begin(&scene, &config, true);
	struct reply reply = reply_to(&sent);
	reply.status = 145;
	reply_send(&scene, &reply);
	assert_int_equal(problem_of(&scene), PROBLEM_REFUSED);
	assert_int_equal(
		mobile_node_registration(core_mobile_node(scene.mobile_node.core, 0)).status, 145);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discarded_acknowledgements_are_told),
		cmocka_unit_test(test_an_accepted_acknowledgement_ends_the_problem),
		cmocka_unit_test(test_a_forger_fills_no_log),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
