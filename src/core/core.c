/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's front: the only file that knows all roles. It decodes what came in, counts it, and
 * offers it to the roles in turn. The receive checks of RFC 6275 9.2 that hold for every node are
 * answered here.
 */
#include "api/core.h"

#include "base/error_report.h"
#include "base/role.h"
#include "correspondent/correspondent.h"
#include "home_agent/home_agent_role.h"
#include "mobile_node/mobile_node_role.h"
#include "route_optimization/route_optimization.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define HEADER_LEN_AT 1

#define INSTANCES_MAX (MOBILE_NODES_MAX + 2)

/* One role, and its state. */
struct instance {
	const struct role *role;
	void *self;
};

/* Some instances of a core: bit `i` is instances[i]. */
typedef unsigned instance_set;

struct core {
	struct core_base base;
	/* In the order in which packets are offered: that of the table of roles. */
	unsigned count;
	struct instance instances[INSTANCES_MAX];
	bool has_tunnels; /* one of the roles has a tunnel of its own */
	bool stopping;    /* HOST_STOP was said */
	bool stopped;     /* and EFFECT_STOPPED */
};

/* ---- creation ---- */

static int roles_add(struct core *core, const struct core_config *config)
{
	static const struct role *const roles[] = {
		&home_agent_role,
		&correspondent_role,
		&mobile_node_role,
	};
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		for (unsigned j = 0; j < roles[i]->count(config); j++) {
			struct instance *instance = &core->instances[core->count];
			int error = roles[i]->create(&core->base, config, j, &instance->self);
			if (error < 0)
				return error;
			instance->role = roles[i];
			core->has_tunnels |= roles[i]->tunnelled != NULL;
			core->count++;
		}
	return core->count == 0 ? -EINVAL : 0;
}

static int dialect_choose(struct core_base *base, const struct core_config *config)
{
	base->dialect = config->dialect;
	base->balances = config->load_balancing_option != 0;
	if (base->balances)
		base->dialect = load_balancing_dialect_init(
			&base->load_balancing, config->dialect, config->load_balancing_option);
	return base->dialect ? 0 : -EINVAL;
}

int core_new(const struct core_config *config, const struct core_port *port, struct core **ret)
{
	if (!config->dialect || !port->random || !port->hmac_sha1 || !port->sha1)
		return -EINVAL;
	struct core *core = calloc(1, sizeof(*core));
	if (!core)
		return -ENOMEM;
	core->base.port = *port;
	core->base.ro = &route_optimization_functions;
	rate_limit_init(&core->base.answers, port, RATE_LIMIT_ANSWERS);
	int error = dialect_choose(&core->base, config);
	if (error == 0)
		error = roles_add(core, config);
	if (error < 0) {
		core_free(core);
		return error;
	}
	*ret = core;
	return 0;
}

void core_free(struct core *core)
{
	if (!core)
		return;
	for (unsigned i = 0; i < core->count; i++)
		core->instances[i].role->free(core->instances[i].self);
	free(core);
}

/* ---- stopping ---- */

static bool all_have_stopped(const struct core *core)
{
	bool stopped = core->stopping;
	for (unsigned i = 0; stopped && i < core->count; i++)
		stopped = core->instances[i].role->stopped(core->instances[i].self);
	return stopped;
}

static void say_stopped(struct core *core, struct outbox *outbox)
{
	if (core->stopped || !all_have_stopped(core) || outbox_room(outbox) == 0)
		return;
	core->stopped = true;
	outbox_add(outbox, EFFECT_STOPPED);
}

/* ---- packets ---- */

/* A packet on its way to the roles. */
struct incoming {
	const struct arrival *arrival;
	const struct packet *packet;
	instance_set tunnels_of; /* out of a tunnel: the mobile nodes whose tunnel that is */
	instance_set audience;   /* to which instances it is offered */
};

static struct received received_of(const struct incoming *incoming, const struct message *message)
{
	return (struct received){incoming->arrival, incoming->packet, message};
}

static bool is_in(instance_set set, unsigned instance)
{
	return set & 1U << instance;
}

/* RFC 6275 11.3: the mobile nodes whose tunnel an outer packet belongs to. */
static instance_set tunnels_of(
	const struct core *core, const struct arrival *arrival, const struct packet *outer)
{
	instance_set set = 0;
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		if (instance->role->tunnelled &&
			instance->role->tunnelled(instance->self, arrival, outer))
			set |= 1U << i;
	}
	return set;
}

/* Out of a tunnel: the roles whose tunnel it is, and those that take such packets without one. */
static bool may_be_offered(const struct core *core, const struct incoming *incoming, unsigned i)
{
	if (!arrival_is_tunnelled(incoming->arrival))
		return true;
	return core->instances[i].role->tunnelled ? is_in(incoming->tunnels_of, i)
						  : core->instances[i].role->takes_inner;
}

