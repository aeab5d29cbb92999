/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joins the control socket to the running daemon (control_source.h). No question is answered before
 * the loop runs, so that everything is there by then.
 */
#include "control_source.h"

#include "daemon.h"
#include "daemon_findings.h"
#include "doctor/link_findings.h"
#include "host/own_addresses.h"
#include "persistence.h"

#include "../io/base/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static nanos now(void *ctx)
{
	(void)ctx;
	return clock_now().mono;
}

static void count_binding(void *ctx, const struct binding_view *view)
{
	size_t *count = ctx;

	(void)view;
	(*count)++;
}

static bool insecure(const struct config *config)
{
	if (config->core.mobile_nodes_count > 0)
		return config->core.mobile_nodes[0].auth.mode == AUTH_MODE_INSECURE_NONE;
	for (size_t i = 0; i < config->nodes_count; i++)
		if (config->nodes[i].auth.mode == AUTH_MODE_INSECURE_NONE)
			return true;
	return false;
}

static void count_correspondent(void *ctx, const struct correspondent_view *view)
{
	size_t *count = ctx;

	(void)view;
	(*count)++;
}

static void status_of_mobile_node(const struct daemon *daemon, struct show_status *ret)
{
	const struct core_config *core = &daemon->basis.config->core;

	ret->address = core->mobile_nodes[0].home_address;
	ret->home_agent = mobile_host_home_agent(&daemon->mobile_hosts.at[0]);
	ret->home_prefix = core->mobile_nodes[0].home_prefix;
	ret->home_prefix_length = core->mobile_nodes[0].home_prefix_length;
	ret->home_state = core_home_state(daemon->basis.core, 0);
	ret->registration = core_registration(daemon->basis.core, 0);
	ret->optimizes = core->mobile_nodes[0].route_optimization.on;
	ret->corresponds = core->corresponds;
	core_each_correspondent(daemon->basis.core, 0, count_correspondent, &ret->correspondents);
}

static void status_of_home_agent(const struct daemon *daemon, struct show_status *ret)
{
	const struct core_config *core = &daemon->basis.config->core;

	ret->address = core->home_agent.address;
	ret->home_prefix = core->home_agent.home_prefix;
	ret->home_prefix_length = core->home_agent.home_prefix_length;
	ret->nodes = daemon->basis.config->nodes_count;
	if (core->home_agent.home_link)
		ret->home_link = daemon->basis.config->home_link;
	ret->home_link_up = daemon->home_link.seen.up;
	persistence_show(daemon, ret);
}

static void status(void *ctx, struct show_status *ret)
{
	const struct daemon *daemon = ctx;
	const struct core_config *core = &daemon->basis.config->core;

	memset(ret, 0, sizeof(*ret));
	ret->role = core_main_role(core);
	ret->insecure = insecure(daemon->basis.config);
	ret->device = daemon->basis.config->device;
	ret->mtu = daemon->device_mtu.mtu;
	ret->put_back = daemon->reconcile.put_back;
	ret->uptime = clock_now().mono - daemon->started;
	core_each_binding(daemon->basis.core, count_binding, &ret->bindings);
	if (core->mobile_nodes_count > 0)
		status_of_mobile_node(daemon, ret);
	else if (core->is_home_agent)
		status_of_home_agent(daemon, ret);
}

static void each_binding(void *ctx, void (*each)(void *to, const struct binding_view *), void *to)
{
	const struct daemon *daemon = ctx;

	core_each_binding(daemon->basis.core, each, to);
}

static int binding_counters(
	void *ctx, const struct binding_view *binding, struct dataplane_counters *ret)
{
	const struct daemon *daemon = ctx;

	return dataplane_tunnel_counters(
		daemon->basis.dataplane, &binding->home_address, &binding->peer, binding->bid, ret);
}

struct link_walk {
	struct daemon *daemon;
	void (*each)(void *to, const struct show_link *);
	void *to;
};

static void show_one(struct daemon *daemon, struct show_link *link,
	const struct host_interface *seen, void (*each)(void *to, const struct show_link *),
	void *to)
{
	struct abi_link counters;
	char reason[128] = "";

	if (seen &&
		(link->view ? link_reason(daemon->basis.config, 0, seen, reason, sizeof(reason))
			    : interface_reason(daemon->basis.config, seen, reason, sizeof(reason))))
		link->reason = reason;

	if (link->ifindex != 0 &&
		dataplane_link_counters(daemon->basis.dataplane, link->ifindex, &counters) == 0)
		link->counters = &counters;
	dataplane_link_put_back(
		daemon->basis.dataplane, link->ifindex, &link->attached, &link->put_back);
	each(to, link);
}

static void link_seen(void *ctx, const struct link_view *view)
{
	const struct link_walk *walk = ctx;
	const struct mobile_link *link =
		mobile_links_with_bid(&walk->daemon->mobile_hosts.at[0], view->bid);
	struct show_link shown = {
		.name = link ? link->config->name : "", .ifindex = view->ifindex, .view = view};

	show_one(walk->daemon, &shown, link ? &link->seen : NULL, walk->each, walk->to);
}

