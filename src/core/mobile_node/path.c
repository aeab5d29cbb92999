/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The liveness of one path: the state machine drawn in path.h.
 */
#include "path.h"

#include <assert.h>
#include <string.h>

#define MS NANOS_PER_MS

/* Assumed until a probe is answered: longer than the second after which a kernel solicits its
 * neighbour again (RFC 4861 10), since the first solicitation after a carrier returns is often
 * lost. */
#define RTT_UNKNOWN (1500 * MS)
#define DEAD_MARGIN (30 * MS)         /* over the round trip */
#define VARIATION_MIN (10 * MS)       /* of the round trip; or this part of it: */
#define VARIATION_PART 8              /* a few like answers do not prove a steady path */
#define DEAD_PROBES 3                 /* so many must be unanswered */
#define LATE_MIN (40 * MS)            /* a probe unanswered for so long makes a path suspect */
#define DEAF_PROBES 5                 /* so many unanswered while packets come down: no way up */
#define SPACING_MIN (20 * MS)         /* between probes in haste */
#define SPACING_UNKNOWN (50 * MS)     /* the same, round trip unknown */
#define SPACING_ASK (75 * MS)         /* between probes of a path that only sends */
#define SPACING_BUSY NANOS_PER_SECOND /* keeps the round trip fresh while there is traffic */
#define BUSY NANOS_PER_SECOND         /* a tunnel silent for so long is idle */
#define BACKOFF_FIRST (500 * MS)      /* until a dead path is probed again */
#define MEASURED_EVERY 3              /* idle intervals */
#define TRAINING 8                    /* answers after which 4 * rtt_variation is small */
#define UNSHOWN_BUSY 30               /* so many unanswered are each a second apart */

/* ADR 31 */
#define BACKOFF_EAGER NANOS_PER_SECOND /* between probes of a dead path that would take over */
#define LOST_MARGIN (300 * MS)         /* over the round trip: a queue may have grown */
#define LOSSY 5                        /* lost of PATH_SAMPLES */
#define MEASURING PATH_SAMPLES         /* probes in haste after one was lost under traffic */
#define RUN_FIRST 8u                   /* answers after the first death */
#define RUN_MAX 32
#define RUN_SPACING (100 * MS) /* after the first death; doubled by each */
#define RUN_SPACING_MAX NANOS_PER_SECOND
#define GAP_PAUSE NANOS_PER_SECOND /* after a lost probe, until the next run */
#define MUTE_SILENCE (5 * NANOS_PER_SECOND)

enum path_event {
	EVENT_STARTED,
	EVENT_STOPPED,
	EVENT_ANSWERED, /* both directions work */
	EVENT_HEARD,    /* something came out of the tunnel */
	EVENT_TIME,
};

/* NANOS_NEVER stays never. */
static nanos later(nanos at, nanos by)
{
	return at >= NANOS_NEVER - by ? NANOS_NEVER : at + by;
}

/* ---- figures ---- */

static nanos round_trip(const struct path *path)
{
	if (!path->rtt)
		return RTT_UNKNOWN;
	nanos least = nanos_max(VARIATION_MIN, path->rtt / VARIATION_PART);
	return path->rtt + nanos_max(4 * path->rtt_variation, least);
}

static nanos spacing(const struct path *path)
{
	return path->rtt ? nanos_max(SPACING_MIN, path->rtt / 4) : SPACING_UNKNOWN;
}

static bool is_mute(const struct path *path)
{
	return path->registered && !path->probe_answered;
}

static nanos late_at(const struct path *path)
{
	if (is_mute(path))
		return later(path->silent_since, MUTE_SILENCE / 2);
	return later(path->asked, nanos_max(LATE_MIN, round_trip(path)));
}

static nanos overdue_at(const struct path *path)
{
	if (path->unanswered < DEAD_PROBES)
		return NANOS_NEVER;
	if (is_mute(path))
		return later(path->silent_since, MUTE_SILENCE);
	nanos after = nanos_max(path->limits->dead_after, round_trip(path) + DEAD_MARGIN);
	return later(path->asked, after);
}

