/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what config_read() finds. Must not judge: a file is right if the daemon would start. */
#include "check.h"

#include "config.h"
#include "../../program/json_text.h"

static void print(void *ctx, const struct config_error *error)
{
	FILE *out = ctx;
	json_t *line = json_object();

	json_object_set_new(line, "file", json_text(error->file));
	json_object_set_new(line, "line", json_integer(error->line));
	if (error->column > 0)
		json_object_set_new(line, "column", json_integer(error->column));
	json_object_set_new(line, "text", json_text(error->text));
	json_dumpf(line, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(line);
}

/* Says which roles the file configures: a file without errors gets an answer, too. */
static void print_summary(const char *path, const struct config *config, FILE *out)
{
	const struct core_config *core = &config->core;
	json_t *line = json_object();
	json_t *roles = json_array();
	unsigned int links = 0;

	if (core->is_home_agent)
		json_array_append_new(roles, json_string("home-agent"));
	if (core->mobile_nodes_count > 0)
		json_array_append_new(roles, json_string("mobile-node"));
	if (core->corresponds)
		json_array_append_new(roles, json_string("correspondent"));
	json_object_set_new(line, "file", json_text(path));
	json_object_set_new(line, "ok", json_true());
	json_object_set_new(line, "roles", roles);
	if (core->is_home_agent)
		json_object_set_new(
			line, "mobile_nodes", json_integer((json_int_t)config->nodes_count));
	if (core->mobile_nodes_count > 1)
		json_object_set_new(
			line, "mobile_node_blocks", json_integer(core->mobile_nodes_count));
	for (unsigned int i = 0; i < config->mobile_nodes_count; i++)
		links += config->mobile_nodes[i].links_count;
	if (core->mobile_nodes_count > 0)
		json_object_set_new(line, "links", json_integer(links));
	if (config->interfaces_count > 0)
		json_object_set_new(line, "interfaces", json_integer(config->interfaces_count));
	if (config_replayable(config) > 0)
		json_object_set_new(line, "warning", json_string(CONFIG_REPLAYABLE_TEXT));
	json_dumpf(line, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(line);
}

int check_file(const char *path, FILE *out)
{
	struct config *config;
	int error = config_read(path, print, out, &config);

	if (error < 0)
		return error;
	print_summary(path, config, out);
	config_free(config);
	return 0;
}
