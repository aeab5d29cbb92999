/* SPDX-License-Identifier: BSD-2-Clause */
#include "config_text.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

char directory[] = "/tmp/monami-config-XXXXXX";
char errors[1 << 16];

void collect_error(void *ctx, const struct config_error *error)
{
	size_t length = strlen(errors);

	(void)ctx;
	assert_non_null(error->file);
	snprintf(errors + length, sizeof(errors) - length, "%d: %s\n", error->line, error->text);
}

const char *write_file(const char *name, const char *text, size_t length)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
	return path;
}

int read_text(const char *text, struct config **ret)
{
	errors[0] = '\0';
	return config_read(write_file("test.conf", text, strlen(text)), collect_error, NULL, ret);
}

struct config *read_good(const char *text)
{
	struct config *config = NULL;
	int error = read_text(text, &config);

	assert_string_equal(errors, "");
	assert_int_equal(error, 0);
	assert_non_null(config);
	return config;
}

void expect_errors(const char *text, const char *expected)
{
	struct config *config = (struct config *)1;

	assert_int_equal(read_text(text, &config), -EINVAL);
	assert_ptr_equal(config, (struct config *)1);
	assert_string_equal(errors, expected);
}

int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

int remove_directory(void **state)
{
	DIR *files = opendir(directory);

	(void)state;
	if (!files)
		return -1;
	for (const struct dirent *file; (file = readdir(files));)
		unlinkat(dirfd(files), file->d_name, 0);
	closedir(files);
	return rmdir(directory);
}
