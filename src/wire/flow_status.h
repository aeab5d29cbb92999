/* SPDX-License-Identifier: BSD-2-Clause */
/* The statuses by which a Flow Identification option is answered (RFC 6089 4.2). */
#ifndef MONAMI_WIRE_FLOW_STATUS_H
#define MONAMI_WIRE_FLOW_STATUS_H

#include <stdint.h>

enum flow_status {
#define FLOW_STATUS(value, name, text) FLOW_##name = (value),
#include "flow_status.def"
#undef FLOW_STATUS
};

/* The text of flow_status.def; NULL if the status is none of them. */
const char *flow_status_text(uint8_t status);

#endif
