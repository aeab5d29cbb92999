/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Home agents: daemon and kernel around the core, and the store. What is stored and what the data
 * plane knows of a home address are the same effects, so they are kept once.
 */
#include "world.h"

#include "memory.h"

#include <assert.h>
#include <string.h>

#define CORE_LINK 100
#define DEADLINES_AT_ONCE 1000
#define RESTART_MAX (8 * NANOS_PER_SECOND)

/* ---- what the core wants done ---- */

static struct home *home_of(
	struct world *world, struct home_agent_actor *agent, const struct in6_addr *home_address)
{
	struct node_actor *node = world_node_of(world, home_address);
	if (!node || node->agent != agent->actor.id)
		world_fail(world, agent->actor.id, "an effect for a home address that nobody has");
	return &node->home;
}

static void trace_tunnel(
	struct world *world, const struct effect_subject *about, const struct effect *effect)
{
	const struct effect_tunnel *tunnel = &effect->tunnel;
	const struct node_actor *node = world_node_of(world, &about->home_address);
	uint32_t of, generation = 0;
	uint8_t link = 0;
	world_care_of_read(&tunnel->remote.address, &of, &link, &generation);
	TRACE(world, node->actor.id, "home agent: tunnel %s bid %u link %u generation %u%s",
		effect->type == EFFECT_TUNNEL_SET ? "set" : "removed", tunnel->bid, link,
		generation, tunnel->usable ? ", usable" : "");
}

static void trace_note(struct world *world, const struct effect_event *note)
{
	const struct node_actor *node = world_node_of(world, &note->home_address);
	world->tally.unreachable += note->type == EVENT_CARE_OF_UNREACHABLE;
	if (node)
		TRACE(world, node->actor.id, "home agent: note: %s, bid %u, status %u",
			event_text(note->type), note->bid, note->status);
}

static void store(struct world *world, struct home_agent_actor *agent, const struct effect *effect)
{
	world_told(world, &agent->actor, effect);
	const struct effect_subject *about = world_told_about(world, &agent->actor, effect);
	struct home *home = about ? home_of(world, agent, &about->home_address) : NULL;
	switch (effect->type) {
	case EFFECT_TUNNEL_SET:
		trace_tunnel(world, about, effect);
		acceptance_asked(world, home, &effect->tunnel);
		plane_set(&home->plane, &effect->tunnel);
		break;
	case EFFECT_TUNNEL_REMOVE:
		trace_tunnel(world, about, effect);
		plane_remove(&home->plane, effect->tunnel.bid);
		break;
	case EFFECT_TRAFFIC_SET:
		plane_rank(&home->plane, &effect->traffic);
		flow_table_rule(
			world, world_node_of(world, &about->home_address), &effect->traffic);
		break;
	case EFFECT_SUBJECT_SET:
	case EFFECT_SUBJECT_REMOVE:
	case EFFECT_PREFIX_SET:
	case EFFECT_PREFIX_REMOVE:
	case EFFECT_TRAFFIC_REMOVE:
		break;
	case EFFECT_RECORD_FLOW:
		flow_table_record(world, world_node_of(world, &effect->record_flow.home_address),
			&effect->record_flow);
		break;
	case EFFECT_RECORD:
		home_of(world, agent, &effect->record.home_address)->memory = effect->record;
		break;
	case EFFECT_SEND:
	case EFFECT_INTERCEPT:
		break;
	case EFFECT_EVENT:
		trace_note(world, &effect->event);
		break;
	case EFFECT_HOME_ADDRESS:
	case EFFECT_HOME_AGENT:
	case EFFECT_STOPPED:
		world_fail(world, agent->actor.id, "a mobile node's effect");
	}
}

static void send_packets(struct world *world, struct home_agent_actor *agent)
{
	/* what sending causes uses the outbox no more: it only puts events into the queue */
	for (size_t i = 0; i < world->outbox.count; i++) {
		const struct effect *effect = &world->outbox.effects[i];
		if (effect->type != EFFECT_SEND)
			continue;
		network_send(world, &agent->actor, &effect->send,
			network_digest(effect->send.octets, effect->send.length));
	}
}

