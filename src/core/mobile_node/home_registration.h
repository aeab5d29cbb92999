/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the home agent is to be told of the mobile node's paths, and when: RFC 5648 5.1 to 5.9,
 * RFC 6275 11.7.1 and 11.8. It compares what is wanted with what is acknowledged or under way, and
 * says the one update that makes them equal:
 *
 *     wanted  = every path that is proven; if there is none, the best that is there
 *     update  = all that is wanted (bulk), or the most urgent piece of it;
 *               with O if the home agent may hold anything else
 *     when    = at once if something is lost; after what is under way if something is added;
 *               else when it is time to retransmit or refresh
 *
 * The home link is one path more (RFC 5648 5.6), or the only one (5.5.1): then there is one update,
 * by the home link, that takes all bindings away. Writes no packets.
 */
#ifndef MONAMI_CORE_HOME_REGISTRATION_H
#define MONAMI_CORE_HOME_REGISTRATION_H

#include "../base/message_rate.h"
#include "home_use.h"
#include "link.h"
#include "peer_bids.h"
#include "refusals.h"
#include "registration_phase.h"
#include "../base/unsigned_limit.h"
#include "update_list.h"

/*
 * Flow bindings (flow_report.h). What has changed of them is said at once, but not while an update
 * about the same bindings waits for its answer: then by the next one, which may be its copy.
 */
struct flow_wish {
	bool needed; /* an update is needed for them */
	bool any;    /* each update names them */
};

struct home_registration {
	const struct mobile_node_config *config;
	const struct registration_parties *parties;
	enum registration_phase phase;
	enum home_use home;
	enum peer_bids bids;
	nanos mcoa_again; /* an unsigned message says that it lacks BIDs: none are sent until then
			   */
	bool bulk;        /* it takes several bindings in one update */
	struct update_list list;
	struct flow_wish flows;    /* the owner keeps it up to date */
	struct peer_policy policy; /* towards the home agent; the owner keeps it up to date */
	struct share_statement shares_held; /* of the last update that was accepted */
	nanos shares_again; /* the home agent has refused such options: it gets none before */

	struct update last; /* sent; not answered if registration_waits(phase) */
	unsigned attempts;  /* to say the same, without an answer */
	nanos timeout;
	nanos retransmit;

	nanos retry; /* after a refusal; not before */
	nanos backoff;
	uint8_t refused;   /* status of the last refusal, 0 since accepted */
	bool forgery_told; /* the log has it that status 146 answers an update of another node */
	struct refusals refusals;

	struct unsigned_limit requests; /* Binding Refresh Requests that were believed */
	struct message_rate rate;

	uint64_t clock_offset; /* RFC 4285 6: of the home agent's clock, added to ours */
	uint64_t timestamp;    /* last sent */
	nanos clock_adjusted;

	nanos stop_at; /* STOPPING: give up */
};

/* `config` and `parties` are borrowed. `sequence`: see update_list_init(). */
void home_registration_init(struct home_registration *, const struct mobile_node_config *config,
	const struct registration_parties *parties, uint16_t sequence);

/* This link has come up: what was refused there is tried again. */
void home_registration_link_up(struct home_registration *, uint16_t bid);

/* Another home agent is registered with from now on: only how often updates leave is kept. */
void home_registration_restart(struct home_registration *, uint16_t sequence);

/*
 * The last word to a home agent that is left: an update that takes everything away, sent once.
 * False if there is nothing to take away, or no way to it.
 */
bool home_registration_leave(
	struct home_registration *, const struct links *, struct moment, struct update *ret);

/* Whether Binding Identifiers are used with this home agent. */
bool home_registration_mcoa(const struct home_registration *, nanos now);

/* The home link with this BID is used otherwise; an exchange for the former use is given up. */
void home_registration_use_home(
	struct home_registration *, enum home_use_event, uint16_t bid, struct outbox *);

/* Stops waiting for the answer to the last update. The home agent may have carried it out. */
void home_registration_unsure(struct home_registration *, struct outbox *);

/* Gives up what can be answered no more. To be called before the three below. */
void home_registration_reconcile(
	struct home_registration *, const struct links *, nanos now, struct outbox *);

/* Whether an update is due; if so it counts as sent with `ret`, and must be sent. */
bool home_registration_next(struct home_registration *, const struct links *, struct moment,
	struct update *ret, struct outbox *);
nanos home_registration_next_deadline(
	const struct home_registration *, const struct links *, nanos now);

/* Entries that have expired are taken out one by one: false if there is none. */
bool home_registration_expire(struct home_registration *, nanos now, struct list_entry *ret);

/*
 * The home agent asks for a new registration of these BIDs (RFC 5648 5.8), or of all if there are
 * none (RFC 6275 11.3.6). Requests are not authentic: unsigned_limit.h says how often one counts. A
 * binding that was acknowledged within the last second is not renewed. False: ignored.
 */
bool home_registration_refresh(
	struct home_registration *, nanos now, const struct opt_bid *, size_t count);

/* The home agent seems to have lost all bindings: registers all of them again at once. `heard`: it
 * sent a Binding Error, so that an update that waits for its answer did not reach it. */
void home_registration_again(struct home_registration *, nanos now, bool heard);

/*
 * RFC 6275 11.3.6: a Parameter Problem or Binding Error says that the home agent does not know the
 * message. It is not signed, so it is only believed while an update with extensions waits for its
 * answer, and for a minute. False: not.
 */
bool home_registration_distrust(struct home_registration *, nanos now);

/* De-registers everything, for two seconds at most. */
void home_registration_stop(struct home_registration *, nanos now, struct outbox *);
/* De-registration was acknowledged or given up, or there is nothing to de-register. */
bool home_registration_stopped(const struct home_registration *);

#endif
