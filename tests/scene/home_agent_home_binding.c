/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes of a mobile node that is on its home link and on visited links at once: RFC 5648 5.6, 6.2,
 * 6.3. Topology a: the home agent is the only router. Topology b: it is not.
 */
#include "support/neighbour.h"

#include "support/cmocka_scene.h"

#include <string.h>

#define HOME_BID 9

static struct sent ack;

static void begin(struct scene *scene, bool only_router)
{
	struct home_agent_config config = home_link_defaults();
	config.only_router = only_router;
	config.dad_ms = 0;
	home_link_begin(scene, &config);
}

/* Away by one or two links, all advertisements sent. */
static void bind_away(struct scene *scene, unsigned count)
{
	bind_bids(scene, 1, count);
	scene_advance(scene, 5 * SECOND);
	take_all(&scene->home_agent);
}

/* By the home link, of the home binding alone. */
static struct update home_update(struct scene *scene, uint16_t sequence)
{
	struct update update = update_of(scene, sequence);
	update_at_home(&update);
	update_bid_home(&update, HOME_BID);
	update_link_layer(&update, mobile_node_mac);
	return update;
}

static void assert_home_tunnel(const struct effect_tunnel *tunnel, bool framed)
{
	struct in6_addr local = address_of(HOME_AGENT), home = address_of(HOME);
	assert_int_equal(tunnel->bid, HOME_BID);
	assert_memory_equal(&tunnel->remote.address, &home, sizeof(home));
	assert_int_equal(tunnel->encapsulation, ENCAP_HOME_LINK);
	assert_int_equal(tunnel->local.ifindex, HOME_LINK);
	assert_memory_equal(&tunnel->local.address, &local, sizeof(local));
	assert_true(tunnel->usable);
	assert_int_equal(tunnel->remote.framed, framed);
	if (framed)
		assert_memory_equal(tunnel->remote.link_layer, mobile_node_mac, LINK_LAYER_OCTETS);
}

static const struct effect_tunnel *expect_home_tunnel(struct scene *scene, bool framed)
{
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene->home_agent, HOME_BID, HOME);
	assert_home_tunnel(tunnel, framed);
	return tunnel;
}

/* Away by the first link, and at home. */
static void bind_both(struct scene *scene, bool only_router)
{
	begin(scene, only_router);
	bind_away(scene, 1);
	struct update update = home_update(scene, 2);
	update_send_home(&update);
	scene_advance(scene, 5 * SECOND);
	assert_int_equal(bindings_of(scene).count, 2);
	take_all(&scene->home_agent);
}

static bool is_answered(struct scene *scene)
{
	size_t before = scene->home_agent.done_count;
	neighbour_solicits(scene, NEIGHBOUR, HOME, neighbour_mac);
	bool answered = scene->home_agent.done_count > before;
	neighbour_solicits(scene, "::", HOME, NULL);
	assert_int_equal(scene->home_agent.done_count - before, answered ? 2 : 0);
	take_all(&scene->home_agent);
	return answered;
}

/* What the home binding is now; its expiry, 0 if there is none. */
static nanos home_binding_until(const struct scene *scene)
{
	struct binding_list list = bindings_of(scene);
	struct in6_addr home = address_of(HOME);
	nanos until = 0;
	for (size_t i = 0; i < list.count; i++) {
		if (!list.at[i].home)
			continue;
		assert_int_equal(until, 0);
		assert_memory_equal(&list.at[i].care_of, &home, sizeof(home));
		until = list.at[i].expires;
	}
	return until;
}

/* ---- registering ---- */

/* RFC 5648 5.6.2, 6.3: topology a: the mobile node has its address, packets still come to us */
/* Shows RFC 5648 6.3-1, 6.3-3, 5.6.2-1; draft-13 6.3-1. */
static void test_only_router_leaves_the_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	bind_away(&scene, 1);
	assert_true(is_answered(&scene));
	struct update update = home_update(&scene, 2);
	update_send_home(&update);
	expect_home_tunnel(&scene, false);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, HOME_BID);
	expect_node_set(&scene, 2);
	expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
	assert_int_equal(ack.message.bid_count, 1);
	assert_int_equal(bid_status(&ack, HOME_BID), 0);
	assert_false(is_answered(&scene));
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 2);
	assert_int_not_equal(home_binding_until(&scene), 0);
	scene_end(&scene);
}

