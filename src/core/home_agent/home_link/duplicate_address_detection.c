/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While the home link is down there is nobody to ask: what waits is registered without detection,
 * and defended when the link comes up.
 */
#include "duplicate_address_detection.h"
#include "home_binding.h"
#include "interception.h"
#include "link_local.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pending_update {
	uint32_t ifindex;
	bool has_link_layer; /* the mobile node's own, on the home link */
	uint8_t link_layer[LINK_LAYER_OCTETS];
	size_t length;
	uint8_t octets[];
};

bool detection_pending(const struct node *node)
{
	return node->interception && node->interception->pending;
}

bool detection_needed(const struct home_agent *agent, const struct node *node)
{
	return node->interception && node->bindings.count == 0 && home_link_usable(agent) &&
	       agent->config.dad_ms > 0;
}

/* From the IPv6 header to the end of the payload. */
static struct octets whole_packet(const struct packet *packet)
{
	return (struct octets){packet->payload.at - packet->payload_at,
		packet->payload_at + packet->payload.length};
}

static struct pending_update *pending_new(const struct received *received)
{
	struct octets octets = whole_packet(received->packet);
	struct pending_update *pending = malloc(sizeof(*pending) + octets.length);
	if (!pending)
		return NULL;
	pending->ifindex = received->arrival->ifindex;
	pending->has_link_layer = home_binding_link_layer(received->message, pending->link_layer);
	pending->length = octets.length;
	memcpy(pending->octets, octets.at, octets.length);
	return pending;
}

/* Whatever has not been asked yet. The solicited-node address of the derived one is the same. */
static void ask(const struct home_agent *agent, struct interception *interception, bool begins,
	bool link_local, struct outbox *outbox)
{
	const struct in6_addr *home_address = &interception->node->home_address;
	const struct in6_addr derived = link_local_of(home_address);
	if (begins)
		home_link_solicit(agent, home_address, outbox);
	if (link_local && (begins || !interception->link_local))
		home_link_solicit(agent, &derived, outbox);
	interception->link_local = link_local;
}

int detection_begin(struct home_agent *agent, struct moment now, struct node *node,
	const struct received *received, struct outbox *outbox)
{
	struct interception *interception = node->interception;
	struct pending_update *pending = pending_new(received);
	if (!pending)
		return -ENOMEM;
	bool begins = !interception->pending;
	if (begins) {
		nanos listen = agent->config.dad_ms * NANOS_PER_MS;
		deadlines_set(
			&agent->home_link.deadlines, &interception->deadline, now.mono + listen);
	}
	free(interception->pending);
	interception->pending = pending;
	/* RFC 4862 5.4.2: who asks has joined the group, in which others ask for the same address.
	 */
	interception_follow(agent, now, node, outbox);
	ask(agent, interception, begins, link_local_wanted(agent, node, received->message), outbox);
	/* What is older must not take its place. */
	node->sequence = received->message->binding_update.sequence;
	node->sequence_until = NANOS_NEVER;
	return 0;
}

bool detection_waits_for(const struct node *node, const struct received *received)
{
	if (!detection_pending(node))
		return false;
	const struct pending_update *pending = node->interception->pending;
	struct octets octets = whole_packet(received->packet);
	return pending->length == octets.length &&
	       memcmp(pending->octets, octets.at, octets.length) == 0;
}

/* The number of an update that came to nothing is remembered as that of a deleted binding. */
static struct pending_update *take_pending(
	struct home_agent *agent, struct moment now, struct node *node)
{
	struct pending_update *pending = node->interception->pending;
	node->interception->pending = NULL;
	node->sequence_until = now.mono + DELETED_REMEMBERED;
	deadlines_set(&agent->home_link.deadlines, &node->interception->deadline, NANOS_NEVER);
	return pending;
}

void detection_abandon(struct home_agent *agent, struct moment now, struct node *node)
{
	if (detection_pending(node))
		free(take_pending(agent, now, node));
}

static void finish(struct home_agent *agent, struct moment now, struct node *node, bool duplicate,
	struct outbox *outbox)
{
	struct pending_update *pending = take_pending(agent, now, node);
	struct packet packet;
	struct message message;
	enum wire_error error = packet_decode(pending->octets, pending->length, &packet);
	assert(error == WIRE_OK);
	error = packet_message(agent->base->dialect, &packet, &message);
	assert(error == WIRE_OK);
	(void)error;
	const struct arrival arrival = {.at = now,
		.ifindex = pending->ifindex,
		.packet = {pending->octets, pending->length}};
	const struct received received = {&arrival, &packet, &message};
	binding_update_detected(agent, now, node, &received, duplicate, outbox);
	interception_follow(agent, now, node, outbox);
	free(pending);
}

void detection_end(
	struct home_agent *agent, struct moment now, struct node *node, struct outbox *outbox)
{
	finish(agent, now, node, false, outbox);
}

/*
 * A mobile node that is at home, and says so in the update that waits, may have the address
 * configured: its own answer is no conflict.
 */
static bool is_own(const struct pending_update *pending, const struct icmpv6 *claim)
{
	return pending->has_link_layer && claim->has_target_link_layer &&
	       memcmp(pending->link_layer, claim->target_link_layer, LINK_LAYER_OCTETS) == 0;
}

void detection_conflict(struct home_agent *agent, struct moment now, struct node *node,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (is_own(node->interception->pending, received->message))
		return;
	struct effect_event *note = &outbox_add(outbox, EFFECT_EVENT)->event;
	note->type = EVENT_ADDRESS_DUPLICATE;
	note->home_address = node->home_address;
	note->peer = received->packet->source;
	finish(agent, now, node, true, outbox);
}

void detection_link_changed(struct home_agent *agent, struct moment now, struct node *node)
{
	if (!home_link_usable(agent))
		deadlines_set(&agent->home_link.deadlines, &node->interception->deadline, now.mono);
}