/* What comes down keeps a path alive for so long only without an answer to what goes up. */
static nanos deaf_at(const struct path *path)
{
	if (path->deaf_probes < DEAF_PROBES || is_mute(path))
		return NANOS_NEVER;
	return later(
		path->probed, nanos_max(path->limits->dead_after, round_trip(path) + DEAD_MARGIN));
}

nanos path_unshown_at(const struct path *path)
{
	if (path->shown == NANOS_NEVER || path->unshown == 0)
		return NANOS_NEVER;
	return later(path->shown, nanos_max(LATE_MIN, round_trip(path)));
}

static nanos busy_until(const struct path *path)
{
	nanos active = nanos_max(path->sent, path->received);
	return active ? active + BUSY : 0;
}

/* ---- loss ---- */

/* Without traffic the loss does not matter, so that no timer is set for it. A path whose probes
 * were never answered is silent or mute, not lossy. */
static bool is_lossy(const struct path *path)
{
	return path->probe_answered && path_loss_count(&path->loss, PATH_OUTCOME_LOST) >= LOSSY;
}

static void report_lost(struct path *path, nanos now)
{
	nanos wait = round_trip(path) + nanos_max(LOST_MARGIN, round_trip(path));
	if (now >= wait && path_loss_lose(&path->loss, now - wait + 1) && now <= busy_until(path))
		path->measuring = MEASURING;
}

static void forget_samples(struct path *path)
{
	path_loss_init(&path->loss);
	path->measuring = 0;
}

/* ---- deaths, and what makes up for them ---- */

unsigned path_deaths(const struct path *path, nanos now)
{
	unsigned count = 0;
	for (size_t i = 0; i < PATH_DEATHS_MAX; i++)
		count += path->deaths[i] && now < path->deaths[i] + PATH_DEATHS_WITHIN;
	return count;
}

static unsigned doublings(const struct path *path, nanos now)
{
	unsigned deaths = path_deaths(path, now);
	return deaths ? deaths - 1 : 0;
}

unsigned path_run_needed(const struct path *path, nanos now)
{
	unsigned needed = RUN_FIRST << doublings(path, now);
	return needed < RUN_MAX ? needed : RUN_MAX;
}

static nanos run_spacing(const struct path *path, nanos now)
{
	return nanos_min(RUN_SPACING << doublings(path, now), RUN_SPACING_MAX);
}

static bool run_complete(const struct path *path, nanos now)
{
	return path->run >= path_run_needed(path, now);
}

static void leave_use(struct path *path, bool lossy, nanos now)
{
	path->lossy = lossy;
	path->deaths[path->next_death] = now;
	path->next_death = (path->next_death + 1) % PATH_DEATHS_MAX;
}

/* Answers that come all at once, from a queue, are one answer. */
static void count_answer(struct path *path, nanos now)
{
	bool paused = now < path->resume;
	if (paused || (path->run && now < path->run_at + run_spacing(path, now) / 2))
		return;
	path->run++;
	path->run_at = now;
}

/* ---- the machine ---- */

static void forget(struct path *path)
{
	path->heard = NANOS_NEVER;
	path->silent_since = NANOS_NEVER;
	path->stream = false;
	path->probed = NANOS_NEVER;
	path->asked = NANOS_NEVER;
	path->unanswered = 0;
	path->deaf_probes = 0;
	path->training = 0;
	path->shown = NANOS_NEVER;
	path->unshown = 0;
	path->show_answered = false;
	path->shows_from = 0;
	path->rtt = 0;
	path->rtt_variation = 0;
	for (size_t i = 0; i < PATH_PROBES_MAX; i++)
		path->probes[i].sent = NANOS_NEVER;
	path->probe_answered = false;
	path->registered = false;
	path->probes_sent = 0;
	forget_samples(path);
}

