/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a mobile node that uses its home link and visited links at once (RFC 5648 5.6).
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

#define MS NANOS_PER_MS

static struct sent sent;

static void answer_home(struct scene *scene, uint8_t status, uint8_t home_status)
{
	struct reply reply = reply_to(&sent);
	reply.status = status;
	for (unsigned i = 0; i < reply.bid_count; i++)
		if (reply.bids[i] == 1)
			reply.bid_status[i] = home_status;
	reply_send(scene, &reply);
}

static void answer(struct scene *scene, uint8_t status)
{
	answer_home(scene, status, 0);
}

/* Links 2 and 3 are registered; link 1 is there and nothing is known of it. */
static void begin_with(struct scene *scene, const struct mobile_node_config *config)
{
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(scene, 10 * MS, config, false);
	scene_add_home_agent(scene, &its);
	register_by_hand(scene, 2, 3);
	node_link(scene, 1, true);
	take_all(&scene->mobile_node);
}

static void begin(struct scene *scene)
{
	const struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	begin_with(scene, &config);
}

/* Link 1 is the home link, and its binding acknowledged. */
static void begin_both(struct scene *scene, uint8_t home_status)
{
	begin(scene);
	router_advertises(scene, 1, &home_router);
	scene_advance(scene, 50 * MS);
	expect_update(scene, &sent);
	answer_home(scene, 0, home_status);
}

static const struct opt_bid *option_of(uint16_t bid)
{
	for (size_t i = 0; i < sent.message.bid_count; i++)
		if (sent.message.bid[i].bid == bid)
			return &sent.message.bid[i];
	return NULL;
}

/*
 * RFC 5648 5.6.3: H, the home address for care-of address, our link-layer address, code 2; in bulk
 * with the others, by the best link, which is the home link: RFC 6275 11.5.5 for the packet.
 */
/* Shows RFC 5648 5.6.3-1, 5.6.3-2, 5.6.3-4, 5.6.3-5. */
static void test_home_binding(void **state)
{
	(void)state;
	struct scene scene;
	uint8_t mac[LINK_LAYER_OCTETS];
	node_mac(1, mac);
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.flags & (BU_ACKNOWLEDGE | BU_HOME),
		BU_ACKNOWLEDGE | BU_HOME);
	assert_int_equal(sent.message.binding_update.lifetime, 150);
	assert_int_equal(sent.message.bid_count, 3);
	assert_true(lists(&sent, 1, HOME));
	assert_int_equal(option_of(1)->flags, BID_HOME | 10);
	assert_int_equal(option_of(2)->flags, 20);
	assert_int_equal(option_of(3)->flags, 30);
	assert_true(lists(&sent, 2, CARE_OF_2));
	assert_false(sent.message.has_alternate_care_of);
	assert_true(sent.message.has_link_layer_address);
	assert_int_equal(sent.message.link_layer_address.code, 2);
	assert_int_equal(sent.message.link_layer_address.address.length, sizeof(mac));
	assert_memory_equal(sent.message.link_layer_address.address.at, mac, sizeof(mac));
	/* RFC 5648 5.6.3: nothing is answered before the acknowledgement */
	assert_int_equal(home_state_of(&scene), HOME_RETURNING);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 0);
	/* the visited links go on */
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* Before the acknowledgement the home link is not sent by. */
/* Shows RFC 5648 5.6.3-7. */
static void test_home_tunnel_waits_for_the_acknowledgement(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	const struct effect_tunnel *tunnel = next_tunnel(&scene, 1);
	assert_int_equal(tunnel->encapsulation, ENCAP_HOME_LINK);
	assert_false(tunnel->usable);
	expect_update(&scene, &sent);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_SET), 0);
	scene_end(&scene);
}

/* RFC 5648 5.6.4: accepted: the home address is ours on the link */
static void test_accepted(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME);
	begin_both(&scene, 0);
	nanos sent_at = scene.now.mono;
	take_note(&scene.mobile_node, EVENT_REGISTERED, 1);
	take_home_address(&scene, HOME_ADDRESS_DEFENDED, 1);
	const struct effect_tunnel *tunnel = next_tunnel(&scene, 1);
	assert_int_equal(tunnel->encapsulation, ENCAP_HOME_LINK);
	assert_true(tunnel->usable);
	assert_false(tunnel->remote.framed);
	assert_int_equal(tunnel->local.ifindex, 1);
	assert_memory_equal(&tunnel->local.address, &home, sizeof(home));
	assert_in_range(tunnel->expires, sent_at + 599 * SECOND, sent_at + 600 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 1);
	assert_int_equal(home_state_of(&scene), HOME_BOTH);
	assert_int_equal(node_selected(&scene), 1);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(node_view(&scene, bid).registered);
	scene_advance(&scene, 60 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 3);
	scene_end(&scene);
}

