/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 5648 5.6.2 knows two home links. Where the home agent is the only router (topology a), the
 * mobile node owns its address: status 0, and Neighbour Discovery finds it. Otherwise (topology b)
 * the home agent keeps the address, status 5, and sends frames to the link-layer address that the
 * mobile node has given.
 */
#include "home_binding.h"
#include "interception.h"
#include "../../base/status.h"

#include <string.h>

/* RFC 5568 6.4.4: code of the mobile node's own */
#define CODE_MOBILE_NODE 2

bool home_binding_link_layer(const struct message *message, uint8_t ret[LINK_LAYER_OCTETS])
{
	static const uint8_t none[LINK_LAYER_OCTETS];
	const struct opt_link_layer_address *option = &message->link_layer_address;
	if (!message->has_link_layer_address || option->code != CODE_MOBILE_NODE ||
		option->address.length != LINK_LAYER_OCTETS)
		return false;
	/* A multicast address belongs to no node. */
	if ((option->address.at[0] & 1) || memcmp(option->address.at, none, sizeof(none)) == 0)
		return false;
	memcpy(ret, option->address.at, LINK_LAYER_OCTETS);
	return true;
}

/* Whether the update leaves the home binding where it is. */
static bool leaves_in_place(const struct binding_entry *entry, const struct message *message)
{
	const struct interception *interception = interception_of(entry);
	const struct binding *home = bindings_home(&entry->bindings);
	uint8_t link_layer[LINK_LAYER_OCTETS];
	if (!home)
		return false;
	for (uint16_t i = 0; i < message->bid_count; i++)
		if ((message->bid[i].flags & BID_HOME) && message->bid[i].bid != home->bid)
			return false;
	if (!home_binding_link_layer(message, link_layer))
		return true;
	return interception->has_link_layer &&
	       memcmp(interception->link_layer, link_layer, sizeof(link_layer)) == 0;
}

/*
 * A mobile node takes 169 for a permanent property of the home agent, so it is not sent because the
 * link is down, or because the update is faulty. Only packets on the home link show that the mobile
 * node is there: a forged Router Advertisement on a visited link can make the mobile node register
 * as if it were at home (RFC 6275 11.5.5).
 *
 * A mobile node that must not answer Neighbour Solicitations gets packets only by its link-layer
 * address. Without that address it cannot use home and visited links at once.
 */
uint8_t home_binding_status(const struct home_link *home, const struct binding_entry *entry,
	const struct received *received)
{
	const struct home_agent_config *config = home->config;
	const struct message *message = received->message;
	uint8_t unused[LINK_LAYER_OCTETS];
	if (!config->home_and_foreign || !interception_of(entry))
		return STATUS_MCOA_HOME_AND_FOREIGN_PROHIBITED;
	if (!home_link_usable(home))
		return STATUS_NO_RESOURCES;
	if (!home_link_has_sender(home, received->arrival->ifindex, received->packet) &&
		!leaves_in_place(entry, message))
		return STATUS_UNSPECIFIED;
	if (config->only_router)
		return STATUS_ACCEPTED;
	if (!interception_of(entry)->has_link_layer && !home_binding_link_layer(message, unused))
		return STATUS_UNSPECIFIED;
	return STATUS_MCOA_RETURN_HOME_WITHOUT_NDP;
}

void home_binding_learn(
	struct binding_entry *entry, const struct bindings *wanted, const struct message *message)
{
	struct interception *interception = interception_of(entry);
	uint8_t link_layer[LINK_LAYER_OCTETS];
	if (!interception || !bindings_home(wanted) ||
		!home_binding_link_layer(message, link_layer))
		return;
	bool known = interception->has_link_layer &&
		     memcmp(interception->link_layer, link_layer, sizeof(link_layer)) == 0;
	if (known)
		return;
	memcpy(interception->link_layer, link_layer, sizeof(link_layer));
	interception->has_link_layer = true;
	interception->link_layer_new = true;
}

void home_binding_tunnel(const struct home_link *home, const struct binding_entry *entry,
	struct effect_tunnel *tunnel)
{
	const struct interception *interception = interception_of(entry);
	tunnel->encapsulation = ENCAP_HOME_LINK;
	tunnel->local.ifindex = home->now.ifindex;
	tunnel->usable = home_link_usable(home);
	tunnel->remote.framed = interception->has_link_layer && !home->config->only_router;
	if (tunnel->remote.framed)
		memcpy(tunnel->remote.link_layer, interception->link_layer, LINK_LAYER_OCTETS);
}

bool home_binding_restore(const struct home_link *home, struct binding_entry *entry,
	const struct bindings *present, const struct record_binding *restored)
{
	const struct home_agent_config *config = home->config;
	struct interception *interception = interception_of(entry);
	if (!config->home_and_foreign || !interception || restored->bid == 0 ||
		bindings_home(present) ||
		!IN6_ARE_ADDR_EQUAL(&restored->care_of, &entry->home_address))
		return false;
	if (!restored->has_link_layer)
		return config->only_router;
	interception->has_link_layer = true;
	interception->link_layer_new = true;
	memcpy(interception->link_layer, restored->link_layer, LINK_LAYER_OCTETS);
	return true;
}

void home_binding_address(
	const struct home_link *home, const struct binding_entry *entry, struct effect_send *send)
{
	const struct interception *interception = interception_of(entry);
	send->ifindex = home->now.ifindex;
	send->framed = interception->has_link_layer;
	if (send->framed)
		memcpy(send->link_layer, interception->link_layer, LINK_LAYER_OCTETS);
}

bool home_binding_is_at_home(const struct home_link *home, const struct packet *packet)
{
	return packet_is_from_home_address(packet) && home_link_entry(home, &packet->source);
}

void home_binding_address_answer(const struct home_link *home, uint32_t ifindex,
	const struct packet *packet, const struct message *message, struct effect_send *answer)
{
	if (!home_binding_is_at_home(home, packet))
		return;
	answer->ifindex = ifindex;
	if (!home_link_usable(home) || ifindex != home->now.ifindex)
		return;
	home_binding_address(home, home_link_entry(home, &packet->source), answer);
	if (message && home_binding_link_layer(message, answer->link_layer))
		answer->framed = true;
}
