/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.3.5: a correspondent that does not know the Mobility Header replies with an ICMPv6
 * Parameter Problem. It is not authentic. The mobile node accepts it if it quotes the cookie or the
 * authenticator of an unanswered message, which only a node on the path knows. A correspondent that
 * does not know the Home Address option, and a router that reports Destination Unreachable, cause a
 * test.
 */
#include "ro_peer.h"

#include <string.h>

/* RFC 4443 3.4 */
#define UNRECOGNIZED_NEXT_HEADER 1
#define UNRECOGNIZED_OPTION 2

#define COOKIE_AT 8
#define MH_TYPE_AT 2

/* The quoted part of a Mobility Header; it may be truncated, so its checksum cannot be verified. */
struct quote {
	struct packet packet;
	uint8_t type;
	struct octets message;
};

static bool read_quote(struct octets octets, struct quote *ret)
{
	if (packet_decode_quoted(octets.at, octets.length, &ret->packet) != WIRE_OK ||
		ret->packet.next_header != MH_NEXT_HEADER ||
		ret->packet.payload.length <= MH_TYPE_AT)
		return false;
	ret->message = ret->packet.payload;
	ret->type = ret->message.at[MH_TYPE_AT];
	return true;
}

static bool has_cookie(const struct quote *quote, const struct test *test)
{
	struct cursor in = cursor_over(quote->message.at, quote->message.length);
	cursor_octets(&in, COOKIE_AT);
	uint64_t cookie = cursor_u64(&in);
	return !in.failed && test->waiting && cookie == test->cookie;
}

static bool is_home_test(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct quote *quote)
{
	return quote->type == MH_home_test_init &&
	       IN6_ARE_ADDR_EQUAL(&quote->packet.source, &ro->node->config->home_address) &&
	       has_cookie(quote, &peer->home);
}

static bool is_care_of_test(const struct ro_peer *peer, const struct quote *quote)
{
	for (size_t i = 0; quote->type == MH_care_of_test_init && i < peer->tests_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&quote->packet.source, &peer->tests[i].care_of) &&
			has_cookie(quote, &peer->tests[i].test))
			return true;
	return false;
}

static bool is_update(const struct ro_peer *peer, const struct quote *quote)
{
	if (quote->type != MH_binding_update || quote->message.length < AUTHORIZATION_OCTETS)
		return false;
	const uint8_t *end = quote->message.at + quote->message.length - AUTHORIZATION_OCTETS;
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_update *update = &peer->bindings.at[i].update;
		if (update->waiting && IN6_ARE_ADDR_EQUAL(&quote->packet.source, &update->source) &&
			memcmp(end, update->authenticator, AUTHORIZATION_OCTETS) == 0)
			return true;
	}
	return false;
}

/* ---- messages ---- */

static bool take_message_problem(struct route_optimization *ro,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct quote quote;
	if (!read_quote(received->message->data, &quote))
		return false;
	struct ro_peer *peer = ro_find(ro, &quote.packet.destination);
	if (!peer || !IN6_ARE_ADDR_EQUAL(&received->packet->source, &peer->address) ||
		!(is_home_test(ro, peer, &quote) || is_care_of_test(peer, &quote) ||
			is_update(peer, &quote)))
		return false;
	peer->due = 0;
	if (peer->spoken_until)
		ro_suspend(ro, peer, outbox);
	else
		ro_refuse(ro, peer, 0, outbox);
	return true;
}

/* ---- packets on a route-optimized path ---- */

/* The peer, if the quoted packet has left by a binding of it; otherwise NULL. */
static struct ro_peer *peer_by_path_of(
	const struct route_optimization *ro, struct octets octets, struct packet *ret_quoted)
{
	if (packet_decode_quoted(octets.at, octets.length, ret_quoted) != WIRE_OK ||
		!ret_quoted->has_home_address ||
		!IN6_ARE_ADDR_EQUAL(&ret_quoted->home_address, &ro->node->config->home_address))
		return NULL;
	struct ro_peer *peer = ro_find(ro, &ret_quoted->destination);
	for (size_t i = 0; peer && i < peer->bindings.count; i++)
		if (ro_binding_is_bound(&peer->bindings.at[i]) &&
			IN6_ARE_ADDR_EQUAL(&peer->bindings.at[i].care_of, &ret_quoted->source))
			return peer;
	return NULL;
}

/* As a Binding Error (RFC 6275 11.3.6): a correspondent that refuses the option has no binding. */
static bool take_option_problem(
	struct route_optimization *ro, const struct received_icmpv6 *received)
{
	struct packet quoted;
	struct ro_peer *peer = peer_by_path_of(ro, received->message->data, &quoted);
	if (!peer || !IN6_ARE_ADDR_EQUAL(&received->packet->source, &peer->address) ||
		received->message->pointer < IPV6_HEADER_OCTETS ||
		received->message->pointer >= quoted.payload_at)
		return false;
	peer->due = 0;
	if (!ro_dispute_bindings(peer, ro_now(ro)))
		base_drop(ro->node->base, DROP_RATE_LIMITED);
	return true;
}

bool ro_problem(struct route_optimization *ro, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	switch (received->message->code) {
	case UNRECOGNIZED_NEXT_HEADER:
		return take_message_problem(ro, received, outbox);
	case UNRECOGNIZED_OPTION:
		return take_option_problem(ro, received);
	default:
		return false;
	}
}

bool ro_unreachable(struct route_optimization *ro, const struct received_icmpv6 *received)
{
	struct packet quoted;
	struct ro_peer *peer = peer_by_path_of(ro, received->message->data, &quoted);
	/* an error of the correspondent shows that packets arrive there */
	if (!peer || IN6_ARE_ADDR_EQUAL(&received->packet->source, &peer->address))
		return false;
	peer->due = 0;
	ro_path_reported(peer, &quoted.source, ro_now(ro));
	return true;
}
