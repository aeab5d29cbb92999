/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path_rate.c, on one link that serves packets in order: the rate is found, followed down and up
 * again, and a queue of a few milliseconds stands.
 */
#include "unit.h"

#include "../../../src/sharing/path_rate.h"

#define PACKET 1500
#define RETURN (10 * MS)
#define REPORT (8 * MS)
#define QUEUE (300 * MS)
#define WAITING 16384

struct link {
	uint64_t rate; /* octets in a second */
	nanos delay;
	nanos free_at;
	unsigned int loss; /* each of so many packets is lost; 0: none */
	bool policer;      /* what exceeds the rate is lost; no queue */
};

struct scene {
	struct path_rate path;
	struct link link;
	nanos now;
	nanos next;
	nanos report;
	uint64_t sent;
	uint64_t received;
	unsigned int packets;
	int64_t queue; /* longest, us */
	struct {
		nanos sent, arrived;
		uint64_t total, received;
	} waiting[WAITING];
	unsigned int head, tail;
};

static void send_packet(struct scene *scene)
{
	struct link *link = &scene->link;
	const nanos took = PACKET * NANOS_PER_SECOND / link->rate;
	const bool over = link->free_at > scene->now + (link->policer ? 5 * MS : QUEUE);

	scene->sent += PACKET;
	scene->packets++;
	scene->next = scene->now + PACKET * NANOS_PER_SECOND / path_rate_pace(&scene->path);
	if (over || (link->loss && scene->packets % link->loss == 0))
		return;
	link->free_at = nanos_max(link->free_at, scene->now) + took;
	scene->received += PACKET;
	const nanos arrived = (link->policer ? scene->now : link->free_at) + link->delay;
	scene->waiting[scene->head % WAITING].sent = scene->now;
	scene->waiting[scene->head % WAITING].arrived = arrived;
	scene->waiting[scene->head % WAITING].total = scene->sent;
	scene->waiting[scene->head++ % WAITING].received = scene->received;
	assert_true(scene->head - scene->tail < WAITING);
}

/* The last packet that the receiver has, a while ago. */
static void report(struct scene *scene)
{
	bool any = false;
	unsigned int last = 0;

	scene->report = scene->now + REPORT;
	for (; scene->tail != scene->head &&
		scene->waiting[scene->tail % WAITING].arrived + RETURN <= scene->now;
		scene->tail++) {
		any = true;
		last = scene->tail % WAITING;
	}
	if (!any)
		return;
	const struct path_sample sample = {scene->now, scene->waiting[last].sent, 0,
		scene->waiting[last].total,
		(int64_t)(scene->waiting[last].arrived / 1000) - 123456789,
		scene->waiting[last].received};
	path_rate_sample(&scene->path, &sample);
}

static void pass(struct scene *scene, nanos time)
{
	const nanos end = scene->now + time;

	scene->queue = 0;
	while (scene->now < end) {
		scene->now = nanos_min(scene->next, scene->report);
		if (scene->next <= scene->now)
			send_packet(scene);
		if (scene->report <= scene->now)
			report(scene);
		const int64_t queue = scene->link.free_at > scene->now
					      ? (int64_t)((scene->link.free_at - scene->now) / 1000)
					      : 0;
		scene->queue = queue > scene->queue ? queue : scene->queue;
	}
}

static struct scene *begin(uint64_t mbits, unsigned int delay)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->now = NANOS_PER_SECOND;
	scene->next = scene->report = scene->now;
	scene->link = (struct link){.rate = mbits * 125000, .delay = delay * MS};
	path_rate_init(&scene->path, scene->now);
	return scene;
}

static void assert_near(uint64_t rate, uint64_t expected, unsigned int percent)
{
	assert_in_range(rate, expected * (100 - percent) / 100, expected * (100 + percent) / 100);
}

static void test_found(void **state)
{
	static const unsigned int mbits[] = {1, 5, 50, 200}, delays[] = {1, 10, 40, 100};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			struct scene *scene = begin(mbits[i], delays[j]);

			pass(scene, 4 * NANOS_PER_SECOND);
			assert_near(scene->path.rate, scene->link.rate, 12);
			const uint64_t before = scene->received;
			pass(scene, 20 * NANOS_PER_SECOND);
			assert_true(scene->received - before > scene->link.rate * 20 * 97 / 100);
			/* a dozen packets, or a round of growth beside the target */
			assert_true(scene->queue < (mbits[i] == 1 ? 200000 : 60000));
			free(scene);
		}
}

static void test_halves_and_returns(void **state)
{
	struct scene *scene = begin(40, 20);

	(void)state;
	pass(scene, 3 * NANOS_PER_SECOND);
	scene->link.rate /= 2;
	pass(scene, 500 * MS);
	assert_near(scene->path.rate, scene->link.rate, 10);
	scene->link.rate *= 2;
	pass(scene, 2 * NANOS_PER_SECOND);
	assert_near(scene->path.rate, scene->link.rate, 8);
	free(scene);
}

/* Never stuck low: from next to nothing. */
static void test_from_low(void **state)
{
	struct scene *scene = begin(50, 10);

	(void)state;
	pass(scene, NANOS_PER_SECOND);
	scene->link.rate = 20000;
	pass(scene, 10 * NANOS_PER_SECOND);
	scene->link.rate = 50 * 125000;
	pass(scene, 15 * NANOS_PER_SECOND);
	assert_near(scene->path.rate, scene->link.rate, 8);
	free(scene);
}

/* The way becomes longer: that is not a queue. */
static void test_longer_way(void **state)
{
	struct scene *scene = begin(20, 10);

	(void)state;
	pass(scene, 3 * NANOS_PER_SECOND);
	scene->link.delay = 80 * MS;
	pass(scene, 3 * NANOS_PER_SECOND);
	const uint64_t before = scene->received;
	pass(scene, 5 * NANOS_PER_SECOND);
	assert_true(scene->received - before > scene->link.rate * 5 * 9 / 10);
	free(scene);
}

/* What a policer discards lowers the rate; what a bad radio link loses, does not for long. */
static void test_losses(void **state)
{
	struct scene *scene = begin(20, 10);

	(void)state;
	scene->link.policer = true;
	pass(scene, 5 * NANOS_PER_SECOND);
	uint64_t sent = scene->sent, received = scene->received;
	pass(scene, 10 * NANOS_PER_SECOND);
	assert_true(scene->sent - sent < (scene->received - received) * 13 / 10);
	free(scene);
	scene = begin(20, 10);
	scene->link.loss = 6;
	pass(scene, 5 * NANOS_PER_SECOND);
	received = scene->received;
	pass(scene, 10 * NANOS_PER_SECOND);
	assert_true(scene->received - received > scene->link.rate * 10 * 8 / 10);
	free(scene);
}

/* A path without traffic but for probes keeps its rate. */
static void test_idle(void **state)
{
	struct scene *scene = begin(20, 10);

	(void)state;
	pass(scene, 3 * NANOS_PER_SECOND);
	for (unsigned int i = 0; i < 100; i++) {
		scene->path.starved = true;
		scene->next = scene->now + 200 * MS;
		pass(scene, 200 * MS);
	}
	assert_true(scene->path.rate > scene->link.rate * 8 / 10);
	free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_halves_and_returns),
		cmocka_unit_test(test_from_low),
		cmocka_unit_test(test_longer_way),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_idle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
