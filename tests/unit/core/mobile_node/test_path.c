/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/path.c: each transition of the picture in path.h, and the times between
 * them.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/path.h"

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

/* ---- evidence (ADR 31) ---- */

/* Answers what is due, after this round trip, until then or until the state is another. */
static void answer_all(nanos until, nanos rtt, enum path_state while_in)
{
	while (path.state == while_in && path_next_deadline(&path) <= until) {
		nanos now = path_next_deadline(&path);
		unsigned before = probes;
		path_deadline(&path, now);
		probe_if_due(now);
		if (probes != before)
			assert_true(path_reply(&path, now + rtt, sequence, cookie));
	}
}

static nanos die(nanos now)
{
	run(now + 2 * limits.probe_idle);
	assert_int_equal(path.state, PATH_DEAD);
	return path.entered;
}

/* From the first answer until the path is used again. */
static nanos trial(void)
{
	nanos now = path_next_deadline(&path);
	run(now);
	assert_true(path_reply(&path, now + MS, sequence, cookie));
	assert_int_equal(path.state, PATH_TRIAL);
	assert_false(path_usable(&path));
	answer_all(now + 100 * NANOS_PER_SECOND, MS, PATH_TRIAL);
	assert_int_equal(path.state, PATH_ALIVE);
	return path.entered - now - MS;
}

static void test_each_death_lengthens_the_trial(void **state)
{
	(void)state;
	static const unsigned answers[] = {8, 16, 32, 32, 32, 32};
	static const unsigned trial_ms[] = {700, 3000, 12400, 24800, 31000, 31000};
	nanos now = make_alive(MS);
	for (unsigned i = 0; i < 6; i++) {
		die(now);
		assert_int_equal(path_deaths(&path, path.entered), i + 1);
		assert_int_equal(path_run_needed(&path, path.entered), answers[i]);
		nanos took = trial();
		assert_in_range(took, trial_ms[i] * MS, trial_ms[i] * MS + 200 * MS);
		now = path.entered;
	}
}

static void test_deaths_are_forgotten_after_five_minutes(void **state)
{
	(void)state;
	nanos died = die(make_alive(MS));
	assert_int_equal(path_deaths(&path, died + 300 * NANOS_PER_SECOND - 1), 1);
	assert_int_equal(path_deaths(&path, died + 300 * NANOS_PER_SECOND), 0);
	run(died + 301 * NANOS_PER_SECOND);
	run(path_next_deadline(&path));
	assert_true(path_reply(&path, path.probed + MS, sequence, cookie));
	assert_int_equal(path.state, PATH_ALIVE);
}

static void test_another_address_does_not_undo_a_death(void **state)
{
	(void)state;
	nanos died = die(make_alive(MS));
	path_start(&path, died + MS);
	probe_if_due(died + MS);
	assert_true(path_reply(&path, died + 2 * MS, sequence, cookie));
	assert_int_equal(path.state, PATH_TRIAL);
	path_forgive(&path);
	path_start(&path, died + 3 * MS);
	probe_if_due(died + 3 * MS);
	assert_true(path_reply(&path, died + 4 * MS, sequence, cookie));
	assert_int_equal(path.state, PATH_ALIVE);
}

static void test_lost_answer_ends_the_run(void **state)
{
	(void)state;
	die(make_alive(MS));
	run(path_next_deadline(&path));
	assert_true(path_reply(&path, path.probed + MS, sequence, cookie));
	for (unsigned i = 0; i < 5; i++) {
		run(path_next_deadline(&path));
		assert_true(path_reply(&path, path.probed + MS, sequence, cookie));
	}
	assert_int_equal(path.run, 6);
	run(path_next_deadline(&path)); /* lost */
	nanos lost = path.probed;
	run(lost + 100 * MS);
	assert_int_equal(path.probed, lost + 100 * MS);
	assert_true(path_reply(&path, path.probed + MS, sequence, cookie));
	assert_int_equal(path.run, 0);
	assert_int_equal(path.state, PATH_TRIAL);
	/* and the next run begins a second later */
	assert_int_equal(path_next_deadline(&path), lost + 101 * MS + NANOS_PER_SECOND);
}