/* RFC 5648 5.6.2, 6.3: topology b: status 5, and the home agent goes on answering */
/* Shows RFC 5648 6.3-1, 6.2-9, 5.6.2-1, 6.3-4, 5.6.4-3. */
static void test_other_routers_keep_the_address_defended(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, false);
	bind_away(&scene, 1);
	struct update update = home_update(&scene, 2);
	update_send_home(&update);
	expect_home_tunnel(&scene, true);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, HOME_BID);
	expect_node_set(&scene, 2);
	expect_framed_ack(&scene, 5, mobile_node_mac, &ack);
	assert_int_equal(bid_status(&ack, HOME_BID), 0);
	assert_int_equal(ack.message.binding_ack.lifetime, 150);
	assert_true(is_answered(&scene));
	scene_end(&scene);
}

/* In a bulk: accepted, and the home binding's own status in its option. */
/* Shows RFC 5648 6.2-19, 6.3-1. */
static void test_status_in_bulk(void **state)
{
	(void)state;
	for (unsigned only_router = 0; only_router < 2; only_router++) {
		struct scene scene;
		begin(&scene, only_router);
		struct update update = update_of(&scene, 1);
		update_overwrite(&update);
		update_bid(&update, 1, CARE_OF_1);
		update_at_home(&update);
		update_bid_home(&update, HOME_BID);
		update_link_layer(&update, mobile_node_mac);
		update_send_home(&update);
		take_past(&scene.home_agent, EFFECT_RECORD);
		expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
		assert_int_equal(bid_status(&ack, 1), 0);
		assert_int_equal(bid_status(&ack, HOME_BID), only_router ? 0 : 5);
		assert_int_equal(is_answered(&scene), !only_router);

		/* RFC 5648 6.2: with a failure it is not complete, and each option says its own */
		update.message.binding_update.sequence = 2;
		update.message.binding_update.flags &= (uint16_t)~BU_OVERWRITE;
		update_bid(&update, 3, "ff02::1");
		update_send_home(&update);
		take_past(&scene.home_agent, EFFECT_RECORD);
		expect_framed_ack(&scene, 4, mobile_node_mac, &ack);
		assert_int_equal(bid_status(&ack, 3), 164);
		assert_int_equal(bid_status(&ack, HOME_BID), only_router ? 0 : 5);
		scene_end(&scene);
	}
}

/* RFC 6275 10.3.1: the first binding waits for detection, this one as well */
static void test_home_binding_first(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config config = home_link_defaults();
	home_link_begin(&scene, &config);
	struct update update = home_update(&scene, 1);
	update_send_home(&update);
	take_detection_begin(&scene);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, SECOND);
	expect_home_tunnel(&scene, true);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, HOME_BID);
	take_intercept(&scene, true);
	expect_node_set(&scene, 1);
	expect_framed_ack(&scene, 5, mobile_node_mac, &ack);
	take_advertisement(&scene, HOME);
	scene_end(&scene);
}

/* Topology a: never advertised, since it is the mobile node's from the beginning. */
static void test_home_binding_first_with_only_router(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	struct update update = home_update(&scene, 1);
	update_send_home(&update);
	expect_home_tunnel(&scene, false);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, HOME_BID);
	take_intercept(&scene, true);
	expect_node_set(&scene, 1);
	expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	assert_false(is_answered(&scene));
	scene_end(&scene);
}

/* ---- refusing ---- */

static void expect_refused(struct scene *scene, const struct update *update, uint8_t status)
{
	update_send_home(update);
	take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(scene, status, &ack);
	assert_int_equal(home_binding_until(scene), 0);
}

