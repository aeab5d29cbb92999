/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: several care-of addresses at a correspondent. RFC 5648 6.1, 6.2; RFC 6275 9.5.2, 9.5.3.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

#define SECOND NANOS_PER_SECOND

static struct sent ack;

static void overwrite(struct route_update *update)
{
	update->message.binding_update.flags |= BU_OVERWRITE;
}

static bool is_bound(struct scene *scene, uint16_t bid, const char *care_of)
{
	struct in6_addr wanted = address_of(care_of);
	struct binding_list list = routes_of(scene);
	for (size_t i = 0; i < list.count; i++)
		if (list.at[i].bid == bid && IN6_ARE_ADDR_EQUAL(&list.at[i].care_of, &wanted))
			return true;
	return false;
}

/* RFC 6275 9.5.2: tunnel, number, acknowledgement, in this order */
/* Shows RFC 5648 6.5-4; RFC 6275 9.5.2-1, 9.5.4-2, 9.5.4-5, 9.5.4-8, 9.5.4-9, 9.5.4-15. */
static void test_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = route_update_for(&scene, 1, 0, CARE_OF_1);
	route_update_send(&update);
	const struct effect_tunnel *tunnel = expect_route_tunnel(&scene, 0, CARE_OF_1);
	assert_int_equal(tunnel->expires, scene.now.mono + 400 * SECOND);
	assert_int_equal(tier_of(&scene.correspondent, tunnel), PRIORITY_NONE);
	assert_int_equal(take_note(&scene.correspondent, EVENT_BINDING_ADDED, 0)->lifetime, 400);
	expect_route_node(&scene, 1);
	expect_route_ack(&scene, &update, 0, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 100);
	take_nothing(&scene.correspondent);
	struct binding_list list = routes_of(&scene);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].sequence, 1);
	assert_int_equal(list.at[0].expires, scene.now.mono + 400 * SECOND);
	scene_end(&scene);
}

/* K and L are for home agents, others for nobody: ignored, and not in the answer (expect_route_ack)
 */
/* Shows RFC 6275 6.1.7-4, 6.1.7-6, 6.1.8-1, 6.1.8-2. */
static void test_flags_that_mean_nothing(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	update.message.binding_update.flags |= BU_KEY_MANAGEMENT | BU_LINK_LOCAL;
	update.reserved_flags = 0x1f;
	route_update_send(&update);
	expect_route_added(&scene, 1, CARE_OF_1);
	expect_route_node(&scene, 1);
	expect_route_ack(&scene, &update, 0, &ack);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* RFC 5648 6.2: one for each BID; BID-PRI (RFC 6089 4.1) orders them */
/* Shows RFC 5648 3-2, 3-3, 6.2-14, 6.2-15, 6.2-16. */
static void test_three_bids(void **state)
{
	(void)state;
	static const char *const care_of[] = {CARE_OF_1, CARE_OF_2, CARE_OF_3};
	struct scene scene;
	correspondent_begin(&scene);
	for (uint16_t i = 0; i < 3; i++) {
		uint16_t bid = (uint16_t)(i + 1);
		struct route_update update = route_update_for(&scene, bid, bid, care_of[i]);
		update.message.bid[0].flags = (uint8_t)(10 * bid);
		route_update_send(&update);
		const struct effect_tunnel *tunnel = expect_route_tunnel(&scene, bid, care_of[i]);
		assert_int_equal(tier_of(&scene.correspondent, tunnel), 10 * bid);
		take_note(&scene.correspondent, EVENT_BINDING_ADDED, bid);
		expect_route_node(&scene, bid);
		expect_route_ack(&scene, &update, 0, &ack);
		assert_int_equal(ack.message.bid[0].flags, 10 * bid);
	}
	assert_int_equal(routes_of(&scene).count, 3);
	scene_end(&scene);
}

/* RFC 5648 6.2: same BID, another care-of address */
/* Shows RFC 5648 6.1-2, 6.2-13; RFC 6275 9.5.2-1. */
static void test_moves(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	struct route_update update = route_update_for(&scene, 3, 2, CARE_OF_3);
	route_update_send(&update);
	expect_route_tunnel(&scene, 2, CARE_OF_3);
	take_note(&scene.correspondent, EVENT_BINDING_MOVED, 2);
	expect_route_node(&scene, 3);
	expect_route_ack(&scene, &update, 0, &ack);
	take_nothing(&scene.correspondent);
	assert_true(is_bound(&scene, 1, CARE_OF_1) && is_bound(&scene, 2, CARE_OF_3));
	scene_end(&scene);
}

/* RFC 5648 6.2: Length 4 is for a BID that is known, else 167 */
/* Shows RFC 5648 6.2-11, 6.2-12, 6.2-17; RFC 6275 9.5.4-6. */
static void test_without_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = route_update_for(&scene, 1, 0, CARE_OF_1);
	route_update_bid(&update, 1, NULL);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 167);
	bind_routes(&scene, 1, 1);
	scene_advance(&scene, 100 * SECOND);
	take_all(&scene.correspondent);
	update = route_update_for(&scene, 2, 0, CARE_OF_1);
	route_update_bid(&update, 1, NULL);
	route_update_send(&update);
	assert_int_equal(
		expect_route_tunnel(&scene, 1, CARE_OF_1)->expires, scene.now.mono + 400 * SECOND);
	expect_route_node(&scene, 2);
	expect_route_ack(&scene, &update, 0, &ack);
	/* From elsewhere: what the tokens prove is bound, and not what was. */
	update = route_update_for(&scene, 3, 0, CARE_OF_2);
	route_update_bid(&update, 1, NULL);
	route_update_send(&update);
	expect_route_tunnel(&scene, 1, CARE_OF_2);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 5648 6.2: no bulk at a correspondent */
