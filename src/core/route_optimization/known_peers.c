/* SPDX-License-Identifier: BSD-2-Clause */
#include "known_peers.h"

#include <string.h>

void known_peers_init(struct known_peers *peers, const struct core_port *port)
{
	memset(peers, 0, sizeof(*peers));
	hash_key_init(&peers->key, port);
}

static size_t group_of(const struct known_peers *peers, const struct in6_addr *address)
{
	return keyed_hash(&peers->key, address, sizeof(*address)) % KNOWN_PEERS_GROUPS;
}

static nanos numbered_until(const struct known_peer *peer)
{
	return peer->sent_at ? peer->sent_at + KNOWN_PEERS_NUMBERED_FOR : 0;
}

static nanos useful_until(const struct known_peer *peer)
{
	nanos until = nanos_max(peer->refused_until, peer->single_until);
	return nanos_max(numbered_until(peer), nanos_max(until, peer->spoken_until));
}

/* Its own place, or else that of the one which is of no use first. */
static struct known_peer *place_for(struct known_peers *peers, const struct in6_addr *address)
{
	struct known_peer *group = peers->at[group_of(peers, address)];
	struct known_peer *place = &group[0];
	for (size_t i = 0; i < KNOWN_PEERS_IN_GROUP; i++) {
		if (IN6_ARE_ADDR_EQUAL(&group[i].address, address))
			return &group[i];
		if (useful_until(&group[i]) < useful_until(place))
			place = &group[i];
	}
	return place;
}

void known_peers_note(struct known_peers *peers, nanos now, const struct known_peer *peer)
{
	if (useful_until(peer) > now)
		*place_for(peers, &peer->address) = *peer;
}

struct known_peer known_peers_find(
	const struct known_peers *peers, nanos now, const struct in6_addr *address)
{
	const struct known_peer *group = peers->at[group_of(peers, address)];
	struct known_peer found = {.address = *address};
	for (size_t i = 0; i < KNOWN_PEERS_IN_GROUP; i++) {
		if (!IN6_ARE_ADDR_EQUAL(&group[i].address, address))
			continue;
		if (group[i].refused_until > now)
			found.refused_until = group[i].refused_until;
		if (group[i].single_until > now)
			found.single_until = group[i].single_until;
		if (group[i].spoken_until > now)
			found.spoken_until = group[i].spoken_until;
		if (numbered_until(&group[i]) > now) {
			found.sent_at = group[i].sent_at;
			found.sequence = group[i].sequence;
		}
	}
	return found;
}
