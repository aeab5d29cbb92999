/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a direct way carries, although the tunnel does (RFC 6275 5.2.9). What comes by it shows
 * that it does; if packets leave by it and none come back, a Care-of Test finds out: it goes and
 * comes back by the same way, every correspondent answers it, and it renews the token besides.
 */
#include "ro_peer.h"

/* Packets have gone and none has come, before anybody is asked. */
#define SILENCE_MAX (1500 * NANOS_PER_MS)
/* A stream that only goes one way is asked about so often. */
#define PROBE_AGAIN (10 * NANOS_PER_SECOND)
/* The last of the tests is not waited for longer than the first. */
#define PROBE_LAST NANOS_PER_SECOND

/* What nobody signs is believed so many times (message_rate.h) within this. */
#define BELIEVED_WITHIN (30 * NANOS_PER_SECOND)

/* ---- what the correspondent is said not to know ---- */

static bool believes(const struct route *route, nanos now)
{
	nanos oldest = route->errors.sent[route->errors.next];
	return !oldest || now >= oldest + BELIEVED_WITHIN;
}

bool route_doubt_bindings(struct route *route, nanos now)
{
	bool any = false;
	for (size_t i = 0; i < route->bindings.count; i++)
		any = any || (route->bindings.at[i].bound && !route->bindings.at[i].doubted);
	if (!any || !believes(route, now))
		return false;
	message_rate_count(&route->errors, now);
	for (size_t i = 0; i < route->bindings.count; i++)
		route->bindings.at[i].doubted = route->bindings.at[i].bound;
	return true;
}

/* ---- what comes and goes by a way ---- */

/* What came is newer than what it is doubted for. */
static void hear(struct care_of_test *test, nanos heard)
{
	if (test->way != WAY_REPORTED && heard >= test->since)
		test->way = WAY_CARRIES;
}

void route_way_activity(struct route *route, const struct host_activity *activity)
{
	const struct route_binding *binding = route_binding_find(&route->bindings, activity->bid);
	struct care_of_test *test = binding ? route_test_with(route, &binding->care_of) : NULL;
	if (!test || !binding->bound)
		return;
	nanos heard = nanos_max(activity->received, test->proven);
	hear(test, heard);
	if (test->way != WAY_CARRIES || activity->sent <= heard)
		return;
	test->way = WAY_SILENT;
	test->since = activity->sent;
}

void route_way_proven(struct care_of_test *test, nanos now)
{
	test->proven = now;
	test->way = WAY_CARRIES;
}

void route_way_reported(struct route *route, const struct in6_addr *care_of, nanos now)
{
	struct care_of_test *test = route_test_with(route, care_of);
	if (!test || test->way == WAY_REPORTED)
		return;
	test->way = WAY_REPORTED;
	test->since = now;
}

/* ---- finding out ---- */

static bool is_bound(const struct route *route, const struct care_of_test *test)
{
	for (size_t i = 0; i < route->bindings.count; i++) {
		const struct route_binding *binding = &route->bindings.at[i];
		if (binding->bound && !binding->doubted &&
			IN6_ARE_ADDR_EQUAL(&binding->care_of, &test->care_of))
			return true;
	}
	return false;
}

nanos route_probe_at(
	const struct mobile_node *node, const struct route *route, const struct link *link)
{
	uint16_t bid;
	const struct care_of_test *test = route_test(route, link);
	if (!test || test->way == WAY_CARRIES || !route_wants(node, route, link, &bid) ||
		!is_bound(route, test))
		return NANOS_NEVER;
	if (test->test.waiting)
		return test->test.again;
	nanos at = test->way == WAY_SILENT ? test->since + SILENCE_MAX : test->since;
	return test->probed ? nanos_max(at, test->probed + PROBE_AGAIN) : at;
}

/* What is in one's way is perhaps in that of the others, and then they should not be tried one
 * after the other. */
static void question_others(struct route *route, nanos now)
{
	for (size_t i = 0; i < route->tests_count; i++) {
		struct care_of_test *test = &route->tests[i];
		if (test->way != WAY_CARRIES)
			continue;
		test->way = WAY_QUESTIONED;
		test->since = now;
	}
}

void route_probe_sent(struct route *route, struct care_of_test *test, nanos now)
{
	if (test->way == WAY_CARRIES)
		return;
	if (test->test.attempts == 1) {
		test->probed = now;
		if (test->way != WAY_QUESTIONED)
			question_others(route, now);
	}
	if (test->test.attempts >= RO_FAILURE_MAX)
		test->test.again = now + PROBE_LAST;
}
