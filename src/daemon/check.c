/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what config_read() finds. Must not judge: a file is right if the daemon would start. */
#include "check.h"

#include "config.h"
#include "json_text.h"

static void print(void *ctx, const struct config_error *error)
{
	FILE *out = ctx;
	json_t *line = json_object();

	json_object_set_new(line, "file", json_text(error->file));
	json_object_set_new(line, "line", json_integer(error->line));
	json_object_set_new(line, "text", json_text(error->text));
	json_dumpf(line, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(line);
}

int check_file(const char *path, FILE *out)
{
	struct config *config;
	int error = config_read(path, print, out, &config);

	if (error == 0)
		config_free(config);
	return error;
}
