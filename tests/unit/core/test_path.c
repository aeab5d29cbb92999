/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/path.c: each transition of the picture in path.h, and the times between them.
 */
#include "../../scene/support/cmocka_scene.h"

#include "../../../src/core/path.h"

#define MS NANOS_PER_MS
#define START (1000 * NANOS_PER_SECOND)

static const struct path_limits limits = {
	.probe = true,
	.probe_idle = 9600 * MS,
	.suspect_after = 30 * MS,
	.dead_after = 60 * MS,
};

static const uint8_t cookie[PATH_COOKIE_OCTETS] = "fifteen octets.";

static struct path path;
static uint16_t sequence;
static unsigned probes;

static void begin(void)
{
	path_init(&path, &limits);
	path_start(&path, START);
	probes = 0;
}

static void probe_if_due(nanos now)
{
	if (!path_probe_due(&path, now))
		return;
	path_probed(&path, now, ++sequence, cookie);
	probes++;
}

/* Meets every deadline until then; nothing answers. */
static void run(nanos until)
{
	for (unsigned i = 0; path_next_deadline(&path) <= until; i++) {
		nanos now = path_next_deadline(&path);
		assert_true(i < 10000);
		path_deadline(&path, now);
		probe_if_due(now);
	}
}

/* ALIVE and well known, the last answer at START + 1 s, with this round trip. */
static nanos make_alive(nanos rtt)
{
	begin();
	nanos now = START;
	for (unsigned i = 0; i < 20; i++) {
		now = START + i * 50 * MS;
		path_probed(&path, now, ++sequence, cookie);
		assert_true(path_reply(&path, now + rtt, sequence, cookie));
	}
	assert_int_equal(path.state, PATH_ALIVE);
	probes = 0;
	return now + rtt;
}

static void test_new_path_is_probed_at_once(void **state)
{
	(void)state;
	begin();
	assert_int_equal(path.state, PATH_UNPROVEN);
	assert_true(path_probe_due(&path, START));
	assert_int_equal(path_next_deadline(&path), START);
}

static void test_unproven_becomes_alive(void **state)
{
	(void)state;
	begin();
	probe_if_due(START);
	assert_true(path_reply(&path, START + 7 * MS, sequence, cookie));
	assert_int_equal(path.state, PATH_ALIVE);
	assert_int_equal(path.rtt, 7 * MS);
	/* RFC 6298 2.2 */
	assert_int_equal(path.rtt_variation, 7 * MS / 2);
}

/* Longer than it takes a kernel to solicit its neighbour a second time (RFC 4861 10). */
static void test_unproven_becomes_dead_after_long_silence(void **state)
{
	(void)state;
	begin();
	run(START + 1529 * MS);
	assert_int_equal(path.state, PATH_UNPROVEN);
	run(START + 1600 * MS);
	assert_int_equal(path.state, PATH_DEAD);
}

static void test_late_answer_revives(void **state)
{
	(void)state;
	begin();
	run(START + 1600 * MS);
	assert_int_equal(path.state, PATH_DEAD);
	nanos now = path.probed + 200 * MS;
	assert_true(path_reply(&path, now, sequence, cookie));
	assert_int_equal(path.state, PATH_ALIVE);
	assert_int_equal(path.rtt, 200 * MS);
}

static void test_dead_path_is_probed_less_and_less(void **state)
{
	(void)state;
	begin();
	run(START + 1600 * MS);
	nanos died = path.entered;
	static const unsigned after_ms[] = {500, 1500, 3500, 7500, 15500, 25100, 34700};
	for (size_t i = 0; i < sizeof(after_ms) / sizeof(after_ms[0]); i++) {
		assert_int_equal(path_next_deadline(&path), died + after_ms[i] * MS);
		run(died + after_ms[i] * MS);
	}
	assert_int_equal(path.state, PATH_DEAD);
}

static void test_what_no_probe_asked_is_no_answer(void **state)
{
	(void)state;
	begin();
	probe_if_due(START);
	uint8_t other[PATH_COOKIE_OCTETS] = "sixteen octets.";
	assert_false(path_reply(&path, START + MS, sequence, other));
	assert_false(path_reply(&path, START + MS, (uint16_t)(sequence + 1), cookie));
	assert_true(path_reply(&path, START + MS, sequence, cookie));
	assert_false(path_reply(&path, START + MS, sequence, cookie));
}

