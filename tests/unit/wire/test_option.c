/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options as rows: options inside options, as RFC 6089 4.2 has them, a bounded number of places,
 * and a dialect in which an option has another layout. The octets are written out from the
 * documents.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* ---- RFC 6089 4.2: the Flow Identification option with its sub-options ---- */

struct bid_reference {
	struct octets bids; /* of two octets each */
};

struct selector {
	uint8_t format;
	struct octets selector;
};

struct flow {
	uint16_t fid;
	uint16_t priority;
	uint8_t status;
	bool has_bid_reference;
	struct bid_reference bid_reference;
	bool has_selector;
	struct selector selector;
};

#define FLOWS_MAX 3

struct flows {
	uint16_t count;
	struct flow at[FLOWS_MAX];
};

static const struct field_row bid_reference_fields[] = {
	FIELD_ROW(struct bid_reference, rest, bids)};
static const struct field_row selector_fields[] = {FIELD_ROW(struct selector, u8, format)
		FLAGS_ROW(8) FIELD_ROW(struct selector, rest, selector)};
static const struct field_row flow_fields[] = {FIELD_ROW(struct flow, u16, fid) FIELD_ROW(
	struct flow, u16, priority) FLAGS_ROW(8) FIELD_ROW(struct flow, u8, status)};

static const struct option_row sub_option_rows[] = {
	{
		.title = "BID reference",
		.fields = {bid_reference_fields, ARRAY_LENGTH(bid_reference_fields)},
		.octet = 2,
		.alignment = {ALIGN_TO, 2, 0},
		.place.once = true,
		.place.most = 1,
		.place.size = sizeof(struct bid_reference),
		.place.at = offsetof(struct flow, bid_reference),
		.place.count_at = offsetof(struct flow, has_bid_reference),
	},
	{
		.title = "traffic selector",
		.fields = {selector_fields, ARRAY_LENGTH(selector_fields)},
		.octet = 3,
		.alignment = {ALIGN_TO, 1, 0},
		.place.once = true,
		.place.most = 1,
		.place.size = sizeof(struct selector),
		.place.at = offsetof(struct flow, selector),
		.place.count_at = offsetof(struct flow, has_selector),
	},
};
static const struct option_set sub_options = {
	.rows = sub_option_rows, .count = ARRAY_LENGTH(sub_option_rows)};

static const struct option_row flow_rows[] = {
	{
		.title = "flow identification",
		.fields = {flow_fields, ARRAY_LENGTH(flow_fields)},
		.inside = &sub_options,
		.octet = 45,
		.alignment = {ALIGN_TO, 2, 0},
		.place.most = FLOWS_MAX,
		.place.size = sizeof(struct flow),
		.place.at = offsetof(struct flows, at),
		.place.count_at = offsetof(struct flows, count),
	},
};
static const struct option_set flow_options = {.rows = flow_rows, .count = ARRAY_LENGTH(flow_rows)};

/* FID 7, FID-PRI 10, BIDs 1 and 3, a selector of format 2 with flag word 0. */
#define FLOW                                                                                       \
	"2d14"                                                                                     \
	"0007"                                                                                     \
	"000a"                                                                                     \
	"0000"                                                                                     \
	"0204"                                                                                     \
	"00010003"                                                                                 \
	"0306"                                                                                     \
	"0200"                                                                                     \
	"00000000"

static struct flows flows;

static enum wire_error read_flows(const char *digits)
{
	struct octets octets = hex(digits);
	struct cursor in = cursor_over(octets.at, octets.length);

	flows.count = 0;
	for (size_t i = 0; i < FLOWS_MAX; i++)
		flows.at[i] = (struct flow){0};
	enum wire_error error = options_read(&flow_options, &dialect_rfc5648, &in, &flows);
	release(octets);
	return error;
}

static void options_inside_an_option_are_read(void **state)
{
	struct octets octets = hex(FLOW);
	struct cursor in = cursor_over(octets.at, octets.length);

	(void)state;
	memset(&flows, 0, sizeof(flows));
	assert_int_equal(options_read(&flow_options, &dialect_rfc5648, &in, &flows), WIRE_OK);
	assert_int_equal(flows.count, 1);
	assert_int_equal(flows.at[0].fid, 7);
	assert_int_equal(flows.at[0].priority, 10);
	assert_true(flows.at[0].has_bid_reference && flows.at[0].has_selector);
	assert_octets(flows.at[0].bid_reference.bids, "00010003");
	assert_int_equal(flows.at[0].selector.format, 2);
	assert_octets(flows.at[0].selector.selector, "00000000");
	release(octets);
}

static void padding_and_unknown_options_inside_are_skipped(void **state)
{
	(void)state;
	/* Pad1, PadN, and a flow binding action (RFC 7109) before the reference */
	assert_int_equal(read_flows("2d14"
				    "0007"
				    "000a"
				    "0000"
				    "00"
				    "010300"
				    "0000"
				    "0402"
				    "0000"
				    "0202"
				    "0005"),
		WIRE_OK);
	assert_int_equal(flows.count, 1);
	assert_true(flows.at[0].has_bid_reference);
	assert_false(flows.at[0].has_selector);
	assert_int_equal(flows.at[0].bid_reference.bids.length, 2);
}

