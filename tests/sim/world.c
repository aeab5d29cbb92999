/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed's world: its nodes, its phases, and its loop of events. */
#include "world.h"

#include "memory.h"
#include "port.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define START (1000 * NANOS_PER_SECOND)
#define START_NTP_SECONDS UINT64_C(0xec000000)

/* So many events at one instant are no progress. */
#define INSTANT_MAX 2000
#define INSTANT_PER_NODE 40

/* A core that has no bound of its own is told from one that has by this. */
#define NODE_MEMORY_MAX (64 * 1024)
#define AGENT_MEMORY_MAX (64 * 1024)
#define AGENT_MEMORY_PER_NODE 4096
#define ROUTES_MEMORY_MAX (64 * 1024)
#define PEER_MEMORY_MAX (512 * 1024)

/* Unanswered messages are repeated within this time (RFC 6275 12: MAX_BINDACK_TIMEOUT), twice for
 * those that must be refused first; then unused bindings have expired too. */
#define QUIET_BEYOND_LIFETIME 80
/* So long before all has to be as it should: two idle intervals, and the losses of the weather. */
#define FORGET_BEFORE (40 * NANOS_PER_SECOND)
#define SETTLED 10

#define LOOK_EVERY (7 * NANOS_PER_SECOND)
#define LINES_KEPT 120

/* ---- addresses ---- */

static struct in6_addr address(uint16_t group, uint16_t subnet, uint32_t high, uint32_t low)
{
	struct in6_addr ret = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
	uint16_t words[2] = {htons(group), htons(subnet)};
	uint32_t longs[2] = {htonl(high), htonl(low)};
	memcpy(ret.s6_addr + 4, words, sizeof(words));
	memcpy(ret.s6_addr + 8, longs, sizeof(longs));
	return ret;
}

static void read_address(const struct in6_addr *from, uint16_t *group, uint16_t *subnet,
	uint32_t *high, uint32_t *low)
{
	uint16_t words[2];
	uint32_t longs[2];
	memcpy(words, from->s6_addr + 4, sizeof(words));
	memcpy(longs, from->s6_addr + 8, sizeof(longs));
	*group = ntohs(words[0]);
	*subnet = ntohs(words[1]);
	*high = ntohl(longs[0]);
	*low = ntohl(longs[1]);
}

#define GROUP_HOME 0xa000
#define GROUP_PEER 0xb000
#define GROUP_CARE_OF 0xc0a0
#define FIRST_NODE 0x10000

struct in6_addr world_agent_address(uint32_t agent)
{
	return address(GROUP_HOME, (uint16_t)agent, 0, 1);
}

struct in6_addr world_peer_address(uint32_t peer)
{
	return address(GROUP_PEER, (uint16_t)peer, 0, 1);
}

struct in6_addr world_home_address(uint32_t agent, uint32_t node)
{
	return address(GROUP_HOME, (uint16_t)agent, 0, FIRST_NODE + node);
}

struct in6_addr world_care_of(uint32_t node, uint8_t link, uint32_t generation)
{
	return address(GROUP_CARE_OF, link, generation, FIRST_NODE + node);
}

static bool in_world(const struct in6_addr *from)
{
	static const uint8_t prefix[] = {0x20, 0x01, 0x0d, 0xb8};
	return memcmp(from, prefix, sizeof(prefix)) == 0;
}

bool world_care_of_read(
	const struct in6_addr *from, uint32_t *node, uint8_t *link, uint32_t *generation)
{
	uint16_t group, subnet;
	uint32_t low;
	read_address(from, &group, &subnet, generation, &low);
	if (!in_world(from) || group != GROUP_CARE_OF || subnet >= LINKS_MAX || low < FIRST_NODE)
		return false;
	*node = low - FIRST_NODE;
	*link = (uint8_t)subnet;
	return true;
}

struct node_actor *world_node_of(struct world *world, const struct in6_addr *home_address)
{
	uint16_t group, agent;
	uint32_t high, low;
	read_address(home_address, &group, &agent, &high, &low);
	if (!in_world(home_address) || group != GROUP_HOME || high != 0 || low < FIRST_NODE ||
		low - FIRST_NODE >= world->scale.nodes)
		return NULL;
	struct node_actor *node = &world->nodes[low - FIRST_NODE];
	return node->agent == agent ? node : NULL;
}

