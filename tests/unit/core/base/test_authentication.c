/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authentication.c against MACs that Python computed (tests/scene/support/vectors.py), and the
 * rules of RFC 4285 5 and 6.
 */
#include "../../../../src/core/base/authentication.h"
#include "../../../scene/support/port.h"
#include "../../../scene/support/vectors.h"

#include "../../../scene/support/cmocka_scene.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct auth auth = {
	.mode = AUTH_MODE_MN_HA, .key_length = 16, .spi = 1000, .key = "0123456789abcdef"};

static struct core_base base;
static uint64_t seed;
static struct packet packet;
static struct message message;

static void decode_vector(void)
{
	base.dialect = &dialect_rfc5648;
	base.port = test_port(&seed);
	assert_int_equal(packet_decode(vector_update, sizeof(vector_update), &packet), WIRE_OK);
	assert_int_equal(packet_message(base.dialect, &packet, &message), WIRE_OK);
}

static enum auth_result check(const struct auth *with)
{
	return authentication_check(
		&base, with, &packet.source, &packet.home_address, &message, packet.payload);
}

static void test_check(void **state)
{
	(void)state;
	decode_vector();
	assert_int_equal(check(&auth), AUTH_OK);

	struct auth other = auth;
	other.key[15]++;
	assert_int_equal(check(&other), AUTH_WRONG);
	other = auth;
	other.spi++;
	assert_int_equal(check(&other), AUTH_UNKNOWN_SPI);

	assert_int_equal(authentication_check(&base, &auth, &packet.home_address,
				 &packet.home_address, &message, packet.payload),
		AUTH_WRONG);
	assert_int_equal(authentication_check(&base, &auth, &packet.source, &packet.source,
				 &message, packet.payload),
		AUTH_WRONG);
}

/* RFC 4285 5: one of each subtype, MN-HA before MN-AAA, the authenticator of 96 bits */
static void test_options_that_do_not_count(void **state)
{
	(void)state;
	decode_vector();
	message.authentication[0].subtype = AUTH_MN_AAA;
	assert_int_equal(check(&auth), AUTH_MISSING);
	decode_vector();
	message.authentication[1] = message.authentication[0];
	message.authentication_count = 2;
	assert_int_equal(check(&auth), AUTH_MISSING);
	message.authentication[1].subtype = AUTH_MN_AAA;
	assert_int_equal(check(&auth), AUTH_OK);
	message.authentication_count = 0;
	assert_int_equal(check(&auth), AUTH_MISSING);
	decode_vector();
	message.authentication[0].authenticator.length = 11;
	assert_int_equal(check(&auth), AUTH_WRONG);
	const struct auth insecure = {.mode = AUTH_MODE_INSECURE_NONE};
	assert_int_equal(check(&insecure), AUTH_OK);
}

static int broken_hmac(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	(void)ctx, (void)key, (void)pieces, (void)count, (void)ret;
	return -EIO;
}

static void test_machine_fails(void **state)
{
	(void)state;
	uint8_t octets[MESSAGE_OCTETS_MAX];
	decode_vector();
	base.port.hmac_sha1 = broken_hmac;
	assert_int_equal(check(&auth), AUTH_FAILURE);
	assert_int_equal(authentication_seal(&base, &auth, &packet.source, &packet.home_address,
				 &message, octets, sizeof(octets)),
		-EIO);
}

/* The vector's message, sealed by us, is the vector again; but for the checksum. */
static void test_seal(void **state)
{
	(void)state;
	uint8_t octets[MESSAGE_OCTETS_MAX];
	decode_vector();
	message.authentication_count = 0;
	int length = authentication_seal(&base, &auth, &packet.source, &packet.home_address,
		&message, octets, sizeof(octets));
	assert_int_equal(length, packet.payload.length);
	memcpy(octets + 4, packet.payload.at + 4, 2);
	assert_memory_equal(octets, packet.payload.at, packet.payload.length);

	assert_int_equal(authentication_seal(&base, &auth, &packet.source, &packet.home_address,
				 &message, octets, packet.payload.length - 1),
		-EMSGSIZE);
	const struct auth insecure = {.mode = AUTH_MODE_INSECURE_NONE};
	length = authentication_seal(&base, &insecure, &packet.source, &packet.home_address,
		&message, octets, sizeof(octets));
	assert_true(length > 0 && (size_t)length < packet.payload.length);
}

static void test_care_of_covered(void **state)
{
	(void)state;
	struct in6_addr source = {.s6_addr = {9}};
	decode_vector();
	assert_ptr_equal(
		authentication_care_of(&message, &source), &message.bid[0].care_of.address);
	message.bid[0].care_of.length = 0;
	assert_ptr_equal(authentication_care_of(&message, &source), &source);
	message.bid[0].care_of.length = 4;
	assert_ptr_equal(authentication_care_of(&message, &source), &source);
	message.bid[0].care_of.length = 16;
	message.bid_count = 2;
	assert_ptr_equal(authentication_care_of(&message, &source), &source);
	message.bid_count = 0;
	assert_ptr_equal(authentication_care_of(&message, &source), &source);
}

/* RFC 4285 6: within seven seconds, and greater than the last; over the wrap of 2036 too */
static void test_timestamps(void **state)
{
	(void)state;
	const uint64_t second = UINT64_C(1) << 32;
	static const uint64_t now_of[] = {UINT64_C(0xec00000080000000), 1, UINT64_MAX};
	for (size_t i = 0; i < 3; i++) {
		uint64_t now = now_of[i];
		assert_true(replay_timestamp_valid(now, now, 0));
		assert_true(replay_timestamp_valid(now + 7 * second, now, 0));
		assert_false(replay_timestamp_valid(now + 7 * second + 1, now, 0));
		assert_true(replay_timestamp_valid(now - 7 * second, now, 0));
		assert_false(replay_timestamp_valid(now - 7 * second - 1, now, 0));
		assert_false(replay_timestamp_valid(now, now, now));
		assert_false(replay_timestamp_valid(now - 1, now, now));
		assert_true(replay_timestamp_valid(now, now, now - 1 ? now - 1 : now - 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_options_that_do_not_count),
		cmocka_unit_test(test_machine_fails),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_care_of_covered),
		cmocka_unit_test(test_timestamps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
