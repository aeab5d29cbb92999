/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start, stop and the loop of the daemon (agent.h). The order at the start is: what can fail
 * without having touched the system, then what a daemon before us may have left behind, then the
 * rest.
 */
#include "agent.h"
#include "control.h"
#include "control_source.h"
#include "keeping.h"
#include "log.h"
#include "monitor.h"

#include "../io/clock.h"
#include "../io/crypto.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS_BATCH 256
/* A clean stop that no acknowledgement ends is ended by this. */
#define STOP_LATE_SECONDS 3
/* By then a new daemon has set what it wants: links have said what they are, the home link is
 * found.
 */
#define SETTLED_SECONDS 5
#define RETRY_SECONDS 5
#define MTU_DEFAULT 1500

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

void agent_settle(struct agent *agent)
{
	keeping_commit(agent);
	sender_flush(agent->sender);
	nanos next = core_next_deadline(agent->core);
	if (agent->slow_path.forget_mtu_at < next)
		next = agent->slow_path.forget_mtu_at;
	nanos now = clock_now().mono;
	nanos wait = next > now ? next - now : 0;
	struct timeval timeout = {
		.tv_sec = (time_t)(wait / NANOS_PER_SECOND),
		.tv_usec = (suseconds_t)(wait % NANOS_PER_SECOND / 1000),
	};

	if (next == NANOS_NEVER)
		event_del(agent->on_deadline);
	else
		event_add(agent->on_deadline, &timeout);
}

/* ---- what happens ---- */

static void deadline_passed(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	if (agent_is_mobile_node(agent))
		watched_links_report_activity(agent);
	direct_ways_report_activity(agent);
	core_deadline(agent->core, clock_now(), &agent->outbox);
	effects_carry_out(agent);
	slow_path_deadline(agent);
	agent_settle(agent);
}

static void host_readable(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval again = {.tv_sec = 1};
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	int error = host_read(agent->host);
	/* Of some interface the picture may be old, and nothing more may be said of it. */
	if (error < 0) {
		log_error("netlink: %s", strerror(-error));
		event_add(agent->on_host, &again);
	} else {
		event_remove_timer(agent->on_host);
	}
	agent_settle(agent);
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
	case ABI_EVENT_TOO_BIG:
		slow_path_too_big(agent, octets);
		break;
	case ABI_EVENT_BUSY:
		direct_ways_busy(agent, octets);
		break;
	case ABI_EVENT_ERROR:
		returned_error(agent, event->ifindex, octets);
		break;
	case ABI_EVENT_TOO_LARGE:
		if (active)
			returned_too_large(agent, octets, event->mtu);
		break;
	}
}

static void dataplane_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	dataplane_events(agent->dataplane, EVENTS_BATCH, dataplane_event, agent);
	agent_settle(agent);
}

static void device_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	slow_path_read(agent);
	agent_settle(agent);
}

static void stop(struct agent *agent, enum agent_stop how)
{
	const struct timeval late = {.tv_sec = STOP_LATE_SECONDS};
	struct host_event event = {.type = HOST_STOP};

	if (agent->stopping) {
		event_base_loopexit(agent->base, NULL);
		return;
	}
	agent->stopping = how == STOP_CLEAN;
	if (how == STOP_CLEAN && agent_is_mobile_node(agent)) {
		event_add(agent->on_stop_late, &late);
		agent_host(agent, &event);
		agent_settle(agent);
	} else {
		event_base_loopexit(agent->base, NULL);
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
	event_base_loopexit(agent->base, NULL);
}

/* Those of the configured links that are there. */
static unsigned int attached_links(const struct agent *agent, uint32_t ret[])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < agent->links_count; i++)
		ret[count++] = agent->links[i].attached.ifindex;
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		ret[count++] = agent->interfaces[i].ifindex;
	return count;
}

/* A home agent has routes to its device only. */
static struct host_own own_routes(const struct agent *agent)
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