/* RFC 5648 5.6.4, protocol-facts: 5 in the option or in the acknowledgement: no Neighbour Discovery
 * for the home address, and frames to the router's link-layer address */
/* Shows RFC 5648 4.4-1, 5.6.3-8, 5.6.4-1, 5.6.2-2. */
static void test_without_neighbour_discovery(void **state)
{
	(void)state;
	for (unsigned in_option = 0; in_option < 2; in_option++) {
		struct scene scene;
		begin(&scene);
		router_advertises(&scene, 1, &other_home_router);
		agent_advertises(&scene, 1, HOME_AGENT, home_agent_mac);
		scene_advance(&scene, 50 * MS);
		expect_update(&scene, &sent);
		answer_home(&scene, in_option ? 0 : 5, in_option ? 5 : 0);
		take_home_address(&scene, HOME_ADDRESS_SILENT, 1);
		const struct effect_tunnel *tunnel = next_tunnel(&scene, 1);
		assert_int_equal(tunnel->encapsulation, ENCAP_HOME_LINK);
		assert_true(tunnel->usable);
		assert_true(tunnel->remote.framed);
		assert_memory_equal(tunnel->remote.link_layer, neighbour_mac, LINK_LAYER_OCTETS);
		/* it says nothing of the others, which need no frame */
		for (size_t i = 0; i < scene.mobile_node.done_count; i++) {
			const struct effect *effect = &scene.mobile_node.done[i];
			if (effect->type == EFFECT_TUNNEL_SET && effect->tunnel.bid != 1)
				assert_false(effect->tunnel.remote.framed);
		}
		assert_int_equal(home_state_of(&scene), HOME_BOTH_WITHOUT_ND);
		assert_int_equal(node_selected(&scene), 1);
		assert_true(node_view(&scene, 2).registered);
		scene_advance(&scene, 60 * SECOND);
		assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT), 0);
		assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
		scene_end(&scene);
	}
}

/* RFC 5648 5.6.4: the router must be known; and it may become another one */
/* Shows RFC 5648 5.6.4-2. */
static void test_router_is_not_known(void **state)
{
	(void)state;
	struct scene scene;
	struct router no_router = home_router;
	no_router.lifetime = 0;
	begin(&scene);
	router_advertises(&scene, 1, &no_router);
	agent_advertises(&scene, 1, HOME_AGENT, home_agent_mac);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	answer_home(&scene, 0, 5);
	assert_int_equal(node_selected(&scene), 2);
	router_advertises(&scene, 1, &other_home_router);
	assert_int_equal(node_selected(&scene), 1);
	take_all(&scene.mobile_node);
	/* of two the first is kept; when it resigns, the next is taken */
	router_advertises(&scene, 1, &home_router);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_SET), 0);
	struct router resigned = other_home_router;
	resigned.lifetime = 0;
	router_advertises(&scene, 1, &resigned);
	assert_int_equal(node_selected(&scene), 2);
	router_advertises(&scene, 1, &home_router);
	assert_int_equal(node_selected(&scene), 1);
	take_past(&scene.mobile_node, EFFECT_TUNNEL_SET);
	scene_end(&scene);
}

/* RFC 5648 5.6.3: refreshed like any other; a changed mind of the home agent is heeded */
/* Shows RFC 5648 5.6.3-9. */
static void test_refresh(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 0);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 449 * SECOND);
	expect_no_update(&scene);
	scene_advance(&scene, 2 * SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_true(lists(&sent, 1, HOME));
	assert_true(option_of(1)->flags & BID_HOME);
	assert_true(sent.message.has_link_layer_address);
	assert_int_equal(node_selected(&scene), 1);
	answer_home(&scene, 0, 5);
	take_home_address(&scene, HOME_ADDRESS_SILENT, 1);
	assert_true(next_tunnel(&scene, 1)->remote.framed);
	scene_end(&scene);
}

/*
 * RFC 5648 5.6.5: at once, by an active care-of address, without H; the home address is withdrawn
 * first, and nothing sent by the link any more.
 */
