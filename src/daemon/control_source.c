/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joins the control socket to the running daemon (control_source.h). No question is answered before
 * the loop runs, so that everything is there by then.
 */
#include "control_source.h"

#include "daemon.h"
#include "daemon_findings.h"
#include "doctor/link_findings.h"
#include "flow_explanation.h"
#include "host/own_addresses.h"
#include "persistence.h"

#include "../io/base/clock.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
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
	for (unsigned int i = 0; i < config->core.mobile_nodes_count; i++)
		if (config->core.mobile_nodes[i].auth.mode == AUTH_MODE_INSECURE_NONE)
			return true;
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

static struct show_mobile_node mobile_node_of(const struct mobile_host *host)
{
	const struct core *core = host->basis->core;
	const struct mobile_node_config *config =
		&host->basis->config->core.mobile_nodes[host->index];
	struct show_mobile_node node = {
		.index = host->index,
		.name = host->config->name,
		.home_address = config->home_address,
		.home_agent = mobile_host_home_agent(host),
		.home_prefix = config->home_prefix,
		.home_prefix_length = config->home_prefix_length,
		.registration = mobile_node_registration(core_mobile_node(core, host->index)),
		.home_state = mobile_node_home_state(core_mobile_node(core, host->index)),
		.optimizes = config->route_optimization.on,
	};

	mobile_node_each_correspondent(
		core_mobile_node(core, host->index), count_correspondent, &node.correspondents);
	return node;
}

static void each_mobile_node(
	void *ctx, void (*each)(void *to, const struct show_mobile_node *), void *to)
{
	const struct daemon *daemon = ctx;

	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++) {
		const struct show_mobile_node node = mobile_node_of(&daemon->mobile_hosts.at[i]);

		each(to, &node);
	}
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
	ret->is_home_agent = core->is_home_agent;
	ret->is_mobile_node = daemon->mobile_hosts.count > 0;
	ret->corresponds = core->corresponds;
	ret->insecure = insecure(daemon->basis.config);
	ret->device = daemon->basis.config->device;
	ret->mtu = daemon->device_mtu.mtu;
	ret->put_back = daemon->reconcile.put_back;
	ret->uptime = clock_now().mono - daemon->started;
	core_each_binding(daemon->basis.core, count_binding, &ret->bindings);
	if (ret->is_mobile_node) {
		ret->mobile_node = mobile_node_of(&daemon->mobile_hosts.at[0]);
		ret->home_prefix = ret->mobile_node.home_prefix;
		ret->home_prefix_length = ret->mobile_node.home_prefix_length;
	}
	if (core->is_home_agent)
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
		daemon->basis.dataplane, binding->subject, binding->tunnel, ret);
}

struct link_walk {
	struct daemon *daemon;
	struct mobile_host *host;
	const struct show_mobile_node *node;
	void (*each)(void *to, const struct show_link *);
	void *to;
};

static void show_one(const struct link_walk *walk, struct show_link *link)
{
	const struct dataplane *dataplane = walk->daemon->basis.dataplane;
	struct abi_link counters;

	if (link->ifindex != 0 && dataplane_link_counters(dataplane, link->ifindex, &counters) == 0)
		link->counters = &counters;
	dataplane_link_put_back(dataplane, link->ifindex, &link->attached, &link->put_back);
	walk->each(walk->to, link);
}

static void link_seen(void *ctx, const struct link_view *view)
{
	const struct link_walk *walk = ctx;
	const struct mobile_link *link = mobile_links_with_bid(walk->host, view->bid);
	struct show_link shown = {.name = link ? link->config->name : "",
		.ifindex = view->ifindex,
		.view = view,
		.of = walk->node};
	char reason[160];

	if (link) {
		shown.rate = &link->rate;
		shown.usable_rate = mobile_link_usable_rate(link);
	}

	if (link && link_reason(walk->host->basis->config, walk->host->index, &link->seen, reason,
			    sizeof(reason)))
		shown.reason = reason;
	show_one(walk, &shown);
}

static void measure_interface(const struct link_walk *walk, struct watched_interface *watched)
{
	const nanos at = clock_now().mono;
	struct abi_link counters;

	if (link_rate_due(&watched->rate, at) &&
		dataplane_link_counters(
			walk->daemon->basis.dataplane, watched->attached.ifindex, &counters) == 0)
		link_rate_add(&watched->rate,
			&(struct link_rate_sample){.sent_octets = counters.sent_octets,
				.received_octets = counters.received_octets},
			at);
}

