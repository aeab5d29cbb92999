/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings about the host while the daemon runs: the log has each once when it begins and when it
 * ends, `monami status` as long as it lasts.
 */
#ifndef MONAMI_DAEMON_WARNINGS_H
#define MONAMI_DAEMON_WARNINGS_H

#include "../doctor/finding.h"

#include "../../io/host/host.h"

#include <stddef.h>

struct daemon;

/* The warning about one object that the log has; "": none. */
struct warning {
	char line[256];
};

/* Logs what is wrong with this interface, if that is something new. */
void warnings_follow_interface(
	struct daemon *, struct warning *said, const struct host_interface *);
/* The same for a home agent's address and forwarding. */
void warnings_follow_address(struct daemon *);

/* Everything about interfaces and addresses, right or wrong. */
void warnings_each(const struct daemon *, const struct finding_sink *);
/* Why this interface cannot be used; "" if the host gives no reason. */
void warnings_link_reason(
	const struct daemon *, const struct host_interface *, char *ret, size_t size);

#endif
