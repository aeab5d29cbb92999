/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: an attacker on a visited link sends Router Advertisements with the home prefix, or with
 * anything else (RFC 4861 11.1). The mobile node and the home agent are cores. At every moment the
 * mobile node accepts packets from each care-of address that the home agent may send to, and the
 * other links carry its traffic.
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

#define MS NANOS_PER_MS
#define STEP (5 * MS)

/* ---- the two data planes ---- */

struct plane {
	size_t count;
	struct effect_tunnel at[2 * BINDINGS_MAX];
};

/* As the effects so far have left it. */
static struct plane plane_of(const struct actor *actor)
{
	struct plane plane = {0};
	for (size_t i = 0; i < actor->done_count; i++) {
		const struct effect *effect = &actor->done[i];
		if (effect->type != EFFECT_TUNNEL_SET && effect->type != EFFECT_TUNNEL_REMOVE)
			continue;
		size_t at = 0;
		while (at < plane.count && plane.at[at].bid != effect->tunnel.bid)
			at++;
		if (effect->type == EFFECT_TUNNEL_SET)
			plane.at[at] = effect->tunnel;
		if (effect->type == EFFECT_TUNNEL_SET && at == plane.count)
			plane.count++;
		if (effect->type == EFFECT_TUNNEL_REMOVE && at < plane.count)
			plane.at[at] = plane.at[--plane.count];
	}
	return plane;
}

static const struct effect_tunnel *tunnel_at(
	const struct plane *plane, const struct in6_addr *care_of, nanos now)
{
	for (size_t i = 0; i < plane->count; i++)
		if (plane->at[i].encapsulation == ENCAP_IPV6 && plane->at[i].expires > now &&
			IN6_ARE_ADDR_EQUAL(&plane->at[i].local.address, care_of))
			return &plane->at[i];
	return NULL;
}

static void expect_all_accepted(const struct scene *scene)
{
	const struct plane agent = plane_of(&scene->home_agent);
	const struct plane node = plane_of(&scene->mobile_node);
	nanos now = scene->now.mono;
	for (size_t i = 0; i < agent.count; i++)
		if (agent.at[i].encapsulation == ENCAP_IPV6 && agent.at[i].expires > now &&
			!tunnel_at(&node, &agent.at[i].remote.address, now))
			fail_msg("BID %u at %llu ms: the home agent sends, and the node discards",
				agent.at[i].bid, (unsigned long long)(now / MS));
}

static bool may_be_sent_by(const struct scene *scene, const char *care_of)
{
	const struct plane node = plane_of(&scene->mobile_node);
	const struct in6_addr address = address_of(care_of);
	const struct effect_tunnel *tunnel = tunnel_at(&node, &address, scene->now.mono);
	return tunnel && tunnel->usable;
}

/* ---- home agents that refuse the home binding ---- */

enum policy {
	POLICY_HOME_LINK,    /* refuses a home binding that comes from elsewhere: 128 */
	POLICY_NO_HOME_LINK, /* refuses every home binding: 169 */
	POLICIES,
};

static void begin(struct scene *scene, enum policy policy, unsigned links)
{
	const struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	node_begin_with(scene, 10 * MS, &config, true);
	if (policy == POLICY_HOME_LINK) {
		scene->home_agent_config.home_agent = home_link_defaults();
		scene_restart(scene, &scene->home_agent);
		const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
		scene_tell(scene, &scene->home_agent, &node);
		home_link_tell(scene, true);
	}
	for (unsigned n = 1; n <= links; n++)
		node_attach(scene, n);
	scene_advance(scene, 5 * SECOND);
	for (unsigned n = 1; n <= links; n++)
		assert_true(node_view(scene, (uint16_t)n).registered);
}

static bool others_may_be_sent_by(const struct scene *scene)
{
	return may_be_sent_by(scene, CARE_OF_2) && may_be_sent_by(scene, CARE_OF_3);
}

/* Time passes; how long the links but the first were not sent by, or, of one link, it was not. */
static nanos watch_silence(struct scene *scene, nanos duration, bool others)
{
	nanos silence = 0;
	for (nanos end = scene->now.mono + duration; scene->now.mono < end;) {
		scene_advance(scene, STEP);
		expect_all_accepted(scene);
		if (node_selected(scene) == 0 || (others && !others_may_be_sent_by(scene)))
			silence += STEP;
	}
	return silence;
}

