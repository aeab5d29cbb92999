/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load Balancing options of draft-montavont-mip6-mmi-02 in a message by hand, and the default rule
 * that follows from them.
 *
 *     share_add(&update.message, 1, 0, 10, CARE_OF_1);        CoA ID 1, S 0, D 10
 *     expect_shares(&scene.home_agent, HOME, "::", "1:10 2:5 3");
 */
#ifndef MONAMI_TESTS_SCENE_SHARES_H
#define MONAMI_TESTS_SCENE_SHARES_H

#include "scene.h"

void share_add(struct message *, uint8_t care_of_id, uint8_t source, uint8_t destination,
	const char *care_of);
/* The options of a message, as "id:S/D" in the order of their identifiers. */
void expect_options(const struct message *, const char *options);
/*
 * The default rule, as the actor told the data plane: "tunnel:weight" of those that share the
 * flows, in the order of their numbers, then the numbers of the others in the order of their tiers.
 */
void expect_shares(
	const struct actor *, const char *home_address, const char *peer, const char *shares);

#endif
