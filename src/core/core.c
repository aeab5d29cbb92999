/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's front: understands what came in, counts it, and hands it to the role. The receive
 * checks of RFC 6275 9.2 that hold for every node are answered here.
 */
#include "correspondent/correspondent.h"
#include "base/error_report.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define HEADER_LEN_AT 1

static int role_new(struct core *core, const struct core_config *config)
{
	switch (config->role) {
	case ROLE_HOME_AGENT:
		return home_agent_new(core, &config->home_agent);
	case ROLE_MOBILE_NODE:
		return mobile_node_new(core, &config->mobile_node);
	case ROLE_CORRESPONDENT:
		return 0;
	}
	return -EINVAL;
}

static void role_free(struct core *core)
{
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_free(core);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_free(core);
		break;
	case ROLE_CORRESPONDENT:
		break;
	}
}

/* A home agent has no address of a mobile node's to correspond with. */
static bool roles_agree(const struct core_config *config)
{
	return config->corresponds ? config->role != ROLE_HOME_AGENT
				   : config->role != ROLE_CORRESPONDENT;
}

static int parts_new(struct core *core, const struct core_config *config)
{
	int error = role_new(core, config);
	if (error < 0 || !config->corresponds)
		return error;
	error = correspondent_new(core, &config->correspondent);
	if (error < 0)
		role_free(core);
	return error;
}

int core_new(const struct core_config *config, const struct core_port *port, struct core **ret)
{
	if (!config->dialect || !port->random || !port->hmac_sha1 || !port->sha1 ||
		!roles_agree(config))
		return -EINVAL;
	struct core *core = calloc(1, sizeof(*core));
	if (!core)
		return -ENOMEM;
	core->dialect = config->dialect;
	core->port = *port;
	core->role = config->role;
	rate_limit_init(&core->answers, port, RATE_LIMIT_ANSWERS);
	int error = parts_new(core, config);
	if (error < 0) {
		free(core);
		return error;
	}
	*ret = core;
	return 0;
}

void core_free(struct core *core)
{
	if (!core)
		return;
	if (core->correspondent)
		correspondent_free(core);
	role_free(core);
	free(core);
}

void core_drop(struct core *core, enum drop why)
{
	assert(why < DROPS);
	core->counters.drops[why]++;
}

static void take_icmpv6(struct core *core, const struct arrival *arrival,
	const struct packet *packet, struct outbox *outbox)
{
	struct icmpv6 message;
	enum wire_error error = icmpv6_decode(packet, &message);
	core->counters.wire[error]++;
	if (error != WIRE_OK)
		return;
	const struct received_icmpv6 received = {arrival, packet, &message};
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_icmpv6(core, arrival->at, &received, outbox);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_icmpv6(core, arrival->at, &received, outbox);
		break;
	case ROLE_CORRESPONDENT:
		core_drop(core, DROP_NOT_FOR_US);
		break;
	}
}

static void take_message(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	if (core->correspondent && correspondent_message(core, now, received, outbox))
		return;
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_message(core, now, received, outbox);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_message(core, now, received, outbox);
		break;
	case ROLE_CORRESPONDENT:
		core_drop(core, DROP_NOT_FOR_US);
		break;
	}
}

/* RFC 6275 9.2: which of the malformed are answered, and how */
static void report_error(struct core *core, const struct arrival *arrival,
	const struct packet *packet, enum wire_error error, struct outbox *outbox)
{
	if (error == WIRE_UNKNOWN_MESSAGE)
		binding_error_send(core, arrival, packet, BE_UNKNOWN_MESSAGE, outbox);
	else if (error == WIRE_BAD_PAYLOAD_PROTO)
		parameter_problem_send(core, arrival, packet, packet->payload_at, outbox);
	else if (error == WIRE_HEADER_LEN_TOO_SMALL)
		parameter_problem_send(
			core, arrival, packet, packet->payload_at + HEADER_LEN_AT, outbox);
}

static void take_mobility(struct core *core, const struct arrival *arrival,
	const struct packet *packet, struct outbox *outbox)
{
	struct message message;
	enum wire_error error = packet_message(core->dialect, packet, &message);
	core->counters.wire[error]++;
	if (error != WIRE_OK) {
		report_error(core, arrival, packet, error, outbox);
		return;
	}
	const struct received received = {arrival, packet, &message};
	take_message(core, arrival->at, &received, outbox);
}

/* Whether the role has to do with it at all; if not, it was counted or answered. */
static bool takes(struct core *core, const struct arrival *arrival, const struct packet *packet,
	struct outbox *outbox)
{
	const struct received received = {arrival, packet, NULL};
	if (core->role == ROLE_HOME_AGENT)
		return home_agent_takes(core, arrival->at, &received, outbox);
	return !core->correspondent || correspondent_takes(core, arrival->at, &received, outbox);
}

static void take(struct core *, const struct arrival *, struct outbox *);

/* What is in the tunnel: it comes out once only. */
static void take_tunnelled(struct core *core, const struct arrival *arrival,
	const struct packet *outer, struct outbox *outbox)
{
	if (arrival_is_tunnelled(arrival) || !mobile_node_tunnelled(core, arrival, outer)) {
		core_drop(core, DROP_WRONG_PEER);
		return;
	}
	struct arrival inner = *arrival;
	inner.source.address = outer->source;
	inner.destination.address = outer->destination;
	inner.packet = outer->payload;
	take(core, &inner, outbox);
}

