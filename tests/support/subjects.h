/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records one core's effects about subjects, tunnels and traffic, and checks that they are
 * consistent.
 */
#ifndef MONAMI_TESTS_SUBJECTS_H
#define MONAMI_TESTS_SUBJECTS_H

#include "../../src/core/api/effect.h"

#define SUBJECT_TUNNELS_MAX (2 * BINDINGS_MAX)

struct told_tunnel {
	uint16_t tunnel;
	uint16_t bid;
	uint8_t tier; /* of the default rule; TIER_NONE: not in it */
	uint8_t weight;
};

struct told_subject {
	bool there;
	struct effect_subject about; /* also after its end, until the number is used again */
	size_t prefixes;
	size_t count;
	struct told_tunnel tunnels[SUBJECT_TUNNELS_MAX];
	size_t rules_count;
	struct effect_traffic *rules; /* but for the default rule */
};

/* Zeroed, it is empty: of a core that has said nothing. */
struct subjects {
	bool restarted;
	size_t room;
	struct told_subject *at; /* by number */
};

/* NULL, or what is wrong with the effect after those before it. */
const char *subjects_apply(struct subjects *, const struct effect *);
/* The core has been started anew: it may know tunnels of the one before. */
void subjects_restart(struct subjects *);
/* NULL: there is none. */
const struct told_subject *subjects_find(const struct subjects *, uint32_t subject);
/* The subject with this home address and peer. */
const struct told_subject *subjects_about(
	const struct subjects *, const struct in6_addr *home_address, const struct in6_addr *peer);
/* What was last told of this rule; NULL: there is none. */
const struct effect_traffic *subject_rule(const struct told_subject *, uint16_t rule);
/* The home address and peer; zeroed: no subject has had the number. */
const struct effect_subject *subjects_owner(const struct subjects *, uint32_t subject);
/* The tier of a tunnel, as the traffic was told last. */
uint8_t subjects_tier(const struct subjects *, const struct effect_tunnel *);
void subjects_fini(struct subjects *);

#endif
