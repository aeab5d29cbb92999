/* SPDX-License-Identifier: BSD-2-Clause */
/* Relations between keywords and between blocks, a function for each. */
#include "reader.h"

#include "../../wire/icmpv6.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_DEFAULT 1000
#define TABLE_BASE_DEFAULT 7000
#define TABLES_OF_BLOCK 16 /* so many BIDs, without a table_base of their own */
#define AFTER_PACKETS_DEFAULT 20
#define INTERFACES_MAX (sizeof(((struct interfaces *)0)->names) / IFNAMSIZ)

#define GIVEN(reader, keyword) keyword_was_given(reader, KEYWORD_##keyword)

/* Complains about the open block, and about one that has ended. */
#define WRONG(reader, format, ...)                                                                 \
	complain(&(reader)->complaints, (reader)->open[(reader)->block].place, "%s: " format,      \
		block_rows[(reader)->block].name, __VA_ARGS__)
#define WRONG_AT(reader, place, ...) complain(&(reader)->complaints, place, __VA_ARGS__)

static void wrong_if(struct reader *reader, bool wrong, const char *text)
{
	if (wrong)
		WRONG(reader, "%s", text);
}

static void wrong_node_if(struct reader *reader, bool wrong, struct place place, const char *text)
{
	if (wrong)
		WRONG_AT(reader, place, "mobile_node: %s", text);
}

/* Another mobile_node block has the same. */
static void wrong_like_if(
	struct reader *reader, bool wrong, struct place place, struct place first, const char *what)
{
	const char *slash = strrchr(first.file, '/');

	if (wrong)
		WRONG_AT(reader, place, "mobile_node: %s in line %d of %s", what, first.line,
			slash ? slash + 1 : first.file);
}

/* A title that is missing has been complained of. */
static bool title_is_right(struct reader *reader, bool right, const struct why *why)
{
	wrong_if(reader, !right && reader->open[reader->block].title[0], why->text);
	return right;
}

static bool same_address(const struct in6_addr *left, const struct in6_addr *right)
{
	return IN6_ARE_ADDR_EQUAL(left, right) && !IN6_IS_ADDR_UNSPECIFIED(left);
}

bool rules_path(const struct reader *reader, const char *name, char *ret, size_t capacity)
{
	const char *from = reader->source->text.name, *slash = strrchr(from, '/');
	int directory = name[0] == '/' || !slash ? 0 : (int)(slash - from) + 1;
	int length = snprintf(ret, capacity, "%.*s%s", directory, from, name);

	return length >= 0 && (size_t)length < capacity;
}

/* ---- interfaces: home agent and correspondent may share them ---- */

static bool stands_in(char names[][IFNAMSIZ], unsigned int count, const char *name)
{
	while (count > 0 && strcmp(names[count - 1], name) != 0)
		count--;
	return count > 0;
}

bool rules_add_interface(struct reader *reader, const char *value, struct why *why)
{
	struct interfaces *interfaces = &reader->interfaces;
	char name[IFNAMSIZ];

	if (!value_interface(value, name, sizeof(name), why))
		return false;
	if (stands_in(interfaces->names, interfaces->count, name))
		snprintf(why->text, sizeof(why->text), "%s stands there twice", name);
	else if (interfaces->count == INTERFACES_MAX)
		snprintf(why->text, sizeof(why->text), "more than %zu", INTERFACES_MAX);
	else
		memcpy(interfaces->names[interfaces->count++], name, sizeof(name));
	return why->text[0] == '\0';
}

static void merge_interface(struct reader *reader, const char *name, const char *with)
{
	struct config *config = &reader->config;

	if (stands_in(config->interfaces, config->interfaces_count, name))
		return;
	if (config->interfaces_count == INTERFACES_MAX)
		WRONG(reader, "more than %zu interfaces%s", INTERFACES_MAX, with);
	else
		memcpy(config->interfaces[config->interfaces_count++], name, IFNAMSIZ);
}

static void merge_interfaces(struct reader *reader)
{
	for (unsigned int i = 0; i < reader->interfaces.count; i++)
		merge_interface(reader, reader->interfaces.names[i], "");
}

