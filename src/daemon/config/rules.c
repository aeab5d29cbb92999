/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of each block, and relations between blocks. */
#include "reader.h"

#include "../../program/nearest.h"
#include "../../wire/icmpv6.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_DEFAULT 1000
#define TABLE_BASE_DEFAULT 7000
#define TABLES_OF_BLOCK 16 /* so many BIDs, without a table_base of their own */
#define AFTER_PACKETS_DEFAULT 20
#define INTERFACES_MAX (sizeof(((struct config *)0)->interfaces) / IFNAMSIZ)

#define GIVEN(keyword) (r->given[KEYWORD_##keyword] != 0)

static bool same_address(const struct in6_addr *left, const struct in6_addr *right)
{
	return IN6_ARE_ADDR_EQUAL(left, right) && !IN6_IS_ADDR_UNSPECIFIED(left);
}

/* False, too, if one of them is not known. */
static bool is_inside(
	const struct in6_addr *address, const struct in6_addr *prefix, uint8_t length, bool inside)
{
	return length != 0 && !IN6_IS_ADDR_UNSPECIFIED(address) &&
	       address_in_prefix(address, prefix, length) == inside;
}

static bool has_redirection(const struct config_mobile_node *host)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		if (host->links[i].redirection || host->links[i].through[0] != '\0')
			return true;
	return false;
}

/* Another mobile_node block has the same. */
static void complain_of_same(
	struct reader *r, struct place place, struct place first, const char *same)
{
	const char *slash = strrchr(first.file, '/');

	complain(r, place, "mobile_node: %s in line %d of %s", same, first.line,
		slash ? slash + 1 : first.file);
}

/* ---- the ends of blocks ---- */

/* Home agent and correspondent may share interfaces. */
static void add_interface(struct reader *r, const char *name)
{
	struct config *config = &r->config;
	unsigned int i = 0;

	while (i < config->interfaces_count && strcmp(config->interfaces[i], name) != 0)
		i++;
	if (i == INTERFACES_MAX)
		COMPLAIN_OF_BLOCK(
			r, "more than %zu interfaces in all, with home_link", INTERFACES_MAX);
	else if (i == config->interfaces_count)
		memcpy(config->interfaces[config->interfaces_count++], name, IFNAMSIZ);
}

static void end_home_agent(struct reader *r)
{
	struct config *config = &r->config;

	for (unsigned int i = 0; i < r->interfaces.count; i++)
		add_interface(r, r->interfaces.at[i]);
	config->core.is_home_agent = true;
	config->core.home_agent.home_link = config->home_link[0] != '\0';
	if (config->core.home_agent.home_link)
		add_interface(r, config->home_link);
}

static void end_correspondent(struct reader *r)
{
	for (unsigned int i = 0; i < r->interfaces.count; i++)
		add_interface(r, r->interfaces.at[i]);
	r->config.core.corresponds = true;
}

/* RFC 4285 6: the timestamp is an option of that protocol. Without authentication it protects
 * nothing, and a home agent that does not know it replies without it. */
static void set_replay(struct auth *auth, bool given)
{
	if (!given)
		auth->replay = auth->mode == AUTH_MODE_MN_HA;
}

static int compare_nodes(const void *left, const void *right)
{
	const struct node *l = left, *r = right;

	return memcmp(&l->host.home_address, &r->host.home_address, sizeof(struct in6_addr));
}

static void end_node(struct reader *r)
{
	struct node *node = calloc(1, sizeof(*node)), **found;

	set_replay(&r->node.auth, GIVEN(NODE_replay));
	if (!node || IN6_IS_ADDR_UNSPECIFIED(&r->node.home_address)) {
		r->no_memory |= !node;
		free(node); /* its title is wrong */
		return;
	}
	node->host = r->node;
	node->place = r->places[BLOCK_NODE];
	*r->nodes_end = node;
	r->nodes_end = &node->next;
	r->config.nodes_count++;
	found = tsearch(node, &r->nodes_by_address, compare_nodes);
	r->no_memory |= !found;
	if (found && *found != node)
		complain_of_same(r, node->place, (*found)->place, "the same home address as");
}

static void end_link(struct reader *r)
{
	struct config_mobile_node *host = &r->mobile.host;
	struct config_link *link = &r->link;

	if (!GIVEN(LINK_probe))
		link->probe = CONFIG_PROBE_DEFAULT;
	if (link->name[0] == '\0')
		return; /* its title is wrong */
	if (link->through[0] != '\0')
		r->through_place = r->places[BLOCK_LINK];
	for (unsigned int i = 0; i < host->links_count; i++) {
		if (strcmp(host->links[i].name, link->name) == 0)
			COMPLAIN_OF_BLOCK(r, "a second block for %s", link->name);
		if (link->bid != 0 && host->links[i].bid == link->bid)
			COMPLAIN_OF_BLOCK(
				r, "bid %u is that of %s already", link->bid, host->links[i].name);
	}
	if (host->links_count == BINDINGS_MAX)
		COMPLAIN_OF_BLOCK(r, "more than %d links", BINDINGS_MAX);
	else
		host->links[host->links_count++] = *link;
}

