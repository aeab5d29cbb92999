/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: how a mobile node finds out that a link is its home link, and that it is none any more
 * (RFC 6275 11.5.1, 11.5.2), and where on it the home agent is (11.5.5).
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

static struct sent_nd nd;

static void begin(struct scene *scene)
{
	at_home_begin(scene, AT_HOME_ONLY);
	node_link(scene, 1, true);
	take_all(&scene->mobile_node);
}

static void expect_solicitation(struct scene *scene)
{
	const struct in6_addr routers = address_of("ff02::2"), none = address_of("::");
	const uint8_t all_routers[] = {0x33, 0x33, 0, 0, 0, 2};
	expect_nd(scene, ICMPV6_ROUTER_SOLICITATION, 1, &nd);
	assert_memory_equal(&nd.packet.destination, &routers, sizeof(routers));
	assert_memory_equal(&nd.packet.source, &none, sizeof(none));
	assert_memory_equal(nd.send->link_layer, all_routers, LINK_LAYER_OCTETS);
	/* RFC 4861 4.1: not from the unspecified address */
	assert_false(nd.message.has_source_link_layer);
}

/* RFC 4861 6.3.7, 10: three, four seconds apart */
static void test_asks_when_the_link_comes_up(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_ONLY);
	node_link(&scene, 1, true);
	expect_solicitation(&scene);
	for (unsigned i = 0; i < 2; i++) {
		scene_advance(&scene, 4 * SECOND - 1);
		assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
		scene_advance(&scene, 1);
		expect_solicitation(&scene);
	}
	scene_advance(&scene, 60 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
	/* and again when it comes up again */
	node_link(&scene, 1, false);
	node_link(&scene, 1, true);
	expect_solicitation(&scene);
	scene_end(&scene);
}

static void test_any_router_is_answer_enough(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &visited_router);
	scene_advance(&scene, 60 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
	expect_notes(&scene, EVENT_HOME_LINK_FOUND, 0);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	scene_end(&scene);
}

/* The kernel has had the advertisement first, and the link is up because of it. */
static void test_router_was_heard_before_the_link_was_up(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_ONLY);
	node_link(&scene, 1, false);
	router_advertises(&scene, 1, &home_router);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	node_link(&scene, 1, true);
	expect_notes(&scene, EVENT_HOME_LINK_FOUND, 1);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
	scene_end(&scene);
}

/* RFC 6275 11.5.2: the home prefix is on-link, with its own length */
static void test_which_link_is_the_home_link(void **state)
{
	(void)state;
	struct router shorter = home_router, off_link = home_router, dead = home_router;
	struct router other = home_router;
	shorter.length = 60;
	off_link.off_link = true;
	dead.valid = 0;
	other.prefix = "2001:db8:1:1::";
	const struct router *routers[] = {&shorter, &off_link, &dead, &other, &home_router};
	for (size_t i = 0; i < 5; i++) {
		struct scene scene;
		begin(&scene);
		router_advertises(&scene, 1, routers[i]);
		expect_notes(&scene, EVENT_HOME_LINK_FOUND, routers[i] == &home_router);
		assert_int_equal(node_view(&scene, 1).home, routers[i] == &home_router);
		assert_int_equal(home_state_of(&scene),
			routers[i] == &home_router ? HOME_RETURNING : HOME_AWAY);
		scene_end(&scene);
	}
}

/* Of another host, or with a hop limit that says it was forwarded: RFC 4861 6.1.2 */
static void test_no_router_advertisement(void **state)
{
	(void)state;
	struct scene scene;
	struct router global = home_router;
	global.link_local = "2001:db8:1::2";
	begin(&scene);
	router_advertises(&scene, 1, &global);
	router_advertises(&scene, 2, &home_router); /* no such link */
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	scene_end(&scene);
}

static void test_without_home_prefix_there_is_no_home_link(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * NANOS_PER_MS);
	node_register(&scene, 1);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* Frames are needed for all that is done there. */
