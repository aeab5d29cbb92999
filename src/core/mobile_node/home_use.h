/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the mobile node uses its home link (RFC 6275 11.5.5, RFC 5648 5.5, 5.6). returning_home.c
 * decides which event comes:
 *
 *                     both                return               sent
 *         NONE ------------> BINDING ------------> RETURNING ------------> RETURNING_SENT
 *          | ^                 |  ^                 |  | ^                  | |   | ^
 *          | |      visit      |  |       both      |  | |        both      | |   '-' sent
 *          | '-----------------'  '-----------------'  | |  (to BINDING) <--' |
 *          |                                           | |                    |
 *          '------------- return ----------------------|-'                    | acknowledged
 *                                        acknowledged  '-----> RETURNED <-----'
 *
 * visit: from any state to NONE. both: from RETURNED to BINDING, too.
 */
#ifndef MONAMI_CORE_HOME_USE_H
#define MONAMI_CORE_HOME_USE_H

#include "registration_parties.h"

enum home_use {
	HOME_USE_NONE,           /* as a visited link, if there is one */
	HOME_USE_BINDING,        /* RFC 5648 5.6: a binding beside the others */
	HOME_USE_RETURNING,      /* RFC 5648 5.5.1: all bindings are to be de-registered by it */
	HOME_USE_RETURNING_SENT, /* the update that does so has been sent */
	HOME_USE_RETURNED,       /* it was acknowledged: there is nothing to register */
	HOME_USES,
};

enum home_use_event {
	HOME_USE_VISIT, /* no home link, or returning failed */
	HOME_USE_BOTH,  /* the home link is to be bound beside the visited links */
	HOME_USE_RETURN,
	HOME_USE_SENT,
	HOME_USE_ACKNOWLEDGED, /* the de-registration */
	HOME_USE_EVENTS,
};

/* Changes the use as drawn; any other event leaves it. Reports EVENT_RETURNED_HOME with the BID of
 * the home link. */
void home_use_step(enum home_use *, enum home_use_event, uint16_t bid,
	const struct registration_parties *, struct outbox *);

/* RETURNING or RETURNING_SENT. */
bool home_use_is_returning(enum home_use);

#endif
