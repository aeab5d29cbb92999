/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a mobile node that, at home, uses its home link only (RFC 6275 11.5.5, RFC 5648 5.5.1),
 * or its visited links only (RFC 5648 5.5.2).
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

#define MS NANOS_PER_MS

static struct sent sent;
static struct sent_nd nd;

/* Links 2 and 3 are registered; link 1 is there and nothing is known of it. */
static void begin_with(struct scene *scene, enum at_home at_home)
{
	at_home_begin(scene, at_home);
	register_by_hand(scene, 2, 3);
	node_link(scene, 1, true);
	take_all(&scene->mobile_node);
}

static void begin(struct scene *scene)
{
	begin_with(scene, AT_HOME_ONLY);
}

static void answer(struct scene *scene, uint8_t status)
{
	struct reply reply = reply_to(&sent);
	reply.status = status;
	reply_send(scene, &reply);
}

/* On the home link, and the de-registration is sent. */
static void begin_returning(struct scene *scene)
{
	begin(scene);
	router_advertises(scene, 1, &home_router);
	expect_home_update(scene, 1, home_agent_mac, &sent);
	take_home_address(scene, HOME_ADDRESS_DEFENDED, 1);
}

static void begin_returned(struct scene *scene)
{
	begin_returning(scene);
	answer(scene, 0);
	take_all(&scene->mobile_node);
}

/*
 * RFC 6275 11.5.5: lifetime zero, A and H, source and care-of address are the home address; it is
 * answered for as soon as that is sent. What goes to the home agent by the old bindings is kept
 * instead, for it would drop it; what comes by them is still accepted.
 */
/*
 * Shows RFC 5648 5.6.3-6; RFC 6275 11.5.5-1, 11.5.5-3, 11.5.5-4, 11.5.5-11, 11.5.5-9, 6.1.7-13,
 * 10.3.2-1; draft-montavont-mip6-mmi-02 4.2-4.
 */
static void test_return(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME);
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	take_note(&scene.mobile_node, EVENT_HOME_LINK_FOUND, 1);
	take_note(&scene.mobile_node, EVENT_LINK_UP, 1);
	for (uint16_t bid = 2; bid <= 3; bid++)
		assert_false(take_tunnel_set(&scene.mobile_node, bid, HOME_AGENT)->usable);
	take(&scene.mobile_node, EFFECT_RECORD);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	const struct msg_binding_update *update = &sent.message.binding_update;
	assert_int_equal(update->flags, BU_ACKNOWLEDGE | BU_HOME);
	assert_int_equal(update->lifetime, 0);
	assert_int_equal(sent.message.bid_count, 0);
	assert_memory_equal(&sent.message.alternate_care_of.address, &home, sizeof(home));
	assert_int_equal(sent.message.link_layer_address.code, 2); /* RFC 5648 5.6.4 */
	take_home_address(&scene, HOME_ADDRESS_DEFENDED, 1);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 0);
	assert_int_equal(home_state_of(&scene), HOME_RETURNING);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 0);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_SET), 0);
	scene_end(&scene);
}

/* There is a tunnel to send by before the others are taken away; those still accept for a second.
 */