static void enter(struct path *path, enum path_state state, nanos now)
{
	enum path_state before = path->state;
	path->state = state;
	path->entered = now;
	switch (state) {
	case PATH_DOWN:
	case PATH_UNPROVEN:
		forget(path);
		break;
	case PATH_ALIVE:
		if (before == PATH_DOWN)
			forget(path);
		if (before == PATH_UNPROVEN)
			path->training = TRAINING;
		if (before != PATH_SUSPECT)
			forget_samples(path);
		break;
	case PATH_SUSPECT:
		break;
	case PATH_DEAD:
		path->training = 0;
		path->measuring = 0;
		path->backoff = BACKOFF_FIRST;
		path_loss_lose(&path->loss, NANOS_NEVER);
		if (path_state_is_usable(before))
			leave_use(path, false, now);
		break;
	case PATH_TRIAL:
		path->training = 0;
		path->measuring = 0;
		path->run = 0;
		path->resume = now;
		path_loss_lose(&path->loss, NANOS_NEVER);
		if (path_state_is_usable(before))
			leave_use(path, true, now);
		break;
	case PATH_STATES:
		assert(false);
	}
}

/* The first sign of life of a path that was not in use; an answer is also the first of its run. */
static void prove(struct path *path, bool answered, nanos now)
{
	enter(path, path_deaths(path, now) ? PATH_TRIAL : PATH_ALIVE, now);
	if (path->state == PATH_TRIAL && answered)
		count_answer(path, now);
}

static void step(struct path *path, enum path_event event, nanos now)
{
	if (event == EVENT_STARTED || event == EVENT_STOPPED) {
		enter(path, PATH_DOWN, now);
		if (event == EVENT_STARTED)
			enter(path, path->limits->probe ? PATH_UNPROVEN : PATH_ALIVE, now);
		return;
	}
	bool heard = event == EVENT_ANSWERED || event == EVENT_HEARD;
	bool answered = event == EVENT_ANSWERED || (heard && is_mute(path));
	switch (path->state) {
	case PATH_DOWN:
		break;
	case PATH_UNPROVEN:
		if (heard)
			prove(path, answered, now);
		else if (now >= overdue_at(path))
			enter(path, PATH_DEAD, now);
		break;
	case PATH_ALIVE:
		if (now >= deaf_at(path))
			enter(path, PATH_DEAD, now);
		else if (is_lossy(path))
			enter(path, PATH_TRIAL, now);
		else if (event == EVENT_TIME && now >= late_at(path))
			enter(path, PATH_SUSPECT, now);
		break;
	case PATH_SUSPECT:
		if (is_lossy(path))
			enter(path, PATH_TRIAL, now);
		else if (heard)
			enter(path, PATH_ALIVE, now);
		else if (now >= overdue_at(path))
			enter(path, PATH_DEAD, now);
		break;
	case PATH_DEAD:
		/* a packet out of the tunnel does not prove the other direction */
		if (answered)
			prove(path, answered, now);
		break;
	case PATH_TRIAL:
		if (answered)
			count_answer(path, now);
		if (run_complete(path, now) && now >= path->returns_from)
			enter(path, PATH_ALIVE, now);
		else if (now >= overdue_at(path))
			enter(path, PATH_DEAD, now);
		break;
	case PATH_STATES:
		assert(false);
	}
}

void path_init(struct path *path, const struct path_limits *limits)
{
	memset(path, 0, sizeof(*path));
	path->limits = limits;
	enter(path, PATH_DOWN, 0);
}

void path_forgive(struct path *path)
{
	memset(path->deaths, 0, sizeof(path->deaths));
}

void path_start(struct path *path, nanos now)
{
	path->started = now;
	step(path, EVENT_STARTED, now);
}

void path_stop(struct path *path, nanos now)
{
	step(path, EVENT_STOPPED, now);
}

void path_resumed(struct path *path, nanos now)
{
	bool used = path_usable(path);
	if (!path->limits->probe || path->state == PATH_DOWN)
		return;
	forget(path);
	enter(path, used ? PATH_SUSPECT : PATH_DEAD, now);
	path->started = now;
	/* the neighbours may have to be resolved again: wait as long as on an unknown path */
	path->asked = now;
}