/* ---- authentication ---- */

static void check_authentication(struct reader *reader)
{
	struct auth *auth = &reader->auth;
	bool insecure = auth->mode == AUTH_MODE_INSECURE_NONE;
	bool key = GIVEN(reader, AUTHENTICATION_key) || GIVEN(reader, AUTHENTICATION_key_file);
	bool spi = GIVEN(reader, AUTHENTICATION_spi);

	/* RFC 4285 6: the timestamp is an option of that protocol. Without authentication it
	 * protects nothing, and a home agent that does not know it replies without it. */
	if (!GIVEN(reader, AUTHENTICATION_replay))
		auth->replay = !insecure;
	wrong_if(reader, auth->replay && insecure,
		"replay = true with authentication = insecure-none");
	wrong_if(reader, !insecure && !spi, "spi is missing");
	wrong_if(reader, !insecure && !key, "neither key nor key_file");
	wrong_if(reader, insecure && (key || spi),
		"a key or spi with authentication = insecure-none");
}

/* ---- home_agent, and the mobile_node blocks in it ---- */

/* Room for one node more, of which the keys do not stay behind in freed memory. */
static bool make_room(struct reader *reader)
{
	struct config *config = &reader->config;
	size_t room = reader->nodes_room ? 2 * reader->nodes_room : 16;
	struct host_node *nodes;
	struct place *places;

	if (config->nodes_count < reader->nodes_room)
		return true;
	places = reallocarray(reader->node_places, room, sizeof(*places));
	if (places)
		reader->node_places = places;
	nodes = places ? calloc(room, sizeof(*nodes)) : NULL;
	if (!nodes)
		return false;
	if (config->nodes) {
		memcpy(nodes, config->nodes, config->nodes_count * sizeof(*nodes));
		explicit_bzero(config->nodes, config->nodes_count * sizeof(*nodes));
		free(config->nodes);
	}
	config->nodes = nodes;
	reader->nodes_room = room;
	return true;
}

static void end_node(struct reader *reader)
{
	const struct open *open = &reader->open[BLOCK_NODE];
	struct config *config = &reader->config;
	struct why why;

	check_authentication(reader);
	reader->node.auth = reader->auth;
	if (!title_is_right(
		    reader, value_address(open->title, &reader->node.home_address, &why), &why))
		return;
	if (!make_room(reader)) {
		reader->complaints.stopped = reader->complaints.no_memory = true;
		return;
	}
	reader->node_places[config->nodes_count] = open->place;
	config->nodes[config->nodes_count++] = reader->node;
}

static void end_home_agent(struct reader *reader)
{
	struct config *config = &reader->config;
	bool home_link = GIVEN(reader, HOME_AGENT_home_link);

	wrong_if(reader, !home_link && GIVEN(reader, HOME_AGENT_only_router),
		"only_router without home_link");
	wrong_if(reader, !home_link && GIVEN(reader, HOME_AGENT_home_and_foreign),
		"home_and_foreign without home_link");
	wrong_if(
		reader, !home_link && GIVEN(reader, HOME_AGENT_dad_ms), "dad_ms without home_link");
	wrong_if(reader, config->home_prefix_preferred > config->home_prefix_valid,
		"home_prefix_preferred is greater than home_prefix_valid");
	merge_interfaces(reader);
	config->core.is_home_agent = true;
	config->core.home_agent.home_link = config->home_link[0] != '\0';
	if (config->core.home_agent.home_link)
		merge_interface(reader, config->home_link, " with home_link");
}

static bool in_home_prefix(const struct reader *reader, const struct in6_addr *address)
{
	const struct home_agent_config *agent = &reader->config.core.home_agent;

	return address_in_prefix(address, &agent->home_prefix, agent->home_prefix_length);
}

struct numbered {
	struct in6_addr home_address;
	size_t number;
};

/* By home address, and then as they stand in the file. */
static int compare_nodes(const void *left, const void *right)
{
	const struct numbered *l = left, *r = right;
	int order = memcmp(&l->home_address, &r->home_address, sizeof(l->home_address));

	return order != 0 ? order : (l->number > r->number) - (l->number < r->number);
}

