/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 errors of the slow path: one site does not use up those to the others (RFC 4443 2.4 (f),
 * RFC 8201 4: a sender that misses Packet Too Big sends in vain).
 */
#include "../../../src/daemon/traffic/slow_path.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECONDS 10

static struct config config;
static struct daemon_basis basis;
static struct mobile_hosts no_mobile_nodes;
static struct slow_path slow;
static nanos now;
static struct in6_addr other;
static int sent_to_other;

/* ---- the daemon around it ---- */

int outer_packets_send(
	struct outer_packets *of, const struct in6_addr *home_address, struct octets packet)
{
	(void)of;
	(void)home_address;
	(void)packet;
	return 0;
}

bool outer_packets_take(struct outer_packets *of, struct octets packet)
{
	(void)of;
	(void)packet;
	return false;
}

struct moment __wrap_clock_now(void);
int __wrap_sender_add(struct sender *, uint32_t ifindex, const uint8_t *octets, size_t length);

struct moment __wrap_clock_now(void)
{
	return (struct moment){.mono = now};
}

int __wrap_sender_add(struct sender *sender, uint32_t ifindex, const uint8_t *octets, size_t length)
{
	(void)sender;
	assert_int_equal(ifindex, 0);
	assert_in_range(length, 40, 1280);
	sent_to_other += memcmp(octets + 24, &other, sizeof(other)) == 0;
	return 0;
}

/* ---- tests ---- */

static void make_random(void *ctx, void *to, size_t length)
{
	(void)ctx;
	memset(to, 0x5a, length);
}

static int set_up(void **state)
{
	(void)state;
	config.core.is_home_agent = true;
	basis.config = &config;
	basis.port.random = make_random;
	now = NANOS_PER_SECOND;
	sent_to_other = 0;
	slow_path_init(&slow, &basis, NULL, &no_mobile_nodes);
	inet_pton(AF_INET6, "2001:db8:7::1", &other);
	return 0;
}

static struct in6_addr in_site(uint16_t site, uint16_t network, uint16_t host)
{
	struct in6_addr address = {{{0x20, 1, 0x0d, 0xb9}}};

	address.s6_addr16[2] = htons(site);
	address.s6_addr16[3] = htons(network);
	address.s6_addr16[7] = htons(host);
	return address;
}

static void answer_to(const struct in6_addr *source)
{
	uint8_t octets[1400] = {0x60};
	uint8_t payload[2] = {(sizeof(octets) - 40) >> 8, (sizeof(octets) - 40) & 0xff};

	memcpy(octets + 4, payload, sizeof(payload));
	octets[6] = IPPROTO_UDP;
	octets[7] = 64;
	memcpy(octets + 8, source, sizeof(*source));
	inet_pton(AF_INET6, "2001:db8:e::10", octets + 24);
	slow_path_answer(
		&slow, (struct octets){octets, sizeof(octets)}, ICMP6_PACKET_TOO_BIG, 0, 1280);
}

static void site_does_not_silence_others(void **state)
{
	(void)state;
	for (int i = 0; i < SECONDS * 1000; i++) {
		const struct in6_addr source = in_site(1, (uint16_t)(i * 7), (uint16_t)i);

		now += NANOS_PER_SECOND / 1000;
		answer_to(&source);
		if (i % 1000 == 999)
			answer_to(&other);
	}
	assert_int_equal(sent_to_other, SECONDS);
	/* 50 at once, 100 a second */
	assert_in_range(slow.errors_sent - SECONDS, 1000, 1000 + 50);
}

static void all_sites_together_are_limited(void **state)
{
	(void)state;
	for (int i = 0; i < SECONDS * 10000; i++) {
		const struct in6_addr source = in_site((uint16_t)i, 0, 1);

		now += NANOS_PER_SECOND / 10000;
		answer_to(&source);
	}
	assert_in_range(slow.errors_sent, SECONDS * 1000, SECONDS * 1000 + 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(site_does_not_silence_others, set_up),
		cmocka_unit_test_setup(all_sites_together_are_limited, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
