/* SPDX-License-Identifier: BSD-2-Clause */
/* What the running daemon answers on its control socket. */
#ifndef MONAMI_DAEMON_CONTROL_SOURCE_H
#define MONAMI_DAEMON_CONTROL_SOURCE_H

#include "control/show.h"

struct daemon;

/* The daemon is borrowed; it may still be starting when the first question comes. */
struct control_source control_source_of(struct daemon *);

#endif