static void test_link_without_link_layer_is_no_home_link(void **state)
{
	(void)state;
	struct scene scene;
	at_home_begin(&scene, AT_HOME_ONLY);
	const struct host_event event = {.type = HOST_LINK_SET,
		.link = {.bid = 1, .priority = 10, .up = true, .ifindex = 1}};
	scene_tell(&scene, &scene.mobile_node, &event);
	router_advertises(&scene, 1, &home_router);
	scene_advance(&scene, SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	scene_end(&scene);
}

/* RFC 6275 6.1.8: an address of the home prefix would be refused with 174 */
static void test_address_in_the_home_prefix_is_no_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_address(&scene, 1, "2001:db8:1::200");
	node_address(&scene, 1, HOME);
	scene_advance(&scene, SECOND);
	expect_no_update(&scene);
	assert_int_equal(node_view(&scene, 1).path, PATH_DOWN);
	scene_end(&scene);
}

static void test_home_link_is_left_with_the_carrier(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	take_all(&scene.mobile_node);
	node_link(&scene, 1, false);
	expect_notes(&scene, EVENT_HOME_LINK_LEFT, 1);
	node_link(&scene, 1, true);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	expect_solicitation(&scene);
	scene_end(&scene);
}

/* RFC 4861 6.3.5: the prefix is on-link for its valid lifetime */
static void test_home_link_is_left_when_its_prefix_ends(void **state)
{
	(void)state;
	struct scene scene;
	struct router soon = home_router;
	soon.valid = 100;
	begin(&scene);
	router_advertises(&scene, 1, &soon);
	scene_advance(&scene, 50 * SECOND);
	router_advertises(&scene, 1, &soon);
	scene_advance(&scene, 100 * SECOND - 1);
	expect_notes(&scene, EVENT_HOME_LINK_LEFT, 0);
	scene_advance(&scene, 1);
	expect_notes(&scene, EVENT_HOME_LINK_LEFT, 1);
	scene_end(&scene);
}

/* RFC 6275 11.5.1: it may be another router of the same link, so this one's are asked */
static void test_another_router_questions_the_home_link(void **state)
{
	(void)state;
	for (unsigned confirmed = 0; confirmed < 2; confirmed++) {
		struct scene scene;
		begin(&scene);
		router_advertises(&scene, 1, &home_router);
		take_all(&scene.mobile_node);
		router_advertises(&scene, 1, &visited_router);
		expect_solicitation(&scene);
		scene_advance(&scene, 4 * SECOND);
		expect_solicitation(&scene);
		if (confirmed)
			router_advertises(&scene, 1, &home_router);
		scene_advance(&scene, 4 * SECOND - 1);
		expect_notes(&scene, EVENT_HOME_LINK_LEFT, 0);
		scene_advance(&scene, 1);
		expect_notes(&scene, EVENT_HOME_LINK_LEFT, !confirmed);
		assert_int_equal(node_view(&scene, 1).home, confirmed);
		scene_end(&scene);
	}
}

/* Whoever forges advertisements does not make the node ask without end. */
static void test_questions_are_bounded(void **state)
{
	(void)state;
	struct scene scene;
	struct router withdrawn = home_router;
	withdrawn.valid = 0;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	take_all(&scene.mobile_node);
	for (unsigned i = 0; i < 300; i++) {
		router_advertises(&scene, 1, i % 2 ? &withdrawn : &visited_router);
		scene_advance(&scene, 100 * NANOS_PER_MS);
		router_advertises(&scene, 1, &home_router);
	}
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 1);
	expect_notes(&scene, EVENT_HOME_LINK_LEFT, 0);
	scene_end(&scene);
}

/* ---- where the home agent is ---- */

static void expect_question(struct scene *scene, const char *target, const char *group)
{
	const struct in6_addr none = address_of("::"), wanted = address_of(target);
	const struct in6_addr to = address_of(group);
	expect_nd(scene, ICMPV6_NEIGHBOR_SOLICITATION, 1, &nd);
	assert_memory_equal(&nd.packet.source, &none, sizeof(none));
	assert_memory_equal(&nd.packet.destination, &to, sizeof(to));
	assert_memory_equal(&nd.message.target, &wanted, sizeof(wanted));
	assert_int_equal(nd.send->link_layer[0], 0x33);
	assert_memory_equal(nd.send->link_layer + 2, &to.s6_addr[12], 4);
	assert_false(nd.message.has_source_link_layer);
}

