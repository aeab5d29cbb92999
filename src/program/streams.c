/* SPDX-License-Identifier: BSD-2-Clause */
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void streams_open(void)
{
	int fd;

	/* open() takes the lowest number that is free */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int streams_close(const char *program, int status)
{
	errno = 0;
	if (!ferror(stdout) && fclose(stdout) == 0)
		return status;
	/* stdio does not keep the error of an earlier failure: another attempt has it again */
	if (errno == 0)
		(void)!write(STDOUT_FILENO, "\n", 1);
	if (errno != EPIPE)
		fprintf(stderr, "%s: standard output: %s\n", program,
			errno ? strerror(errno) : "not all of it could be written");
	return EXIT_FAILURE;
}
