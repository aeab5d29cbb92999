/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"

const char *wire_error_text(enum wire_error error)
{
	static const char *const texts[] = {
#define WIRE_ERROR(name, text) [WIRE_##name] = (text),
#include "errors.def"
#undef WIRE_ERROR
	};

	return (unsigned int)error < WIRE_ERRORS ? texts[error] : "unknown error";
}
