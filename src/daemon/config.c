/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the configuration. libconfuse reads the grammar; values are checked here at the moment it
 * hands them over, so that each error has its line, blocks are checked when they close, and what
 * spans blocks is checked at the end.
 *
 * Every value is a string to libconfuse, and it keeps none: a parse callback takes the value and
 * leaves an empty string (so no key stays in its tree), and a block is removed when it closes (so a
 * hundred thousand of them cost no more than one). libconfuse has one lexer for the whole process
 * and hands no context to its callbacks: `reader` below is it. Not for two threads at once.
 */
#include "config.h"

#include "config_file.h"
#include "config_value.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody reads more of them. */
#define ERRORS_MAX 1000
#define INCLUDE_DEPTH_MAX 8
#define NODES_DEFAULT 1000
#define LIFETIME_MAX_DEFAULT 300
#define LIFETIME_DEFAULT 60
#define TABLE_BASE_DEFAULT 7000
#define RULE_PRIORITY_DEFAULT 7000
#define MTU_MIN 1280 /* RFC 8200 5 */
#define SPI_MIN 256  /* RFC 4285 5: those below are reserved */
#define BID_MAX UINT16_MAX
#define PRIORITY_MAX 127

struct place {
	const char *file; /* owned by reader.names */
	int line;
};

/* A file that is being read; those that include it are behind it. */
struct source {
	struct source *outer;
	const char *name;
	int lines;
	cfg_t *block; /* that it was opened in */
	bool ended;
};

struct keyword {
	const char *name;
	bool list;
	bool (*set)(const char *value, struct why *);
};

/* A kind of block, and the one of that kind that is open. */
struct block {
	const char *name;
	const struct keyword *keywords;
	cfg_callback_t take;
	struct place opened;
	uint32_t seen; /* bit n: keywords[n] was given */
};

/* What a block under construction says about authentication. */
struct auth_draft {
	struct auth auth;
	bool has_key;
};

static struct reader {
	void (*error)(void *ctx, const struct config_error *);
	void *ctx;
	unsigned int errors;
	bool stopped; /* no point in going on */
	bool no_memory;
	struct config *config;
	/* both roles apart, until it is known that there is exactly one */
	struct home_agent_config home_agent;
	struct mobile_node_config mobile_node;
	cfg_t *root;
	struct source *source;
	size_t names_count;
	char **names;
	/* where each of config->nodes, and what they are checked against, was given */
	size_t nodes_room;
	struct place *node_places;
	struct place roles[2]; /* by enum core_role */
	bool has_prefix;
	/* under construction */
	struct auth_draft auth;
	uint32_t bindings_max;
	struct config_link link;
} reader;

/* ---- errors ---- */

__attribute__((format(printf, 2, 3))) static void complain(
	struct place place, const char *format, ...)
{
	char text[256];
	struct config_error error = {place.file, place.line, text};
	va_list arguments;

	if (reader.stopped)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (++reader.errors > ERRORS_MAX) {
		reader.stopped = true;
		error.text = "too many errors, the rest is not read";
	}
	reader.error(reader.ctx, &error);
}

static void out_of_memory(void)
{
	reader.no_memory = true;
	reader.stopped = true;
}

static struct place here(const cfg_t *cfg)
{
	int last = reader.source->lines; /* behind it is our trailer */

	return (struct place){reader.source->name, cfg->line < last ? cfg->line : last};
}

/*
 * libconfuse quotes what it stumbles over, which may be a key that lost its keyword. Only what
 * looks like a keyword, or is one sign, is repeated.
 */
static bool may_be_shown(const char *word, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

	if (length == 1)
		return word[0] > ' ' && word[0] <= '~';
	return length > 1 && length < 24 && strspn(word, letters) >= length &&
	       strspn(word, "abcdef") < length;
}

static void mask(char *text)
{
	char *open = strchr(text, '\'');
	char *close = open ? strrchr(text, '\'') : NULL;

	if (!open || close == open || may_be_shown(open + 1, (size_t)(close - open) - 1))
		return;
	if (close - open > 4) {
		memcpy(open + 1, "...", 3);
		memmove(open + 4, close, strlen(close) + 1);
	}
}

/* cfg_errfunc_t: a syntax error, or a keyword that is unknown */
__attribute__((format(printf, 2, 0))) static void on_error(
	cfg_t *cfg, const char *format, va_list arguments)
{
	char text[4096];
	bool unknown = strstr(format, "no such option") || strstr(format, "no sub-section");

	vsnprintf(text, sizeof(text), format, arguments);
	mask(text);
	if (unknown)
		complain(here(cfg), "unknown keyword%s",
			strchr(text, '\'') ? strchr(text, '\'') - 1 : "");
	else
		complain(here(cfg), "%s", text);
	explicit_bzero(text, sizeof(text));
	if (reader.stopped)
		cfg->flags &= ~CFGF_KEYSTRVAL;
}

