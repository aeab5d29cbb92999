/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kinds of Binding Updates, to the home agent and to correspondents.
 */
#ifndef MONAMI_CORE_UPDATE_KIND_H
#define MONAMI_CORE_UPDATE_KIND_H

#include <stdbool.h>

enum update_kind {
	UPDATE_REGISTER, /* a Binding Identifier option for each item */
	UPDATE_SINGLE,   /* one item, without option: replaces whatever there is */
	UPDATE_REMOVE,   /* lifetime zero, a Binding Identifier option for each item */
	UPDATE_REMOVE_ALL,
};

/* Whether it registers care-of addresses, or takes bindings away. */
static inline bool update_registers(enum update_kind kind)
{
	return kind == UPDATE_REGISTER || kind == UPDATE_SINGLE;
}

/* RFC 5648 3, 6.2: accepted, it replaces older bindings that it does not list. `overwrite`: O. */
static inline bool update_replaces_others(enum update_kind kind, bool overwrite)
{
	return overwrite || kind == UPDATE_SINGLE;
}

#endif
