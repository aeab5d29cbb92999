/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into io_driver: the FAULT_NTH call of the function FAULT_CALL fails with FAULT_ERRNO,
 * once. At the end, how many calls of it there were goes into the file FAULT_COUNT.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

static long calls;

static bool fails(const char *name)
{
	const char *call = getenv("FAULT_CALL"), *nth = getenv("FAULT_NTH");

	if (!call || !nth || strcmp(call, name) != 0 || ++calls != atol(nth))
		return false;
	errno = atoi(getenv("FAULT_ERRNO"));
	return true;
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", calls);
	fclose(file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int socket(int domain, int type, int protocol)
{
	return fails("socket") ? -1 : REAL(socket)(domain, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	return fails("bind") ? -1 : REAL(bind)(fd, address, length);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	return fails("setsockopt") ? -1 : REAL(setsockopt)(fd, level, option, value, length);
}

ssize_t sendto(int fd, const void *octets, size_t length, int flags, const struct sockaddr *to,
	socklen_t to_length)
{
	return fails("sendto") ? -1 : REAL(sendto)(fd, octets, length, flags, to, to_length);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	return fails("sendmmsg") ? -1 : REAL(sendmmsg)(fd, messages, count, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return fails("recvmsg") ? -1 : REAL(recvmsg)(fd, message, flags);
}

ssize_t readv(int fd, const struct iovec *pieces, int count)
{
	return fails("readv") ? -1 : REAL(readv)(fd, pieces, count);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fails("ioctl") ? -1 : REAL(ioctl)(fd, request, argument);
}
