/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refuses flows that begin from outside: a table of nftables with connection tracking, which tells
 * a new flow from one that is known. By nf_tables' own messages over libmnl, since the daemon
 * starts no programs. All -errno.
 */
#ifndef MONAMI_IO_FLOW_REFUSAL_H
#define MONAMI_IO_FLOW_REFUSAL_H

#include <netinet/in.h>
#include <stddef.h>

#define FLOW_REFUSAL_MAX 8

/*
 * Sets the table of this name, in place of one that is there: packets that begin a flow to one of
 * the addresses, at most FLOW_REFUSAL_MAX, are answered with Destination Unreachable
 * (administratively prohibited). Without addresses, the kernel only learns which flows there are.
 */
int flow_refusal_set(const char *table, const struct in6_addr *addresses, size_t count);
/* Also if it is not there. */
int flow_refusal_remove(const char *table);
/* 0: it is there; -ENOENT: it is not. */
int flow_refusal_check(const char *table);

#endif
