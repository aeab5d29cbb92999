/* SPDX-License-Identifier: BSD-2-Clause */
/* Each pass hands events to the core, carries out its effects, and ends with loop_end_pass(). */
#include "loop.h"
#include "daemon.h"
#include "persistence.h"
#include "base/log.h"
#include "takeover.h"
#include "traffic/returned_error.h"
#include "traffic/tunnel_error.h"

#include "../io/base/clock.h"
#include "../io/base/crypto.h"

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
#define SWEEP_SECONDS 5
#define RETRY_SECONDS 5
/* How long after a flood the log says how many lines it has withheld. */
#define WITHHELD_SECONDS 10
/* Between two readings of two clocks the process may have to wait. */
#define SUSPENDED_MIN (100 * NANOS_PER_MS)

enum manner {
	STOP_CLEAN,           /* de-register, remove everything */
	STOP_KEEP_FORWARDING, /* leave programs, maps and device for the next daemon */
};

void loop_end_pass(struct daemon *daemon)
{
	mobile_links_follow_through(&daemon->mobile_hosts);
	persistence_commit(daemon);
	sender_flush(daemon->basis.sender);
	outer_packets_flush(&daemon->outer_packets);
	shared_traffic_end_pass(&daemon->shared_traffic);
	new_flows_follow(&daemon->new_flows);
	redirected_flows_follow(&daemon->redirected_flows);
	crypto_forget_key(&daemon->basis.port);
	nanos next = nanos_min(core_next_deadline(daemon->basis.core),
		tunnel_activity_next(&daemon->tunnel_activity));
	deadline_timer_set(&daemon->loop.timer,
		nanos_min(next, dataplane_next_forgotten(daemon->basis.dataplane)));
	if (log_withholds() && !event_pending(daemon->loop.on_withheld, EV_TIMEOUT, NULL))
		event_add(daemon->loop.on_withheld, &(struct timeval){.tv_sec = WITHHELD_SECONDS});
}

static void withheld(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	log_tell_withheld();
	loop_end_pass(ctx);
}

/* ---- events ---- */

static void host_readable(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval again = {.tv_sec = 1};
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	int error = host_read(daemon->basis.host);
	/* What is known of an interface may be old, and no notification may follow. */
	if (error < 0) {
		log_error("netlink: %s", strerror(-error));
		event_add(daemon->loop.on_host, &again);
	} else {
		event_remove_timer(daemon->loop.on_host);
	}
	reconcile_heard(daemon);
	loop_end_pass(daemon);
}

/*
 * The machine was suspended: clock_now() has counted that, but links and addresses may have changed
 * without a notification. core_deadline() does what was due meanwhile.
 */
static void notice_suspend(struct daemon *daemon)
{
	struct host_event event = {.type = HOST_RESUMED};
	nanos suspended = clock_suspended();
	bool resumed = suspended > daemon->loop.suspended + SUSPENDED_MIN;

	daemon->loop.suspended = suspended;
	if (!resumed)
		return;
	log_info("resumed from suspend");
	host_resynchronize(daemon->basis.host);
	host_readable(-1, 0, daemon);
	if (daemon->mobile_hosts.count > 0)
		daemon_host(daemon, &event);
}

static void clock_changed(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	if (deadline_timer_clock_changed(&daemon->loop.timer))
		notice_suspend(daemon);
	loop_end_pass(daemon);
}

static void report_activity(struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		mobile_links_report_activity(&daemon->mobile_hosts.at[i]);
}

static void deadline_passed(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	deadline_timer_read(&daemon->loop.timer);
	notice_suspend(daemon);
	report_activity(daemon);
	ro_paths_report_activity(&daemon->ro_paths);
	tunnel_activity_report(&daemon->tunnel_activity);
	core_deadline(daemon->basis.core, clock_now(), &daemon->outbox);
	effects_carry_out(daemon);
	dataplane_forget_path_mtus(daemon->basis.dataplane, clock_now().mono);
	loop_end_pass(daemon);
}