static void check_nodes(struct reader *reader)
{
	const struct home_agent_config *agent = &reader->config.core.home_agent;
	const struct config *config = &reader->config;
	struct numbered *order = calloc(config->nodes_count + 1, sizeof(*order));

	reader->complaints.no_memory |= !order;
	for (size_t i = 0; order && i < config->nodes_count; i++) {
		const struct in6_addr *address = &config->nodes[i].home_address;

		order[i] = (struct numbered){*address, i};
		wrong_node_if(reader,
			agent->home_prefix_length != 0 && !in_home_prefix(reader, address),
			reader->node_places[i], "home address outside home_prefix");
		wrong_node_if(reader, same_address(address, &agent->address),
			reader->node_places[i], "home address is the home agent's own");
	}
	if (order)
		qsort(order, config->nodes_count, sizeof(*order), compare_nodes);
	for (size_t i = 1; order && i < config->nodes_count; i++)
		wrong_like_if(reader,
			same_address(&order[i - 1].home_address, &order[i].home_address),
			reader->node_places[order[i].number],
			reader->node_places[order[i - 1].number], "the same home address as");
	free(order);
}

static void finish_home_agent(struct reader *reader, struct place place)
{
	struct config *config = &reader->config;
	size_t least = config->nodes_count;

	check_nodes(reader);
	if (config->nodes_max == 0)
		config->nodes_max = NODES_DEFAULT < least ? least : NODES_DEFAULT;
	else if (config->nodes_max < least)
		WRONG_AT(reader, place, "home_agent: nodes_max is %zu, but there are %zu nodes",
			config->nodes_max, least);
}

/* ---- mobile_node, and the blocks in it ---- */

static void end_link(struct reader *reader)
{
	struct config_mobile_node *host = &reader->host;
	struct config_link *link = &reader->link;
	struct why why;

	if (!GIVEN(reader, LINK_probe))
		link->probe = CONFIG_PROBE_DEFAULT;
	if (!title_is_right(reader,
		    value_interface(
			    reader->open[BLOCK_LINK].title, link->name, sizeof(link->name), &why),
		    &why))
		return;
	for (unsigned int i = 0; i < host->links_count; i++) {
		const struct config_link *other = &host->links[i];

		if (strcmp(other->name, link->name) == 0)
			WRONG(reader, "a second block for %s", link->name);
		if (link->bid != 0 && other->bid == link->bid)
			WRONG(reader, "bid %u is that of %s already", link->bid, other->name);
	}
	if (host->links_count == BINDINGS_MAX)
		WRONG(reader, "more than %d links", BINDINGS_MAX);
	else
		host->links[host->links_count++] = *link;
}

/* Whether the open block, a prefix or all others, says from when on. */
static bool says_when(struct reader *reader, bool after, const struct config_threshold *threshold)
{
	wrong_if(reader, after && threshold->never, "never, but after_packets or after_octets too");
	return after || threshold->never;
}

static void end_prefix(struct reader *reader)
{
	struct config_mobile_node *host = &reader->host;
	struct config_threshold *threshold = &reader->threshold;
	struct why why;

	if (!title_is_right(reader,
		    value_prefix(reader->open[BLOCK_PREFIX].title, 128, &threshold->prefix,
			    &threshold->length, &why),
		    &why))
		return;
	if (!says_when(reader,
		    GIVEN(reader, PREFIX_after_packets) || GIVEN(reader, PREFIX_after_octets),
		    threshold)) {
		wrong_if(reader, true, "none of after_packets, after_octets, never");
		return;
	}
	for (unsigned int i = 0; i < host->thresholds_count; i++)
		wrong_if(reader,
			host->thresholds[i].length == threshold->length &&
				IN6_ARE_ADDR_EQUAL(&host->thresholds[i].prefix, &threshold->prefix),
			"a second block for this prefix");
	/* a second route_optimization block follows the last one's ::/0 */
	if (host->thresholds_count >= CONFIG_THRESHOLDS_MAX - 1)
		WRONG(reader, "more than %d prefixes", CONFIG_THRESHOLDS_MAX - 1);
	else
		host->thresholds[host->thresholds_count++] = *threshold;
}

