/* SPDX-License-Identifier: BSD-2-Clause */
/* The present, as the core wants it. */
#ifndef MONAMI_IO_CLOCK_H
#define MONAMI_IO_CLOCK_H

#include "../core/port.h"

struct moment clock_now(void);

#endif