static void interface_seen(const struct link_walk *walk, struct watched_interface *watched)
{
	struct show_link shown = {.name = watched->name,
		.ifindex = watched->attached.ifindex,
		.rate = &watched->rate};
	char reason[160];

	measure_interface(walk, watched);

	if (interface_reason(walk->daemon->basis.config, &watched->seen, reason, sizeof(reason)))
		shown.reason = reason;
	show_one(walk, &shown);
}

static bool is_asked(unsigned int mobile_node, unsigned int index)
{
	return mobile_node == EVERY_MOBILE_NODE || mobile_node == index;
}

static void each_link(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_link *), void *to)
{
	struct daemon *daemon = ctx;
	struct link_walk walk = {.daemon = daemon, .each = each, .to = to};

	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++) {
		struct mobile_host *host = &daemon->mobile_hosts.at[i];
		const struct show_mobile_node node = mobile_node_of(host);

		walk.host = host;
		walk.node = &node;
		mobile_links_measure(host);
		if (is_asked(mobile_node, i))
			mobile_node_each_link(
				core_mobile_node(daemon->basis.core, i), link_seen, &walk);
	}
	for (unsigned int i = 0; i < daemon->interfaces.count && mobile_node == EVERY_MOBILE_NODE;
		i++)
		if (daemon->interfaces.at[i].is_common)
			interface_seen(&walk, &daemon->interfaces.at[i]);
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

static void each_home_agent(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct home_agent_view *), void *to)
{
	const struct daemon *daemon = ctx;

	if (mobile_node == EVERY_MOBILE_NODE && daemon_is_home_agent(daemon))
		home_agent_each_home_agent(core_home_agent(daemon->basis.core), each, to);
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		if (is_asked(mobile_node, i))
			mobile_node_each_home_agent(
				core_mobile_node(daemon->basis.core, i), each, to);
}

static void each_prefix(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct host_prefix *), void *to)
{
	const struct daemon *daemon = ctx;

	if (mobile_node == EVERY_MOBILE_NODE && daemon_is_home_agent(daemon))
		home_agent_each_prefix(core_home_agent(daemon->basis.core), each, to);
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		if (is_asked(mobile_node, i))
			mobile_node_each_prefix(core_mobile_node(daemon->basis.core, i), each, to);
}

static void each_correspondent(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct correspondent_view *), void *to)
{
	const struct daemon *daemon = ctx;

	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		if (is_asked(mobile_node, i))
			mobile_node_each_correspondent(
				core_mobile_node(daemon->basis.core, i), each, to);
}

/* ---- flows ---- */

static const char *const policy_mode_texts[] = {
#define MODE(name, text) text,
#include "../core/api/policy_modes.def"
#undef MODE
};

struct flow_walk {
	struct mobile_host *host;
	const struct show_mobile_node *node;
	void (*each)(void *to, const struct show_flow *);
	void *to;
};

static void add_link(struct show_flow *flow, const char *name, uint16_t bid)
{
	size_t length = strlen(flow->bids);
	json_t *link = json_pack("{s:i}", "bid", (int)bid);
	char text[IFNAMSIZ];

	snprintf(text, sizeof(text), "%u", bid);
	if (name)
		json_object_set_new(link, "name", json_string(name));
	json_array_append_new(flow->links, link);
	snprintf(flow->bids + length, sizeof(flow->bids) - length, "%s%s", length > 0 ? ", " : "",
		name ? name : text);
}

struct rule_use {
	const struct flow_walk *walk;
	struct show_flow *flow;
};

static bool carries(const struct rule_link_view *link)
{
	return !link->excluded && link->reason < LINK_REASON_PATH;
}

/* The first links of the order that carry packets: those of one tier are used together. */
static void add_uses(void *ctx, const struct rule_view *view)
{
	const struct rule_use *use = ctx;
	char *text = use->flow->uses;
	const size_t size = sizeof(use->flow->uses);
	unsigned tier = UINT_MAX;

	if (view->rule->number != use->flow->number)
		return;
	for (uint8_t i = 0; i < view->links_count; i++)
		if (carries(&view->links[i]) && view->links[i].tier < tier)
			tier = view->links[i].tier;
	for (uint8_t i = 0; i < view->links_count; i++) {
		const struct rule_link_view *used = &view->links[i];
		const struct mobile_link *link = mobile_links_with_bid(use->walk->host, used->bid);
		const size_t length = strlen(text);

		if (link && carries(used) && used->tier == tier)
			snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "",
				link->config->name);
	}
}

