/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start and stop of the daemon (agent.h). The order at the start is: what can fail without having
 * touched the system, then what a daemon before us may have left behind, then the rest.
 */
#include "agent.h"
#include "control.h"
#include "control_source.h"
#include "device_mtu.h"
#include "keeping.h"
#include "log.h"
#include "monitor.h"
#include "predecessor.h"
#include "room.h"
#include "start_findings.h"

#include "../io/clock.h"
#include "../io/kernel_features.h"
#include "../io/crypto.h"
#include "../io/privileges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool agent_is_mobile_node(const struct agent *agent)
{
	return agent->config->core.role == ROLE_MOBILE_NODE;
}

bool agent_is_home_agent(const struct agent *agent)
{
	return agent->config->core.role == ROLE_HOME_AGENT;
}

struct in6_addr agent_home_agent(const struct agent *agent)
{
	return agent_is_home_agent(agent) ? agent->config->core.home_agent.address
					  : core_home_agent(agent->core);
}

int agent_host(struct agent *agent, const struct host_event *event)
{
	keeping_make_room(agent);
	int error = core_host(agent->core, clock_now(), event, &agent->outbox);
	effects_carry_out(agent);
	return error;
}

/* A home agent has routes to its device only. */
struct host_own agent_own_routes(const struct agent *agent)
{
	struct host_own own = {.device = agent->device.ifindex};
	uint32_t base = agent->config->table_base;

	if (!agent_is_mobile_node(agent))
		return own;
	own.tables[own.tables_count++] = base;
	for (unsigned int i = 0; i < agent->links_count; i++)
		own.tables[own.tables_count++] = base + agent->links[i].config->bid;
	for (unsigned int i = 0; i < agent->left_count; i++)
		own.tables[own.tables_count++] = base + agent->left[i];
	return own;
}

