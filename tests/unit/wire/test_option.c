/* SPDX-License-Identifier: BSD-2-Clause */
/* Options as rows: a dialect in which an option has another layout. Options inside options:
 * test_flow_options.c. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* ---- a dialect with another layout ---- */

/* The octets behind the BID in another order than RFC 5648 4.3 has them, and no care-of address. */
static const struct field_row early_bid_fields[] = {FIELD_ROW(struct opt_bid, u16, bid)
		FIELD_ROW(struct opt_bid, bid_flags, flags) FIELD_ROW(struct opt_bid, u8, status)};

static void a_dialect_may_lay_an_option_out_in_another_way(void **state)
{
	struct option_row rows[16];
	struct option_set set = {.rows = rows, .count = message_options.count};
	const struct dialect early = {.name = "early", .options = &set};
	struct octets octets = hex("3b02050000000001c0000096230400078005010400000000");
	static struct message message;
	struct message_layout layout;
	uint8_t encoded[64];

	(void)state;
	memcpy(rows, message_options.rows, set.count * sizeof(rows[0]));
	for (size_t i = 0; i < set.count; i++)
		if (rows[i].octet == OPTION_bid)
			rows[i].fields =
				(struct fields){early_bid_fields, ARRAY_LENGTH(early_bid_fields)};
	assert_int_equal(message_decode(&early, octets.at, octets.length, &message), WIRE_OK);
	assert_int_equal(message.bid_count, 1);
	assert_int_equal(message.bid[0].bid, 7);
	assert_int_equal(message.bid[0].flags, BID_HOME);
	assert_int_equal(message.bid[0].status, 5);
	assert_true(message_encode(&early, &message, encoded, sizeof(encoded), &layout));
	assert_octets((struct octets){encoded, layout.length}, "3b02050000000001c00000962304000780"
							       "05010400000000");
	release(octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dialect_may_lay_an_option_out_in_another_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