/* What the block itself says is of all that no prefix names: ::/0, the last one. */
static void end_route_optimization(struct reader *reader)
{
	struct config_mobile_node *host = &reader->host;
	bool *on = &reader->mobile_node.route_optimization.on;

	if (!says_when(reader,
		    GIVEN(reader, ROUTE_OPTIMIZATION_after_packets) ||
			    GIVEN(reader, ROUTE_OPTIMIZATION_after_octets),
		    &reader->everybody))
		reader->everybody.packets = AFTER_PACKETS_DEFAULT;
	wrong_if(reader, *on, "a second block of this kind");
	if (!*on)
		host->thresholds[host->thresholds_count++] = reader->everybody;
	*on = true;
}

/* A link says otherwise than its mobile_node block: the core probes if any is to be probed. */
static void set_probes(struct reader *reader)
{
	struct config_mobile_node *host = &reader->host;
	bool any = false;

	for (unsigned int i = 0; i < host->links_count; i++) {
		enum config_probe *probe = &host->links[i].probe;

		if (*probe == CONFIG_PROBE_DEFAULT)
			*probe = reader->mobile_node.probe ? CONFIG_PROBE_ON : CONFIG_PROBE_OFF;
		any = any || *probe == CONFIG_PROBE_ON;
	}
	reader->mobile_node.probe = any;
}

static void check_mobile_node(struct reader *reader)
{
	const struct mobile_node_config *node = &reader->mobile_node;
	bool prefix = GIVEN(reader, MOBILE_NODE_home_prefix);

	/* RFC 6275 11.4.1: with a home prefix, a home agent can be found. */
	wrong_if(
		reader, !prefix && !GIVEN(reader, MOBILE_NODE_home_agent), "home_agent is missing");
	wrong_if(reader, !prefix && GIVEN(reader, MOBILE_NODE_at_home),
		"at_home without home_prefix");
	check_authentication(reader);
	wrong_if(reader, reader->host.links_count == 0, "no link");
	wrong_if(reader, same_address(&node->home_address, &node->home_agent),
		"home_address is that of home_agent");
	wrong_if(reader,
		node->home_prefix_length != 0 && !IN6_IS_ADDR_UNSPECIFIED(&node->home_address) &&
			!address_in_prefix(
				&node->home_address, &node->home_prefix, node->home_prefix_length),
		"home_address outside home_prefix");
	wrong_if(reader,
		node->suspect_after_ms != 0 && node->dead_after_ms != 0 &&
			node->dead_after_ms <= node->suspect_after_ms,
		"dead_after_ms is not greater than suspect_after_ms");
}

static void end_mobile_node(struct reader *reader)
{
	const struct open *open = &reader->open[BLOCK_MOBILE_NODE];
	struct config *config = &reader->config;
	unsigned int number = config->mobile_nodes_count;
	struct config_mobile_node *host = &reader->host;
	struct why why;

	check_mobile_node(reader);
	set_probes(reader);
	title_is_right(reader, value_name(open->title, host->name, sizeof(host->name), &why), &why);
	if (!GIVEN(reader, MOBILE_NODE_table_base))
		host->table_base = TABLE_BASE_DEFAULT + TABLES_OF_BLOCK * number;
	reader->mobile_node.auth = reader->auth;
	if (number == MOBILE_NODES_MAX) {
		WRONG(reader, "more than %d blocks", MOBILE_NODES_MAX);
	} else {
		reader->mobile_node_places[number] = open->place;
		config->core.mobile_nodes[number] = reader->mobile_node;
		config->mobile_nodes[number] = *host;
		config->core.mobile_nodes_count = ++config->mobile_nodes_count;
	}
	*host = (struct config_mobile_node){.links_count = 0};
}

/* The n-th routing table: of the home address, and of each link. */
static uint32_t table_of(const struct config_mobile_node *host, unsigned int n)
{
	return host->table_base + (n > 0 ? host->links[n - 1].bid : 0);
}