/* RFC 5648 4.4: 169, by configuration, or because there is no home link to be at */
/* Shows RFC 5648 6.3-2. */
static void test_prohibited(void **state)
{
	(void)state;
	for (unsigned home_link = 0; home_link < 2; home_link++) {
		struct scene scene;
		struct home_agent_config config = home_link_defaults();
		config.dad_ms = 0;
		config.home_and_foreign = !home_link;
		config.home_link = home_link;
		scene_with_home_agent(&scene, &config);
		if (home_link)
			home_link_tell(&scene, true);
		const struct update update = home_update(&scene, 1);
		expect_refused(&scene, &update, 169);
		take_nothing(&scene.home_agent);
		scene_end(&scene);
	}
}

/*
 * A home link that is not there at present is no policy: the mobile node remembers 169 and would
 * not come back to it, hence 130. The update comes by a visited link, since no other is left.
 */
static void test_home_link_is_down_for_a_while(void **state)
{
	(void)state;
	for (unsigned told = 0; told < 2; told++) {
		struct scene scene;
		struct home_agent_config config = home_link_defaults();
		config.dad_ms = 0;
		scene_with_home_agent(&scene, &config);
		if (told)
			home_link_tell(&scene, false);
		struct update update = update_of(&scene, 1);
		update_bid(&update, 1, CARE_OF_1);
		update_bid_home(&update, HOME_BID);
		update_link_layer(&update, mobile_node_mac);
		update_send(&update);
		take_past(&scene.home_agent, EFFECT_RECORD);
		expect_ack(&scene, 4, &ack);
		assert_int_equal(bid_status(&ack, HOME_BID), 130);
		assert_int_equal(home_binding_until(&scene), 0);
		scene_end(&scene);
	}
}

/*
 * While the home link is down nobody can be on it: what claims to come from there was relayed, and
 * would delete what lets the mobile node be reached (RFC 6275 10.3.2, 11.5.5).
 */
static void test_nothing_comes_from_a_home_link_that_is_down(void **state)
{
	(void)state;
	for (unsigned told = 0; told < 2; told++) {
		struct scene scene;
		struct home_agent_config config = home_link_defaults();
		config.dad_ms = 0;
		scene_with_home_agent(&scene, &config);
		if (told)
			home_link_tell(&scene, false);
		bind_away(&scene, 1);
		struct update update = update_of(&scene, 2);
		update_at_home(&update);
		update_lifetime(&update, 0);
		update_send(&update);
		update_send_home(&update);
		take_nothing(&scene.home_agent);
		assert_int_equal(drops_of(&scene, DROP_NOT_ON_HOME_LINK), 2);
		assert_int_equal(bindings_of(&scene).count, 1);
		scene_end(&scene);
	}
}

/* An update with H that has come by a visited link: the others of it stand. */
static void expect_elsewhere(struct scene *scene, struct update *update)
{
	update_send(update);
	take_past(&scene->home_agent, EFFECT_RECORD);
	expect_ack(scene, 4, &ack);
	assert_int_equal(bid_status(&ack, 1), 0);
	for (uint16_t i = 0; i < update->message.bid_count; i++)
		if (update->message.bid[i].flags & BID_HOME)
			assert_int_equal(bid_status(&ack, update->message.bid[i].bid), 128);
	assert_int_equal(home_binding_until(scene), 0);
}

/*
 * A Router Advertisement that is forged on a visited link makes a mobile node say that it is at
 * home, where nobody would find it (RFC 6275 11.5.5): only the home link itself shows that. Neither
 * a home binding, nor another place on the home link, by another way. 128 is nothing that the
 * mobile node remembers.
 */
static void test_home_binding_by_a_visited_link(void **state)
{
	(void)state;
	enum { NEW, OTHER_LINK_LAYER, OTHER_BID, CASES };
	for (unsigned i = 0; i < 2 * CASES; i++) {
		struct scene scene;
		unsigned what = i / 2;
		if (what == NEW)
			begin(&scene, i % 2);
		else
			bind_both(&scene, i % 2);
		struct update update = update_of(&scene, 3);
		update_bid(&update, 1, CARE_OF_1);
		update_bid_home(&update, what == OTHER_BID ? 8 : HOME_BID);
		update_link_layer(
			&update, what == OTHER_LINK_LAYER ? neighbour_mac : mobile_node_mac);
		expect_elsewhere(&scene, &update);
		scene_end(&scene);
	}
}