/* Shows RFC 5648 6.2-7, 6.2-17. */
static void test_bulk(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	struct route_update update = route_update_for(&scene, 2, 1, CARE_OF_1);
	route_update_bid(&update, 2, CARE_OF_1);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 168);
	route_update_delete(&update);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 168);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 5648 6.2: Length neither 4 nor 8 nor 20; IPv4, which is for home agents; BID 0 */
/* Shows RFC 5648 6.2-3, 6.2-4. */
static void test_malformed(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	update.malformed = true;
	update.bid_length = 19;
	route_update_send(&update);
	expect_route_refused(&scene, &update, 164);
	/* It is looked at before their number is. */
	route_update_bid(&update, 2, CARE_OF_1);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 164);
	update = route_update_for(&scene, 1, 1, CARE_OF_1);
	update.message.bid[0].care_of.length = 4;
	route_update_send(&update);
	expect_route_refused(&scene, &update, 164);
	update = route_update_for(&scene, 1, 0, CARE_OF_1);
	update.message.bid_count = 1;
	update.message.bid[0] = (struct opt_bid){.bid = 0};
	route_update_send(&update);
	expect_route_refused(&scene, &update, 164);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 6275 6.1.8: its home address or ours is no care-of address */
static void test_care_of_address_that_is_none(void **state)
{
	(void)state;
	static const char *const care_of[] = {HOME, CORRESPONDENT};
	struct scene scene;
	correspondent_begin(&scene);
	for (unsigned i = 0; i < 2; i++) {
		struct route_update update = route_update_for(&scene, 1, 1, care_of[i]);
		route_update_from(&update, CARE_OF_1);
		route_update_send(&update);
		expect_route_refused(&scene, &update, 174);
	}
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 5648 6.2, first paragraph; and 165 without O, if a binding without BID is there */
/* Shows RFC 5648 6.2-1. */
static void test_with_and_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 3);
	struct route_update update = route_update_for(&scene, 4, 0, CARE_OF_2);
	route_update_send(&update);
	for (uint16_t bid = 1; bid <= 3; bid++)
		expect_route_removed(&scene, bid, EVENT_BINDING_REMOVED);
	expect_route_added(&scene, 0, CARE_OF_2);
	expect_route_node(&scene, 4);
	expect_route_ack(&scene, &update, 0, &ack);

	update = route_update_for(&scene, 5, 1, CARE_OF_1);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 165);
	assert_true(is_bound(&scene, 0, CARE_OF_2));

	overwrite(&update);
	route_update_send(&update);
	expect_route_removed(&scene, 0, EVENT_BINDING_REMOVED);
	expect_route_added(&scene, 1, CARE_OF_1);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 5648 6.2: O removes all others; the receiving node is a correspondent, too */
static void test_overwrite(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 3);
	struct route_update update = route_update_for(&scene, 4, 2, CARE_OF_2);
	overwrite(&update);
	route_update_send(&update);
	expect_route_removed(&scene, 1, EVENT_BINDING_REMOVED);
	expect_route_removed(&scene, 3, EVENT_BINDING_REMOVED);
	take_all(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 1);
	assert_true(is_bound(&scene, 2, CARE_OF_2));
	/* What is refused overwrites nothing. */
	update = route_update_for(&scene, 5, 0, CARE_OF_1);
	route_update_bid(&update, 9, NULL);
	overwrite(&update);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 167);
	assert_true(is_bound(&scene, 2, CARE_OF_2));
	scene_end(&scene);
}

