/* SPDX-License-Identifier: BSD-2-Clause */
/* A mobile_node block inside the home_agent block: a mobile node that may register. */
#include "config_reader.h"

#include <stdlib.h>
#include <string.h>

static bool set_bindings_max(const char *value, struct why *why)
{
	uint32_t most;

	if (!value_number(value, 1, BINDINGS_MAX, &most, why))
		return false;
	config_reader.node.bindings_max = (uint8_t)most;
	return true;
}

/* The configuration says what is allowed, the core is told what is prohibited. */
static bool set_prohibited(const char *value, bool *ret, struct why *why)
{
	bool allowed;

	if (!value_bool(value, &allowed, why))
		return false;
	*ret = !allowed;
	return true;
}

static bool set_mcoa(const char *value, struct why *why)
{
	return set_prohibited(value, &config_reader.node.mcoa_prohibited, why);
}

static bool set_bulk(const char *value, struct why *why)
{
	return set_prohibited(value, &config_reader.node.bulk_prohibited, why);
}

static bool set_verify(const char *value, struct why *why)
{
	static const char *const words[] = {
		[VERIFY_OFF] = "off",
		[VERIFY_NO_BULK] = "no_bulk",
		[VERIFY_PROBE] = "probe",
	};
	unsigned int which;

	if (!value_word(value, words, sizeof(words) / sizeof(words[0]), &which, why))
		return false;
	config_reader.node.verify = (enum verify)which;
	return true;
}

const struct keyword config_node_keywords[] = {
	CONFIG_AUTHENTICATION_KEYWORDS,
	{"bindings_max", false, set_bindings_max},
	{"mcoa", false, set_mcoa},
	{"bulk", false, set_bulk},
	{"verify", false, set_verify},
	{NULL, false, NULL},
};

/* Room for one node more, of which the keys do not stay behind in freed memory. */
static bool make_room(void)
{
	struct config *config = config_reader.config;
	size_t room = config_reader.nodes_room ? 2 * config_reader.nodes_room : 16;
	struct host_node *nodes;
	struct place *places;

	if (config->nodes_count < config_reader.nodes_room)
		return true;
	places = reallocarray(config_reader.node_places, room, sizeof(*places));
	if (!places)
		return false;
	config_reader.node_places = places;
	nodes = calloc(room, sizeof(*nodes));
	if (!nodes)
		return false;
	if (config->nodes) {
		memcpy(nodes, config->nodes, config->nodes_count * sizeof(*nodes));
		explicit_bzero(config->nodes, config->nodes_count * sizeof(*nodes));
		free(config->nodes);
	}
	config->nodes = nodes;
	config_reader.nodes_room = room;
	return true;
}

static void add_node(const char *title, struct place place)
{
	struct host_node node = config_reader.node;
	struct why why;

	node.auth = config_reader.auth.auth;
	if (!value_address(title, &node.home_address, &why)) {
		config_complain(place, "mobile_node: %s", why.text);
	} else if (!make_room()) {
		config_out_of_memory();
	} else {
		config_reader.node_places[config_reader.config->nodes_count] = place;
		config_reader.config->nodes[config_reader.config->nodes_count++] = node;
	}
	explicit_bzero(&node, sizeof(node));
}

void config_node_reset(void)
{
	config_reader.node = (struct host_node){.bindings_max = BINDINGS_DEFAULT};
	config_reset_authentication();
}

int config_node_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_NODE];

	/* the first block of its kind opens the one around it */
	config_note_opening(&config_blocks[BLOCK_HOME_AGENT], config_reader.root->line);
	config_note_opening(block, cfg->line);
	config_demand_authentication(block);
	add_node(config_last_title(option), block->opened);
	config_node_reset();
	return config_forget(block, option);
}

/* By home address, and then as they stand in the file. */
static int compare_nodes(const void *left, const void *right)
{
	size_t l = *(const size_t *)left, r = *(const size_t *)right;
	const struct host_node *nodes = config_reader.config->nodes;
	int order = memcmp(
		&nodes[l].home_address, &nodes[r].home_address, sizeof(nodes[l].home_address));

	return order != 0 ? order : (l > r) - (l < r);
}

static void check_home_addresses_differ(void)
{
	const struct config *config = config_reader.config;
	size_t *order = calloc(config->nodes_count + 1, sizeof(*order));
	size_t i;

	if (!order) {
		config_out_of_memory();
		return;
	}
	for (i = 0; i < config->nodes_count; i++)
		order[i] = i;
	qsort(order, config->nodes_count, sizeof(*order), compare_nodes);
	for (i = 1; i < config->nodes_count; i++) {
		const struct place *first = &config_reader.node_places[order[i - 1]];

		if (memcmp(&config->nodes[order[i - 1]].home_address,
			    &config->nodes[order[i]].home_address, sizeof(struct in6_addr)) == 0)
			config_complain(config_reader.node_places[order[i]],
				"mobile_node: the same home address as in line %d of %s",
				first->line, config_base_name(first->file));
	}
	free(order);
}

void config_check_nodes(void)
{
	const struct home_agent_config *agent = &config_reader.home_agent;
	const struct config *config = config_reader.config;
	size_t i;

	for (i = 0; i < config->nodes_count; i++) {
		const struct in6_addr *home_address = &config->nodes[i].home_address;

		if (config_reader.has_prefix && !prefix_contains(&agent->home_prefix,
							agent->home_prefix_length, home_address))
			config_complain(config_reader.node_places[i],
				"mobile_node: home address outside home_prefix");
		if (IN6_ARE_ADDR_EQUAL(home_address, &agent->address))
			config_complain(config_reader.node_places[i],
				"mobile_node: home address is the home agent's own");
	}
	check_home_addresses_differ();
}
