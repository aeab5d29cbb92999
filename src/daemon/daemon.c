/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start and stop of the daemon (daemon.h). The order at the start is: steps that can fail before
 * the system is changed, then objects that the previous daemon may have left, then the rest.
 */
#include "daemon.h"
#include "control/control.h"
#include "control_source.h"
#include "persistence.h"
#include "base/log.h"
#include "control/monitor.h"
#include "takeover.h"
#include "map_sizes.h"
#include "doctor/start_findings.h"
#include "host/own_tables.h"

#include "../io/base/clock.h"
#include "../io/dataplane/kernel_features.h"
#include "../io/base/crypto.h"
#include "../io/host/privileges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool daemon_is_home_agent(const struct daemon *daemon)
{
	return daemon->basis.config->core.is_home_agent;
}

int daemon_host(struct daemon *daemon, const struct host_event *event)
{
	persistence_make_room(daemon);
	int error = core_host(daemon->basis.core, clock_now(), event, &daemon->outbox);
	effects_carry_out(daemon);
	return error;
}

/* A home agent has routes to its device only. */
struct host_own daemon_own_routes(const struct daemon *daemon)
{
	struct host_own own = {.device = daemon->device.ifindex};

	own_tables_add(&daemon->mobile_hosts, daemon->basis.dataplane, &own);
	new_flows_add_own(daemon->basis.config, &own);
	return own;
}

/* ---- functions for the parts (base/daemon_basis.h) ---- */

static void give_packet(struct daemon *daemon, const struct arrival *arrival)
{
	persistence_make_room(daemon);
	core_packet(daemon->basis.core, arrival, &daemon->outbox);
	effects_carry_out(daemon);
}

static void router_changed(struct daemon *daemon, const struct mobile_link *link)
{
	ro_paths_follow_router(&daemon->ro_paths, link);
}

static void link_gone(struct daemon *daemon, uint32_t ifindex)
{
	sender_link_gone(daemon->basis.sender, ifindex);
	outer_packets_link_gone(&daemon->outer_packets, ifindex);
	shared_traffic_link_gone(&daemon->shared_traffic, ifindex);
}

/* The mobile nodes first: that a link is gone is urgent. */
static void interface_seen(void *ctx, const struct host_interface *interface)
{
	struct daemon *daemon = ctx;

	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		mobile_links_changed(&daemon->mobile_hosts.at[i], interface);
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		policy_follow_interface(&daemon->mobile_hosts.at[i], interface);
	uint32_t gone = interfaces_changed(&daemon->interfaces, interface);
	if (gone != 0)
		link_gone(daemon, gone);
	home_addresses_guard(&daemon->mobile_hosts);
	if (daemon_is_home_agent(daemon))
		home_link_changed(&daemon->home_link, interface);
	warnings_follow_address(daemon->basis.config, &daemon->warnings);
	device_mtu_follow(&daemon->device_mtu, &daemon->interfaces);
}

/* The parts know each other from the beginning; the objects that they use are made later. */
static void init(struct daemon *daemon, const struct config *config)
{
	struct daemon_basis *basis = &daemon->basis;

	basis->config = config;
	basis->device = &daemon->device;
	basis->daemon = daemon;
	basis->give_event = daemon_host;
	basis->give_packet = give_packet;
	basis->retry_later = loop_retry_later;
	daemon->home_link.basis = basis;
	daemon->ro_paths.basis = basis;
	daemon->tunnel_activity.basis = basis;
	interfaces_init(&daemon->interfaces, basis);
	mobile_hosts_init(&daemon->mobile_hosts, basis, router_changed);
}

/* ---- start ---- */

static int fail(const char *what, int error)
{
	log_error("%s: %s", what, strerror(-error));
	return error;
}

/* ---- why a start failed ---- */

static void log_problem(void *ctx, const struct finding *finding)
{
	bool *said = ctx;
	char line[sizeof(finding->object) + sizeof(finding->text)];

	if (finding->verdict != VERDICT_PROBLEM)
		return;
	finding_line(finding, line, sizeof(line));
	log_error("%s; do: %s", line, finding->remedy);
	*said = true;
}

/* Logs the findings about the host that may be the reason. False: there is none. */
static bool is_explained(const struct daemon *daemon, int error,
	void (*find)(const struct config *, const struct finding_sink *))
{
	bool said = false;
	const struct finding_sink sink = {log_problem, &said};

	if (error == -EPERM || error == -EACCES)
		permission_findings(&sink);
	if (!said && find)
		find(daemon->basis.config, &sink);
	return said;
}

static int fail_at(const struct daemon *daemon, const char *what, int error,
	void (*find)(const struct config *, const struct finding_sink *))
{
	return is_explained(daemon, error, find) ? error : fail(what, error);
}

