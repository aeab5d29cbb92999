/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that ask the running daemon. */
#ifndef MONAMI_CLI_REQUEST_H
#define MONAMI_CLI_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

struct request_options {
	const char *socket;
	bool socket_given;       /* by the user */
	bool json;               /* print JSON, not text */
	const char *mobile_node; /* its name or home address; NULL: not given */
};

/* The answer to a command, of `what` if that is not NULL and of the mobile node that the user
 * named: a new reference; NULL after a line on standard error. */
json_t *request_result(const struct request_options *, const char *command, const char *what);

/* Each prints to standard output and returns the exit status: 0, or 1 after a line on standard
 * error. */
int request_status(const struct request_options *);
int request_links(const struct request_options *);
int request_counters(const struct request_options *);
int request_home_agents(const struct request_options *);
int request_prefixes(const struct request_options *);
int request_correspondents(const struct request_options *);
int request_bindings(const struct request_options *);
/* Until the daemon stops, or the output is closed. */
int request_monitor(const struct request_options *);
/* Lifetimes in seconds; -1: infinite. */
int request_prefix_set(
	const struct request_options *, const char *prefix, long long valid, long long preferred);
int request_prefix_remove(const struct request_options *, const char *prefix);
int request_flows(const struct request_options *);
/* Steals `request`, which flow_words() made. */
int request_why(const struct request_options *, json_t *request);
int request_hint(const struct request_options *, const char *link, bool leaving);
/* NULL: the file that the daemon was started with. */
int request_policy_load(const struct request_options *, const char *file);
int request_prefer(const struct request_options *, unsigned int bid, unsigned int priority);

#endif
