/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of a mobile node, as the core has it: the rules of the configuration, each with the
 * index of the interface that it names. A rule is known by its name: it keeps its number, which is
 * its flow identifier at the home agent (RFC 6089 4.2), as long as the daemon runs.
 */
#ifndef MONAMI_DAEMON_HOST_POLICY_H
#define MONAMI_DAEMON_HOST_POLICY_H

#include "../config/config.h"

struct host_interface;
struct mobile_host;
struct mobile_hosts;

struct policy {
	unsigned int count;
	struct config_flow flows[RULES_MAX]; /* numbers and interfaces as in the core */
};

/* At the start: the core gets the rules of the configuration. Names the rules that it refuses in
 * the log. */
void policy_start(struct mobile_host *);
/* Tells the core of the rules that are new, changed or gone; of the others, nothing. Numbers of
 * `flows` do not count. 0, or -errno of the core about the rule `ret_refused`, after all others are
 * done. */
int policy_change(struct mobile_host *, const struct config_flow *flows, unsigned int count,
	struct policy_change *ret, const char **ret_refused);
/*
 * The flow blocks of `file` are the policies of the mobile nodes of the same home addresses. Other
 * blocks count as little as they differ; but links have to have the same BIDs. Calls `error` for
 * each error of the file: then -EINVAL (or as config_read()), and nothing is changed.
 */
int policy_load(struct mobile_hosts *, const char *file,
	void (*error)(void *ctx, const struct config_error *), void *ctx,
	struct policy_change *ret);
/* An interface has this state now: rules of forwarded packets follow its index. */
void policy_follow_interface(struct mobile_host *, const struct host_interface *);
/* NULL: there is no rule of this number. */
const struct config_flow *policy_with_number(const struct policy *, uint16_t number);

#endif
