/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the configuration: the one reader, and what the files of its parts share. Nobody else
 * includes this. All names begin with config_, as they are the library's.
 */
#ifndef MONAMI_DAEMON_CONFIG_READER_H
#define MONAMI_DAEMON_CONFIG_READER_H

#include "config.h"
#include "config_value.h"

#include <confuse.h>

struct place {
	const char *file; /* owned by config_reader.names */
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

extern struct config_reader {
	void (*error)(void *ctx, const struct config_error *);
	void *ctx;
	unsigned int errors;
	bool stopped; /* no point in going on */
	bool no_memory;
	struct config *config;
	/* the roles apart, until it is known which there are */
	struct home_agent_config home_agent;
	struct mobile_node_config mobile_node;
	struct correspondent_config correspondent;
	bool corresponds_by_interfaces; /* the correspondent block names some */
	cfg_t *root;
	struct source *source;
	size_t names_count;
	char **names;
	/* where each of config->nodes, and what they are checked against, was given */
	size_t nodes_room;
	struct place *node_places;
	struct place roles[3]; /* by enum core_role */
	bool has_prefix;
	/* under construction */
	struct auth_draft auth;
	struct host_node node;
	struct config_link link;
	struct config_threshold worth;
	struct config_threshold worth_default;
} config_reader;

/* ---- errors ---- */

/* What is wrong, at that place. Must not repeat a value. */
void config_complain(struct place, const char *format, ...) __attribute__((format(printf, 2, 3)));
void config_out_of_memory(void);
struct place config_here(const cfg_t *);
const char *config_base_name(const char *path);
/* Whether a word that stands in the place of a keyword may be repeated: it could be a key. */
bool config_may_be_shown(const char *word, size_t length);

/* ---- blocks ---- */

enum {
	BLOCK_COMMON,
	BLOCK_HOME_AGENT,
	BLOCK_NODE,
	BLOCK_MOBILE_NODE,
	BLOCK_LINK,
	BLOCK_ROUTE_OPTIMIZATION,
	BLOCK_WORTH,
	BLOCK_CORRESPONDENT,
	BLOCKS
};

/* Those that are open, by kind. */
extern struct block config_blocks[BLOCKS];
void config_blocks_init(void);

void config_note_opening(struct block *, int line_of_outer);
/* The same of a block that another one closes in, which tells the line. */
void config_note_outer_opening(struct block *);
/* Whether a keyword of the open block was given, right or wrong. */
bool config_was_given(const struct block *, const char *name);
/* Complains if it was not. */
void config_demand(const struct block *, const char *name);
void config_take_role(enum core_role, struct place);
/* Overwrites what libconfuse kept of a block. */
void config_cleanse(cfg_t *);
/* Forgets the last block of `option`, which has closed, here and in libconfuse. */
int config_forget(struct block *, cfg_opt_t *option);
const char *config_last_title(cfg_opt_t *option);

/* ---- the kinds of blocks: keywords, what their end means, and what spans blocks ---- */

extern const struct keyword config_common_keywords[];
extern const struct keyword config_home_agent_keywords[];
extern const struct keyword config_node_keywords[];
extern const struct keyword config_mobile_node_keywords[];
extern const struct keyword config_link_keywords[];
extern const struct keyword config_route_optimization_keywords[];
extern const struct keyword config_worth_keywords[];
extern const struct keyword config_correspondent_keywords[];

/* home agent and correspondent */
bool config_set_interfaces(const char *value, struct why *);

/* cfg_validate_callback_t: the last block of `option` has closed. */
int config_home_agent_end(cfg_t *, cfg_opt_t *option);
int config_node_end(cfg_t *, cfg_opt_t *option);
int config_mobile_node_end(cfg_t *, cfg_opt_t *option);
int config_link_end(cfg_t *, cfg_opt_t *option);
int config_route_optimization_end(cfg_t *, cfg_opt_t *option);
int config_worth_end(cfg_t *, cfg_opt_t *option);
int config_correspondent_end(cfg_t *, cfg_opt_t *option);

void config_home_agent_defaults(void);
void config_mobile_node_defaults(void);
void config_route_optimization_defaults(void);
void config_correspondent_defaults(void);
/* The next one, with its defaults. */
void config_node_reset(void);

void config_check_nodes(void);
void config_home_agent_finish(struct place);
void config_mobile_node_finish(struct place);
/* `alone`: there is no mobile_node block. */
void config_correspondent_finish(struct place, bool alone);

/* ---- authentication ---- */

bool config_set_authentication(const char *value, struct why *);
bool config_set_spi(const char *value, struct why *);
bool config_set_key(const char *value, struct why *);
bool config_set_key_file(const char *value, struct why *);
bool config_set_replay(const char *value, struct why *);
#define CONFIG_AUTHENTICATION_KEYWORDS                                                             \
	{"authentication", false, config_set_authentication}, {"spi", false, config_set_spi},      \
		{"key", false, config_set_key}, {"key_file", false, config_set_key_file},          \
	{                                                                                          \
		"replay", false, config_set_replay                                                 \
	}

void config_demand_authentication(const struct block *);
void config_reset_authentication(void);

#endif