/* ---- values ---- */

static bool set_address(const char *value, struct why *why)
{
	return value_address(value, &reader.home_agent.address, why);
}

static bool set_home_prefix(const char *value, struct why *why)
{
	reader.has_prefix = value_prefix(
		value, &reader.home_agent.home_prefix, &reader.home_agent.home_prefix_length, why);
	return reader.has_prefix;
}

static bool set_interfaces(const char *value, struct why *why)
{
	struct config *config = reader.config;
	unsigned int room = sizeof(config->interfaces) / sizeof(config->interfaces[0]);
	char name[IFNAMSIZ];
	unsigned int i;

	if (!value_interface(value, name, sizeof(name), why))
		return false;
	for (i = 0; i < config->interfaces_count; i++) {
		if (strcmp(config->interfaces[i], name) == 0) {
			snprintf(why->text, sizeof(why->text), "%s stands there twice", name);
			return false;
		}
	}
	if (config->interfaces_count == room) {
		snprintf(why->text, sizeof(why->text), "more than %u", room);
		return false;
	}
	memcpy(config->interfaces[config->interfaces_count++], name, sizeof(name));
	return true;
}

static bool set_lifetime_max(const char *value, struct why *why)
{
	return value_seconds(value, LIFETIME_UNIT, &reader.home_agent.lifetime_max, why);
}

static bool set_refresh_interval(const char *value, struct why *why)
{
	return value_seconds(value, 0, &reader.home_agent.refresh_interval, why);
}

static bool set_nodes_max(const char *value, struct why *why)
{
	uint32_t most;

	if (!value_number(value, 1, 1 << 24, &most, why))
		return false;
	reader.config->nodes_max = most;
	return true;
}

static bool set_agent_mcoa(const char *value, struct why *why)
{
	return value_bool(value, &reader.home_agent.mcoa, why);
}

static bool set_agent_bulk(const char *value, struct why *why)
{
	return value_bool(value, &reader.home_agent.bulk, why);
}

static bool set_home_address(const char *value, struct why *why)
{
	return value_address(value, &reader.mobile_node.home_address, why);
}

static bool set_home_agent(const char *value, struct why *why)
{
	return value_address(value, &reader.mobile_node.home_agent, why);
}

static bool set_lifetime(const char *value, struct why *why)
{
	return value_seconds(value, LIFETIME_UNIT, &reader.mobile_node.lifetime, why);
}

static bool set_mcoa(const char *value, struct why *why)
{
	return value_bool(value, &reader.mobile_node.mcoa, why);
}

static bool set_bulk(const char *value, struct why *why)
{
	return value_bool(value, &reader.mobile_node.bulk, why);
}

static bool set_probe(const char *value, struct why *why)
{
	return value_bool(value, &reader.mobile_node.probe, why);
}

static bool set_bid_priority(const char *value, struct why *why)
{
	return value_bool(value, &reader.mobile_node.bid_priority, why);
}

#define MS_MAX 3600000

static bool set_probe_idle_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &reader.mobile_node.probe_idle_ms, why);
}

static bool set_suspect_after_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &reader.mobile_node.suspect_after_ms, why);
}

static bool set_dead_after_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &reader.mobile_node.dead_after_ms, why);
}

/* Tables below 256 are the system's own; the last BID's table must still be a number. */
static bool set_table_base(const char *value, struct why *why)
{
	return value_number(value, 256, INT32_MAX - BID_MAX, &reader.config->table_base, why);
}

/* Rules 0, 32766 and 32767 are the kernel's: ours come between them. */
static bool set_rule_priority(const char *value, struct why *why)
{
	return value_number(value, 1, 32765, &reader.config->rule_priority, why);
}

static bool set_authentication(const char *value, struct why *why)
{
	if (strcmp(value, "mn-ha") == 0) {
		reader.auth.auth.mode = AUTH_MODE_MN_HA;
	} else if (strcmp(value, "insecure-none") == 0) {
		reader.auth.auth.mode = AUTH_MODE_INSECURE_NONE;
	} else {
		snprintf(why->text, sizeof(why->text), "neither mn-ha nor insecure-none");
		return false;
	}
	return true;
}

static bool set_spi(const char *value, struct why *why)
{
	return value_number(value, SPI_MIN, UINT32_MAX, &reader.auth.auth.spi, why);
}

