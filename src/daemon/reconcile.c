/* SPDX-License-Identifier: BSD-2-Clause */
#include "reconcile.h"
#include "daemon.h"
#include "control/control.h"
#include "base/log.h"
#include "control/monitor.h"

#include "../io/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

/* ---- log lines ---- */

static void log_put_back(void *ctx, const char *what, const struct put_back *state)
{
	struct daemon *daemon = ctx;

	if (state->error == 0)
		daemon->reconcile.put_back++;
	if (!put_back_to_be_told(state))
		return;
	if (state->error < 0)
		log_error("%s is gone and cannot be put back: %s", what, strerror(-state->error));
	else if (state->streak <= 1)
		log_warning("%s was removed by another program: put back", what);
	else
		log_warning("%s was removed by another program: put back, %u times by now", what,
			state->times);
	monitor_object(daemon->monitor, state->error < 0 ? EVENT_OBJECT_MISSING : EVENT_OBJECT_BACK,
		what, clock_now());
}

void reconcile_rule_text(const struct host_foreign_rule *rule, char ret[RECONCILE_TEXT_MAX])
{
	char source[INET6_ADDRSTRLEN + 8] = "all", text[INET6_ADDRSTRLEN];

	if (rule->source_length > 0)
		snprintf(source, sizeof(source), "%s/%u",
			inet_ntop(AF_INET6, &rule->source, text, sizeof(text)),
			rule->source_length);
	snprintf(ret, RECONCILE_TEXT_MAX, "rule %u (from %s%s lookup %u) comes before ours (%u)",
		rule->priority, source, rule->marked ? " and more" : "", rule->table,
		rule->our_priority);
}

static bool is_same_rule(const struct host_foreign_rule *a, const struct host_foreign_rule *b)
{
	return a->priority == b->priority && a->table == b->table &&
	       a->source_length == b->source_length && IN6_ARE_ADDR_EQUAL(&a->source, &b->source);
}

static bool is_named(const struct reconcile *reconcile, const struct host_foreign_rule *rule)
{
	for (size_t i = 0; i < reconcile->named_count; i++)
		if (is_same_rule(&reconcile->named[i], rule))
			return true;
	return false;
}

/* Names each rule once, as long as it is there. */
static void warn_of_rules(struct daemon *daemon)
{
	struct reconcile *reconcile = &daemon->reconcile;
	const struct host_foreign_rule *rules;
	size_t count = host_foreign_rules(daemon->basis.host, &rules);
	char text[RECONCILE_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		if (is_named(reconcile, &rules[i]))
			continue;
		reconcile_rule_text(&rules[i], text);
		log_warning("%s: packets of the home address that it catches bypass the tunnels; "
			    "a home_rule_priority below %u solves this",
			text, rules[i].priority);
	}
	reconcile->named_count = count < RECONCILE_RULES_MAX ? count : RECONCILE_RULES_MAX;
	memcpy(reconcile->named, rules, reconcile->named_count * sizeof(*rules));
}

/* ---- the device ---- */

/* Another interface has the name or the ifindex, or the privileges are dropped: this daemon ends,
 * and the service manager starts a new one, which makes another device. */
static bool is_final(int error)
{
	return error == -EEXIST || error == -EBUSY || error == -EPERM || error == -EACCES;
}

/* With the same ifindex, so that programs and routes stay valid. False: it is not there. */
static bool remake_device(struct daemon *daemon, nanos now)
{
	struct put_back *state = &daemon->reconcile.device;

	loop_forget_device(daemon);
	int error = device_remake(daemon->basis.config->device, &daemon->device);
	/* It was there, and another program has removed it once more. */
	put_back_tried(state, now, error == -ENODEV ? 0 : error);
	state->missing = error < 0;
	bool watched = error < 0 || loop_watch_device(daemon) == 0;
	if (!watched)
		state->error = -ENOMEM;
	log_put_back(daemon, daemon->basis.config->device, state);
	if (!watched || is_final(error))
		loop_fail(daemon, state->error);
	return error == 0;
}

/* False: it is gone, and is not put back before `again`: another program keeps removing it, or the
 * kernel refuses it. */
static bool check_device(struct daemon *daemon, nanos now, nanos *again)
{
	struct put_back *state = &daemon->reconcile.device;

	if (host_device_check(daemon->basis.host) != -ENODEV)
		return true;
	state->missing = true;
	if (put_back_when(state) <= now && remake_device(daemon, now))
		return true;
	*again = nanos_min(*again, put_back_when(state));
	return false;
}

/* ---- files ---- */

/* `result` of an attempt: 0 if nothing was missing, 1 if it is back, -errno. */
static void file_checked(
	struct daemon *daemon, const char *what, struct put_back *state, nanos now, int result)
{
	if (result == 0) {
		state->missing = false;
		return;
	}
	put_back_tried(state, now, result < 0 ? result : 0);
	log_put_back(daemon, what, state);
}