static void test_idle_path_is_probed_after_its_interval(void **state)
{
	(void)state;
	nanos heard = make_alive(10 * MS);
	path.training = 0;
	assert_int_equal(path_next_deadline(&path), heard + limits.probe_idle);
	run(heard + limits.probe_idle);
	assert_int_equal(probes, 1);
	run(heard + limits.probe_idle + 39 * MS);
	assert_int_equal(path.state, PATH_ALIVE);
	run(heard + limits.probe_idle + 40 * MS);
	assert_int_equal(path.state, PATH_SUSPECT);
	run(heard + limits.probe_idle + 100 * MS);
	assert_int_equal(path.state, PATH_DEAD);
}

static void test_reception_postpones_the_idle_probe(void **state)
{
	(void)state;
	nanos heard = make_alive(10 * MS);
	path.training = 0;
	path_answered(&path, heard + 4000 * MS);
	run(heard + 4000 * MS + limits.probe_idle - 1);
	assert_int_equal(probes, 0);
	run(heard + 4000 * MS + limits.probe_idle);
	assert_int_equal(probes, 1);
}

/* Acknowledgements alone would keep an old round trip for ever. */
static void test_round_trip_is_measured_again(void **state)
{
	(void)state;
	make_alive(10 * MS);
	path.training = 0;
	nanos probed = path.probed;
	for (unsigned i = 1; i <= 5; i++) {
		nanos now = probed + i * 5 * NANOS_PER_SECOND;
		path_answered(&path, now);
		assert_false(path_probe_due(&path, now));
	}
	assert_int_equal(path_next_deadline(&path), probed + 3 * 9600 * MS);
	assert_true(path_probe_due(&path, probed + 3 * 9600 * MS));
}

static void test_suspect_becomes_alive_by_data(void **state)
{
	(void)state;
	nanos heard = make_alive(10 * MS);
	path.training = 0;
	run(heard + limits.probe_idle + 40 * MS);
	assert_int_equal(path.state, PATH_SUSPECT);
	nanos now = heard + limits.probe_idle + 45 * MS;
	path_activity(&path, now, 0, now);
	assert_int_equal(path.state, PATH_ALIVE);
}

static void test_data_from_a_dead_path_proves_one_direction_only(void **state)
{
	(void)state;
	begin();
	run(START + 1600 * MS);
	path_activity(&path, START + 1700 * MS, 0, START + 1700 * MS);
	assert_int_equal(path.state, PATH_DEAD);
	path_answered(&path, START + 1800 * MS);
	assert_int_equal(path.state, PATH_ALIVE);
}

static void test_data_before_the_start_proves_nothing(void **state)
{
	(void)state;
	begin();
	probe_if_due(START);
	path_activity(&path, START + MS, START - MS, START - MS);
	assert_int_equal(path.state, PATH_UNPROVEN);
	assert_int_equal(path.unanswered, 1);
}

static void test_silence_under_traffic_is_asked_about(void **state)
{
	(void)state;
	nanos heard = make_alive(10 * MS);
	path.training = 0;
	nanos last = heard + 300 * MS;
	path_activity(&path, last, last, last - MS);
	/* owner and path look again when the silence is 30 ms old */
	assert_int_equal(path_next_deadline(&path), last - MS + 30 * MS);
	path_activity(&path, last + 29 * MS, last + 29 * MS, last - MS);
	assert_true(path_probe_due(&path, last + 29 * MS));
}

static void test_answer_takes_its_time(void **state)
{
	(void)state;
	nanos heard = make_alive(10 * MS);
	path.training = 0;
	/* a question after a pause: asked about 30 ms after it, not at once */
	nanos now = heard + 700 * MS;
	path_activity(&path, now, now - 5 * MS, 0);
	assert_false(path_probe_due(&path, now));
	assert_true(path_probe_due(&path, now + 25 * MS));
	path_activity(&path, now + 20 * MS, now - 5 * MS, now + 15 * MS);
	assert_false(path_probe_due(&path, now + 25 * MS));
}

