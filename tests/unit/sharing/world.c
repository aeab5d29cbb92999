/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SIDES 2
#define EVENTS_MAX 65536
#define ACK_OCTETS 72
#define TCP_HEADERS 72 /* IPv6 40, TCP 32 */
#define QUEUE_MS 200
#define DELAYED_ACK (40 * NANOS_PER_MS)

enum flight_kind {
	ARRIVES,   /* at the side, by the link */
	LEAVES,    /* the side sends it by the link */
	DELIVERED, /* to the side's kernel, by its daemon */
};

struct flight {
	nanos at;
	uint64_t order;
	enum flight_kind kind;
	uint8_t side;
	uint8_t link;
	bool bare; /* forwarded without the daemons */
	uint16_t length;
	uint8_t *octets;
};

struct world {
	const struct run *run;
	nanos now;
	uint64_t random;
	struct late_stall away; /* of the machine */
	nanos pass;             /* a daemon's clock in its pass; 0: none has a pass */
	nanos pass_end;
	struct link_state links[SIDES][LINKS_MAX]; /* of packets that leave this side */
	struct end ends[SIDES];
	struct flight heap[EVENTS_MAX];
	size_t heap_count;
	uint64_t orders;
	struct tcp tcp;
	struct tcp_sink sink;
	nanos ack_at;
	uint32_t last_segment;
	nanos progress;
	nanos stall;
	nanos from;
	uint32_t offered;
	nanos offer_at;
	uint32_t arrived;
	uint32_t greatest;
};

static uint64_t next_random(struct world *world)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return world->random;
}

/* ---- links ---- */

