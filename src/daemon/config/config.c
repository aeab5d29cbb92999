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
#include "config_reader.h"

#include "../../program/nearest.h"
#include "config_file.h"
#include "config_text.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody reads more of them. */
#define ERRORS_MAX 1000
#define INCLUDE_DEPTH_MAX 8

struct config_reader config_reader;

/* ---- errors ---- */

void config_complain(struct place place, const char *format, ...)
{
	char text[512];
	struct config_error error = {place.file, place.line, text};
	va_list arguments;

	if (config_reader.stopped)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (++config_reader.errors > ERRORS_MAX) {
		config_reader.stopped = true;
		error.text = "too many errors, the rest is not read";
	}
	config_reader.error(config_reader.ctx, &error);
}

void config_out_of_memory(void)
{
	config_reader.no_memory = true;
	config_reader.stopped = true;
}

struct place config_here(const cfg_t *cfg)
{
	int last = config_reader.source->lines; /* behind it is our trailer */

	return (struct place){config_reader.source->name, cfg->line < last ? cfg->line : last};
}

/*
 * libconfuse quotes what it stumbles over, which may be a key that lost its keyword. Only what
 * looks like a keyword, or is one sign, is repeated.
 */
bool config_may_be_shown(const char *word, size_t length)
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

	if (!open || close == open || config_may_be_shown(open + 1, (size_t)(close - open) - 1))
		return;
	if (close - open > 4) {
		memcpy(open + 1, "...", 3);
		memmove(open + 4, close, strlen(close) + 1);
	}
}

static const struct block *block_with(const char *name)
{
	const struct keyword *keyword;

	for (const struct block *block = config_blocks; block < config_blocks + BLOCKS; block++)
		for (keyword = block->keywords; keyword->name; keyword++)
			if (strcmp(keyword->name, name) == 0)
				return block;
	return NULL;
}

/* `name` is "" if it may not be shown. */
static void unknown_keyword(cfg_t *cfg, const char *name)
{
	struct nearest nearest = nearest_to(name);
	const struct block *block = block_with(name);

	for (unsigned int i = 0; i < cfg_num(cfg); i++)
		if (strcmp(cfg_getnopt(cfg, i)->name, "end_of_file") != 0)
			nearest_offer(&nearest, cfg_getnopt(cfg, i)->name);
	if (block == &config_blocks[BLOCK_COMMON])
		config_complain(config_here(cfg),
			"unknown keyword '%s'; it belongs outside of all blocks", name);
	else if (block)
		config_complain(config_here(cfg),
			"unknown keyword '%s'; it belongs into a %s block", name, block->name);
	else
		config_complain(config_here(cfg), "unknown keyword%s%s%s%s", name[0] ? " '" : "",
			name, name[0] ? "'" : "", nearest_question(&nearest, "").text);
}

/* cfg_errfunc_t: a syntax error, or a keyword that is unknown */
__attribute__((format(printf, 2, 0))) static void on_error(
	cfg_t *cfg, const char *format, va_list arguments)
{
	char text[4096];
	bool unknown = strstr(format, "no such option") || strstr(format, "no sub-section");

	vsnprintf(text, sizeof(text), format, arguments);
	mask(text);
	if (unknown && strchr(text, '\'')) {
		char *name = strchr(text, '\'') + 1;

		name[strcspn(name, "'")] = '\0';
		unknown_keyword(cfg, strcmp(name, "...") == 0 ? "" : name);
	} else {
		config_complain(config_here(cfg), "%s", text);
	}
	explicit_bzero(text, sizeof(text));
	if (config_reader.stopped)
		cfg->flags &= ~CFGF_KEYSTRVAL;
}

/* ---- what is in no block ---- */

static bool set_device(const char *value, struct why *why)
{
	return value_interface(
		value, config_reader.config->device, sizeof(config_reader.config->device), why);
}