/*
 * RFC 5648 5.6.2: in topology b a router forwards updates from visited links to the home link. They
 * are from a care-of address, or have been forwarded; and neither binds the home address, nor takes
 * anything away.
 */
static void test_home_binding_through_a_router(void **state)
{
	(void)state;
	for (unsigned home_source = 0; home_source < 2; home_source++) {
		struct scene scene;
		begin(&scene, false);
		bind_away(&scene, 1);
		struct update update = home_update(&scene, 2);
		if (!home_source) {
			update = update_of(&scene, 2);
			update_bid(&update, 1, CARE_OF_1);
			update_bid_home(&update, HOME_BID);
			update_link_layer(&update, mobile_node_mac);
		}
		update.hop_limit = home_source ? 62 : 64;
		update_send_home(&update);
		assert_int_equal(home_binding_until(&scene), 0);
		if (home_source) {
			update = home_update(&scene, 3);
			update.hop_limit = 62;
			update.message.bid_count = 0;
			update_lifetime(&update, 0);
			update_send_home(&update);
			assert_int_equal(drops_of(&scene, DROP_NOT_ON_HOME_LINK), 2);
		} else {
			take_past(&scene.home_agent, EFFECT_RECORD);
			expect_ack(&scene, 4, &ack);
			assert_int_equal(bid_status(&ack, 1), 0);
			assert_int_equal(bid_status(&ack, HOME_BID), 128);
		}
		assert_int_equal(bindings_of(&scene).count, 1);
		scene_end(&scene);
	}
}

/* Nor instead of a binding that is there. */
static void test_binding_becomes_home_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	bind_away(&scene, 2);
	struct update update = update_of(&scene, 3);
	update_bid(&update, 1, CARE_OF_1);
	update_bid_home(&update, 2);
	expect_elsewhere(&scene, &update);
	scene_end(&scene);
}

/* What is known is refreshed from anywhere; the mobile node's link-layer address is the same. */
static void test_refresh_by_a_visited_link(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct scene scene;
		bind_both(&scene, i % 2);
		scene_advance(&scene, 100 * SECOND);
		struct update update = update_of(&scene, 3);
		update_bid(&update, 1, CARE_OF_1);
		update_bid_home(&update, HOME_BID);
		if (i < 2)
			update_link_layer(&update, mobile_node_mac);
		update_send(&update);
		take_past(&scene.home_agent, EFFECT_RECORD);
		expect_ack(&scene, 0, &ack);
		/* By a visited link it came, by a visited link it is answered. */
		assert_true(ack.packet.has_routing);
		assert_int_equal(bid_status(&ack, HOME_BID), i % 2 ? 0 : 5);
		assert_int_equal(home_binding_until(&scene), scene.now.mono + 600 * SECOND);
		scene_end(&scene);
	}
}

/* Of a bulk only the home binding is refused. */
static void test_prohibited_in_bulk(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.home_and_foreign = false;
	config.dad_ms = 0;
	home_link_begin(&scene, &config);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid_home(&update, HOME_BID);
	update_link_layer(&update, mobile_node_mac);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 4, &ack);
	assert_int_equal(bid_status(&ack, HOME_BID), 169);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/*
 * Topology b needs the link-layer address; topology a finds it by Neighbour Discovery. An update
 * without it is no more than wrong: 128, not 169, which would be for ever.
 */
static void test_without_link_layer_address(void **state)
{
	(void)state;
	for (unsigned only_router = 0; only_router < 2; only_router++) {
		struct scene scene;
		begin(&scene, only_router);
		struct update update = home_update(&scene, 1);
		update.message.has_link_layer_address = false;
		if (!only_router) {
			expect_refused(&scene, &update, 128);
		} else {
			update_send_home(&update);
			expect_home_tunnel(&scene, false);
		}
		scene_end(&scene);
	}
}

/* RFC 5648 5.6.3: the Care-of Address field is the home address; RFC 5648 6.2: 167 if not known */
static void test_care_of_address_of_home_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, false);
	bind_away(&scene, 1);
	struct update update = home_update(&scene, 2);
	update.message.bid[0].care_of.address = address_of(CARE_OF_2);
	update_send_home(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 164, &ack);
	update.message.bid[0].care_of.length = 0;
	update_send_home(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 167, &ack);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* Without H the home address is no care-of address. */
