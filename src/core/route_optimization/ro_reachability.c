/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a route-optimized path carries packets (RFC 6275 5.2.9). A packet that arrives on it
 * shows that it does. If packets leave by it and none arrives, a Care-of Test finds out: it takes
 * the same path, every correspondent answers it, and it renews the token.
 */
#include "ro_peer.h"

/* Time for which packets leave and none arrives before a test is sent. */
#define SILENCE_MAX (1500 * NANOS_PER_MS)
/* The interval of tests for a stream that only sends. */
#define PROBE_AGAIN (10 * NANOS_PER_SECOND)
/* The wait after the last test, as after the first. */
#define PROBE_LAST NANOS_PER_SECOND

/* In this time, message_rate.h limits how many unsigned messages are believed. */
#define BELIEVED_WITHIN (30 * NANOS_PER_SECOND)

/* ---- bindings that an error reports as missing ---- */

static bool believes(const struct ro_peer *peer, nanos now)
{
	nanos oldest = peer->errors.sent[peer->errors.next];
	return !oldest || now >= oldest + BELIEVED_WITHIN;
}

bool ro_dispute_bindings(struct ro_peer *peer, nanos now)
{
	bool any = false;
	for (size_t i = 0; i < peer->bindings.count; i++)
		any = any || peer->bindings.at[i].state == RO_BINDING_BOUND;
	if (!any || !believes(peer, now))
		return false;
	message_rate_count(&peer->errors, now);
	for (size_t i = 0; i < peer->bindings.count; i++)
		ro_binding_step(&peer->bindings.at[i], RO_BINDING_DISPUTE);
	return true;
}

/* ---- packets on a path ---- */

/* A packet that arrived later than the path turned silent. */
static void hear(struct care_of_test *test, nanos heard)
{
	if (test->reachability != RO_PATH_REPORTED && heard >= test->since)
		test->reachability = RO_PATH_CARRIES;
}

void ro_path_activity(struct ro_peer *peer, const struct host_activity *activity)
{
	const struct ro_binding *binding = ro_binding_find(&peer->bindings, activity->bid);
	struct care_of_test *test = binding ? ro_test_with(peer, &binding->care_of) : NULL;
	if (!test || !ro_binding_is_bound(binding))
		return;
	nanos heard = nanos_max(activity->received, test->proven);
	hear(test, heard);
	if (test->reachability != RO_PATH_CARRIES || activity->sent <= heard)
		return;
	test->reachability = RO_PATH_SILENT;
	test->since = activity->sent;
}

void ro_path_proven(struct care_of_test *test, nanos now)
{
	test->proven = now;
	test->reachability = RO_PATH_CARRIES;
}

void ro_path_reported(struct ro_peer *peer, const struct in6_addr *care_of, nanos now)
{
	struct care_of_test *test = ro_test_with(peer, care_of);
	if (!test || test->reachability == RO_PATH_REPORTED)
		return;
	test->reachability = RO_PATH_REPORTED;
	test->since = now;
}

/* ---- finding out ---- */

static bool is_bound(const struct ro_peer *peer, const struct care_of_test *test)
{
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_binding *binding = &peer->bindings.at[i];
		if (binding->state == RO_BINDING_BOUND &&
			IN6_ARE_ADDR_EQUAL(&binding->care_of, &test->care_of))
			return true;
	}
	return false;
}

nanos ro_probe_at(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	uint16_t bid;
	const struct care_of_test *test = ro_test(peer, link);
	if (!test || test->reachability == RO_PATH_CARRIES || !ro_wants(ro, peer, link, &bid) ||
		!is_bound(peer, test))
		return NANOS_NEVER;
	if (test->test.waiting)
		return test->test.again;
	nanos at = test->reachability == RO_PATH_SILENT ? test->since + SILENCE_MAX : test->since;
	return test->probed ? nanos_max(at, test->probed + PROBE_AGAIN) : at;
}

/* One cause may break all paths to the correspondent: all are tested at once, not one after the
 * other. */
static void question_others(struct ro_peer *peer, nanos now)
{
	for (size_t i = 0; i < peer->tests_count; i++) {
		struct care_of_test *test = &peer->tests[i];
		if (test->reachability != RO_PATH_CARRIES)
			continue;
		test->reachability = RO_PATH_QUESTIONED;
		test->since = now;
	}
}

void ro_probe_sent(struct ro_peer *peer, struct care_of_test *test, nanos now)
{
	if (test->reachability == RO_PATH_CARRIES)
		return;
	if (test->test.attempts == 1) {
		test->probed = now;
		if (test->reachability != RO_PATH_QUESTIONED)
			question_others(peer, now);
	}
	if (test->test.attempts >= RO_FAILURE_MAX)
		test->test.again = now + PROBE_LAST;
}
