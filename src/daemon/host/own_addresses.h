/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses at which packets of route optimization arrive: a correspondent's own, and the
 * addresses of mobile nodes' links, bound or not yet. All global ones, past their Duplicate Address
 * Detection, as the kernel has them; a mobile node's home address is none of them.
 */
#ifndef MONAMI_DAEMON_HOST_OWN_ADDRESSES_H
#define MONAMI_DAEMON_HOST_OWN_ADDRESSES_H

#include "interfaces.h"

/* The interface has changed; `before`: its state before. */
void own_addresses_follow(const struct interfaces *, const struct watched_interface *,
	const struct host_interface *before);
/* Calls back for each address of a correspondent host. */
void own_addresses_each(
	const struct interfaces *, void (*each)(void *to, const struct in6_addr *), void *to);
/* Removes the addresses of the previous daemon. */
void own_addresses_sweep(const struct interfaces *);

#endif
