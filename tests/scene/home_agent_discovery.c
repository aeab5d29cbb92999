/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: the home agent's list of home agents, and its replies to those who look for one
 * (RFC 6275 10.5). Advertisements and requests are put together octet by octet.
 */
#include "support/cmocka_scene.h"
#include "support/neighbour.h"

#include <arpa/inet.h>
#include <string.h>

/* RFC 2526 2: the interface identifier fdff:ffff:ffff:fffe */
#define ANYCAST "2001:db8:1:0:fdff:ffff:ffff:fffe"
#define SEEKER "2001:db8:2::100"
#define IDENTIFIER 0xabcd
#define AGENTS_MAX 77

#define NO_INFORMATION (-1)

/* Another home agent: fe80::100 + `number`, with the address 2001:db8:1::`number`. */
struct agent {
	unsigned number;
	bool not_home_agent;    /* H is clear */
	bool host_prefix;       /* R is clear: a prefix, no address */
	int preference;         /* NO_INFORMATION: without the option */
	uint16_t lifetime;      /* of the option */
	uint16_t router;        /* Router Lifetime */
	uint32_t valid;         /* of its prefix */
	unsigned second;        /* 2001:db8:1::`second` too; 0: none */
	uint32_t ifindex;       /* 0: HOME_LINK */
	const char *advertises; /* another address; NULL */
};

static const struct agent plain = {
	.number = 2, .preference = NO_INFORMATION, .router = 1800, .valid = 86400};

static void put_address(struct builder *to, const struct agent *agent, unsigned number)
{
	char text[INET6_ADDRSTRLEN];
	snprintf(text, sizeof(text), "2001:db8:1::%x", number);
	struct in6_addr address = address_of(agent->advertises ? agent->advertises : text);
	builder_u8(to, 3);
	builder_u8(to, 4);
	builder_u8(to, 64);
	builder_u8(to, agent->host_prefix ? 0xc0 : 0xe0);
	builder_u32(to, agent->valid);
	builder_u32(to, agent->valid);
	builder_u32(to, 0);
	builder_octets(to, address.s6_addr, sizeof(address.s6_addr));
}

/* RFC 4861 4.2, RFC 6275 7.1, 7.2, 7.4 */
static void advertise(struct scene *scene, const struct agent *agent)
{
	uint8_t octets[256], packet[PACKET_OCTETS_MAX];
	char source[INET6_ADDRSTRLEN];
	struct builder to = builder_over(octets, sizeof(octets));
	builder_u8(&to, 134);
	builder_u8(&to, 0);
	builder_u16(&to, 0);
	builder_u8(&to, 64);
	builder_u8(&to, agent->not_home_agent ? 0 : 0x20);
	builder_u16(&to, agent->router);
	builder_u32(&to, 0);
	builder_u32(&to, 0);
	put_address(&to, agent, agent->number);
	if (agent->second)
		put_address(&to, agent, agent->second);
	if (agent->preference != NO_INFORMATION) {
		builder_u8(&to, 8);
		builder_u8(&to, 1);
		builder_u16(&to, 0);
		builder_u16(&to, (uint16_t)agent->preference);
		builder_u16(&to, agent->lifetime);
	}
	snprintf(source, sizeof(source), "fe80::%x", 0x100 + agent->number);
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of("ff02::1"),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 255,
	};
	size_t length = packet_build(
		&envelope, (struct octets){octets, builder_length(&to)}, packet, sizeof(packet));
	scene_packet(scene, &scene->home_agent, agent->ifindex ? agent->ifindex : HOME_LINK,
		(struct octets){packet, length});
}

/* RFC 6275 6.5; with reserved bits, which mean nothing */
static void ask(struct scene *scene, const char *source, const char *destination)
{
	const uint8_t octets[] = {144, 0, 0, 0, IDENTIFIER >> 8, IDENTIFIER & 0xff, 0x7f, 0xff};
	uint8_t packet[PACKET_OCTETS_MAX];
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(destination),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 60,
	};
	size_t length = packet_build(
		&envelope, (struct octets){octets, sizeof(octets)}, packet, sizeof(packet));
	scene_packet(scene, &scene->home_agent, CORE_LINK, (struct octets){packet, length});
}

struct answer {
	const struct effect_send *send;
	struct packet packet;
	size_t count;
	unsigned numbers[AGENTS_MAX]; /* the last 16 bits of each address */
};

