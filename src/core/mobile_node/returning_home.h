/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mobile node does with its home link: RFC 6275 11.5.5, RFC 5648 5.5 and 5.6. Chooses one
 * of the links that are attached to it, how it is used, and what the home address is there:
 *
 *     at_home   use of the home link      home address                   acknowledged
 *     VISITED   none                      away
 *     BOTH      HOME_USE_BINDING              away until acknowledged        0: defended, 5: silent
 *     ONLY      HOME_USE_RETURNING            defended when that is sent     HOME_USE_RETURNED
 *
 * ONLY is also what remains of BOTH when the home agent refuses it (status 169), or knows no
 * Binding Identifiers (RFC 5648 6.3), for as long as this home link lasts; and while there is no
 * bulk registration (RFC 5648 5.6.5).
 *
 * That a link is the home link is known from Router Advertisements, which any host may forge. So
 * the node changes nothing until the home agent has answered by that link: the visited links keep
 * their bindings, and carry packets again if no answer comes at once. After three attempts, or a
 * refusal, the node stays away for a while (HOME_USE_NONE): the link is a visited one until then.
 * (A forger that relays the update to the home agent can make it delete the bindings for that long;
 * the home agent can tell by which link it came.)
 */
#ifndef MONAMI_CORE_RETURNING_HOME_H
#define MONAMI_CORE_RETURNING_HOME_H

#include "../api/core.h"

struct mobile_node;

struct returning_home {
	uint16_t bid; /* of the link that is used as home link; 0: none */
	bool alone;   /* the home agent does not take home and visited links at once */
	nanos again;  /* returning failed: not before */
	struct effect_home_address told;
	bool owned;              /* the home agent has left the home address to us */
	unsigned advertisements; /* of that, still to be sent */
	nanos advertise_at;
};

/* After whatever happened, before anything is told: which link, and how. */
void returning_home_reconcile(struct mobile_node *, struct outbox *);

/* How the home address is used, as told; AWAY if that is about to change. */
enum home_address_use returning_home_use(const struct mobile_node *);
/* What the home address is, as far as it is used less than before; and whatever it is. */
void returning_home_withdraw(struct mobile_node *, struct outbox *);
void returning_home_tell(struct mobile_node *, struct outbox *);
/* The solicitations and advertisements that are due. */
void returning_home_send(struct mobile_node *, struct outbox *);

nanos returning_home_next_deadline(const struct mobile_node *);

/* RFC 5648 5.6: home and visited links at once are refused. */
void returning_home_refused(struct mobile_node *, struct outbox *);
/* De-registration was acknowledged, or refused. */
void returning_home_done(struct mobile_node *, struct outbox *);
void returning_home_failed(struct mobile_node *);

enum home_state returning_home_state(const struct mobile_node *);

#endif