struct home_agent_actor *world_agent_of(struct world *world, const struct in6_addr *of)
{
	uint16_t group, agent;
	uint32_t high, low;
	read_address(of, &group, &agent, &high, &low);
	if (!in_world(of) || group != GROUP_HOME || agent >= world->scale.agents || high != 0 ||
		low != 1)
		return NULL;
	return &world->agents[agent];
}

struct peer_actor *world_peer_of(struct world *world, const struct in6_addr *of)
{
	uint16_t group, peer;
	uint32_t high, low;
	read_address(of, &group, &peer, &high, &low);
	return in_world(of) && group == GROUP_PEER && peer < world->peers_count && high == 0 &&
			       low == 1
		       ? &world->peers[peer]
		       : NULL;
}

/* ---- actors and time ---- */

bool world_is_agent(const struct world *world, uint32_t id)
{
	return id < world->scale.agents;
}

bool world_is_node(const struct world *world, uint32_t id)
{
	return id >= world->scale.agents && id < world->scale.agents + world->scale.nodes;
}

struct actor *world_actor(struct world *world, uint32_t id)
{
	if (world_is_agent(world, id))
		return &world->agents[id].actor;
	if (world_is_node(world, id))
		return &world->nodes[id - world->scale.agents].actor;
	return &world->peers[id - world->scale.agents - world->scale.nodes].actor;
}

struct moment world_moment(const struct world *world, const struct actor *actor)
{
	nanos wall = world->now + actor->wall;
	return (struct moment){
		.mono = world->now + actor->offset,
		.ntp = ((START_NTP_SECONDS + wall / NANOS_PER_SECOND) << 32) +
		       (wall % NANOS_PER_SECOND << 32) / NANOS_PER_SECOND,
	};
}

void world_at(struct world *world, nanos at, enum event_kind kind, uint8_t what, uint16_t detail,
	uint32_t who)
{
	queue_put(&world->queue, (struct event){.at = at,
					 .kind = (uint8_t)kind,
					 .what = what,
					 .detail = detail,
					 .who = who});
}

void world_after(struct world *world, nanos delay, enum event_kind kind, uint8_t what,
	uint16_t detail, uint32_t who)
{
	world_at(world, world->now + delay, kind, what, detail, who);
}

/* An event that comes too early does no harm: it makes another one. */
static void schedule(struct world *world, struct actor *actor)
{
	if (actor->due >= actor->scheduled)
		return;
	actor->scheduled = actor->due;
	world_at(world, actor->due, EVENT_DEADLINE, 0, 0, actor->id);
}

void world_reschedule(struct world *world, struct actor *actor)
{
	nanos due = actor->core ? core_next_deadline(actor->core) : NANOS_NEVER;
	actor->due = NANOS_NEVER;
	if (due != NANOS_NEVER) {
		due = due > actor->offset ? due - actor->offset : 0;
		actor->due = due > world->now ? due : world->now;
	}
	schedule(world, actor);
}

void world_enter(struct world *world, struct actor *actor)
{
	world->outbox.count = 0;
	world->tally.calls++;
	memory_charge(&actor->memory);
}

void world_leave(struct world *world, struct actor *actor)
{
	memory_charge(NULL);
	if (actor->memory > actor->memory_limit)
		world_fail(
			world, actor->id, "invariant 7: the core holds %zu octets", actor->memory);
}

void world_told(struct world *world, struct actor *actor, const struct effect *effect)
{
	const char *wrong = subjects_apply(&actor->subjects, effect);
	if (wrong)
		world_fail(world, actor->id, "effect %d: %s", effect->type, wrong);
}

const struct effect_subject *world_told_about(
	const struct world *world, const struct actor *actor, const struct effect *effect)
{
	const struct actor *told = world_is_node(world, actor->id)
					   ? &((const struct node_actor *)actor)->first->actor
					   : actor;
	switch (effect->type) {
	case EFFECT_TUNNEL_SET:
	case EFFECT_TUNNEL_REMOVE:
		return subjects_owner(&told->subjects, effect->tunnel.subject);
	case EFFECT_TRAFFIC_SET:
		return subjects_owner(&told->subjects, effect->traffic.subject);
	default:
		return NULL;
	}
}