static struct answer take_answer(struct scene *scene)
{
	struct answer answer = {.send = &take(&scene->home_agent, EFFECT_SEND)->send};
	assert_int_equal(
		packet_decode(answer.send->octets, answer.send->length, &answer.packet), WIRE_OK);
	const uint8_t *at = answer.packet.payload.at;
	size_t length = answer.packet.payload.length;
	assert_int_equal(at[0], 145);
	assert_int_equal(at[1], 0);
	assert_int_equal(at[4] << 8 | at[5], IDENTIFIER);
	assert_int_equal(at[6] | at[7], 0);
	assert_int_equal((length - 8) % 16, 0);
	for (size_t i = 8; i < length; i += 16) {
		assert_true(answer.count < AGENTS_MAX);
		answer.numbers[answer.count++] = (unsigned)(at[i + 14] << 8 | at[i + 15]);
	}
	return answer;
}

static struct answer answer_of(struct scene *scene)
{
	scene_advance(scene, 10 * SECOND); /* so that no limit matters */
	take_all(&scene->home_agent);
	ask(scene, SEEKER, ANYCAST);
	return take_answer(scene);
}

static bool has(const struct answer *answer, unsigned number)
{
	for (size_t i = 0; i < answer->count; i++)
		if (answer->numbers[i] == number)
			return true;
	return false;
}

static void begin_with(struct scene *scene, uint16_t preference)
{
	struct home_agent_config config = home_link_defaults();
	config.discovery = true;
	config.preference = preference;
	home_link_begin(scene, &config);
	take_all(&scene->home_agent);
}

static void begin(struct scene *scene)
{
	begin_with(scene, 0);
}

/* ---- the reply ---- */

/* Shows RFC 6275 10.5.1-5, 6.5-2, 6.5-3, and 6.6-1. */
static void test_reply(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	ask(&scene, SEEKER, ANYCAST);
	struct answer answer = take_answer(&scene);
	struct in6_addr from = address_of(HOME_AGENT), to = address_of(SEEKER);
	assert_memory_equal(&answer.packet.source, &from, sizeof(from));
	assert_memory_equal(&answer.packet.destination, &to, sizeof(to));
	assert_int_equal(answer.count, 1);
	assert_memory_equal(answer.packet.payload.at + 8, &from, sizeof(from));
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* Another's prefix, or an address that is not anycast; and sources that cannot be answered. */
static void test_requests_that_are_none(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	ask(&scene, SEEKER, "2001:db8:9:0:fdff:ffff:ffff:fffe");
	ask(&scene, SEEKER, HOME_AGENT);
	ask(&scene, "::", ANYCAST);
	ask(&scene, "fe80::9", ANYCAST);
	ask(&scene, "ff02::1", ANYCAST);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

static void test_no_discovery(void **state)
{
	(void)state;
	const struct home_agent_config config = home_link_defaults();
	struct scene scene;
	home_link_begin(&scene, &config);
	take_all(&scene.home_agent);
	advertise(&scene, &plain);
	ask(&scene, SEEKER, ANYCAST);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_NOT_FOR_US), 1);
	scene_end(&scene);
}

/* Anybody can ask, in anybody's name. */
static void test_rate_limit(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 1000; i++)
		ask(&scene, SEEKER, ANYCAST);
	assert_true(count_ahead(&scene.home_agent, EFFECT_SEND) < 50);
	assert_true(drops_of(&scene, DROP_RATE_LIMITED) > 950);
	scene_end(&scene);
}

/* Many nodes may be behind one network: 14 of them ask each second, and all are answered. */
static void test_many_seekers_of_one_network(void **state)
{
	(void)state;
	struct scene scene;
	char source[INET6_ADDRSTRLEN];
	begin(&scene);
	for (unsigned second = 0; second < 5; second++) {
		for (unsigned i = 0; i < 14; i++) {
			snprintf(source, sizeof(source), "2001:db8:2::%x", 0x100 + i);
			ask(&scene, source, ANYCAST);
		}
		assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), 14);
		take_all(&scene.home_agent);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(drops_of(&scene, DROP_RATE_LIMITED), 0);
	scene_end(&scene);
}

/* Shows RFC 6275 10.5.1-7. */
static void test_order(void **state)
{
	(void)state;
	static const int preferences[] = {7, 65535, 9, 8};
	static const unsigned expected[] = {3, 4, 5, 1, 2};
	struct scene scene;
	begin_with(&scene, 8);
	for (unsigned i = 0; i < 4; i++) {
		struct agent agent = plain;
		agent.number = 2 + i;
		agent.preference = preferences[i];
		agent.lifetime = 1000;
		advertise(&scene, &agent);
	}
	/* 1 and 5 are equals */
	bool seen[2] = {false, false};
	for (unsigned i = 0; i < 20; i++) {
		struct answer answer = answer_of(&scene);
		assert_int_equal(answer.count, 5);
		assert_int_equal(answer.numbers[0], expected[0]);
		assert_int_equal(answer.numbers[1], expected[1]);
		assert_int_equal(answer.numbers[4], expected[4]);
		seen[answer.numbers[2] == 5] = true;
	}
	assert_true(seen[0] && seen[1]);
	scene_end(&scene);
}