/* A path whose answers were alike for a while is not suspected for a few milliseconds more. */
static void test_steady_answers_leave_room_for_a_later_one(void **state)
{
	(void)state;
	static const nanos round_trips[] = {60 * MS, 160 * MS, 520 * MS};
	static const nanos room[] = {9 * MS, 19 * MS, 64 * MS};
	for (size_t i = 0; i < sizeof(room) / sizeof(room[0]); i++) {
		nanos now = make_alive(round_trips[i]) + NANOS_PER_SECOND;
		path.training = 0;
		probe_if_due(path_next_deadline(&path));
		nanos asked = path.probed;
		assert_in_range(asked, now, now + 10 * NANOS_PER_SECOND);
		path_deadline(&path, asked + round_trips[i] + room[i]);
		assert_int_equal(path.state, PATH_ALIVE);
		path_deadline(&path, asked + round_trips[i] + room[i] + 2 * MS);
		assert_int_equal(path.state, PATH_SUSPECT);
	}
}

static void test_idle_path_wakes_nobody(void **state)
{
	(void)state;
	nanos heard = make_alive(10 * MS);
	path.training = 0;
	path_activity(&path, heard, heard - 2 * NANOS_PER_SECOND, heard - 100 * MS);
	path_activity(&path, heard + 1100 * MS, heard - 2 * NANOS_PER_SECOND, heard - 100 * MS);
	assert_int_equal(path_next_deadline(&path), heard + limits.probe_idle);
}

static void test_long_round_trip_is_waited_for(void **state)
{
	(void)state;
	nanos heard = make_alive(300 * MS);
	path.training = 0;
	run(heard + limits.probe_idle);
	run(heard + limits.probe_idle + 320 * MS);
	assert_int_not_equal(path.state, PATH_DEAD);
	run(heard + limits.probe_idle + 500 * MS);
	assert_int_equal(path.state, PATH_DEAD);
}

static void test_without_probes_alive_while_there(void **state)
{
	(void)state;
	static const struct path_limits none = {.probe = false};
	path_init(&path, &none);
	assert_int_equal(path.state, PATH_DOWN);
	path_start(&path, START);
	assert_int_equal(path.state, PATH_ALIVE);
	assert_int_equal(path_next_deadline(&path), NANOS_NEVER);
	assert_false(path_probe_due(&path, START + 1000 * NANOS_PER_SECOND));
	path_stop(&path, START);
	assert_int_equal(path.state, PATH_DOWN);
}

/* A stream comes down, each millisecond; `answered`: the way up works. Returns when it was dead. */
static nanos stream_down(nanos from, nanos until, bool answered)
{
	for (nanos now = from; now < until; now += MS) {
		unsigned before = probes;
		path_activity(&path, now, now, now);
		path_deadline(&path, now);
		if (path.state == PATH_DEAD)
			return now;
		probe_if_due(now);
		if (answered && probes != before)
			assert_true(path_reply(&path, now, sequence, cookie));
	}
	return NANOS_NEVER;
}

static void test_way_up_alone_is_dead(void **state)
{
	(void)state;
	nanos begin = make_alive(20 * MS);
	assert_true(stream_down(begin, begin + 10 * NANOS_PER_SECOND, false) <=
		    begin + 6 * NANOS_PER_SECOND);
	begin = make_alive(20 * MS);
	assert_true(stream_down(begin, begin + 10 * NANOS_PER_SECOND, true) == NANOS_NEVER);
	assert_true(probes <= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_path_is_probed_at_once),
		cmocka_unit_test(test_unproven_becomes_alive),
		cmocka_unit_test(test_unproven_becomes_dead_after_long_silence),
		cmocka_unit_test(test_late_answer_revives),
		cmocka_unit_test(test_dead_path_is_probed_less_and_less),
		cmocka_unit_test(test_what_no_probe_asked_is_no_answer),
		cmocka_unit_test(test_idle_path_is_probed_after_its_interval),
		cmocka_unit_test(test_reception_postpones_the_idle_probe),
		cmocka_unit_test(test_round_trip_is_measured_again),
		cmocka_unit_test(test_suspect_becomes_alive_by_data),
		cmocka_unit_test(test_data_from_a_dead_path_proves_one_direction_only),
		cmocka_unit_test(test_data_before_the_start_proves_nothing),
		cmocka_unit_test(test_silence_under_traffic_is_asked_about),
		cmocka_unit_test(test_answer_takes_its_time),
		cmocka_unit_test(test_steady_answers_leave_room_for_a_later_one),
		cmocka_unit_test(test_idle_path_wakes_nobody),
		cmocka_unit_test(test_long_round_trip_is_waited_for),
		cmocka_unit_test(test_without_probes_alive_while_there),
		cmocka_unit_test(test_way_up_alone_is_dead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