/* Shows RFC 6275 11.5.5-2, 11.5.4-5. */
static void test_return_is_acknowledged(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME);
	begin_returning(&scene);
	answer(&scene, 0);
	struct actor *node = &scene.mobile_node;
	take_note(node, EVENT_PATH_SELECTED, 0);
	take_note(node, EVENT_BINDING_REMOVED, 2);
	take_note(node, EVENT_BINDING_REMOVED, 3);
	take_note(node, EVENT_RETURNED_HOME, 1);
	const struct effect_tunnel *tunnel = take_tunnel_set(node, 1, HOME_AGENT);
	assert_int_equal(tunnel->encapsulation, ENCAP_HOME_LINK);
	assert_true(tunnel->usable);
	assert_false(tunnel->remote.framed);
	assert_int_equal(tunnel->local.ifindex, 1);
	assert_true(tunnel->expires == NANOS_NEVER);
	assert_memory_equal(&tunnel->local.address, &home, sizeof(home));
	then(node);
	for (unsigned i = 0; i < 2; i++) {
		tunnel = &take(node, EFFECT_TUNNEL_SET)->tunnel;
		assert_int_not_equal(tunnel->bid, 1);
		assert_false(tunnel->usable);
		assert_true(tunnel->expires == scene.now.mono + SECOND);
	}
	take_note(node, EVENT_PATH_SELECTED, 1);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(node_selected(&scene), 1);
	assert_false(node_view(&scene, 2).registered);
	take_all(node);
	scene_advance(&scene, SECOND);
	assert_int_equal(count_ahead(node, EFFECT_TUNNEL_REMOVE), 2);
	assert_int_equal(count_ahead(node, EFFECT_TUNNEL_SET), 0);
	/* nothing is to be registered any more */
	scene_advance(&scene, 3600 * SECOND);
	expect_no_update(&scene);
	assert_int_equal(count_ahead(node, EFFECT_HOME_ADDRESS), 0);
	scene_end(&scene);
}

/* RFC 6275 11.5.5: to all nodes, S clear, O set; three times */
/* Shows RFC 6275 11.5.5-13, 11.5.5-14, 11.5.5-16, 11.5.5-17, 11.5.5-18, 11.5.5-20. */
static void test_home_address_is_advertised(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME), all = address_of("ff02::1");
	const uint8_t all_nodes[] = {0x33, 0x33, 0, 0, 0, 1};
	uint8_t mac[LINK_LAYER_OCTETS];
	node_mac(1, mac);
	begin_returning(&scene);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 0);
	answer(&scene, 0);
	for (unsigned i = 0; i < 3; i++) {
		expect_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, 1, &nd);
		assert_memory_equal(&nd.packet.source, &home, sizeof(home));
		assert_memory_equal(&nd.packet.destination, &all, sizeof(all));
		assert_memory_equal(nd.send->link_layer, all_nodes, sizeof(all_nodes));
		assert_memory_equal(&nd.message.target, &home, sizeof(home));
		assert_false(nd.message.solicited);
		assert_true(nd.message.override);
		assert_false(nd.message.router);
		assert_true(nd.message.has_target_link_layer);
		assert_memory_equal(nd.message.target_link_layer, mac, sizeof(mac));
		assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 0);
		scene_advance(&scene, SECOND);
	}
	scene_advance(&scene, 60 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 0);
	scene_end(&scene);
}

/* RFC 5648 5.7, 6.2: there was nothing to de-register */
static void test_nothing_was_bound(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	answer(&scene, 133);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	expect_notes(&scene, EVENT_RETURNED_HOME, 1);
	scene_end(&scene);
}

/* A node that starts at home does not know what the home agent holds (RFC 5648 5.9). */
static void test_start_at_home(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_ONLY);
	node_link(&scene, 1, true);
	router_advertises(&scene, 1, &home_router);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	/* RFC 6275 11.8: no binding is known: 1.5 s */
	scene_advance(&scene, 1500 * MS - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/*
 * Nothing answers, as when an advertisement was forged: after a fifth of a second packets go by the
 * visited links again, after three attempts all is registered anew, and after 32 s tried again.
 */
static void test_home_agent_does_not_answer(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	assert_int_equal(node_selected(&scene), 0);
	scene_advance(&scene, 200 * MS - 1);
	assert_int_equal(node_selected(&scene), 0);
	scene_advance(&scene, 1);
	assert_int_equal(node_selected(&scene), 2);
	/* RFC 6275 11.8: with a binding after 1 s, then doubled */
	scene_advance(&scene, 800 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(node_selected(&scene), 2);
	scene_advance(&scene, 2 * SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(node_selected(&scene), 2);
	scene_advance(&scene, 4 * SECOND - 1);
	expect_no_update(&scene);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	scene_advance(&scene, 1);
	expect_notes(&scene, EVENT_UNREACHABLE, 1);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	expect_update(&scene, &sent);
	assert_true(sent.packet.has_home_address);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_int_equal(sent.message.bid_count, 2);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 2);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 32 * SECOND - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	scene_end(&scene);
}

/* The node stays away, registered. */
static void test_return_is_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	answer(&scene, 129);
	assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 1);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 2);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 2);
	assert_int_equal(home_state_of(&scene), HOME_RETURNING);
	scene_end(&scene);
}

