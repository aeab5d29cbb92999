/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_status.h"

#include <stddef.h>

const char *flow_status_text(uint8_t status)
{
	switch (status) {
#define FLOW_STATUS(value, name, text)                                                             \
	case value:                                                                                \
		return text;
#include "flow_status.def"
#undef FLOW_STATUS
	}
	return NULL;
}
