/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wakes at a time of clock_now(), which counts suspension: a deadline that passed during it wakes
 * the daemon as soon as the machine resumes. epoll's own timeouts stand still meanwhile.
 */
#ifndef MONAMI_IO_DEADLINE_TIMER_H
#define MONAMI_IO_DEADLINE_TIMER_H

#include "../../core/api/port.h"

#include <stdbool.h>

struct deadline_timer {
	int deadline_fd; /* readable when the time has come */
	int clock_fd;    /* readable when the wall clock was set, or the machine was suspended */
};

/* -errno */
int deadline_timer_open(struct deadline_timer *);
/* One that was zeroed too. */
void deadline_timer_close(struct deadline_timer *);
/* Replaces the time that was set; NANOS_NEVER: never. */
void deadline_timer_set(struct deadline_timer *, nanos at);
/* To be called when deadline_fd is readable. */
void deadline_timer_read(struct deadline_timer *);
/* To be called when clock_fd is readable. False: the clock was not set. */
bool deadline_timer_clock_changed(struct deadline_timer *);

#endif
