/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data plane of a scene's home agent: it forwards packets out of a tunnel from one of a node's
 * care-of addresses, and encapsulates those to a home address to its best care-of address.
 */
#ifndef MONAMI_TESTS_SCENE_FORWARDING_H
#define MONAMI_TESTS_SCENE_FORWARDING_H

#include "scene.h"

/* False: the packet is for the home agent itself. */
bool forward_home(struct scene *, const struct actor *home_agent, struct octets packet);

#endif
