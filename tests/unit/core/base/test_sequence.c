/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sequence.h against the example of RFC 6275 9.5.1, and against its own words over all numbers.
 */
#include "../../../../src/core/base/sequence.h"

#include "../../../scene/support/cmocka_scene.h"

/* RFC 6275 9.5.1: after 15, neither 0 to 15 nor 32783 to 65535 */
static void test_example_of_the_document(void **state)
{
	(void)state;
	for (uint32_t number = 0; number <= 0xffff; number++) {
		bool expected = number > 15 && number < 32783;
		assert_int_equal(sequence_greater((uint16_t)number, 15), expected);
	}
}

/* Of two different numbers one is greater, unless they are half the circle apart. */
static void test_is_an_order(void **state)
{
	(void)state;
	static const uint16_t from[] = {0, 1, 15, 0x7fff, 0x8000, 0xfffe, 0xffff};
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		for (uint32_t number = 0; number <= 0xffff; number++) {
			uint16_t a = (uint16_t)number, b = from[i];
			bool comparable = a != b && (uint16_t)(a - b) != 0x8000;
			assert_int_equal(
				sequence_greater(a, b) + sequence_greater(b, a), comparable);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_of_the_document),
		cmocka_unit_test(test_is_an_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
