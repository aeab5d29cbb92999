/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings about the host that a start depends on. After a failed start they name the reason;
 * `monami doctor` examines them before.
 */
#ifndef MONAMI_DAEMON_START_FINDINGS_H
#define MONAMI_DAEMON_START_FINDINGS_H

#include "../config/config.h"
#include "finding.h"

#include <sys/types.h>

/* Capabilities of this process. */
void permission_findings(const struct finding_sink *);
/* The control socket can be made: no other daemon has it. */
void control_findings(const struct config *, const struct finding_sink *);
/* /dev/net/tun */
void tun_findings(const struct finding_sink *);
void bpffs_findings(const struct config *, const struct finding_sink *);
/* The next two: `daemon` is the process that may have it, 0 if none may. */
void device_findings(const struct config *, pid_t daemon, const struct finding_sink *);
void pin_findings(const struct config *, pid_t daemon, const struct finding_sink *);

/* The process that answers on a control socket, 0 if none does. */
pid_t control_peer(const char *path);

#endif
