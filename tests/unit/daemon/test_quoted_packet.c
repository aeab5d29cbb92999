/* SPDX-License-Identifier: BSD-2-Clause */
/* What a quoted packet was before route optimization put its headers in (RFC 6275 6.3, 6.4). */
#include "../../../src/daemon/traffic/quoted_packet.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UDP 17
#define OPTIONS 60
#define ROUTING 43
#define PAYLOAD 16

static const char care_of[] = "2001:db8:1::5";
static const char home[] = "2001:db8:100::100";
static const char correspondent[] = "2001:db8:c::1";

static uint8_t octets[256];
static size_t length;
static struct quoted_packet quoted;

static void put_address(uint8_t *at, const char *text)
{
	inet_pton(AF_INET6, text, at);
}

/* An IPv6 header with that many octets behind it, of which the last ones count up. */
static void begin(uint8_t next_header, const char *source, const char *destination, size_t headers)
{
	memset(octets, 0, sizeof(octets));
	length = 40 + headers + PAYLOAD;
	octets[0] = 0x60;
	octets[5] = (uint8_t)(headers + PAYLOAD);
	octets[6] = next_header;
	octets[7] = 63;
	put_address(octets + 8, source);
	put_address(octets + 24, destination);
	for (size_t i = 0; i < PAYLOAD; i++)
		octets[40 + headers + i] = (uint8_t)(i + 1);
}

/* RFC 6275 6.3: PadN of four octets, option 201 of length 16 */
static void put_home_address(size_t at, uint8_t next_header, const char *address)
{
	const uint8_t start[] = {next_header, 2, 1, 2, 0, 0, 201, 16};

	memcpy(octets + at, start, sizeof(start));
	put_address(octets + at + 8, address);
}

/* RFC 6275 6.4.1 */
static void put_routing(size_t at, uint8_t next_header, const char *address)
{
	const uint8_t start[] = {next_header, 2, 2, 1, 0, 0, 0, 0};

	memcpy(octets + at, start, sizeof(start));
	put_address(octets + at + 8, address);
}

/* What the socket wrote: UDP from and to these, and the payload. */
static void expect(const char *source, const char *destination)
{
	uint8_t expected[sizeof(octets)];

	memcpy(expected, octets, sizeof(expected));
	begin(UDP, source, destination, 0);
	assert_memory_equal(expected, octets, length);
}

static void home_address_option_is_taken_out(void **state)
{
	(void)state;
	begin(OPTIONS, care_of, correspondent, 24);
	put_home_address(40, UDP, home);
	assert_int_equal(quoted_packet_restore(octets, length, &quoted), 40 + PAYLOAD);
	assert_true(quoted.has_home_address);
	assert_false(quoted.has_routing);
	assert_int_equal(quoted.inserted, 24);
	expect(home, correspondent);
}

static void routing_header_is_taken_out(void **state)
{
	struct in6_addr address;

	(void)state;
	begin(ROUTING, correspondent, care_of, 24);
	put_routing(40, UDP, home);
	assert_int_equal(quoted_packet_restore(octets, length, &quoted), 40 + PAYLOAD);
	assert_true(quoted.has_routing);
	assert_false(quoted.has_home_address);
	inet_pton(AF_INET6, care_of, &address);
	assert_memory_equal(&quoted.wire_destination, &address, sizeof(address));
	expect(correspondent, home);
}

/* Both nodes are mobile: RFC 8200 4.1's order. */
static void both_are_taken_out(void **state)
{
	(void)state;
	begin(ROUTING, care_of, "2001:db8:2::7", 48);
	put_routing(40, OPTIONS, "2001:db8:100::200");
	put_home_address(64, UDP, home);
	assert_int_equal(quoted_packet_restore(octets, length, &quoted), 40 + PAYLOAD);
	assert_int_equal(quoted.inserted, 48);
	expect(home, "2001:db8:100::200");
}

/* RFC 4443 3.2: as much as fits. The Payload Length is that of the whole packet. */
static void what_is_cut_short_behind_is_taken(void **state)
{
	(void)state;
	begin(OPTIONS, care_of, correspondent, 24);
	put_home_address(40, UDP, home);
	octets[4] = 4; /* more than a thousand octets */
	assert_int_equal(quoted_packet_restore(octets, 40 + 24 + 2, &quoted), 42);
	assert_int_equal(octets[4] << 8 | octets[5], 0x400 + PAYLOAD);
	assert_int_equal(octets[40], 1);
	assert_int_equal(octets[41], 2);
}

static void what_is_not_ours_is_left_alone(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{0, 0x40},                /* not IPv6 */
		{6, UDP},                 /* no header before it */
		{4, 0}, {41, 3}, {41, 1}, /* of another length */
		{42, 5},                  /* another option before it */
		{46, 200}, {47, 8},       /* another option, of another length */
		{5, 20},                  /* a Payload Length less than the header's */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t before[sizeof(octets)];

		begin(OPTIONS, care_of, correspondent, 24);
		put_home_address(40, UDP, home);
		if (octets[changes[i].at] == changes[i].value)
			continue;
		octets[changes[i].at] = changes[i].value;
		memcpy(before, octets, sizeof(before));
		assert_int_equal(quoted_packet_restore(octets, length, &quoted), 0);
		assert_memory_equal(before, octets, sizeof(before));
	}
	for (size_t cut = 0; cut < 40 + 24; cut++) {
		begin(OPTIONS, care_of, correspondent, 24);
		put_home_address(40, UDP, home);
		assert_int_equal(quoted_packet_restore(octets, cut, &quoted), 0);
	}
	/* RFC 6275 6.4: used up, or of another type */
	begin(ROUTING, correspondent, care_of, 24);
	put_routing(40, UDP, home);
	octets[43] = 0;
	assert_int_equal(quoted_packet_restore(octets, length, &quoted), 0);
	octets[43] = 1;
	octets[42] = 4;
	assert_int_equal(quoted_packet_restore(octets, length, &quoted), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_address_option_is_taken_out),
		cmocka_unit_test(routing_header_is_taken_out),
		cmocka_unit_test(both_are_taken_out),
		cmocka_unit_test(what_is_cut_short_behind_is_taken),
		cmocka_unit_test(what_is_not_ours_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
