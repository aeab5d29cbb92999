/* SPDX-License-Identifier: BSD-2-Clause */
/* Why octets are not understood. */
#ifndef MONAMI_WIRE_ERROR_H
#define MONAMI_WIRE_ERROR_H

enum wire_error {
#define WIRE_ERROR(name, text) WIRE_##name,
#include "errors.def"
#undef WIRE_ERROR
	WIRE_ERRORS
};

/* The text of errors.def; never NULL. */
const char *wire_error_text(enum wire_error);

#endif
