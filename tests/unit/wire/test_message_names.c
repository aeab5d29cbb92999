/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers to words. */
#include "support.h"

static void messages_have_the_names_of_the_documents(void **state)
{
	/* RFC 6275 6.1.2 to 6.1.9 */
	static const char *const names[] = {"Binding Refresh Request", "Home Test Init",
		"Care-of Test Init", "Home Test", "Care-of Test", "Binding Update",
		"Binding Acknowledgement", "Binding Error"};

	(void)state;
	for (uint8_t type = 0; type < 8; type++)
		assert_string_equal(message_name(type), names[type]);
	for (unsigned int type = 8; type <= UINT8_MAX; type++)
		assert_null(message_name((uint8_t)type));
}

static void options_have_names(void **state)
{
	static const uint8_t known[] = {2, 3, 4, 5, 7, 8, 9, 10, 35, 44, 45};
	size_t i = 0;

	(void)state;
	for (unsigned int type = 0; type <= UINT8_MAX; type++) {
		const char *name = option_name(&dialect_rfc5648, (uint8_t)type);
		if (i < sizeof(known) && type == known[i]) {
			assert_non_null(name);
			i++;
		} else {
			assert_null(name);
		}
	}
	assert_string_equal(option_name(&dialect_rfc5648, 35), "binding identifier");
}

static void an_option_is_named_by_its_octet_in_the_dialect(void **state)
{
	(void)state;
	assert_string_equal(option_name(other_dialect(), 200), "binding identifier");
	assert_null(option_name(other_dialect(), 35));
}

static void every_error_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(wire_error_text(WIRE_OK), "ok");
	assert_string_equal(wire_error_text(WIRE_BAD_CHECKSUM), "wrong checksum");
	assert_string_equal(wire_error_text(WIRE_ERRORS), "unknown error");
	for (int error = 0; error < WIRE_ERRORS; error++)
		assert_string_not_equal(wire_error_text((enum wire_error)error), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_have_the_names_of_the_documents),
		cmocka_unit_test(options_have_names),
		cmocka_unit_test(an_option_is_named_by_its_octet_in_the_dialect),
		cmocka_unit_test(every_error_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
