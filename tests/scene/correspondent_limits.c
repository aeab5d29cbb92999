/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: how much a correspondent answers, and to whom not, when many ask at once or somebody
 * forges who does. RFC 6275 5.2.7, 9.3.3, 15.4.1, 15.4.5.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"
#include "support/port.h"

#include <string.h>

#define SECOND NANOS_PER_SECOND

static struct sent answer;
static struct question question;

static struct in6_addr host_of(const char *network, uint64_t host)
{
	struct in6_addr address = address_of(network);
	memcpy(&address.s6_addr[8], &host, sizeof(host));
	return address;
}

static void asks(struct scene *scene, enum mh_type type, const struct in6_addr *source)
{
	question = question_of(scene, type, HOME);
	question.source = *source;
	question_send(&question);
}

static uint64_t answered(const struct scene *scene)
{
	return core_counters(scene->correspondent.core)->tests_answered;
}

static void forget_transcript(struct scene *scene)
{
	empty_transcript(&scene->correspondent);
}

/* A thousand mobile nodes of one home agent, at once: each gets all its tokens. */
static void test_fleet_of_one_home_prefix(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	for (uint64_t i = 1; i <= 1000; i++) {
		const struct in6_addr home = host_of(HOME, i), care_of = host_of(CARE_OF_1, i);
		asks(&scene, MH_home_test_init, &home);
		asks(&scene, MH_care_of_test_init, &care_of);
	}
	assert_int_equal(answered(&scene), 2000);
	assert_int_equal(route_drops(&scene, DROP_RATE_LIMITED), 0);
	scene_end(&scene);
}

/* A second of 100,000 Home Test Inits from all over the home prefix: who has an address there is
 * served all the same. */
/* Shows RFC 6275 15.4.5-2. */
static void test_forged_sources_of_one_home_prefix(void **state)
{
	(void)state;
	struct scene scene;
	uint64_t seed = 7;
	correspondent_begin(&scene);
	for (unsigned i = 0; i < 100000; i++) {
		const struct in6_addr forged = host_of(HOME, test_random(&seed));
		asks(&scene, MH_home_test_init, &forged);
		if (i % 100 != 0)
			continue;
		forget_transcript(&scene);
		if (i % 10000 == 0)
			ask_home(&scene, HOME);
		scene_advance(&scene, SECOND / 1000);
	}
	scene_end(&scene);
}

/* So often he can make a correspondent send to one address; that is all. */
static void test_one_address_is_limited(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	const struct in6_addr victim = address_of(HOME);
	for (unsigned i = 0; i < 10000; i++) {
		asks(&scene, i % 2 ? MH_home_test_init : MH_care_of_test_init, &victim);
		scene_advance(&scene, SECOND / 1000);
	}
	assert_in_range(answered(&scene), 1900, 2300);
	assert_int_equal(route_drops(&scene, DROP_RATE_LIMITED), 10000 - answered(&scene));
	take_all(&scene.correspondent);
	ask_home(&scene, OTHER_HOME);
	scene_end(&scene);
}

/* Updates with a home address and a care-of address that are not the sender's */
static void forged_updates(struct scene *scene, unsigned count)
{
	const struct token none = {0, 0};
	struct route_update update = route_update_of(scene, 1, none, none);
	update.home.index = update.message.nonce_indices.home = 12345;
	for (unsigned i = 0; i < count; i++)
		route_update_send(&update);
	take_all(&scene->correspondent);
	assert_in_range(route_drops(scene, DROP_RATE_LIMITED), count / 2, count);
}

/* What is refused uses up nothing of what is asked for by the same care-of address. */
static void test_forged_updates_leave_test_answers(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	forged_updates(&scene, 1000);
	bind_routes(&scene, 1, 1);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* Nor the other way round: who has been forgotten is told, so that he asks for new tokens. */
static void test_forged_test_inits_leave_refusals(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	const struct token none = {0, 0};
	const struct in6_addr care_of = address_of(CARE_OF_1);
	for (unsigned i = 0; i < 1000; i++)
		asks(&scene, MH_care_of_test_init, &care_of);
	take_all(&scene.correspondent);
	struct route_update update = route_update_of(&scene, 1, none, none);
	update.message.nonce_indices = (struct opt_nonce_indices){1, 1};
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &answer);
	scene_end(&scene);
}

/* ---- full of what is only remembered ---- */

static void begin_with_room_for(struct scene *scene, uint32_t nodes)
{
	struct correspondent_config config = correspondent_defaults();
	config.nodes_max = nodes;
	correspondent_begin_with(scene, &config);
}

