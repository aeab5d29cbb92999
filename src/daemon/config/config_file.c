/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the files of a configuration. Must not look at what they say. */
#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(struct why *why, int error, const char *reason)
{
	snprintf(why->text, sizeof(why->text), "cannot be read: %s", reason);
	return error;
}

/* The file open for reading and its size, or -errno. */
static int open_text(const char *path, size_t *ret_size, struct why *why)
{
	struct stat status = {.st_mode = 0};
	/* O_NONBLOCK: a FIFO must not hold the daemon */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return refuse(why, -errno, strerror(errno));
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_size <= CONFIG_FILE_OCTETS_MAX) {
		*ret_size = (size_t)status.st_size;
		return fd;
	}
	close(fd);
	if (S_ISDIR(status.st_mode))
		return refuse(why, -EINVAL, "it is a directory");
	return S_ISREG(status.st_mode) ? refuse(why, -EFBIG, "larger than 64 MiB")
				       : refuse(why, -EINVAL, "not a regular file");
}

/* Reads up to `size` octets; how many there were, or -errno. */
static long read_up_to(int fd, char *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(fd, to + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (long)done;
}

/* The end of the quoted string that begins at `at`. */
static char *skip_quoted(char *at)
{
	char quote = *at++;

	while (*at != '\0' && *at != quote)
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	return *at == quote ? at + 1 : at;
}

/* Blanks `count` characters, but leaves line ends. */
static char *blank(char *at, size_t count)
{
	for (; count > 0; count--, at++)
		if (*at != '\n')
			*at = ' ';
	return at;
}

static int lines_in(const char *text, const char *end)
{
	int lines = 0;

	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}

/* Comments as libconfuse has them: # and // to the end of the line, and C's. */
static void blank_comments(struct config_file *file)
{
	char *at = file->text;

	while (*at != '\0') {
		if (*at == '"' || *at == '\'') {
			at = skip_quoted(at);
		} else if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
			at = blank(at, strcspn(at, "\n"));
		} else if (at[0] == '/' && at[1] == '*') {
			const char *close = strstr(at + 2, "*/");

			if (!close)
				file->open_comment = lines_in(file->text, at) + 1;
			at = blank(at, close ? (size_t)(close + 2 - at) : strlen(at));
		} else {
			at++;
		}
	}
}

/* Why libconfuse must not see the text, or NULL. */
static const char *not_text(const char *text, size_t length)
{
	if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return "it is UTF-16, save it as UTF-8";
	if (memchr(text, '\0', length))
		return "it is not text (it holds a NUL)";
	if (memchr(text, '\r', length) && !memchr(text, '\n', length))
		return "its lines end with CR alone, save it with LF";
	return NULL;
}

int config_file_read(
	const char *path, const char *trailer, struct config_file *ret, struct why *why)
{
	size_t size = 0;
	int fd = open_text(path, &size, why);
	struct config_file file = {.text = NULL};
	long length;

	if (fd < 0)
		return fd;
	file.text = malloc(size + strlen(trailer) + 1);
	file.length = size;
	length = file.text ? read_up_to(fd, file.text, size) : -ENOMEM;
	close(fd);
	const char *reason =
		length < 0 ? strerror((int)-length) : not_text(file.text, (size_t)length);
	if (reason) {
		config_file_free(&file);
		return refuse(why, length < 0 ? (int)length : -EINVAL, reason);
	}
	file.text[length] = '\0';
	file.lines = lines_in(file.text, file.text + length);
	if (length > 0 && file.text[length - 1] != '\n')
		file.lines++;
	blank_comments(&file);
	strcpy(file.text + length, trailer);
	file.length = (size_t)length + strlen(trailer);
	*ret = file;
	return 0;
}

void config_file_free(struct config_file *file)
{
	if (file->text)
		explicit_bzero(file->text, file->length);
	free(file->text);
	file->text = NULL;
}

bool config_file_beside(const char *from, const char *path, char *ret, size_t capacity)
{
	const char *slash = strrchr(from, '/');
	int directory = path[0] == '/' || !slash ? 0 : (int)(slash - from) + 1;
	int length = snprintf(ret, capacity, "%.*s%s", directory, from, path);

	return length >= 0 && (size_t)length < capacity;
}
