/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/link.c: which address of a link is its care-of address.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/link.h"

#include <errno.h>

#define SECOND NANOS_PER_SECOND

static const struct path_limits limits = {.probe = true,
	.probe_idle = 9600 * NANOS_PER_MS,
	.suspect_after = 30 * NANOS_PER_MS,
	.dead_after = 60 * NANOS_PER_MS};

static const struct in6_addr home = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xff}};

static struct links links;
static struct link *one;

static struct host_address candidate(uint8_t host, nanos formed, bool deprecated)
{
	return (struct host_address){
		.bid = 1,
		.deprecated = deprecated,
		.address = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = host}},
		.formed = formed,
	};
}

static void set(uint8_t host, nanos formed, bool deprecated)
{
	const struct host_address address = candidate(host, formed, deprecated);
	assert_int_equal(link_address_set(one, &address), 0);
	link_choose(one, &home, 1000);
}

static void gone(uint8_t host)
{
	const struct host_address address = candidate(host, 0, false);
	link_address_remove(one, &address.address);
	link_choose(one, &home, 1000);
}

static void up(bool is_up, uint32_t ifindex)
{
	const struct host_link link = {.bid = 1, .priority = 10, .up = is_up, .ifindex = ifindex};
	link_set(one, &link, 1000);
	link_choose(one, &home, 1000);
}

/* 0: none */
static uint8_t chosen(void)
{
	return one->has_care_of ? one->care_of.s6_addr[15] : 0;
}

static int begin(void **state)
{
	(void)state;
	links.count = 0;
	one = links_add(&links, 1, &limits);
	up(true, 5);
	return 0;
}

static void test_latest_formed(void **state)
{
	(void)state;
	up(false, 5);
	set(1, 100, false);
	set(2, 300, false);
	set(3, 200, false);
	assert_int_equal(chosen(), 0);
	up(true, 5);
	assert_int_equal(chosen(), 2);
	assert_int_equal(one->path.state, PATH_UNPROVEN);
}

static void test_present_stays(void **state)
{
	(void)state;
	set(1, 100, false);
	set(2, 300, false);
	assert_int_equal(chosen(), 1);
	gone(1);
	assert_int_equal(chosen(), 2);
	gone(2);
	assert_int_equal(chosen(), 0);
	assert_int_equal(one->path.state, PATH_DOWN);
}

/* Shows RFC 6275 11.5.3-2. */
static void test_deprecated_gives_way(void **state)
{
	(void)state;
	set(1, 100, false);
	set(1, 100, true);
	assert_int_equal(chosen(), 1); /* better than none */
	set(2, 50, false);
	assert_int_equal(chosen(), 2);
}

static void test_dead_gives_way_without_to_and_fro(void **state)
{
	(void)state;
	set(1, 100, false);
	set(2, 50, false);
	one->path.state = PATH_DEAD;
	link_choose(one, &home, 2000);
	assert_int_equal(chosen(), 2);
	assert_int_equal(one->path.state, PATH_UNPROVEN);
	/* both dead: the present one is waited for, without to and fro */
	one->path.state = PATH_DEAD;
	link_choose(one, &home, 3000);
	assert_int_equal(chosen(), 2);
	assert_int_equal(one->path.state, PATH_DEAD);
	/* what came up again gives all another chance */
	up(false, 5);
	up(true, 5);
	one->path.state = PATH_DEAD;
	link_choose(one, &home, 5000);
	assert_int_equal(chosen(), 2);
}

static void die(nanos now)
{
	one->path.state = PATH_DEAD;
	link_choose(one, &home, now);
}

static void live(nanos now)
{
	one->path.state = PATH_ALIVE;
	link_choose(one, &home, now);
}

/* Each in turn while all are dead, at longer and longer intervals; all of them within a minute. */
static void test_dead_ones_take_turns(void **state)
{
	(void)state;
	set(1, 100, false);
	set(2, 50, false);
	set(3, 20, false);
	unsigned moves = 0, minutes = 0;
	bool tried[4] = {false};
	uint8_t before = chosen();
	for (nanos now = SECOND; now < 600 * SECOND; now += SECOND) {
		die(now);
		assert_true(link_next_deadline(one) > now);
		moves += chosen() != before;
		before = chosen();
		tried[before] = true;
		if (now % (60 * SECOND) != 0)
			continue;
		assert_true(moves <= (minutes == 0 ? 6 : 4));
		assert_true(minutes > 0 || (tried[1] && tried[2] && tried[3]));
		moves = 0;
		minutes++;
	}
	/* what lives again is kept */
	before = chosen();
	live(600 * SECOND);
	assert_int_equal(chosen(), before);
}

