/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The route_optimization block of a mobile node, and the prefix blocks in it: whom to reach
 * directly, and from when on it is worth it.
 */
#include "config_reader.h"

#include <string.h>

#define LIFETIME_MAX 420 /* RFC 6275 12: MAX_RR_BINDING_LIFETIME */
#define IDLE_DEFAULT 60
#define REFUSED_DEFAULT 600
#define SECONDS_MAX 86400
#define CORRESPONDENTS_DEFAULT 64
#define CORRESPONDENTS_MAX 4096
/* More than a name look-up or a ping, and less than anything that lasts. */
#define AFTER_PACKETS_DEFAULT 20

static struct route_optimization_config *optimization(void)
{
	return &config_reader.mobile_node.route_optimization;
}

static bool set_lifetime(const char *value, struct why *why)
{
	return value_seconds_to(value, LIFETIME_MAX, &optimization()->lifetime, why);
}

static bool set_idle(const char *value, struct why *why)
{
	return value_number(value, 1, SECONDS_MAX, &optimization()->idle_s, why);
}

static bool set_refused(const char *value, struct why *why)
{
	return value_number(value, 1, SECONDS_MAX, &optimization()->refused_s, why);
}

static bool set_correspondents_max(const char *value, struct why *why)
{
	return value_number(value, 1, CORRESPONDENTS_MAX, &optimization()->correspondents_max, why);
}

static bool set_count(const char *value, uint64_t *ret, struct why *why)
{
	uint32_t count;

	if (!value_number(value, 1, UINT32_MAX, &count, why))
		return false;
	*ret = count;
	return true;
}

static bool set_default_packets(const char *value, struct why *why)
{
	return set_count(value, &config_reader.worth_default.packets, why);
}

static bool set_default_octets(const char *value, struct why *why)
{
	return set_count(value, &config_reader.worth_default.octets, why);
}

static bool set_default_never(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.worth_default.never, why);
}

static bool set_packets(const char *value, struct why *why)
{
	return set_count(value, &config_reader.worth.packets, why);
}

static bool set_octets(const char *value, struct why *why)
{
	return set_count(value, &config_reader.worth.octets, why);
}

static bool set_never(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.worth.never, why);
}

const struct keyword config_route_optimization_keywords[] = {
	{"lifetime", false, set_lifetime},
	{"idle", false, set_idle},
	{"refused", false, set_refused},
	{"correspondents_max", false, set_correspondents_max},
	{"after_packets", false, set_default_packets},
	{"after_octets", false, set_default_octets},
	{"never", false, set_default_never},
	{NULL, false, NULL},
};

const struct keyword config_worth_keywords[] = {
	{"after_packets", false, set_packets},
	{"after_octets", false, set_octets},
	{"never", false, set_never},
	{NULL, false, NULL},
};

/* Whether the open block says from when on; false after a complaint, or if it says nothing. */
static bool says_when(const struct block *block, const struct config_threshold *worth)
{
	bool after =
		config_was_given(block, "after_packets") || config_was_given(block, "after_octets");

	if (after && worth->never)
		config_complain(block->opened, "%s: never, but after_packets or after_octets too",
			block->name);
	return after || worth->never;
}

static void add_worth(struct place place, const struct config_threshold *worth)
{
	struct config *config = config_reader.config;

	for (unsigned int i = 0; i < config->mobile_nodes[0].thresholds_count; i++)
		if (config->mobile_nodes[0].thresholds[i].length == worth->length &&
			IN6_ARE_ADDR_EQUAL(
				&config->mobile_nodes[0].thresholds[i].prefix, &worth->prefix))
			config_complain(place, "prefix: a second block for this prefix");
	if (config->mobile_nodes[0].thresholds_count == CONFIG_THRESHOLDS_MAX - 1)
		config_complain(place, "prefix: more than %d prefixes", CONFIG_THRESHOLDS_MAX - 1);
	else
		config->mobile_nodes[0].thresholds[config->mobile_nodes[0].thresholds_count++] =
			*worth;
}

int config_worth_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_WORTH];
	struct config_threshold *worth = &config_reader.worth;
	struct why why;

	config_note_opening(&config_blocks[BLOCK_MOBILE_NODE], config_reader.root->line);
	config_note_outer_opening(&config_blocks[BLOCK_ROUTE_OPTIMIZATION]);
	config_note_opening(block, cfg->line);
	if (!value_peers(config_last_title(option), &worth->prefix, &worth->length, &why))
		config_complain(block->opened, "prefix: %s", why.text);
	else if (!says_when(block, worth))
		config_complain(
			block->opened, "prefix: none of after_packets, after_octets, never");
	else
		add_worth(block->opened, worth);
	config_reader.worth = (struct config_threshold){.length = 0};
	return config_forget(block, option);
}

/* What holds for all whom no prefix names: ::/0 */
static void add_default(const struct block *block)
{
	struct config *config = config_reader.config;
	struct config_threshold worth = config_reader.worth_default;

	if (!says_when(block, &worth))
		worth.packets = AFTER_PACKETS_DEFAULT;
	config->mobile_nodes[0].thresholds[config->mobile_nodes[0].thresholds_count++] = worth;
}

int config_route_optimization_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_ROUTE_OPTIMIZATION];

	config_note_opening(&config_blocks[BLOCK_MOBILE_NODE], config_reader.root->line);
	config_note_opening(block, cfg->line);
	if (optimization()->on) {
		config_complain(block->opened, "route_optimization: a second block of this kind");
	} else {
		optimization()->on = true;
		add_default(block);
	}
	return config_forget(block, option);
}

void config_route_optimization_defaults(void)
{
	*optimization() = (struct route_optimization_config){
		.lifetime = LIFETIME_MAX,
		.idle_s = IDLE_DEFAULT,
		.refused_s = REFUSED_DEFAULT,
		.correspondents_max = CORRESPONDENTS_DEFAULT,
	};
}