void world_mix(struct world *world, uint64_t value)
{
	world->hash = (world->hash ^ value) * UINT64_C(0x9fb21c651e98df25);
	world->hash ^= world->hash >> 32;
}

static void world_random(void *ctx, void *to, size_t length)
{
	struct world *world = ctx;
	uint8_t *octets = to;
	for (size_t i = 0; i < length; i += sizeof(uint64_t)) {
		uint64_t eight = random_next(&world->secrets);
		memcpy(octets + i, &eight, length - i < sizeof(eight) ? length - i : sizeof(eight));
	}
}

struct core_port world_port(struct world *world)
{
	return (struct core_port){
		.ctx = world,
		.random = world_random,
		.hmac_sha1 = world->scale.hmac ? port_hmac : port_fast,
		.sha1 = port_sha1,
	};
}

/* ---- creation ---- */

static void *array(size_t count, size_t size)
{
	void *ret = calloc(count, size);
	assert(ret);
	return ret;
}

static bool one_in(struct world *world, uint32_t count)
{
	return random_below(&world->random, count) == 0;
}

static void init_actor(struct world *world, struct actor *actor, uint32_t id, size_t memory_limit)
{
	actor->id = id;
	actor->scheduled = NANOS_NEVER;
	actor->memory_limit = memory_limit;
	actor->offset = random_between(&world->random, 1, 1000000) * NANOS_PER_MS;
	actor->wall = random_between(&world->random, 0, 1000) * NANOS_PER_MS;
	if (one_in(world, 10))
		actor->wall += random_between(&world->random, 0, 3600) * NANOS_PER_SECOND;
}

static void init_agent(struct world *world, uint32_t number)
{
	struct home_agent_actor *agent = &world->agents[number];
	uint32_t nodes = world->scale.nodes / world->scale.agents + 1;
	init_actor(world, &agent->actor, number,
		AGENT_MEMORY_MAX + (size_t)nodes * AGENT_MEMORY_PER_NODE);
	agent->powered = true;
	agent->has_store = one_in(world, 2);
	agent->config = (struct home_agent_config){
		.address = world_agent_address(number),
		.home_prefix = address(GROUP_HOME, (uint16_t)number, 0, 0),
		.home_prefix_length = 64,
		.lifetime_max = world->lifetime_max >> random_below(&world->random, 2),
		.refresh_interval = one_in(world, 3) ? 8 + random_below(&world->random, 40) : 0,
		.mcoa = number == 0 || !one_in(world, 3),
		.bulk = number == 0 || !one_in(world, 4),
		.refresh_request = one_in(world, 2),
		.recovery = world->seed % 2,
		.flow_bindings = world->seed % 4 != 3,
		.probe_identifier = 0x4d4e,
	};
}

static void init_link(struct world *world, struct link_actor *link)
{
	link->configured = true;
	link->up = !one_in(world, 6);
	link->priority = (uint8_t)(1 + random_below(&world->random, 5));
	link->delay = random_between(&world->random, 2, 80) * NANOS_PER_MS;
	link->jitter = random_between(&world->random, 1, 10) * NANOS_PER_MS;
	link->loss = (uint16_t)random_below(&world->random, world->loss + 1u);
	link->twice = (uint16_t)random_below(&world->random, world->twice + 1u);
	link->late = (uint16_t)random_below(&world->random, world->late + 1u);
	link->altered = (uint16_t)random_below(&world->random, world->altered + 1u);
}

static uint8_t bindings_max(struct world *world)
{
	return (uint8_t)(one_in(world, 4) ? 1 + random_below(&world->random, 3) : BINDINGS_MAX);
}

static enum verify verify(struct world *world)
{
	static const enum verify kinds[] = {VERIFY_OFF, VERIFY_OFF, VERIFY_NO_BULK, VERIFY_PROBE};
	return kinds[random_below(&world->random, sizeof(kinds) / sizeof(kinds[0]))];
}

static void init_home(struct world *world, struct node_actor *node)
{
	node->home.host = (struct host_node){
		.home_address = node->config.home_address,
		.auth = node->config.auth,
		.bindings_max = bindings_max(world),
		.mcoa_prohibited = one_in(world, 16),
		.bulk_prohibited = one_in(world, 16),
		.verify = verify(world),
	};
}

