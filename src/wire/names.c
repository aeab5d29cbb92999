/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers to words, generated from errors.def, msgs.def and opts.def.
 */
#include "message.h"

#include <stddef.h>

#define FIELD(kind, name)
#define END(name)

const char *wire_error_text(enum wire_error error)
{
	switch (error) {
#define WIRE_ERROR(name, text)                                                                     \
	case WIRE_##name:                                                                          \
		return text;
#include "errors.def"
#undef WIRE_ERROR
	case WIRE_ERRORS:
		break;
	}
	return "unknown error";
}

const char *message_name(uint8_t type)
{
	switch (type) {
#define MESSAGE(number, name, title)                                                               \
	case number:                                                                               \
		return title;
#include "msgs.def"
#undef MESSAGE
	}
	return NULL;
}

const char *option_name(const struct dialect *dialect, uint8_t type)
{
	switch (dialect_option_type(dialect, type)) {
#define OPTION(number, name, title, multiplicity, n, m)                                            \
	case number:                                                                               \
		return title;
#include "opts.def"
#undef OPTION
	}
	return NULL;
}