static void test_burst_is_one_answer(void **state)
{
	(void)state;
	die(make_alive(MS));
	run(path_next_deadline(&path));
	uint16_t first = sequence;
	nanos now = path.probed + MS;
	for (unsigned i = 0; i < 8; i++)
		path_probed(&path, now, ++sequence, cookie);
	for (unsigned i = 0; i < 9; i++)
		assert_true(path_reply(&path, now + MS, (uint16_t)(first + i), cookie));
	assert_int_equal(path.state, PATH_TRIAL);
	assert_int_equal(path.run, 1);
}

static void test_trial_that_falls_silent_is_dead(void **state)
{
	(void)state;
	die(make_alive(MS));
	run(path_next_deadline(&path));
	nanos answered = path.probed + MS;
	assert_true(path_reply(&path, answered, sequence, cookie));
	run(answered + 400 * MS);
	assert_int_equal(path.state, PATH_DEAD);
	assert_int_equal(path_deaths(&path, answered), 1); /* it was not in use */
}

static void test_data_is_no_answer_on_trial(void **state)
{
	(void)state;
	die(make_alive(MS));
	run(path_next_deadline(&path));
	nanos answered = path.probed + MS;
	assert_true(path_reply(&path, answered, sequence, cookie));
	for (nanos now = answered; path.state == PATH_TRIAL; now += MS) {
		assert_true(now < answered + NANOS_PER_SECOND);
		path_activity(&path, now, now, now);
		path_deadline(&path, now);
		probe_if_due(now);
	}
	assert_int_equal(path.state, PATH_DEAD);
}

static void test_trial_ends_not_before_it_may(void **state)
{
	(void)state;
	nanos died = die(make_alive(MS));
	path.returns_from = died + 20 * NANOS_PER_SECOND;
	run(path_next_deadline(&path));
	assert_true(path_reply(&path, path.probed + MS, sequence, cookie));
	probes = 0;
	answer_all(died + 100 * NANOS_PER_SECOND, MS, PATH_TRIAL);
	assert_int_equal(path.state, PATH_ALIVE);
	assert_int_equal(path.entered, path.returns_from);
	assert_true(probes <= 30); /* each second while it only waits */
}

static void test_eager_path_is_probed_each_second(void **state)
{
	(void)state;
	nanos died = die(make_alive(MS));
	path.eager = true;
	run(died + 100 * NANOS_PER_SECOND);
	probes = 0;
	run(died + 200 * NANOS_PER_SECOND);
	assert_int_equal(probes, 100);
}

/* Of each hundred probes, so many are lost: the n-th if the hundredths of n * percent carry. */
static void lossy_stream(nanos from, nanos duration, unsigned percent)
{
	unsigned n = 0;
	for (nanos now = from; now < from + duration && path_usable(&path); now += 10 * MS) {
		unsigned before = probes;
		path_activity(&path, now, now, now);
		path_deadline(&path, now);
		probe_if_due(now);
		if (probes == before)
			continue;
		if ((n * percent) / 100 == ((n + 1) * percent) / 100)
			assert_true(path_reply(&path, now + 5 * MS, sequence, cookie));
		n++;
	}
}

static void test_loss_under_traffic_is_bad(void **state)
{
	(void)state;
	nanos now = make_alive(5 * MS);
	lossy_stream(now, 60 * NANOS_PER_SECOND, 40);
	assert_int_equal(path.state, PATH_TRIAL);
	assert_true(path.lossy);
	assert_int_equal(path_deaths(&path, path.entered), 1);
	assert_in_range(path_loss_percent(&path), 31, 60);
	assert_true(path.entered <= now + 10 * NANOS_PER_SECOND);
	now = make_alive(5 * MS);
	lossy_stream(now, 60 * NANOS_PER_SECOND, 10);
	assert_int_equal(path.state, PATH_ALIVE);
	assert_in_range(path_loss_percent(&path), 5, 15);
}

