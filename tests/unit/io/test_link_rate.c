/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/io/dataplane/link_rate.c: what a link carries and can carry, in virtual time (ADR 67).
 */
#include "../../scene/support/cmocka_scene.h"

#include "../../../src/io/dataplane/link_rate.h"

#define MBIT UINT64_C(1000000)
#define SECOND NANOS_PER_SECOND
#define MS NANOS_PER_MS

struct link {
	struct link_rate rate;
	struct link_rate_sample counted;
	nanos now;
};

/* Soon after the host has started: nothing is too old to count. */
static struct link begin(void)
{
	struct link link = {.now = 10 * SECOND, .counted.delay = 20 * MS};
	assert_true(link_rate_due(&link.rate, link.now));
	link_rate_add(&link.rate, &link.counted, link.now);
	return link;
}

/* `out` and `in`: bits in a second. Takes a sample as soon as one is due. */
static void carry(struct link *link, uint64_t out, uint64_t in, bool overloaded, unsigned seconds)
{
	link->counted.overloaded = overloaded;
	for (unsigned i = 0; i < 10 * seconds; i++) {
		link->now += 100 * MS;
		link->counted.sent_octets += out / 80;
		link->counted.received_octets += in / 80;
		if (link_rate_due(&link->rate, link->now))
			link_rate_add(&link->rate, &link->counted, link->now);
	}
}

static uint64_t usable(const struct link *link)
{
	return link_rate_usable(&link->rate, link->now);
}

static void test_once_a_second(void **state)
{
	(void)state;
	struct link link = begin();
	assert_false(link_rate_due(&link.rate, link.now + SECOND - 1));
	assert_true(link_rate_due(&link.rate, link.now + SECOND));
	assert_null(link_rate_second(&link.rate, 0));
}

static void test_pulse(void **state)
{
	(void)state;
	struct link link = begin();
	carry(&link, 0, 0, false, 2);
	carry(&link, 8 * MBIT, 2 * MBIT, false, 1);
	carry(&link, 0, 0, false, 3);
	assert_int_equal(link.rate.seconds, 6);
	assert_null(link_rate_second(&link.rate, 6));
	for (unsigned ago = 0; ago < 6; ago++) {
		const struct link_rate_second *second = link_rate_second(&link.rate, ago);
		assert_int_equal(second->sent, ago == 3 ? 8 * MBIT : 0);
		assert_int_equal(second->received, ago == 3 ? 2 * MBIT : 0);
		assert_int_equal(second->delay, 20 * MS);
	}
	/* it was not full: what it can carry is not known */
	assert_int_equal(usable(&link), 0);
	carry(&link, MBIT, 0, false, 100);
	assert_int_equal(link.rate.seconds, LINK_RATE_HISTORY);
	assert_int_equal(link_rate_second(&link.rate, LINK_RATE_HISTORY - 1)->sent, MBIT);
	assert_int_equal(usable(&link), 0);
}

/* Two seconds of delay may have another cause. */
static void test_full(void **state)
{
	(void)state;
	struct link link = begin();
	carry(&link, 8 * MBIT, MBIT, true, 2);
	carry(&link, 8 * MBIT, MBIT, false, 1);
	carry(&link, 8 * MBIT, MBIT, true, 2);
	assert_int_equal(usable(&link), 0);
	carry(&link, MBIT, 9 * MBIT, true, 1);
	assert_int_equal(usable(&link), 9 * MBIT);
	/* it carries more without delay */
	carry(&link, 12 * MBIT, 0, false, 1);
	assert_int_equal(usable(&link), 12 * MBIT);
}

static void test_link_that_halves(void **state)
{
	(void)state;
	struct link link = begin();
	carry(&link, 20 * MBIT, 0, true, 10);
	assert_int_equal(usable(&link), 20 * MBIT);
	carry(&link, 10 * MBIT, 0, true, 2);
	assert_int_equal(usable(&link), 20 * MBIT);
	carry(&link, 10 * MBIT, 0, true, 1);
	assert_int_equal(usable(&link), 10 * MBIT);
}

static void test_idle(void **state)
{
	(void)state;
	struct link link = begin();
	carry(&link, 5 * MBIT, 0, true, 3);
	carry(&link, 0, 0, false, 59);
	assert_int_equal(usable(&link), 5 * MBIT);
	carry(&link, 0, 0, false, 1);
	assert_int_equal(usable(&link), 0);
	/* an idle link whose delay rises is full of the traffic of others */
	carry(&link, 99000, 99000, true, 10);
	assert_int_equal(usable(&link), 0);
}

/* A daemon that sleeps while nothing happens: the rate of a gap is that of all its seconds. */
static void test_gaps(void **state)
{
	(void)state;
	struct link link = begin();
	link.now += 10 * SECOND;
	link.counted.sent_octets += 10 * MBIT / 8;
	link_rate_add(&link.rate, &link.counted, link.now);
	assert_int_equal(link.rate.seconds, 10);
	assert_int_equal(link_rate_second(&link.rate, 9)->sent, MBIT);
	link.now += 31 * SECOND;
	link_rate_add(&link.rate, &link.counted, link.now);
	assert_null(link_rate_second(&link.rate, 0));
	carry(&link, MBIT, 0, false, 1);
	assert_int_equal(link_rate_second(&link.rate, 0)->sent, MBIT);
	/* programs that are attached anew count from 0 */
	link.counted.sent_octets = 0;
	carry(&link, MBIT, 0, false, 1);
	assert_null(link_rate_second(&link.rate, 0));
	carry(&link, MBIT, 0, false, 1);
	assert_int_equal(link_rate_second(&link.rate, 0)->sent, MBIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_a_second),
		cmocka_unit_test(test_pulse),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_link_that_halves),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_gaps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