/* NULL if no binding has changed. */
static const struct record *changed(const struct outbox *outbox)
{
	for (size_t i = 0; i < outbox->count; i++)
		if (outbox->effects[i].type == EFFECT_RECORD)
			return &outbox->effects[i].record;
	return NULL;
}

static void die_and_return(struct world *world, struct home_agent_actor *agent)
{
	agent->doom = DOOM_NONE;
	world->outbox.count = 0;
	agent_die(world, agent);
	world_after(world, random_next(&world->random) % RESTART_MAX, EVENT_REPAIR, 0, 1,
		agent->actor.id);
}

void agent_tell_store(struct world *world, struct home_agent_actor *agent)
{
	const struct host_event event = {.type = HOST_STORE, .store_works = !agent->store_down};
	if (agent->has_store)
		agent_tell(world, agent, &event);
}

/* Nothing has left: what was there before is there again. */
static void fail_commit(
	struct world *world, struct home_agent_actor *agent, const struct record *of)
{
	struct home *home = home_of(world, agent, &of->home_address);
	const struct host_event event = {.type = HOST_ROLLBACK, .record = home->memory};
	struct record_flow flows[RULES_MAX];
	size_t flows_count = 0;
	for (size_t i = 0; i < world->outbox.count; i++)
		if (world->outbox.effects[i].type == EFFECT_RECORD_FLOW && flows_count < RULES_MAX)
			flows[flows_count++] = world->outbox.effects[i].record_flow;
	TRACE(world, agent->actor.id, "cannot commit");
	world->tally.rollbacks++;
	agent->doom = DOOM_NONE;
	agent->store_down = true;
	for (size_t i = 0; i < world->outbox.count; i++)
		store(world, agent, &world->outbox.effects[i]);
	agent_tell_store(world, agent);
	agent_tell(world, agent, &event);
	while (flows_count-- > 0)
		flow_table_roll_back(world, agent, &flows[flows_count]);
}

static void check_acceptance(struct world *world, const struct home_agent_actor *agent)
{
	for (size_t i = 0; i < world->outbox.count; i++)
		if (world->outbox.effects[i].type == EFFECT_TUNNEL_SET)
			acceptance_check(
				world, world_node_of(world, &world_told_about(world, &agent->actor,
								    &world->outbox.effects[i])
								     ->home_address));
}

static void apply_effects(struct world *world, struct home_agent_actor *agent)
{
	const struct record *change = changed(&world->outbox);
	/* of a mobile node that is no longer configured, nothing can be rolled back */
	bool doomed =
		agent->doom && change && !home_of(world, agent, &change->home_address)->barred;
	if (doomed && agent->doom == DOOM_COMMIT_FAILS) {
		const struct record of = *change;
		fail_commit(world, agent, &of);
		return;
	}
	if (doomed && agent->doom == DOOM_BEFORE_COMMIT) {
		die_and_return(world, agent);
		return;
	}
	for (size_t i = 0; i < world->outbox.count; i++)
		store(world, agent, &world->outbox.effects[i]);
	oracle_agent(world, agent);
	check_acceptance(world, agent);
	if (doomed) {
		die_and_return(world, agent);
		return;
	}
	send_packets(world, agent);
	world->outbox.count = 0;
	world_reschedule(world, &agent->actor);
}

void agent_tell(struct world *world, struct home_agent_actor *agent, const struct host_event *event)
{
	if (!agent->actor.core)
		return;
	world_enter(world, &agent->actor);
	int error = core_host(
		agent->actor.core, world_moment(world, &agent->actor), event, &world->outbox);
	world_leave(world, &agent->actor);
	if (error < 0)
		world_fail(world, agent->actor.id, "the core refuses event %d: %d",
			(int)event->type, error);
	apply_effects(world, agent);
}

