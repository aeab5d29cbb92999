/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Load Balancing option of draft-montavont-mip6-mmi-02 7.1, in a dialect that gives it
 * number 18. The octets are written out from the draft's figure.
 */
#include "support.h"

#include "../../../src/wire/load_balancing.h"

#include <string.h>

static struct message message;

#define UPDATE                                                                                     \
	"3b060500000000018000"             /* Binding Update, sequence 1, A */                     \
	"0069"                             /* lifetime */                                          \
	"1212"                             /* octet 12: number 18, 18 octets */                    \
	"1a"                               /* S 1, D 10 */                                         \
	"03"                               /* CoA ID */                                            \
	"20010db8000200000000000000000100" /* octet 16: alternate care-of address */               \
	"01020000"                         /* the next address stands at 8n, too */                \
	"1212"                             /* octet 36 */                                          \
	"05"                               /* S 0, D 5 */                                          \
	"00"                               /* CoA ID */                                            \
	"20010db8000400000000000000000100" /* octet 40 */

static void the_option_is_read_and_written_in_its_dialect(void **state)
{
	static struct load_balancing_dialect storage;
	const struct dialect *dialect = load_balancing_dialect_init(&storage, &dialect_rfc5648, 18);
	struct octets octets = hex(UPDATE);
	struct message_layout layout;
	uint8_t encoded[64];

	(void)state;
	assert_non_null(dialect);
	assert_string_equal(option_name(dialect, 18), "load balancing");
	assert_string_equal(option_name(dialect, 35), "binding identifier");
	assert_int_equal(message_decode(dialect, octets.at, octets.length, &message), WIRE_OK);
	assert_int_equal(message.load_balancing_count, 2);
	assert_int_equal(message.load_balancing[0].source, 1);
	assert_int_equal(message.load_balancing[0].destination, 10);
	assert_int_equal(message.load_balancing[0].care_of_id, 3);
	assert_address(&message.load_balancing[0].address, CARE_OF_1);
	assert_int_equal(message.load_balancing[1].source, 0);
	assert_int_equal(message.load_balancing[1].destination, 5);
	assert_int_equal(message.load_balancing[1].care_of_id, 0);
	assert_address(&message.load_balancing[1].address, CARE_OF_2);
	assert_true(message_encode(dialect, &message, encoded, sizeof(encoded), &layout));
	assert_octets((struct octets){encoded, layout.length}, UPDATE);
	release(octets);
}

/* No document gives it a number: elsewhere 18 is somebody else's experiment. */
static void other_dialects_have_no_such_option(void **state)
{
	struct octets octets = hex(UPDATE);
	struct message_layout layout;
	uint8_t encoded[64];

	(void)state;
	assert_null(option_name(&dialect_rfc5648, 18));
	assert_null(option_name(&dialect_rfc5648, 0));
	assert_int_equal(
		message_decode(&dialect_rfc5648, octets.at, octets.length, &message), WIRE_OK);
	assert_int_equal(message.load_balancing_count, 0);
	message.load_balancing_count = 1;
	message.load_balancing[0] = (struct opt_load_balancing){.destination = 15};
	assert_false(message_encode(&dialect_rfc5648, &message, encoded, sizeof(encoded), &layout));
	release(octets);
}

static void a_number_that_means_something_is_refused(void **state)
{
	static struct load_balancing_dialect storage;

	(void)state;
	assert_null(load_balancing_dialect_init(&storage, &dialect_rfc5648, 0));
	assert_null(load_balancing_dialect_init(&storage, &dialect_rfc5648, 1));
	assert_null(load_balancing_dialect_init(&storage, &dialect_rfc5648, OPTION_bid));
	assert_null(load_balancing_dialect_init(&storage, &dialect_rfc5648, OPTION_authorization));
}

/* More than four bits of a share do not spill over into S. */
static void an_octet_holds_four_bits_of_each(void **state)
{
	static struct load_balancing_dialect storage;
	const struct dialect *dialect = load_balancing_dialect_init(&storage, &dialect_rfc5648, 18);
	struct message_layout layout;
	uint8_t encoded[64];

	(void)state;
	message_init(&message, MH_binding_update);
	message.load_balancing_count = 1;
	message.load_balancing[0] = (struct opt_load_balancing){.source = 1, .destination = 0x1f};
	assert_true(message_encode(dialect, &message, encoded, sizeof(encoded), &layout));
	assert_int_equal(encoded[14], 0x1f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_option_is_read_and_written_in_its_dialect),
		cmocka_unit_test(other_dialects_have_no_such_option),
		cmocka_unit_test(a_number_that_means_something_is_refused),
		cmocka_unit_test(an_octet_holds_four_bits_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
