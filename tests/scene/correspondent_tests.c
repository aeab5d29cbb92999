/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: Home and Care-of Test Inits at a correspondent. RFC 6275 5.2.5, 5.2.7, 6.1.3
 * to 6.1.6, 9.4; the Binding Identifier option in them: draft-05 6.2, RFC 5648 4.3.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"
#include "support/port.h"

#include <string.h>

#define SECOND NANOS_PER_SECOND

static struct sent answer;
static struct question question;

/* RFC 6275 9.4.3, 9.4.4: from our address to where the question came from, with its cookie */
/* Shows RFC 6275 9.4.3-2, 9.4.4-2, 15.4.1-1. */
static void test_answered(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	question = question_of(&scene, MH_home_test_init, HOME);
	question_send(&question);
	expect_answer(&question, &answer);
	question = question_of(&scene, MH_care_of_test_init, CARE_OF_1);
	question_send(&question);
	expect_answer(&question, &answer);
	take_nothing(&scene.correspondent);
	assert_int_equal(core_counters(scene.correspondent.core)->tests_answered, 2);
	scene_end(&scene);
}

/* RFC 6275 5.2.5: no state, and nothing to be done later */
/* Shows RFC 6275 15.4.5-1. */
static void test_nothing_is_kept(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	ask_home(&scene, HOME);
	ask_care_of(&scene, CARE_OF_1);
	assert_int_equal(routes_of(&scene).count, 0);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* RFC 6275 9.4.1, 9.4.2 */
/* Shows RFC 6275 9.4.1-2, 9.4.2-2. */
static void test_with_home_address_option(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME);
	correspondent_begin(&scene);
	question = question_of(&scene, MH_home_test_init, CARE_OF_1);
	question.home_address = &home;
	question_send(&question);
	question = question_of(&scene, MH_care_of_test_init, CARE_OF_1);
	question.home_address = &home;
	question_send(&question);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_UNEXPECTED_HOME_ADDRESS), 2);
	scene_end(&scene);
}

/* Where no answer could go, and to whom there is none of ours to send. */
static void test_odd_addresses(void **state)
{
	(void)state;
	static const char *const sources[] = {
		"::", "::1", "fe80::7", "ff02::1", "::ffff:192.0.2.1"};
	static const char *const destinations[] = {"ff02::1", "fe80::7", "::1"};
	struct scene scene;
	struct in6_addr own = address_of(CORRESPONDENT);
	correspondent_begin(&scene);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		question = question_of(&scene, MH_care_of_test_init, sources[i]);
		question_send(&question);
	}
	for (size_t i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++) {
		question = question_of(&scene, MH_home_test_init, HOME);
		question.destination = address_of(destinations[i]);
		question_send(&question);
	}
	/* RFC 6275 6.4: a host that is not mobile has no home address */
	question = question_of(&scene, MH_home_test_init, HOME);
	question.routing_address = &own;
	question_send(&question);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

static struct token ask_with_bids(struct scene *scene, unsigned count, const char *care_of)
{
	question = question_of(scene, MH_care_of_test_init, CARE_OF_1);
	for (unsigned i = 0; i < count; i++) {
		struct opt_bid *option = &question.message.bid[question.message.bid_count++];
		*option = (struct opt_bid){.bid = (uint16_t)(7 + i), .status = 9, .flags = 0xff};
		if (!care_of)
			continue;
		option->care_of.length = 16;
		option->care_of.address = address_of(care_of);
	}
	question_send(&question);
	expect_answer(&question, &answer);
	take_nothing(&scene->correspondent);
	return (struct token){
		answer.message.care_of_test.nonce_index, answer.message.care_of_test.token};
}

/* draft-05 6.2: it is echoed; RFC 5648 4.3: Length 4; the token is what it is without */
/* Shows RFC 5648 4.3-6, 4.3-10; draft-05 6.2-1, 6.2-5, 6.2-6, 6.2-7. */
static void test_bid_is_echoed(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct token plain = ask_with_bids(&scene, 0, NULL);
	assert_int_equal(answer.message.bid_count, 0);
	struct token token = ask_with_bids(&scene, 1, NULL);
	assert_int_equal(answer.message.bid_count, 1);
	assert_int_equal(answer.message.bid[0].bid, 7);
	assert_int_equal(answer.message.bid[0].status, 0);
	assert_int_equal(answer.message.bid[0].flags, 0);
	assert_int_equal(answer.message.bid[0].care_of.length, 0);
	assert_int_equal(token.token, plain.token);
	/* The address that is tested is the source, whatever the option says. */
	token = ask_with_bids(&scene, 1, CARE_OF_2);
	assert_int_equal(answer.message.bid[0].care_of.length, 0);
	assert_int_equal(token.token, plain.token);
	ask_with_bids(&scene, 3, NULL);
	assert_int_equal(answer.message.bid_count, 0);
	/* RFC 6275 knows none. */
	question = question_of(&scene, MH_home_test_init, HOME);
	question.message.bid[question.message.bid_count++] = (struct opt_bid){.bid = 7};
	question_send(&question);
	expect_answer(&question, &answer);
	assert_int_equal(answer.message.bid_count, 0);
	scene_end(&scene);
}