static struct route_update fresh_update_of(struct scene *scene, const struct in6_addr *home)
{
	asks(scene, MH_home_test_init, home);
	expect_answer(&question, &answer);
	const struct token token = {
		answer.message.home_test.nonce_index, answer.message.home_test.token};
	struct route_update update =
		route_update_of(scene, 1, token, ask_care_of(scene, CARE_OF_1));
	update.home_address = *home;
	return update;
}

/* Bound, for the shortest time there is, and gone: what is left is to be remembered. */
static void binds_and_expires(struct scene *scene, struct route_update *update)
{
	route_update_lifetime(update, 4);
	route_update_send(update);
	take(&scene->correspondent, EFFECT_TUNNEL_SET);
	scene_advance(scene, 4 * SECOND);
	take_all(&scene->correspondent);
	assert_int_equal(routes_of(scene).count, 0);
}

/* Who has nothing to do with what was forgotten is served, though his nonces be as old. */
static void test_full_of_memories_serves_others(void **state)
{
	(void)state;
	struct scene scene;
	struct route_update updates[6];
	begin_with_room_for(&scene, 1);
	for (uint64_t i = 0; i < 6; i++) {
		const struct in6_addr home = host_of(HOME, i + 1);
		updates[i] = fresh_update_of(&scene, &home);
	}
	for (size_t i = 0; i < 6; i++)
		binds_and_expires(&scene, &updates[i]);
	scene_end(&scene);
}

/* RFC 6275 5.2.8: what was forgotten does not come back; who is refused for that, and asks again,
 * has new nonces at once. */
/* Shows RFC 6275 5.2.8-1. */
static void test_forgotten_is_served_when_it_asks(void **state)
{
	(void)state;
	struct scene scene;
	const struct in6_addr homes[] = {address_of(HOME), address_of(OTHER_HOME)};
	begin_with_room_for(&scene, 1);
	struct route_update first = fresh_update_of(&scene, &homes[0]);
	struct route_update second = fresh_update_of(&scene, &homes[1]);
	binds_and_expires(&scene, &first);
	binds_and_expires(&scene, &second);
	route_update_send(&first);
	expect_route_ack(&scene, &first, 138, &answer);
	first.message.binding_update.sequence = 2;
	route_update_send(&first);
	expect_route_ack(&scene, &first, 138, &answer);
	take_nothing(&scene.correspondent);
	first = fresh_update_of(&scene, &homes[0]);
	route_update_send(&first);
	expect_route_added(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

/* Bound and taken away, by somebody who has as many addresses as he likes. */
static void churn(struct scene *scene, uint64_t *seed, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct in6_addr home = host_of("2001:db8:bad::", test_random(seed));
		struct route_update update = fresh_update_of(scene, &home);
		route_update_send(&update);
		update.message.binding_update.sequence = 2;
		route_update_delete(&update);
		route_update_send(&update);
		take_all(&scene->correspondent);
	}
}

static unsigned bindings_made(struct scene *scene, const struct route_update *update)
{
	route_update_send(update);
	unsigned made = (unsigned)count_ahead(&scene->correspondent, EFFECT_TUNNEL_SET);
	take_all(&scene->correspondent);
	return made;
}

/* Twenty bindings a second that come and go: nonces come once a second at most, their tokens
 * live as long as ever, and whoever asks gets his binding, however long he thinks. */
/* Shows RFC 6275 5.2.7-1. */
static void test_churn_keeps_nobody_from_binding(void **state)
{
	(void)state;
	struct scene scene;
	uint64_t seed = 11;
	unsigned made = 0;
	begin_with_room_for(&scene, 60);
	struct in6_addr home = address_of(HOME);
	struct route_update slow = fresh_update_of(&scene, &home);
	for (uint64_t i = 1; i <= 50; i++) {
		home = host_of(OTHER_HOME, i);
		const struct route_update update = fresh_update_of(&scene, &home);
		churn(&scene, &seed, 40);
		scene_advance(&scene, 2 * SECOND);
		made += bindings_made(&scene, &update);
		forget_transcript(&scene);
	}
	assert_in_range(made, 48, 50);
	assert_in_range((uint16_t)(ask_home(&scene, HOME).index - slow.home.index), 25, 101);
	assert_int_equal(bindings_made(&scene, &slow), 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fleet_of_one_home_prefix),
		cmocka_unit_test(test_forged_sources_of_one_home_prefix),
		cmocka_unit_test(test_one_address_is_limited),
		cmocka_unit_test(test_forged_updates_leave_test_answers),
		cmocka_unit_test(test_forged_test_inits_leave_refusals),
		cmocka_unit_test(test_full_of_memories_serves_others),
		cmocka_unit_test(test_forgotten_is_served_when_it_asks),
		cmocka_unit_test(test_churn_keeps_nobody_from_binding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
