/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks that the core's times come from. */
#ifndef MONAMI_IO_CLOCK_H
#define MONAMI_IO_CLOCK_H

#include "../../core/api/port.h"

struct moment clock_now(void);
/* How long the machine has been suspended since it was booted. */
nanos clock_suspended(void);

#endif