static void end_prefix(struct reader *r)
{
	struct config_mobile_node *host = &r->mobile.host;

	if (r->threshold.length == 0)
		return; /* its title is wrong */
	for (unsigned int i = 0; i < host->thresholds_count; i++)
		if (host->thresholds[i].length == r->threshold.length &&
			IN6_ARE_ADDR_EQUAL(&host->thresholds[i].prefix, &r->threshold.prefix)) {
			COMPLAIN_OF_BLOCK(r, "%s", "a second block for this prefix");
			return;
		}
	/* the last place is that of ::/0 */
	if (host->thresholds_count >= CONFIG_THRESHOLDS_MAX - 1)
		COMPLAIN_OF_BLOCK(r, "more than %d prefixes", CONFIG_THRESHOLDS_MAX - 1);
	else
		host->thresholds[host->thresholds_count++] = r->threshold;
}

/* The block itself speaks of all peers that no prefix names: ::/0, the last one. */
static void end_route_optimization(struct reader *r)
{
	struct config_mobile_node *host = &r->mobile.host;
	bool *on = &r->mobile.node.route_optimization.on;

	if (!GIVEN(ROUTE_OPTIMIZATION_after_packets) && !GIVEN(ROUTE_OPTIMIZATION_after_octets) &&
		!r->others.never)
		r->others.packets = AFTER_PACKETS_DEFAULT;
	if (!*on)
		host->thresholds[host->thresholds_count++] = r->others;
	*on = true;
}

/* The n-th routing table: of the home address, and of each link. */
static uint32_t table_of(const struct config_mobile_node *host, unsigned int n)
{
	return host->table_base + (n > 0 ? host->links[n - 1].bid : 0);
}

/* The first routing table that both use; 0: none. */
static uint32_t common_table(
	const struct config_mobile_node *host, const struct config_mobile_node *other)
{
	for (unsigned int i = 0; i <= host->links_count; i++)
		for (unsigned int j = 0; j <= other->links_count; j++)
			if (table_of(host, i) == table_of(other, j))
				return table_of(host, i);
	return 0;
}

/* The mobile node that ends, with one before. */
static void compare_mobile_nodes(struct reader *r, unsigned int other)
{
	const struct config_mobile_node *host = &r->mobile.host,
					*first = &r->config.mobile_nodes[other];
	struct place place = r->places[BLOCK_MOBILE_NODE],
		     first_place = r->mobile_node_places[other];
	uint32_t table = common_table(host, first);
	char text[80];

	if (same_address(&r->mobile.node.home_address, config_home_address(&r->config, other)))
		complain_of_same(r, place, first_place, "the same home_address as");
	if (host->name[0] != '\0' && strcmp(host->name, first->name) == 0)
		complain_of_same(r, place, first_place, "the same name as");
	snprintf(text, sizeof(text), "routing table %u (table_base and bid) is one of the block",
		table);
	if (table != 0)
		complain_of_same(r, place, first_place, text);
}

static void end_mobile_node(struct reader *r)
{
	struct config *config = &r->config;
	struct config_mobile_node *host = &r->mobile.host;
	struct mobile_node_config *node = &r->mobile.node;
	unsigned int number = config->mobile_nodes_count;
	bool probe = false; /* the core probes if any link is to be probed */

	set_replay(&node->auth, GIVEN(MOBILE_NODE_replay));
	for (unsigned int i = 0; i < host->links_count; i++) {
		if (host->links[i].probe == CONFIG_PROBE_DEFAULT)
			host->links[i].probe = node->probe ? CONFIG_PROBE_ON : CONFIG_PROBE_OFF;
		probe = probe || host->links[i].probe == CONFIG_PROBE_ON;
	}
	node->probe = probe;
	if (!GIVEN(MOBILE_NODE_table_base))
		host->table_base = TABLE_BASE_DEFAULT + TABLES_OF_BLOCK * number;
	check_flows(r);
	for (unsigned int other = 0; other < number; other++)
		compare_mobile_nodes(r, other);
	if (number == MOBILE_NODES_MAX) {
		COMPLAIN_OF_BLOCK(r, "more than %d blocks", MOBILE_NODES_MAX);
		return;
	}
	r->mobile_node_places[number] = r->places[BLOCK_MOBILE_NODE];
	for (unsigned int i = host->flows_count; i-- > 0;)
		if (r->mobile.flows[i].receive.count > 0)
			r->receive_places[number] = r->mobile.flows[i].receive_place;
	r->through_places[number] = r->through_place;
	config->core.mobile_nodes[number] = *node;
	config->mobile_nodes[number] = *host;
	config->core.mobile_nodes_count = ++config->mobile_nodes_count;
}