/* One BID in the place of another, again and again: nothing grows. */
static void test_many_overwrite(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	for (uint16_t bid = 1; bid <= 50; bid++) {
		struct route_update update = route_update_for(&scene, bid, bid, CARE_OF_1);
		overwrite(&update);
		route_update_send(&update);
		take_all(&scene.correspondent);
		assert_int_equal(routes_of(&scene).count, 1);
		assert_true(is_bound(&scene, bid, CARE_OF_1));
	}
	scene_end(&scene);
}

/* RFC 6275 9.5.3, RFC 5648 6.2: with the home keygen token alone, from any link, O ignored */
/* Shows RFC 5648 3-5, 6.1-1, 6.2-8; RFC 6275 6.2.6-2, 6.2.7-2, 9.5.1-21. */
static void test_delete_one(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 3);
	struct token none = {0x1234, 99};
	struct route_update update = route_update_of(&scene, 4, ask_home(&scene, HOME), none);
	route_update_from(&update, CARE_OF_3);
	route_update_bid(&update, 2, NULL);
	route_update_delete(&update);
	overwrite(&update);
	route_update_send(&update);
	expect_route_removed(&scene, 2, EVENT_BINDING_REMOVED);
	expect_route_node(&scene, 4);
	expect_route_ack(&scene, &update, 0, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	take_nothing(&scene.correspondent);
	assert_true(is_bound(&scene, 1, CARE_OF_1) && is_bound(&scene, 3, CARE_OF_3));

	update.message.binding_update.sequence = 5;
	route_update_send(&update);
	expect_route_refused(&scene, &update, 133);
	scene_end(&scene);
}

/* No node is left to be remembered by the data plane. */
/* Shows RFC 5648 6.2-2; RFC 6275 6.1.7-8, 9.5.3-1. */
static void test_delete_all(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	struct token none = {0, 0};
	struct route_update update = route_update_of(&scene, 4, ask_home(&scene, HOME), none);
	route_update_delete(&update);
	route_update_send(&update);
	expect_route_removed(&scene, 1, EVENT_BINDING_REMOVED);
	expect_route_removed(&scene, 2, EVENT_BINDING_REMOVED);
	expect_route_ack(&scene, &update, 0, &ack);
	take_nothing(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 6275 9.5.3: nothing is made by it; nothing was there, so it is done */
/* Shows RFC 5648 6.2-8; RFC 6275 9.5.3-2. */
static void test_delete_what_is_not_there(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct token none = {0, 0};
	struct route_update update = route_update_of(&scene, 4, ask_home(&scene, HOME), none);
	route_update_delete(&update);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 0, &ack);
	route_update_bid(&update, 2, NULL);
	route_update_send(&update);
	expect_route_refused(&scene, &update, 133);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* From the home link: the home address is the source (RFC 6275 9.5.4: no routing header). */
/* Shows RFC 6275 9.5.1-2, 9.5.1-23, 9.5.4-13. */
static void test_delete_from_home(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	struct token none = {0, 0};
	struct route_update update = route_update_of(&scene, 4, ask_home(&scene, HOME), none);
	route_update_delete(&update);
	route_update_from(&update, HOME);
	update.without_home_address = true;
	route_update_send(&update);
	expect_route_removed(&scene, 1, EVENT_BINDING_REMOVED);
	expect_route_removed(&scene, 2, EVENT_BINDING_REMOVED);
	expect_route_ack(&scene, &update, 0, &ack);
	scene_end(&scene);
}

/*
 * RFC 6275 9.5.1, 11.7.2: the authenticator of a de-registration may be over the care-of address
 * instead of the home address (6.2.7): the source, the one of the Alternate Care-of Address option,
 * or that of the BID option. So is the answer's.
 */
/* Shows RFC 6275 6.2.7-2, 9.5.1-11, 9.5.1-21. */
static void test_delete_sealed_over_the_care_of_address(void **state)
{
	(void)state;
	static const char *const sealed[] = {CARE_OF_3, CARE_OF_1, CARE_OF_2, CARE_OF_3};
	struct token none = {0, 0};
	for (unsigned form = 0; form < 4; form++) {
		struct scene scene;
		struct in6_addr over = address_of(sealed[form]);
		correspondent_begin(&scene);
		bind_routes(&scene, 1, 2);
		struct route_update update =
			route_update_of(&scene, 4, ask_home(&scene, HOME), none);
		route_update_from(&update, CARE_OF_3);
		route_update_delete(&update);
		update.mac_care_of = &over;
		update.message.has_alternate_care_of = form == 1;
		update.message.alternate_care_of.address = address_of(CARE_OF_1);
		if (form >= 2)
			route_update_bid(&update, 2, form == 2 ? CARE_OF_2 : NULL);
		route_update_send(&update);
		if (form < 2)
			expect_route_removed(&scene, 1, EVENT_BINDING_REMOVED);
		expect_route_removed(&scene, 2, EVENT_BINDING_REMOVED);
		if (form >= 2)
			expect_route_node(&scene, 4);
		expect_route_ack(&scene, &update, 0, &ack);
		assert_int_equal(routes_of(&scene).count, form < 2 ? 0 : 1);
		scene_end(&scene);
	}
}

/* RFC 5648 6.2: 168 for several BIDs; signed over the address that the update was sealed over */
static void test_delete_in_bulk_sealed_over_the_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	struct token none = {0, 0};
	struct in6_addr over = address_of(CARE_OF_1);
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	struct route_update update = route_update_of(&scene, 4, ask_home(&scene, HOME), none);
	route_update_bid(&update, 1, NULL);
	route_update_bid(&update, 2, NULL);
	route_update_delete(&update);
	update.mac_care_of = &over;
	route_update_send(&update);
	expect_route_refused(&scene, &update, 168);
	assert_int_equal(routes_of(&scene).count, 2);
	scene_end(&scene);
}

/* RFC 6275 9.5.2: 130, and without A, too; what is bound may change */
/* Shows RFC 5648 6.2-17; RFC 6275 9.5.2-5, 9.5.2-7, 9.5.4-3. */
static void test_too_many(void **state)
{
	(void)state;
	struct scene scene;
	struct correspondent_config config = correspondent_defaults();
	config.bindings_max = 2;
	correspondent_begin_with(&scene, &config);
	bind_routes(&scene, 1, 2);
	struct route_update update = route_update_for(&scene, 3, 3, CARE_OF_3);
	update.message.binding_update.flags = 0;
	route_update_send(&update);
	expect_route_refused(&scene, &update, 130);
	update = route_update_for(&scene, 3, 2, CARE_OF_3);
	route_update_send(&update);
	expect_route_tunnel(&scene, 2, CARE_OF_3);
	scene_end(&scene);
}

/* As a node that knows RFC 6275 only: options are skipped, and not echoed. */
/* Shows RFC 6275 6.1.7-9. */
static void test_without_mcoa(void **state)
{
	(void)state;
	struct scene scene;
	const struct correspondent_config config = {.mcoa = false};
	correspondent_begin_with(&scene, &config);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_1);
	expect_route_node(&scene, 1);
	take_route_message(&scene, MH_binding_ack, &ack);
	assert_int_equal(ack.message.binding_ack.status, 0);
	assert_int_equal(ack.message.bid_count, 0);
	scene_end(&scene);
}