static bool set_control(const char *value, struct why *why)
{
	struct config_path *path = &config_reader.config->control;

	return value_path(value, path->text, sizeof(path->text), why);
}

static bool set_pin_directory(const char *value, struct why *why)
{
	struct config_path *path = &config_reader.config->pin_directory;

	return value_path(value, path->text, sizeof(path->text), why);
}

static bool set_mtu(const char *value, struct why *why)
{
	if (strcmp(value, "0") == 0)
		return true;
	return value_number(value, IPV6_MTU_MIN, UINT16_MAX, &config_reader.config->mtu, why);
}

static bool set_keep_flows(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.config->keep_flows, why);
}

const struct keyword config_common_keywords[] = {
	{"device", false, set_device},
	{"control", false, set_control},
	{"pin_directory", false, set_pin_directory},
	{"mtu", false, set_mtu},
	{"keep_flows", false, set_keep_flows},
	{NULL, false, NULL},
};

/* ---- files ---- */

/* Stands behind the text of every file: where libconfuse meets it, the file ends. */
#define TRAILER "\nend_of_file()\n"

/* cfg_func_t. libconfuse takes the end of a file for the end of every open block. */
static int end_of_file(cfg_t *cfg, cfg_opt_t *option, int count, const char **arguments)
{
	(void)option;
	(void)count;
	(void)arguments;
	config_reader.source->ended = true;
	if (cfg == config_reader.source->block)
		return 0;
	config_complain(
		config_here(cfg), "%s: the block is not closed where the file ends", cfg_name(cfg));
	return -1;
}

/* A copy of a name that lives as long as the config_reader; NULL if out of memory. */
static const char *keep_name(const char *name)
{
	char **names = reallocarray(
		config_reader.names, config_reader.names_count + 1, sizeof(*config_reader.names));
	char *copy = strdup(name);

	if (names)
		config_reader.names = names;
	if (!names || !copy) {
		free(copy);
		config_out_of_memory();
		return NULL;
	}
	config_reader.names[config_reader.names_count++] = copy;
	return copy;
}

static void parse(cfg_t *block, FILE *stream)
{
	unsigned int errors = config_reader.errors;
	int line = block->line;

	if (cfg_parse_fp(block, stream) != CFG_SUCCESS) {
		if (config_reader.errors == errors && !config_reader.stopped)
			config_out_of_memory();
		config_reader.stopped = true;
	} else if (!config_reader.source->ended) {
		config_complain(config_here(block), "the file ends too early");
	}
	block->line = line;
}

/* Reads one file into `block`. -errno if it cannot be read, after saying so at `place`. */
static int read_file(const char *path, cfg_t *block, struct place place)
{
	struct source source = {.outer = config_reader.source, .block = block};
	struct config_file file;
	struct why why;
	FILE *stream;
	int error = config_file_read(path, TRAILER, &file, &why);

	source.name = keep_name(path);
	if (error < 0 || !source.name) {
		if (error < 0)
			config_complain(place, "%s", why.text);
		return error < 0 ? error : -ENOMEM;
	}
	source.lines = file.lines;
	if (file.open_comment != 0)
		config_complain((struct place){source.name, file.open_comment},
			"the comment is not closed where the file ends");
	if (file.lines == 0 && !source.outer)
		config_complain((struct place){source.name, 0}, "the file is empty");
	if ((file.lines == 0 && !source.outer) ||
		!config_text_check(&file, file.length - strlen(TRAILER), source.name,
			block == config_reader.root ? BLOCK_COMMON : BLOCK_HOME_AGENT)) {
		config_reader.stopped = true;
		config_file_free(&file);
		return 0;
	}
	stream = fmemopen(file.text, file.length, "r");
	if (stream) {
		/* no copy of a key in a buffer that is not ours */
		setvbuf(stream, NULL, _IONBF, 0);
		config_reader.source = &source;
		parse(block, stream);
		config_reader.source = source.outer;
		fclose(stream);
	} else {
		config_out_of_memory();
	}
	config_file_free(&file);
	return 0;
}