static void each_link(void *ctx, void (*each)(void *to, const struct show_link *), void *to)
{
	struct daemon *daemon = ctx;
	struct link_walk walk = {daemon, each, to};

	if (daemon->mobile_hosts.count > 0)
		core_each_link(daemon->basis.core, 0, link_seen, &walk);
	for (unsigned int i = 0; i < daemon->interfaces.count; i++) {
		const struct watched_interface *watched = &daemon->interfaces.at[i];
		struct show_link shown = {
			.name = watched->name, .ifindex = watched->attached.ifindex};

		if (watched->is_common)
			show_one(daemon, &shown, &watched->seen, each, to);
	}
}

static void each_finding(void *ctx, const struct finding_sink *sink)
{
	const struct daemon *daemon = ctx;

	warnings_each(&daemon->interfaces, sink);
	daemon_findings(daemon, sink);
}

static void counters(void *ctx, struct show_counters *ret)
{
	const struct daemon *daemon = ctx;

	ret->core = core_counters(daemon->basis.core);
	for (unsigned int i = 0; i < ABI_DROPS; i++)
		ret->dataplane_drops[i] =
			dataplane_drops(daemon->basis.dataplane, (enum abi_drop)i);
	ret->packets_refused = sender_refused(daemon->basis.sender);
	ret->slow_path_dropped = daemon->slow_path.dropped + daemon->outer_packets.dropped;
	ret->slow_path_errors = daemon->slow_path.errors_sent;
	ret->errors_returned = daemon->slow_path.errors_returned;
}

static void each_home_agent(
	void *ctx, void (*each)(void *to, const struct home_agent_view *), void *to)
{
	const struct daemon *daemon = ctx;

	core_each_home_agent(daemon->basis.core, each, to);
	core_each_found_home_agent(daemon->basis.core, 0, each, to);
}

static void each_prefix(void *ctx, void (*each)(void *to, const struct host_prefix *), void *to)
{
	const struct daemon *daemon = ctx;

	core_each_prefix(daemon->basis.core, each, to);
	core_each_learnt_prefix(daemon->basis.core, 0, each, to);
}

static void each_correspondent(
	void *ctx, void (*each)(void *to, const struct correspondent_view *), void *to)
{
	const struct daemon *daemon = ctx;

	core_each_correspondent(daemon->basis.core, 0, each, to);
}

struct text_walk {
	void (*each)(void *to, const char *text);
	void *to;
};

static void missing(void *ctx, const char *what, const struct put_back *state)
{
	const struct text_walk *walk = ctx;

	(void)state;
	walk->each(walk->to, what);
}

static void each_missing(void *ctx, void (*each)(void *to, const char *text), void *to)
{
	struct text_walk walk = {each, to};

	reconcile_each_missing(ctx, missing, &walk);
}

static void each_rule_before(void *ctx, void (*each)(void *to, const char *text), void *to)
{
	const struct daemon *daemon = ctx;
	const struct host_foreign_rule *rules;
	size_t count = host_foreign_rules(daemon->basis.host, &rules);
	char text[RECONCILE_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		reconcile_rule_text(&rules[i], text);
		each(to, text);
	}
}

static void each_own_address(void *ctx, void (*each)(void *to, const struct in6_addr *), void *to)
{
	const struct daemon *daemon = ctx;

	own_addresses_each(&daemon->interfaces, each, to);
}

static int prefix(void *ctx, const struct host_prefix *changed, bool remove)
{
	struct daemon *daemon = ctx;
	struct host_event event = {.type = remove ? HOST_PREFIX_REMOVE : HOST_PREFIX_SET};

	event.prefix = *changed;
	int error = daemon_host(daemon, &event);
	loop_settle(daemon);
	return error;
}

static int prefer(void *ctx, uint16_t bid, uint8_t priority)
{
	struct daemon *daemon = ctx;
	struct host_event event = {.type = HOST_PREFER};

	event.link.bid = bid;
	event.link.priority = priority;
	int error = daemon_host(daemon, &event);
	if (error == 0)
		mobile_links_with_bid(&daemon->mobile_hosts.at[0], bid)->priority = priority;
	loop_settle(daemon);
	return error;
}

static int stop(void *ctx)
{
	(void)ctx;
	return raise(SIGTERM) == 0 ? 0 : -errno;
}

struct control_source control_source_of(struct daemon *daemon)
{
	return (struct control_source){
		.ctx = daemon,
		.now = now,
		.status = status,
		.each_binding = each_binding,
		.binding_counters = binding_counters,
		.each_link = each_link,
		.each_finding = each_finding,
		.counters = counters,
		.each_home_agent = each_home_agent,
		.each_prefix = each_prefix,
		.each_correspondent = each_correspondent,
		.each_missing = each_missing,
		.each_rule_before = each_rule_before,
		.each_own_address = each_own_address,
		.prefix = prefix,
		.prefer = prefer,
		.stop = stop,
	};
}