/* A packet that is for none of the roles is offered to all: the last one says what is wrong. */
static instance_set audience_of(const struct core *core, const struct incoming *incoming)
{
	const struct received received = received_of(incoming, NULL);
	instance_set set = 0, all = 0;
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		if (!may_be_offered(core, incoming, i))
			continue;
		all |= 1U << i;
		if (instance->role->is_for(instance->self, &received))
			set |= 1U << i;
	}
	return set ? set : all;
}

/* RFC 6275 9.3.1: the Home Address option is one that needs no binding, or names a bound address.
 */
static bool is_bound(const struct core *core, const struct incoming *incoming)
{
	const struct packet *packet = incoming->packet;
	if (!packet->has_home_address || packet_checks_home_address(packet))
		return true;
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		if (instance->role->binds &&
			instance->role->binds(instance->self, incoming->arrival->at.mono, packet))
			return true;
	}
	return false;
}

/* The first role of the audience that has receive checks makes them. */
static bool admits(struct core *core, const struct incoming *incoming, struct outbox *outbox)
{
	const struct received received = received_of(incoming, NULL);
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		if (is_in(incoming->audience, i) && instance->role->admits)
			return instance->role->admits(instance->self, incoming->arrival->at,
				&received, is_bound(core, incoming), outbox);
	}
	return true;
}

/* Neighbour Discovery concerns all roles that have the link; other messages have one receiver. */
static void take_icmpv6(struct core *core, const struct incoming *incoming, struct outbox *outbox)
{
	struct icmpv6 message;
	enum wire_error error = icmpv6_decode(incoming->packet, &message);
	enum drop why = DROP_NOT_FOR_US;
	bool taken = false;
	core->base.counters.wire[error]++;
	if (error != WIRE_OK)
		return;
	const struct received_icmpv6 received = {incoming->arrival, incoming->packet, &message};
	bool for_all = icmpv6_is_neighbour_discovery(message.type);
	for (unsigned i = 0; i < core->count && (for_all || !taken); i++) {
		const struct instance *instance = &core->instances[i];
		if (!is_in(incoming->audience, i) || outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0)
			continue;
		why = instance->role->icmpv6(
			instance->self, incoming->arrival->at, &received, outbox);
		taken |= why == DROP_NONE;
	}
	if (!taken)
		base_drop(&core->base, why);
}

/* RFC 6275 9.2: which of the malformed are answered, and how */
static void report_error(struct core *core, const struct incoming *incoming, enum wire_error error,
	struct outbox *outbox)
{
	const struct arrival *arrival = incoming->arrival;
	const struct packet *packet = incoming->packet;
	const struct received received = received_of(incoming, NULL);
	struct effect_send *answer = NULL;
	if (error == WIRE_UNKNOWN_MESSAGE)
		answer = binding_error_send(
			&core->base, arrival, packet, BE_UNKNOWN_MESSAGE, outbox);
	else if (error == WIRE_BAD_PAYLOAD_PROTO)
		answer = parameter_problem_send(
			&core->base, arrival, packet, packet->payload_at, outbox);
	else if (error == WIRE_HEADER_LEN_TOO_SMALL)
		answer = parameter_problem_send(
			&core->base, arrival, packet, packet->payload_at + HEADER_LEN_AT, outbox);
	for (unsigned i = 0; answer && i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		if (is_in(incoming->audience, i) && instance->role->address_answer)
			instance->role->address_answer(instance->self, &received, answer);
	}
}

static void take_mobility(struct core *core, const struct incoming *incoming, struct outbox *outbox)
{
	struct message message;
	enum wire_error error = packet_message(core->base.dialect, incoming->packet, &message);
	enum drop why = DROP_NOT_FOR_US;
	core->base.counters.wire[error]++;
	if (error != WIRE_OK) {
		report_error(core, incoming, error, outbox);
		return;
	}
	const struct received received = received_of(incoming, &message);
	for (unsigned i = 0; i < core->count && why != DROP_NONE; i++) {
		const struct instance *instance = &core->instances[i];
		if (is_in(incoming->audience, i))
			why = instance->role->message(
				instance->self, incoming->arrival->at, &received, outbox);
	}
	if (why != DROP_NONE)
		base_drop(&core->base, why);
}

static void take(struct core *, const struct arrival *, instance_set tunnels_of, struct outbox *);