/* What a daemon before us left, and we did not set again: old care-of addresses, old bindings, and
 * programs on links that are not configured any more. */
static void settled(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;
	uint32_t ours[sizeof(agent->links) / sizeof(agent->links[0]) +
		      sizeof(agent->interfaces) / sizeof(agent->interfaces[0])];
	const struct host_own own = own_routes(agent);
	int error = host_sweep_stale(agent->host, &own);

	(void)fd;
	(void)what;
	if (error < 0)
		log_error("routes and rules of the daemon before: %s", strerror(-error));
	error = dataplane_detach_others(agent->dataplane, ours, attached_links(agent, ours));
	if (error < 0)
		log_error("data plane on links of the daemon before: %s", strerror(-error));
	if (agent_is_mobile_node(agent))
		home_address_sweep(agent);
	own_addresses_sweep(agent);
}

/* ---- what failed ---- */

void agent_retry_later(struct agent *agent)
{
	const struct timeval later = {.tv_sec = RETRY_SECONDS};

	if (!event_pending(agent->on_retry, EV_TIMEOUT, NULL))
		event_add(agent->on_retry, &later);
}

static bool interfaces_retry(struct agent *agent)
{
	bool done = true;

	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		done &= attached_link_retry(
			&agent->interfaces[i], agent->dataplane, agent->config->interfaces[i]);
	return done;
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
		agent_retry_later(agent);
}

/* ---- the device and its MTU ---- */

/* The device's MTU is that of the narrowest link, less the outer header (RFC 2473 7.1). */
static void follow_mtu(struct agent *agent)
{
	uint32_t mtu = agent->config->mtu;
	uint32_t narrowest = 0;

	for (unsigned int i = 0; i < agent->links_count; i++)
		if (agent->links[i].seen.ifindex != 0 &&
			(narrowest == 0 || agent->links[i].seen.mtu < narrowest))
			narrowest = agent->links[i].seen.mtu;
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		if (agent->interfaces[i].ifindex != 0 &&
			(narrowest == 0 || agent->interface_mtu[i] < narrowest))
			narrowest = agent->interface_mtu[i];
	if (narrowest == 0)
		narrowest = MTU_DEFAULT;
	/* with less than every link has to carry, the kernel takes IPv6 off the device */
	if (mtu == 0)
		mtu = narrowest > IPV6_MTU_MIN + IPV6_HEADER_OCTETS ? narrowest - IPV6_HEADER_OCTETS
								    : IPV6_MTU_MIN;
	if (mtu == agent->mtu)
		return;
	if (mtu + IPV6_HEADER_OCTETS > narrowest)
		log_warning("a link carries %u octets only: packets of more than %u do not fit its "
			    "tunnel",
			narrowest, narrowest - IPV6_HEADER_OCTETS);
	agent->mtu = mtu;
	dataplane_default_mtu(agent->dataplane, mtu);
	int error = host_mtu_set(agent->host, agent->device.ifindex, mtu);
	if (error < 0)
		log_error("MTU of %s: %s", agent->config->device, strerror(-error));
}

static void correspondent_changed(
	struct agent *agent, unsigned int which, const struct host_interface *interface)
{
	struct host_interface before = agent->corresponding[which];

	agent->corresponding[which] = *interface;
	own_addresses_follow(agent, &before, interface);
}

static void interface_changed(struct agent *agent, const struct host_interface *interface)
{
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++) {
		if (strcmp(agent->config->interfaces[i], interface->name) != 0)
			continue;
		if (!attached_link_follow(&agent->interfaces[i], agent->dataplane, interface))
			agent_retry_later(agent);
		agent->interface_mtu[i] = interface->mtu;
		if (!agent_is_home_agent(agent))
			correspondent_changed(agent, i, interface);
	}
	if (agent_is_home_agent(agent) && home_link_is(agent, interface->name))
		home_link_changed(agent, interface);
}