static void unbound(struct daemon *daemon, struct octets octets)
{
	struct host_event event = {.type = HOST_UNBOUND};
	struct cursor cursor = cursor_over(octets.at, octets.length);

	cursor_address(&cursor, &event.unbound.care_of);
	cursor_address(&cursor, &event.unbound.home_address);
	if (!cursor.failed && daemon_is_home_agent(daemon))
		daemon_host(daemon, &event);
}

static void dataplane_event(
	void *ctx, const struct abi_event *event, const struct dataplane_active *active)
{
	struct daemon *daemon = ctx;
	struct octets octets = {event->octets, event->length};

	switch (event->type) {
	case ABI_EVENT_PACKET:
		basis_packet(&daemon->basis,
			&(const struct arrival){
				.at = clock_now(), .ifindex = event->ifindex, .packet = octets});
		break;
	case ABI_EVENT_ACTIVE:
		/* The home agent does not watch its paths; the mobile node watches all of them. */
		if (active)
			report_activity(daemon);
		break;
	case ABI_EVENT_TUNNEL_ERROR:
		if (active)
			tunnel_error(&daemon->slow_path, octets, active);
		break;
	case ABI_EVENT_BUSY:
		ro_paths_busy(&daemon->mobile_hosts, octets);
		break;
	case ABI_EVENT_ERROR:
		returned_error(&daemon->slow_path, event->ifindex, octets);
		break;
	case ABI_EVENT_TOO_LARGE:
		if (active) {
			dataplane_note_path_mtus(daemon->basis.dataplane, &active->home_address,
				&active->peer, clock_now().mono + PATH_MTU_KEEP);
			returned_too_large(&daemon->slow_path, octets, event->mtu);
		}
		break;
	case ABI_EVENT_UNBOUND:
		unbound(daemon, octets);
		break;
	case ABI_EVENT_SHARED:
		if (active)
			shared_traffic_receive(&daemon->shared_traffic, active, event->at, octets);
		break;
	case ABI_EVENT_FRAGMENT:
		outer_packets_receive(&daemon->outer_packets, event->ifindex, octets);
		break;
	}
}

static void dataplane_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	dataplane_events(daemon->basis.dataplane, EVENTS_BATCH, dataplane_event, daemon);
	loop_end_pass(daemon);
}

static void device_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	if (slow_path_read(&daemon->slow_path) == -EBADFD)
		reconcile_device_lost(daemon);
	loop_end_pass(daemon);
}

static void note_expiry(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	struct daemon *daemon = ctx;

	(void)subject;
	if (tunnel->encapsulation == ENCAP_TO_MOBILE_NODE)
		daemon->bound_until = nanos_max(daemon->bound_until, tunnel->expires);
}

/* Mobile nodes de-register, and a correspondent tells those that are bound to it. */
static bool has_farewells(const struct daemon *daemon)
{
	return daemon->mobile_hosts.count > 0 || daemon->basis.config->core.corresponds;
}

static void stop(struct daemon *daemon, enum manner how)
{
	const struct timeval late = {.tv_sec = STOP_LATE_SECONDS};
	struct host_event event = {.type = HOST_STOP};

	if (daemon->loop.stopping) {
		event_base_loopexit(daemon->loop.base, NULL);
		return;
	}
	daemon->loop.stopping = how == STOP_CLEAN;
	if (how == STOP_CLEAN && has_farewells(daemon)) {
		event_add(daemon->loop.on_stop_late, &late);
		dataplane_each_tunnel(daemon->basis.dataplane, note_expiry, daemon);
		daemon_host(daemon, &event);
		loop_end_pass(daemon);
	} else {
		event_base_loopexit(daemon->loop.base, NULL);
	}
}

static void signalled(evutil_socket_t signal, short what, void *ctx)
{
	(void)what;
	stop(ctx, signal == SIGQUIT ? STOP_KEEP_FORWARDING : STOP_CLEAN);
}

static void stopped_late(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	log_warning("not every de-registration was acknowledged");
	event_base_loopexit(daemon->loop.base, NULL);
}

static void sweep(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	takeover_sweep(ctx);
}

/* ---- repeated attempts ---- */