/* The packet in the tunnel comes out once only. */
static void take_tunnelled(struct core *core, const struct arrival *arrival,
	const struct packet *outer, struct outbox *outbox)
{
	instance_set set = arrival_is_tunnelled(arrival) ? 0 : tunnels_of(core, arrival, outer);
	if (!set) {
		base_drop(&core->base, DROP_WRONG_PEER);
		return;
	}
	struct arrival inner = *arrival;
	inner.source.address = outer->source;
	inner.destination.address = outer->destination;
	inner.packet = outer->payload;
	take(core, &inner, set, outbox);
}

static void take(struct core *core, const struct arrival *arrival, instance_set tunnels_of,
	struct outbox *outbox)
{
	struct packet packet;
	enum wire_error error = packet_decode(arrival->packet.at, arrival->packet.length, &packet);
	struct incoming incoming = {arrival, &packet, tunnels_of, 0};
	if (error != WIRE_OK) {
		core->base.counters.wire[error]++;
		/* RFC 6275 9.3.1: a fragment's payload needs not be known */
		if (error != WIRE_FRAGMENT || !core->base.corresponds)
			return;
	} else if (packet.next_header == IPV6_NEXT_HEADER && core->has_tunnels) {
		take_tunnelled(core, arrival, &packet, outbox);
		return;
	}
	incoming.audience = audience_of(core, &incoming);
	if (!admits(core, &incoming, outbox) || error != WIRE_OK)
		return;
	if (packet.next_header == ICMPV6_NEXT_HEADER)
		take_icmpv6(core, &incoming, outbox);
	else
		take_mobility(core, &incoming, outbox);
}

void core_packet(struct core *core, const struct arrival *arrival, struct outbox *outbox)
{
	if (outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0) {
		base_drop(&core->base, DROP_NO_MEMORY);
		return;
	}
	take(core, arrival, 0, outbox);
	say_stopped(core, outbox);
}

/* ---- what the host says ---- */

static int stop(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	if (outbox_reserve(outbox, core->count * CALL_EFFECTS_MAX) < 0)
		return -ENOMEM;
	core->stopping = true;
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		(void)instance->role->host(instance->self, now, event, outbox);
	}
	say_stopped(core, outbox);
	return 0;
}

static bool makes_loop(const struct core *core, const struct host_event *event)
{
	struct mobile_nodes nodes = {.count = 0};
	for (unsigned i = 0; i < core->count; i++)
		if (core->instances[i].role == &mobile_node_role)
			nodes.at[nodes.count++] = core->instances[i].self;
	return mobile_nodes_loop(&nodes, event->mobile_node, &event->address.address);
}

int core_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	int result = -EINVAL;
	if (event->type == HOST_STOP)
		return stop(core, now, event, outbox);
	if (event->type == HOST_ADDRESS_SET && makes_loop(core, event))
		return -ELOOP;
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		if (!instance->role->concerns(instance->self, event))
			continue;
		if (outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0)
			return -ENOMEM;
		result = instance->role->host(instance->self, now, event, outbox);
		if (event->type != HOST_RESUMED)
			break;
	}
	say_stopped(core, outbox);
	return result;
}

/* ---- time ---- */

void core_deadline(struct core *core, struct moment now, struct outbox *outbox)
{
	for (unsigned i = 0; i < core->count; i++) {
		if (outbox_reserve(outbox, CALL_EFFECTS_MAX) < 0)
			return; /* the rest stays due */
		core->instances[i].role->deadline(core->instances[i].self, now, outbox);
	}
	say_stopped(core, outbox);
}

nanos core_next_deadline(const struct core *core)
{
	nanos at = NANOS_NEVER;
	if (!core->stopped && all_have_stopped(core))
		return 0;
	for (unsigned i = 0; i < core->count; i++) {
		const struct instance *instance = &core->instances[i];
		at = nanos_min(at, instance->role->next_deadline(instance->self));
	}
	return at;
}

/* ---- looking in ---- */

const struct core_counters *core_counters(const struct core *core)
{
	return &core->base.counters;
}

void core_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (unsigned i = 0; i < core->count; i++)
		core->instances[i].role->each_binding(core->instances[i].self, each, ctx);
}

void core_each_flow(
	const struct core *core, void (*each)(void *ctx, const struct flow_view *), void *ctx)
{
	for (unsigned i = 0; i < core->count; i++)
		if (core->instances[i].role->each_flow)
			core->instances[i].role->each_flow(core->instances[i].self, each, ctx);
}

static const void *instance_of(const struct core *core, const struct role *role, unsigned index)
{
	for (unsigned i = 0; i < core->count; i++)
		if (core->instances[i].role == role && index-- == 0)
			return core->instances[i].self;
	return NULL;
}

const struct home_agent *core_home_agent(const struct core *core)
{
	return instance_of(core, &home_agent_role, 0);
}

const struct mobile_node *core_mobile_node(const struct core *core, unsigned index)
{
	return instance_of(core, &mobile_node_role, index);
}