static bool only_key(struct why *why)
{
	if (reader.auth.has_key) {
		snprintf(why->text, sizeof(why->text), "there is a key already (key or key_file)");
		return false;
	}
	reader.auth.has_key = true;
	return true;
}

static bool set_key(const char *value, struct why *why)
{
	return only_key(why) && value_key(value, &reader.auth.auth, why);
}

static bool set_key_file(const char *value, struct why *why)
{
	char path[PATH_MAX];

	if (!only_key(why))
		return false;
	if (!config_file_beside(reader.source->name, value, path, sizeof(path))) {
		snprintf(why->text, sizeof(why->text), "path too long");
		return false;
	}
	return value_key_file(path, &reader.auth.auth, why);
}

static bool set_replay(const char *value, struct why *why)
{
	return value_bool(value, &reader.auth.auth.replay, why);
}

static bool set_bindings_max(const char *value, struct why *why)
{
	return value_number(value, 1, BINDINGS_MAX, &reader.bindings_max, why);
}

static bool set_bid(const char *value, struct why *why)
{
	uint32_t bid;

	/* RFC 5648 4.3: zero is no identifier */
	if (!value_number(value, 1, BID_MAX, &bid, why))
		return false;
	reader.link.bid = (uint16_t)bid;
	return true;
}

static bool set_priority(const char *value, struct why *why)
{
	uint32_t priority;

	/* RFC 6089 4.1: zero is reserved */
	if (!value_number(value, 1, PRIORITY_MAX, &priority, why))
		return false;
	reader.link.priority = (uint8_t)priority;
	return true;
}

static bool set_device(const char *value, struct why *why)
{
	return value_interface(value, reader.config->device, sizeof(reader.config->device), why);
}

static bool set_control(const char *value, struct why *why)
{
	struct config_path *path = &reader.config->control;

	return value_path(value, path->text, sizeof(path->text), why);
}

static bool set_pin_directory(const char *value, struct why *why)
{
	struct config_path *path = &reader.config->pin_directory;

	return value_path(value, path->text, sizeof(path->text), why);
}

static bool set_store(const char *value, struct why *why)
{
	struct config_path *path = &reader.config->store;

	if (strcmp(value, "none") == 0) {
		path->text[0] = '\0';
		return true;
	}
	return value_path(value, path->text, sizeof(path->text), why);
}

static bool set_store_durable(const char *value, struct why *why)
{
	return value_bool(value, &reader.config->store_durable, why);
}

static bool set_mtu(const char *value, struct why *why)
{
	if (strcmp(value, "0") == 0)
		return true;
	return value_number(value, MTU_MIN, UINT16_MAX, &reader.config->mtu, why);
}

static bool set_keep_flows(const char *value, struct why *why)
{
	return value_bool(value, &reader.config->keep_flows, why);
}

static const struct keyword common_keywords[] = {
	{"device", false, set_device},
	{"control", false, set_control},
	{"pin_directory", false, set_pin_directory},
	{"mtu", false, set_mtu},
	{"keep_flows", false, set_keep_flows},
	{NULL, false, NULL},
};

static const struct keyword home_agent_keywords[] = {
	{"address", false, set_address},
	{"home_prefix", false, set_home_prefix},
	{"interfaces", true, set_interfaces},
	{"lifetime_max", false, set_lifetime_max},
	{"refresh_interval", false, set_refresh_interval},
	{"mcoa", false, set_agent_mcoa},
	{"bulk", false, set_agent_bulk},
	{"nodes_max", false, set_nodes_max},
	{"store", false, set_store},
	{"store_durable", false, set_store_durable},
	{NULL, false, NULL},
};

static const struct keyword node_keywords[] = {
	{"authentication", false, set_authentication},
	{"spi", false, set_spi},
	{"key", false, set_key},
	{"key_file", false, set_key_file},
	{"replay", false, set_replay},
	{"bindings_max", false, set_bindings_max},
	{NULL, false, NULL},
};

static const struct keyword mobile_node_keywords[] = {
	{"home_address", false, set_home_address},
	{"home_agent", false, set_home_agent},
	{"lifetime", false, set_lifetime},
	{"authentication", false, set_authentication},
	{"spi", false, set_spi},
	{"key", false, set_key},
	{"key_file", false, set_key_file},
	{"replay", false, set_replay},
	{"mcoa", false, set_mcoa},
	{"bulk", false, set_bulk},
	{"probe", false, set_probe},
	{"bid_priority", false, set_bid_priority},
	{"probe_idle_ms", false, set_probe_idle_ms},
	{"suspect_after_ms", false, set_suspect_after_ms},
	{"dead_after_ms", false, set_dead_after_ms},
	{"table_base", false, set_table_base},
	{"rule_priority", false, set_rule_priority},
	{NULL, false, NULL},
};

