/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of correspondents to a mobile node: Home and Care-of Test (RFC 6275 11.6.2, draft-05
 * 5.2), Binding Refresh Request (11.7.4), Binding Error (11.3.6); ro_acknowledgement.c has the
 * Binding Acknowledgement. A message that is not authentic changes only the time of an action,
 * never the action.
 */
#include "../base/error_report.h"
#include "ro_answer.h"
#include "../base/status.h"

/* The first wait between Binding Refresh Requests that are believed (unsigned_limit.h). */
#define REFRESH_AGAIN (10 * NANOS_PER_SECOND)

/* Packets from an address that was not bound may be under way for so long after it is. */
#define UNDER_WAY (300 * NANOS_PER_MS)

/* So may a request, by way of the home agent. */
#define REQUEST_UNDER_WAY NANOS_PER_SECOND

/* ---- tests ---- */

/* To the home address, out of the tunnel; or without a tunnel, on the home link. */
static bool came_home(const struct route_optimization *ro, const struct received *received)
{
	const struct packet *packet = received->packet;
	const struct ro_link *home = ro_home_link(ro);
	bool on_home_link = home && home->ifindex == received->arrival->ifindex;
	return (arrival_is_tunnelled(received->arrival) || on_home_link) && !packet->has_routing &&
	       !packet->has_home_address &&
	       IN6_ARE_ADDR_EQUAL(&packet->destination, &ro->node->config->home_address);
}

static enum drop take_home_test(const struct ro_answer *answer)
{
	const struct msg_home_test *test = &answer->received->message->home_test;
	if (!came_home(answer->ro, answer->received) ||
		!test_answered(&answer->peer->home, ro_now(answer->ro), test->cookie,
			test->nonce_index, test->token))
		return DROP_UNEXPECTED_TEST;
	answer->peer->distrusted = false;
	return DROP_NONE;
}

/* The test of the care-of address that the packet came to, by its link; NULL if it did not. */
static struct care_of_test *tested_at(const struct ro_answer *answer)
{
	const struct packet *packet = answer->received->packet;
	const struct ro_link *link = ro_link_of(answer->ro, &packet->destination);
	if (!link || link->ifindex != answer->received->arrival->ifindex ||
		arrival_is_tunnelled(answer->received->arrival) || packet->has_routing ||
		packet->has_home_address)
		return NULL;
	return ro_test_find(answer->peer, link);
}

void ro_fall_back(const struct ro_answer *answer)
{
	if (peer_bids_step(&answer->peer->bids, PEER_BIDS_FALL_BACK))
		ro_event(answer->ro->node->parties, answer->peer, EVENT_ROUTE_SINGLE, 0,
			answer->outbox);
}

/* draft-05 5.2, 6.2: it echoes our Binding Identifier, if it knows them. */
static bool echoes(const struct message *message, uint16_t bid)
{
	for (size_t i = 0; i < message->bid_count; i++)
		if (message->bid[i].bid == bid && message->bid[i].status < STATUS_REFUSED)
			return true;
	return false;
}

static enum drop take_care_of_test(const struct ro_answer *answer)
{
	const struct msg_care_of_test *message = &answer->received->message->care_of_test;
	struct care_of_test *test = tested_at(answer);
	if (!test || !test_answered(&test->test, ro_now(answer->ro), message->cookie,
			     message->nonce_index, message->token))
		return DROP_UNEXPECTED_TEST;
	answer->peer->distrusted = false;
	ro_path_proven(test, ro_now(answer->ro));
	/* a signed answer with BIDs counts for more than this unsigned message */
	if (!peer_bids_known(answer->peer->bids) && !echoes(answer->received->message, test->bid))
		ro_fall_back(answer);
	return DROP_NONE;
}

/* ---- requests and errors ---- */

static bool is_asked(const struct message *message, uint16_t bid)
{
	for (size_t i = 0; i < message->bid_count; i++)
		if (message->bid[i].bid == bid)
			return true;
	return message->bid_count == 0;
}

/* The request may cross the update that it asks for: a binding whose update is under way, or was
 * acknowledged just before, is not renewed. */
static bool renew_asked(const struct ro_answer *answer)
{
	struct ro_bindings *bindings = &answer->peer->bindings;
	bool any = false;
	for (size_t i = 0; i < bindings->count; i++) {
		struct ro_binding *binding = &bindings->at[i];
		if (!ro_binding_is_bound(binding) || binding->update.waiting ||
			!is_asked(answer->received->message, binding->bid) ||
			ro_now(answer->ro) < binding->acknowledged + REQUEST_UNDER_WAY)
			continue;
		binding->refresh = 0;
		any = true;
	}
	return any;
}