static void test_home_address_needs_the_flag(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, false);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, HOME);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	take_past(&scene.home_agent, EFFECT_SEND);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 5648 5.6.3: one home binding at a time: of two the first is meant */
static void test_two_home_bindings_in_one_update(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, false);
	struct update update = home_update(&scene, 1);
	update_bid_home(&update, 8);
	update_send_home(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_framed_ack(&scene, 4, mobile_node_mac, &ack);
	assert_int_equal(bid_status(&ack, HOME_BID), 5);
	assert_int_equal(bid_status(&ack, 8), 164);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 5648 5.6.3: at home by another interface: the other BID takes its place */
static void test_another_bid_at_home(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, false);
	struct update update = update_of(&scene, 3);
	update_at_home(&update);
	update_bid_home(&update, 8);
	update_link_layer(&update, neighbour_mac);
	update_send_home(&update);
	take_tunnel_remove(&scene.home_agent, HOME_BID);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, HOME_BID);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, 8, HOME);
	assert_memory_equal(tunnel->remote.link_layer, neighbour_mac, LINK_LAYER_OCTETS);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, 8);
	expect_node_set(&scene, 3);
	expect_framed_ack(&scene, 5, neighbour_mac, &ack);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* ---- refreshing ---- */

/* RFC 5648 5.6.3: as any other binding; the link-layer address is known by then */
static void test_refresh(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, false);
	for (uint16_t sequence = 3; sequence < 5; sequence++) {
		scene_advance(&scene, 100 * SECOND);
		struct update update = home_update(&scene, sequence);
		update.message.has_link_layer_address = false;
		if (sequence == 4)
			update.message.bid[0].care_of.length = 0;
		update_send_home(&update);
		expect_home_tunnel(&scene, true);
		expect_node_set(&scene, sequence);
		expect_framed_ack(&scene, 5, mobile_node_mac, &ack);
		assert_int_equal(home_binding_until(&scene), scene.now.mono + 600 * SECOND);
	}
	scene_end(&scene);
}

/* Another network card at home: the data plane is told, though nothing else is new. */
static void test_new_link_layer_address(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, false);
	struct update update = home_update(&scene, 3);
	update_link_layer(&update, neighbour_mac);
	update_send_home(&update);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, HOME_BID, HOME);
	assert_memory_equal(tunnel->remote.link_layer, neighbour_mac, LINK_LAYER_OCTETS);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_framed_ack(&scene, 5, neighbour_mac, &ack);
	/* Nothing happens between: both come at the same time with the same lifetime. */
	update = home_update(&scene, 4);
	update_send_home(&update);
	tunnel = take_tunnel_set(&scene.home_agent, HOME_BID, HOME);
	assert_memory_equal(tunnel->remote.link_layer, mobile_node_mac, LINK_LAYER_OCTETS);
	update.message.binding_update.sequence = 5;
	take_all(&scene.home_agent);
	update_send_home(&update);
	expect_node_set(&scene, 5);
	scene_end(&scene);
}

