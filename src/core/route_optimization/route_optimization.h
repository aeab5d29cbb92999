/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's correspondents (RFC 6275 11.6, 11.7.2, RFC 5648 5): return routability for each
 * care-of address, one registration for each Binding Identifier, and the tunnels that follow from
 * both. The mobile node calls it by these functions.
 */
#ifndef MONAMI_CORE_ROUTE_OPTIMIZATION_H
#define MONAMI_CORE_ROUTE_OPTIMIZATION_H

#include "../mobile_node/mobile_node_public.h"

extern const struct ro_functions route_optimization_functions;

#endif