void block_end(struct reader *r)
{
	static void (*const ends[BLOCKS])(struct reader *) = {
		[BLOCK_HOME_AGENT] = end_home_agent,
		[BLOCK_NODE] = end_node,
		[BLOCK_MOBILE_NODE] = end_mobile_node,
		[BLOCK_LINK] = end_link,
		[BLOCK_FLOW] = end_flow,
		[BLOCK_NEW_FLOWS] = end_new_flows,
		[BLOCK_ROUTE_OPTIMIZATION] = end_route_optimization,
		[BLOCK_PREFIX] = end_prefix,
		[BLOCK_CORRESPONDENT] = end_correspondent,
	};
	enum block block = r->block;

	for (const struct row *row = rows; row < rows + KEYWORDS; row++)
		if (row->block == block && row->opens == BLOCK_NONE && row->initial &&
			strcmp(row->initial, REQUIRED) == 0 && r->given[row - rows] == 0)
			COMPLAIN_OF_BLOCK(r, "%s is missing", row->name);
#define RULE(name, condition, text)                                                                \
	if (block == BLOCK_##name && (condition))                                                  \
		COMPLAIN_OF_BLOCK(r, "%s", text);
#include "keywords.def"
	ends[block](r);
	r->block = blocks[block].outer;
}

/* ---- all of the file ---- */

unsigned int mobile_node_named(
	const struct config *config, const char *name, struct nearest *nearest)
{
	unsigned int m = 0;

	while (m < config->mobile_nodes_count && strcmp(config->mobile_nodes[m].name, name) != 0)
		nearest_offer(nearest, config->mobile_nodes[m++].name);
	return m < config->mobile_nodes_count ? m : MOBILE_NODES_MAX;
}

static void check_home_agent(struct reader *r)
{
	const struct home_agent_config *agent = &r->config.core.home_agent;
	struct config *config = &r->config;
	size_t i = 0;

	config->nodes = calloc(config->nodes_count + 1, sizeof(*config->nodes));
	r->no_memory |= !config->nodes;
	for (struct node *node = r->nodes; node && config->nodes; node = node->next) {
		const struct in6_addr *address = &node->host.home_address;

		config->nodes[i++] = node->host;
		if (is_inside(address, &agent->home_prefix, agent->home_prefix_length, false))
			complain(r, node->place, "mobile_node: home address outside home_prefix");
		if (same_address(address, &agent->address))
			complain(r, node->place,
				"mobile_node: home address is the home agent's own");
	}
	if (config->nodes_max == 0)
		config->nodes_max = i > NODES_DEFAULT ? i : NODES_DEFAULT;
	else if (config->nodes_max < i)
		complain(r, r->places[BLOCK_HOME_AGENT],
			"home_agent: nodes_max is %zu, but there are %zu nodes", config->nodes_max,
			i);
	/* this host cannot be away from a home link that it serves itself */
	for (unsigned int m = 0; m < config->mobile_nodes_count; m++) {
		const struct in6_addr *address = config_home_address(config, m);

		if (same_address(config_home_agent(config, m), &agent->address))
			complain(r, r->mobile_node_places[m],
				"mobile_node: home_agent is this file's own");
		if (is_inside(address, &agent->home_prefix, agent->home_prefix_length, true))
			complain(r, r->mobile_node_places[m],
				"mobile_node: home_address in the home_prefix of this file's "
				"home_agent");
	}
}

/* draft-montavont-mip6-mmi-02 7.1: a BID is sent as CoA ID, which has eight bits. */
static void check_care_of_ids(struct reader *r)
{
	const struct core_config *core = &r->config.core;

	for (unsigned int m = 0; m < core->mobile_nodes_count; m++)
		for (unsigned int i = 0; i < r->config.mobile_nodes[m].links_count; i++)
			if (r->config.mobile_nodes[m].links[i].bid > UINT8_MAX)
				complain(r, r->mobile_node_places[m],
					"mobile_node: bid %u is above 255, with "
					"load_balancing_option",
					r->config.mobile_nodes[m].links[i].bid);
}

static void check_receive(struct reader *r)
{
	for (unsigned int m = 0; m < r->config.core.mobile_nodes_count; m++)
		if (r->receive_places[m].line != 0)
			complain(r, r->receive_places[m],
				"flow: receive without load_balancing_option");
}

void check_all(struct reader *r, const char *file)
{
	const struct core_config *core = &r->config.core;
	struct place correspondent = r->places[BLOCK_CORRESPONDENT];

	if (!core->is_home_agent && !core->corresponds && core->mobile_nodes_count == 0)
		complain(r, (struct place){file, 0, 0},
			"neither a home_agent nor a mobile_node nor a correspondent block");
	if (core->load_balancing_option != 0)
		check_care_of_ids(r);
	else
		check_receive(r);
	if (core->is_home_agent)
		check_home_agent(r);
	check_new_flows(r);
	check_through(r);
	if (core->corresponds && r->config.interfaces_count == 0 && core->mobile_nodes_count == 0)
		complain(r, correspondent, "correspondent: interfaces is missing");
	if (GIVEN(CORRESPONDENT_interfaces) && core->mobile_nodes_count > 0)
		complain(r, correspondent,
			"correspondent: interfaces beside a mobile_node block, whose links are "
			"used");
}

static void nothing(void *node)
{
	(void)node;
}

void forget_nodes(struct reader *r)
{
	tdestroy(r->nodes_by_address, nothing);
	for (struct node *node = r->nodes, *next; node; node = next) {
		next = node->next;
		explicit_bzero(node, sizeof(*node));
		free(node);
	}
}
