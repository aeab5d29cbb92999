/* SPDX-License-Identifier: BSD-2-Clause */
/* The home_agent block. */
#include "config_reader.h"

#include <string.h>

#define NODES_DEFAULT 1000
#define LIFETIME_MAX_DEFAULT 300
#define DAD_MS_DEFAULT 1000 /* RFC 4861 10: RETRANS_TIMER, RFC 4862 5.1: one solicitation */
#define DAD_MS_MAX 10000
#define ADVERTISEMENT_MAX_S 86400

static bool set_address(const char *value, struct why *why)
{
	return value_address(value, &config_reader.home_agent.address, why);
}

static bool set_home_prefix(const char *value, struct why *why)
{
	config_reader.has_prefix = value_prefix(value, &config_reader.home_agent.home_prefix,
		&config_reader.home_agent.home_prefix_length, why);
	return config_reader.has_prefix;
}

static bool set_lifetime_max(const char *value, struct why *why)
{
	return value_lifetime(value, LIFETIME_UNIT, &config_reader.home_agent.lifetime_max, why);
}

static bool set_refresh_interval(const char *value, struct why *why)
{
	return value_seconds(value, 0, &config_reader.home_agent.refresh_interval, why);
}

static bool set_store(const char *value, struct why *why)
{
	struct config_path *path = &config_reader.config->store;

	if (strcmp(value, "none") == 0) {
		path->text[0] = '\0';
		return true;
	}
	return value_path(value, path->text, sizeof(path->text), why);
}

static bool set_store_durable(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.config->store_durable, why);
}

static bool set_nodes_max(const char *value, struct why *why)
{
	uint32_t most;

	if (!value_number(value, 1, 1 << 24, &most, why))
		return false;
	config_reader.config->nodes_max = most;
	return true;
}

static bool set_agent_mcoa(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.mcoa, why);
}

static bool set_agent_bulk(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.bulk, why);
}

static bool set_refresh_request(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.refresh_request, why);
}

static bool set_home_link(const char *value, struct why *why)
{
	struct config *config = config_reader.config;

	return value_interface(value, config->home_link, sizeof(config->home_link), why);
}

static bool set_only_router(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.only_router, why);
}

static bool set_home_and_foreign(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.home_and_foreign, why);
}

static bool set_dad_ms(const char *value, struct why *why)
{
	return value_number(value, 0, DAD_MS_MAX, &config_reader.home_agent.dad_ms, why);
}

static bool set_discovery(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.discovery, why);
}

static bool set_preference(const char *value, struct why *why)
{
	uint32_t preference;

	if (!value_number(value, 0, UINT16_MAX, &preference, why))
		return false;
	config_reader.home_agent.preference = (uint16_t)preference;
	return true;
}

static bool set_prefix_advertisement(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.home_agent.prefix_advertisement, why);
}

static bool set_prefix_advertisement_min(const char *value, struct why *why)
{
	return value_number(
		value, 1, ADVERTISEMENT_MAX_S, &config_reader.home_agent.advertisement_min_s, why);
}

static bool set_prefix_advertisement_max(const char *value, struct why *why)
{
	return value_number(
		value, 1, ADVERTISEMENT_MAX_S, &config_reader.home_agent.advertisement_max_s, why);
}

static bool set_home_prefix_valid(const char *value, struct why *why)
{
	return value_prefix_lifetime(value, &config_reader.config->home_prefix_valid, why);
}

static bool set_home_prefix_preferred(const char *value, struct why *why)
{
	return value_prefix_lifetime(value, &config_reader.config->home_prefix_preferred, why);
}