static void interface_seen(void *ctx, const struct host_interface *interface)
{
	struct agent *agent = ctx;

	if (agent_is_mobile_node(agent))
		watched_links_changed(agent, interface);
	else
		interface_changed(agent, interface);
	follow_mtu(agent);
}

/* ---- start ---- */

static int fail(const char *what, int error)
{
	log_error("%s: %s", what, strerror(-error));
	return error;
}

/* What the maps must have room for, so that no node is acknowledged and then has no tunnel. */
struct room {
	uint32_t nodes;
	uint32_t tunnels;
};

static struct room room_of_home_agent(const struct config *config)
{
	size_t sum = 0;

	for (size_t i = 0; i < config->nodes_count; i++)
		sum += config->nodes[i].bindings_max;
	sum += (config->nodes_max - config->nodes_count) * BINDINGS_DEFAULT;
	return (struct room){(uint32_t)config->nodes_max, (uint32_t)sum};
}

static void add_room(struct room *room, uint32_t nodes, uint32_t each)
{
	room->nodes += nodes;
	room->tunnels += nodes * each;
}

static struct room room_of(const struct config *config)
{
	const struct core_config *core = &config->core;
	struct room room = {.nodes = 1}; /* the first is kept for a way by the home agent */

	if (core->role == ROLE_HOME_AGENT)
		return room_of_home_agent(config);
	if (core->role == ROLE_MOBILE_NODE)
		room.tunnels = BINDINGS_MAX;
	if (config->worths_count > 0)
		add_room(&room, core->mobile_node.route_optimization.correspondents_max,
			BINDINGS_MAX);
	if (core->corresponds)
		add_room(&room, core->correspondent.nodes_max, core->correspondent.bindings_max);
	return room;
}

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
	const struct dataplane_config plane = {
		.pin_directory = config->pin_directory.text,
		.mobile_node = agent_is_mobile_node(agent),
		.correspondent = config->core.corresponds,
		.optimize = config->worths_count > 0,
		.keep_flows = config->keep_flows,
		.home_agent = agent_home_agent(agent),
		.device = agent->device.ifindex,
		.probe_identifier = probe_identifier,
		.nodes_max = room.nodes,
		.tunnels_max = room.tunnels,
		.flows_max = 65536,
	};
	char reason[256] = "";
	int error = dataplane_open(&plane, &agent->dataplane, reason, sizeof(reason));

	if (error < 0)
		log_error("data plane: %s (%s)", reason, strerror(-error));
	else if (reason[0] != '\0')
		log_warning("data plane: %s", reason);
	return error < 0 ? error : 0;
}

struct found {
	size_t nodes_count, tunnels_count;
	size_t nodes_room, tunnels_room;
	struct effect_node *nodes;
	struct effect_tunnel *tunnels;
};

/* Doubles `*array` when `count` has reached `*room`. */
static bool grow(void **array, size_t size, size_t count, size_t *room)
{
	if (count < *room)
		return true;
	size_t wanted = *room ? *room * 2 : 64;
	void *grown = realloc(*array, wanted * size);
	if (!grown)
		return false;
	*array = grown;
	*room = wanted;
	return true;
}

static void found_node(void *ctx, const struct effect_node *node)
{
	struct found *found = ctx;
	void *array = found->nodes;

	if (grow(&array, sizeof(*node), found->nodes_count, &found->nodes_room)) {
		found->nodes = array;
		found->nodes[found->nodes_count++] = *node;
	}
}

static void found_tunnel(void *ctx, const struct effect_tunnel *tunnel)
{
	struct found *found = ctx;
	void *array = found->tunnels;

	if (grow(&array, sizeof(*tunnel), found->tunnels_count, &found->tunnels_room)) {
		found->tunnels = array;
		found->tunnels[found->tunnels_count++] = *tunnel;
	}
}

/* A mobile node knows nothing more of its correspondents, and begins anew with them. Of its home
 * agent it keeps the links that it still has. */
