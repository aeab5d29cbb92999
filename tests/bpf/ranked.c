/* SPDX-License-Identifier: BSD-2-Clause */
#include "ranked.h"

/* No other subject of a test has this number. */
#define NUMBER UINT32_MAX

static enum subject_side side_of(bool mobile, uint8_t encapsulation)
{
	if (encapsulation == ENCAP_TO_MOBILE_NODE)
		return SUBJECT_AT_CORRESPONDENT;
	if (encapsulation == ENCAP_TO_CORRESPONDENT)
		return SUBJECT_DIRECT;
	return mobile ? SUBJECT_AT_MOBILE_NODE : SUBJECT_AT_HOME_AGENT;
}

int ranked_tunnel_set(struct dataplane *plane, bool mobile, const struct effect_tunnel *tunnel,
	uint8_t tier, const struct in6_addr *next_hop)
{
	const struct effect_subject subject = {
		.subject = NUMBER,
		.side = (uint8_t)side_of(mobile, tunnel->encapsulation),
		.home_address = tunnel->home_address,
		.peer = tunnel->peer,
	};
	const struct effect_traffic traffic = {
		.subject = NUMBER,
		.rule = TRAFFIC_DEFAULT,
		.mode = TRAFFIC_FIRST,
		.count = 1,
		.set = {{.tunnel = tunnel->bid, .tier = tier, .weight = 1}},
	};
	int result = dataplane_subject_set(plane, &subject);

	if (result == 0)
		result = dataplane_tunnel_set(plane, tunnel, next_hop);
	if (result == 0)
		result = dataplane_traffic_set(plane, &traffic);
	dataplane_subject_remove(plane, NUMBER);
	return result;
}
