/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The feed of `monami monitor`: each event of the core as one line of JSON to each subscriber. A
 * subscriber that reads too slowly misses lines, and is told how many.
 */
#ifndef MONAMI_DAEMON_MONITOR_H
#define MONAMI_DAEMON_MONITOR_H

#include "../../core/api/effect.h"

#include <jansson.h>

struct evbuffer;
struct monitor;
struct subscriber;

/* Octets that may wait for a subscriber to read them. */
#define MONITOR_WAITING_MAX (256 * 1024)

int monitor_new(struct monitor **ret);
/* Every subscriber must be gone. */
void monitor_free(struct monitor *);

/* Numbers the event, and writes it to every subscriber. Without subscribers it only counts. */
void monitor_event(struct monitor *, const struct effect_event *, struct moment);

/* The same of an object of the host, in words: "object" in the line. */
void monitor_object(struct monitor *, enum event_type, const char *what, struct moment);

/* The number of the last event. */
uint64_t monitor_sequence(const struct monitor *);

/* Lines go to `out`, which is borrowed until monitor_leave(). NULL if out of memory. */
struct subscriber *monitor_join(struct monitor *, struct evbuffer *out);
void monitor_leave(struct monitor *, struct subscriber *);
/* `out` has been read: reports lost lines, if there are any. */
void monitor_drained(struct subscriber *);

#endif