/* RFC 6275 11.7.3: 135 names the number to go on from. */
static void test_return_is_out_of_window(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	struct reply reply = reply_to(&sent);
	reply.status = 135;
	reply.sequence = (uint16_t)(reply.sequence + 500);
	reply_send(&scene, &reply);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.sequence, (uint16_t)(reply.sequence + 1));
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	scene_end(&scene);
}

/* An answer that is not authentic ends nothing. */
static void test_forged_acknowledgement(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	struct reply reply = reply_to(&sent);
	reply.forged = true;
	reply_send(&scene, &reply);
	assert_int_equal(home_state_of(&scene), HOME_RETURNING);
	assert_int_equal(node_drops(&scene, DROP_AUTHENTICATION_FAILED), 1);
	scene_end(&scene);
}

/* At once, by a visited link, and with O: nothing is known of what the home agent holds. */
static void expect_away_again(struct scene *scene)
{
	take_home_address(scene, HOME_ADDRESS_AWAY, 0);
	expect_update(scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_false(sent.framed);
	assert_true(sent.packet.has_home_address);
	assert_int_equal(
		sent.message.binding_update.flags, BU_ACKNOWLEDGE | BU_HOME | BU_OVERWRITE);
	assert_int_equal(sent.message.bid_count, 2);
	assert_int_equal(home_state_of(scene), HOME_AWAY);
}

static void test_leaving(void **state)
{
	(void)state;
	struct scene scene;
	begin_returned(&scene);
	node_link(&scene, 1, false);
	take_note(&scene.mobile_node, EVENT_LINK_DOWN, 1);
	take_note(&scene.mobile_node, EVENT_HOME_LINK_LEFT, 1);
	bool gone = false;
	while (!gone) /* those that lingered go too */
		gone = take(&scene.mobile_node, EFFECT_TUNNEL_REMOVE)->tunnel.bid == 1;
	expect_away_again(&scene);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* The link is lost before the answer, which then comes too late. */
static void test_home_link_is_lost_while_returning(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	static struct sent first;
	first = sent;
	node_link(&scene, 1, false);
	expect_away_again(&scene);
	const struct reply late = reply_to(&first);
	reply_send(&scene, &late);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	expect_notes(&scene, EVENT_RETURNED_HOME, 0);
	answer(&scene, 0);
	assert_true(node_view(&scene, 2).registered);
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* Each time the node ends where its links say, and is never left without a way to send by. */
static void test_flapping(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 20; i++) {
		node_link(&scene, 1, true);
		router_advertises(&scene, 1, &home_router);
		scene_advance(&scene, (i % 5) * 150 * MS);
		while (i % 2 && next_update(&scene, &sent))
			answer(&scene, 0);
		node_link(&scene, 1, false);
		scene_advance(&scene, 500 * MS);
		while (next_update(&scene, &sent))
			answer(&scene, 0);
		assert_int_equal(home_state_of(&scene), HOME_AWAY);
		assert_int_equal(node_selected(&scene), 2);
	}
	node_link(&scene, 1, true);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, SECOND);
	while (next_update(&scene, &sent))
		answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* RFC 5648 5.6.3: one at a time; another takes its place */
static void test_two_home_links(void **state)
{
	(void)state;
	struct scene scene;
	begin_returned(&scene);
	router_advertises(&scene, 2, &home_router);
	assert_true(node_view(&scene, 2).home);
	assert_int_equal(node_view(&scene, 2).path, PATH_DOWN);
	expect_no_update(&scene);
	assert_int_equal(node_selected(&scene), 1);
	node_link(&scene, 1, false);
	expect_home_update(&scene, 2, home_agent_mac, &sent);
	take_home_address(&scene, HOME_ADDRESS_DEFENDED, 2);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 2);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	scene_end(&scene);
}

/* A better one does not take its place as long as it is there. */
static void test_home_link_is_kept(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 2, &home_router);
	expect_home_update(&scene, 2, home_agent_mac, &sent);
	answer(&scene, 0);
	router_advertises(&scene, 1, &home_router);
	expect_no_update(&scene);
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* The way to the home agent is not asked for: the link is the path. */
static void test_home_link_is_not_probed(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_ONLY);
	node_link(&scene, 1, true);
	router_advertises(&scene, 1, &home_router);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	answer(&scene, 0);
	scene_advance(&scene, 600 * SECOND);
	assert_int_equal(probes_ahead(&scene), 0);
	assert_int_equal(node_view(&scene, 1).path, PATH_ALIVE);
	scene_end(&scene);
}

