/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests that go with a mobile node's links, at one correspondent (RFC 6275 5.2, 11.7.2).
 */
#include "ro_peer.h"

const struct care_of_test *ro_test(const struct ro_peer *peer, const struct ro_link *link)
{
	for (size_t i = 0; i < peer->tests_count; i++)
		if (peer->tests[i].bid == link->bid &&
			IN6_ARE_ADDR_EQUAL(&peer->tests[i].care_of, &link->care_of))
			return &peer->tests[i];
	return NULL;
}

struct care_of_test *ro_test_find(struct ro_peer *peer, const struct ro_link *link)
{
	const struct care_of_test *test = ro_test(peer, link);
	return test ? &peer->tests[test - peer->tests] : NULL;
}

struct care_of_test *ro_test_with(struct ro_peer *peer, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < peer->tests_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&peer->tests[i].care_of, care_of))
			return &peer->tests[i];
	return NULL;
}

/* RFC 6275 11.7.2: of another care-of address, nothing that is known of the last one holds. */
struct care_of_test *ro_test_begin(struct ro_peer *peer, const struct ro_link *link)
{
	struct care_of_test *test = ro_test_find(peer, link);
	if (test)
		return test;
	for (size_t i = 0; i < peer->tests_count; i++)
		if (peer->tests[i].bid == link->bid)
			test = &peer->tests[i];
	if (!test)
		test = &peer->tests[peer->tests_count++];
	*test = (struct care_of_test){.bid = link->bid, .care_of = link->care_of};
	return test;
}

void ro_tests_spend(struct ro_peer *peer, const struct in6_addr *care_of)
{
	struct care_of_test *test = ro_test_with(peer, care_of);
	if (test)
		test->test.token.until = 0;
}

void ro_tests_stop(const struct route_optimization *ro, struct ro_peer *peer)
{
	for (size_t i = peer->tests_count; i-- > 0;)
		if (!ro_link_with_bid(ro, peer->tests[i].bid))
			peer->tests[i] = peer->tests[--peer->tests_count];
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		struct care_of_test *test = ro_test_find(peer, link);
		if (test && ro_care_of_test_at(ro, peer, link) == NANOS_NEVER)
			test_stop(&test->test);
	}
	if (ro_home_test_at(ro, peer) == NANOS_NEVER)
		test_stop(&peer->home);
}