/* Each of five comes first at some time, and two addresses of one home agent in either order. Shows
 * RFC 6275 10.5.1-6, 10.5.1-8, and 10.5.1-9. */
static void test_equals_in_random_order(void **state)
{
	(void)state;
	bool first[6] = {false}, either[2] = {false};
	struct scene scene;
	begin(&scene);
	for (unsigned i = 2; i < 5; i++) {
		struct agent agent = plain;
		agent.number = i;
		agent.second = i == 4 ? 5 : 0;
		advertise(&scene, &agent);
	}
	for (unsigned i = 0; i < 60; i++) {
		struct answer answer = answer_of(&scene);
		size_t place[6] = {0};
		assert_int_equal(answer.count, 5);
		for (size_t j = 0; j < 5; j++)
			place[answer.numbers[j]] = j;
		first[answer.numbers[0]] = true;
		either[place[4] < place[5]] = true;
	}
	for (unsigned i = 1; i < 6; i++)
		assert_true(first[i]);
	assert_true(either[0] && either[1]);
	scene_end(&scene);
}

/* As many as the list has: no reply is longer than 1280 octets, and those of low preference are not
 * what it has instead. Shows RFC 6275 10.5.1-10. */
static void test_full_list(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, 1);
	for (unsigned i = 0; i < 200; i++) {
		struct agent agent = plain;
		agent.number = 2 + i;
		advertise(&scene, &agent);
	}
	struct answer answer = answer_of(&scene);
	assert_true(answer.send->length <= 1280);
	assert_int_equal(answer.count, 77);
	assert_int_equal(answer.send->length, 1280);
	assert_int_equal(answer.numbers[0], 1);
	assert_true(has(&answer, 2));
	scene_end(&scene);
}

/* Two routers claim one address: it is listed once, and what one takes back the other has not. */
static void test_address_of_two_routers(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, 5);
	struct agent agent = plain, liar = plain;
	agent.preference = 9;
	agent.lifetime = 1800;
	liar.number = 3;
	liar.advertises = "2001:db8:1::2";
	advertise(&scene, &agent);
	advertise(&scene, &liar);
	struct answer answer = answer_of(&scene);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.numbers[0], 2);
	liar.not_home_agent = true;
	advertise(&scene, &liar);
	answer = answer_of(&scene);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.numbers[0], 2);
	scene_end(&scene);
}

/* ---- the list ---- */

/* Without the option, the preference is 0, and the Router Lifetime counts. Shows RFC 6275 10.5.1-1,
 * 10.5.1-2, 10.5.1-3, 10.5.1-4, 10.1-4, 7.4-4, and 7.4-10. */
static void test_defaults(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, 1);
	advertise(&scene, &plain);
	for (unsigned i = 0; i < 20; i++) {
		struct answer answer = answer_of(&scene);
		assert_int_equal(answer.count, 2);
		assert_int_equal(answer.numbers[1], 2);
	}
	scene_advance(&scene, (1800 - 200) * SECOND - 1);
	take_all(&scene.home_agent);
	ask(&scene, SEEKER, ANYCAST);
	assert_int_equal(take_answer(&scene).count, 2);
	scene_advance(&scene, 1);
	ask(&scene, SEEKER, ANYCAST);
	assert_int_equal(take_answer(&scene).count, 1);
	scene_end(&scene);
}

