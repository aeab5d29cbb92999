/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each pass: something happened, the core is told, what it wants is done, and loop_settle() ends
 * it.
 */
#include "loop.h"
#include "agent.h"
#include "keeping.h"
#include "log.h"
#include "predecessor.h"

#include "../io/clock.h"
#include "../io/crypto.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>

#define EVENTS_BATCH 256
/* A clean stop that no acknowledgement ends is ended by this. */
#define STOP_LATE_SECONDS 3
/* By then a new daemon has set what it wants: links have said what they are, the home link is
 * found.
 */
#define SETTLED_SECONDS 5
#define RETRY_SECONDS 5
/* How long after a flood the log says how many lines it has withheld. */
#define WITHHELD_SECONDS 10
/* Between two readings of two clocks the process may have to wait. */
#define SUSPENDED_MIN (100 * NANOS_PER_MS)

enum manner {
	STOP_CLEAN,           /* de-register, remove everything */
	STOP_KEEP_FORWARDING, /* leave programs, maps and device for the next daemon */
};

void loop_settle(struct agent *agent)
{
	keeping_commit(agent);
	sender_flush(agent->sender);
	outer_packets_flush(agent);
	crypto_forget_key(&agent->port);
	nanos next = core_next_deadline(agent->core);
	deadline_timer_set(
		&agent->loop.timer, nanos_min(next, dataplane_next_forgotten(agent->dataplane)));
	if (log_withholds() && !event_pending(agent->loop.on_withheld, EV_TIMEOUT, NULL))
		event_add(agent->loop.on_withheld, &(struct timeval){.tv_sec = WITHHELD_SECONDS});
}

static void withheld(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	log_tell_withheld();
	loop_settle(ctx);
}

/* ---- what happens ---- */

static void host_readable(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval again = {.tv_sec = 1};
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	int error = host_read(agent->host);
	/* What is known of an interface may be old, and no notification may follow. */
	if (error < 0) {
		log_error("netlink: %s", strerror(-error));
		event_add(agent->loop.on_host, &again);
	} else {
		event_remove_timer(agent->loop.on_host);
	}
	reconcile_heard(agent);
	loop_settle(agent);
}

/*
 * The machine was suspended: clock_now() has counted that, but links and addresses may have changed
 * without a notification. core_deadline() does what was due meanwhile.
 */
static void notice_suspend(struct agent *agent)
{
	struct host_event event = {.type = HOST_RESUMED};
	nanos suspended = clock_suspended();
	bool resumed = suspended > agent->loop.suspended + SUSPENDED_MIN;

	agent->loop.suspended = suspended;
	if (!resumed)
		return;
	log_info("resumed from suspend");
	host_doubt(agent->host);
	host_readable(-1, 0, agent);
	if (agent_is_mobile_node(agent))
		agent_host(agent, &event);
}

static void clock_changed(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	if (deadline_timer_clock_changed(&agent->loop.timer))
		notice_suspend(agent);
	loop_settle(agent);
}

static void deadline_passed(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	deadline_timer_read(&agent->loop.timer);
	notice_suspend(agent);
	if (agent_is_mobile_node(agent))
		watched_links_report_activity(agent);
	direct_ways_report_activity(agent);
	core_deadline(agent->core, clock_now(), &agent->outbox);
	effects_carry_out(agent);
	dataplane_forget_path_mtus(agent->dataplane, clock_now().mono);
	loop_settle(agent);
}

static void unbound(struct agent *agent, struct octets octets)
{
	struct host_event event = {.type = HOST_UNBOUND};
	struct cursor cursor = cursor_over(octets.at, octets.length);

	cursor_address(&cursor, &event.unbound.care_of);
	cursor_address(&cursor, &event.unbound.home_address);
	if (!cursor.failed && agent_is_home_agent(agent))
		agent_host(agent, &event);
}

static void dataplane_event(
	void *ctx, const struct abi_event *event, const struct dataplane_active *active)
{
	struct agent *agent = ctx;
	struct octets octets = {event->octets, event->length};

	keeping_make_room(agent);
	switch (event->type) {
	case ABI_EVENT_PACKET:
		core_packet(agent->core, clock_now(), event->ifindex, octets, &agent->outbox);
		effects_carry_out(agent);
		break;
	case ABI_EVENT_ACTIVE:
		/* The home agent does not watch its paths; the mobile node watches all of them. */
		if (active && agent_is_mobile_node(agent))
			watched_links_report_activity(agent);
		break;
	case ABI_EVENT_TUNNEL_ERROR:
		if (active)
			tunnel_error(agent, octets, active);
		break;
	case ABI_EVENT_BUSY:
		direct_ways_busy(agent, octets);
		break;
	case ABI_EVENT_ERROR:
		returned_error(agent, event->ifindex, octets);
		break;
	case ABI_EVENT_TOO_LARGE:
		if (active) {
			dataplane_note_path_mtus(agent->dataplane, &active->home_address,
				&active->peer, clock_now().mono + PATH_MTU_KEEP);
			returned_too_large(agent, octets, event->mtu);
		}
		break;
	case ABI_EVENT_UNBOUND:
		unbound(agent, octets);
		break;
	case ABI_EVENT_FRAGMENT:
		outer_packets_receive(agent, event->ifindex, octets);
		break;
	}
}

static void dataplane_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	dataplane_events(agent->dataplane, EVENTS_BATCH, dataplane_event, agent);
	loop_settle(agent);
}

