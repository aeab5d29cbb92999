/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings of the host that the daemon depends on: sysctls of an interface, addresses,
 * capabilities. Reads only, and stores nothing.
 */
#ifndef MONAMI_IO_HOST_SETTINGS_H
#define MONAMI_IO_HOST_SETTINGS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* net.ipv6.conf.NAME.* */
struct host_settings {
	bool forwarding;
	int accept_ra;
	uint32_t mtu; /* a router may have advertised less than the device's */
};

/* Of an interface, or of `all`. -errno. */
int host_settings_read(const char *interface, struct host_settings *ret);

/* A kernel that forwards on the interface accepts Router Advertisements with accept_ra = 2 only. */
static inline bool host_settings_discard_advertisements(const struct host_settings *settings)
{
	return settings->forwarding && settings->accept_ra == 1;
}

/* Whether an interface of this host has the address: its name, or -EADDRNOTAVAIL, or -errno. */
int host_address_find(const struct in6_addr *, char ret_interface[IFNAMSIZ]);

/* The capabilities that the daemon needs and this process lacks: names separated by spaces, "" if
 * there are all. Linux before 5.8 knows CAP_SYS_ADMIN only, which stands for two of them. */
void host_capabilities_missing(char *ret, size_t size);

#endif
