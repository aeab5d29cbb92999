/* SPDX-License-Identifier: BSD-2-Clause */
#include "scheduler.h"

#define MICROS_PER_SECOND 1000000
#define NANOS_PER_MICRO 1000
#define PACKET_OCTETS 1500
#define WORTHLESS 50         /* of the greatest rate, this part */
#define RATE_MIN_OF_ALL 8000 /* for a queue that no path serves */

static bool may_be_used(const struct sharing_path *path)
{
	return path->state == PATH_ACTIVE && !path->held;
}

static void insert(struct path_order *order, uint8_t which, int64_t delay)
{
	unsigned int at = order->count++;

	for (; at > 0 && order->delay[at - 1] > delay; at--) {
		order->delay[at] = order->delay[at - 1];
		order->at[at] = order->at[at - 1];
	}
	order->delay[at] = delay;
	order->at[at] = which;
}

/* A path that adds so little is not worth its reports and the disorder. */
static bool is_worthless(const struct sharing_path *path, uint64_t greatest)
{
	return path->rate.rate * WORTHLESS < greatest;
}

void path_order_make(const struct sharing_path paths[SHARING_PATHS_MAX], int64_t spread_max,
	int only, struct path_order *ret)
{
	uint64_t greatest = 0;

	*ret = (struct path_order){0};
	for (uint8_t i = 0; i < SHARING_PATHS_MAX; i++)
		if (may_be_used(&paths[i]) && paths[i].rate.rate > greatest)
			greatest = paths[i].rate.rate;
	for (uint8_t i = 0; i < SHARING_PATHS_MAX; i++)
		if (may_be_used(&paths[i]) && (only < 0 || only == i) &&
			!is_worthless(&paths[i], greatest))
			insert(ret, i, path_rate_delay(&paths[i].rate));
	for (unsigned int i = ret->count; i-- > 0;)
		ret->delay[i] -= ret->delay[0];
	while (ret->count > 1 && ret->delay[ret->count - 1] > spread_max)
		ret->count--;
	for (unsigned int i = 0; i < ret->count; i++)
		ret->rate += paths[ret->at[i]].rate.rate;
}

int64_t path_order_spread(const struct path_order *order)
{
	return order->count ? order->delay[order->count - 1] : 0;
}

nanos scheduler_wait(const struct scheduler *scheduler, const struct path_order *order)
{
	return scheduler->queue.octets * NANOS_PER_SECOND /
	       (order->rate ? order->rate : RATE_MIN_OF_ALL);
}

/* Microseconds until the path may send. */
static int64_t busy_for(const struct sharing_path *path, nanos now)
{
	return path->next > now ? (int64_t)((path->next - now) / NANOS_PER_MICRO) : 0;
}

static int64_t transmission(const struct sharing_path *path)
{
	return (int64_t)(PACKET_OCTETS * (uint64_t)MICROS_PER_SECOND / path->rate.rate);
}

/* Octets of the queue that the paths before number `place` deliver until that one would have
 * delivered one packet. */
static uint64_t delivered_by_others(const struct sharing_path paths[SHARING_PATHS_MAX],
	const struct path_order *order, unsigned int place, nanos now)
{
	const int64_t at = order->delay[place] + transmission(&paths[order->at[place]]);
	uint64_t octets = 0;

	for (unsigned int i = 0; i < place; i++) {
		const struct sharing_path *path = &paths[order->at[i]];
		const int64_t time = at - order->delay[i] - busy_for(path, now);

		if (time > 0)
			octets += path->rate.rate * (uint64_t)time / MICROS_PER_SECOND;
	}
	return octets;
}

/* The packet that begins or ends `octets` into the queue. */
static struct shared_packet *packet_at(const struct packet_list *queue, uint64_t octets)
{
	struct shared_packet *packet = queue->first;
	uint64_t before = 0;

	if (queue->octets < octets)
		return NULL;
	for (; packet && before + packet->length < octets; packet = packet->next)
		before += packet->length;
	return packet;
}

/* Whether the path delivers a packet before all others. */
static bool is_earliest(const struct sharing_path paths[SHARING_PATHS_MAX],
	const struct path_order *order, unsigned int place, nanos now)
{
	const int64_t at = order->delay[place] + transmission(&paths[order->at[place]]);

	for (unsigned int i = 0; i < order->count; i++) {
		const struct sharing_path *path = &paths[order->at[i]];

		if (i != place && order->delay[i] + busy_for(path, now) + transmission(path) < at)
			return false;
	}
	return true;
}

static struct shared_packet *take(struct packet_list *list, struct shared_packet *packet)
{
	if (packet)
		packet_remove(list, packet);
	return packet;
}

struct shared_packet *scheduler_next(struct scheduler *scheduler, nanos now,
	struct sharing_path paths[SHARING_PATHS_MAX], const struct path_order *order,
	uint8_t *ret_path, nanos *ret_next)
{
	*ret_next = NANOS_NEVER;
	for (unsigned int i = 0; i < order->count; i++) {
		struct sharing_path *path = &paths[order->at[i]];
		struct shared_packet *packet;

		*ret_path = order->at[i];
		if (path->next > now) {
			*ret_next = nanos_min(*ret_next, path->next);
			continue;
		}
		if (scheduler->repairs.first && is_earliest(paths, order, i, now))
			return take(&scheduler->repairs, scheduler->repairs.first);
		packet = take(&scheduler->queue,
			packet_at(&scheduler->queue, delivered_by_others(paths, order, i, now)));
		if (packet)
			return packet;
		path->rate.starved = true;
		path->idle = true;
	}
	if (!scheduler->queue.first && !scheduler->repairs.first)
		*ret_next = NANOS_NEVER;
	return NULL;
}
