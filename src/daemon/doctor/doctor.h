/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `monamid --doctor`, which `monami doctor` runs: properties of this host that keep the daemon from
 * working, why they matter, and the command that mends each. Runs with and without a daemon, and
 * with and without a configuration; changes nothing.
 *
 *     doctor.c             the table of checks
 *     doctor_daemon.c      what a running daemon says
 *     doctor_host.c        kernel, clock, other daemons
 *     doctor_filters.c     reverse path filters
 *     start_findings.c     what a start needs
 *     link_findings.c      interfaces and addresses
 */
#ifndef MONAMI_DAEMON_DOCTOR_H
#define MONAMI_DAEMON_DOCTOR_H

#include "../config/config.h"
#include "finding.h"

#include <stdio.h>
#include <sys/types.h>

struct doctor {
	const char *file;            /* the configuration's */
	bool file_given;             /* by the user: it must exist */
	const struct config *config; /* defaults, if there is none that can be read */
	bool configured;
	const char *control;
	pid_t daemon; /* that answers on `control`; 0: none */
	struct finding_sink sink;
};

struct doctor_options {
	const char *file; /* NULL: the default */
	const char *file_default;
	const char *control; /* NULL: as the configuration says */
};

/* Writes one document (docs/control.md, doctor). The exit status: 0 no problem, 1 problems. */
int doctor_run(const struct doctor_options *, FILE *out);

/* doctor_daemon.c: gives each finding of the running daemon. False: it did not answer. */
bool doctor_ask_daemon(
	const struct doctor *, const char *const *checks, const struct finding_sink *);

/* doctor_host.c, doctor_filters.c: rows of the table */
void doctor_kernel(const struct doctor *);
void doctor_clock(const struct doctor *);
void doctor_mobility_daemons(const struct doctor *);
void doctor_reverse_path(const struct doctor *);

/* Verdicts of clocks and kernels, without asking the host. */
void clock_findings(int64_t now, bool synchronized, bool needed, const struct finding_sink *);

#endif
