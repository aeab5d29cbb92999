/* SPDX-License-Identifier: BSD-2-Clause */
#include "host_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- sysctls ---- */

static int read_number(const char *interface, const char *name, long *ret)
{
	char path[sizeof("/proc/sys/net/ipv6/conf//forwarding") + IFNAMSIZ], text[32];
	ssize_t length;
	int fd, error = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", interface, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		error = -errno;
	close(fd);
	if (error < 0)
		return error;
	text[length] = '\0';
	*ret = strtol(text, NULL, 10);
	return 0;
}

int host_settings_read(const char *interface, struct host_settings *ret)
{
	long forwarding = 0, accept_ra = 0, mtu = 0;
	int error = read_number(interface, "forwarding", &forwarding);

	if (error == 0)
		error = read_number(interface, "accept_ra", &accept_ra);
	if (error == 0)
		error = read_number(interface, "mtu", &mtu);
	if (error < 0)
		return error;
	*ret = (struct host_settings){
		.forwarding = forwarding != 0,
		.accept_ra = (int)accept_ra,
		.mtu = (uint32_t)mtu,
	};
	return 0;
}

/* ---- addresses ---- */

static bool is_address(const struct ifaddrs *entry, const struct in6_addr *address)
{
	const struct sockaddr_in6 *own = (const struct sockaddr_in6 *)(const void *)entry->ifa_addr;

	return own && own->sin6_family == AF_INET6 && IN6_ARE_ADDR_EQUAL(&own->sin6_addr, address);
}

int host_address_find(const struct in6_addr *address, char ret_interface[IFNAMSIZ])
{
	struct ifaddrs *list, *entry;

	if (getifaddrs(&list) < 0)
		return -errno;
	for (entry = list; entry && !is_address(entry, address); entry = entry->ifa_next)
		;
	if (entry)
		snprintf(ret_interface, IFNAMSIZ, "%s", entry->ifa_name);
	freeifaddrs(list);
	return entry ? 0 : -EADDRNOTAVAIL;
}

/* ---- capabilities ---- */

static bool has(const struct __user_cap_data_struct sets[2], unsigned int capability)
{
	return sets[capability / 32].effective & (UINT32_C(1) << capability % 32);
}

static void append(char *text, size_t size, const char *word)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length ? " " : "", word);
}

void host_capabilities_missing(char *ret, size_t size)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {{0}};
	static const struct {
		unsigned int capability;
		const char *name;
		bool of_admin; /* CAP_SYS_ADMIN has it, too */
	} needed[] = {
		{CAP_NET_ADMIN, "CAP_NET_ADMIN", false},
		{CAP_NET_RAW, "CAP_NET_RAW", false},
		{CAP_BPF, "CAP_BPF", true},
		{CAP_PERFMON, "CAP_PERFMON", true},
	};

	ret[0] = '\0';
	if (syscall(SYS_capget, &header, sets) < 0)
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!has(sets, needed[i].capability) &&
			!(needed[i].of_admin && has(sets, CAP_SYS_ADMIN)))
			append(ret, size, needed[i].name);
}
