/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: mobile node and home agent on one home link, both of them cores: coming home, staying,
 * and leaving (RFC 6275 10.3.2, 11.5.5, RFC 5648 5.5, 5.6, 6.3). Only the routers speak by hand.
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"
#include "support/port.h"

#define MS NANOS_PER_MS

static uint8_t mac[LINK_LAYER_OCTETS];

static void begin_with(struct scene *scene, const struct home_agent_config *its,
	const struct mobile_node_config *config)
{
	node_begin_with(scene, 10 * MS, config, true);
	scene->home_agent_config.home_agent = *its;
	scene_restart(scene, &scene->home_agent);
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &node);
	home_link_tell(scene, true);
	scene_join(scene, &scene->home_agent, HOME_LINK, home_agent_mac);
	node_mac(1, mac);
}

/* Links 2 and 3 are registered. */
static void begin(struct scene *scene, const struct home_agent_config *its, enum at_home at_home)
{
	const struct mobile_node_config config = at_home_defaults(at_home);
	begin_with(scene, its, &config);
	node_attach(scene, 2);
	node_attach(scene, 3);
	scene_advance(scene, 4 * SECOND); /* Duplicate Address Detection takes one */
	assert_int_equal(bindings_of(scene).count, 2);
	take_all(&scene->mobile_node);
	take_all(&scene->home_agent);
}

static void plug_in(struct scene *scene)
{
	scene_join(scene, &scene->mobile_node, 1, mac);
	scene_place(scene, &scene->mobile_node, HOME, 1);
	node_link(scene, 1, true);
}

static void come_home(struct scene *scene)
{
	plug_in(scene);
	router_advertises(scene, 1, &home_router);
}

static void unplug(struct scene *scene)
{
	scene_leave(scene, &scene->mobile_node, 1);
	scene_cut(scene, HOME, true);
	node_link(scene, 1, false);
}

static const struct effect_tunnel *last_tunnel(const struct actor *actor, uint16_t bid)
{
	for (size_t i = actor->done_count; i-- > 0;) {
		const struct effect *effect = &actor->done[i];
		if ((effect->type == EFFECT_TUNNEL_SET || effect->type == EFFECT_TUNNEL_REMOVE) &&
			effect->tunnel.bid == bid)
			return effect->type == EFFECT_TUNNEL_SET ? &effect->tunnel : NULL;
	}
	return NULL;
}

static bool intercepts(const struct scene *scene)
{
	const struct actor *agent = &scene->home_agent;
	for (size_t i = agent->done_count; i-- > 0;)
		if (agent->done[i].type == EFFECT_INTERCEPT)
			return agent->done[i].intercept.on;
	return false;
}

static struct effect_home_address home_address_of(const struct scene *scene)
{
	const struct actor *node = &scene->mobile_node;
	for (size_t i = node->done_count; i-- > 0;)
		if (node->done[i].type == EFFECT_HOME_ADDRESS)
			return node->done[i].home_address;
	return (struct effect_home_address){.use = HOME_ADDRESS_AWAY};
}