/* Hearing it again renews it, with whatever it says then. */
static void test_heard_again(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, 5);
	struct agent agent = plain;
	advertise(&scene, &agent);
	scene_advance(&scene, 1700 * SECOND);
	agent.preference = 9;
	agent.lifetime = 500;
	advertise(&scene, &agent);
	scene_advance(&scene, 400 * SECOND);
	struct answer answer = answer_of(&scene);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.numbers[0], 2);
	scene_advance(&scene, 100 * SECOND);
	assert_int_equal(answer_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 6275 10.5.1: H clear, or a lifetime of zero, and it is none any more. The option without H
 * says nothing. Shows RFC 6275 7.4-9. */
static void test_no_home_agent_any_more(void **state)
{
	(void)state;
	struct agent ends[] = {plain, plain, plain};
	ends[0].not_home_agent = true;
	ends[0].preference = 7;
	ends[0].lifetime = 1800;
	ends[1].preference = 7;
	ends[1].lifetime = 0;
	ends[2].router = 0;
	for (size_t i = 0; i < 3; i++) {
		struct scene scene;
		begin(&scene);
		advertise(&scene, &ends[i]);
		assert_int_equal(answer_of(&scene).count, 1);
		struct agent agent = plain, other = plain;
		agent.second = 3;
		other.number = 4;
		advertise(&scene, &agent);
		advertise(&scene, &other);
		assert_int_equal(answer_of(&scene).count, 4);
		advertise(&scene, &ends[i]);
		struct answer answer = answer_of(&scene);
		assert_int_equal(answer.count, 2);
		assert_true(has(&answer, 4));
		scene_end(&scene);
	}
}

/* Not longer than its prefix is valid. Shows RFC 6275 10.1-3. */
static void test_prefix_that_ends(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct agent agent = plain;
	agent.valid = 100;
	advertise(&scene, &agent);
	assert_int_equal(answer_of(&scene).count, 2);
	agent.valid = 0;
	advertise(&scene, &agent);
	assert_int_equal(answer_of(&scene).count, 1);
	agent.valid = 100;
	advertise(&scene, &agent);
	scene_advance(&scene, 90 * SECOND - 1);
	assert_int_equal(answer_of(&scene).count, 2);
	assert_int_equal(answer_of(&scene).count, 1);
	scene_end(&scene);
}

/* A prefix is no address; and only routable ones are of use to somebody far away. */
static void test_addresses_of_no_use(void **state)
{
	(void)state;
	static const char *const useless[] = {"ff02::1", "fe80::7", "::"};
	struct scene scene;
	begin(&scene);
	struct agent agent = plain;
	agent.host_prefix = true;
	advertise(&scene, &agent);
	for (size_t i = 0; i < 3; i++) {
		agent = plain;
		agent.advertises = useless[i];
		advertise(&scene, &agent);
	}
	agent = plain;
	agent.advertises = HOME_AGENT;
	advertise(&scene, &agent);
	assert_int_equal(answer_of(&scene).count, 1);
	scene_end(&scene);
}

/* Home agents of other links are none of this. */
static void test_another_link(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct agent agent = plain;
	agent.ifindex = CORE_LINK;
	advertise(&scene, &agent);
	assert_int_equal(drops_of(&scene, DROP_NOT_ON_HOME_LINK), 1);
	assert_int_equal(answer_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 6275 7.2: its address on this link, and no way to send mobile nodes to another network. */
static void test_addresses_of_other_prefixes(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct agent agent = plain;
	agent.advertises = "2001:db8:bad::1";
	agent.preference = 65535;
	agent.lifetime = 65535;
	advertise(&scene, &agent);
	assert_int_equal(answer_of(&scene).count, 1);
	/* A second prefix that the link has been given is as good as the first. */
	struct host_event prefix = {.type = HOST_PREFIX_SET,
		.prefix = {.prefix = address_of("2001:db8:bad::"),
			.length = 64,
			.valid_until = NANOS_NEVER,
			.preferred_until = NANOS_NEVER}};
	scene_tell(&scene, &scene.home_agent, &prefix);
	advertise(&scene, &agent);
	assert_int_equal(answer_of(&scene).count, 2);
	scene_end(&scene);
}

struct seen {
	size_t count;
	struct home_agent_view at[8];
};

static void see(void *ctx, const struct home_agent_view *view)
{
	struct seen *seen = ctx;
	assert_true(seen->count < 8);
	seen->at[seen->count++] = *view;
}

static void test_view(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct scene scene;
	begin_with(&scene, 3);
	struct agent agent = plain;
	agent.preference = 9;
	agent.lifetime = 100;
	advertise(&scene, &agent);
	home_agent_each_home_agent(core_home_agent(scene.home_agent.core), see, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.at[0].preference, 9);
	assert_true(seen.at[0].until == scene.now.mono + 100 * SECOND);
	assert_int_equal(seen.at[1].preference, 3);
	assert_true(seen.at[1].until == NANOS_NEVER);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_requests_that_are_none),
		cmocka_unit_test(test_no_discovery),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_many_seekers_of_one_network),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_equals_in_random_order),
		cmocka_unit_test(test_full_list),
		cmocka_unit_test(test_address_of_two_routers),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_heard_again),
		cmocka_unit_test(test_no_home_agent_any_more),
		cmocka_unit_test(test_prefix_that_ends),
		cmocka_unit_test(test_addresses_of_no_use),
		cmocka_unit_test(test_addresses_of_other_prefixes),
		cmocka_unit_test(test_another_link),
		cmocka_unit_test(test_view),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
