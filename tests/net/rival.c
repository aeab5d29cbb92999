/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into monamid: another program that deletes the device at the worst time. The file that
 * the environment calls RIVAL has a number: after so many of the calls below, counted from the one
 * that makes the device, it is deleted; then the file is removed.
 */
#include <dlfcn.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long left; /* calls until the device is deleted; 0: it is not */
static unsigned int device;

static void arm(void)
{
	const char *path = getenv("RIVAL");
	FILE *file = path ? fopen(path, "re") : NULL;

	left = 0;
	if (!file)
		return;
	if (fscanf(file, "%ld", &left) != 1)
		left = 0;
	fclose(file);
}

static void delete_device(void)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		{.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_DELLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		{.ifi_index = (int)device},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	/* The kernel carries it out within this call. */
	(void)REAL(send)(fd, &request, sizeof(request), 0);
	close(fd);
	unlink(getenv("RIVAL"));
}

static void called(void)
{
	if (left > 0 && --left == 0)
		delete_device();
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == TUNSETIFINDEX)
		memcpy(&device, argument, sizeof(device));
	if (request == TUNSETIFF)
		arm();
	int result = REAL(ioctl)(fd, request, argument);
	called();
	return result;
}

unsigned int if_nametoindex(const char *name)
{
	unsigned int result = REAL(if_nametoindex)(name);

	called();
	return result;
}

/* Of netlink sockets, too: libmnl and libbpf. */
ssize_t send(int fd, const void *octets, size_t length, int flags)
{
	ssize_t result = REAL(send)(fd, octets, length, flags);

	called();
	return result;
}

ssize_t sendto(int fd, const void *octets, size_t length, int flags, const struct sockaddr *to,
	socklen_t to_length)
{
	ssize_t result = REAL(sendto)(fd, octets, length, flags, to, to_length);

	called();
	return result;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t result = REAL(sendmsg)(fd, message, flags);

	called();
	return result;
}