static void watch(struct scene *scene, nanos duration, bool others)
{
	assert_int_equal(watch_silence(scene, duration, others), 0);
}

static const struct router forged_router = {
	.link_local = NEIGHBOUR,
	.mac = neighbour_mac,
	.lifetime = 1800,
	.prefix = HOME_PREFIX,
	.valid = 86400,
};

/* One packet: the other links are in use all the time. */
static void test_one_advertisement(void **state)
{
	(void)state;
	for (enum policy policy = 0; policy < POLICIES; policy++) {
		struct scene scene;
		begin(&scene, policy, 3);
		router_advertises(&scene, 1, &forged_router);
		expect_all_accepted(&scene);
		watch(&scene, 100 * MS, true);
		assert_int_not_equal(node_selected(&scene), 0);
		watch(&scene, 3 * SECOND, true);
		scene_end(&scene);
	}
}

static void test_repeated_advertisements(void **state)
{
	(void)state;
	for (enum policy policy = 0; policy < POLICIES; policy++) {
		struct scene scene;
		begin(&scene, policy, 3);
		for (unsigned i = 0; i < 60; i++) {
			router_advertises(&scene, 1, &forged_router);
			watch(&scene, 500 * MS, true);
		}
		scene_end(&scene);
	}
}

/* The only link carries packets down all the time, and up again after the refusal. */
static void test_only_link(void **state)
{
	(void)state;
	for (enum policy policy = 0; policy < POLICIES; policy++) {
		struct scene scene;
		begin(&scene, policy, 1);
		router_advertises(&scene, 1, &forged_router);
		watch(&scene, 60 * SECOND, false);
		assert_true(may_be_sent_by(&scene, CARE_OF_1));
		scene_end(&scene);
	}
}

/* Of all that routers can say, only the home prefix concerns the node. */
static void test_other_advertisements(void **state)
{
	(void)state;
	static const char *const prefixes[] = {
		"2001:db8:2::", "2001:db8:3::", "2001:db8:9::", HOME_PREFIX};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		for (unsigned lifetimes = 0; lifetimes < 4; lifetimes++) {
			struct scene scene;
			struct router router = forged_router;
			begin(&scene, POLICY_HOME_LINK, 3);
			router.prefix = prefixes[i];
			router.lifetime = lifetimes & 1 ? 1800 : 0;
			router.valid = lifetimes & 2 ? 86400 : 0;
			router_advertises(&scene, 1, &router);
			watch(&scene, SECOND, true);
			assert_int_not_equal(node_selected(&scene), 0);
			scene_end(&scene);
		}
	}
}

/* An advertisement each 20 ms, each with another prefix, every tenth with the home prefix. */
static void test_flood(void **state)
{
	(void)state;
	struct scene scene;
	char prefix[32];
	begin(&scene, POLICY_HOME_LINK, 3);
	for (unsigned i = 0; i < 500; i++) {
		struct router router = forged_router;
		snprintf(prefix, sizeof(prefix), "2001:db8:%x::", 0x100 + i);
		router.prefix = i % 10 ? prefix : HOME_PREFIX;
		router_advertises(&scene, 1, &router);
		watch(&scene, 20 * MS, true);
	}
	scene_end(&scene);
}

/*
 * The forger says that it is the home agent: updates by this link go to it, and are not answered.
 * Packets down are accepted all the time. Packets up wait for the answer to a de-registration, but
 * not for long (home_registration.c, RETURN_HOLD).
 */
static void test_forged_home_agent(void **state)
{
	(void)state;
	for (enum policy policy = 0; policy < POLICIES; policy++) {
		for (unsigned links = 1; links <= 3; links += 2) {
			struct scene scene;
			begin(&scene, policy, links);
			router_advertises(&scene, 1, &home_router);
			assert_true(watch_silence(&scene, 32 * SECOND, links == 3) <= 200 * MS);
			assert_true(may_be_sent_by(&scene, CARE_OF_1));
			scene_end(&scene);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_advertisement),
		cmocka_unit_test(test_repeated_advertisements),
		cmocka_unit_test(test_only_link),
		cmocka_unit_test(test_other_advertisements),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_forged_home_agent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