static void device_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	if (slow_path_read(agent) == -EBADFD)
		reconcile_device_lost(agent);
	loop_settle(agent);
}

static void note_expiry(void *ctx, const struct effect_tunnel *tunnel)
{
	struct agent *agent = ctx;

	if (tunnel->kind == TUNNEL_TO_MOBILE_NODE)
		agent->bound_until = nanos_max(agent->bound_until, tunnel->expires);
}

static void stop(struct agent *agent, enum manner how)
{
	const struct timeval late = {.tv_sec = STOP_LATE_SECONDS};
	struct host_event event = {.type = HOST_STOP};

	if (agent->loop.stopping) {
		event_base_loopexit(agent->loop.base, NULL);
		return;
	}
	agent->loop.stopping = how == STOP_CLEAN;
	if (how == STOP_CLEAN && !agent_is_home_agent(agent)) {
		event_add(agent->loop.on_stop_late, &late);
		dataplane_each_tunnel(agent->dataplane, note_expiry, agent);
		agent_host(agent, &event);
		loop_settle(agent);
	} else {
		event_base_loopexit(agent->loop.base, NULL);
	}
}

static void signalled(evutil_socket_t signal, short what, void *ctx)
{
	(void)what;
	stop(ctx, signal == SIGQUIT ? STOP_KEEP_FORWARDING : STOP_CLEAN);
}

static void stopped_late(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	log_warning("not every de-registration was acknowledged");
	event_base_loopexit(agent->loop.base, NULL);
}

static void settled(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	predecessor_sweep(ctx);
}

/* ---- what failed ---- */

void loop_retry_later(struct agent *agent)
{
	const struct timeval later = {.tv_sec = RETRY_SECONDS};

	if (!event_pending(agent->loop.on_retry, EV_TIMEOUT, NULL))
		event_add(agent->loop.on_retry, &later);
}

static void retry(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;
	bool done = watched_links_retry(agent);

	(void)fd;
	(void)what;
	done &= interfaces_retry(agent);
	done &= home_link_retry(agent);
	if (!done)
		loop_retry_later(agent);
}

/* ---- beginning and end ---- */

int loop_init(struct agent *agent)
{
	struct event_config *config = event_config_new();

	if (config) {
		/* The coarse clock would add milliseconds to every gap. */
		event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
		agent->loop.base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (!agent->loop.base)
		return -ENOMEM;
	agent->loop.suspended = clock_suspended();
	int error = deadline_timer_open(&agent->loop.timer);
	if (error < 0)
		return error;
	agent->loop.on_retry = event_new(agent->loop.base, -1, 0, retry, agent);
	agent->loop.on_withheld = event_new(agent->loop.base, -1, 0, withheld, agent);
	return agent->loop.on_retry && agent->loop.on_withheld ? 0 : -ENOMEM;
}

static struct event *on_readable(struct agent *agent, int fd, event_callback_fn call)
{
	struct event *event = event_new(agent->loop.base, fd, EV_READ | EV_PERSIST, call, agent);

	if (event)
		event_add(event, NULL);
	return event;
}

int loop_watch_device(struct agent *agent)
{
	agent->loop.on_device = on_readable(agent, agent->device.fd, device_readable);
	return agent->loop.on_device ? 0 : -ENOMEM;
}

void loop_forget_device(struct agent *agent)
{
	if (agent->loop.on_device)
		event_free(agent->loop.on_device);
	agent->loop.on_device = NULL;
}

void loop_fail(struct agent *agent, int error)
{
	agent->loop.failed = error;
	event_base_loopexit(agent->loop.base, NULL);
}

int loop_start(struct agent *agent)
{
	struct loop *loop = &agent->loop;
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
	const struct timeval soon = {.tv_sec = SETTLED_SECONDS};

	loop->on_deadline = on_readable(agent, loop->timer.deadline_fd, deadline_passed);
	loop->on_clock = on_readable(agent, loop->timer.clock_fd, clock_changed);
	loop->on_stop_late = event_new(loop->base, -1, 0, stopped_late, agent);
	loop->on_settled = event_new(loop->base, -1, 0, settled, agent);
	loop->on_host = on_readable(agent, host_fd(agent->host), host_readable);
	loop->on_dataplane =
		on_readable(agent, dataplane_events_fd(agent->dataplane), dataplane_readable);
	if (!loop->on_deadline || !loop->on_clock || !loop->on_stop_late || !loop->on_settled ||
		!loop->on_host || !loop->on_dataplane || loop_watch_device(agent) < 0)
		return -ENOMEM;
	event_add(loop->on_settled, &soon);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		loop->on_signal[i] = evsignal_new(loop->base, signals[i], signalled, agent);
		if (!loop->on_signal[i])
			return -ENOMEM;
		event_add(loop->on_signal[i], NULL);
	}
	return 0;
}

void loop_run(struct agent *agent)
{
	loop_settle(agent);
	event_base_dispatch(agent->loop.base);
}

void loop_stop(struct agent *agent)
{
	struct loop *loop = &agent->loop;
	struct event *events[] = {loop->on_deadline, loop->on_clock, loop->on_stop_late,
		loop->on_settled, loop->on_retry, loop->on_withheld, loop->on_host, loop->on_device,
		loop->on_dataplane, loop->on_signal[0], loop->on_signal[1], loop->on_signal[2]};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
}

void loop_fini(struct agent *agent)
{
	deadline_timer_close(&agent->loop.timer);
	if (agent->loop.base)
		event_base_free(agent->loop.base);
}
