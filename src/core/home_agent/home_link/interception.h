/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intercepting packets for a mobile node on the physical home link (RFC 6275 10.4.1), and the
 * mobile node that is on the home link itself (RFC 5648 5.6): one for each entry, allocated with
 * it, if the configuration has a home link. It follows the node's bindings.
 */
#ifndef MONAMI_CORE_INTERCEPTION_H
#define MONAMI_CORE_INTERCEPTION_H

#include "home_link.h"

struct pending_update;

struct interception {
	struct binding_entry *entry;
	struct deadline deadline; /* the end of the detection, else what `due` says */
	bool on;                  /* as EFFECT_INTERCEPT has said */
	bool tentative;           /* the same */
	bool answers;             /* Neighbour Solicitations for the home address */
	bool link_local;          /* the same holds for link_local_of() the home address */
	bool link_local_told;     /* `link_local` of the last EFFECT_INTERCEPT */
	uint8_t advertisements;   /* unsolicited ones still to be sent */
	uint32_t generation;      /* of the home link, as far as told to the data plane */
	bool has_link_layer;      /* of the mobile node on the home link */
	bool link_layer_new;      /* the data plane does not know it yet */
	uint8_t link_layer[LINK_LAYER_OCTETS];
	struct bucket solicited;        /* answers to Neighbour Solicitations */
	struct pending_update *pending; /* duplicate_address_detection.h */
};

/* NULL without a physical home link. */
static inline struct interception *interception_of(const struct binding_entry *entry)
{
	return ((const struct home_link_entry *)entry)->interception;
}

/* The entry is in the cache. 0 or -ENOMEM */
int interception_new(struct home_link *, struct binding_entry *);
void interception_free(struct home_link *, struct binding_entry *);

/* Whether its link-local address is asked for (link_local.h); before the bindings change. */
void interception_set_link_local(struct binding_entry *, bool link_local);
/* The node's bindings have changed, or whether an update waits for detection. */
void interception_follow(
	struct home_link *, struct moment, struct binding_entry *, struct outbox *);
void interception_link_changed(struct home_link *, struct moment);
/* Whether Neighbour Solicitations for its home address are the home agent's to answer. */
bool interception_answers(const struct binding_entry *);

void interception_deadline(struct home_link *, struct moment, struct outbox *);

#endif