static void interface_seen(void *ctx, const struct host_interface *interface)
{
	struct agent *agent = ctx;

	if (agent_is_mobile_node(agent))
		watched_links_changed(agent, interface);
	else
		interfaces_changed(agent, interface);
	warnings_follow_address(agent);
	device_mtu_follow(agent);
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
static bool is_explained(const struct agent *agent, int error,
	void (*find)(const struct config *, const struct finding_sink *))
{
	bool said = false;
	const struct finding_sink sink = {log_problem, &said};

	if (error == -EPERM || error == -EACCES)
		permission_findings(&sink);
	if (!said && find)
		find(agent->config, &sink);
	return said;
}

static int fail_at(const struct agent *agent, const char *what, int error,
	void (*find)(const struct config *, const struct finding_sink *))
{
	return is_explained(agent, error, find) ? error : fail(what, error);
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

static int tell_nodes(struct agent *agent)
{
	const struct config *config = agent->config;

	for (size_t i = 0; i < config->nodes_count; i++) {
		struct host_event event = {.type = HOST_NODE_SET, .node = config->nodes[i]};
		int error = core_host(agent->core, clock_now(), &event, &agent->outbox);

		explicit_bzero(&event, sizeof(event));
		if (error < 0)
			return fail("mobile nodes", error);
		agent->outbox.count = 0;
	}
	return 0;
}

/* `probe_identifier`: of this run, so that answers to the run before are not taken for its own. */
static int start_core(struct agent *agent, uint16_t *ret_probe_identifier)
{
	struct core_config core = agent->config->core;
	uint16_t identifier;
	int error = crypto_port_init(&agent->port);

	if (error < 0)
		return fail("crypto", error);
	agent->port.random(agent->port.ctx, &identifier, sizeof(identifier));
	if (core.role == ROLE_MOBILE_NODE)
		core.mobile_node.probe_identifier = identifier;
	else if (core.role == ROLE_HOME_AGENT)
		core.home_agent.probe_identifier = identifier;
	slow_path_init(agent);
	error = outer_packets_init(agent);
	if (error == 0)
		error = core_new(&core, &agent->port, &agent->core);
	explicit_bzero(&core, sizeof(core));
	if (error < 0)
		return fail("core", error);
	*ret_probe_identifier = identifier;
	return tell_nodes(agent);
}

static int start_dataplane(struct agent *agent, uint16_t probe_identifier)
{
	const struct config *config = agent->config;
	const struct room room = room_of(config);

	agent->tunnels_max = room.tunnels;
	struct dataplane_config plane = {
		.pin_directory = config->pin_directory.text,
		.mobile_node = agent_is_mobile_node(agent),
		.correspondent = config->core.corresponds,
		.optimize = config->worths_count > 0,
		.keep_flows = config->keep_flows,
		.home_agent = agent_home_agent(agent),
		.home_address = config->core.mobile_node.home_address,
		.device = agent->device.ifindex,
		.probe_identifier = probe_identifier,
		.nodes_max = room.nodes,
		.tunnels_max = room.tunnels,
		.flows_max = 65536,
	};
	char reason[1280] = "";
	hash_key_init(&plane.label_key, &agent->port);
	int error = dataplane_open(&plane, &agent->dataplane, reason, sizeof(reason));

	if (error < 0 && !is_explained(agent, error, find_pins))
		log_error("data plane: %s (%s)", reason, strerror(-error));
	else if (error == 0 && reason[0] != '\0')
		log_warning("data plane: %s", reason);
	return error < 0 ? error : 0;
}

/* What the home addresses need of the host: an address or a route to the device. */
static int start_routes(struct agent *agent)
{
	const struct core_config *core = &agent->config->core;
	struct host_route route = {
		.ifindex = agent->device.ifindex,
		.metric = ROUTE_METRIC,
		.table = TABLE_MAIN,
	};

	if (core->role == ROLE_CORRESPONDENT)
		return 0; /* its addresses are the links' */
	if (agent_is_mobile_node(agent)) {
		int error = host_address_set(agent->host, agent->device.ifindex,
			&core->mobile_node.home_address, HOME_ADDRESS_PREFIX);
		if (error < 0)
			return fail("home address", error);
		route.source = core->mobile_node.home_address;
		home_address_start(agent);
	} else if (core->home_agent.home_link) {
		return 0; /* the prefix is the link's; home addresses are routed one by one */
	} else {
		route.prefix = core->home_agent.home_prefix;
		route.prefix_length = core->home_agent.home_prefix_length;
	}
	int error = host_route_set(agent->host, &route);
	return error < 0 ? fail("route to the device", error) : 0;
}

static void warn_of_kernel(void)
{
	struct kernel_feature features[KERNEL_FEATURES_MAX];
	size_t count = kernel_features_probe(features);
	char release[65];

	kernel_release(release, sizeof(release));
	for (size_t i = 0; i < count; i++)
		if (features[i].state == KERNEL_FEATURE_ABSENT)
			log_warning("this kernel (%s) lacks %s: %s; to mend it: %s", release,
				features[i].name, features[i].lost, features[i].remedy);
}

static void warn_if_insecure(const struct config *config)
{
	size_t insecure = 0;

	for (size_t i = 0; i < config->nodes_count; i++)
		insecure += config->nodes[i].auth.mode == AUTH_MODE_INSECURE_NONE;
	if (config->core.role == ROLE_MOBILE_NODE)
		insecure += config->core.mobile_node.auth.mode == AUTH_MODE_INSECURE_NONE;
	if (insecure > 0)
		log_warning("authentication is insecure-none for %zu home addresses: anybody can "
			    "redirect their traffic",
			insecure);
	size_t replayable = config_replayable(config);
	if (replayable > 0)
		log_warning(CONFIG_REPLAYABLE_TEXT " (%zu home addresses)", replayable);
}

static int start_watching(struct agent *agent)
{
	const struct config *config = agent->config;
	int error = 0;

	for (unsigned int i = 0; i < config->links_count && error == 0; i++)
		error = host_watch(agent->host, config->links[i].name);
	for (unsigned int i = 0; i < config->interfaces_count && error == 0; i++)
		error = host_watch(agent->host, config->interfaces[i]);
	return error < 0 ? fail("netlink", error) : 0;
}

/* A second daemon for the same socket ends here, before it has touched anything. */
static int start_control(struct agent *agent)
{
	struct control_source source = control_source_of(agent);
	int error = control_open(
		agent->loop.base, agent->config->control.text, &source, &agent->control);
	if (error < 0)
		return fail_at(agent, agent->config->control.text, error, control_findings);
	agent->monitor = control_monitor(agent->control);
	return 0;
}

static int start(struct agent *agent, struct config *config)
{
	const struct core_config *core = &config->core;
	/* of a correspondent's links, nobody asks where they lead */
	const struct in6_addr *target = core->role == ROLE_MOBILE_NODE
						? &core->mobile_node.home_agent
						: &core->home_agent.address;

	agent->started = clock_now().mono;
	interfaces_init(agent);
	watched_links_init(agent);
	int error = loop_init(agent);
	if (error < 0)
		return fail("events", error);
	error = start_control(agent);
	if (error < 0)
		return error;
	error = sender_new(&agent->sender);
	if (error < 0)
		return fail_at(agent, "raw socket", error, NULL);
	error = host_new(target, interface_seen, agent, &agent->host);
	if (error < 0)
		return fail("netlink", error);
	warn_of_kernel();
	error = device_open(config->device, &agent->device);
	if (error < 0)
		return fail_at(agent, config->device, error, find_device);
	uint16_t probe_identifier;
	host_device_set(agent->host, agent->device.ifindex);
	error = start_core(agent, &probe_identifier);
	config_forget_keys(config);
	if (error == 0)
		error = start_dataplane(agent, probe_identifier);
	if (error < 0)
		return error;
	error = keeping_start(agent);
	if (error < 0)
		return fail("store", error);
	error = start_routes(agent);
	if (error < 0)
		return error;
	warn_if_insecure(config);
	warnings_follow_address(agent);
	device_mtu_follow(agent);
	if (core->role == ROLE_HOME_AGENT)
		home_link_start(agent);
	direct_ways_start(agent);
	error = start_watching(agent);
	if (error < 0)
		return error;
	error = loop_start(agent);
	if (error < 0)
		return fail("events", error);
	error = reconcile_start(agent);
	if (error < 0)
		return fail("events", error);
	/* Last: what has no place any more goes only if there is a new daemon. */
	predecessor_take_over(agent);
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
static enum end end_of(const struct agent *agent, bool started)
{
	if (started)
		return agent->loop.stopping ? END_CLEAN : END_KEEP;
	return agent->device.ifindex != 0 && !agent->device.found ? END_UNDO : END_KEEP;
}

static void leave_host(struct agent *agent, enum end end)
{
	const struct host_own own = agent_own_routes(agent);

	if (end == END_CLEAN)
		host_sweep(agent->host, &own);
	else if (end == END_UNDO)
		host_sweep_set(agent->host, &own);
}

static void leave_dataplane(struct agent *agent, enum end end)
{
	/* Maps that were found are what a daemon before us knew. */
	int error = 0;

	if (end == END_CLEAN && agent->config->core.role == ROLE_CORRESPONDENT &&
		agent->bound_until > clock_now().mono)
		error = dataplane_remove_silently(agent->dataplane, agent->bound_until);
	else if (end == END_CLEAN || (end == END_UNDO && !dataplane_found(agent->dataplane)))
		error = dataplane_remove(agent->dataplane);
	else
		dataplane_close(agent->dataplane);
	if (error < 0)
		log_error("not all of the data plane is removed: %s", strerror(-error));
}

static void finish(struct agent *agent, enum end end)
{
	reconcile_stop(agent);
	loop_stop(agent);
	keeping_finish(agent);
	if (agent->dataplane)
		leave_dataplane(agent, end);
	if (agent->host)
		leave_host(agent, end);
	if (agent->device.ifindex != 0 && end != END_KEEP)
		device_remove(&agent->device);
	else if (agent->device.ifindex != 0)
		device_close(&agent->device);
	if (agent->sender)
		sender_flush(agent->sender);
	slow_path_fini(&agent->slow_path);
	home_link_fini(&agent->home_link);
	sender_free(agent->sender);
	outer_packets_fini(&agent->outer_packets);
	host_free(agent->host);
	core_free(agent->core);
	if (agent->port.ctx)
		crypto_port_fini(&agent->port);
	if (agent->control)
		control_close(agent->control);
	loop_fini(agent);
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

int agent_run(struct config *config)
{
	static const char *const role_names[] = {
		[ROLE_HOME_AGENT] = "home agent",
		[ROLE_MOBILE_NODE] = "mobile node",
		[ROLE_CORRESPONDENT] = "correspondent",
	};
	struct agent *agent = calloc(1, sizeof(*agent));

	if (!agent)
		return fail("start", -ENOMEM);
	agent->config = config;
	int error = start(agent, config);
	const bool started = error == 0;

	if (started) {
		drop_privileges();
		log_info("%s ready", role_names[config->core.role]);
		loop_run(agent);
		error = agent->loop.failed;
	}
	finish(agent, end_of(agent, started));
	free(agent);
	return error;
}