static void init_auth(struct world *world, struct auth *auth)
{
	uint64_t key = random_next(&world->random);
	*auth = (struct auth){
		.mode = AUTH_MODE_MN_HA,
		.replay = one_in(world, 4),
		.key_length = 16,
		.spi = 256 + random_below(&world->random, 4),
	};
	memcpy(auth->key, &key, sizeof(key));
}

static void init_node(struct world *world, uint32_t number)
{
	struct node_actor *node = &world->nodes[number];
	init_actor(world, &node->actor, world->scale.agents + number, NODE_MEMORY_MAX);
	node->agent = number % world->scale.agents;
	node->config = (struct mobile_node_config){
		.home_address = world_home_address(node->agent, number),
		.home_agent = world_agent_address(node->agent),
		.lifetime = 8 + random_below(&world->random, 2 * world->lifetime_max),
		.mcoa = !one_in(world, 6),
		.bulk = !one_in(world, 5),
		.probe = !one_in(world, 3),
		.bid_priority = one_in(world, 2),
		.probe_identifier = 0x4d4d,
		.probe_idle_ms = world->scale.probe_idle_ms,
	};
	init_auth(world, &node->config.auth);
	init_home(world, node);
	node->links_count = (uint8_t)(1 + random_below(&world->random, LINKS_MAX));
	for (uint8_t i = 0; i < node->links_count; i++)
		init_link(world, &node->links[i]);
	oracle_forget(node);
	node->first = node->last = node;
}

/* In one world of three without correspondents, every two mobile nodes are on one host. They have
 * different home agents, if there are several. */
static void init_hosts(struct world *world)
{
	if ((world->seed * UINT64_C(0x9fb21c651e98df25) >> 32) % 3 || world->peers_count)
		return;
	for (uint32_t i = 0; i + 1 < world->scale.nodes; i += 2) {
		struct node_actor *first = &world->nodes[i], *last = &world->nodes[i + 1];
		last->first = first;
		first->last = last;
		last->index = 1;
		last->actor.offset = first->actor.offset;
		first->actor.memory_limit += NODE_MEMORY_MAX;
		world->tally.shared_hosts++;
	}
}

/* ---- route optimization, in some worlds ---- */

/* One world in so many, if it is not too large. */
#define ROUTING_ONE_IN 3
#define ROUTING_NODES_MAX 1000
/* Failed attempts are repeated within this time. */
#define ROUTING_QUIET 270

static uint32_t routing_below(struct world *world, uint32_t below)
{
	return random_below(&world->routing, below);
}

static struct correspondent_config correspondent_config(struct world *world)
{
	return (struct correspondent_config){
		.lifetime_max = routing_below(world, 3) ? 0 : 8 + routing_below(world, 100),
		.nodes_max = routing_below(world, 6) ? 0 : 1 + routing_below(world, 6),
		.bindings_max =
			(uint8_t)(routing_below(world, 3) ? BINDINGS_MAX : routing_below(world, 4)),
		.mcoa = true,
		.refresh_request = routing_below(world, 2),
	};
}

static void init_peer(struct world *world, uint32_t number)
{
	static const enum peer_kind kinds[] = {PEER_MCOA, PEER_MCOA, PEER_MCOA, PEER_MCOA,
		PEER_SINGLE, PEER_SINGLE, PEER_PLAIN, PEER_SILENT};
	struct peer_actor *peer = &world->peers[number];
	peer->actor.id = world->scale.agents + world->scale.nodes + number;
	peer->actor.scheduled = NANOS_NEVER;
	peer->actor.memory_limit = PEER_MEMORY_MAX;
	peer->actor.offset = (1 + routing_below(world, 1000000)) * NANOS_PER_MS;
	peer->powered = true;
	peer->kind = (uint8_t)kinds[number == 0 ? 0 : routing_below(world, 8)];
	peer->delay = (1 + routing_below(world, 60)) * NANOS_PER_MS;
	peer->config = correspondent_config(world);
	peer->config.mcoa = peer->kind == PEER_MCOA;
}

/* Somebody that it has no bond with yet; false: nobody was found. */
static bool choose_correspondent(struct world *world, struct node_actor *node, struct bond *ret)
{
	struct node_actor *mobile = &world->nodes[routing_below(world, world->scale.nodes)];
	struct peer_actor *peer = &world->peers[routing_below(world, world->peers_count)];
	bool by_mobile = mobile->corresponds && mobile != node && routing_below(world, 2);
	ret->correspondent = by_mobile ? mobile->actor.id : peer->actor.id;
	ret->address = by_mobile ? mobile->config.home_address
				 : world_peer_address((uint32_t)(peer - world->peers));
	return !bond_of(node, ret->correspondent);
}

