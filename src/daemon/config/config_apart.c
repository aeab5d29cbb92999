/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the configuration in a child process, which hands the result over by a pipe. libconfuse's
 * lexer and its lists of values leave pieces of the text, with keys, in freed memory; that memory
 * ends with the child.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_all(int fd, const void *octets, size_t length)
{
	const uint8_t *at = octets;

	while (length > 0) {
		ssize_t done = write(fd, at, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		length -= (size_t)done;
	}
	return true;
}

static bool read_all(int fd, void *octets, size_t length)
{
	uint8_t *at = octets;

	while (length > 0) {
		ssize_t done = read(fd, at, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		length -= (size_t)done;
	}
	return true;
}

static _Noreturn void be_child(
	int fd, const char *file, void (*error)(void *ctx, const struct config_error *), void *ctx)
{
	struct config *config = NULL;
	int result = config_read(file, error, ctx, &config);
	bool told = write_all(fd, &result, sizeof(result));

	if (told && result == 0) {
		told = write_all(fd, config, sizeof(*config)) &&
		       write_all(fd, config->nodes, config->nodes_count * sizeof(*config->nodes));
		config_free(config);
	}
	fflush(NULL);
	_exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* The child was forked, not executed: pointers to constants in the configuration are valid here. */
static int receive(int fd, struct config **ret)
{
	int result;

	if (!read_all(fd, &result, sizeof(result)))
		return -EIO;
	if (result < 0)
		return result;
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		return -ENOMEM;
	bool whole = read_all(fd, config, sizeof(*config));
	config->nodes = NULL;
	if (whole && config->nodes_count > 0) {
		config->nodes = calloc(config->nodes_count, sizeof(*config->nodes));
		whole = config->nodes &&
			read_all(fd, config->nodes, config->nodes_count * sizeof(*config->nodes));
	}
	if (!whole) {
		config_free(config);
		return -EIO;
	}
	*ret = config;
	return 0;
}

int config_read_apart(const char *file, void (*error)(void *ctx, const struct config_error *),
	void *ctx, struct config **ret)
{
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		be_child(ends[1], file, error, ctx);
	}
	close(ends[1]);
	int result = child < 0 ? -errno : receive(ends[0], ret);
	close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return result;
}