static void check_tables(struct reader *reader, unsigned int number, unsigned int other)
{
	const struct config_mobile_node *host = &reader->config.mobile_nodes[number];
	const struct config_mobile_node *first = &reader->config.mobile_nodes[other];
	char text[80];

	for (unsigned int i = 0; i <= host->links_count; i++) {
		for (unsigned int j = 0; j <= first->links_count; j++) {
			if (table_of(host, i) != table_of(first, j))
				continue;
			snprintf(text, sizeof(text),
				"routing table %u (table_base and bid) is one of the block",
				table_of(host, i));
			wrong_like_if(reader, true, reader->mobile_node_places[number],
				reader->mobile_node_places[other], text);
			return;
		}
	}
}

static void check_mobile_nodes_differ(
	struct reader *reader, unsigned int number, unsigned int other)
{
	const struct mobile_node_config *nodes = reader->config.core.mobile_nodes;
	const struct config_mobile_node *hosts = reader->config.mobile_nodes;
	struct place place = reader->mobile_node_places[number];
	struct place first = reader->mobile_node_places[other];

	wrong_like_if(reader, same_address(&nodes[number].home_address, &nodes[other].home_address),
		place, first, "the same home_address as");
	wrong_like_if(reader,
		hosts[number].name[0] && strcmp(hosts[number].name, hosts[other].name) == 0, place,
		first, "the same name as");
	check_tables(reader, number, other);
}

/* This host cannot be away from a home link that it serves itself. */
static void check_other_home(struct reader *reader, unsigned int number)
{
	const struct mobile_node_config *node = &reader->config.core.mobile_nodes[number];
	const struct home_agent_config *agent = &reader->config.core.home_agent;
	struct place place = reader->mobile_node_places[number];

	wrong_node_if(reader, same_address(&node->home_agent, &agent->address), place,
		"home_agent is this file's own");
	wrong_node_if(reader,
		agent->home_prefix_length != 0 && in_home_prefix(reader, &node->home_address),
		place, "home_address in the home_prefix of this file's home_agent");
}

/* ---- correspondent ---- */

static void end_correspondent(struct reader *reader)
{
	merge_interfaces(reader);
	reader->config.core.corresponds = true;
}

static void finish_correspondent(struct reader *reader, struct place place)
{
	const struct core_config *core = &reader->config.core;
	bool interfaces = GIVEN(reader, CORRESPONDENT_interfaces);

	if (reader->config.interfaces_count == 0 && core->mobile_nodes_count == 0)
		WRONG_AT(reader, place, "correspondent: interfaces is missing");
	if (interfaces && core->mobile_nodes_count > 0)
		WRONG_AT(reader, place,
			"correspondent: interfaces beside a mobile_node block, whose links are "
			"used");
}

/* ---- all of it ---- */

void rules_end(struct reader *reader)
{
	static void (*const ends[BLOCKS])(struct reader *) = {
		[BLOCK_HOME_AGENT] = end_home_agent,
		[BLOCK_NODE] = end_node,
		[BLOCK_MOBILE_NODE] = end_mobile_node,
		[BLOCK_LINK] = end_link,
		[BLOCK_ROUTE_OPTIMIZATION] = end_route_optimization,
		[BLOCK_PREFIX] = end_prefix,
		[BLOCK_CORRESPONDENT] = end_correspondent,
	};

	ends[reader->block](reader);
}

void rules_finish(struct reader *reader, const char *file)
{
	const struct core_config *core = &reader->config.core;

	if (!core->is_home_agent && !core->corresponds && core->mobile_nodes_count == 0)
		WRONG_AT(reader, ((struct place){file, 0, 0}),
			"neither a home_agent nor a mobile_node nor a correspondent block");
	if (core->is_home_agent)
		finish_home_agent(reader, reader->open[BLOCK_HOME_AGENT].place);
	for (unsigned int i = 0; i < core->mobile_nodes_count; i++) {
		for (unsigned int other = 0; other < i; other++)
			check_mobile_nodes_differ(reader, i, other);
		if (core->is_home_agent)
			check_other_home(reader, i);
	}
	if (core->corresponds)
		finish_correspondent(reader, reader->open[BLOCK_CORRESPONDENT].place);
}
