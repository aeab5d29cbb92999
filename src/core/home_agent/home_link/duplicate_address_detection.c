/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While the home link is down no neighbour can answer: the update that waits is registered without
 * detection, and its home address is defended when the link comes up.
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

bool detection_pending(const struct binding_entry *entry)
{
	return interception_of(entry) && interception_of(entry)->pending;
}

bool detection_needed(const struct home_link *home, const struct binding_entry *entry)
{
	return interception_of(entry) && entry->bindings.count == 0 && home_link_usable(home) &&
	       home->config->dad_ms > 0;
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

/* Solicits the addresses that have not been solicited yet. The solicited-node address of the
 * derived one is the same. */
static void ask(const struct home_link *home, struct interception *interception, bool begins,
	bool link_local, struct outbox *outbox)
{
	const struct in6_addr *home_address = &interception->entry->home_address;
	const struct in6_addr derived = link_local_of(home_address);
	if (begins)
		home_link_solicit(home, home_address, outbox);
	if (link_local && (begins || !interception->link_local))
		home_link_solicit(home, &derived, outbox);
	interception->link_local = link_local;
}

int detection_begin(struct home_link *home, struct moment now, struct binding_entry *entry,
	const struct received *received, struct outbox *outbox)
{
	struct interception *interception = interception_of(entry);
	struct pending_update *pending = pending_new(received);
	if (!pending)
		return -ENOMEM;
	bool begins = !interception->pending;
	if (begins) {
		nanos listen = home->config->dad_ms * NANOS_PER_MS;
		deadlines_set(&home->deadlines, &interception->deadline, now.mono + listen);
	}
	free(interception->pending);
	interception->pending = pending;
	/* RFC 4862 5.4.2: the solicited-node group is joined before the solicitation. */
	interception_follow(home, now, entry, outbox);
	ask(home, interception, begins, link_local_wanted(home, entry, received->message), outbox);
	/* An older update must not take its place. */
	entry->sequence = received->message->binding_update.sequence;
	entry->sequence_until = NANOS_NEVER;
	return 0;
}

bool detection_waits_for(const struct binding_entry *entry, const struct received *received)
{
	if (!detection_pending(entry))
		return false;
	const struct pending_update *pending = interception_of(entry)->pending;
	struct octets octets = whole_packet(received->packet);
	return pending->length == octets.length &&
	       memcmp(pending->octets, octets.at, octets.length) == 0;
}

/* The sequence number of a failed update is stored as that of a deleted binding. */
static struct pending_update *take_pending(
	struct home_link *home, struct moment now, struct binding_entry *entry)
{
	struct pending_update *pending = interception_of(entry)->pending;
	interception_of(entry)->pending = NULL;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
	deadlines_set(&home->deadlines, &interception_of(entry)->deadline, NANOS_NEVER);
	return pending;
}

void detection_abandon(struct home_link *home, struct moment now, struct binding_entry *entry)
{
	if (detection_pending(entry))
		free(take_pending(home, now, entry));
}

static void finish(struct home_link *home, struct moment now, struct binding_entry *entry,
	bool duplicate, struct outbox *outbox)
{
	struct pending_update *pending = take_pending(home, now, entry);
	struct packet packet;
	struct message message;
	enum wire_error error = packet_decode(pending->octets, pending->length, &packet);
	assert(error == WIRE_OK);
	error = packet_message(home->base->dialect, &packet, &message);
	assert(error == WIRE_OK);
	(void)error;
	const struct arrival arrival = {.at = now,
		.ifindex = pending->ifindex,
		.packet = {pending->octets, pending->length}};
	const struct received received = {&arrival, &packet, &message};
	home->detected(home->cache->self, now, entry, &received, duplicate, outbox);
	interception_follow(home, now, entry, outbox);
	free(pending);
}

void detection_end(struct home_link *home, struct moment now, struct binding_entry *entry,
	struct outbox *outbox)
{
	finish(home, now, entry, false, outbox);
}

/*
 * If the waiting update says that the mobile node is at home, it may have configured the address:
 * its own advertisement is no conflict.
 */
static bool is_own(const struct pending_update *pending, const struct icmpv6 *claim)
{
	return pending->has_link_layer && claim->has_target_link_layer &&
	       memcmp(pending->link_layer, claim->target_link_layer, LINK_LAYER_OCTETS) == 0;
}

void detection_conflict(struct home_link *home, struct moment now, struct binding_entry *entry,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (is_own(interception_of(entry)->pending, received->message))
		return;
	struct effect_event *event = &outbox_add(outbox, EFFECT_EVENT)->event;
	event->type = EVENT_ADDRESS_DUPLICATE;
	event->home_address = entry->home_address;
	event->peer = received->packet->source;
	finish(home, now, entry, true, outbox);
}

void detection_link_changed(struct home_link *home, struct moment now, struct binding_entry *entry)
{
	if (!home_link_usable(home))
		deadlines_set(&home->deadlines, &interception_of(entry)->deadline, now.mono);
}