static bool has_no_place(struct agent *agent, const struct effect_tunnel *tunnel)
{
	if (tunnel->kind == TUNNEL_TO_CORRESPONDENT)
		return true;
	if (!agent_is_mobile_node(agent) || is_direct(tunnel) ||
		watched_links_with_bid(agent, tunnel->bid))
		return false;
	if (agent->left_count < BINDINGS_MAX)
		agent->left[agent->left_count++] = tunnel->bid;
	return true;
}

static void take_over_tunnel(struct agent *agent, const struct effect_tunnel *tunnel)
{
	struct host_event event = {.type = HOST_RESTORE_BINDING, .restore_binding = *tunnel};

	if (has_no_place(agent, tunnel) || agent_host(agent, &event) < 0)
		dataplane_tunnel_remove(
			agent->dataplane, &tunnel->home_address, &tunnel->peer, tunnel->bid);
}

/* A direct way goes with its last tunnel. */
static void take_over_node(struct agent *agent, const struct effect_node *node)
{
	struct host_event event = {.type = HOST_RESTORE_NODE, .restore_node = *node};

	if (agent_host(agent, &event) < 0 && IN6_IS_ADDR_UNSPECIFIED(&node->peer))
		dataplane_node_remove(agent->dataplane, &node->home_address);
}

/* Tells the core what a daemon before us left in the maps, and removes what has no place any more.
 */
