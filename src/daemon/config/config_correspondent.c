/* SPDX-License-Identifier: BSD-2-Clause */
/* The correspondent block: alone a correspondent host, beside mobile_node a mobile node that is a
 * correspondent too. */
#include "config_reader.h"

#define LIFETIME_MAX 420 /* RFC 6275 12: MAX_RR_BINDING_LIFETIME */
#define NODES_DEFAULT 10000
#define NODES_MAX 1000000
#define BINDINGS_DEFAULT_HERE 4

static bool set_lifetime_max(const char *value, struct why *why)
{
	return value_seconds_to(
		value, LIFETIME_MAX, &config_reader.correspondent.lifetime_max, why);
}

static bool set_nodes_max(const char *value, struct why *why)
{
	return value_number(value, 1, NODES_MAX, &config_reader.correspondent.nodes_max, why);
}

static bool set_bindings_max(const char *value, struct why *why)
{
	uint32_t most;

	if (!value_number(value, 1, BINDINGS_MAX, &most, why))
		return false;
	config_reader.correspondent.bindings_max = (uint8_t)most;
	return true;
}

static bool set_mcoa(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.correspondent.mcoa, why);
}

static bool set_refresh_request(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.correspondent.refresh_request, why);
}

const struct keyword config_correspondent_keywords[] = {
	{"interfaces", true, config_set_interfaces},
	{"lifetime_max", false, set_lifetime_max},
	{"nodes_max", false, set_nodes_max},
	{"bindings_max", false, set_bindings_max},
	{"mcoa", false, set_mcoa},
	{"refresh_request", false, set_refresh_request},
	{NULL, false, NULL},
};

void config_correspondent_defaults(void)
{
	config_reader.correspondent = (struct correspondent_config){
		.lifetime_max = LIFETIME_MAX,
		.nodes_max = NODES_DEFAULT,
		.bindings_max = BINDINGS_DEFAULT_HERE,
		.mcoa = true,
		.refresh_request = true,
	};
}

int config_correspondent_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_CORRESPONDENT];

	config_note_opening(block, cfg->line);
	config_take_role(ROLE_CORRESPONDENT, block->opened);
	config_reader.corresponds_by_interfaces |= config_was_given(block, "interfaces");
	return config_forget(block, option);
}

void config_correspondent_finish(struct place place, bool alone)
{
	struct core_config *core = &config_reader.config->core;

	if (alone && !config_reader.corresponds_by_interfaces)
		config_complain(place, "correspondent: interfaces is missing");
	if (!alone && config_reader.corresponds_by_interfaces)
		config_complain(place,
			"correspondent: interfaces beside a mobile_node block, whose "
			"links are used");
	core->corresponds = true;
	core->correspondent = config_reader.correspondent;
}
