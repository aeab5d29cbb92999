/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks while libconfuse reads them: where they began, and which keywords they have had. */
#include "config_reader.h"

#include <assert.h>
#include <string.h>

struct block config_blocks[BLOCKS];

/* The block of the last kind that is open in `outer`; `outer` if none is. */
static cfg_t *last_open(cfg_t *outer, const char *name)
{
	cfg_opt_t *option = cfg_getopt(outer, name);
	unsigned int count = cfg_opt_size(option);

	return count ? cfg_opt_getnsec(option, count - 1) : outer;
}

static cfg_t *outer_of(const struct block *block)
{
	if (block == &config_blocks[BLOCK_NODE])
		return last_open(config_reader.root, "home_agent");
	if (block == &config_blocks[BLOCK_LINK] ||
		block == &config_blocks[BLOCK_ROUTE_OPTIMIZATION])
		return last_open(config_reader.root, "mobile_node");
	if (block == &config_blocks[BLOCK_WORTH])
		return last_open(
			last_open(config_reader.root, "mobile_node"), "route_optimization");
	return config_reader.root;
}

/*
 * libconfuse does not tell when a block begins. But the line of the block around it stands still
 * while it is read, so the first value in it, or else its end, finds its beginning there.
 */
void config_note_opening(struct block *block, int line_of_outer)
{
	if (block->opened.line == 0)
		block->opened = (struct place){config_reader.source->name, line_of_outer};
}

void config_note_outer_opening(struct block *block)
{
	config_note_opening(block, outer_of(block)->line);
}

/* cfg_callback_t: hands a value to its keyword, and nothing to libconfuse */
static int take(struct block *block, cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	const struct keyword *keyword = block->keywords;
	struct why why = {""};
	uint32_t bit;

	*(const char **)ret = "";
	config_note_outer_opening(block);
	while (keyword->name && strcmp(keyword->name, option->name) != 0)
		keyword++;
	assert(keyword->name);
	bit = UINT32_C(1) << (keyword - block->keywords);
	if ((block->seen & bit) && !keyword->list)
		config_complain(config_here(cfg), "%s: given twice in this block", keyword->name);
	else if (!keyword->set(value, &why))
		config_complain(config_here(cfg), "%s: %s", keyword->name, why.text);
	block->seen |= bit;
	return config_reader.stopped ? -1 : 0;
}

static int take_common(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_COMMON], cfg, option, value, ret);
}

static int take_home_agent(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_HOME_AGENT], cfg, option, value, ret);
}

static int take_node(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_NODE], cfg, option, value, ret);
}

static int take_mobile_node(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_MOBILE_NODE], cfg, option, value, ret);
}

static int take_link(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_LINK], cfg, option, value, ret);
}

static int take_route_optimization(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_ROUTE_OPTIMIZATION], cfg, option, value, ret);
}

static int take_worth(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_WORTH], cfg, option, value, ret);
}

static int take_correspondent(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
	return take(&config_blocks[BLOCK_CORRESPONDENT], cfg, option, value, ret);
}

/* Whether a keyword of the open block was given, right or wrong. */
bool config_was_given(const struct block *block, const char *name)
{
	const struct keyword *keyword;

	for (keyword = block->keywords; keyword->name; keyword++)
		if (strcmp(keyword->name, name) == 0)
			return block->seen >> (keyword - block->keywords) & 1;
	return false;
}

void config_demand(const struct block *block, const char *name)
{
	if (!config_was_given(block, name))
		config_complain(block->opened, "%s: %s is missing", block->name, name);
}

/* A keyword that is unknown may have been meant to be `key`: libconfuse kept its value. */
void config_cleanse(cfg_t *cfg)
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
int config_forget(struct block *block, cfg_opt_t *option)
{
	unsigned int last = cfg_opt_size(option) - 1;

	config_cleanse(cfg_opt_getnsec(option, last));
	cfg_opt_rmnsec(option, last);
	block_init(block);
	return config_reader.stopped ? -1 : 0;
}

const char *config_last_title(cfg_opt_t *option)
{
	return cfg_title(cfg_opt_getnsec(option, cfg_opt_size(option) - 1));
}

void config_take_role(enum core_role role, struct place place)
{
	if (config_reader.roles[role].line != 0)
		config_complain(place, "a second block of this kind; the first is in line %d",
			config_reader.roles[role].line);
	else
		config_reader.roles[role] = place;
}

void config_blocks_init(void)
{
	static const struct block empty[BLOCKS] = {
		[BLOCK_COMMON] = {.name = "file",
			.keywords = config_common_keywords,
			.take = take_common},
		[BLOCK_HOME_AGENT] = {.name = "home_agent",
			.keywords = config_home_agent_keywords,
			.take = take_home_agent},
		[BLOCK_NODE] = {.name = "mobile_node",
			.keywords = config_node_keywords,
			.take = take_node},
		[BLOCK_MOBILE_NODE] = {.name = "mobile_node",
			.keywords = config_mobile_node_keywords,
			.take = take_mobile_node},
		[BLOCK_LINK] = {.name = "link",
			.keywords = config_link_keywords,
			.take = take_link},
		[BLOCK_ROUTE_OPTIMIZATION] = {.name = "route_optimization",
			.keywords = config_route_optimization_keywords,
			.take = take_route_optimization},
		[BLOCK_WORTH] = {.name = "prefix",
			.keywords = config_worth_keywords,
			.take = take_worth},
		[BLOCK_CORRESPONDENT] = {.name = "correspondent",
			.keywords = config_correspondent_keywords,
			.take = take_correspondent},
	};

	memcpy(config_blocks, empty, sizeof(empty));
}