/* Shows RFC 5648 5.6.5-1. */
static void test_leaving(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 0);
	take_all(&scene.mobile_node);
	node_link(&scene, 1, false);
	take_note(&scene.mobile_node, EVENT_LINK_DOWN, 1);
	take_note(&scene.mobile_node, EVENT_HOME_LINK_LEFT, 1);
	take_tunnel_remove(&scene.mobile_node, 1);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_false(sent.framed);
	assert_true(sent.packet.has_home_address);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_int_equal(sent.message.bid_count, 2);
	assert_int_equal(option_of(2)->flags, 20);
	assert_int_equal(option_of(3)->flags, 30);
	assert_false(sent.message.has_link_layer_address);
	assert_int_equal(node_selected(&scene), 2);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	scene_end(&scene);
}

/* The interface moves on without a loss of carrier: its BID gets a care-of address again. */
static void test_home_link_becomes_a_visited_one(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 0);
	router_advertises(&scene, 1, &visited_router);
	node_address(&scene, 1, CARE_OF_1);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 8 * SECOND);
	expect_notes(&scene, EVENT_HOME_LINK_LEFT, 1);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_true(sent.packet.has_home_address);
	for (size_t i = 0; i < sent.message.bid_count; i++)
		assert_false(sent.message.bid[i].flags & BID_HOME);
	answer(&scene, 0);
	scene_advance(&scene, 100 * MS);
	while (next_update(&scene, &sent))
		answer(&scene, 0);
	assert_true(node_view(&scene, 1).registered);
	struct in6_addr care_of = address_of(CARE_OF_1), is = node_view(&scene, 1).care_of;
	assert_memory_equal(&is, &care_of, sizeof(care_of));
	scene_end(&scene);
}

/* The other way: what was a care-of address becomes the home address, under the same BID. */
static void test_visited_link_becomes_the_home_link(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_BOTH);
	register_by_hand(&scene, 1, 2);
	router_advertises(&scene, 1, &home_router);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_true(lists(&sent, 1, HOME));
	assert_true(lists(&sent, 2, CARE_OF_2));
	assert_int_equal(node_selected(&scene), 2);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 1);
	assert_int_equal(home_state_of(&scene), HOME_BOTH);
	scene_end(&scene);
}

/* By a visited link as long as the home agent was not seen on the home link. */
static void test_home_agent_is_not_known(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &other_home_router);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_true(sent.packet.has_home_address);
	assert_true(lists(&sent, 1, HOME));
	assert_true(option_of(1)->flags & BID_HOME);
	assert_true(sent.message.has_link_layer_address);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_BOTH);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/*
 * RFC 5648 5.6.5: an update without H ends the home binding. With one update for each BID it would
 * end with every refresh of another; so without bulk registration it is the home link alone.
 */
static void test_one_by_one(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	config.bulk = false;
	begin_with(&scene, &config);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.bid_count, 0);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	take_all(&scene.mobile_node);
	scene_advance(&scene, SECOND);
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_int_not_equal(sent.message.binding_update.lifetime, 0);
	assert_int_equal(sent.message.bid_count, 1);
	assert_int_equal(option_of(2)->flags, 20);
	scene_end(&scene);
}

/* The same when bulk registration ends while both are in use: 168. */
static void test_bulk_ends_at_home(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 0);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 450 * SECOND + 500 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	answer(&scene, 168);
	expect_notes(&scene, EVENT_BULK_OFF, 1);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	assert_int_equal(sent.message.bid_count, 0);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	scene_end(&scene);
}

/* By the home link, be the others ever so much better: so a home agent knows that it is true. */
static void test_home_binding_is_sent_by_the_home_link(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_prefer(&scene, 1, 99);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.bid_count, 3);
	answer(&scene, 0);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 450 * SECOND + 500 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	/* once more, and then by the others */
	scene_advance(&scene, SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	scene_advance(&scene, 2 * SECOND);
	expect_update(&scene, &sent);
	assert_int_not_equal(sent.ifindex, 1);
	assert_true(lists(&sent, 1, HOME));
	scene_end(&scene);
}

/*
 * Refused because it came by another way, it is sent by the home link as soon as that can be sent
 * by: at once, if it could; but not again and again, if it stayed unanswered there.
 */