static void pins_text(const struct daemon *daemon, char ret[RECONCILE_TEXT_MAX])
{
	snprintf(ret, RECONCILE_TEXT_MAX, "pinned maps in %s",
		daemon->basis.config->pin_directory.text);
}

static void control_text(const struct daemon *daemon, char ret[RECONCILE_TEXT_MAX])
{
	snprintf(ret, RECONCILE_TEXT_MAX, "control socket %s", daemon->basis.config->control.text);
}

/* The kernel sends no notification about these files: each comparison looks for them. */
static void check_files(struct daemon *daemon, nanos now)
{
	struct reconcile *reconcile = &daemon->reconcile;
	char text[RECONCILE_TEXT_MAX];

	if (put_back_when(&reconcile->pins) <= now) {
		pins_text(daemon, text);
		file_checked(daemon, text, &reconcile->pins, now,
			dataplane_put_pins_back(
				daemon->basis.dataplane, daemon->basis.config->pin_directory.text));
	}
	if (put_back_when(&daemon->redirected_flows.table) <= now)
		file_checked(daemon, text, &daemon->redirected_flows.table, now,
			redirected_flows_check(&daemon->redirected_flows, text));
	if (put_back_when(&reconcile->control) <= now) {
		control_text(daemon, text);
		file_checked(
			daemon, text, &reconcile->control, now, control_put_back(daemon->control));
	}
}

/* ---- when ---- */

static void wait_for_due(struct daemon *daemon)
{
	struct reconcile *reconcile = &daemon->reconcile;
	nanos now = clock_now().mono, due = reconcile->comparison.due;
	nanos wait = due > now ? due - now : 0;
	const struct timeval timeout = {
		.tv_sec = (time_t)(wait / NANOS_PER_SECOND),
		.tv_usec = (suseconds_t)(wait % NANOS_PER_SECOND / 1000),
	};

	event_add(reconcile->on_due, &timeout);
}

/* The device first, then the programs (with the guard), then addresses, routes and rules. */
static void compare(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;
	nanos began = clock_now().mono, again = NANOS_NEVER;

	(void)fd;
	(void)what;
	bool has_device = check_device(daemon, began, &again);
	if (daemon->loop.failed)
		return;
	int error = 0;
	if (has_device) {
		dataplane_reconcile(daemon->basis.dataplane, began, log_put_back, daemon, &again);
		error = host_reconcile(daemon->basis.host, began, log_put_back, daemon, &again);
	}
	check_files(daemon, began);
	/* Objects have changed meanwhile, or the device is gone again. */
	if (error == -EINTR || error == -ENODEV)
		again = began;
	else if (error < 0)
		log_error("comparison with the kernel: %s", strerror(-error));
	warn_of_rules(daemon);
	comparison_done(&daemon->reconcile.comparison, began, clock_now().mono, again);
	wait_for_due(daemon);
	loop_end_pass(daemon);
}

void reconcile_heard(struct daemon *daemon)
{
	if (!host_hinted(daemon->basis.host) || !daemon->reconcile.started)
		return;
	comparison_hint(&daemon->reconcile.comparison, clock_now().mono);
	wait_for_due(daemon);
}

void reconcile_device_lost(struct daemon *daemon)
{
	loop_forget_device(daemon);
	comparison_hint(&daemon->reconcile.comparison, clock_now().mono);
	wait_for_due(daemon);
}

/* The first one soon: a foreign rule may be before ours already. */
int reconcile_start(struct daemon *daemon)
{
	struct reconcile *reconcile = &daemon->reconcile;
	nanos now = clock_now().mono;

	reconcile->on_due = event_new(daemon->loop.base, -1, 0, compare, daemon);
	if (!reconcile->on_due)
		return -ENOMEM;
	reconcile->started = true;
	comparison_init(&reconcile->comparison, now);
	comparison_hint(&reconcile->comparison, now);
	wait_for_due(daemon);
	return 0;
}

void reconcile_stop(struct daemon *daemon)
{
	if (daemon->reconcile.on_due)
		event_free(daemon->reconcile.on_due);
	daemon->reconcile.started = false;
}

void reconcile_each_missing(const struct daemon *daemon, put_back_handler *each, void *ctx)
{
	if (daemon->reconcile.device.missing)
		each(ctx, daemon->basis.config->device, &daemon->reconcile.device);
	char text[RECONCILE_TEXT_MAX];
	pins_text(daemon, text);
	if (daemon->reconcile.pins.missing)
		each(ctx, text, &daemon->reconcile.pins);
	control_text(daemon, text);
	if (daemon->reconcile.control.missing)
		each(ctx, text, &daemon->reconcile.control);
	dataplane_each_attachment(daemon->basis.dataplane, false, each, ctx);
	host_each_intended(daemon->basis.host, false, each, ctx);
}
