/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *read_open(int fd, off_t most, mode_t forbidden, char **ret)
{
	static char reason[64];
	struct stat status;
	ssize_t length = 0, got;
	bool utf16;

	if (fd < 0 || fstat(fd, &status) != 0)
		return strerror(errno);
	errno = EINVAL;
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? "it is a directory" : "not a regular file";
	snprintf(reason, sizeof(reason), "larger than %lld octets", (long long)most);
	if (status.st_size > most)
		return reason;
	snprintf(reason, sizeof(reason), "open to everybody (mode %04o)",
		(unsigned)status.st_mode & 07777);
	errno = EKEYREJECTED;
	if (status.st_mode & forbidden)
		return reason;
	*ret = calloc(1, (size_t)status.st_size + 1);
	if (!*ret)
		return strerror(errno);
	while ((got = read(fd, *ret + length, (size_t)(status.st_size - length))) > 0)
		length += got;
	if (got < 0)
		return strerror(errno);
	errno = EINVAL;
	utf16 = strncmp(*ret, "\xff\xfe", 2) == 0 || strncmp(*ret, "\xfe\xff", 2) == 0;
	if (!utf16 && !memchr(*ret, '\0', (size_t)length))
		return NULL;
	explicit_bzero(*ret, (size_t)length);
	return utf16 ? "it is UTF-16, save it as UTF-8" : "it is not text (it holds a NUL)";
}

const char *text_file_read(const char *path, off_t most, mode_t forbidden, char **ret)
{
	/* O_NONBLOCK: a FIFO must not hold the daemon */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = NULL;
	const char *wrong = read_open(fd, most, forbidden, &text);
	int error = errno;

	if (wrong && text)
		text_file_free(text);
	if (fd >= 0)
		close(fd);
	errno = error;
	*ret = text;
	return wrong;
}

void text_file_free(char *text)
{
	explicit_bzero(text, strlen(text));
	free(text);
}