static const struct keyword link_keywords[] = {
	{"bid", false, set_bid},
	{"priority", false, set_priority},
	{NULL, false, NULL},
};

/* ---- blocks ---- */

static int take_common(cfg_t *, cfg_opt_t *, const char *, void *);
static int take_home_agent(cfg_t *, cfg_opt_t *, const char *, void *);
static int take_node(cfg_t *, cfg_opt_t *, const char *, void *);
static int take_mobile_node(cfg_t *, cfg_opt_t *, const char *, void *);
static int take_link(cfg_t *, cfg_opt_t *, const char *, void *);

enum { BLOCK_COMMON, BLOCK_HOME_AGENT, BLOCK_NODE, BLOCK_MOBILE_NODE, BLOCK_LINK, BLOCKS };

static const struct block blocks_empty[BLOCKS] = {
	[BLOCK_COMMON] = {.name = "file", common_keywords, take_common},
	[BLOCK_HOME_AGENT] = {.name = "home_agent", home_agent_keywords, take_home_agent},
	[BLOCK_NODE] = {.name = "mobile_node", node_keywords, take_node},
	[BLOCK_MOBILE_NODE] = {.name = "mobile_node", mobile_node_keywords, take_mobile_node},
	[BLOCK_LINK] = {.name = "link", link_keywords, take_link},
};

static struct block blocks[BLOCKS];

/* The block of the last kind that is open in `outer`; `outer` if none is. */
static cfg_t *last_open(cfg_t *outer, const char *name)
{
	cfg_opt_t *option = cfg_getopt(outer, name);
	unsigned int count = cfg_opt_size(option);

	return count ? cfg_opt_getnsec(option, count - 1) : outer;
}

static cfg_t *outer_of(const struct block *block)
{
	if (block == &blocks[BLOCK_NODE])
		return last_open(reader.root, "home_agent");
	if (block == &blocks[BLOCK_LINK])
		return last_open(reader.root, "mobile_node");
	return reader.root;
}

/*
 * libconfuse does not tell when a block begins. But the line of the block around it stands still
 * while it is read, so the first value in it, or else its end, finds its beginning there.
 */
static void note_opening(struct block *block, int line_of_outer)
{
	if (block->opened.line == 0)
		block->opened = (struct place){reader.source->name, line_of_outer};
}

/* cfg_callback_t: hands a value to its keyword, and nothing to libconfuse */
static int take(struct block *block, cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	const struct keyword *keyword = block->keywords;
	struct why why = {""};
	uint32_t bit;

	*(const char **)ret = "";
	note_opening(block, outer_of(block)->line);
	while (keyword->name && strcmp(keyword->name, option->name) != 0)
		keyword++;
	assert(keyword->name);
	bit = UINT32_C(1) << (keyword - block->keywords);
	if ((block->seen & bit) && !keyword->list)
		complain(here(cfg), "%s: given twice in this block", keyword->name);
	else if (!keyword->set(value, &why))
		complain(here(cfg), "%s: %s", keyword->name, why.text);
	block->seen |= bit;
	return reader.stopped ? -1 : 0;
}

static int take_common(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&blocks[BLOCK_COMMON], cfg, option, value, ret);
}

static int take_home_agent(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&blocks[BLOCK_HOME_AGENT], cfg, option, value, ret);
}

static int take_node(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&blocks[BLOCK_NODE], cfg, option, value, ret);
}

static int take_mobile_node(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&blocks[BLOCK_MOBILE_NODE], cfg, option, value, ret);
}

static int take_link(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&blocks[BLOCK_LINK], cfg, option, value, ret);
}

/* Whether a keyword of the open block was given, right or wrong. */
static bool was_given(const struct block *block, const char *name)
{
	const struct keyword *keyword;

	for (keyword = block->keywords; keyword->name; keyword++)
		if (strcmp(keyword->name, name) == 0)
			return block->seen >> (keyword - block->keywords) & 1;
	return false;
}

static void demand(const struct block *block, const char *name)
{
	if (!was_given(block, name))
		complain(block->opened, "%s: %s is missing", block->name, name);
}

static void demand_authentication(const struct block *block)
{
	bool has_key = was_given(block, "key") || was_given(block, "key_file");

	if (reader.auth.auth.mode == AUTH_MODE_MN_HA) {
		demand(block, "spi");
		if (!has_key)
			complain(block->opened, "%s: neither key nor key_file", block->name);
	} else if (has_key || was_given(block, "spi")) {
		complain(block->opened, "%s: a key or spi with authentication = insecure-none",
			block->name);
	}
}

