/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the path from one care-of address to the home agent carries packets. It computes when a
 * probe (an ICMPv6 echo request) is due; the owner tells it when a probe left, when an answer came,
 * and when the tunnel last sent and received.
 *
 *              started                answered, heard
 *     DOWN ---------------> UNPROVEN -----------------> ALIVE <-----------.
 *       ^                      |                       | | ^              |
 *       |                      | overdue          late | | | a run of     | answered, heard
 *       | stopped              v      overdue          v | | answers      |
 *       '---- any state      DEAD <---------------- SUSPECT -------------'
 *                            ^ |                       | | |
 *                    overdue | | answered      lossy   v v |
 *                            | '-------------------> TRIAL |
 *                            '------------------------' '--'
 *
 * Without probes a path is ALIVE from its start to its stop.
 *
 * Once the care-of address is bound, the probes of an idle path, and the one each second under
 * traffic, show the binding too, if the owner says so: path_shows() (ADR 30). Liveness does not
 * depend on their answers: a plain probe follows one that stays unanswered, and only plain probes
 * make a path suspect or dead.
 *
 * A path that was in use and dies, or loses 5 of 16 probes, is ALIVE again only after a run of
 * answers without a gap (ADR 31), which is longer after each death of the last five minutes. A path
 * that has not died in that time is ALIVE by the first answer.
 *
 *     deaths    answers    every    at the least
 *       1          8       100 ms       0.7 s
 *       2         16       200 ms       3.0 s
 *       3         32       400 ms      12.4 s
 *       4         32       800 ms      24.8 s
 *       more      32         1 s       31.0 s
 *
 * A path by which an update was accepted, and no probe was ever answered, is mute: something
 * filters echo requests. It lives by its data: it dies 5 s after a packet that nothing follows, and
 * what comes out of its tunnel counts as an answer.
 *
 * What it costs and how fast it is, with the defaults:
 *   - a path that carries packets both ways and dies: 30 ms of silence until it is asked, 60 ms (or
 *     the round trip with its variation, at least 10 ms or an eighth, and 30 ms) until three probes
 *     stayed unanswered;
 *   - a path that only sends is asked at most every 75 ms, so that the same holds within 150 ms;
 *   - a path that only carries packets down, because its way up is dead: within 6 s;
 *   - an idle path on which other packets of the home agent arrive: a probe in 28.8 s, since these
 *     packets say nothing of the round trip;
 *   - an idle path: a probe in 9.6 s, that is 6.25 probes and as many answers a minute, and known
 *     dead within 10 s;
 *   - a binding that is gone: known within 1 s while its path carries packets, within 9.6 s if not;
 *   - a dead path: seldom, down to the idle interval; one that would take traffic over: each
 *     second, so that it does so within two seconds of its return.
 */
#ifndef MONAMI_CORE_PATH_H
#define MONAMI_CORE_PATH_H

#include "../api/core.h"
#include "path_loss.h"

#define PATH_PROBE_IDLE_MS 9600
#define PATH_SUSPECT_AFTER_MS 30
#define PATH_DEAD_AFTER_MS 60

#define PATH_COOKIE_OCTETS 16
#define PATH_PROBES_MAX 16

#define PATH_DEATHS_MAX 8
#define PATH_DEATHS_WITHIN (300 * NANOS_PER_SECOND)

struct path_limits {
	bool probe;
	nanos probe_idle;
	nanos suspect_after; /* silence under traffic until the path is asked */
	nanos dead_after;    /* at the least, from the first unanswered probe */
};

/* A probe that may still be answered. */
struct path_probe {
	nanos sent; /* NANOS_NEVER: none */
	uint16_t sequence;
	uint8_t cookie[PATH_COOKIE_OCTETS];
	bool shows; /* the binding */
};

struct path {
	const struct path_limits *limits;
	/* Set by the owner at any time: */
	bool eager;         /* it would take traffic over: probed each second while it is dead */
	nanos returns_from; /* TRIAL ends not before */

