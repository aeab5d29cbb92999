/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what a home agent tells nodes abroad of the prefixes of its home link, asked and unasked
 * (RFC 6275 10.6). Solicitations are put together octet by octet, advertisements read so.
 */
#include "support/cmocka_scene.h"
#include "support/neighbour.h"

#include <string.h>

#define NEW_PREFIX "2001:db8:9::"
#define IDENTIFIER 0xabcd
#define MIN_S 10
#define MAX_S 20
#define HOUR (3600 * SECOND)
#define INFINITE UINT32_MAX

/* ---- messages ---- */

/* RFC 6275 6.7. `home_address`: NULL: without the option. */
static void solicit(struct scene *scene, const char *care_of, const char *home_address)
{
	const uint8_t octets[] = {146, 0, 0, 0, IDENTIFIER >> 8, IDENTIFIER & 0xff, 0xff, 0xff};
	uint8_t packet[PACKET_OCTETS_MAX];
	struct in6_addr home = {0};
	if (home_address)
		home = address_of(home_address);
	const struct packet_envelope envelope = {
		.source = address_of(care_of),
		.destination = address_of(HOME_AGENT),
		.home_address = home_address ? &home : NULL,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 60,
	};
	size_t length = packet_build(
		&envelope, (struct octets){octets, sizeof(octets)}, packet, sizeof(packet));
	scene_packet(scene, &scene->home_agent, CORE_LINK, (struct octets){packet, length});
}

struct option {
	struct in6_addr prefix;
	uint8_t length;
	uint8_t flags;
	uint32_t valid;
	uint32_t preferred;
};

struct advertisement {
	struct packet packet;
	uint16_t identifier;
	size_t count;
	struct option options[16];
};

static uint32_t number(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* RFC 6275 6.8, 7.2; M, O and what is reserved are zero. */
static bool is_advertisement(const struct effect *effect, void *ctx)
{
	struct advertisement *ret = ctx;
	*ret = (struct advertisement){.count = 0};
	if (effect->type != EFFECT_SEND)
		return false;
	assert_int_equal(
		packet_decode(effect->send.octets, effect->send.length, &ret->packet), WIRE_OK);
	const uint8_t *at = ret->packet.payload.at;
	size_t length = ret->packet.payload.length;
	if (ret->packet.next_header != ICMPV6_NEXT_HEADER || at[0] != 147)
		return false;
	assert_int_equal(at[1] | at[6] | at[7], 0);
	ret->identifier = (uint16_t)(at[4] << 8 | at[5]);
	assert_int_equal((length - 8) % 32, 0);
	for (const uint8_t *option = at + 8; option < at + length; option += 32) {
		assert_int_equal(option[0], 3);
		assert_int_equal(option[1], 4);
		struct option *to = &ret->options[ret->count++];
		to->length = option[2];
		to->flags = option[3];
		to->valid = number(option + 4);
		to->preferred = number(option + 8);
		memcpy(&to->prefix, option + 16, sizeof(to->prefix));
	}
	return true;
}

static bool next_advertisement(struct scene *scene, struct advertisement *ret)
{
	return find_past(&scene->home_agent, is_advertisement, ret) != NULL;
}

static struct advertisement expect_advertisement(struct scene *scene)
{
	struct advertisement advertisement;
	if (!next_advertisement(scene, &advertisement))
		fail_msg("no mobile prefix advertisement");
	return advertisement;
}

static void expect_none(struct scene *scene)
{
	struct advertisement advertisement;
	assert_false(next_advertisement(scene, &advertisement));
}

static void assert_address(const struct in6_addr *address, const char *expected)
{
	struct in6_addr wanted = address_of(expected);
	assert_memory_equal(address, &wanted, sizeof(wanted));
}

/* ---- what happens ---- */

static void begin_with(struct scene *scene, bool advertises)
{
	struct home_agent_config config = home_agent_defaults();
	config.prefix_advertisement = advertises;
	config.advertisement_min_s = MIN_S;
	config.advertisement_max_s = MAX_S;
	config.lifetime_max = 10000;
	scene_with_home_agent(scene, &config);
}

/* HOME is bound at CARE_OF_1 for so long. */
static void bind_home(struct scene *scene, uint16_t sequence, unsigned lifetime)
{
	struct update update = update_of(scene, sequence);
	update_bid(&update, 1, CARE_OF_1);
	update_lifetime(&update, lifetime);
	update_send(&update);
	take_all(&scene->home_agent);
}

static void begin(struct scene *scene)
{
	begin_with(scene, true);
	bind_home(scene, 1, 4000);
}

static void set_prefix(struct scene *scene, const char *prefix, nanos valid, nanos preferred)
{
	const struct host_event event = {
		.type = HOST_PREFIX_SET,
		.prefix = {.prefix = address_of(prefix),
			.length = 64,
			.on_link = true,
			.autonomous = true,
			.valid_until = valid == NANOS_NEVER ? valid : scene->now.mono + valid,
			.preferred_until =
				preferred == NANOS_NEVER ? preferred : scene->now.mono + preferred},
	};
	scene_tell(scene, &scene->home_agent, &event);
}

static void remove_prefix(struct scene *scene, const char *prefix)
{
	const struct host_event event = {
		.type = HOST_PREFIX_REMOVE,
		.prefix = {.prefix = address_of(prefix), .length = 64},
	};
	scene_tell(scene, &scene->home_agent, &event);
}

/* Until the unsolicited one that is due was sent, which has the latest time that it may. */
static struct advertisement expect_unsolicited(struct scene *scene)
{
	scene_advance(scene, MIN_S * SECOND - 1);
	expect_none(scene);
	struct advertisement advertisement;
	for (unsigned i = 0; i < 10 * (MAX_S - MIN_S) + 1; i++) {
		if (next_advertisement(scene, &advertisement))
			return advertisement;
		scene_advance(scene, SECOND / 10);
	}
	fail_msg("no unsolicited advertisement");
	return advertisement;
}

/* ---- solicited ---- */

/* Shows RFC 6275 10.6.2-1, 10.6.3-1, 10.6.3-2, 10.6.3-3, 10.6.3-4, 10.6.3-7, 6.8-2, 6.8-5, 6.8-7,
 * 6.8-9, 6.8-10, and 6.8-12. */
static void test_solicited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	scene_advance(&scene, SECOND / 2);
	solicit(&scene, CARE_OF_1, HOME);
	struct advertisement advertisement = expect_advertisement(&scene);
	assert_address(&advertisement.packet.source, HOME_AGENT);
	assert_address(&advertisement.packet.destination, CARE_OF_1);
	assert_true(advertisement.packet.has_routing);
	assert_address(&advertisement.packet.routing_address, HOME);
	assert_int_equal(advertisement.identifier, IDENTIFIER);
	assert_int_equal(advertisement.count, 2);
	/* L, A, R: the home agent's own address */
	assert_address(&advertisement.options[0].prefix, HOME_AGENT);
	assert_int_equal(advertisement.options[0].length, 64);
	assert_int_equal(advertisement.options[0].flags, 0xe0);
	assert_true(advertisement.options[0].valid == INFINITE);
	assert_true(advertisement.options[0].preferred == INFINITE);
	/* L, A; what remains of the lifetimes, in whole seconds */
	assert_address(&advertisement.options[1].prefix, NEW_PREFIX);
	assert_int_equal(advertisement.options[1].flags, 0xc0);
	assert_int_equal(advertisement.options[1].valid, 7199);
	assert_int_equal(advertisement.options[1].preferred, 3599);
	scene_end(&scene);
}