void agent_packet(struct world *world, struct home_agent_actor *agent, const struct flight *flight)
{
	if (!agent->actor.core)
		return;
	oracle_update_arrives(world, agent, flight);
	world_enter(world, &agent->actor);
	const struct arrival arrival = {.at = world_moment(world, &agent->actor),
		.ifindex = CORE_LINK,
		.packet = {flight->octets, flight->length}};
	core_packet(agent->actor.core, &arrival, &world->outbox);
	world_leave(world, &agent->actor);
	apply_effects(world, agent);
}

void agent_deadline(struct world *world, struct home_agent_actor *agent)
{
	for (unsigned i = 0; agent->actor.core && agent->actor.due <= world->now; i++) {
		if (i == DEADLINES_AT_ONCE)
			world_fail(world, agent->actor.id, "a deadline that is never met");
		world_enter(world, &agent->actor);
		core_deadline(
			agent->actor.core, world_moment(world, &agent->actor), &world->outbox);
		world_leave(world, &agent->actor);
		apply_effects(world, agent);
	}
}

/* ---- from start to end ---- */

/* As the daemon does (daemon/takeover.c): other tunnels than those of the record go. */
static void restore_one(
	struct world *world, struct home_agent_actor *agent, struct node_actor *node)
{
	struct home *home = &node->home;
	const struct host_event event = {.type = HOST_RESTORE, .record = home->memory};
	for (uint8_t i = home->plane.count; i-- > 0;)
		if (!records_bid(&home->memory, home->plane.at[i].bid))
			plane_remove(&home->plane, home->plane.at[i].bid);
	if (!home->barred && home->has_sequence)
		agent_tell(world, agent, &event);
	else
		home->plane.count = 0;
	flow_table_restore(world, agent, node);
}

static void restore(struct world *world, struct home_agent_actor *agent)
{
	uint32_t step = world->scale.agents;
	for (uint32_t i = agent->actor.id; i < world->scale.nodes; i += step)
		restore_one(world, agent, &world->nodes[i]);
}

void agent_start(struct world *world, struct home_agent_actor *agent)
{
	const struct core_config config = {
		.dialect = &dialect_rfc5648,
		.load_balancing_option = rules_option(world),
		.is_home_agent = true,
		.home_agent = agent->config,
	};
	const struct core_port port = world_port(world);
	TRACE(world, agent->actor.id, "starts");
	agent->powered = true;
	agent->actor.memory = 0;
	world_enter(world, &agent->actor);
	int error = core_new(&config, &port, &agent->actor.core);
	world_leave(world, &agent->actor);
	if (error < 0)
		world_fail(world, agent->actor.id, "core_new: %d", error);
	for (uint32_t i = agent->actor.id; i < world->scale.nodes; i += world->scale.agents) {
		const struct home *home = &world->nodes[i].home;
		const struct host_event event = {.type = HOST_NODE_SET, .node = home->host};
		if (!home->barred)
			agent_tell(world, agent, &event);
	}
	agent_tell_store(world, agent);
	agent->restoring = true;
	restore(world, agent);
	agent->restoring = false;
	oracle_look(world, agent);
}

void agent_die(struct world *world, struct home_agent_actor *agent)
{
	TRACE(world, agent->actor.id, "dies");
	memory_charge(&agent->actor.memory);
	core_free(agent->actor.core);
	memory_charge(NULL);
	subjects_restart(&agent->actor.subjects);
	if (agent->actor.core && agent->actor.memory)
		world_fail(world, agent->actor.id, "invariant 7: %zu octets are not given back",
			agent->actor.memory);
	agent->actor.core = NULL;
	agent->actor.due = agent->actor.scheduled = NANOS_NEVER;
	world->tally.agent_crashes++;
}

static void forget_node(struct world *world, struct node_actor *node)
{
	oracle_forget(node);
	node->home.flows_count = 0;
	node->home.forgotten = world->now;
}

void agent_lose_store(struct world *world, struct home_agent_actor *agent)
{
	TRACE(world, agent->actor.id, "loses its store");
	for (uint32_t i = agent->actor.id; i < world->scale.nodes; i += world->scale.agents)
		forget_node(world, &world->nodes[i]);
}
