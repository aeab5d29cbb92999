/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/base/binding_key.c against numbers that tests/unit/core/binding_key_vectors.py computes
 * anew in every run (RFC 6275 5.2.5, 5.2.6, 6.2.7).
 */
#include "../../../scene/support/cmocka_scene.h"
#include "../../../scene/support/port.h"

#include "../../../../src/core/base/binding_key.h"
#include "binding_key_vectors.h"

#include <arpa/inet.h>
#include <string.h>

static uint64_t seed;

static struct core_base base_for_test(void)
{
	return (struct core_base){.dialect = &dialect_rfc5648, .port = test_port(&seed)};
}

static struct in6_addr address(const char *text)
{
	struct in6_addr ret;
	assert_int_equal(inet_pton(AF_INET6, text, &ret), 1);
	return ret;
}

/* RFC 6275 5.2.5. Shows RFC 6275 9.4.3-1, 9.4.4-1. */
static void test_keygen_tokens(void **state)
{
	(void)state;
	const struct core_base base = base_for_test();
	const struct in6_addr home = address(VECTOR_HOME_ADDRESS);
	const struct in6_addr care_of = address(VECTOR_CARE_OF);
	uint64_t token;
	assert_int_equal(
		keygen_token(&base, vector_kcn, TOKEN_HOME, &home, vector_home_nonce, &token), 0);
	assert_int_equal(token, VECTOR_HOME_TOKEN);
	assert_int_equal(keygen_token(&base, vector_kcn, TOKEN_CARE_OF, &care_of,
				 vector_care_of_nonce, &token),
		0);
	assert_int_equal(token, VECTOR_CARE_OF_TOKEN);
}

/* RFC 6275 5.2.5: the care-of keygen token is not used to de-register */
static void test_binding_keys(void **state)
{
	(void)state;
	const struct core_base base = base_for_test();
	const uint64_t care_of_token = VECTOR_CARE_OF_TOKEN;
	uint8_t kbm[SHA1_OCTETS];
	assert_int_equal(binding_key(&base, VECTOR_HOME_TOKEN, &care_of_token, kbm), 0);
	assert_memory_equal(kbm, vector_kbm, sizeof(kbm));
	assert_int_equal(binding_key(&base, VECTOR_HOME_TOKEN, NULL, kbm), 0);
	assert_memory_equal(kbm, vector_kbm_delete, sizeof(kbm));
}

static const struct binding_parties *parties(void)
{
	static struct binding_parties ret;
	ret.care_of = address(VECTOR_CARE_OF);
	ret.correspondent = address(VECTOR_CORRESPONDENT);
	return &ret;
}

static void update_init(struct message *ret, const struct vector *vector)
{
	message_init(ret, MH_binding_update);
	ret->binding_update = (struct msg_binding_update){
		.sequence = vector->sequence,
		.flags = BU_ACKNOWLEDGE,
		.lifetime = 105,
	};
	ret->has_nonce_indices = true;
	ret->nonce_indices = (struct opt_nonce_indices){.home = 1, .care_of = 2};
	if (vector->bid == 0)
		return;
	ret->bid_count = 1;
	ret->bid[0] = (struct opt_bid){.bid = vector->bid};
	if (!vector->has_care_of)
		return;
	ret->bid[0].care_of.length = sizeof(struct in6_addr);
	ret->bid[0].care_of.address = address(VECTOR_CARE_OF);
}

/* RFC 6275 6.2.7: sealed, they are as computed elsewhere, but for the packet's checksum. Shows
 * RFC 6275 6.2.7-1. */
static void test_sealed(void **state)
{
	(void)state;
	const struct core_base base = base_for_test();
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		static struct message message;
		uint8_t octets[256];
		update_init(&message, &vectors[i]);
		int length = binding_key_seal(
			&base, vector_kbm, parties(), &message, octets, sizeof(octets));
		assert_int_equal(length, vectors[i].length);
		memcpy(octets + MESSAGE_CHECKSUM_AT, vectors[i].octets + MESSAGE_CHECKSUM_AT, 2);
		assert_memory_equal(octets, vectors[i].octets, vectors[i].length);
	}
}

static enum auth_result check(const uint8_t *octets, size_t length)
{
	static struct message message;
	const struct core_base base = base_for_test();
	if (message_decode(&dialect_rfc5648, octets, length, &message) != WIRE_OK)
		return AUTH_MISSING;
	return binding_key_check(
		&base, vector_kbm, parties(), &message, (struct octets){octets, length});
}

/* Every bit counts but those of the checksum (RFC 6275 6.2.7). Shows RFC 6275 6.2.7-1, 15.4.4-2. */
static void test_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t octets[256];
		size_t length = vectors[i].length;
		memcpy(octets, vectors[i].octets, length);
		assert_int_equal(check(octets, length), AUTH_OK);
		for (size_t bit = 0; bit < 8 * length; bit++) {
			size_t at = bit / 8;
			bool checksum = at == MESSAGE_CHECKSUM_AT || at == MESSAGE_CHECKSUM_AT + 1;
			octets[at] ^= (uint8_t)(1 << bit % 8);
			if (checksum)
				assert_int_equal(check(octets, length), AUTH_OK);
			else
				assert_int_not_equal(check(octets, length), AUTH_OK);
			octets[at] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

/* RFC 6275 6.2.7: the last option, no padding behind it; 9.2: what is behind the message is not
 * its own */
static void test_nothing_behind(void **state)
{
	(void)state;
	uint8_t octets[256] = {0};
	size_t length = vectors[0].length;
	memcpy(octets, vectors[0].octets, length);
	assert_int_equal(check(octets, length + 8), AUTH_OK);
	octets[1]++;
	assert_int_not_equal(check(octets, length + 8), AUTH_OK);
}

static void test_other_parties(void **state)
{
	(void)state;
	static struct message message;
	const struct core_base base = base_for_test();
	const struct octets octets = {vectors[0].octets, vectors[0].length};
	assert_int_equal(
		message_decode(&dialect_rfc5648, octets.at, octets.length, &message), WIRE_OK);
	struct binding_parties others = *parties();
	others.care_of = address(VECTOR_HOME_ADDRESS);
	assert_int_equal(
		binding_key_check(&base, vector_kbm, &others, &message, octets), AUTH_WRONG);
	others = *parties();
	others.correspondent = address(VECTOR_HOME_ADDRESS);
	assert_int_equal(
		binding_key_check(&base, vector_kbm, &others, &message, octets), AUTH_WRONG);
	assert_int_equal(binding_key_check(&base, vector_kbm_delete, parties(), &message, octets),
		AUTH_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keygen_tokens),
		cmocka_unit_test(test_binding_keys),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_checked),
		cmocka_unit_test(test_nothing_behind),
		cmocka_unit_test(test_other_parties),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