/* ---- signs of life ---- */

static void hear(struct path *path, nanos now, nanos at, enum path_event event)
{
	if (path->heard == NANOS_NEVER || at > path->heard)
		path->heard = at;
	path->silent_since = NANOS_NEVER;
	if (at < path->asked && path->asked != NANOS_NEVER)
		return;
	/* on trial, a packet out of the tunnel is not an answer */
	if (path->state == PATH_TRIAL && event == EVENT_HEARD && !is_mute(path))
		return;
	path->asked = NANOS_NEVER;
	path->unanswered = 0;
	if (event == EVENT_ANSWERED)
		path->deaf_probes = 0;
	step(path, event, now);
}

/*
 * A packet that follows close upon one that came in belongs to an exchange that was going on: the
 * silence began with what came in. Otherwise it begins with the packet, whose answer takes its
 * time.
 */
static void report_silence(struct path *path)
{
	bool heard = path->heard != NANOS_NEVER;
	if (!path->sent || (heard && path->sent <= path->heard))
		path->silent_since = NANOS_NEVER;
	else if (path->silent_since == NANOS_NEVER)
		path->silent_since =
			heard && path->sent - path->heard <= path->limits->suspect_after
				? path->heard
				: path->sent;
}

void path_activity(struct path *path, nanos now, nanos sent, nanos received)
{
	path->looked = now;
	path->sent = nanos_max(path->sent, nanos_min(sent, now));
	received = nanos_min(received, now);
	if (received > path->received) {
		path->stream = path->received != 0 &&
			       received - path->received <= 2 * path->limits->suspect_after;
		path->received = received;
		/* before the start it was another care-of address that received */
		if (path->state != PATH_DOWN && received >= path->started)
			hear(path, now, received, EVENT_HEARD);
	}
	report_silence(path);
}

void path_answered(struct path *path, nanos now)
{
	if (path->state != PATH_DOWN)
		hear(path, now, now, EVENT_ANSWERED);
}

void path_registered(struct path *path)
{
	path->registered = path->state != PATH_DOWN;
}

/* RFC 6298 2 */
static void measure(struct path *path, nanos sample)
{
	if (path->rtt == 0) {
		path->rtt = nanos_max(sample, 1);
		path->rtt_variation = sample / 2;
		return;
	}
	nanos off = sample > path->rtt ? sample - path->rtt : path->rtt - sample;
	path->rtt_variation = (3 * path->rtt_variation + off) / 4;
	path->rtt = nanos_max((7 * path->rtt + sample) / 8, 1);
}

/* On trial, an answer that comes before that of an earlier probe shows a gap: the run begins anew,
 * after a pause. */
static void answer_sample(struct path *path, nanos now, uint16_t sequence)
{
	nanos sent = path_loss_answered(&path->loss, sequence);
	if (sent == NANOS_NEVER || path->state != PATH_TRIAL || !path_loss_lose(&path->loss, sent))
		return;
	path->run = 0;
	path->resume = now + GAP_PAUSE;
}

bool path_reply(
	struct path *path, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS])
{
	for (size_t i = 0; i < PATH_PROBES_MAX; i++) {
		struct path_probe *probe = &path->probes[i];
		if (probe->sent == NANOS_NEVER || probe->sequence != sequence ||
			memcmp(probe->cookie, cookie, PATH_COOKIE_OCTETS) != 0)
			continue;
		/* no answer to a plain probe that has left since */
		nanos at = probe->shows ? probe->sent : now;
		measure(path, now - probe->sent);
		probe->sent = NANOS_NEVER;
		path->stream = false;
		path->probe_answered = true;
		if (probe->shows) {
			path->unshown = 0;
			path->show_answered = true;
		}
		answer_sample(path, now, sequence);
		report_lost(path, now);
		hear(path, now, at, EVENT_ANSWERED);
		return true;
	}
	return false;
}

/* ---- probes ---- */

/*
 * While there is traffic: when the silence is long enough to ask whether the path lives. If it was
 * only probes that were heard, the tunnel only sends, and would be asked for ever: less often then.
 */