/* A keyword that is unknown may have been meant to be `key`: libconfuse kept its value. */
static void cleanse(cfg_t *cfg)
{
	unsigned int count = cfg_num(cfg), i, n;

	for (i = 0; i < count; i++) {
		cfg_opt_t *option = cfg_getnopt(cfg, i);

		for (n = 0; option->type == CFGT_STR && n < option->nvalues; n++)
			if (option->values[n]->string)
				explicit_bzero(option->values[n]->string,
					strlen(option->values[n]->string));
	}
}

static void block_init(struct block *block)
{
	block->seen = 0;
	block->opened = (struct place){NULL, 0};
}

/* Forgets the last block of `option`, which has closed, here and in libconfuse. */
static int forget(struct block *block, cfg_opt_t *option)
{
	unsigned int last = cfg_opt_size(option) - 1;

	cleanse(cfg_opt_getnsec(option, last));
	cfg_opt_rmnsec(option, last);
	block_init(block);
	return reader.stopped ? -1 : 0;
}

static const char *last_title(cfg_opt_t *option)
{
	return cfg_title(cfg_opt_getnsec(option, cfg_opt_size(option) - 1));
}

static void reset_auth(void)
{
	explicit_bzero(&reader.auth, sizeof(reader.auth));
	reader.auth.auth.mode = AUTH_MODE_MN_HA;
	reader.auth.auth.replay = true;
	reader.bindings_max = BINDINGS_DEFAULT;
}

static void take_role(enum core_role role, struct place place)
{
	if (reader.roles[role].line != 0)
		complain(place, "a second block of this kind; the first is in line %d",
			reader.roles[role].line);
	else
		reader.roles[role] = place;
}

/* Room for one node more, of which the keys do not stay behind in freed memory. */
static bool make_room(void)
{
	struct config *config = reader.config;
	size_t room = reader.nodes_room ? 2 * reader.nodes_room : 16;
	struct host_node *nodes;
	struct place *places;

	if (config->nodes_count < reader.nodes_room)
		return true;
	places = reallocarray(reader.node_places, room, sizeof(*places));
	if (!places)
		return false;
	reader.node_places = places;
	nodes = calloc(room, sizeof(*nodes));
	if (!nodes)
		return false;
	if (config->nodes) {
		memcpy(nodes, config->nodes, config->nodes_count * sizeof(*nodes));
		explicit_bzero(config->nodes, config->nodes_count * sizeof(*nodes));
		free(config->nodes);
	}
	config->nodes = nodes;
	reader.nodes_room = room;
	return true;
}

static void add_node(const char *title, struct place place)
{
	struct host_node node = {
		.auth = reader.auth.auth,
		.bindings_max = (uint8_t)reader.bindings_max,
	};
	struct why why;

	if (!value_address(title, &node.home_address, &why)) {
		complain(place, "mobile_node: %s", why.text);
	} else if (!make_room()) {
		out_of_memory();
	} else {
		reader.node_places[reader.config->nodes_count] = place;
		reader.config->nodes[reader.config->nodes_count++] = node;
	}
	explicit_bzero(&node, sizeof(node));
}

static void add_link(const char *title, struct place place)
{
	struct config *config = reader.config;
	struct config_link *link = &reader.link;
	struct why why;
	unsigned int i;

	if (!value_interface(title, link->name, sizeof(link->name), &why)) {
		complain(place, "link: %s", why.text);
		return;
	}
	for (i = 0; i < config->links_count; i++) {
		const struct config_link *other = &config->links[i];

		if (strcmp(other->name, link->name) == 0)
			complain(place, "link: a second block for %s", link->name);
		if (link->bid != 0 && other->bid == link->bid)
			complain(place, "link: bid %u is that of %s already", link->bid,
				other->name);
	}
	if (config->links_count == BINDINGS_MAX)
		complain(place, "link: more than %d links", BINDINGS_MAX);
	else
		config->links[config->links_count++] = *link;
}

/* cfg_validate_callback_t of blocks: the last block of `option` has closed. */
static int end_home_agent(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &blocks[BLOCK_HOME_AGENT];

	note_opening(block, cfg->line);
	take_role(ROLE_HOME_AGENT, block->opened);
	demand(block, "address");
	demand(block, "home_prefix");
	demand(block, "interfaces");
	return forget(block, option);
}