/* RFC 6275 9.3.1: only from a care-of address of the home address; else there is no home address.
 */
static void test_solicitations_that_are_none(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	solicit(&scene, CARE_OF_2, HOME);
	solicit(&scene, CARE_OF_1, "2001:db8:1::101");
	solicit(&scene, CARE_OF_1, NULL);
	expect_none(&scene);
	assert_int_equal(drops_of(&scene, DROP_NO_BINDING), 2);
	assert_int_equal(drops_of(&scene, DROP_NOT_FOR_US), 1);
	scene_end(&scene);
}

static void test_no_advertisements(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, false);
	bind_home(&scene, 1, 4000);
	solicit(&scene, CARE_OF_1, HOME);
	set_prefix(&scene, NEW_PREFIX, NANOS_NEVER, NANOS_NEVER);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* One a second: what comes too soon is answered when the second is over. Shows RFC 6275 6.8-11. */
static void test_one_a_second(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 100; i++)
		solicit(&scene, CARE_OF_1, HOME);
	expect_advertisement(&scene);
	scene_advance(&scene, SECOND - 1);
	expect_none(&scene);
	scene_advance(&scene, 1);
	assert_int_equal(expect_advertisement(&scene).identifier, IDENTIFIER);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* Such a late answer goes to no care-of address that is not bound any more. */