/* RFC 6275 11.7.4, RFC 5648 5.8: the next refresh is sent now. */
static enum drop take_request(const struct ro_answer *answer)
{
	struct ro_peer *peer = answer->peer;
	nanos now = ro_now(answer->ro);
	if (!parties_is_destination(answer->ro->node->parties, answer->received->packet))
		return DROP_NOT_FOR_US;
	if (!unsigned_limit_allows(&peer->requests, now))
		base_drop(answer->ro->node->base, DROP_RATE_LIMITED);
	else if (renew_asked(answer))
		unsigned_limit_count(&peer->requests, REFRESH_AGAIN, now);
	return DROP_NONE;
}

static bool awaits_anything(const struct ro_peer *peer)
{
	bool any = peer->home.waiting;
	for (size_t i = 0; i < peer->tests_count; i++)
		any = any || peer->tests[i].test.waiting;
	return any;
}

static bool is_known_to_speak(const struct ro_peer *peer)
{
	bool any = peer->home.token.until || ro_bindings_any(&peer->bindings);
	for (size_t i = 0; i < peer->tests_count; i++)
		any = any || peer->tests[i].test.token.until;
	return any;
}

/*
 * RFC 6275 6.1.9: a Binding Error is sent to the source of the packet that it is about. If that
 * address has no binding, or got it less than UNDER_WAY ago, the packet was under way when the
 * binding moved.
 */
static bool concerns_binding(const struct ro_answer *answer)
{
	const struct ro_bindings *bindings = &answer->peer->bindings;
	const struct packet *packet = answer->received->packet;
	for (size_t i = 0; i < bindings->count; i++) {
		const struct ro_binding *binding = &bindings->at[i];
		if (binding->state == RO_BINDING_BOUND &&
			IN6_ARE_ADDR_EQUAL(&binding->care_of, &packet->destination))
			return ro_now(answer->ro) >= binding->moved + UNDER_WAY;
	}
	return false;
}

static void take_unknown_binding(const struct ro_answer *answer)
{
	struct ro_peer *peer = answer->peer;
	if (!concerns_binding(answer))
		base_drop(answer->ro->node->base, DROP_UNEXPECTED_ERROR);
	else if (!ro_dispute_bindings(peer, ro_now(answer->ro)))
		base_drop(answer->ro->node->base, DROP_RATE_LIMITED);
}

static enum drop take_error(const struct ro_answer *answer)
{
	const struct msg_binding_error *error = &answer->received->message->binding_error;
	struct ro_peer *peer = answer->peer;
	if (error->status == BE_UNKNOWN_BINDING &&
		IN6_ARE_ADDR_EQUAL(&error->home_address, &answer->ro->node->config->home_address))
		take_unknown_binding(answer);
	else if (error->status == BE_UNKNOWN_MESSAGE &&
		 parties_is_named(answer->ro->node->parties, error) && awaits_anything(peer) &&
		 !is_known_to_speak(peer))
		peer->distrusted = true;
	else
		return DROP_NOT_FOR_US;
	return DROP_NONE;
}

/* A correspondent that is itself a mobile node speaks from its care-of address (RFC 6275 9.3.1). */
static const struct in6_addr *speaker(const struct packet *packet)
{
	return packet->has_home_address ? &packet->home_address : &packet->source;
}

static enum drop take(const struct ro_answer *answer)
{
	switch (answer->received->message->type) {
	case MH_home_test:
		return take_home_test(answer);
	case MH_care_of_test:
		return take_care_of_test(answer);
	case MH_binding_ack:
		ro_acknowledgement(answer);
		return DROP_NONE;
	case MH_refresh_request:
		return take_request(answer);
	case MH_binding_error:
		return take_error(answer);
	default:
		return DROP_WRONG_PEER;
	}
}

enum drop ro_message(
	struct route_optimization *ro, const struct received *received, struct outbox *outbox)
{
	const struct ro_answer answer = {
		ro, ro_find(ro, speaker(received->packet)), received, outbox};
	/* one that has become the home agent since it was spoken to is that first of all */
	if (!answer.peer ||
		IN6_ARE_ADDR_EQUAL(&received->packet->source, &ro->node->parties->home_agent))
		return DROP_WRONG_PEER;
	enum drop why = take(&answer);
	if (why == DROP_NONE)
		answer.peer->due = 0;
	return why;
}
