/* SPDX-License-Identifier: BSD-2-Clause */
#include "mobile_node.h"
#include "mobile_node_role.h"

/* Whether packets of the tunnel of mobile node `from` may come to be packets of that of `to`: by at
 * most `steps` care-of addresses that are home addresses of this host. */
static bool leads_to(const struct mobile_nodes *nodes, unsigned from, unsigned to, unsigned steps)
{
	const struct links *links = &nodes->at[from]->links;
	for (unsigned i = 0; steps > 0 && i < nodes->count; i++)
		if (links_have_address(links, &nodes->at[i]->config.home_address) &&
			(i == to || leads_to(nodes, i, to, steps - 1)))
			return true;
	return false;
}

bool mobile_nodes_loop(
	const struct mobile_nodes *nodes, unsigned own, const struct in6_addr *care_of)
{
	unsigned through = 0;
	while (through < nodes->count &&
		!IN6_ARE_ADDR_EQUAL(&nodes->at[through]->config.home_address, care_of))
		through++;
	return own < nodes->count && through < nodes->count && through != own &&
	       leads_to(nodes, through, own, MOBILE_NODES_MAX);
}