static void init_bonds(struct world *world, struct node_actor *node)
{
	node->config.route_optimization = (struct route_optimization_config){
		.on = true,
		.lifetime = routing_below(world, 3) ? 0 : 20 + routing_below(world, 400),
		.idle_s = 60,
		.refused_s = 20 + routing_below(world, 40),
		.correspondents_max = routing_below(world, 4) ? 0 : 1 + routing_below(world, 2),
	};
	node->actor.memory_limit += ROUTES_MEMORY_MAX;
	node->bonds = array(BONDS_MAX, sizeof(*node->bonds));
	uint32_t wanted = 1 + routing_below(world, BONDS_MAX);
	for (uint32_t i = 0; i < wanted; i++)
		node->bonds_count +=
			choose_correspondent(world, node, &node->bonds[node->bonds_count]);
}

static void init_routing(struct world *world)
{
	uint32_t nodes = world->scale.nodes;
	world->routing = world->seed * UINT64_C(0xd1342543de82ef95) + 1;
	if (routing_below(world, ROUTING_ONE_IN) || nodes > ROUTING_NODES_MAX)
		return;
	world->peers_count = 1 + routing_below(world, PEERS_MAX);
	for (uint32_t i = 0; i < world->peers_count; i++)
		init_peer(world, i);
	for (uint32_t i = 0; i < nodes; i++) {
		world->nodes[i].corresponds = routing_below(world, 8) == 0;
		world->nodes[i].correspondent = correspondent_config(world);
		if (world->nodes[i].corresponds)
			world->nodes[i].actor.memory_limit += PEER_MEMORY_MAX;
	}
	for (uint32_t i = 0; i < nodes; i++)
		if (routing_below(world, 4) == 0)
			init_bonds(world, &world->nodes[i]);
}

static uint16_t up_to(struct world *world, uint32_t of_65536)
{
	return (uint16_t)(one_in(world, 2) ? random_below(&world->random, of_65536) : 0);
}

static void init_weather(struct world *world)
{
	static const uint32_t lifetimes[] = {20, 40, 40, 80, 240};
	uint32_t count = sizeof(lifetimes) / sizeof(lifetimes[0]);
	world->loss = up_to(world, 20000);
	world->twice = up_to(world, 6000);
	world->late = up_to(world, 6000);
	world->altered = up_to(world, 6000);
	world->storeless = one_in(world, 2);
	world->lifetime_max = lifetimes[random_below(&world->random, count)];
	if (world->scale.lifetime_max)
		world->lifetime_max = world->scale.lifetime_max;
	world->fault_mean = world->scale.fault_every * NANOS_PER_SECOND /
			    (world->scale.nodes ? world->scale.nodes : 1);
}

static void init_phases(struct world *world)
{
	nanos quiet = (world->lifetime_max + QUIET_BEYOND_LIFETIME) * NANOS_PER_SECOND;
	if (world->peers_count && quiet < ROUTING_QUIET * NANOS_PER_SECOND)
		quiet = ROUTING_QUIET * NANOS_PER_SECOND;
	nanos cycle = quiet + SETTLED * NANOS_PER_SECOND;
	nanos duration = world->scale.seconds * NANOS_PER_SECOND;
	nanos cycles = duration / (2 * cycle) ? duration / (2 * cycle) : 1;
	nanos faults = duration / cycles > cycle ? duration / cycles - cycle : NANOS_PER_SECOND;
	nanos at = world->now;
	for (nanos i = 0; i < cycles; i++) {
		world_at(world, at, EVENT_PHASE, PHASE_FAULTS, 0, 0);
		world_at(world, at + faults, EVENT_PHASE, PHASE_QUIET, 0, 0);
		/* lifetimes are longer than what is left, unless they are very short */
		faults_forget_at(world, at + faults + quiet - FORGET_BEFORE);
		world_at(world, at + faults + quiet, EVENT_PHASE, PHASE_SETTLED, 0, 0);
		at += faults + cycle;
	}
	world->end = at;
}