/* RFC 6275 9.1: a cache for each address of ours; each home address has bindings of its own */
/* Shows RFC 6275 9.1-1. */
static void test_pairs(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr other = address_of("2001:db8:9::2");
	correspondent_begin(&scene);
	bind_routes(&scene, 50, 1);
	struct token care_of = ask_care_of(&scene, CARE_OF_1);
	struct route_update update =
		route_update_of(&scene, 1, ask_home(&scene, OTHER_HOME), care_of);
	update.home_address = address_of(OTHER_HOME);
	route_update_bid(&update, 1, CARE_OF_1);
	route_update_send(&update);
	take_past(&scene.correspondent, EFFECT_RECORD);
	expect_route_ack(&scene, &update, 0, &ack);
	assert_int_equal(routes_of(&scene).count, 2);

	update = route_update_of(&scene, 1, ask_home(&scene, HOME), care_of);
	update.destination = update.own = other;
	route_update_bid(&update, 1, CARE_OF_1);
	route_update_send(&update);
	const struct effect_tunnel *tunnel = &take(&scene.correspondent, EFFECT_TUNNEL_SET)->tunnel;
	assert_memory_equal(&owner_of(&scene.correspondent, tunnel)->peer, &other, 16);
	assert_memory_equal(&tunnel->local.address, &other, 16);
	assert_int_equal(routes_of(&scene).count, 2);
	route_update_delete(&update);
	update.message.binding_update.sequence = 2;
	route_update_send(&update);
	assert_int_equal(routes_of(&scene).count, 2);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_bid),
		cmocka_unit_test(test_flags_that_mean_nothing),
		cmocka_unit_test(test_three_bids),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_without_care_of_address),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_care_of_address_that_is_none),
		cmocka_unit_test(test_with_and_without_bid),
		cmocka_unit_test(test_overwrite),
		cmocka_unit_test(test_many_overwrite),
		cmocka_unit_test(test_delete_one),
		cmocka_unit_test(test_delete_all),
		cmocka_unit_test(test_delete_what_is_not_there),
		cmocka_unit_test(test_delete_from_home),
		cmocka_unit_test(test_delete_sealed_over_the_care_of_address),
		cmocka_unit_test(test_delete_in_bulk_sealed_over_the_care_of_address),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_without_mcoa),
		cmocka_unit_test(test_pairs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