/* Shows RFC 6275 6.1.4-3. */
static void test_bid_is_not_echoed_without_mcoa(void **state)
{
	(void)state;
	struct scene scene;
	const struct correspondent_config config = {.mcoa = false};
	correspondent_begin_with(&scene, &config);
	ask_with_bids(&scene, 1, NULL);
	assert_int_equal(answer.message.bid_count, 0);
	scene_end(&scene);
}

/*
 * One answer at most to each question; larger by the eight octets of the token, which RFC
 * 6275 6.1.5 and 6.1.6 have, and no more, however many options the question has.
 */
/* Shows RFC 6275 15.4.1-1. */
static void test_no_amplification(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	for (unsigned bids = 0; bids < 6; bids++) {
		uint8_t encoded[MESSAGE_OCTETS_MAX];
		struct message_layout layout;
		ask_with_bids(&scene, bids, NULL);
		assert_true(message_encode(
			&dialect_rfc5648, &question.message, encoded, sizeof(encoded), &layout));
		assert_in_range(answer.packet.payload.length, 24, layout.length + 8);
	}
	scene_end(&scene);
}

/* RFC 6275 5.2.5: other addresses, other kinds, other correspondents have other tokens. */
/* Shows RFC 6275 5.2.1-3. */
static void test_tokens_differ(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct token home = ask_home(&scene, HOME);
	assert_int_not_equal(ask_home(&scene, OTHER_HOME).token, home.token);
	assert_int_not_equal(ask_care_of(&scene, HOME).token, home.token);
	assert_int_equal(ask_home(&scene, HOME).token, home.token);
	scene_restart(&scene, &scene.correspondent);
	assert_int_not_equal(ask_home(&scene, HOME).token, home.token);
	scene_end(&scene);
}

/* RFC 6275 5.2.7: one nonce for thirty seconds from its first use; no new one if nobody asks. */
/* Shows RFC 6275 9.4.1-3, 9.4.1-4. */
static void test_nonce_changes(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct token first = ask_home(&scene, HOME);
	scene_advance(&scene, 30 * SECOND - 1);
	struct token token = ask_care_of(&scene, CARE_OF_1);
	assert_int_equal(token.index, first.index);
	scene_advance(&scene, 1);
	token = ask_home(&scene, HOME);
	assert_int_equal(token.index, (uint16_t)(first.index + 1));
	assert_int_not_equal(token.token, first.token);
	scene_advance(&scene, 1000 * SECOND);
	assert_int_equal(ask_home(&scene, HOME).index, (uint16_t)(first.index + 2));
	scene_end(&scene);
}

/* ---- floods ---- */

static void asks(struct scene *scene, const struct in6_addr *source)
{
	question = question_of(scene, MH_care_of_test_init, CARE_OF_1);
	question.source = *source;
	question_send(&question);
}

/* A second of 100,000 questions from sources that are all different: all are answered, nothing is
 * kept, and who is there indeed gets its tokens and its binding. */
/* Shows RFC 6275 15.4.5-1, 15.4.5-2. */
static void test_forged_sources(void **state)
{
	(void)state;
	struct scene scene;
	uint64_t seed = 7;
	correspondent_begin(&scene);
	struct in6_addr source = address_of(CARE_OF_1);
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t prefix = test_random(&seed);
		memcpy(&source.s6_addr[1], &prefix, 7);
		asks(&scene, &source);
		if (i % 100 == 0) {
			empty_transcript(&scene.correspondent);
			scene_advance(&scene, SECOND / 1000);
		}
	}
	const struct core_counters *counters = core_counters(scene.correspondent.core);
	assert_int_equal(counters->tests_answered, 100000);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	take_all(&scene.correspondent);
	bind_routes(&scene, 1, 1);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_nothing_is_kept),
		cmocka_unit_test(test_with_home_address_option),
		cmocka_unit_test(test_odd_addresses),
		cmocka_unit_test(test_bid_is_echoed),
		cmocka_unit_test(test_bid_is_not_echoed_without_mcoa),
		cmocka_unit_test(test_no_amplification),
		cmocka_unit_test(test_tokens_differ),
		cmocka_unit_test(test_nonce_changes),
		cmocka_unit_test(test_forged_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