static void find_device(const struct config *config, const struct finding_sink *sink)
{
	tun_findings(sink);
	device_findings(config, getpid(), sink);
}

static void find_pins(const struct config *config, const struct finding_sink *sink)
{
	bpffs_findings(config, sink);
	pin_findings(config, 0, sink);
}

/* ---- its parts ---- */

static int tell_nodes(struct daemon *daemon)
{
	const struct config *config = daemon->basis.config;

	for (size_t i = 0; i < config->nodes_count; i++) {
		struct host_event event = {.type = HOST_NODE_SET, .node = config->nodes[i]};
		int error = core_host(daemon->basis.core, clock_now(), &event, &daemon->outbox);

		explicit_bzero(&event, sizeof(event));
		if (error < 0)
			return fail("mobile nodes", error);
		daemon->outbox.count = 0;
	}
	return 0;
}

/* `probe_identifier`: of this run, so that answers to the run before are not taken for its own. */
static int start_core(struct daemon *daemon, uint16_t *ret_probe_identifier)
{
	struct core_config core = daemon->basis.config->core;
	uint16_t identifier;
	int error = crypto_port_init(&daemon->basis.port);

	if (error < 0)
		return fail("crypto", error);
	daemon->basis.port.random(daemon->basis.port.ctx, &identifier, sizeof(identifier));
	core.home_agent.probe_identifier = identifier;
	for (unsigned i = 0; i < core.mobile_nodes_count; i++)
		core.mobile_nodes[i].probe_identifier = identifier;
	slow_path_init(
		&daemon->slow_path, &daemon->basis, &daemon->outer_packets, &daemon->mobile_hosts);
	error = outer_packets_init(&daemon->outer_packets, &daemon->basis);
	if (error == 0)
		error = shared_traffic_init(&daemon->shared_traffic, &daemon->basis,
			&daemon->slow_path, daemon->loop.base);
	if (error == 0)
		error = core_new(&core, &daemon->basis.port, &daemon->basis.core);
	explicit_bzero(&core, sizeof(core));
	if (error < 0)
		return fail("core", error);
	*ret_probe_identifier = identifier;
	return tell_nodes(daemon);
}

static struct dataplane_state first_state(const struct daemon *daemon)
{
	const struct config *config = daemon->basis.config;
	struct dataplane_state state = {0};

	if (daemon_is_home_agent(daemon)) {
		state.roles |= ABI_ROLE_HOME_AGENT;
		state.home_agent = config->core.home_agent.address;
	}
	if (config->core.corresponds)
		state.roles |= ABI_ROLE_CORRESPONDENT;
	if (daemon->mobile_hosts.count > 0)
		state.roles |= ABI_ROLE_MOBILE_NODE;
	if (config_optimizes(config))
		state.roles |= ABI_ROLE_ROUTE_OPTIMIZATION;
	if (config_leads_through(config))
		state.roles |= ABI_ROLE_THROUGH;
	state.home_agents_count = daemon->mobile_hosts.count;
	for (unsigned int i = 0; i < state.home_agents_count; i++)
		state.home_agents[i] =
			mobile_node_home_agent(core_mobile_node(daemon->basis.core, i));
	return state;
}

static int start_dataplane(struct daemon *daemon, uint16_t probe_identifier)
{
	const struct config *config = daemon->basis.config;
	const struct map_sizes room = map_sizes_of(config);

	daemon->ro_paths.tunnels_max = room.tunnels;
	daemon->tunnel_activity.tunnels_max = room.tunnels;
	daemon->basis.dataplane_state = first_state(daemon);
	struct dataplane_config plane = {
		.pin_directory = config->pin_directory.text,
		.state = daemon->basis.dataplane_state,
		.keep_flows = config->keep_flows,
		.device = daemon->device.ifindex,
		.probe_identifier = probe_identifier,
		.nodes_max = room.nodes,
		.tunnels_max = room.tunnels,
		.flows_max = 65536,
	};
	char reason[1280] = "";
	hash_key_init(&plane.label_key, &daemon->basis.port);
	int error = dataplane_open(&plane, &daemon->basis.dataplane, reason, sizeof(reason));

	if (error < 0 && !is_explained(daemon, error, find_pins))
		log_error("data plane: %s (%s)", reason, strerror(-error));
	else if (error == 0 && reason[0] != '\0')
		log_warning("data plane: %s", reason);
	if (error == 0)
		own_tables_remember(&daemon->mobile_hosts, daemon->basis.dataplane);
	return error < 0 ? error : 0;
}

/* A home agent's home prefix is routed to the device. On a physical home link the prefix is the
 * link's, and home addresses are routed one by one. */