static void test_gone_meanwhile(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	solicit(&scene, CARE_OF_1, HOME);
	solicit(&scene, CARE_OF_1, HOME);
	expect_advertisement(&scene);
	struct update update = update_of(&scene, 2);
	update.source = address_of(CARE_OF_2);
	update_bid(&update, 1, CARE_OF_2);
	update_send(&update);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_advance(&scene, 10 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* ---- unsolicited ---- */

/* Between the least and the greatest delay, at another time for each. Shows RFC 6275 10.6.2-2,
 * 10.6.2-3, 10.3.1-39, and 6.8-1. */
static void test_unsolicited(void **state)
{
	(void)state;
	nanos first = 0;
	bool differs = false;
	struct scene scene;
	begin(&scene);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	for (unsigned i = 0; i < 8; i++) {
		nanos changed = scene.now.mono;
		set_prefix(&scene, NEW_PREFIX, (2 + i) * HOUR, HOUR);
		struct advertisement advertisement = expect_unsolicited(&scene);
		assert_address(&advertisement.packet.destination, CARE_OF_1);
		assert_address(&advertisement.packet.routing_address, HOME);
		assert_int_equal(advertisement.count, 2);
		nanos delay = scene.now.mono - changed;
		differs = differs || (first && delay != first);
		first = delay;
		scene_advance(&scene, SECOND);
		solicit(&scene, CARE_OF_1, HOME);
		expect_advertisement(&scene);
	}
	assert_true(differs);
	remove_prefix(&scene, NEW_PREFIX);
	assert_int_equal(expect_unsolicited(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 6275 10.6.2: a prefix that will not be preferred for long hastens it. */
static void test_not_later_than_preferred(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	set_prefix(&scene, "2001:db8:1::", 2 * HOUR, 11 * SECOND);
	scene_advance(&scene, MIN_S * SECOND - 1);
	expect_none(&scene);
	scene_advance(&scene, SECOND + 1);
	assert_int_equal(expect_advertisement(&scene).options[0].preferred, 0);
	scene_end(&scene);
}

/* Again after 3, 6 and 12 s. Shows RFC 6275 10.6.2-5, and 10.6.2-6. */
static void test_unsolicited_is_repeated(void **state)
{
	(void)state;
	static const nanos waits[] = {3, 6, 12};
	struct scene scene;
	begin(&scene);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	scene_advance(&scene, MIN_S * SECOND - 1);
	/* exactly until it is sent */
	nanos due = core_next_deadline(scene.home_agent.core);
	assert_true(due <= scene.now.mono + (MAX_S - MIN_S) * SECOND + 1);
	scene_advance(&scene, due - scene.now.mono);
	expect_advertisement(&scene);
	for (size_t i = 0; i < 3; i++) {
		scene_advance(&scene, waits[i] * SECOND - 1);
		expect_none(&scene);
		scene_advance(&scene, 1);
		expect_advertisement(&scene);
	}
	scene_advance(&scene, 200 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

static void test_solicitation_ends_it(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	expect_unsolicited(&scene);
	scene_advance(&scene, 1500 * NANOS_PER_MS);
	solicit(&scene, CARE_OF_1, HOME);
	assert_int_equal(expect_advertisement(&scene).identifier, IDENTIFIER);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* Shows RFC 6275 10.6.2-7. */
static void test_expiry_ends_it(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, true);
	bind_home(&scene, 1, 24);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	expect_unsolicited(&scene);
	scene_advance(&scene, 24 * SECOND);
	assert_int_equal(bindings_of(&scene).count, 0);
	take_all(&scene.home_agent);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* Given up, it begins anew with the next update from abroad; answered, it does not. Shows RFC 6275
 * 10.6.2-8. */
static void test_update_begins_it_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	expect_unsolicited(&scene);
	scene_advance(&scene, 100 * SECOND);
	take_all(&scene.home_agent);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 1, CARE_OF_1);
	update_lifetime(&update, 4000);
	update_send(&update);
	scene_advance(&scene, SECOND);
	expect_advertisement(&scene);
	scene_advance(&scene, SECOND);
	solicit(&scene, CARE_OF_1, HOME);
	expect_advertisement(&scene);
	bind_home(&scene, 3, 4000);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* Two changes, one advertisement, which has both. Shows RFC 6275 10.6.2-9. */
static void test_changes_are_combined(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	scene_advance(&scene, 5 * SECOND);
	set_prefix(&scene, "2001:db8:a::", 2 * HOUR, HOUR);
	scene_advance(&scene, (MAX_S - 5) * SECOND);
	assert_int_equal(expect_advertisement(&scene).count, 3);
	scene_advance(&scene, 2 * SECOND);
	solicit(&scene, CARE_OF_1, HOME);
	take_all(&scene.home_agent);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

/* Nobody is told who is not abroad. */
static void test_nobody_abroad(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, true);
	set_prefix(&scene, NEW_PREFIX, 2 * HOUR, HOUR);
	scene_advance(&scene, 100 * SECOND);
	expect_none(&scene);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_solicited),
		cmocka_unit_test(test_solicitations_that_are_none),
		cmocka_unit_test(test_no_advertisements),
		cmocka_unit_test(test_one_a_second),
		cmocka_unit_test(test_gone_meanwhile),
		cmocka_unit_test(test_unsolicited),
		cmocka_unit_test(test_not_later_than_preferred),
		cmocka_unit_test(test_unsolicited_is_repeated),
		cmocka_unit_test(test_solicitation_ends_it),
		cmocka_unit_test(test_expiry_ends_it),
		cmocka_unit_test(test_update_begins_it_again),
		cmocka_unit_test(test_changes_are_combined),
		cmocka_unit_test(test_nobody_abroad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