/* RFC 5648 6.4: who is at home is asked there, by the way that the acknowledgement went. */
static void test_refresh_request_at_home(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.dad_ms = 0;
	config.refresh_request = true;
	home_link_begin(&scene, &config);
	const struct update update = home_update(&scene, 1);
	update_send_home(&update);
	scene_advance(&scene, 594 * SECOND);
	take_past(&scene.home_agent, EFFECT_INTERCEPT);
	expect_node_set(&scene, 1);
	expect_framed_ack(&scene, 5, mobile_node_mac, &ack);
	for (unsigned i = 0; i < 3; i++)
		take_advertisement(&scene, HOME);
	take_message(&scene.home_agent, MH_refresh_request, &ack);
	assert_true(ack.framed);
	assert_int_equal(ack.ifindex, HOME_LINK);
	assert_memory_equal(ack.link_layer, mobile_node_mac, LINK_LAYER_OCTETS);
	assert_memory_equal(&ack.packet.destination, &update.home_address, 16);
	assert_false(ack.packet.has_routing);

	/* The second one would not get there. */
	home_link_tell(&scene, false);
	scene_advance(&scene, 0);
	take_all(&scene.home_agent);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* ---- leaving ---- */

static void expect_defended_again(struct scene *scene, bool only_router)
{
	assert_int_equal(home_binding_until(scene), 0);
	scene_advance(scene, 0);
	if (only_router)
		take_advertisement(scene, HOME);
	take_nothing(&scene->home_agent);
	assert_true(is_answered(scene));
}

/* RFC 5648 5.6.5: an update for another binding, in which no option has H */
static void test_leaving_by_any_update_without_flag(void **state)
{
	(void)state;
	for (unsigned only_router = 0; only_router < 2; only_router++) {
		struct scene scene;
		bind_both(&scene, only_router);
		struct update update = update_of(&scene, 3);
		update_bid_known(&update, 1);
		update_send(&update);
		take_tunnel_remove(&scene.home_agent, HOME_BID);
		take_note(&scene.home_agent, EVENT_BINDING_REMOVED, HOME_BID);
		take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
		expect_node_set(&scene, 3);
		expect_ack(&scene, 0, &ack);
		expect_defended_again(&scene, only_router);
		scene_end(&scene);
	}
}

/* With H somewhere in a bulk the mobile node is still at home. */
static void test_staying_by_bulk(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, true);
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 1);
	update_bid(&update, 2, CARE_OF_2);
	update_bid_home(&update, HOME_BID);
	update_send(&update);
	take_all(&scene.home_agent);
	assert_int_not_equal(home_binding_until(&scene), 0);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_false(is_answered(&scene));
	scene_end(&scene);
}

/* The interface is at a visited link now: the same BID, a care-of address. */
static void test_leaving_by_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, true);
	struct update update = update_of(&scene, 3);
	update_bid(&update, HOME_BID, CARE_OF_2);
	update_send(&update);
	const struct effect_tunnel *tunnel =
		&take_past(&scene.home_agent, EFFECT_TUNNEL_SET)->tunnel;
	assert_int_equal(tunnel->bid, HOME_BID);
	assert_int_equal(tunnel->encapsulation, ENCAP_IPV6);
	assert_int_equal(tunnel->local.ifindex, 0);
	assert_false(tunnel->remote.framed);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	expect_defended_again(&scene, true);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* RFC 5648 5.6.5 before 6.2: without H and without care-of address there is nothing to refresh */
static void test_refresh_without_flag(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, false);
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 1);
	update_bid_known(&update, HOME_BID);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 4, &ack);
	assert_int_equal(bid_status(&ack, HOME_BID), 167);
	assert_int_equal(home_binding_until(&scene), 0);
	scene_end(&scene);
}

/* RFC 5648 6.2: lifetime zero deletes this BID, and no other de-registration touches it */
static void test_leaving_by_de_registration(void **state)
{
	(void)state;
	for (unsigned only_router = 0; only_router < 2; only_router++) {
		struct scene scene;
		bind_both(&scene, only_router);
		struct update update = update_of(&scene, 3);
		update_lifetime(&update, 0);
		update_bid_known(&update, HOME_BID);
		update_send(&update);
		take_tunnel_remove(&scene.home_agent, HOME_BID);
		take_note(&scene.home_agent, EVENT_BINDING_REMOVED, HOME_BID);
		expect_node_set(&scene, 3);
		expect_ack(&scene, 0, &ack);
		expect_defended_again(&scene, only_router);
		scene_end(&scene);
	}
}

static void test_leaving_the_visited_link(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, true);
	struct update update = update_of(&scene, 3);
	update_at_home(&update);
	update_lifetime(&update, 0);
	update_bid_known(&update, 1);
	update_send_home(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	expect_node_set(&scene, 3);
	/* The link-layer address is remembered. */
	expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
	/* RFC 5648 5.6.2: what comes to us still goes to the home link by us */
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_INTERCEPT), 0);
	assert_int_not_equal(home_binding_until(&scene), 0);
	assert_false(is_answered(&scene));
	scene_end(&scene);
}