/* Half a second's queue is not loss: what comes late is not lost. */
static void test_late_answers_are_not_loss(void **state)
{
	(void)state;
	nanos now = make_alive(5 * MS);
	for (unsigned i = 0; i < 100; i++) {
		now += NANOS_PER_SECOND;
		path_activity(&path, now, now, now);
		path_deadline(&path, now);
		probe_if_due(now);
		if (i % 2 == 0)
			continue;
		path_activity(&path, now + 390 * MS, now + 390 * MS, now + 390 * MS);
		path_reply(&path, now + 390 * MS, sequence, cookie);
		path_reply(&path, now + 391 * MS, (uint16_t)(sequence - 1), cookie);
	}
	assert_int_equal(path.state, PATH_ALIVE);
	assert_false(path.lossy);
}

/* One gap of 300 ms, though there are many probes in it, is no more than three losses. */
static void test_short_gap_is_not_loss(void **state)
{
	(void)state;
	nanos now = make_alive(5 * MS);
	for (unsigned i = 0; i < 15; i++)
		path_probed(&path, now + i * 20 * MS, ++sequence, cookie);
	assert_true(path_reply(&path, now + 300 * MS, sequence, cookie));
	path_deadline(&path, now + 2 * NANOS_PER_SECOND);
	assert_in_range(path_loss_percent(&path), 10, 20); /* 3 of 15 probes count as lost */
	assert_false(path.lossy);
	assert_int_equal(path_deaths(&path, now), 0);
}

/* ---- filtered echo requests ---- */

/* Proven by a Binding Acknowledgement; no probe is ever answered. */
static nanos make_mute(void)
{
	begin();
	probe_if_due(START);
	path_registered(&path);
	path_answered(&path, START + 5 * MS);
	assert_int_equal(path.state, PATH_ALIVE);
	return START + 5 * MS;
}

static void test_mute_path_stays_alive_when_idle(void **state)
{
	(void)state;
	make_mute();
	run(START + 600 * NANOS_PER_SECOND);
	assert_int_equal(path.state, PATH_ALIVE);
	assert_true(path_unanswered_ever(&path));
	/* what its answer takes is no silence */
	nanos now = START + 601 * NANOS_PER_SECOND;
	path_activity(&path, now, now, 0);
	run(now + NANOS_PER_SECOND);
	path_activity(&path, now + NANOS_PER_SECOND, now, now + NANOS_PER_SECOND);
	run(now + 60 * NANOS_PER_SECOND);
	assert_int_equal(path.state, PATH_ALIVE);
}

static void test_mute_path_dies_and_revives_by_its_data(void **state)
{
	(void)state;
	nanos now = make_mute() + NANOS_PER_SECOND;
	path_activity(&path, now, now, 0);
	run(now + 5100 * MS);
	assert_int_equal(path.state, PATH_DEAD);
	assert_in_range(path.entered, now + 5000 * MS, now + 5100 * MS);
	now += 60 * NANOS_PER_SECOND;
	run(now);
	for (unsigned i = 0; i < 80 && path.state != PATH_ALIVE; i++) {
		now += 10 * MS;
		path_activity(&path, now, now, now);
		assert_int_equal(path.state == PATH_ALIVE, i >= 7 * 5);
	}
	assert_int_equal(path.state, PATH_ALIVE);
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
		cmocka_unit_test(test_each_death_lengthens_the_trial),
		cmocka_unit_test(test_deaths_are_forgotten_after_five_minutes),
		cmocka_unit_test(test_another_address_does_not_undo_a_death),
		cmocka_unit_test(test_lost_answer_ends_the_run),
		cmocka_unit_test(test_burst_is_one_answer),
		cmocka_unit_test(test_trial_that_falls_silent_is_dead),
		cmocka_unit_test(test_data_is_no_answer_on_trial),
		cmocka_unit_test(test_trial_ends_not_before_it_may),
		cmocka_unit_test(test_eager_path_is_probed_each_second),
		cmocka_unit_test(test_loss_under_traffic_is_bad),
		cmocka_unit_test(test_late_answers_are_not_loss),
		cmocka_unit_test(test_short_gap_is_not_loss),
		cmocka_unit_test(test_mute_path_stays_alive_when_idle),
		cmocka_unit_test(test_mute_path_dies_and_revives_by_its_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
