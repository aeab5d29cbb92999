/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the data plane of a scene's home agent does: packets out of a tunnel from one of a node's
 * care-of addresses go on, and those to a home address go into the tunnel to its best one.
 */
#ifndef MONAMI_TESTS_SCENE_FORWARDING_H
#define MONAMI_TESTS_SCENE_FORWARDING_H

#include "scene.h"

/* False: the packet is for the home agent itself. */
bool forward_home(struct scene *, const struct actor *home_agent, struct octets packet);

#endif