static int start_home_prefix(struct daemon *daemon)
{
	const struct home_agent_config *home_agent = &daemon->basis.config->core.home_agent;
	const struct host_route route = {
		.prefix = home_agent->home_prefix,
		.prefix_length = home_agent->home_prefix_length,
		.ifindex = daemon->device.ifindex,
		.metric = ROUTE_METRIC,
		.table = TABLE_MAIN,
	};

	if (!daemon_is_home_agent(daemon) || home_agent->home_link)
		return 0;
	int error = host_route_set(daemon->basis.host, &route);
	return error < 0 ? fail("route to the device", error) : 0;
}

/* What the home addresses need of the host: an address, or a route to the device. */
static int start_routes(struct daemon *daemon)
{
	int error = start_home_prefix(daemon);

	for (unsigned int i = 0; i < daemon->mobile_hosts.count && error == 0; i++) {
		error = home_address_start(&daemon->mobile_hosts.at[i]);
		if (error < 0)
			return fail("home address", error);
	}
	new_flows_start(&daemon->new_flows, &daemon->mobile_hosts);
	return error;
}

static void warn_of_kernel(void)
{
	struct kernel_feature features[KERNEL_FEATURES_MAX];
	size_t count = kernel_features_probe(features);
	char release[65];

	kernel_release(release, sizeof(release));
	for (size_t i = 0; i < count; i++)
		if (features[i].state == KERNEL_FEATURE_ABSENT)
			log_warning("this kernel (%s) lacks %s: %s; remedy: %s", release,
				features[i].name, features[i].lost, features[i].remedy);
}

static void warn_if_insecure(const struct config *config)
{
	size_t insecure = 0;

	for (size_t i = 0; i < config->nodes_count; i++)
		insecure += config->nodes[i].auth.mode == AUTH_MODE_INSECURE_NONE;
	for (unsigned int i = 0; i < config->core.mobile_nodes_count; i++)
		insecure += config->core.mobile_nodes[i].auth.mode == AUTH_MODE_INSECURE_NONE;
	if (insecure > 0)
		log_warning("authentication is insecure-none for %zu home addresses: any host can "
			    "redirect their traffic",
			insecure);
	size_t replayable = config_replayable(config);
	if (replayable > 0)
		log_warning(CONFIG_REPLAYABLE_TEXT " (%zu home addresses)", replayable);
}

static int start_watching(struct daemon *daemon)
{
	int error = 0;

	for (unsigned int i = 0; i < daemon->mobile_hosts.count && error == 0; i++) {
		const struct in6_addr home_agent =
			mobile_host_home_agent(&daemon->mobile_hosts.at[i]);
		error = host_target_set(daemon->basis.host, i, &home_agent);
	}
	for (unsigned int i = 0; i < daemon->interfaces.count && error == 0; i++)
		error = host_watch(daemon->basis.host, daemon->interfaces.at[i].name);
	return error < 0 ? fail("netlink", error) : 0;
}

/* A second daemon for the same socket ends here, before it has touched anything. */
static int start_control(struct daemon *daemon)
{
	struct control_source source = control_source_of(daemon);
	int error = control_open(
		daemon->loop.base, daemon->basis.config->control.text, &source, &daemon->control);
	if (error < 0)
		return fail_at(daemon, daemon->basis.config->control.text, error, control_findings);
	daemon->monitor = control_monitor(daemon->control);
	return 0;
}

static int start(struct daemon *daemon, struct config *config)
{
	daemon->started = clock_now().mono;
	int error = loop_init(daemon);
	if (error < 0)
		return fail("events", error);
	error = start_control(daemon);
	if (error < 0)
		return error;
	error = sender_new(&daemon->basis.sender);
	if (error < 0)
		return fail_at(daemon, "raw socket", error, NULL);
	error = host_new(interface_seen, daemon, &daemon->basis.host);
	if (error < 0)
		return fail("netlink", error);
	warn_of_kernel();
	error = device_open(config->device, &daemon->device);
	if (error < 0)
		return fail_at(daemon, config->device, error, find_device);
	uint16_t probe_identifier;
	host_device_set(daemon->basis.host, daemon->device.ifindex);
	error = start_core(daemon, &probe_identifier);
	config_forget_keys(config);
	if (error == 0)
		error = start_dataplane(daemon, probe_identifier);
	if (error < 0)
		return error;
	error = persistence_start(daemon);
	if (error < 0)
		return fail("store", error);
	error = start_routes(daemon);
	if (error < 0)
		return error;
	warn_if_insecure(config);
	warnings_follow_address(config, &daemon->warnings);
	device_mtu_follow(&daemon->device_mtu, &daemon->interfaces);
	if (daemon_is_home_agent(daemon))
		home_link_start(&daemon->home_link);
	ro_paths_start(&daemon->ro_paths);
	redirected_flows_start(&daemon->redirected_flows, &daemon->ro_paths, &daemon->mobile_hosts,
		dataplane_found(daemon->basis.dataplane));
	error = start_watching(daemon);
	if (error < 0)
		return error;
	error = loop_start(daemon);
	if (error < 0)
		return fail("events", error);
	error = reconcile_start(daemon);
	if (error < 0)
		return fail("events", error);
	/* Nothing can fail any more: unused objects of the previous daemon are removed only if this
	 * one has started. The core hears of records before it hears of links: it records what it
	 * knows after each event, in their place. */
	takeover_take_over(daemon);
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++) {
		mobile_links_start(&daemon->mobile_hosts.at[i]);
		policy_start(&daemon->mobile_hosts.at[i]);
	}
	return 0;
}