/* RFC 5648 5.5.1: everything is de-registered, the home binding too */
static void test_home_only(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, false);
	struct update update = update_of(&scene, 3);
	update_at_home(&update);
	update_lifetime(&update, 0);
	update_link_layer(&update, mobile_node_mac);
	update_send_home(&update);
	take_past(&scene.home_agent, EFFECT_INTERCEPT);
	expect_node_set(&scene, 3);
	expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_false(is_answered(&scene));
	scene_end(&scene);
}

static void test_expiry_of_home_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	struct update update = home_update(&scene, 1);
	update_lifetime(&update, 100);
	update_send_home(&update);
	update = update_of(&scene, 2);
	update_bid(&update, 1, CARE_OF_1);
	update_bid_home(&update, HOME_BID);
	update_send(&update);
	/* Both have 600 s now; the foreign one is renewed, with H, so that only the home one ends.
	 */
	scene_advance(&scene, 300 * SECOND);
	update = update_of(&scene, 3);
	update_bid_home(&update, HOME_BID);
	update_lifetime(&update, 100);
	update_send(&update);
	take_all(&scene.home_agent);
	assert_false(is_answered(&scene));
	scene_advance(&scene, 100 * SECOND);
	take_tunnel_remove(&scene.home_agent, HOME_BID);
	take_note(&scene.home_agent, EVENT_BINDING_EXPIRED, HOME_BID);
	take_advertisement(&scene, HOME);
	assert_true(is_answered(&scene));
	scene_end(&scene);
}

/* ---- the link, and restart ---- */

/* Nothing goes to a link that is down; nor is anything refreshed by it. */
static void test_link_down(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, false);
	home_link_tell(&scene, false);
	scene_advance(&scene, 0);
	take_intercept(&scene, true);
	assert_false(take_tunnel_set(&scene.home_agent, HOME_BID, HOME)->usable);
	home_link_tell(&scene, true);
	scene_advance(&scene, 0);
	take_intercept(&scene, true);
	expect_home_tunnel(&scene, true);
	take_advertisement(&scene, HOME);

	home_link_tell(&scene, false);
	scene_advance(&scene, 0);
	take_all(&scene.home_agent);
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 1);
	update_bid_home(&update, HOME_BID);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 4, &ack);
	/* Only for now: see test_home_link_is_down_for_a_while */
	assert_int_equal(bid_status(&ack, HOME_BID), 130);
	/* What the mobile node is told is what there is. */
	assert_int_equal(home_binding_until(&scene), 0);
	scene_end(&scene);
}

static const struct record_binding *recorded(const struct host_event *event, uint16_t bid)
{
	for (uint8_t i = 0; i < event->record.count; i++)
		if (event->record.bindings[i].bid == bid)
			return &event->record.bindings[i];
	fail_msg("no binding of BID %u", bid);
	return NULL;
}

/* HOST_HOME_LINK may come before or after the bindings. */
static void test_restart(void **state)
{
	(void)state;
	for (unsigned link_first = 0; link_first < 2; link_first++) {
		struct scene scene;
		begin(&scene, false);
		bind_away(&scene, 1);
		struct update update = home_update(&scene, 2);
		update_send_home(&update);
		struct host_event binding = restore_event(&scene.home_agent);
		take_all(&scene.home_agent);
		scene_restart(&scene, &scene.home_agent);
		const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
		scene_tell(&scene, &scene.home_agent, &node);
		if (link_first)
			home_link_tell(&scene, true);
		scene_tell(&scene, &scene.home_agent, &binding);
		if (!link_first)
			home_link_tell(&scene, true);
		scene_advance(&scene, 0);
		/* the last one: when link and bindings are there */
		while (count_ahead(&scene.home_agent, EFFECT_TUNNEL_SET) > 1)
			take_past(&scene.home_agent, EFFECT_TUNNEL_SET);
		assert_home_tunnel(
			&take_past(&scene.home_agent, EFFECT_TUNNEL_SET)->tunnel, true);
		assert_int_equal(home_binding_until(&scene), recorded(&binding, HOME_BID)->expires);
		take_all(&scene.home_agent);
		assert_true(is_answered(&scene));
		scene_end(&scene);
	}
}

