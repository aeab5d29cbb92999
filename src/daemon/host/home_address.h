/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's home address on its links. It is on the device all the time, where connections
 * keep it; whether also on the home link is said by the core (RFC 6275 11.5.5, RFC 5648 5.6).
 */
#ifndef MONAMI_DAEMON_HOME_ADDRESS_H
#define MONAMI_DAEMON_HOME_ADDRESS_H

#include "../../core/api/effect.h"

struct daemon;

/* At the start: away, until the core says otherwise. */
void home_address_start(struct daemon *);
/* EFFECT_HOME_ADDRESS */
void home_address_use(struct daemon *, const struct effect_home_address *);
/* Tells the data plane by which link it may send without a tunnel: the home link. */
void home_address_guard(struct daemon *);
/* Takes it from links that a daemon before us left it on. */
void home_address_sweep(struct daemon *);

#endif
