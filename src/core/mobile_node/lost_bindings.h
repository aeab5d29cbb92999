/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detects that the home agent has lost its bindings while the paths to it live: it was restarted
 * without its memory, or another machine has its address. Three signs, none of them authentic: a
 * Binding Error (RFC 6275 11.3.6); an ICMPv6 error of the home agent itself, whose kernel has no
 * tunnel any more (ADR 38); and probes that show the binding (path.h) and stay unanswered while
 * plain ones are answered. If the mobile node believes one, it registers everything again and gives
 * nothing up.
 *
 * Forged Binding Errors cost a Binding Update a second at first, then ever fewer. They do not delay
 * a true one: where the home agent answers such probes, two unanswered ones confirm the error.
 *
 * A home agent that never answers such probes does not know them, and gets plain ones. If it
 * answers by one link and not by another, a firewall there discards Home Address options
 * (RFC 7872): that link gets plain ones.
 */
#ifndef MONAMI_CORE_LOST_BINDINGS_H
#define MONAMI_CORE_LOST_BINDINGS_H

#include "../api/effect.h"
#include "link.h"
#include "loss_detection.h"
#include "../base/unsigned_limit.h"

struct mobile_node;

/* Zeroed, nothing is known of the home agent. */
struct lost_bindings {
	enum loss_detection detection;
	nanos again;    /* no probe shows the binding until then: the home agent ignores them */
	nanos believed; /* when the bindings were last believed to be lost; 0: never */
	struct unsigned_limit limit; /* of signs that nothing confirms */
	nanos sent;                  /* by the tunnel, by the core itself; 0: never */
};

/* Another home agent. */
void lost_bindings_restart(struct lost_bindings *);

/* Whether probes by this link are to show its binding. */
bool lost_bindings_shows(const struct mobile_node *, const struct link *);

/* The core sends a packet by the tunnel that the data plane does not count: a Home Test Init. */
void lost_bindings_sent(struct mobile_node *);

/* A probe by this link was answered; `shown`: one that shows the binding. */
void lost_bindings_reply(struct mobile_node *, struct link *, bool shown, struct outbox *);
/* An update was acknowledged. */
void lost_bindings_acknowledged(struct mobile_node *);
/* A Binding Error about the home address came to the care-of address of this link. False: the link
 * is not registered, or the error is not believed; it was counted as a drop. */
bool lost_bindings_error(struct mobile_node *, const struct link *, struct outbox *);
/* An ICMPv6 error of the home agent itself about a packet of this link's tunnel (HOST_REFUSED).
 * False: as above. */
bool lost_bindings_refused(struct mobile_node *, const struct link *, struct outbox *);

#endif