static nanos ask_at(const struct path *path)
{
	nanos since = path->silent_since;
	if (since == NANOS_NEVER && path->stream)
		since = path->received;
	nanos at = later(since, path->limits->suspect_after);
	bool one_way = path->heard == NANOS_NEVER ||
		       path->heard > path->received + path->limits->suspect_after;
	if (one_way && path->probed != NANOS_NEVER)
		at = nanos_max(at, later(path->probed, SPACING_ASK));
	return at;
}

/* The last probe of either kind; NANOS_NEVER: none. */
static nanos last_probe(const struct path *path)
{
	if (path->probed == NANOS_NEVER || path->shown == NANOS_NEVER)
		return nanos_min(path->probed, path->shown);
	return nanos_max(path->probed, path->shown);
}

static nanos idle_at(const struct path *path)
{
	nanos last = path->entered;
	nanos probed = last_probe(path);
	if (path->heard != NANOS_NEVER)
		last = nanos_max(last, path->heard);
	if (probed != NANOS_NEVER)
		last = nanos_max(last, probed);
	/* whatever else is heard says nothing of the round trip, which may have become longer */
	return nanos_min(later(last, path->limits->probe_idle),
		later(probed, MEASURED_EVERY * path->limits->probe_idle));
}

/* Whether what shows no binding lives: the plain probe behind one that stays unanswered. */
static nanos follow_at(const struct path *path)
{
	bool followed = path->probed != NANOS_NEVER && path->probed > path->shown;
	return followed ? NANOS_NEVER : path_unshown_at(path);
}

static nanos probe_alive_at(const struct path *path)
{
	nanos at = idle_at(path);
	if (path->probed != NANOS_NEVER && path->training)
		at = nanos_min(at, later(path->probed, spacing(path)));
	if (path->measuring)
		at = nanos_min(at, later(path->probed, PATH_SAMPLE_SPACING));
	if (path->asked != NANOS_NEVER)
		return at; /* one question at a time */
	nanos busy = later(last_probe(path), SPACING_BUSY);
	if (busy <= busy_until(path))
		at = nanos_min(at, busy);
	return nanos_min(nanos_min(at, follow_at(path)), ask_at(path));
}

static nanos show_at(const struct path *path)
{
	if (!path->shows || !path->limits->probe || path->state != PATH_ALIVE)
		return NANOS_NEVER;
	if (path->shown == NANOS_NEVER)
		return path->entered;
	nanos busy = later(path->shown, SPACING_BUSY);
	bool again = path->unshown != 0 && path->unshown < UNSHOWN_BUSY;
	return again || busy <= busy_until(path) ? busy : idle_at(path);
}

/* A path that only waits for its time to return is asked less often. */
static nanos trial_spacing(const struct path *path, nanos now)
{
	return run_complete(path, now) ? RUN_SPACING_MAX : run_spacing(path, now);
}

static nanos probe_at(const struct path *path)
{
	if (!path->limits->probe)
		return NANOS_NEVER;
	nanos last = path->probed == NANOS_NEVER ? path->entered : path->probed;
	switch (path->state) {
	case PATH_DOWN:
		return NANOS_NEVER;
	case PATH_UNPROVEN:
		return path->probed == NANOS_NEVER ? path->entered : later(last, spacing(path));
	case PATH_ALIVE:
		return probe_alive_at(path);
	case PATH_SUSPECT:
		return later(last, spacing(path));
	case PATH_DEAD:
		return later(nanos_max(last, path->entered),
			path->eager ? nanos_min(path->backoff, BACKOFF_EAGER) : path->backoff);
	case PATH_TRIAL:
		return nanos_max(path->resume, later(last, trial_spacing(path, last)));
	case PATH_STATES:
		break;
	}
	assert(false);
	return NANOS_NEVER;
}

bool path_probe_due(const struct path *path, nanos now)
{
	return now >= probe_at(path);
}