static bool sooner(const struct flight *a, const struct flight *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void heap_add(struct world *world, struct flight flight)
{
	size_t i = world->heap_count++;

	assert(world->heap_count < EVENTS_MAX);
	flight.order = world->orders++;
	for (; i > 0 && sooner(&flight, &world->heap[(i - 1) / 2]); i = (i - 1) / 2)
		world->heap[i] = world->heap[(i - 1) / 2];
	world->heap[i] = flight;
}

static struct flight heap_take(struct world *world)
{
	const struct flight first = world->heap[0], last = world->heap[--world->heap_count];
	size_t i = 0;

	for (size_t child = 1; child < world->heap_count; child = 2 * i + 1) {
		if (child + 1 < world->heap_count &&
			sooner(&world->heap[child + 1], &world->heap[child]))
			child++;
		if (sooner(&last, &world->heap[child]))
			break;
		world->heap[i] = world->heap[child];
		i = child;
	}
	world->heap[i] = last;
	return first;
}

static void link_send(
	struct world *world, int side, unsigned int which, struct octets octets, bool bare)
{
	struct link_state *link = &world->links[side][which];
	const uint64_t rate = (uint64_t)link->kind.kbits * 125;
	const nanos start = nanos_max(world->now, link->free_at);
	const nanos queue = (nanos)(link->kind.queue ? link->kind.queue : QUEUE_MS) * NANOS_PER_MS;
	struct flight flight = {.kind = ARRIVES,
		.side = (uint8_t)!side,
		.link = (uint8_t)which,
		.bare = bare,
		.length = (uint16_t)octets.length};

	assert(octets.length + OUTER_OCTETS <= LINK_MTU);
	/* The daemon's socket is full: sendmmsg() fails with EAGAIN. */
	if (is_late(&world->run->late) &&
		(start - world->now) * rate / NANOS_PER_SECOND > LATE_SOCKET_OCTETS)
		return;
	if (link->dead || start - world->now > queue ||
		next_random(world) % 100000 < link->kind.loss)
		return;
	link->free_at = start + (octets.length + OUTER_OCTETS) * NANOS_PER_SECOND / rate;
	link->carried += octets.length + OUTER_OCTETS;
	flight.at = link->free_at + link->kind.delay * NANOS_PER_MS;
	if (link->kind.jitter)
		flight.at = flight.at +
			    next_random(world) % (2 * link->kind.jitter * NANOS_PER_MS) -
			    link->kind.jitter * NANOS_PER_MS;
	flight.octets = malloc(octets.length);
	memcpy(flight.octets, octets.at, octets.length);
	heap_add(world, flight);
}

/* ---- packets: an IPv6 header with no more than lengths and ports, and a number ---- */

static void send_inner(struct world *world, int side, uint32_t number, uint32_t more, size_t length)
{
	uint8_t octets[LINK_MTU] = {0x60};
	struct builder builder = builder_over(octets + 40, sizeof(octets) - 40);

	octets[6] = 6;
	octets[8] = octets[24] = 0x20;
	octets[23] = (uint8_t)side;
	builder_u32(&builder, 0x10002000);
	builder_u32(&builder, number);
	builder_u32(&builder, more);
	const struct octets packet = {octets, length};
	struct end *end = &world->ends[side];
	const int single = end->sharing ? sharing_single(end->sharing) : 1;
	if (single >= 0) {
		link_send(world, side, (unsigned int)single - 1, packet, true);
		if (end->sharing)
			sharing_forwarded(end->sharing, world->now, length);
	} else if (is_late(&world->run->late)) {
		late_add(&end->process.device, LATE_DEVICE,
			&(const struct late_packet){world->now, 0, (uint16_t)length, octets});
	} else {
		sharing_send(end->sharing, world->now, packet);
	}
}

static size_t payload_octets(const struct world *world)
{
	return LINK_MTU - OUTER_OCTETS - TCP_HEADERS - (world->run->alone ? 0 : GRE_OCTETS);
}

static void send_segment(void *ctx, uint32_t segment)
{
	struct world *world = ctx;

	send_inner(world, 0, segment, 0, payload_octets(world) + TCP_HEADERS);
}

static void send_ack(struct world *world)
{
	world->ack_at = NANOS_NEVER;
	world->sink.unacknowledged = 0;
	send_inner(world, 1, world->sink.next, world->last_segment, ACK_OCTETS);
}

static void progress(struct world *world)
{
	if (world->now > world->from)
		world->stall = nanos_max(
			world->stall, world->now - nanos_max(world->progress, world->from));
	world->progress = world->now;
}

static void take_datagram(struct world *world, uint32_t number)
{
	world->arrived++;
	world->sink.out_of_order += (int32_t)(number - world->greatest) < 0;
	if ((int32_t)(number - world->greatest) > 0)
		world->greatest = number;
	bool *received = &world->sink.received[number % TCP_SEGMENTS];
	world->sink.duplicates += *received;
	*received = true;
	world->sink.received[(number + TCP_SEGMENTS / 2) % TCP_SEGMENTS] = false;
	progress(world);
}

static void take_inner(struct world *world, int side, struct octets octets)
{
	struct cursor cursor = cursor_over(octets.at, octets.length);

	cursor_octets(&cursor, 44);
	const uint32_t number = cursor_u32(&cursor), more = cursor_u32(&cursor);
	assert(!cursor.failed);
	if (side == 0) {
		tcp_acknowledged(&world->tcp, world->now, number, more);
		return;
	}
	if (world->run->offered_kbits) {
		take_datagram(world, number);
		return;
	}
	const uint32_t next = world->sink.next;
	const bool now = tcp_sink_take(&world->sink, number);
	world->last_segment = number;
	if (world->sink.next != next)
		progress(world);
	if (now)
		send_ack(world);
	else if (world->ack_at == NANOS_NEVER)
		world->ack_at = world->now + DELAYED_ACK;
}

/* In a daemon's pass, at the time that the pass has reached. */
static void later(struct world *world, struct flight flight, struct octets octets)
{
	flight.length = (uint16_t)octets.length;
	flight.octets = malloc(octets.length);
	memcpy(flight.octets, octets.at, octets.length);
	heap_add(world, flight);
}

static void end_send(void *ctx, uint16_t path, struct octets gre)
{
	struct end *end = ctx;
	struct world *world = end->world;

	if (world->pass)
		later(world,
			(struct flight){.kind = LEAVES,
				.at = world->pass_end,
				.side = (uint8_t)end->side,
				.link = (uint8_t)(path - 1)},
			gre);
	else
		link_send(world, end->side, path - 1u, gre, false);
}

static void end_deliver(void *ctx, struct octets packet)
{
	struct end *end = ctx;
	struct world *world = end->world;

	if (world->pass)
		later(world,
			(struct flight){
				.kind = DELIVERED, .at = world->pass, .side = (uint8_t)end->side},
			packet);
	else
		take_inner(world, end->side, packet);
}

/* ---- a daemon's pass ---- */

static unsigned int at_most(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static void pass(struct world *world, struct end *end)
{
	const nanos each = world->run->late.packet_us * UINT64_C(1000);
	struct late_process *process = &end->process;
	const unsigned int arrived = at_most(process->ring.count, LATE_RING_BATCH);
	const unsigned int left = at_most(process->device.count, LATE_DEVICE_BATCH);
	struct late_packet packet;

	world->pass = world->now;
	world->pass_end = process->busy = world->now + (arrived + left) * each;
	for (unsigned int i = 0; i < arrived + left; i++) {
		late_take(i < arrived ? &process->ring : &process->device, &packet);
		const struct octets octets = {packet.octets, packet.length};
		if (i < arrived)
			sharing_receive(end->sharing, world->pass, packet.arrived, packet.link + 1u,
				octets);
		else
			sharing_send(end->sharing, world->pass, octets);
		free(packet.octets);
		world->pass += each;
	}
	if (sharing_deadline(end->sharing) <= world->pass)
		sharing_expire(end->sharing, world->pass);
	world->pass = 0;
	process->wake = process->ring.count || process->device.count ? process->busy : NANOS_NEVER;
}

/* A pass that left packets is followed by the next one at once. */
static void wake_daemon(struct world *world, struct end *end)
{
	struct late_process *process = &end->process;
	const bool reads = process->ring.count || process->device.count;

	if (process->wake == NANOS_NEVER && (reads || sharing_deadline(end->sharing) <= world->now))
		process->wake = late_wake(process, &world->run->late, &world->random, world->now);
	if (process->wake <= world->now)
		pass(world, end);
}

/* ---- a run ---- */

static void start(struct world *world, uint64_t seed)
{
	const struct run *run = world->run;

	world->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	world->ack_at = world->offer_at = NANOS_NEVER;
	for (int side = 0; side < SIDES; side++) {
		struct end *end = &world->ends[side];
		const struct sharing_config config = {run->mode,
			(uint32_t)(seed + 77u * (unsigned int)side), SHARING_PACKETS,
			SHARING_HOLD_MAX, IN6ADDR_ANY_INIT};
		const struct sharing_port port = {end, end_send, end_deliver};

		*end = (struct end){.world = world, .side = side, .process.wake = NANOS_NEVER};
		for (unsigned int i = 0; i < run->links; i++)
			world->links[side][i].kind = run->kinds[i];
		if (run->alone)
			continue;
		assert(sharing_new(&config, &port, &end->sharing) == 0);
		for (unsigned int i = 0; i < run->links; i++)
			assert(sharing_path_add(end->sharing, world->now, (uint16_t)(i + 1)) == 0);
	}
	tcp_init(&world->tcp, run->control, send_segment, world);
	if (run->offered_kbits)
		world->offer_at = world->now;
	else
		tcp_start(&world->tcp, world->now);
}

static nanos next_event(const struct world *world)
{
	nanos at = world->heap_count ? world->heap[0].at : NANOS_NEVER;

	at = nanos_min(at, nanos_min(world->tcp.timeout, world->ack_at));
	at = nanos_min(at, world->offer_at);
	for (int side = 0; side < SIDES; side++) {
		const struct end *end = &world->ends[side];

		if (end->sharing)
			at = nanos_min(at, end->process.wake != NANOS_NEVER
						   ? end->process.wake
						   : sharing_deadline(end->sharing));
	}
	return nanos_max(at, world->now);
}

static void arrive(struct world *world, const struct flight *flight)
{
	const struct octets octets = {flight->octets, flight->length};
	struct end *end = &world->ends[flight->side];

	if (flight->bare)
		take_inner(world, flight->side, octets);
	else if (is_late(&world->run->late))
		late_add(&end->process.ring, LATE_RING,
			&(const struct late_packet){
				world->now, flight->link, flight->length, flight->octets});
	else
		sharing_receive(end->sharing, world->now, world->now, flight->link + 1u, octets);
}

static void take_flight(struct world *world)
{
	const struct flight flight = heap_take(world);
	const struct octets octets = {flight.octets, flight.length};

	switch (flight.kind) {
	case ARRIVES:
		arrive(world, &flight);
		break;
	case LEAVES:
		link_send(world, flight.side, flight.link, octets, false);
		break;
	case DELIVERED:
		take_inner(world, flight.side, octets);
		break;
	}
	free(flight.octets);
}

static void step(struct world *world)
{
	if (world->heap_count && world->heap[0].at <= world->now)
		take_flight(world);
	if (world->tcp.timeout <= world->now)
		tcp_timeout(&world->tcp, world->now);
	if (world->ack_at <= world->now)
		send_ack(world);
	if (world->offer_at <= world->now) {
		const size_t length = payload_octets(world) + TCP_HEADERS;

		send_inner(world, 0, world->offered++, 0, length);
		world->offer_at += length * 8 * NANOS_PER_MS / world->run->offered_kbits;
	}
	for (int side = 0; side < SIDES; side++) {
		struct end *end = &world->ends[side];

		if (end->sharing && is_late(&world->run->late))
			wake_daemon(world, end);
		else if (end->sharing && sharing_deadline(end->sharing) <= world->now)
			sharing_expire(end->sharing, world->now);
	}
}

static void strike(struct world *world)
{
	for (int side = 0; side < SIDES; side++) {
		if (world->run->incident == HALVES)
			world->links[side][0].kind.kbits /= 2;
		world->links[side][0].dead |= world->run->incident == DIES;
	}
}

static void run_until(struct world *world, nanos end)
{
	const struct lateness *late = &world->run->late;

	for (nanos at = next_event(world); at < end; at = next_event(world)) {
		world->now =
			late->machine ? late_stall_end(&world->away, late, &world->random, at) : at;
		step(world);
	}
	world->now = end;
}

static void end_free(struct end *end)
{
	struct late_packet packet;

	sharing_free(end->sharing);
	while (late_take(&end->process.ring, &packet) || late_take(&end->process.device, &packet))
		free(packet.octets);
}

static uint32_t count_of(const struct world *world)
{
	return world->run->offered_kbits ? world->arrived : world->sink.next;
}

void world_run(const struct run *run, uint64_t seed, struct result *ret)
{
	struct world *world = calloc(1, sizeof(*world));
	const nanos end = run->seconds * NANOS_PER_SECOND;

	assert(world);
	world->run = run;
	world->from = (run->from ? run->from : 1) * NANOS_PER_SECOND;
	start(world, seed);
	run_until(world, world->from);
	const uint32_t before = count_of(world);
	run_until(world, end / 2);
	strike(world);
	run_until(world, end);
	progress(world);
	*ret = (struct result){
		.seed = seed,
		.mbits = (double)(count_of(world) - before) * (double)payload_octets(world) * 8e3 /
			 (double)(end - world->from),
		.stall_ms = (double)world->stall / 1e6,
		.round_trip_ms = (double)world->tcp.round_trip / 1e6,
		.retransmitted = world->tcp.retransmitted,
		.out_of_order = world->sink.out_of_order,
		.duplicates = world->sink.duplicates,
		.lost = world->offered - world->arrived,
		.offered = world->offered,
	};
	for (int side = 0; side < SIDES && !run->alone; side++) {
		sharing_count(world->ends[side].sharing, side ? &ret->received : &ret->counters);
		end_free(&world->ends[side]);
	}
	while (world->heap_count)
		free(heap_take(world).octets);
	free(world);
}
