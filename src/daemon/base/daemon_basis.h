/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core, the data plane and the host, for each part of the daemon. daemon.c fills it in; a part
 * borrows it, as long as the daemon lives.
 */
#ifndef MONAMI_DAEMON_BASE_DAEMON_BASIS_H
#define MONAMI_DAEMON_BASE_DAEMON_BASIS_H

#include "../config/config.h"

#include "../../io/dataplane/dataplane.h"
#include "../../io/host/device.h"
#include "../../io/host/host.h"
#include "../../io/send/sender.h"

#define ROUTE_METRIC 1
#define TABLE_MAIN 254
#define HOME_ADDRESS_PREFIX 128

struct daemon;

struct daemon_basis {
	const struct config *config;
	struct core *core;
	struct core_port port;
	struct dataplane *dataplane;
	struct dataplane_state dataplane_state; /* as of the last dataplane_state_set() */
	struct device *device;
	struct sender *sender; /* of signalling */
	struct host *host;
	/* Functions of the daemon as a whole. */
	struct daemon *daemon;
	int (*give_event)(struct daemon *, const struct host_event *);
	void (*give_packet)(struct daemon *, const struct arrival *);
	void (*retry_later)(struct daemon *);
};

/* Hands an event to the core and carries out the effects. As core_host(). */
static inline int basis_host(const struct daemon_basis *basis, const struct host_event *event)
{
	return basis->give_event(basis->daemon, event);
}

/* Hands a packet to the core and carries out the effects. As core_packet(). */
static inline void basis_packet(const struct daemon_basis *basis, const struct arrival *arrival)
{
	basis->give_packet(basis->daemon, arrival);
}

/* The host refused something that must succeed in the end: the daemon tries again. */
static inline void basis_retry_later(const struct daemon_basis *basis)
{
	basis->retry_later(basis->daemon);
}

#endif