/* A return takes evidence: the present one must die, and the other not have died lately. */
static void test_no_flapping_between_two(void **state)
{
	(void)state;
	set(1, 100, false);
	set(2, 50, false);
	live(SECOND);
	die(10 * SECOND);
	assert_int_equal(chosen(), 2);
	live(11 * SECOND);
	die(12 * SECOND);
	assert_int_equal(chosen(), 2); /* the first died two seconds ago */
	assert_int_equal(link_next_deadline(one), 25 * SECOND);
	live(13 * SECOND); /* it came back by itself */
	link_choose(one, &home, 26 * SECOND);
	assert_int_equal(chosen(), 2);
	die(60 * SECOND);
	assert_int_equal(chosen(), 1);
	/* the more often it has died, the longer it takes */
	live(61 * SECOND);
	die(62 * SECOND);
	assert_int_equal(chosen(), 1);
	link_choose(one, &home, 90 * SECOND - 1);
	assert_int_equal(chosen(), 1);
	link_choose(one, &home, 90 * SECOND);
	assert_int_equal(chosen(), 2);
	/* of a network that was left hours ago nothing is held against it */
	live(91 * SECOND);
	die(10000 * SECOND);
	assert_int_equal(chosen(), 1);
	live(10001 * SECOND);
	die(10015 * SECOND);
	assert_int_equal(chosen(), 2);
}

/* A new address has the place of one that is gone, and not its deaths. */
static void test_new_address_has_not_died(void **state)
{
	(void)state;
	set(1, 100, false);
	set(2, 50, false);
	die(10 * SECOND);
	die(11 * SECOND);
	live(12 * SECOND);
	die(60 * SECOND); /* the second death of 2 */
	assert_int_equal(chosen(), 1);
	live(61 * SECOND);
	gone(2);
	set(3, 20, false);
	die(70 * SECOND);
	assert_int_equal(chosen(), 3);
	die(71 * SECOND);
	link_choose(one, &home, 100 * SECOND);
	assert_int_equal(chosen(), 1); /* its second death was at 70 s */
	die(101 * SECOND);
	link_choose(one, &home, 115 * SECOND);
	assert_int_equal(chosen(), 3);
}

/* RFC 8028 3.1 */
static void test_router_of_the_address(void **state)
{
	(void)state;
	static struct icmpv6 message = {.type = ICMPV6_ROUTER_ADVERTISEMENT,
		.router_lifetime = 1800,
		.prefixes_count = 1,
		.prefixes[0] = {.length = 128, .valid = 3600}};
	struct in6_addr routers[2] = {
		{.s6_addr = {0xfe, 0x80, [15] = 1}}, {.s6_addr = {0xfe, 0x80, [15] = 2}}};
	struct in6_addr router;
	set(1, 100, false);
	set(2, 50, false);
	for (uint8_t i = 0; i < 2; i++) {
		message.prefixes[0].prefix = candidate((uint8_t)(i + 1), 0, false).address;
		advertised_prefixes_take(&one->advertised, &routers[i], &message,
			&(struct own_addresses){NULL, 0}, 1000);
	}
	router = link_router(one, 1000);
	assert_memory_equal(&router, &routers[0], sizeof(router));
	die(2000);
	assert_int_equal(chosen(), 2);
	router = link_router(one, 2000);
	assert_memory_equal(&router, &routers[1], sizeof(router));
	up(false, 5);
	up(true, 5);
	router = link_router(one, 2000);
	assert_true(IN6_IS_ADDR_UNSPECIFIED(&router));
}

static void test_other_interface_starts_anew(void **state)
{
	(void)state;
	set(1, 100, false);
	one->path.state = PATH_ALIVE;
	up(true, 6);
	assert_int_equal(chosen(), 1);
	assert_int_equal(one->path.state, PATH_UNPROVEN);
}

/* RFC 6275 6.1.8: what the home agent refused is not chosen while there is another */
static void test_refused_gives_way(void **state)
{
	(void)state;
	set(1, 100, false);
	set(2, 50, false);
	const struct host_address refused = candidate(1, 0, false);
	link_address_refuse(one, &refused.address, 600 * NANOS_PER_SECOND);
	link_choose(one, &home, 2000);
	assert_int_equal(chosen(), 2);
	/* not even for one that is deprecated, or has died */
	set(2, 50, true);
	assert_int_equal(chosen(), 2);
	one->path.state = PATH_DEAD;
	link_choose(one, &home, 3000);
	assert_int_equal(chosen(), 2);
	/* an address that comes back is another one */
	gone(1);
	set(1, 100, false);
	assert_int_equal(chosen(), 1);
}

