/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running daemon: one core, the host around it, and the loop that joins them. Each event is a
 * call of the core; effects.c carries out the effects that the call returns. Only the files of this
 * folder see the whole; the parts in base/, control/, doctor/, host/ and traffic/ get what they
 * need (base/daemon_basis.h).
 *
 *     daemon.c             start, stop
 *     loop.c               what is waited for
 *     map_sizes.c          how large the maps are to be
 *     takeover.c           what the previous daemon left
 *     effects.c            carries out the outbox
 *     persistence.c        a home agent's store: nothing is sent before it is kept
 *     reconcile.c          puts back what others take away
 *     control_source.c     what clients are told
 *     daemon_findings.c    what is wrong with home agent, paths and store
 */
#ifndef MONAMI_DAEMON_DAEMON_H
#define MONAMI_DAEMON_DAEMON_H

#include "base/daemon_basis.h"
#include "host/device_mtu.h"
#include "host/home_link.h"
#include "host/interfaces.h"
#include "host/mobile_host.h"
#include "host/new_flows.h"
#include "loop.h"
#include "reconcile.h"
#include "traffic/outer_packets.h"
#include "traffic/redirected_flows.h"
#include "traffic/ro_paths.h"
#include "traffic/shared_traffic.h"
#include "traffic/slow_path.h"
#include "traffic/tunnel_activity.h"

struct persistence;
struct control;
struct monitor;

struct daemon {
	struct daemon_basis basis;
	struct device device;
	struct loop loop;
	struct persistence *persistence; /* NULL: nothing is kept */
	struct control *control;
	struct monitor *monitor;
	nanos started;
	struct interfaces interfaces;
	struct device_mtu device_mtu;
	struct mobile_hosts mobile_hosts;
	struct new_flows_rules new_flows;
	struct home_link home_link; /* home agent */
	struct host_warnings warnings;
	struct slow_path slow_path;
	struct outer_packets outer_packets;
	struct shared_traffic shared_traffic;
	struct ro_paths ro_paths;
	struct redirected_flows redirected_flows;
	struct tunnel_activity tunnel_activity;
	struct reconcile reconcile;
	nanos bound_until; /* correspondent that stops: when its last binding ends; 0: none */
	struct outbox outbox;
};

/* Sets everything up and runs until told to stop. Overwrites the configuration's keys when the core
 * has them. 0, or -errno after an error line in the log. */
int daemon_run(struct config *);

bool daemon_is_home_agent(const struct daemon *);

/* Hands an event to the core and carries out what follows. As core_host(). */
int daemon_host(struct daemon *, const struct host_event *);

/* Which of the host's routes and rules are the daemon's. */
struct host_own daemon_own_routes(const struct daemon *);

/* effects.c: does what the outbox says, and empties it. */
void effects_carry_out(struct daemon *);

#endif
