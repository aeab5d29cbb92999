/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Whether a packet that arrives is between a home agent and a mobile node, and which one this host
 * is. It may be both, if each of two hosts is the other's home agent. */
#ifndef MONAMI_BPF_ENDS_H
#define MONAMI_BPF_ENDS_H

#include "subject.h"
#include "tunnel.h"

struct ends {
	bool to_home_agent;   /* to this host, as home agent */
	bool from_home_agent; /* of a mobile node on this host */
};

static __always_inline struct ends ends_of(const struct ipv6_header *header)
{
	return (struct ends){
		.to_home_agent = is_own_home_agent(&header->destination),
		.from_home_agent = is_agent_of_mobile_node(&header->source),
	};
}

static __always_inline bool ends_are_ours(const struct ends *ends)
{
	return ends->to_home_agent || ends->from_home_agent;
}

#endif