static struct path_probe *remember_probe(
	struct path *path, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS])
{
	struct path_probe *probe = &path->probes[path->next_probe];
	path->next_probe = (path->next_probe + 1) % PATH_PROBES_MAX;
	probe->sent = now;
	probe->sequence = sequence;
	probe->shows = false;
	memcpy(probe->cookie, cookie, PATH_COOKIE_OCTETS);
	return probe;
}

void path_probed(
	struct path *path, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS])
{
	remember_probe(path, now, sequence, cookie);
	if (path->state == PATH_DEAD)
		path->backoff = nanos_min(2 * path->backoff, path->limits->probe_idle);
	if (path->training)
		path->training--;
	if (path->measuring)
		path->measuring--;
	/* behind one that shows the binding and was perhaps lost */
	if (now >= path_unshown_at(path) && now <= busy_until(path) && path->measuring == 0)
		path->measuring = MEASURING;
	if (path->state != PATH_DEAD)
		path_loss_sent(&path->loss, now, sequence);
	path->probes_sent++;
	path->probed = now;
	if (path->asked == NANOS_NEVER)
		path->asked = now;
	path->unanswered++;
	path->deaf_probes++;
}

void path_shows(struct path *path, bool shows)
{
	if (path->shows != shows)
		path_show_again(path);
	path->shows = shows;
}

void path_show_again(struct path *path)
{
	path->shown = NANOS_NEVER;
	path->unshown = 0;
}

void path_show_forget(struct path *path)
{
	path->show_answered = false;
	path->shows_from = 0;
}

bool path_show_due(const struct path *path, nanos now)
{
	return now >= show_at(path);
}

void path_shown(
	struct path *path, nanos now, uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS])
{
	remember_probe(path, now, sequence, cookie)->shows = true;
	path->shown = now;
	path->unshown++;
}

/* ---- time ---- */

void path_deadline(struct path *path, nanos now)
{
	path->looked = now;
	report_lost(path, now);
	step(path, EVENT_TIME, now);
}

/* When path_activity() is due again: the first time at which the result could change anything. */
static nanos look_at(const struct path *path)
{
	nanos until = busy_until(path);
	if (until == 0 || path->looked > until)
		return NANOS_NEVER;
	nanos silence = path->heard == NANOS_NEVER ? 0 : path->heard;
	silence += path->limits->suspect_after;
	return silence > path->looked ? silence : path->looked + path->limits->suspect_after;
}

static nanos run_over_at(const struct path *path)
{
	nanos at = nanos_max(path->returns_from, path->run_at);
	return run_complete(path, at) ? at : NANOS_NEVER;
}

static nanos transition_at(const struct path *path)
{
	switch (path->state) {
	case PATH_DOWN:
		return NANOS_NEVER;
	case PATH_DEAD:
		return is_mute(path) ? look_at(path) : NANOS_NEVER;
	case PATH_UNPROVEN:
	case PATH_SUSPECT:
		return overdue_at(path);
	case PATH_ALIVE:
		return nanos_min(nanos_min(late_at(path), deaf_at(path)), look_at(path));
	case PATH_TRIAL:
		return nanos_min(nanos_min(overdue_at(path), run_over_at(path)),
			is_mute(path) ? look_at(path) : NANOS_NEVER);
	case PATH_STATES:
		break;
	}
	assert(false);
	return NANOS_NEVER;
}

nanos path_next_deadline(const struct path *path)
{
	if (!path->limits->probe)
		return NANOS_NEVER;
	return nanos_min(nanos_min(probe_at(path), show_at(path)), transition_at(path));
}

bool path_usable(const struct path *path)
{
	return path_state_is_usable(path->state);
}

unsigned path_loss_percent(const struct path *path)
{
	unsigned lost = path_loss_count(&path->loss, PATH_OUTCOME_LOST);
	unsigned known = lost + path_loss_count(&path->loss, PATH_OUTCOME_ANSWERED);
	return known ? (100 * lost + known / 2) / known : 0;
}

bool path_unanswered_ever(const struct path *path)
{
	return path->probes_sent >= DEAD_PROBES && !path->probe_answered;
}
