/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: two routers on one link, each with a prefix and a network of its own (RFC 8028). There is
 * one care-of address, and its packets go to the router that advertised its prefix.
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

#define CARE_OF_B "2001:db8:29::100"

static const struct router router_a = {
	.link_local = "fe80::a", .lifetime = 1800, .prefix = "2001:db8:2::", .valid = 86400};
static const struct router router_b = {
	.link_local = "fe80::b", .lifetime = 1800, .prefix = "2001:db8:29::", .valid = 86400};

static void begin(struct scene *scene)
{
	node_begin(scene, 10 * NANOS_PER_MS);
	scene_place(scene, &scene->mobile_node, CARE_OF_B, 1);
	node_register(scene, 1);
	node_address(scene, 1, CARE_OF_B);
}

static bool uses(const struct scene *scene, const char *care_of, const char *router)
{
	const struct link_view view = node_view(scene, 1);
	const struct in6_addr address = address_of(care_of), by = address_of(router);
	return IN6_ARE_ADDR_EQUAL(&view.care_of, &address) && IN6_ARE_ADDR_EQUAL(&view.router, &by);
}

/* RFC 4861 6.3.7: asked three times at most, and only where it matters */
static void test_routers_are_asked(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 1);
	scene_advance(&scene, 100 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 3);
	take_all(&scene.mobile_node);
	assert_true(uses(&scene, CARE_OF_1, "::"));
	router_advertises(&scene, 1, &router_b);
	assert_true(uses(&scene, CARE_OF_1, "::"));
	router_advertises(&scene, 1, &router_a);
	assert_true(uses(&scene, CARE_OF_1, "fe80::a"));
	scene_end(&scene);

	node_begin(&scene, 10 * NANOS_PER_MS);
	node_register(&scene, 1);
	node_address(&scene, 1, CARE_OF_1_NEW); /* of the same prefix */
	scene_advance(&scene, 100 * SECOND);
	assert_int_equal(nd_ahead(&scene, ICMPV6_ROUTER_SOLICITATION), 0);
	scene_end(&scene);
}

static void begin_heard(struct scene *scene)
{
	begin(scene);
	router_advertises(scene, 1, &router_a);
	router_advertises(scene, 1, &router_b);
	take_all(&scene->mobile_node);
	assert_int_equal(nd_ahead(scene, ICMPV6_ROUTER_SOLICITATION), 0);
	assert_true(uses(scene, CARE_OF_1, "fe80::a"));
}

static void test_the_other_is_tried_and_kept(void **state)
{
	(void)state;
	struct scene scene;
	begin_heard(&scene);
	scene_cut(&scene, CARE_OF_1, true);
	scene_advance(&scene, 14 * SECOND); /* idle: a probe in 9.6 s */
	assert_true(uses(&scene, CARE_OF_B, "fe80::b"));
	assert_true(node_view(&scene, 1).registered);
	assert_int_equal(node_selected(&scene), 1);
	/* the first router returns, and nothing moves */
	scene_cut(&scene, CARE_OF_1, false);
	for (unsigned i = 0; i < 60; i++) {
		router_advertises(&scene, 1, &router_a);
		router_advertises(&scene, 1, &router_b);
		scene_advance(&scene, 10 * SECOND);
		assert_true(uses(&scene, CARE_OF_B, "fe80::b"));
	}
	scene_cut(&scene, CARE_OF_B, true);
	scene_advance(&scene, 14 * SECOND);
	assert_true(uses(&scene, CARE_OF_1, "fe80::a"));
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* A router with lifetime zero (RFC 4861 6.3.4) is not used; the kernel's choice is. */
static void test_router_ends(void **state)
{
	(void)state;
	struct scene scene;
	struct router ending = router_a;
	begin_heard(&scene);
	ending.lifetime = 0;
	router_advertises(&scene, 1, &ending);
	assert_true(uses(&scene, CARE_OF_1, "::"));
	scene_end(&scene);
}

/* Both silent: each is tried in turn, at most four times a minute, and found when it returns. */
static void test_both_silent(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 2; which++) {
		struct scene scene;
		begin_heard(&scene);
		scene_cut(&scene, CARE_OF_1, true);
		scene_cut(&scene, CARE_OF_B, true);
		for (unsigned minute = 0; minute < 10; minute++) {
			unsigned moves = 0;
			struct in6_addr before = node_view(&scene, 1).care_of;
			for (unsigned second = 0; second < 60; second++) {
				scene_advance(&scene, SECOND);
				const struct in6_addr now = node_view(&scene, 1).care_of;
				moves += !IN6_ARE_ADDR_EQUAL(&before, &now);
				before = now;
				take_all(&scene.mobile_node);
			}
			assert_true(moves <= 4);
		}
		scene_cut(&scene, which ? CARE_OF_B : CARE_OF_1, false);
		scene_advance(&scene, 150 * SECOND);
		assert_true(node_view(&scene, 1).registered);
		assert_int_equal(node_view(&scene, 1).path, PATH_ALIVE);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routers_are_asked),
		cmocka_unit_test(test_the_other_is_tried_and_kept),
		cmocka_unit_test(test_router_ends),
		cmocka_unit_test(test_both_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
