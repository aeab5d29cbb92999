/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests that go with a mobile node's links, at one correspondent (RFC 6275 5.2, 11.7.2).
 */
#include "ro_peer.h"

const struct care_of_test *route_test(const struct route *route, const struct link *link)
{
	for (size_t i = 0; i < route->tests_count; i++)
		if (route->tests[i].bid == link->bid &&
			IN6_ARE_ADDR_EQUAL(&route->tests[i].care_of, &link->care_of))
			return &route->tests[i];
	return NULL;
}

struct care_of_test *route_test_find(struct route *route, const struct link *link)
{
	const struct care_of_test *test = route_test(route, link);
	return test ? &route->tests[test - route->tests] : NULL;
}

struct care_of_test *route_test_with(struct route *route, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < route->tests_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&route->tests[i].care_of, care_of))
			return &route->tests[i];
	return NULL;
}

/* RFC 6275 11.7.2: of another care-of address, nothing that is known of the last one holds. */
struct care_of_test *route_test_begin(struct route *route, const struct link *link)
{
	struct care_of_test *test = route_test_find(route, link);
	if (test)
		return test;
	for (size_t i = 0; i < route->tests_count; i++)
		if (route->tests[i].bid == link->bid)
			test = &route->tests[i];
	if (!test)
		test = &route->tests[route->tests_count++];
	*test = (struct care_of_test){.bid = link->bid, .care_of = link->care_of};
	return test;
}

void route_tests_spend(struct route *route, const struct in6_addr *care_of)
{
	struct care_of_test *test = route_test_with(route, care_of);
	if (test)
		test->test.token.until = 0;
}

static bool has_link(const struct mobile_node *node, uint16_t bid)
{
	for (size_t i = 0; i < node->links.count; i++)
		if (node->links.at[i].bid == bid)
			return true;
	return false;
}

void route_tests_stop(const struct mobile_node *node, struct route *route)
{
	for (size_t i = route->tests_count; i-- > 0;)
		if (!has_link(node, route->tests[i].bid))
			route->tests[i] = route->tests[--route->tests_count];
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		struct care_of_test *test = route_test_find(route, link);
		if (test && route_care_of_test_at(node, route, link) == NANOS_NEVER)
			test_stop(&test->test);
	}
	if (route_home_test_at(node, route) == NANOS_NEVER)
		test_stop(&route->home);
}