/* ... until then, or until all is forgiven */
static void test_refusal_ends(void **state)
{
	(void)state;
	for (unsigned forgiven = 0; forgiven < 2; forgiven++) {
		begin(state);
		set(1, 100, false);
		set(2, 50, false);
		const struct host_address refused = candidate(1, 0, false);
		assert_int_equal(link_next_deadline(one), NANOS_NEVER);
		link_address_refuse(one, &refused.address, 9000);
		assert_int_equal(link_next_deadline(one), 9000);
		link_choose(one, &home, 2000);
		gone(2);
		set(3, 20, true);
		assert_int_equal(chosen(), 3);
		if (forgiven)
			link_forgive(one);
		link_choose(one, &home, forgiven ? 3000 : 8999);
		assert_int_equal(chosen(), forgiven ? 1 : 3);
		link_choose(one, &home, 9000);
		assert_int_equal(chosen(), 1);
		assert_int_equal(link_next_deadline(one), NANOS_NEVER);
	}
}

/* RFC 5648 5.6.3: the home address, without any address of the link's own; not probed */
static void test_home_link(void **state)
{
	(void)state;
	assert_null(links_home(&links));
	one->use = LINK_HOME;
	link_choose(one, &home, 2000);
	assert_ptr_equal(links_home(&links), one);
	assert_int_equal(chosen(), 0xff);
	assert_int_equal(one->path.state, PATH_ALIVE);
	assert_true(path_next_deadline(&one->path) == NANOS_NEVER);
	one->use = LINK_UNUSED;
	set(1, 100, false);
	assert_int_equal(chosen(), 0);
	assert_int_equal(one->path.state, PATH_DOWN);
	one->use = LINK_VISITED;
	link_choose(one, &home, 3000);
	assert_int_equal(chosen(), 1);
	assert_int_equal(one->path.state, PATH_UNPROVEN);
}

/* What its routers said is not believed of another interface, nor after a loss of carrier. */
static void test_routers_are_forgotten(void **state)
{
	(void)state;
	struct host_link link = {
		.bid = 1, .priority = 10, .up = true, .ifindex = 5, .has_link_layer = true};
	link_set(one, &link, 1000);
	for (unsigned i = 0; i < 3; i++) {
		one->detection.home_until = NANOS_NEVER;
		link_set(one, &link, 1000);
		assert_true(home_detection_is_home(&one->detection));
		if (i == 0)
			link.up = false;
		else if (i == 1)
			link.link_layer[5]++;
		else
			link.ifindex++;
		link_set(one, &link, 1000);
		assert_false(home_detection_is_home(&one->detection));
		link.up = true;
		link_set(one, &link, 1000);
	}
}

static void test_room(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= LINK_CANDIDATES_MAX; i++)
		set(i, i, false);
	const struct host_address more = candidate(200, 1, false);
	assert_int_equal(link_address_set(one, &more), -ENOSPC);
	for (uint16_t bid = 2; bid <= BINDINGS_MAX; bid++)
		assert_non_null(links_add(&links, bid, &limits));
	assert_null(links_add(&links, 100, &limits));
	links_remove(&links, links_find(&links, 1));
	assert_null(links_find(&links, 1));
	assert_non_null(links_find(&links, BINDINGS_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_latest_formed, begin),
		cmocka_unit_test_setup(test_present_stays, begin),
		cmocka_unit_test_setup(test_deprecated_gives_way, begin),
		cmocka_unit_test_setup(test_dead_gives_way_without_to_and_fro, begin),
		cmocka_unit_test_setup(test_dead_ones_take_turns, begin),
		cmocka_unit_test_setup(test_no_flapping_between_two, begin),
		cmocka_unit_test_setup(test_new_address_has_not_died, begin),
		cmocka_unit_test_setup(test_router_of_the_address, begin),
		cmocka_unit_test_setup(test_other_interface_starts_anew, begin),
		cmocka_unit_test_setup(test_refused_gives_way, begin),
		cmocka_unit_test_setup(test_refusal_ends, begin),
		cmocka_unit_test_setup(test_home_link, begin),
		cmocka_unit_test_setup(test_routers_are_forgotten, begin),
		cmocka_unit_test_setup(test_room, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