static void rule_seen(const struct flow_walk *walk, const struct config_flow *rule)
{
	struct show_flow flow = {
		.of = walk->node,
		.home_address = walk->node->home_address,
		.name = rule->name,
		.interface = rule->interface,
		.mode = policy_mode_texts[rule->rule.mode],
		.number = rule->rule.number,
		.priority = rule->rule.preference,
		.selector = &rule->rule.selector,
		.links = json_array(),
	};

	for (unsigned int i = 0; i < rule->rule.links_count; i++) {
		const uint16_t bid = rule->rule.links[i].bid;
		const struct mobile_link *link = mobile_links_with_bid(walk->host, bid);

		add_link(&flow, link ? link->config->name : NULL, bid);
	}
	if (policy_rule_sends(&rule->rule))
		mobile_node_each_rule(core_mobile_node(walk->host->basis->core, walk->host->index),
			add_uses, &(struct rule_use){walk, &flow});
	walk->each(walk->to, &flow);
	json_decref(flow.links);
}

static void flow_binding(void *ctx, const struct flow_view *view,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	struct show_flow flow = {
		.home_address = view->home_address,
		.peer = view->peer,
		.number = view->flow.fid,
		.priority = view->flow.priority,
		.selector = &view->flow.selector,
		.links = json_array(),
		.has_active = true,
		.active = view->active,
	};

	(void)ctx;
	for (unsigned int i = 0; i < view->flow.bids_count; i++)
		add_link(&flow, NULL, view->flow.bids[i]);
	each(to, &flow);
	json_decref(flow.links);
}

static void each_rule(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	struct daemon *daemon = ctx;
	struct flow_walk walk = {.each = each, .to = to};

	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++) {
		struct mobile_host *host = &daemon->mobile_hosts.at[i];
		const struct show_mobile_node node = mobile_node_of(host);

		walk.host = host;
		walk.node = &node;
		for (unsigned int f = 0; is_asked(mobile_node, i) && f < host->policy.count; f++)
			rule_seen(&walk, &host->policy.flows[f]);
	}
}

static void each_flow_binding(void *ctx, void (*each)(void *to, const struct flow_view *), void *to)
{
	const struct daemon *daemon = ctx;

	core_each_flow(daemon->basis.core, each, to);
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
	loop_end_pass(daemon);
	return error;
}

static int prefer(void *ctx, unsigned int mobile_node, uint16_t bid, uint8_t priority)
{
	struct daemon *daemon = ctx;
	struct host_event event = {.type = HOST_PREFER};

	if (mobile_node >= daemon->mobile_hosts.count)
		return -EINVAL;
	struct mobile_host *host = &daemon->mobile_hosts.at[mobile_node];
	event.link.bid = bid;
	event.link.priority = priority;
	int error = mobile_host_event(host, &event);
	if (error == 0)
		mobile_links_with_bid(host, bid)->priority = priority;
	loop_end_pass(daemon);
	return error;
}

/* ---- flows of the mobile node ---- */

static bool chooses_home_address(void *ctx)
{
	const struct daemon *daemon = ctx;

	return daemon->basis.config->new_flows_count > 0;
}

static int why(void *ctx, const struct flow_question *question, struct flow_answer *ret)
{
	return flow_explain(ctx, question, ret);
}

static int hint(void *ctx, unsigned int mobile_node, const char *name, bool leaving)
{
	struct daemon *daemon = ctx;
	struct host_event event = {.type = HOST_LINK_HINT};

	if (mobile_node >= daemon->mobile_hosts.count)
		return -EINVAL;
	struct mobile_host *host = &daemon->mobile_hosts.at[mobile_node];
	const struct mobile_link *link = mobile_links_named(host, name);
	if (!link)
		return -EINVAL;
	event.hint = (struct host_link_hint){link->config->bid, leaving};
	int error = mobile_host_event(host, &event);
	loop_end_pass(daemon);
	return error;
}

static int load_policy(void *ctx, const char *file,
	void (*error)(void *to, const struct config_error *), void *to, struct policy_change *ret)
{
	struct daemon *daemon = ctx;
	int result = policy_load(
		&daemon->mobile_hosts, file ? file : daemon->basis.config->file, error, to, ret);

	loop_end_pass(daemon);
	return result;
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
		.each_mobile_node = each_mobile_node,
		.each_link = each_link,
		.each_finding = each_finding,
		.counters = counters,
		.each_home_agent = each_home_agent,
		.each_prefix = each_prefix,
		.each_correspondent = each_correspondent,
		.each_rule = each_rule,
		.each_flow_binding = each_flow_binding,
		.flow_binding = flow_binding,
		.each_missing = each_missing,
		.each_rule_before = each_rule_before,
		.each_own_address = each_own_address,
		.prefix = prefix,
		.prefer = prefer,
		.chooses_home_address = chooses_home_address,
		.why = why,
		.hint = hint,
		.policy_load = load_policy,
		.stop = stop,
	};
}
