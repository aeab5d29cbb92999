/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that ask the running daemon. */
#ifndef MONAMI_CLI_REQUEST_H
#define MONAMI_CLI_REQUEST_H

#include <stdbool.h>

struct request_options {
	const char *socket;
	bool json; /* print documents as they are documented, not text */
};

/* Each prints to standard output and returns the exit status: 0, or 1 after saying why. */
int request_status(const struct request_options *);
int request_links(const struct request_options *);
int request_counters(const struct request_options *);
int request_bindings(const struct request_options *);
/* Until the daemon stops, or the output is closed. */
int request_monitor(const struct request_options *);
int request_prefer(const struct request_options *, unsigned int bid, unsigned int priority);

#endif