static void take_over(struct agent *agent)
{
	struct found found = {0};

	if (keeping_restore(agent))
		return;
	dataplane_each_node(agent->dataplane, found_node, &found);
	dataplane_each_tunnel(agent->dataplane, found_tunnel, &found);
	for (size_t i = 0; i < found.nodes_count; i++)
		take_over_node(agent, &found.nodes[i]);
	for (size_t i = 0; i < found.tunnels_count; i++)
		take_over_tunnel(agent, &found.tunnels[i]);
	if (found.tunnels_count > 0)
		log_info("took over %zu tunnels of %zu home addresses", found.tunnels_count,
			found.nodes_count);
	free(found.nodes);
	free(found.tunnels);
	keeping_put_all(agent);
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

/* A home agent that does not forward is none; say so rather than change the host behind one's back.
 */
static void warn_if_not_forwarding(void)
{
	char answer = '1';
	int fd = open("/proc/sys/net/ipv6/conf/all/forwarding", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (read(fd, &answer, 1) == 1 && answer == '0')
		log_warning("this host does not forward IPv6: set net.ipv6.conf.all.forwarding=1");
	close(fd);
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

static struct event *on_readable(struct agent *agent, int fd, event_callback_fn call)
{
	struct event *event = event_new(agent->base, fd, EV_READ | EV_PERSIST, call, agent);

	if (event)
		event_add(event, NULL);
	return event;
}

static int start_events(struct agent *agent)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
	const struct timeval soon = {.tv_sec = SETTLED_SECONDS};

	agent->on_deadline = event_new(agent->base, -1, 0, deadline_passed, agent);
	agent->on_stop_late = event_new(agent->base, -1, 0, stopped_late, agent);
	agent->on_settled = event_new(agent->base, -1, 0, settled, agent);
	agent->on_host = on_readable(agent, host_fd(agent->host), host_readable);
	agent->on_device = on_readable(agent, agent->device.fd, device_readable);
	agent->on_dataplane =
		on_readable(agent, dataplane_events_fd(agent->dataplane), dataplane_readable);
	if (!agent->on_deadline || !agent->on_stop_late || !agent->on_settled || !agent->on_host ||
		!agent->on_device || !agent->on_dataplane)
		return fail("events", -ENOMEM);
	event_add(agent->on_settled, &soon);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		agent->on_signal[i] = evsignal_new(agent->base, signals[i], signalled, agent);
		if (!agent->on_signal[i])
			return fail("signals", -ENOMEM);
		event_add(agent->on_signal[i], NULL);
	}
	return 0;
}

/* A second daemon for the same socket ends here, before it has touched anything. */
static int start_control(struct agent *agent)
{
	struct event_config *config = event_config_new();

	if (config) {
		/* The coarse clock would add milliseconds to every gap. */
		event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
		agent->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (!agent->base)
		return fail("event base", -ENOMEM);
	struct control_source source = control_source_of(agent);
	int error =
		control_open(agent->base, agent->config->control.text, &source, &agent->control);
	if (error < 0)
		return fail(agent->config->control.text, error);
	agent->monitor = control_monitor(agent->control);
	return 0;
}

static int start(struct agent *agent)
{
	const struct config *config = agent->config;
	const struct core_config *core = &config->core;
	/* of a correspondent's links, nobody asks where they lead */
	const struct in6_addr *target = core->role == ROLE_MOBILE_NODE
						? &core->mobile_node.home_agent
						: &core->home_agent.address;

	agent->started = clock_now().mono;
	for (unsigned int i = 0; i < config->interfaces_count; i++)
		agent->interfaces[i].corresponds = core->corresponds;
	watched_links_init(agent);
	slow_path_init(&agent->slow_path);
	int error = start_control(agent);
	if (error < 0)
		return error;
	agent->on_retry = event_new(agent->base, -1, 0, retry, agent);
	if (!agent->on_retry)
		return fail("events", -ENOMEM);
	error = sender_new(&agent->sender);
	if (error < 0)
		return fail("raw socket", error);
	error = host_new(target, interface_seen, agent, &agent->host);
	if (error < 0)
		return fail("netlink", error);
	error = device_open(config->device, &agent->device);
	if (error < 0)
		return fail(config->device, error);
	uint16_t probe_identifier;
	error = start_core(agent, &probe_identifier);
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
	if (core->role == ROLE_HOME_AGENT)
		warn_if_not_forwarding();
	follow_mtu(agent);
	if (core->role == ROLE_HOME_AGENT)
		home_link_start(agent);
	own_addresses_start(agent);
	direct_ways_start(agent);
	error = start_watching(agent);
	if (error == 0)
		error = start_events(agent);
	if (error < 0)
		return error;
	/* Last: what has no place any more goes only if there is a new daemon. */
	take_over(agent);
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
		return agent->stopping ? END_CLEAN : END_KEEP;
	return agent->device.ifindex != 0 && !agent->device.found ? END_UNDO : END_KEEP;
}

static void leave_host(struct agent *agent, enum end end)
{
	const struct host_own own = own_routes(agent);

	if (end == END_CLEAN)
		host_sweep(agent->host, &own);
	else if (end == END_UNDO)
		host_sweep_set(agent->host, &own);
}

static void leave_dataplane(struct agent *agent, enum end end)
{
	/* Maps that were found are what a daemon before us knew. */
	int error = 0;

	if (end == END_CLEAN || (end == END_UNDO && !dataplane_found(agent->dataplane)))
		error = dataplane_remove(agent->dataplane);
	else
		dataplane_close(agent->dataplane);
	if (error < 0)
		log_error("not all of the data plane is removed: %s", strerror(-error));
}

static void finish(struct agent *agent, enum end end)
{
	struct event *events[] = {agent->on_deadline, agent->on_stop_late, agent->on_settled,
		agent->on_retry, agent->on_host, agent->on_device, agent->on_dataplane,
		agent->on_signal[0], agent->on_signal[1], agent->on_signal[2]};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
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
	host_free(agent->host);
	core_free(agent->core);
	if (agent->port.ctx)
		crypto_port_fini(&agent->port);
	if (agent->control)
		control_close(agent->control);
	if (agent->base)
		event_base_free(agent->base);
}

int agent_run(const struct config *config)
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
	int error = start(agent);
	if (error == 0) {
		log_info("%s ready", role_names[config->core.role]);
		agent_settle(agent);
		event_base_dispatch(agent->base);
	}
	finish(agent, end_of(agent, error == 0));
	free(agent);
	return error;
}