static void take(struct core *core, const struct arrival *arrival, struct outbox *outbox)
{
	struct packet packet;
	enum wire_error error = packet_decode(arrival->packet.at, arrival->packet.length, &packet);
	if (error != WIRE_OK) {
		core->counters.wire[error]++;
		/* RFC 6275 9.3.1: what is in it needs not be known */
		if (error == WIRE_FRAGMENT && core->correspondent)
			(void)takes(core, arrival, &packet, outbox);
	} else if (packet.next_header == IPV6_NEXT_HEADER && core->role == ROLE_MOBILE_NODE) {
		take_tunnelled(core, arrival, &packet, outbox);
	} else if (!takes(core, arrival, &packet, outbox)) {
		return;
	} else if (packet.next_header == ICMPV6_NEXT_HEADER) {
		take_icmpv6(core, arrival, &packet, outbox);
	} else {
		take_mobility(core, arrival, &packet, outbox);
	}
}

void core_packet(struct core *core, const struct arrival *arrival, struct outbox *outbox)
{
	if (outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0)
		core_drop(core, DROP_NO_MEMORY);
	else
		take(core, arrival, outbox);
}

int core_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	if (outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0)
		return -ENOMEM;
	if (core->correspondent && correspondent_concerns(core, event))
		return correspondent_host(core, now, event, outbox);
	switch (core->role) {
	case ROLE_HOME_AGENT:
		return home_agent_host(core, now, event, outbox);
	case ROLE_MOBILE_NODE:
		if (core->correspondent && event->type == HOST_STOP)
			correspondent_host(core, now, event, outbox);
		return mobile_node_host(core, now, event, outbox);
	case ROLE_CORRESPONDENT:
		return correspondent_host(core, now, event, outbox);
	}
	return -EINVAL;
}

void core_deadline(struct core *core, struct moment now, struct outbox *outbox)
{
	if (outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0)
		return; /* all stays due */
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_deadline(core, now, outbox);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_deadline(core, now, outbox);
		break;
	case ROLE_CORRESPONDENT:
		break;
	}
	if (core->correspondent)
		correspondent_deadline(core, now, outbox);
}

static nanos role_next_deadline(const struct core *core)
{
	switch (core->role) {
	case ROLE_HOME_AGENT:
		return home_agent_next_deadline(core);
	case ROLE_MOBILE_NODE:
		return mobile_node_next_deadline(core);
	case ROLE_CORRESPONDENT:
		break;
	}
	return NANOS_NEVER;
}

nanos core_next_deadline(const struct core *core)
{
	nanos at = role_next_deadline(core);
	return core->correspondent ? nanos_min(at, correspondent_next_deadline(core)) : at;
}

const struct core_counters *core_counters(const struct core *core)
{
	return &core->counters;
}

void core_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_each_binding(core, each, ctx);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_each_binding(core, each, ctx);
		break;
	case ROLE_CORRESPONDENT:
		break;
	}
	if (core->correspondent)
		correspondent_each_binding(core, each, ctx);
}

void core_each_correspondent(const struct core *core,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx)
{
	if (core->role == ROLE_MOBILE_NODE)
		mobile_node_each_correspondent(core, each, ctx);
}

void core_each_link(
	const struct core *core, void (*each)(void *ctx, const struct link_view *), void *ctx)
{
	if (core->role == ROLE_MOBILE_NODE)
		mobile_node_each_link(core, each, ctx);
}

enum home_state core_home_state(const struct core *core)
{
	return core->role == ROLE_MOBILE_NODE ? mobile_node_home_state(core) : HOME_AWAY;
}

struct registration_view core_registration(const struct core *core)
{
	static const struct registration_view none;
	return core->role == ROLE_MOBILE_NODE ? mobile_node_registration(core) : none;
}

struct in6_addr core_home_agent(const struct core *core)
{
	static const struct in6_addr none;

	return core->role == ROLE_MOBILE_NODE ? mobile_node_home_agent(core) : none;
}

void core_each_home_agent(
	const struct core *core, void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_each_home_agent(core, each, ctx);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_each_home_agent(core, each, ctx);
		break;
	case ROLE_CORRESPONDENT:
		break;
	}
}

void core_each_prefix(
	const struct core *core, void (*each)(void *ctx, const struct host_prefix *), void *ctx)
{
	switch (core->role) {
	case ROLE_HOME_AGENT:
		home_agent_each_prefix(core, each, ctx);
		break;
	case ROLE_MOBILE_NODE:
		mobile_node_each_prefix(core, each, ctx);
		break;
	case ROLE_CORRESPONDENT:
		break;
	}
}

const char *drop_text(enum drop drop)
{
	static const char *const texts[] = {
#define DROP(name, text) [DROP_##name] = (text),
#include "api/drops.def"
#undef DROP
	};
	assert(drop < DROPS);
	return texts[drop];
}

const char *path_state_text(enum path_state state)
{
	static const char *const texts[] = {
#define PATH_STATE(name, text) [PATH_##name] = (text),
#include "api/path_states.def"
#undef PATH_STATE
	};
	assert(state < PATH_STATES);
	return texts[state];
}

const char *home_state_text(enum home_state state)
{
	static const char *const texts[] = {
#define HOME_STATE(name, text) [HOME_##name] = (text),
#include "api/home_states.def"
#undef HOME_STATE
	};
	assert(state < HOME_STATES);
	return texts[state];
}

const char *route_state_text(enum route_state state)
{
	static const char *const texts[] = {
#define ROUTE_STATE(name, text) [ROUTE_##name] = (text),
#include "api/ro_states.def"
#undef ROUTE_STATE
	};
	assert(state < ROUTE_STATES);
	return texts[state];
}