/* RFC 5648 5.5.1 */
static void test_home_link_only(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config its = home_link_defaults();
	begin(&scene, &its, AT_HOME_ONLY);
	assert_true(intercepts(&scene));
	come_home(&scene);
	assert_int_equal(home_address_of(&scene).use, HOME_ADDRESS_DEFENDED);
	scene_advance(&scene, 2 * SCENE_FRAME_DELAY);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_false(intercepts(&scene));
	assert_int_equal(node_selected(&scene), 1);
	scene_advance(&scene, 5 * SECOND);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	unplug(&scene);
	scene_advance(&scene, 3 * SECOND);
	assert_int_equal(home_state_of(&scene), HOME_AWAY);
	assert_int_equal(bindings_of(&scene).count, 2);
	assert_true(intercepts(&scene));
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* RFC 5648 5.6.2, topology b: the home agent keeps defending, both send frames */
static void test_both_with_other_routers(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config its = home_link_defaults();
	begin(&scene, &its, AT_HOME_BOTH);
	come_home(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(home_state_of(&scene), HOME_BOTH_WITHOUT_ND);
	assert_int_equal(home_address_of(&scene).use, HOME_ADDRESS_SILENT);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_true(intercepts(&scene));
	const struct effect_tunnel *its_tunnel = last_tunnel(&scene.home_agent, 1);
	assert_int_equal(its_tunnel->encapsulation, ENCAP_HOME_LINK);
	assert_true(its_tunnel->remote.framed);
	assert_memory_equal(its_tunnel->remote.link_layer, mac, sizeof(mac));
	const struct effect_tunnel *our_tunnel = last_tunnel(&scene.mobile_node, 1);
	assert_int_equal(our_tunnel->encapsulation, ENCAP_HOME_LINK);
	assert_true(our_tunnel->remote.framed && our_tunnel->usable);
	assert_memory_equal(our_tunnel->remote.link_layer, home_agent_mac, LINK_LAYER_OCTETS);
	/* it lasts: refreshes go by the home link */
	scene_advance(&scene, 3600 * SECOND);
	assert_int_equal(home_state_of(&scene), HOME_BOTH_WITHOUT_ND);
	assert_int_equal(bindings_of(&scene).count, 3);
	/* RFC 5648 5.6.5 */
	unplug(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(bindings_of(&scene).count, 2);
	assert_null(last_tunnel(&scene.home_agent, 1));
	assert_null(last_tunnel(&scene.mobile_node, 1));
	assert_int_equal(node_selected(&scene), 2);
	assert_int_equal(home_address_of(&scene).use, HOME_ADDRESS_AWAY);
	scene_end(&scene);
}

/* RFC 5648 5.6.2, topology a: the mobile node defends its home address itself */
static void test_both_with_the_only_router(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config its = home_link_defaults();
	its.only_router = true;
	begin(&scene, &its, AT_HOME_BOTH);
	come_home(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(home_state_of(&scene), HOME_BOTH);
	assert_int_equal(home_address_of(&scene).use, HOME_ADDRESS_DEFENDED);
	assert_int_equal(last_tunnel(&scene.home_agent, 1)->encapsulation, ENCAP_HOME_LINK);
	assert_false(last_tunnel(&scene.mobile_node, 1)->remote.framed);
	assert_int_equal(bindings_of(&scene).count, 3);
	/* our advertisements are no duplicate to the home agent */
	scene_advance(&scene, 10 * SECOND);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_true(intercepts(&scene));
	unplug(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* What the node says of its home link and its bindings is what the home agent holds. */
static void expect_agreement(const struct scene *scene)
{
	const struct binding_list list = bindings_of(scene);
	enum home_state home = home_state_of(scene);
	bool bound = false;
	for (size_t i = 0; i < list.count; i++)
		bound = bound || list.at[i].home;
	assert_int_equal(bound, home == HOME_BOTH || home == HOME_BOTH_WITHOUT_ND);
	assert_int_equal(list.count == 0, home == HOME_ONLY);
	for (uint16_t bid = 1; bid <= 3; bid++) {
		bool held = false;
		for (size_t i = 0; i < list.count; i++)
			held = held || list.at[i].bid == bid;
		if (home != HOME_ONLY)
			assert_int_equal(node_view(scene, bid).registered, held);
	}
}

/*
 * RFC 5648 5.6.5: any update without H ends the home binding, and nobody says so. Where each BID
 * has an update of its own, the home link is used alone; in bulk every update has H.
 */
static void test_both_lasts_only_in_bulk(void **state)
{
	(void)state;
	for (unsigned bulk = 0; bulk < 3; bulk++) {
		struct scene scene;
		struct home_agent_config its = home_link_defaults();
		struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
		config.bulk = bulk > 0;
		its.bulk = bulk < 2; /* 168 */
		begin_with(&scene, &its, &config);
		node_attach(&scene, 2);
		node_attach(&scene, 3);
		scene_advance(&scene, 200 * SECOND);
		come_home(&scene);
		scene_advance(&scene, SECOND);
		for (unsigned i = 0; i < 1800; i++) {
			expect_agreement(&scene);
			scene_advance(&scene, SECOND);
		}
		assert_int_equal(
			home_state_of(&scene), bulk == 1 ? HOME_BOTH_WITHOUT_ND : HOME_ONLY);
		unplug(&scene);
		scene_advance(&scene, 3 * SECOND);
		assert_int_equal(bindings_of(&scene).count, 2);
		scene_end(&scene);
	}
}

/* RFC 4862 5.4.3: what the node asks on the link is no duplicate, while the home agent looks for
 * one; be it that the update was sent, or that its link is lost again. */
static void test_home_link_is_found_during_detection(void **state)
{
	(void)state;
	for (unsigned lost = 0; lost < 2; lost++) {
		struct scene scene;
		const struct home_agent_config its = home_link_defaults();
		const struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
		begin_with(&scene, &its, &config);
		node_attach(&scene, 2);
		plug_in(&scene);
		scene_advance(&scene, 300 * MS);
		if (lost)
			node_link(&scene, 2, false);
		router_advertises(&scene, 1, &other_home_router);
		scene_advance(&scene, 10 * SECOND);
		expect_notes(&scene, EVENT_ADDRESS_DUPLICATE, 0);
		assert_int_equal(home_state_of(&scene), HOME_BOTH_WITHOUT_ND);
		assert_int_equal(bindings_of(&scene).count, lost ? 1 : 2);
		scene_end(&scene);
	}
}

/* RFC 5648 4.4, 169: what remains is the home link alone */
static void test_both_refused(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config its = home_link_defaults();
	its.home_and_foreign = false;
	begin(&scene, &its, AT_HOME_BOTH);
	come_home(&scene);
	scene_advance(&scene, SECOND);
	expect_notes(&scene, EVENT_HOME_AND_FOREIGN_REFUSED, 1);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_false(intercepts(&scene));
	scene_end(&scene);
}

/* RFC 5648 6.3 */
static void test_home_agent_without_mcoa(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config its = home_link_defaults();
	const struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	its.mcoa = false;
	begin_with(&scene, &its, &config);
	node_attach(&scene, 2);
	scene_advance(&scene, 4 * SECOND);
	assert_int_equal(bindings_of(&scene).count, 1);
	come_home(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 6275 11.5.5: the home agent that holds the binding answers for the home address */
static void test_home_agent_is_asked_for(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config its = home_link_defaults();
	begin(&scene, &its, AT_HOME_ONLY);
	plug_in(&scene);
	router_advertises(&scene, 1, &other_home_router);
	assert_int_equal(nd_ahead(&scene, ICMPV6_NEIGHBOR_SOLICITATION), 1);
	scene_advance(&scene, 10 * SCENE_FRAME_DELAY);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* The node starts at home: nothing is bound. */
static void test_start_at_home(void **state)
{
	(void)state;
	static const enum at_home ways[] = {AT_HOME_BOTH, AT_HOME_ONLY};
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		const struct home_agent_config its = home_link_defaults();
		const struct mobile_node_config config = at_home_defaults(ways[i]);
		begin_with(&scene, &its, &config);
		come_home(&scene);
		scene_advance(&scene, 4 * SECOND);
		assert_int_equal(home_state_of(&scene), i ? HOME_ONLY : HOME_BOTH_WITHOUT_ND);
		assert_int_equal(bindings_of(&scene).count, i ? 0 : 1);
		assert_int_equal(node_selected(&scene), 1);
		scene_end(&scene);
	}
}

/* The home agent is restarted without its memory while the node is at home and abroad. */
static void test_home_agent_restarts(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config its = home_link_defaults();
	begin(&scene, &its, AT_HOME_BOTH);
	come_home(&scene);
	scene_advance(&scene, SECOND);
	scene_restart(&scene, &scene.home_agent);
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &node);
	home_link_tell(&scene, true);
	/* nothing is sent: the visited links' next probes find out */
	scene_advance(&scene, 14 * SECOND);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_int_equal(home_state_of(&scene), HOME_BOTH_WITHOUT_ND);
	scene_end(&scene);
}

/* Whatever is lost on the way, in the end both sides agree with where the node is. */
static void test_comings_and_goings(void **state)
{
	(void)state;
	static const enum at_home ways[] = {AT_HOME_BOTH, AT_HOME_ONLY, AT_HOME_VISITED};
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct scene scene;
		struct home_agent_config its = home_link_defaults();
		uint64_t dice = seed;
		enum at_home way = ways[seed % 3];
		its.only_router = seed % 2;
		begin(&scene, &its, way);
		bool home = false;
		for (unsigned i = 0; i < 30; i++) {
			scene.lose = test_random(&dice) % 4 ? 0 : 2;
			if (!home)
				come_home(&scene);
			else
				unplug(&scene);
			home = !home;
			scene_advance(&scene, test_random(&dice) % 4000 * MS);
		}
		scene.lose = 0;
		if (seed / 3 % 2) {
			come_home(&scene);
			home = true;
		}
		scene_advance(&scene, 60 * SECOND);
		enum home_state state_then = home_state_of(&scene);
		size_t bound = bindings_of(&scene).count;
		if (!home) {
			assert_int_equal(state_then, HOME_AWAY);
			assert_int_equal(bound, 2);
		} else if (way == AT_HOME_ONLY) {
			assert_int_equal(state_then, HOME_ONLY);
			assert_int_equal(bound, 0);
		} else if (way == AT_HOME_BOTH) {
			assert_int_equal(
				state_then, its.only_router ? HOME_BOTH : HOME_BOTH_WITHOUT_ND);
			assert_int_equal(bound, 3);
		} else {
			assert_int_equal(state_then, HOME_VISITED_ONLY);
			assert_int_equal(bound, 2);
		}
		assert_int_not_equal(node_selected(&scene), 0);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_link_only),
		cmocka_unit_test(test_both_with_other_routers),
		cmocka_unit_test(test_both_with_the_only_router),
		cmocka_unit_test(test_both_lasts_only_in_bulk),
		cmocka_unit_test(test_home_link_is_found_during_detection),
		cmocka_unit_test(test_both_refused),
		cmocka_unit_test(test_home_agent_without_mcoa),
		cmocka_unit_test(test_home_agent_is_asked_for),
		cmocka_unit_test(test_start_at_home),
		cmocka_unit_test(test_home_agent_restarts),
		cmocka_unit_test(test_comings_and_goings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