static void test_home_binding_is_refused_from_elsewhere(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &other_home_router);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	answer_home(&scene, 4, 128);
	expect_notes(&scene, EVENT_REFUSED, 1);
	assert_int_equal(home_state_of(&scene), HOME_RETURNING);
	assert_int_equal(node_selected(&scene), 2);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 100 * MS);
	expect_no_update(&scene);
	agent_advertises(&scene, 1, HOME_AGENT, home_agent_mac);
	scene_advance(&scene, 100 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_true(lists(&sent, 1, HOME));
	/* unanswered, and refused by the others again */
	scene_advance(&scene, SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	scene_advance(&scene, 2 * SECOND);
	expect_update(&scene, &sent);
	assert_int_not_equal(sent.ifindex, 1);
	answer_home(&scene, 4, 128);
	scene_advance(&scene, SECOND);
	expect_no_update(&scene);
	scene_advance(&scene, 2 * SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_BOTH);
	scene_end(&scene);
}

/* Nobody signs a Binding Error: what it leads to lasts as long as it is believed, a minute. */
static void test_home_agent_is_said_not_to_know_bids(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_BOTH);
	node_link(&scene, 1, true);
	node_attach(&scene, 2);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 200 * MS);
	while (next_update(&scene, &sent))
		;
	assert_true(lists(&sent, 1, HOME));
	binding_error_arrives(&scene, 2);
	scene_advance(&scene, SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 58 * SECOND);
	expect_no_update(&scene);
	scene_advance(&scene, 2 * SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_true(lists(&sent, 1, HOME));
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_BOTH);
	scene_end(&scene);
}

/* RFC 5648 5.6.3: one home binding at a time */
static void test_two_home_links(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 0);
	router_advertises(&scene, 2, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 2);
	assert_true(lists(&sent, 1, HOME));
	assert_true(lists(&sent, 3, CARE_OF_3));
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	answer(&scene, 0);
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 2);
	assert_true(lists(&sent, 2, HOME));
	answer(&scene, 0);
	take_home_address(&scene, HOME_ADDRESS_DEFENDED, 2);
	scene_end(&scene);
}

/* RFC 5648 4.4, 5.6: 169, of all or of the one BID: the home link only, as long as it lasts */
static void test_both_refused(void **state)
{
	(void)state;
	for (unsigned in_option = 0; in_option < 2; in_option++) {
		struct scene scene;
		begin(&scene);
		router_advertises(&scene, 1, &home_router);
		scene_advance(&scene, 50 * MS);
		expect_update(&scene, &sent);
		answer_home(&scene, in_option ? 4 : 169, in_option ? 169 : 0);
		expect_notes(&scene, EVENT_HOME_AND_FOREIGN_REFUSED, 1);
		expect_home_update(&scene, 1, home_agent_mac, &sent);
		assert_int_equal(sent.message.binding_update.lifetime, 0);
		assert_int_equal(sent.message.bid_count, 0);
		take_home_address(&scene, HOME_ADDRESS_DEFENDED, 1);
		answer(&scene, 0);
		assert_int_equal(home_state_of(&scene), HOME_ONLY);
		assert_int_equal(node_selected(&scene), 1);
		/* another stay, another try */
		node_link(&scene, 1, false);
		expect_update(&scene, &sent);
		answer(&scene, 0);
		scene_advance(&scene, SECOND);
		node_link(&scene, 1, true);
		router_advertises(&scene, 1, &home_router);
		scene_advance(&scene, 50 * MS);
		expect_update(&scene, &sent);
		assert_true(lists(&sent, 1, HOME));
		scene_end(&scene);
	}
}

/* RFC 5648 6.3: no option in the answer: it may have de-registered everything */
/* Shows RFC 5648 6.3-5. */
static void test_home_agent_without_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	struct reply reply = reply_to(&sent);
	reply.bid_count = 0;
	reply_send(&scene, &reply);
	expect_notes(&scene, EVENT_FALL_BACK, 1);
	expect_notes(&scene, EVENT_REGISTERED, 0);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	answer(&scene, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(node_selected(&scene), 1);
	scene_advance(&scene, 600 * SECOND);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* RFC 6275 11.5.5: without Binding Identifiers there is only one way to be at home */
static void test_without_mcoa(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	config.mcoa = false;
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(&scene, 10 * MS, &config, false);
	scene_add_home_agent(&scene, &its);
	register_by_hand(&scene, 2, 2);
	node_link(&scene, 1, true);
	router_advertises(&scene, 1, &home_router);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	scene_end(&scene);
}

/* The home link is one of the links: others are tried, and it is never said to be home. */
static void test_home_agent_does_not_answer(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(node_selected(&scene), 2);
	scene_advance(&scene, 4 * SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_true(lists(&sent, 1, HOME));
	assert_int_equal(node_selected(&scene), 2);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* Nobody is told to go anywhere while the node is away again before it was answered. */
static void test_home_link_is_lost_before_the_answer(void **state)
{
	(void)state;
	struct scene scene;
	static struct sent first;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	first = sent;
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 2);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	const struct reply late = reply_to(&first);
	reply_send(&scene, &late);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	assert_int_equal(node_selected(&scene), 2);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

static void test_stop(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 0);
	take_all(&scene.mobile_node);
	node_stop(&scene);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	/* the answer may be to Neighbour Discovery: RFC 6275 11.5.5 */
	assert_true(sent.message.has_link_layer_address);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_ADDRESS), 0);
	answer(&scene, 0);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	take(&scene.mobile_node, EFFECT_STOPPED);
	scene_end(&scene);
}