static int end_node(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &blocks[BLOCK_NODE];

	/* the first block of its kind opens the one around it */
	note_opening(&blocks[BLOCK_HOME_AGENT], reader.root->line);
	note_opening(block, cfg->line);
	demand_authentication(block);
	add_node(last_title(option), block->opened);
	reset_auth();
	return forget(block, option);
}

static int end_mobile_node(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &blocks[BLOCK_MOBILE_NODE];

	note_opening(block, cfg->line);
	take_role(ROLE_MOBILE_NODE, block->opened);
	demand(block, "home_address");
	demand(block, "home_agent");
	demand_authentication(block);
	reader.mobile_node.auth = reader.auth.auth;
	if (reader.config->links_count == 0)
		complain(block->opened, "mobile_node: no link");
	reset_auth();
	return forget(block, option);
}

static int end_link(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &blocks[BLOCK_LINK];

	note_opening(&blocks[BLOCK_MOBILE_NODE], reader.root->line);
	note_opening(block, cfg->line);
	demand(block, "bid");
	demand(block, "priority");
	add_link(last_title(option), block->opened);
	reader.link = (struct config_link){.bid = 0};
	return forget(block, option);
}

/* ---- files ---- */

/* Stands behind the text of every file: where libconfuse meets it, the file ends. */
#define TRAILER "\nend_of_file()\n"

/* cfg_func_t. libconfuse takes the end of a file for the end of every open block. */
static int end_of_file(cfg_t *cfg, cfg_opt_t *option, int count, const char **arguments)
{
	(void)option;
	(void)count;
	(void)arguments;
	reader.source->ended = true;
	if (cfg == reader.source->block)
		return 0;
	complain(here(cfg), "%s: the block is not closed where the file ends", cfg_name(cfg));
	return -1;
}

/* A copy of a name that lives as long as the reader; NULL if out of memory. */
static const char *keep_name(const char *name)
{
	char **names = reallocarray(reader.names, reader.names_count + 1, sizeof(*reader.names));
	char *copy = strdup(name);

	if (names)
		reader.names = names;
	if (!names || !copy) {
		free(copy);
		out_of_memory();
		return NULL;
	}
	reader.names[reader.names_count++] = copy;
	return copy;
}

static void parse(cfg_t *block, FILE *stream)
{
	unsigned int errors = reader.errors;
	int line = block->line;

	if (cfg_parse_fp(block, stream) != CFG_SUCCESS) {
		if (reader.errors == errors && !reader.stopped)
			out_of_memory();
		reader.stopped = true;
	} else if (!reader.source->ended) {
		complain(here(block), "the file ends too early");
	}
	block->line = line;
}

/* Reads one file into `block`. -errno if it cannot be read, after saying so at `place`. */
static int read_file(const char *path, cfg_t *block, struct place place)
{
	struct source source = {.outer = reader.source, .block = block};
	struct config_file file;
	struct why why;
	FILE *stream;
	int error = config_file_read(path, TRAILER, &file, &why);

	source.name = keep_name(path);
	if (error < 0 || !source.name) {
		if (error < 0)
			complain(place, "%s", why.text);
		return error < 0 ? error : -ENOMEM;
	}
	source.lines = file.lines;
	if (file.open_comment != 0)
		complain((struct place){source.name, file.open_comment},
			"the comment is not closed where the file ends");
	stream = fmemopen(file.text, file.length, "r");
	if (stream) {
		/* no copy of a key in a buffer that is not ours */
		setvbuf(stream, NULL, _IONBF, 0);
		reader.source = &source;
		parse(block, stream);
		reader.source = source.outer;
		fclose(stream);
	} else {
		out_of_memory();
	}
	config_file_free(&file);
	return 0;
}

static unsigned int depth(void)
{
	const struct source *source;
	unsigned int depth = 0;

	for (source = reader.source; source; source = source->outer)
		depth++;
	return depth;
}

/* cfg_func_t: include("FILE"), relative to the file that says it */
static int include(cfg_t *cfg, cfg_opt_t *option, int count, const char **arguments)
{
	char path[PATH_MAX];

	(void)option;
	if (cfg != reader.root)
		note_opening(&blocks[BLOCK_HOME_AGENT], reader.root->line);
	if (count != 1)
		complain(here(cfg), "include: takes one file name");
	else if (depth() > INCLUDE_DEPTH_MAX)
		complain(here(cfg), "include: nested more than %d deep, or in a circle",
			INCLUDE_DEPTH_MAX);
	else if (!config_file_beside(reader.source->name, arguments[0], path, sizeof(path)))
		complain(here(cfg), "include: path too long");
	else
		return read_file(path, cfg, here(cfg)) < 0 || reader.stopped ? -1 : 0;
	return -1;
}