static void an_option_inside_does_not_leave_its_option(void **state)
{
	(void)state;
	/* The reference says six octets, of which the option holds four; more follows behind it. */
	assert_int_equal(read_flows("2d0c"
				    "0007"
				    "000a"
				    "0000"
				    "0206"
				    "00010003"
				    "0000"
				    "0000"),
		WIRE_OPTION_OVERRUN);
	/* a length octet is missing */
	assert_int_equal(read_flows("2d07"
				    "0007"
				    "000a"
				    "0000"
				    "02"),
		WIRE_OPTION_OVERRUN);
	/* the fields themselves are cut */
	assert_int_equal(read_flows("2d05"
				    "0007"
				    "000a"
				    "00"),
		WIRE_BAD_OPTION_LENGTH);
}

/* RFC 6089 4.2.1: at most one BID Reference sub-option; and the places of the holder are bounded.
 */
static void one_more_than_there_are_places_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(read_flows("2d0e"
				    "0007"
				    "000a"
				    "0000"
				    "0202"
				    "0001"
				    "0202"
				    "0002"),
		WIRE_DUPLICATE_OPTION);
	assert_int_equal(read_flows("2d06000100010000"
				    "2d06000200020000"
				    "2d06000300030000"),
		WIRE_OK);
	assert_int_equal(flows.count, FLOWS_MAX);
	assert_int_equal(read_flows("2d06000100010000"
				    "2d06000200020000"
				    "2d06000300030000"
				    "2d06000400040000"),
		WIRE_DUPLICATE_OPTION);
}

static void options_inside_an_option_are_written(void **state)
{
	static const uint8_t bids[] = {0, 1, 0, 3}, selector[4] = {0};
	uint8_t octets[64];
	struct field_writer to = {
		.dialect = &dialect_rfc5648, .out = builder_over(octets, sizeof(octets))};

	(void)state;
	flows = (struct flows){.count = 1};
	flows.at[0] = (struct flow){
		.fid = 7,
		.priority = 10,
		.has_bid_reference = true,
		.bid_reference = {{bids, sizeof(bids)}},
		.has_selector = true,
		.selector = {2, {selector, sizeof(selector)}},
	};
	options_write(&flow_options, &to, &flows);
	assert_false(to.out.failed);
	assert_octets((struct octets){octets, builder_length(&to.out)}, FLOW);
}

/* A sub-option stands at an even offset; three octets of a selector before it are padded. */
static void options_inside_an_option_are_aligned(void **state)
{
	static const uint8_t bids[] = {0, 1};
	uint8_t octets[64];
	struct field_writer to = {
		.dialect = &dialect_rfc5648, .out = builder_over(octets, sizeof(octets))};

	(void)state;
	builder_u8(&to.out, 0xff);
	flows = (struct flows){.count = 1};
	flows.at[0] = (struct flow){
		.fid = 1, .has_bid_reference = true, .bid_reference = {{bids, sizeof(bids)}}};
	options_write(&flow_options, &to, &flows);
	/* RFC 6275 6.2.2: one octet of padding is Pad1 */
	assert_octets((struct octets){octets, builder_length(&to.out)}, "ff"
									"00"
									"2d0a"
									"0001"
									"0000"
									"0000"
									"0202"
									"0001");
}

static void too_much_inside_an_option_does_not_fit(void **state)
{
	static const uint8_t much[250];
	uint8_t octets[600];
	struct field_writer to = {
		.dialect = &dialect_rfc5648, .out = builder_over(octets, sizeof(octets))};

	(void)state;
	flows = (struct flows){.count = 1};
	flows.at[0] = (struct flow){
		.fid = 1, .has_bid_reference = true, .bid_reference = {{much, sizeof(much)}}};
	options_write(&flow_options, &to, &flows);
	assert_true(to.out.failed);
}

static char visited[256];

static void add(const char *format, ...)
{
	size_t used = strlen(visited);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(visited + used, sizeof(visited) - used, format, arguments);
	va_end(arguments);
}

static void add_option(void *ctx, uint8_t type, const char *name)
{
	(void)ctx;
	add("[%u %s", type, name);
}

static void add_number(void *ctx, const char *field, uint64_t value)
{
	(void)ctx;
	add(" %s=%llu", field, (unsigned long long)value);
}

static void add_octets(void *ctx, const char *field, struct octets value)
{
	(void)ctx;
	add(" %s=%zu", field, value.length);
}

static void add_end(void *ctx)
{
	(void)ctx;
	add("]");
}

static void options_inside_an_option_are_visited_in_it(void **state)
{
	const struct visitor visitor = {
		.option = add_option, .number = add_number, .octets = add_octets, .end = add_end};

	(void)state;
	assert_int_equal(read_flows(FLOW), WIRE_OK);
	options_visit(&flow_options, &visitor, &flows);
	assert_string_equal(visited, "[45 flow identification fid=7 priority=10 status=0"
				     "[2 BID reference bids=4]"
				     "[3 traffic selector format=2 selector=4]]");
}

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
		cmocka_unit_test(options_inside_an_option_are_read),
		cmocka_unit_test(padding_and_unknown_options_inside_are_skipped),
		cmocka_unit_test(an_option_inside_does_not_leave_its_option),
		cmocka_unit_test(one_more_than_there_are_places_is_an_error),
		cmocka_unit_test(options_inside_an_option_are_written),
		cmocka_unit_test(options_inside_an_option_are_aligned),
		cmocka_unit_test(too_much_inside_an_option_does_not_fit),
		cmocka_unit_test(options_inside_an_option_are_visited_in_it),
		cmocka_unit_test(a_dialect_may_lay_an_option_out_in_another_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