/* ---- stop ---- */

enum end {
	END_KEEP,  /* forwarding goes on */
	END_CLEAN, /* nothing is left */
	END_UNDO,  /* of a start that failed */
};

/* A clean stop leaves nothing behind on the host. A start that failed takes back only what it made
 * itself: the device, and all that is on it; if that was there before, nothing. */
static enum end end_of(const struct daemon *daemon, bool started)
{
	if (started)
		return daemon->loop.stopping ? END_CLEAN : END_KEEP;
	return daemon->device.ifindex != 0 && !daemon->device.found ? END_UNDO : END_KEEP;
}

static void leave_host(struct daemon *daemon, enum end end, const struct host_own *own)
{
	if (end == END_CLEAN)
		host_sweep(daemon->basis.host, own);
	else if (end == END_UNDO)
		host_sweep_set(daemon->basis.host, own);
	if (end != END_KEEP)
		redirected_flows_stop(&daemon->redirected_flows);
}

static void leave_dataplane(struct daemon *daemon, enum end end)
{
	/* Maps that were found contain what the previous daemon knew. */
	int error = 0;

	if (end == END_CLEAN && core_main_role(&daemon->basis.config->core) == ROLE_CORRESPONDENT &&
		daemon->bound_until > clock_now().mono)
		error = dataplane_remove_silently(daemon->basis.dataplane, daemon->bound_until);
	else if (end == END_CLEAN || (end == END_UNDO && !dataplane_found(daemon->basis.dataplane)))
		error = dataplane_remove(daemon->basis.dataplane);
	else
		dataplane_close(daemon->basis.dataplane);
	if (error < 0)
		log_error("not all of the data plane is removed: %s", strerror(-error));
}

static void finish(struct daemon *daemon, enum end end)
{
	const struct host_own own = daemon_own_routes(daemon);

	reconcile_stop(daemon);
	loop_stop(daemon);
	persistence_finish(daemon);
	if (daemon->basis.dataplane) {
		shared_traffic_stop(&daemon->shared_traffic);
		leave_dataplane(daemon, end);
	}
	if (daemon->basis.host)
		leave_host(daemon, end, &own);
	if (daemon->device.ifindex != 0 && end != END_KEEP)
		device_remove(&daemon->device);
	else if (daemon->device.ifindex != 0)
		device_close(&daemon->device);
	if (daemon->basis.sender)
		sender_flush(daemon->basis.sender);
	slow_path_fini(&daemon->slow_path);
	home_link_fini(&daemon->home_link);
	sender_free(daemon->basis.sender);
	outer_packets_fini(&daemon->outer_packets);
	shared_traffic_fini(&daemon->shared_traffic);
	host_free(daemon->basis.host);
	core_free(daemon->basis.core);
	outbox_fini(&daemon->outbox);
	if (daemon->basis.port.ctx)
		crypto_port_fini(&daemon->basis.port);
	if (daemon->control)
		control_close(daemon->control);
	loop_fini(daemon);
}

/* Keeps what the daemon needs to restore objects that other programs remove, and to end. */
static void drop_privileges(void)
{
	const char *what = "";
	int error = privileges_drop(&what);

	if (error < 0)
		log_warning(
			"privileges are not dropped completely: %s: %s", what, strerror(-error));
}

static void log_ready(const struct core_config *core)
{
	const char *const roles[] = {
		core->is_home_agent ? "home agent" : NULL,
		core->mobile_nodes_count == 1 ? "mobile node" : NULL,
		core->mobile_nodes_count > 1 ? "mobile nodes" : NULL,
		core->corresponds && core_main_role(core) == ROLE_CORRESPONDENT ? "correspondent"
										: NULL,
	};
	char text[64] = "";

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (roles[i])
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				text[0] != '\0' ? " and " : "", roles[i]);
	log_info("%s ready", text);
}

int daemon_run(struct config *config)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	if (!daemon)
		return fail("start", -ENOMEM);
	init(daemon, config);
	int error = start(daemon, config);
	const bool started = error == 0;

	if (started) {
		drop_privileges();
		log_ready(&config->core);
		loop_run(daemon);
		error = daemon->loop.failed;
	}
	finish(daemon, end_of(daemon, started));
	free(daemon);
	return error;
}
