/* SPDX-License-Identifier: BSD-2-Clause */
/* Which types of interfaces (ARPHRD_*, linux/if_arp.h) the tc programs work on. */
#ifndef MONAMI_IO_LINK_TYPE_H
#define MONAMI_IO_LINK_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of the link header: 14 on Ethernet, 0 on links without one (PPP, TUN, LTE modems,
 * tunnels). -EPROTONOSUPPORT: the tc programs cannot work on such a link. */
int link_type_header(uint16_t type);

/* Why such a link is not used, with the name and number of its type. */
void link_type_refusal(uint16_t type, char *ret, size_t size);

/* The same two on another kernel. */
#define KERNEL(major, minor) ((unsigned int)(major) << 16 | (unsigned int)(minor))
int link_type_header_of(uint16_t type, unsigned int kernel);
void link_type_refusal_of(uint16_t type, unsigned int kernel, char *ret, size_t size);

#endif
