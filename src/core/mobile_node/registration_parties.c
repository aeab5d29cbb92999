/* SPDX-License-Identifier: BSD-2-Clause */
#include "registration_parties.h"

bool parties_have_home_agent(const struct registration_parties *parties)
{
	return !IN6_IS_ADDR_UNSPECIFIED(&parties->home_agent);
}

bool parties_is_home_agent(
	const struct registration_parties *parties, const struct in6_addr *address)
{
	return parties_have_home_agent(parties) &&
	       IN6_ARE_ADDR_EQUAL(address, &parties->home_agent);
}

bool parties_is_destination(const struct registration_parties *parties, const struct packet *packet)
{
	const struct in6_addr *to =
		packet->has_routing ? &packet->routing_address : &packet->destination;
	return IN6_ARE_ADDR_EQUAL(to, &parties->home_address);
}

bool parties_is_named(
	const struct registration_parties *parties, const struct msg_binding_error *error)
{
	return IN6_IS_ADDR_UNSPECIFIED(&error->home_address) ||
	       IN6_ARE_ADDR_EQUAL(&error->home_address, &parties->home_address);
}

struct effect_event *parties_event(const struct registration_parties *parties, enum event_type type,
	uint16_t bid, struct outbox *outbox)
{
	if (outbox_room(outbox) <= EVENT_RESERVE)
		return NULL;
	struct effect_event *event = &outbox_add(outbox, EFFECT_EVENT)->event;
	event->type = type;
	event->bid = bid;
	event->home_address = parties->home_address;
	event->peer = parties->home_agent;
	return event;
}