	enum path_state state;
	nanos started;
	nanos entered;        /* the state */
	nanos sent;           /* last packet into the tunnel; 0: never */
	nanos received;       /* last packet out of the tunnel; 0: never */
	nanos heard;          /* last sign of life of any kind */
	nanos silent_since;   /* sent since then, and not heard */
	bool stream;          /* the tunnel received packets close to each other */
	nanos looked;         /* when the owner last told of the tunnel */
	nanos probed;         /* last probe */
	nanos asked;          /* first probe since the path was heard */
	unsigned unanswered;  /* probes since then */
	unsigned deaf_probes; /* probes since one was answered, whatever came down meanwhile */
	unsigned training;    /* probes still to be sent so that the round trip is known well */
	nanos backoff;        /* between the probes of a dead path */
	nanos rtt;            /* RFC 6298: smoothed; 0: unknown */
	nanos rtt_variation;
	bool shows;         /* probes show the binding */
	nanos shown;        /* last probe that did; NANOS_NEVER: none since path_shows() */
	unsigned unshown;   /* such probes since one was answered */
	bool show_answered; /* one was, since the start or path_show_forget() */
	nanos shows_from;   /* none before: something on this path discards them */
	unsigned next_probe;
	struct path_probe probes[PATH_PROBES_MAX];

	bool probe_answered; /* since the start, as the next two */
	bool registered;     /* the home agent accepted an update, and answered by this path */
	unsigned probes_sent;

	struct path_loss loss;
	unsigned measuring; /* probes still to be sent in haste to know the loss */

	unsigned run; /* TRIAL: answers without a gap */
	nanos run_at; /* the last of these */
	nanos resume; /* TRIAL: the next probe not before */

	bool lossy; /* why it was last left: lost probes, not silence */
	unsigned next_death;
	nanos deaths[PATH_DEATHS_MAX]; /* 0: none; kept over path_start() */
};

/* DOWN. `limits` is borrowed. */
void path_init(struct path *, const struct path_limits *limits);

/* Another link, or the link has come up: the deaths are forgotten. */
void path_forgive(struct path *);
/* There is a care-of address, about which nothing is known; any older one is forgotten. */
void path_start(struct path *, nanos now);
/* There is none, or no link. */
void path_stop(struct path *, nanos now);

/* The host was suspended, and what was known may be wrong: the path is probed at once, and stays in
 * use meanwhile if it was. */
void path_resumed(struct path *, nanos now);

/* When the tunnel last sent and received, as known at `now`. */
void path_activity(struct path *, nanos now, nanos sent, nanos received);
/* An authentic answer of the home agent came to the care-of address. */
void path_answered(struct path *, nanos now);
/* That answer said that the care-of address is bound. */
void path_registered(struct path *);
/* An echo reply. False: it answers no probe of this path. */
bool path_reply(
	struct path *, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS]);

/* Time has passed; path_activity() was called before, if the tunnel did anything. */
void path_deadline(struct path *, nanos now);

bool path_probe_due(const struct path *, nanos now);
void path_probed(
	struct path *, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS]);

/* Whether there is a binding to show. Changed, the next such probe is due at once. */
void path_shows(struct path *, bool);
/* As path_probe_due() and path_probed(), of the probes that show the binding. */
bool path_show_due(const struct path *, nanos now);
void path_shown(
	struct path *, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS]);
/* From when on an answer to the last such probe is late; NANOS_NEVER: it is answered. */
nanos path_unshown_at(const struct path *);
/* The next such probe is due at once, whatever became of those before. */
void path_show_again(struct path *);
/* Whether such probes are answered is to be seen anew. */
void path_show_forget(struct path *);

/* When to call path_activity() and path_deadline(), or to send a probe. */
nanos path_next_deadline(const struct path *);

/* It may carry packets: ALIVE or SUSPECT. */
bool path_usable(const struct path *);

/* Deaths of the last five minutes, PATH_DEATHS_MAX at most. */
unsigned path_deaths(const struct path *, nanos now);
/* TRIAL: so many answers make it ALIVE. */
unsigned path_run_needed(const struct path *, nanos now);
/* Of the last probes that counted, so many of a hundred were lost. */
unsigned path_loss_percent(const struct path *);
/* Probes were sent, and none was answered since the start. */
bool path_unanswered_ever(const struct path *);

#endif