void world_init(struct world *world, uint64_t seed, const struct scale *scale)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->tally.seeds = 1;
	world->random = seed;
	world->policies = ~seed;
	world->secrets = ~seed;
	world->now = START;
	world->scale = *scale;
	world->watched = UINT32_MAX;
	flights_init(&world->flights);
	if (outbox_reserve(&world->outbox, (MOBILE_NODES_MAX + 2) * CALL_EFFECTS_MAX) < 0)
		abort();
	world->agents = array(scale->agents, sizeof(*world->agents));
	world->nodes = array(scale->nodes, sizeof(*world->nodes));
	init_weather(world);
	for (uint32_t i = 0; i < scale->agents; i++)
		init_agent(world, i);
	for (uint32_t i = 0; i < scale->nodes; i++)
		init_node(world, i);
	init_routing(world);
	init_hosts(world);
	neighbour_init(world);
	init_phases(world);
}

static void fini_node(struct node_actor *node)
{
	if (node->first == node)
		core_free(node->actor.core);
	subjects_fini(&node->actor.subjects);
	ways_fini(&node->actor.ways);
	free(node->bonds);
	free(node->home.flows);
}

void world_fini(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.agents; i++) {
		core_free(world->agents[i].actor.core);
		subjects_fini(&world->agents[i].actor.subjects);
	}
	for (uint32_t i = 0; i < world->scale.nodes; i++)
		fini_node(&world->nodes[i]);
	for (uint32_t i = 0; i < world->peers_count; i++) {
		core_free(world->peers[i].actor.core);
		subjects_fini(&world->peers[i].actor.subjects);
		ways_fini(&world->peers[i].actor.ways);
	}
	outbox_fini(&world->outbox);
	free(world->agents);
	free(world->nodes);
	free(world->lines);
	queue_fini(&world->queue);
	flights_fini(&world->flights);
}

/* ---- the loop ---- */

static void begin(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.agents; i++) {
		agent_start(world, &world->agents[i]);
		world_after(world, LOOK_EVERY, EVENT_LOOK, 0, 0, i);
	}
	for (uint32_t i = 0; i < world->scale.nodes; i++) {
		struct node_actor *node = &world->nodes[i];
		for (uint8_t link = 0; link < node->links_count; link++)
			node_address_add(world, node, link);
		/* not all in the same moment */
		world_after(world, random_between(&world->random, 0, 5 * NANOS_PER_SECOND),
			EVENT_REPAIR, 0, 0, node->actor.id);
		traffic_begin(world, node);
		for (uint8_t bond = 0; bond < node->bonds_count; bond++)
			flows_begin(world, node, bond);
	}
	for (uint32_t i = 0; i < world->peers_count; i++)
		peer_start(world, &world->peers[i], false);
}

static void deadline(struct world *world, const struct event *event)
{
	struct actor *actor = world_actor(world, event->who);
	if (event->at != actor->scheduled)
		return;
	actor->scheduled = NANOS_NEVER;
	if (!actor->core)
		return;
	if (actor->stalled_until > world->now) {
		actor->scheduled = actor->stalled_until;
		world_at(world, actor->scheduled, EVENT_DEADLINE, 0, 0, actor->id);
		return;
	}
	if (actor->due > world->now)
		schedule(world, actor);
	else if (world_is_agent(world, event->who))
		agent_deadline(world, (struct home_agent_actor *)actor);
	else if (world_is_node(world, event->who))
		node_deadline(world, (struct node_actor *)actor);
	else
		peer_deadline(world, (struct peer_actor *)actor);
}

static void enter_phase(struct world *world, enum phase phase)
{
	TRACE(world, UINT32_MAX, "phase %d", (int)phase);
	world->phase = phase;
	if (phase == PHASE_FAULTS) {
		world_after(world, 1, EVENT_FAULT, 0, 0, 0);
		neighbour_begin(world);
	}
	if (phase == PHASE_QUIET) {
		faults_end(world);
		moves_returns(world);
	}
	if (phase == PHASE_SETTLED) {
		quiet_check(world);
		quiet_routes_check(world);
	}
}

