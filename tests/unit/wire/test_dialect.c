/* SPDX-License-Identifier: BSD-2-Clause */
/* The dialect of RFC 5648, and one made up to differ from it (support.h): its flags. Its option:
 * test_message_*.c. */
#include "support.h"

static const struct dialect without_overwrite = {.name = "none"};

static void rfc5648_has_the_registered_numbers(void **state)
{
	(void)state;
	/* RFC 5648 4.3, 11: type 35; RFC 5648 4.2: O is bit 9; RFC 6089 4.1: seven bits */
	assert_string_equal(option_name(&dialect_rfc5648, 35), "binding identifier");
	assert_int_equal(dialect_rfc5648.overwrite_flag, 1 << (15 - 9));
	assert_int_equal(dialect_rfc5648.bid_priority_mask, 0x7f);
}

static void rfc5648_translates_nothing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= UINT8_MAX; i++) {
		assert_int_equal(dialect_bid_flags(&dialect_rfc5648, (uint8_t)i), i);
	}
	for (unsigned int i = 0; i <= UINT16_MAX; i++) {
		assert_int_equal(dialect_update_flags_read(&dialect_rfc5648, (uint16_t)i), i);
		assert_int_equal(dialect_update_flags_write(&dialect_rfc5648, (uint16_t)i), i);
	}
}

static void another_dialect_moves_the_overwrite_flag(void **state)
{
	(void)state;
	assert_int_equal(
		dialect_update_flags_read(other_dialect(), 0x8008), BU_ACKNOWLEDGE | BU_OVERWRITE);
	assert_int_equal(dialect_update_flags_read(other_dialect(), 0x8040), BU_ACKNOWLEDGE);
	assert_int_equal(
		dialect_update_flags_write(other_dialect(), BU_HOME | BU_OVERWRITE), 0x4008);
	assert_int_equal(dialect_update_flags_read(&without_overwrite, 0xffff), 0xffbf);
	assert_int_equal(dialect_update_flags_write(&without_overwrite, 0xffff), 0xffbf);
}

/* Shows RFC 5648 4.3-7, 4.3-8. */
static void reserved_bits_are_cleared(void **state)
{
	(void)state;
	assert_int_equal(dialect_bid_flags(other_dialect(), 0xff), BID_HOME);
	assert_int_equal(dialect_bid_flags(other_dialect(), 0x7f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc5648_has_the_registered_numbers),
		cmocka_unit_test(rfc5648_translates_nothing),
		cmocka_unit_test(another_dialect_moves_the_overwrite_flag),
		cmocka_unit_test(reserved_bits_are_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