void loop_retry_later(struct daemon *daemon)
{
	const struct timeval later = {.tv_sec = RETRY_SECONDS};

	if (!event_pending(daemon->loop.on_retry, EV_TIMEOUT, NULL))
		event_add(daemon->loop.on_retry, &later);
}

static void retry(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;
	bool done = interfaces_retry(&daemon->interfaces);

	(void)fd;
	(void)what;
	done &= home_link_retry(&daemon->home_link);
	if (!done)
		loop_retry_later(daemon);
}

/* ---- beginning and end ---- */

int loop_init(struct daemon *daemon)
{
	struct event_config *config = event_config_new();

	if (config) {
		/* The coarse clock would add milliseconds to every gap. */
		event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
		daemon->loop.base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (!daemon->loop.base)
		return -ENOMEM;
	daemon->loop.suspended = clock_suspended();
	int error = deadline_timer_open(&daemon->loop.timer);
	if (error < 0)
		return error;
	daemon->loop.on_retry = event_new(daemon->loop.base, -1, 0, retry, daemon);
	daemon->loop.on_withheld = event_new(daemon->loop.base, -1, 0, withheld, daemon);
	return daemon->loop.on_retry && daemon->loop.on_withheld ? 0 : -ENOMEM;
}

static struct event *on_readable(struct daemon *daemon, int fd, event_callback_fn call)
{
	struct event *event = event_new(daemon->loop.base, fd, EV_READ | EV_PERSIST, call, daemon);

	if (event)
		event_add(event, NULL);
	return event;
}

int loop_watch_device(struct daemon *daemon)
{
	daemon->loop.on_device = on_readable(daemon, daemon->device.fd, device_readable);
	return daemon->loop.on_device ? 0 : -ENOMEM;
}

void loop_forget_device(struct daemon *daemon)
{
	if (daemon->loop.on_device)
		event_free(daemon->loop.on_device);
	daemon->loop.on_device = NULL;
}

void loop_fail(struct daemon *daemon, int error)
{
	daemon->loop.failed = error;
	event_base_loopexit(daemon->loop.base, NULL);
}

int loop_start(struct daemon *daemon)
{
	struct loop *loop = &daemon->loop;
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
	const struct timeval soon = {.tv_sec = SWEEP_SECONDS};

	loop->on_deadline = on_readable(daemon, loop->timer.deadline_fd, deadline_passed);
	loop->on_clock = on_readable(daemon, loop->timer.clock_fd, clock_changed);
	loop->on_stop_late = event_new(loop->base, -1, 0, stopped_late, daemon);
	loop->on_sweep = event_new(loop->base, -1, 0, sweep, daemon);
	loop->on_host = on_readable(daemon, host_fd(daemon->basis.host), host_readable);
	loop->on_dataplane = on_readable(
		daemon, dataplane_events_fd(daemon->basis.dataplane), dataplane_readable);
	if (!loop->on_deadline || !loop->on_clock || !loop->on_stop_late || !loop->on_sweep ||
		!loop->on_host || !loop->on_dataplane || loop_watch_device(daemon) < 0)
		return -ENOMEM;
	event_add(loop->on_sweep, &soon);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		loop->on_signal[i] = evsignal_new(loop->base, signals[i], signalled, daemon);
		if (!loop->on_signal[i])
			return -ENOMEM;
		event_add(loop->on_signal[i], NULL);
	}
	return 0;
}

void loop_run(struct daemon *daemon)
{
	loop_end_pass(daemon);
	event_base_dispatch(daemon->loop.base);
}

void loop_stop(struct daemon *daemon)
{
	struct loop *loop = &daemon->loop;
	struct event *events[] = {loop->on_deadline, loop->on_clock, loop->on_stop_late,
		loop->on_sweep, loop->on_retry, loop->on_withheld, loop->on_host, loop->on_device,
		loop->on_dataplane, loop->on_signal[0], loop->on_signal[1], loop->on_signal[2]};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
}

void loop_fini(struct daemon *daemon)
{
	deadline_timer_close(&daemon->loop.timer);
	if (daemon->loop.base)
		event_base_free(daemon->loop.base);
}
