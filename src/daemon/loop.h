/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon waits for: the host, the data plane, the device, time and signals.
 */
#ifndef MONAMI_DAEMON_LOOP_H
#define MONAMI_DAEMON_LOOP_H

#include "../io/base/deadline_timer.h"

#include <stdbool.h>

struct daemon;
struct event;
struct event_base;

struct loop {
	struct event_base *base;
	struct deadline_timer timer;
	nanos suspended; /* as last looked at */
	struct event *on_deadline;
	struct event *on_clock;
	struct event *on_host;
	struct event *on_dataplane;
	struct event *on_device;
	struct event *on_stop_late;
	struct event *on_sweep;
	struct event *on_retry;
	struct event *on_withheld;
	struct event *on_signal[3];
	bool stopping; /* cleanly */
	int failed;    /* -errno: why it ended */
};

/* Before all that may wait for something of its own. -ENOMEM. */
int loop_init(struct daemon *);
/* When all that is waited for is there. -ENOMEM. */
int loop_start(struct daemon *);
/* Until it is told to stop, by a signal or the core. */
void loop_run(struct daemon *);
/* The device's descriptor is another one now, or about to be. -ENOMEM. */
int loop_watch_device(struct daemon *);
void loop_forget_device(struct daemon *);
/* The daemon cannot go on: it ends, what it has set up stays. */
void loop_fail(struct daemon *, int error);
/* Nothing of this file is waited for any more; others may have events still. */
void loop_stop(struct daemon *);
void loop_fini(struct daemon *);

/* At the end of every pass: sends what is queued, sets the timer. */
void loop_end_pass(struct daemon *);
/* Something of the host failed that must not stay undone: tries all of that again, later. */
void loop_retry_later(struct daemon *);

#endif
