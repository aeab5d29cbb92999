/* SPDX-License-Identifier: BSD-2-Clause */
#include "ranked.h"

#include "../../src/io/store/store_hash.h"

uint32_t ranked_subject(const struct in6_addr *home_address, const struct in6_addr *peer)
{
	uint64_t hash = store_hash(STORE_HASH_BEGIN, home_address, sizeof(*home_address));

	return (uint32_t)store_hash(hash, peer, sizeof(*peer)) | 1;
}

static uint8_t side_of(bool mobile, uint8_t encapsulation)
{
	if (encapsulation == ENCAP_TO_MOBILE_NODE)
		return SUBJECT_AT_CORRESPONDENT;
	if (encapsulation == ENCAP_TO_CORRESPONDENT)
		return SUBJECT_DIRECT;
	return mobile ? SUBJECT_AT_MOBILE_NODE : SUBJECT_AT_HOME_AGENT;
}

int ranked_subject_set(struct dataplane *plane, uint8_t side, const struct in6_addr *home_address,
	const struct in6_addr *peer)
{
	const struct effect_subject subject = {
		.subject = ranked_subject(home_address, peer),
		.side = side,
		.home_address = *home_address,
		.peer = *peer,
	};
	const struct effect_prefix prefix = {
		.subject = subject.subject, .prefix = *home_address, .length = 128};
	int result = dataplane_subject_set(plane, &subject);

	return result == 0 && IN6_IS_ADDR_UNSPECIFIED(peer) ? dataplane_prefix_set(plane, &prefix)
							    : result;
}

int ranked_tunnel_change(struct dataplane *plane, bool mobile, struct in6_addr home_address,
	struct in6_addr peer, const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	struct effect_tunnel tunnel = *effect;
	int result = ranked_subject_set(
		plane, side_of(mobile, effect->encapsulation), &home_address, &peer);

	tunnel.subject = ranked_subject(&home_address, &peer);
	tunnel.tunnel = ranked_number(effect->bid);
	return result == 0 ? dataplane_tunnel_set(plane, &tunnel, next_hop) : result;
}

int ranked_tunnel_set(struct dataplane *plane, bool mobile, struct in6_addr home_address,
	struct in6_addr peer, const struct effect_tunnel *effect, uint8_t tier,
	const struct in6_addr *next_hop)
{
	const struct effect_traffic traffic = {
		.subject = ranked_subject(&home_address, &peer),
		.rule = TRAFFIC_DEFAULT,
		.mode = TRAFFIC_FIRST,
		.count = 1,
		.set = {{.tunnel = ranked_number(effect->bid), .tier = tier, .weight = 1}},
	};
	int result = ranked_tunnel_change(plane, mobile, home_address, peer, effect, next_hop);

	return result == 0 ? dataplane_traffic_set(plane, &traffic) : result;
}

int ranked_tunnel_remove(struct dataplane *plane, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid)
{
	return dataplane_tunnel_remove(
		plane, ranked_subject(home_address, peer), ranked_number(bid));
}