static void happen(struct world *world, const struct event *event)
{
	switch ((enum event_kind)event->kind) {
	case EVENT_DEADLINE:
		deadline(world, event);
		break;
	case EVENT_ARRIVAL:
		network_arrive(world, event->who);
		break;
	case EVENT_TRAFFIC:
		traffic_event(
			world, (struct node_actor *)world_actor(world, event->who), event->detail);
		break;
	case EVENT_FLOW:
		flows_event(world, (struct node_actor *)world_actor(world, event->who), event->what,
			event->detail);
		break;
	case EVENT_SETTLE:
		quiet_route_check(world, (struct node_actor *)world_actor(world, event->who),
			event->what, event->detail);
		break;
	case EVENT_FAULT:
		faults_event(world);
		break;
	case EVENT_REPAIR:
		faults_repair(world, event);
		break;
	case EVENT_PHASE:
		enter_phase(world, (enum phase)event->what);
		break;
	case EVENT_MARGINAL:
		moves_event(world, event);
		break;
	case EVENT_ADVERTISEMENT:
		neighbour_event(world);
		break;
	case EVENT_AGREE:
		quiet_check_again(
			world, (struct node_actor *)world_actor(world, event->who), event->what);
		break;
	case EVENT_LOOK:
		oracle_look(world, &world->agents[event->who]);
		world_after(world, LOOK_EVERY, EVENT_LOOK, 0, 0, event->who);
		break;
	}
}

/* A core that always has something to do at once would hold the world for ever. */
static void watch_progress(struct world *world, const struct event *event)
{
	if (event->at != world->instant) {
		world->instant = event->at;
		world->at_instant = 0;
	}
	if (++world->at_instant > INSTANT_MAX + INSTANT_PER_NODE * world->scale.nodes)
		world_fail(world, event->who, "time stands still: %u events at one instant",
			world->at_instant);
}

static void measure(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.agents + world->scale.nodes; i++)
		world->memory_peak += world_actor(world, i)->memory;
	for (uint32_t i = 0; i < world->scale.agents; i++) {
		if (!world->agents[i].actor.core)
			continue;
		const struct core_counters *counters = core_counters(world->agents[i].actor.core);
		for (unsigned drop = 0; drop < DROPS; drop++)
			world->tally.drops[drop] += counters->drops[drop];
	}
	world->tally.events = world->event_number;
}

bool world_run(struct world *world)
{
	if (sigsetjmp(world->escape, 1)) {
		memory_charge(NULL);
		return false;
	}
	begin(world);
	while (world->queue.count) {
		struct event event = queue_take(&world->queue);
		if (event.at > world->end)
			break;
		world->now = event.at;
		world->event_number++;
		world_mix(world, event.at ^ ((uint64_t)event.kind << 56) ^ event.who);
		watch_progress(world, &event);
		happen(world, &event);
	}
	measure(world);
	return true;
}

/* ---- failure and trace ---- */

void world_fail(struct world *world, uint32_t culprit, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(world->failure, sizeof(world->failure), format, arguments);
	va_end(arguments);
	world->culprit = culprit;
	siglongjmp(world->escape, 1);
}

const char *world_kind(const struct world *world, uint32_t id)
{
	return world_is_agent(world, id) ? "agent" : world_is_node(world, id) ? "node " : "peer ";
}

int world_number(const struct world *world, uint32_t id)
{
	uint32_t before = world_is_agent(world, id)  ? 0
			  : world_is_node(world, id) ? world->scale.agents
						     : world->scale.agents + world->scale.nodes;
	return id == UINT32_MAX ? -1 : (int)(id - before);
}

void world_trace(struct world *world, uint32_t actor, const char *format, ...)
{
	char line[256];
	va_list arguments;
	if (world->watched != UINT32_MAX && actor != UINT32_MAX && actor != world->watched)
		return;
	nanos since = world->now - START;
	int at = snprintf(line, sizeof(line), "%10.6f #%-8llu %s %-4d ", (double)since / 1e9,
		(unsigned long long)world->event_number, world_kind(world, actor),
		world_number(world, actor));
	va_start(arguments, format);
	vsnprintf(line + at, sizeof(line) - (size_t)at, format, arguments);
	va_end(arguments);
	if (world->watched == UINT32_MAX) {
		printf("%s\n", line);
		return;
	}
	if (!world->lines)
		world->lines = array(LINES_KEPT, sizeof(*world->lines));
	memcpy(world->lines[world->lines_count++ % LINES_KEPT], line, sizeof(line));
}