/* RFC 6275 11.5.5: from ::, for the home address, which the home agent defends; it may not */
/* Shows RFC 6275 11.5.5-5, 11.5.5-6, 11.5.5-7, 11.5.5-8. */
static void test_home_agent_is_asked_for(void **state)
{
	(void)state;
	struct scene scene;
	static struct sent sent;
	begin(&scene);
	agent_advertises(&scene, 1, HOME_AGENT, neighbour_mac); /* nobody had asked */
	router_advertises(&scene, 1, &other_home_router);
	expect_question(&scene, HOME, "ff02::1:ff00:100");
	scene_advance(&scene, SECOND - 1);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 0);
	scene_advance(&scene, 1);
	expect_question(&scene, HOME_AGENT, "ff02::1:ff00:1");
	expect_no_update(&scene);
	agent_advertises(&scene, 1, CARE_OF_1, neighbour_mac); /* of nobody we asked for */
	agent_advertises(&scene, 1, HOME_AGENT, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 1});
	expect_no_update(&scene);
	agent_advertises(&scene, 1, HOME, home_agent_mac);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 0);
	scene_end(&scene);
}

/* RFC 4862 5.4.3: the home agent may be detecting duplicates for the update that waits for it. */
static void test_home_address_is_not_asked_for_during_detection(void **state)
{
	(void)state;
	struct scene scene;
	static struct sent sent;
	begin(&scene);
	node_attach(&scene, 2);
	expect_update(&scene, &sent);
	router_advertises(&scene, 1, &other_home_router);
	expect_question(&scene, HOME_AGENT, "ff02::1:ff00:1");
	scene_end(&scene);
}

/* Six times, then seldom. */
static void test_absent_home_agent_is_asked_for_seldom(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	router_advertises(&scene, 1, &other_home_router);
	scene_advance(&scene, 20 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 6);
	scene_advance(&scene, 80 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 6 + 2);
	expect_no_update(&scene);
	assert_int_equal(home_state_of(&scene), HOME_RETURNING);
	scene_end(&scene);
}

/* RFC 6275 7.2: with its advertisement, which says its address, nobody need be asked */
static void test_home_agent_says_where_it_is(void **state)
{
	(void)state;
	struct scene scene;
	static struct sent sent;
	struct router silent = home_router;
	silent.mac = NULL;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 0);
	scene_end(&scene);
	begin(&scene);
	router_advertises(&scene, 1, &silent);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 1);
	scene_end(&scene);
}

/* Whoever was not asked does not say where it is: the frames go where they went. */
static void test_unsolicited_answers_are_not_believed(void **state)
{
	(void)state;
	struct scene scene;
	static struct sent sent;
	begin(&scene);
	router_advertises(&scene, 1, &home_router);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	agent_advertises(&scene, 1, HOME_AGENT, neighbour_mac);
	agent_advertises(&scene, 1, HOME, neighbour_mac);
	scene_advance(&scene, 2 * SECOND);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks_when_the_link_comes_up),
		cmocka_unit_test(test_any_router_is_answer_enough),
		cmocka_unit_test(test_router_was_heard_before_the_link_was_up),
		cmocka_unit_test(test_which_link_is_the_home_link),
		cmocka_unit_test(test_no_router_advertisement),
		cmocka_unit_test(test_without_home_prefix_there_is_no_home_link),
		cmocka_unit_test(test_link_without_link_layer_is_no_home_link),
		cmocka_unit_test(test_address_in_the_home_prefix_is_no_care_of_address),
		cmocka_unit_test(test_home_link_is_left_with_the_carrier),
		cmocka_unit_test(test_home_link_is_left_when_its_prefix_ends),
		cmocka_unit_test(test_another_router_questions_the_home_link),
		cmocka_unit_test(test_questions_are_bounded),
		cmocka_unit_test(test_home_agent_is_asked_for),
		cmocka_unit_test(test_home_address_is_not_asked_for_during_detection),
		cmocka_unit_test(test_absent_home_agent_is_asked_for_seldom),
		cmocka_unit_test(test_home_agent_says_where_it_is),
		cmocka_unit_test(test_unsolicited_answers_are_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
