/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings that only the running daemon can make: home agent, paths, store. */
#ifndef MONAMI_DAEMON_DAEMON_FINDINGS_H
#define MONAMI_DAEMON_DAEMON_FINDINGS_H

#include "doctor/finding.h"

struct daemon;

void daemon_findings(const struct daemon *, const struct finding_sink *);

#endif