static unsigned int depth(void)
{
	const struct source *source;
	unsigned int depth = 0;

	for (source = config_reader.source; source; source = source->outer)
		depth++;
	return depth;
}

/* cfg_func_t: include("FILE"), relative to the file that says it */
static int include(cfg_t *cfg, cfg_opt_t *option, int count, const char **arguments)
{
	char path[PATH_MAX];

	(void)option;
	if (cfg != config_reader.root)
		config_note_opening(&config_blocks[BLOCK_HOME_AGENT], config_reader.root->line);
	if (count != 1)
		config_complain(config_here(cfg), "include: takes one file name");
	else if (depth() > INCLUDE_DEPTH_MAX)
		config_complain(config_here(cfg),
			"include: nested more than %d deep, or in a circle", INCLUDE_DEPTH_MAX);
	else if (!config_file_beside(config_reader.source->name, arguments[0], path, sizeof(path)))
		config_complain(config_here(cfg), "include: path too long");
	else
		return read_file(path, cfg, config_here(cfg)) < 0 || config_reader.stopped ? -1 : 0;
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
	cfg_opt_t worth[KEYWORDS_MAX] = {CFG_FUNC("end_of_file", end_of_file)};
	cfg_opt_t route_optimization[KEYWORDS_MAX] = {
		CFG_FUNC("end_of_file", end_of_file),
		CFG_SEC("prefix", worth, CFGF_MULTI | CFGF_TITLE),
	};
	cfg_opt_t correspondent[KEYWORDS_MAX] = {CFG_FUNC("end_of_file", end_of_file)};
	cfg_opt_t mobile_node[KEYWORDS_MAX] = {
		CFG_FUNC("end_of_file", end_of_file),
		CFG_SEC("link", link, CFGF_MULTI | CFGF_TITLE),
		CFG_SEC("route_optimization", route_optimization, CFGF_MULTI),
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
		CFG_SEC("correspondent", correspondent, CFGF_MULTI),
	};

	route_optimization[1].validcb = config_worth_end;
	mobile_node[1].validcb = config_link_end;
	mobile_node[2].validcb = config_route_optimization_end;
	home_agent[2].validcb = config_node_end;
	root[2].validcb = config_home_agent_end;
	root[3].validcb = config_mobile_node_end;
	root[4].validcb = config_correspondent_end;
	add_keywords(link, 1, &config_blocks[BLOCK_LINK]);
	add_keywords(node, 1, &config_blocks[BLOCK_NODE]);
	add_keywords(worth, 1, &config_blocks[BLOCK_WORTH]);
	add_keywords(route_optimization, 2, &config_blocks[BLOCK_ROUTE_OPTIMIZATION]);
	add_keywords(mobile_node, 3, &config_blocks[BLOCK_MOBILE_NODE]);
	add_keywords(correspondent, 1, &config_blocks[BLOCK_CORRESPONDENT]);
	add_keywords(home_agent, 3, &config_blocks[BLOCK_HOME_AGENT]);
	add_keywords(root, 5, &config_blocks[BLOCK_COMMON]);
	/* With KEYSTRVAL, libconfuse goes on after a keyword that it does not know. */
	return cfg_init(root, CFGF_KEYSTRVAL);
}

/* ---- what spans blocks ---- */

const char *config_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void exclude(struct place agent, struct place other, const char *name)
{
	config_complain(agent.line > other.line ? agent : other,
		"both a home_agent and a %s block: one of them is too much", name);
}