/* ---- grammar ---- */

#define KEYWORDS_MAX 32

/* Appends the keywords of `block` to the `count` options that stand there. */
static void add_keywords(cfg_opt_t *options, size_t count, const struct block *block)
{
	const struct keyword *keyword;

	for (keyword = block->keywords; keyword->name; keyword++) {
		cfg_opt_t one = CFG_STR_CB(keyword->name, NULL, CFGF_NODEFAULT, block->take);
		cfg_opt_t list = CFG_STR_LIST_CB(keyword->name, NULL, CFGF_NODEFAULT, block->take);

		assert(count < KEYWORDS_MAX - 1);
		options[count++] = keyword->list ? list : one;
	}
	options[count] = (cfg_opt_t)CFG_END();
}

static cfg_t *grammar(void)
{
	cfg_opt_t link[KEYWORDS_MAX] = {CFG_FUNC("end_of_file", end_of_file)};
	cfg_opt_t node[KEYWORDS_MAX] = {CFG_FUNC("end_of_file", end_of_file)};
	cfg_opt_t mobile_node[KEYWORDS_MAX] = {
		CFG_FUNC("end_of_file", end_of_file),
		CFG_SEC("link", link, CFGF_MULTI | CFGF_TITLE),
	};
	cfg_opt_t home_agent[KEYWORDS_MAX] = {
		CFG_FUNC("end_of_file", end_of_file),
		CFG_FUNC("include", include),
		CFG_SEC("mobile_node", node, CFGF_MULTI | CFGF_TITLE),
	};
	cfg_opt_t root[KEYWORDS_MAX] = {
		CFG_FUNC("end_of_file", end_of_file),
		CFG_FUNC("include", include),
		CFG_SEC("home_agent", home_agent, CFGF_MULTI),
		CFG_SEC("mobile_node", mobile_node, CFGF_MULTI),
	};

	mobile_node[1].validcb = end_link;
	home_agent[2].validcb = end_node;
	root[2].validcb = end_home_agent;
	root[3].validcb = end_mobile_node;
	add_keywords(link, 1, &blocks[BLOCK_LINK]);
	add_keywords(node, 1, &blocks[BLOCK_NODE]);
	add_keywords(mobile_node, 2, &blocks[BLOCK_MOBILE_NODE]);
	add_keywords(home_agent, 3, &blocks[BLOCK_HOME_AGENT]);
	add_keywords(root, 4, &blocks[BLOCK_COMMON]);
	/* With KEYSTRVAL, libconfuse goes on after a keyword that it does not know. */
	return cfg_init(root, CFGF_KEYSTRVAL);
}

/* ---- what spans blocks ---- */

