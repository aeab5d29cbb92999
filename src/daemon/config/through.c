/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links that lead through the tunnel of another mobile node: its home address is the care-of
 * address (draft-montavont-mip6-mmi-02 5.1).
 */
#include "reader.h"

#include "../../program/nearest.h"

#include <string.h>

static const struct config_link *through_link(const struct config_mobile_node *host)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		if (host->links[i].through[0] != '\0')
			return &host->links[i];
	return NULL;
}

/* Whether the tunnel of mobile node `from` leads, by those of others, through that of `to`. */
static bool leads_to(const struct config *config, unsigned int from, unsigned int to)
{
	for (unsigned int steps = 0; steps < MOBILE_NODES_MAX; steps++) {
		const struct config_link *link = through_link(&config->mobile_nodes[from]);
		struct nearest unused = nearest_to("");

		from = link ? mobile_node_named(config, link->through, &unused) : MOBILE_NODES_MAX;
		if (from == to || from == MOBILE_NODES_MAX)
			return from == to;
	}
	return false;
}

static void check_link(struct reader *r, unsigned int m, const struct config_link *link)
{
	const struct config *config = &r->config;
	const struct place place = r->through_places[m];
	struct nearest nearest = nearest_to(link->through);
	const unsigned int other = mobile_node_named(config, link->through, &nearest);

	if (strcmp(link->name, config->device) != 0)
		complain(r, place,
			"link: through another mobile node, but not named %s as the device",
			config->device);
	if (other == MOBILE_NODES_MAX)
		complain(r, place, "link: there is no mobile_node block %s%s", link->through,
			nearest_question(&nearest, "").text);
	else if (other == m || leads_to(config, other, m))
		complain(r, place,
			"link: a loop: the tunnel of %s leads through that of this block",
			link->through);
	else if (through_link(&config->mobile_nodes[other]))
		complain(r, place,
			"link: the tunnel of %s leads through another one itself: not more than "
			"two",
			link->through);
	else if (IN6_ARE_ADDR_EQUAL(config_home_agent(config, other), config_home_agent(config, m)))
		complain(r, place,
			"link: %s has the same home agent, which does not bind a home address of "
			"its own prefix",
			link->through);
}

void check_through(struct reader *r)
{
	for (unsigned int m = 0; m < r->config.mobile_nodes_count; m++) {
		const struct config_mobile_node *host = &r->config.mobile_nodes[m];

		for (unsigned int i = 0; i < host->links_count; i++) {
			if (host->links[i].through[0] != '\0')
				check_link(r, m, &host->links[i]);
			else if (strcmp(host->links[i].name, r->config.device) == 0)
				complain(r, r->mobile_node_places[m],
					"mobile_node: link %s is the device, but has no through",
					host->links[i].name);
		}
	}
}