static void test_stop_at_home(void **state)
{
	(void)state;
	struct scene scene;
	begin_returned(&scene);
	node_stop(&scene);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	take(&scene.mobile_node, EFFECT_STOPPED);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* What was sent to return may have been lost: it is sent again, and its answer waited for. */
static void test_stop_while_returning(void **state)
{
	(void)state;
	struct scene scene;
	begin_returning(&scene);
	node_stop(&scene);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_STOPPED), 0);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	answer(&scene, 0);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_STOPPED), 1);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	scene_end(&scene);
}

/* ---- RFC 5648 5.5.2 ---- */

/* The interface had a binding; it is deleted, by another. */
static void test_visited_links_only(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_VISITED);
	register_by_hand(&scene, 1, 3);
	router_advertises(&scene, 1, &home_router);
	assert_int_equal(home_state_of(&scene), HOME_VISITED_ONLY);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_true(lists(&sent, 2, CARE_OF_2));
	assert_true(lists(&sent, 3, CARE_OF_3));
	assert_int_equal(sent.message.bid_count, 2);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 2);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 1);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	scene_advance(&scene, 60 * SECOND);
	expect_no_update(&scene);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 0);
	scene_end(&scene);
}

/* RFC 5648 5.4, without bulk registration: the BID, with lifetime zero */
static void test_visited_links_only_one_by_one(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = at_home_defaults(AT_HOME_VISITED);
	const struct home_agent_config its = home_agent_defaults();
	config.bulk = false;
	node_begin_with(&scene, 10 * MS, &config, false);
	scene_add_home_agent(&scene, &its);
	register_by_hand(&scene, 1, 2);
	router_advertises(&scene, 1, &home_router);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	assert_int_equal(sent.message.bid_count, 1);
	assert_int_equal(sent.message.bid[0].bid, 1);
	assert_int_equal(sent.ifindex, 2);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_return_is_acknowledged),
		cmocka_unit_test(test_home_address_is_advertised),
		cmocka_unit_test(test_nothing_was_bound),
		cmocka_unit_test(test_start_at_home),
		cmocka_unit_test(test_home_agent_does_not_answer),
		cmocka_unit_test(test_return_is_refused),
		cmocka_unit_test(test_return_is_out_of_window),
		cmocka_unit_test(test_forged_acknowledgement),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_home_link_is_lost_while_returning),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_two_home_links),
		cmocka_unit_test(test_home_link_is_kept),
		cmocka_unit_test(test_home_link_is_not_probed),
		cmocka_unit_test(test_stop_at_home),
		cmocka_unit_test(test_stop_while_returning),
		cmocka_unit_test(test_visited_links_only),
		cmocka_unit_test(test_visited_links_only_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
