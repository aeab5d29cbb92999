/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failures at a correspondent (RFC 6275 5.2.9, 11.6): a link fails, and is tried again later; or
 * all fail, and packets go by the home agent for a while.
 */
#include "ro_peer.h"

/* After a failure on a link, the mobile node tries the correspondent again there, each time later:
 * first when the correspondent has new nonces (RFC 6275 5.2.7), or, if it has answered before, when
 * the obstacle may be gone. */
#define LINK_AGAIN_FIRST (30 * NANOS_PER_SECOND)
#define PATH_AGAIN_FIRST (10 * NANOS_PER_SECOND)

/* A correspondent that acknowledged a binding lately may only be restarting: it is suspended this
 * often, each time for longer, before it is refused (ADR 38). */
#define SILENCES_MAX 4

/* This care-of address failed: the correspondent did not answer, or refused it. */
static bool link_failed(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	uint16_t bid;
	const struct care_of_test *test = ro_test(peer, link);
	if (!test || !ro_wants(ro, peer, link, &bid))
		return false;
	if (test_failed(&test->test, ro_now(ro)) ||
		(peer->distrusted && test->test.waiting && ro_now(ro) >= test->test.again))
		return true;
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_binding *binding = &peer->bindings.at[i];
		if (binding->bid == bid &&
			((update_registers(binding->update.kind) &&
				 ro_update_failed(&binding->update, ro_now(ro))) ||
				binding->refusals >= RO_FAILURE_MAX))
			return true;
	}
	return false;
}

/* The next attempt is a test, since the token may be wrong. */
static void give_up_path(const struct route_optimization *ro, struct care_of_test *test)
{
	nanos max = ro->config.refused_s * NANOS_PER_SECOND;
	nanos next = test->proven ? PATH_AGAIN_FIRST : LINK_AGAIN_FIRST;
	if (test->backoff)
		next = 2 * test->backoff;
	test->backoff = nanos_min(next, max);
	test->given_up_until = ro_now(ro) + test->backoff;
	test->reachability = RO_PATH_CARRIES;
	test->test.token.until = 0;
	test_stop(&test->test);
}

static void give_up_link(struct route_optimization *ro, struct ro_peer *peer,
	const struct ro_link *link, struct outbox *outbox)
{
	struct ro_binding *binding =
		ro_binding_find(&peer->bindings, peer_bids_used(peer->bids) ? link->bid : 0);
	give_up_path(ro, ro_test_find(peer, link));
	if (!binding)
		return;
	/* without BID, it may be that of another link */
	if (IN6_ARE_ADDR_EQUAL(&binding->care_of, &link->care_of))
		ro_unbind(ro->node->parties, peer, binding, outbox);
	binding->update.waiting = false;
	binding->refusals = 0;
}

static bool wants_any(const struct route_optimization *ro, const struct ro_peer *peer)
{
	uint16_t bid;
	for (size_t i = 0; i < ro->node->links.count; i++)
		if (ro_wants(ro, peer, &ro->node->links.at[i], &bid))
			return true;
	return false;
}

void ro_refuse(
	struct route_optimization *ro, struct ro_peer *peer, uint8_t status, struct outbox *outbox)
{
	const struct ro_peer_change change = {
		.parties = ro->node->parties,
		.until = ro_now(ro) + ro->config.refused_s * NANOS_PER_SECOND,
		.status = status,
		.outbox = outbox,
	};
	ro_peer_step(peer, RO_PEER_REFUSED, &change);
}

void ro_suspend(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	ro_unbind_all(ro->node->parties, peer, outbox);
	peer->bindings.count = 0;
	peer->bindings.unknown = true;
	peer->farewell.waiting = false;
	test_stop(&peer->home);
	peer->home.token.until = 0;
	for (size_t i = 0; i < peer->tests_count; i++)
		if (ro_now(ro) >= peer->tests[i].given_up_until)
			give_up_path(ro, &peer->tests[i]);
}

void ro_give_up(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	bool any = wants_any(ro, peer);
	uint8_t status = 0;
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		if (link_failed(ro, peer, link))
			give_up_link(ro, peer, link, outbox);
	}
	for (size_t i = 0; i < peer->bindings.count; i++)
		if (peer->bindings.at[i].status)
			status = peer->bindings.at[i].status;
	bool silent = test_failed(&peer->home, ro_now(ro)) ||
		      (peer->distrusted && peer->home.waiting && ro_now(ro) >= peer->home.again);
	if (silent && peer->spoken_until && peer->silences < SILENCES_MAX) {
		peer->silences++;
		ro_suspend(ro, peer, outbox);
	} else if (silent || (any && !peer->spoken_until && !wants_any(ro, peer)))
		ro_refuse(ro, peer, status, outbox);
}
