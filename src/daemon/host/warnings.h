/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings about the host while the daemon runs: the log has each once when it begins and when it
 * ends, `monami status` as long as it lasts.
 */
#ifndef MONAMI_DAEMON_HOST_WARNINGS_H
#define MONAMI_DAEMON_HOST_WARNINGS_H

#include "../config/config.h"
#include "../doctor/finding.h"

#include "../../io/host/host.h"

#include <stddef.h>

struct interfaces;

/* The warning about one object that the log has; "": none. */
struct warning {
	char line[256];
};

/* Those about a home agent's host. */
struct host_warnings {
	struct warning address;
	struct warning forwarding;
};

/* Logs a new problem of this interface. */
void warnings_follow_interface(
	const struct config *, struct warning *said, const struct host_interface *);
/* The same for a home agent's address and forwarding. */
void warnings_follow_address(const struct config *, struct host_warnings *said);

/* Everything about interfaces and addresses, right or wrong. */
void warnings_each(const struct interfaces *, const struct finding_sink *);

#endif