/* The configuration has changed meanwhile, or what is remembered is no home binding. */
static void test_restart_of_what_is_of_no_use(void **state)
{
	(void)state;
	for (unsigned why = 0; why < 5; why++) {
		struct scene scene;
		begin(&scene, false);
		struct update update = home_update(&scene, 2);
		update_send_home(&update);
		struct host_event binding = restore_event(&scene.home_agent);
		take_all(&scene.home_agent);
		scene.home_agent_config.home_agent.home_and_foreign = why != 0;
		scene.home_agent_config.home_agent.home_link = why != 1;
		/* Topology b cannot do without the link-layer address. */
		binding.record.bindings[0].has_link_layer = why != 2;
		if (why == 3)
			binding.record.bindings[0].care_of = address_of(CARE_OF_1);
		scene_restart(&scene, &scene.home_agent);
		const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
		scene_tell(&scene, &scene.home_agent, &node);
		if (why < 4) {
			scene_tell(&scene, &scene.home_agent, &binding);
			take_tunnel_remove(&scene.home_agent, HOME_BID);
			take_nothing(&scene.home_agent);
			scene_end(&scene);
			continue;
		}
		/* A second one */
		scene_tell(&scene, &scene.home_agent, &binding);
		take_all(&scene.home_agent);
		binding.record.bindings[0].bid = 8;
		scene_tell(&scene, &scene.home_agent, &binding);
		take_tunnel_remove(&scene.home_agent, 8);
		take_nothing(&scene.home_agent);
		scene_end(&scene);
	}
}

/* ---- peers of RFC 6275 ---- */

/* RFC 5648 6.3: who does not know the option takes it for a de-registration, and says so */
static void test_home_agent_without_mcoa(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.mcoa = false;
	config.dad_ms = 0;
	home_link_begin(&scene, &config);
	struct update update = update_of(&scene, 1);
	update_send(&update);
	take_all(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 1);
	update = home_update(&scene, 2);
	update_send_home(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
	assert_int_equal(ack.message.bid_count, 0);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 5648 6.2: a binding without BID replaces all */
static void test_plain_update_replaces_home_binding(void **state)
{
	(void)state;
	struct scene scene;
	bind_both(&scene, true);
	struct update update = update_of(&scene, 3);
	update_send(&update);
	take_all(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 1);
	expect_defended_again(&scene, true);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_router_leaves_the_address),
		cmocka_unit_test(test_other_routers_keep_the_address_defended),
		cmocka_unit_test(test_status_in_bulk),
		cmocka_unit_test(test_home_binding_first),
		cmocka_unit_test(test_home_binding_first_with_only_router),
		cmocka_unit_test(test_prohibited),
		cmocka_unit_test(test_home_link_is_down_for_a_while),
		cmocka_unit_test(test_nothing_comes_from_a_home_link_that_is_down),
		cmocka_unit_test(test_home_binding_by_a_visited_link),
		cmocka_unit_test(test_home_binding_through_a_router),
		cmocka_unit_test(test_binding_becomes_home_binding),
		cmocka_unit_test(test_refresh_by_a_visited_link),
		cmocka_unit_test(test_prohibited_in_bulk),
		cmocka_unit_test(test_without_link_layer_address),
		cmocka_unit_test(test_care_of_address_of_home_binding),
		cmocka_unit_test(test_home_address_needs_the_flag),
		cmocka_unit_test(test_two_home_bindings_in_one_update),
		cmocka_unit_test(test_another_bid_at_home),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_new_link_layer_address),
		cmocka_unit_test(test_refresh_request_at_home),
		cmocka_unit_test(test_leaving_by_any_update_without_flag),
		cmocka_unit_test(test_staying_by_bulk),
		cmocka_unit_test(test_leaving_by_care_of_address),
		cmocka_unit_test(test_refresh_without_flag),
		cmocka_unit_test(test_leaving_by_de_registration),
		cmocka_unit_test(test_leaving_the_visited_link),
		cmocka_unit_test(test_home_only),
		cmocka_unit_test(test_expiry_of_home_binding),
		cmocka_unit_test(test_link_down),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_restart_of_what_is_of_no_use),
		cmocka_unit_test(test_home_agent_without_mcoa),
		cmocka_unit_test(test_plain_update_replaces_home_binding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