/* By home address, and then as they stand in the file. */
static int compare_nodes(const void *left, const void *right)
{
	size_t l = *(const size_t *)left, r = *(const size_t *)right;
	const struct host_node *nodes = reader.config->nodes;
	int order = memcmp(
		&nodes[l].home_address, &nodes[r].home_address, sizeof(nodes[l].home_address));

	return order != 0 ? order : (l > r) - (l < r);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void check_home_addresses_differ(void)
{
	const struct config *config = reader.config;
	size_t *order = calloc(config->nodes_count + 1, sizeof(*order));
	size_t i;

	if (!order) {
		out_of_memory();
		return;
	}
	for (i = 0; i < config->nodes_count; i++)
		order[i] = i;
	qsort(order, config->nodes_count, sizeof(*order), compare_nodes);
	for (i = 1; i < config->nodes_count; i++) {
		const struct place *first = &reader.node_places[order[i - 1]];

		if (memcmp(&config->nodes[order[i - 1]].home_address,
			    &config->nodes[order[i]].home_address, sizeof(struct in6_addr)) == 0)
			complain(reader.node_places[order[i]],
				"mobile_node: the same home address as in line %d of %s",
				first->line, base_name(first->file));
	}
	free(order);
}

static void check_nodes(void)
{
	const struct home_agent_config *agent = &reader.home_agent;
	const struct config *config = reader.config;
	size_t i;

	for (i = 0; i < config->nodes_count; i++) {
		const struct in6_addr *home_address = &config->nodes[i].home_address;

		if (reader.has_prefix && !prefix_contains(&agent->home_prefix,
						 agent->home_prefix_length, home_address))
			complain(reader.node_places[i],
				"mobile_node: home address outside home_prefix");
		if (IN6_ARE_ADDR_EQUAL(home_address, &agent->address))
			complain(reader.node_places[i],
				"mobile_node: home address is the home agent's own");
	}
	check_home_addresses_differ();
}

static void finish_home_agent(struct place place)
{
	struct config *config = reader.config;

	check_nodes();
	if (config->nodes_max == 0)
		config->nodes_max =
			NODES_DEFAULT < config->nodes_count ? config->nodes_count : NODES_DEFAULT;
	else if (config->nodes_max < config->nodes_count)
		complain(place, "home_agent: nodes_max is %zu, but there are %zu nodes",
			config->nodes_max, config->nodes_count);
	config->core.role = ROLE_HOME_AGENT;
	config->core.home_agent = reader.home_agent;
}

static void finish_mobile_node(struct place place)
{
	const struct mobile_node_config *node = &reader.mobile_node;

	if (IN6_ARE_ADDR_EQUAL(&node->home_address, &node->home_agent) &&
		!IN6_IS_ADDR_UNSPECIFIED(&node->home_agent))
		complain(place, "mobile_node: home_address is that of home_agent");
	if (node->suspect_after_ms != 0 && node->dead_after_ms != 0 &&
		node->dead_after_ms <= node->suspect_after_ms)
		complain(place, "mobile_node: dead_after_ms is not greater than suspect_after_ms");
	reader.config->core.role = ROLE_MOBILE_NODE;
	reader.config->core.mobile_node = *node;
}

static void finish(const char *file)
{
	struct place agent = reader.roles[ROLE_HOME_AGENT];
	struct place node = reader.roles[ROLE_MOBILE_NODE];

	if (agent.line != 0 && node.line != 0)
		complain(agent.line > node.line ? agent : node,
			"both a home_agent and a mobile_node block: one of them is too much");
	else if (agent.line == 0 && node.line == 0)
		complain((struct place){file, 0}, "neither a home_agent nor a mobile_node block");
	if (agent.line != 0)
		finish_home_agent(agent);
	if (node.line != 0)
		finish_mobile_node(node);
}

static void set_defaults(struct config *config)
{
	unsigned int i;

	strcpy(config->device, "monami0");
	strcpy(config->control.text, "/run/monami/control");
	strcpy(config->pin_directory.text, "/sys/fs/bpf/monami");
	strcpy(config->store.text, "/var/lib/monami/home-agent.db");
	config->store_durable = true;
	config->home_prefix_valid = SECONDS_INFINITE;
	config->home_prefix_preferred = SECONDS_INFINITE;
	config->table_base = TABLE_BASE_DEFAULT;
	config->rule_priority = RULE_PRIORITY_DEFAULT;
	config->core.dialect = &dialect_rfc5648;
	reader.home_agent.lifetime_max = LIFETIME_MAX_DEFAULT;
	reader.home_agent.mcoa = true;
	reader.home_agent.bulk = true;
	reader.mobile_node.lifetime = LIFETIME_DEFAULT;
	reader.mobile_node.mcoa = true;
	reader.mobile_node.bulk = true;
	reader.mobile_node.probe = true;
	reader.mobile_node.bid_priority = true;
	reset_auth();
	for (i = 0; i < BLOCKS; i++)
		blocks[i] = blocks_empty[i];
}

static int read_all(const char *file)
{
	int error;

	set_defaults(reader.config);
	reader.root = grammar();
	if (!reader.root)
		return -ENOMEM;
	cfg_set_error_function(reader.root, on_error);
	error = read_file(file, reader.root, (struct place){file, 0});
	if (error == 0 && !reader.stopped)
		finish(file);
	cleanse(reader.root);
	cfg_free(reader.root);
	if (reader.no_memory)
		return -ENOMEM;
	if (error == 0 && reader.errors > 0)
		return -EINVAL;
	return error;
}

static void reader_clean(void)
{
	while (reader.names_count > 0)
		free(reader.names[--reader.names_count]);
	free(reader.names);
	free(reader.node_places);
	explicit_bzero(&reader, sizeof(reader));
}

int config_read(const char *file, void (*error)(void *ctx, const struct config_error *), void *ctx,
	struct config **ret)
{
	struct config *config = calloc(1, sizeof(*config));
	int result;

	if (!config)
		return -ENOMEM;
	reader = (struct reader){.error = error, .ctx = ctx, .config = config};
	result = read_all(file);
	reader_clean();
	if (result < 0)
		config_free(config);
	else
		*ret = config;
	return result;
}

void config_free(struct config *config)
{
	if (config->nodes)
		explicit_bzero(config->nodes, config->nodes_count * sizeof(*config->nodes));
	free(config->nodes);
	explicit_bzero(config, sizeof(*config));
	free(config);
}