static void finish(const char *file)
{
	struct place agent = config_reader.roles[ROLE_HOME_AGENT];
	struct place node = config_reader.roles[ROLE_MOBILE_NODE];
	struct place correspondent = config_reader.roles[ROLE_CORRESPONDENT];

	if (agent.line != 0 && node.line != 0)
		exclude(agent, node, "mobile_node");
	else if (agent.line != 0 && correspondent.line != 0)
		exclude(agent, correspondent, "correspondent");
	else if (agent.line == 0 && node.line == 0 && correspondent.line == 0)
		config_complain((struct place){file, 0},
			"neither a home_agent nor a mobile_node nor a correspondent block");
	if (agent.line != 0)
		config_home_agent_finish(agent);
	if (node.line != 0)
		config_mobile_node_finish(node);
	if (correspondent.line != 0)
		config_correspondent_finish(correspondent, node.line == 0);
}

static void set_defaults(struct config *config)
{
	strcpy(config->device, "monami0");
	strcpy(config->control.text, "/run/monami/control");
	strcpy(config->pin_directory.text, "/sys/fs/bpf/monami");
	config->core.dialect = &dialect_rfc5648;
	config_home_agent_defaults();
	config_node_reset();
	config_mobile_node_defaults();
	config_route_optimization_defaults();
	config_correspondent_defaults();
	config_blocks_init();
}

static int read_all(const char *file)
{
	int error;

	set_defaults(config_reader.config);
	config_reader.root = grammar();
	if (!config_reader.root)
		return -ENOMEM;
	cfg_set_error_function(config_reader.root, on_error);
	error = read_file(file, config_reader.root, (struct place){file, 0});
	if (error == 0 && !config_reader.stopped)
		finish(file);
	config_cleanse(config_reader.root);
	cfg_free(config_reader.root);
	if (config_reader.no_memory)
		return -ENOMEM;
	if (error == 0 && config_reader.errors > 0)
		return -EINVAL;
	return error;
}

static void reader_clean(void)
{
	while (config_reader.names_count > 0)
		free(config_reader.names[--config_reader.names_count]);
	free(config_reader.names);
	free(config_reader.node_places);
	explicit_bzero(&config_reader, sizeof(config_reader));
}

int config_read(const char *file, void (*error)(void *ctx, const struct config_error *), void *ctx,
	struct config **ret)
{
	struct config *config = calloc(1, sizeof(*config));
	int result;

	if (!config)
		return -ENOMEM;
	config_reader = (struct config_reader){.error = error, .ctx = ctx, .config = config};
	result = read_all(file);
	reader_clean();
	if (result < 0)
		config_free(config);
	else
		*ret = config;
	return result;
}

size_t config_replayable(const struct config *config)
{
	size_t count = 0;

	if (!config->core.is_home_agent || config->store.text[0] != '\0')
		return 0;
	for (size_t i = 0; i < config->nodes_count; i++)
		count += config->nodes[i].auth.mode == AUTH_MODE_MN_HA &&
			 !config->nodes[i].auth.replay;
	return count;
}

const struct in6_addr *config_home_agent(const struct config *config, unsigned int index)
{
	return &config->core.mobile_nodes[index].home_agent;
}

const struct in6_addr *config_home_address(const struct config *config, unsigned int index)
{
	return &config->core.mobile_nodes[index].home_address;
}

bool config_is_home_address(const struct config *config, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < config->mobile_nodes_count; i++)
		if (IN6_ARE_ADDR_EQUAL(address, config_home_address(config, i)))
			return true;
	return false;
}

static void forget_key(struct auth *auth)
{
	explicit_bzero(auth->key, sizeof(auth->key));
	auth->key_length = 0;
}

void config_forget_keys(struct config *config)
{
	for (size_t i = 0; i < config->nodes_count; i++)
		forget_key(&config->nodes[i].auth);
	forget_key(&config->core.mobile_nodes[0].auth);
}

void config_free(struct config *config)
{
	if (config->nodes)
		explicit_bzero(config->nodes, config->nodes_count * sizeof(*config->nodes));
	free(config->nodes);
	explicit_bzero(config, sizeof(*config));
	free(config);
}