/* The home link's tunnel as last said. */
static const struct effect_tunnel *home_tunnel(const struct scene *scene)
{
	const struct actor *node = &scene->mobile_node;
	for (size_t i = node->done_count; i-- > 0;)
		if (node->done[i].type == EFFECT_TUNNEL_SET && node->done[i].tunnel.bid == 1)
			return &node->done[i].tunnel;
	return NULL;
}

/*
 * RFC 5648 5.6.3: while the home address is not used on the home link, nothing is sent there from
 * it. Here the last answer comes when the node stops, and may not yet say so (RFC 6275 11.8).
 */
static void test_acknowledged_while_stopping(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, 50 * MS);
	node_link(&scene, 3, false);
	node_link(&scene, 2, false);
	while (next_update(&scene, &sent))
		;
	node_stop(&scene);
	expect_no_update(&scene);
	answer(&scene, 0);
	assert_true(node_view(&scene, 1).registered);
	assert_false(home_tunnel(&scene)->usable);
	scene_advance(&scene, SECOND);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	scene_end(&scene);
}

/* Nor when it is not used any more, though the binding lasts: it is found to be refused, and the
 * home agent's link-layer address, to say so, is not known. */
static void test_home_binding_without_home_address(void **state)
{
	(void)state;
	struct scene scene;
	struct router router = home_router;
	router.lifetime = 300;
	begin(&scene);
	router_advertises(&scene, 1, &router);
	scene_advance(&scene, 50 * MS);
	expect_update(&scene, &sent);
	answer(&scene, 0);
	assert_int_equal(node_selected(&scene), 1);
	take_home_address(&scene, HOME_ADDRESS_DEFENDED, 1);
	/* refreshed after three quarters of 600 s */
	scene_advance(&scene, 455 * SECOND);
	while (next_update(&scene, &sent))
		;
	answer(&scene, 166);
	take_home_address(&scene, HOME_ADDRESS_AWAY, 0);
	assert_int_not_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* RFC 5648 5.6.4: status 5 to begin with, 0 later: it is sent by in neither way in between. */
static void test_neighbour_discovery_after_all(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, 5);
	take_home_address(&scene, HOME_ADDRESS_SILENT, 1);
	assert_true(next_tunnel(&scene, 1)->remote.framed);
	node_prefer(&scene, 1, 5);
	scene_advance(&scene, SECOND);
	while (next_update(&scene, &sent))
		;
	answer_home(&scene, 0, 0);
	assert_false(next_tunnel(&scene, 1)->usable);
	take_home_address(&scene, HOME_ADDRESS_DEFENDED, 1);
	const struct effect_tunnel *tunnel = next_tunnel(&scene, 1);
	assert_true(tunnel->usable);
	assert_false(tunnel->remote.framed);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_binding),
		cmocka_unit_test(test_home_tunnel_waits_for_the_acknowledgement),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_without_neighbour_discovery),
		cmocka_unit_test(test_router_is_not_known),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_home_link_becomes_a_visited_one),
		cmocka_unit_test(test_visited_link_becomes_the_home_link),
		cmocka_unit_test(test_home_agent_is_not_known),
		cmocka_unit_test(test_one_by_one),
		cmocka_unit_test(test_bulk_ends_at_home),
		cmocka_unit_test(test_home_binding_is_sent_by_the_home_link),
		cmocka_unit_test(test_home_binding_is_refused_from_elsewhere),
		cmocka_unit_test(test_home_agent_is_said_not_to_know_bids),
		cmocka_unit_test(test_two_home_links),
		cmocka_unit_test(test_both_refused),
		cmocka_unit_test(test_home_agent_without_bids),
		cmocka_unit_test(test_without_mcoa),
		cmocka_unit_test(test_home_agent_does_not_answer),
		cmocka_unit_test(test_home_link_is_lost_before_the_answer),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_acknowledged_while_stopping),
		cmocka_unit_test(test_home_binding_without_home_address),
		cmocka_unit_test(test_neighbour_discovery_after_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
