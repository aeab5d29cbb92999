/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyed_hash.c: what the paper on SipHash (appendix A) and OpenSSL's SIPHASH say of the key
 * 00 01 .. 0f and the octets 00 01 .. .
 */
#include "../../../../src/core/base/keyed_hash.h"

#include "../../../scene/support/cmocka_scene.h"

static const struct hash_key key = {
	{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)},
};

static void test_vectors(void **state)
{
	(void)state;
	static const struct {
		size_t length;
		uint64_t hash;
	} vectors[] = {
		{0, UINT64_C(0x726fdb47dd0e0e31)},
		{1, UINT64_C(0x74f839c593dc67fd)},
		{8, UINT64_C(0x93f5f5799a932462)},
		{15, UINT64_C(0xa129ca6149be45e5)},
		{16, UINT64_C(0x3f2acc7f57c29bdb)},
	};
	uint8_t octets[16];
	for (uint8_t i = 0; i < sizeof(octets); i++)
		octets[i] = i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_int_equal(keyed_hash(&key, octets, vectors[i].length), vectors[i].hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
