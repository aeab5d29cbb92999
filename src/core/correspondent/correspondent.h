/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correspondent (RFC 6275 9, RFC 5648 6): answers Home and Care-of Test Inits without keeping
 * state, takes Binding Updates that return routability authorizes, and has a binding for each
 * Binding Identifier. It has the addresses of the other roles of its core, or, alone, any.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_H
#define MONAMI_CORE_CORRESPONDENT_H

#include "../base/role.h"

extern const struct role correspondent_role;

#endif