const struct keyword config_home_agent_keywords[] = {
	{"address", false, set_address},
	{"home_prefix", false, set_home_prefix},
	{"interfaces", true, config_set_interfaces},
	{"lifetime_max", false, set_lifetime_max},
	{"refresh_interval", false, set_refresh_interval},
	{"mcoa", false, set_agent_mcoa},
	{"bulk", false, set_agent_bulk},
	{"refresh_request", false, set_refresh_request},
	{"nodes_max", false, set_nodes_max},
	{"home_link", false, set_home_link},
	{"only_router", false, set_only_router},
	{"home_and_foreign", false, set_home_and_foreign},
	{"dad_ms", false, set_dad_ms},
	{"discovery", false, set_discovery},
	{"preference", false, set_preference},
	{"prefix_advertisement", false, set_prefix_advertisement},
	{"prefix_advertisement_min", false, set_prefix_advertisement_min},
	{"prefix_advertisement_max", false, set_prefix_advertisement_max},
	{"home_prefix_valid", false, set_home_prefix_valid},
	{"home_prefix_preferred", false, set_home_prefix_preferred},
	{"store", false, set_store},
	{"store_durable", false, set_store_durable},
	{NULL, false, NULL},
};

/* What speaks of a home link means nothing without one. */
static void demand_home_link(const struct block *block)
{
	static const char *const names[] = {"only_router", "home_and_foreign", "dad_ms"};

	if (config_was_given(block, "home_link"))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (config_was_given(block, names[i]))
			config_complain(
				block->opened, "home_agent: %s without home_link", names[i]);
}

static void check_lifetimes(const struct block *block)
{
	const struct config *config = config_reader.config;

	if (config->home_prefix_preferred > config->home_prefix_valid)
		config_complain(block->opened,
			"home_agent: home_prefix_preferred is greater than home_prefix_valid");
}

/* It is an interface like the others, and more. */
static void add_home_link(struct place place)
{
	struct config *config = config_reader.config;
	unsigned int room = sizeof(config->interfaces) / sizeof(config->interfaces[0]);

	for (unsigned int i = 0; i < config->interfaces_count; i++)
		if (strcmp(config->interfaces[i], config->home_link) == 0)
			return;
	if (config->interfaces_count == room)
		config_complain(place, "home_agent: more than %u interfaces with home_link", room);
	else
		memcpy(config->interfaces[config->interfaces_count++], config->home_link,
			sizeof(config->home_link));
}

void config_home_agent_defaults(void)
{
	struct config *config = config_reader.config;
	struct home_agent_config *agent = &config_reader.home_agent;

	strcpy(config->store.text, "/var/lib/monami/home-agent.db");
	config->store_durable = true;
	config->home_prefix_valid = SECONDS_INFINITE;
	config->home_prefix_preferred = SECONDS_INFINITE;
	agent->lifetime_max = LIFETIME_MAX_DEFAULT;
	agent->mcoa = true;
	agent->bulk = true;
	agent->refresh_request = true;
	agent->home_and_foreign = true;
	agent->dad_ms = DAD_MS_DEFAULT;
	agent->discovery = true;
	agent->prefix_advertisement = true;
}

int config_home_agent_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_HOME_AGENT];

	config_note_opening(block, cfg->line);
	config_take_role(ROLE_HOME_AGENT, block->opened);
	config_demand(block, "address");
	config_demand(block, "home_prefix");
	config_demand(block, "interfaces");
	demand_home_link(block);
	check_lifetimes(block);
	return config_forget(block, option);
}

void config_home_agent_finish(struct place place)
{
	struct config *config = config_reader.config;

	config_check_nodes();
	if (config->nodes_max == 0)
		config->nodes_max =
			NODES_DEFAULT < config->nodes_count ? config->nodes_count : NODES_DEFAULT;
	else if (config->nodes_max < config->nodes_count)
		config_complain(place, "home_agent: nodes_max is %zu, but there are %zu nodes",
			config->nodes_max, config->nodes_count);
	config_reader.home_agent.home_link = config->home_link[0] != '\0';
	if (config_reader.home_agent.home_link)
		add_home_link(place);
	config->core.is_home_agent = true;
	config->core.home_agent = config_reader.home_agent;
}
