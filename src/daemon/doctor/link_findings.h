/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings about the interfaces and addresses that the configuration names, in their present state.
 * The daemon logs and shows them; `monami doctor` needs no daemon for them.
 */
#ifndef MONAMI_DAEMON_LINK_FINDINGS_H
#define MONAMI_DAEMON_LINK_FINDINGS_H

#include "../config/config.h"
#include "finding.h"

#include "../../io/host/host.h"

/* The interface: is there, up, and of a type that the data plane knows. */
void interface_findings(
	const struct config *, const struct host_interface *, const struct finding_sink *);
/* Its routers: accepted Router Advertisements, and (mobile node) a route and an address. */
void router_findings(
	const struct config *, const struct host_interface *, const struct finding_sink *);
void mtu_findings(
	const struct config *, const struct host_interface *, const struct finding_sink *);
/* All of these. */
void link_findings(
	const struct config *, const struct host_interface *, const struct finding_sink *);

/* Home agent: its address is this host's, and the host forwards. */
void address_findings(const struct config *, const struct finding_sink *);
void forwarding_findings(const struct config *, const struct finding_sink *);

/* Why mobile node number `index` cannot use the interface: false if the host gives no reason. */
bool link_reason(const struct config *, unsigned int index, const struct host_interface *,
	char *ret, size_t size);
/* The same of an interface of a home agent or a correspondent. */
bool interface_reason(const struct config *, const struct host_interface *, char *ret, size_t size);

#endif
