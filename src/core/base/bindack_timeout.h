/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.8: how long to wait for the answer to a Binding Update or Test Init until it is sent
 * once more.
 */
#ifndef MONAMI_CORE_BINDACK_TIMEOUT_H
#define MONAMI_CORE_BINDACK_TIMEOUT_H

#include "../api/port.h"

#define BINDACK_TIMEOUT_FIRST NANOS_PER_SECOND      /* RFC 6275 12: INITIAL_BINDACK_TIMEOUT */
#define BINDACK_TIMEOUT_MAX (32 * NANOS_PER_SECOND) /* RFC 6275 12: MAX_BINDACK_TIMEOUT */

static inline nanos bindack_timeout_after(nanos timeout)
{
	return nanos_min(2 * timeout, BINDACK_TIMEOUT_MAX);
}

#endif
