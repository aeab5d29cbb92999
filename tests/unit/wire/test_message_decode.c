/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets to struct message: RFC 6275 6.1, 6.2, 9.2; RFC 5648 4.3; RFC 4285 5, 6; RFC 4283 3. */
#include "support.h"

#include <string.h>

#define OCTETS_MAX MESSAGE_OCTETS_MAX
#define BU_OCTETS 12
#define BRR_OCTETS 8

static struct message message;

/* Decodes a copy on the heap, so that AddressSanitizer sees a read past the end. */
static enum wire_error decode_octets(const uint8_t *octets, size_t length)
{
	struct octets tight = copy(octets, length);
	enum wire_error error = message_decode(&dialect_rfc5648, tight.at, tight.length, &message);

	release(tight);
	return error;
}

static enum wire_error decode(const char *digits)
{
	struct octets octets = hex(digits);
	enum wire_error error = decode_octets(octets.at, octets.length);

	release(octets);
	return error;
}

/* A Binding Update or Binding Refresh Request under construction. */
static uint8_t draft[OCTETS_MAX];
static size_t draft_length;

static void start(uint8_t type)
{
	memset(draft, 0, sizeof(draft));
	draft[0] = MH_NO_PAYLOAD;
	draft[2] = type;
	draft_length = type == MH_refresh_request ? BRR_OCTETS : BU_OCTETS;
}

static void append(const void *octets, size_t length)
{
	assert_true(draft_length + length <= sizeof(draft));
	memcpy(draft + draft_length, octets, length);
	draft_length += length;
}

static void append_option(uint8_t type, size_t length)
{
	draft[draft_length] = type;
	draft[draft_length + 1] = (uint8_t)length;
	draft_length += 2 + length;
}

static enum wire_error decode_draft(void)
{
	draft_length = (draft_length + 7) / 8 * 8; /* zeros are Pad1 */
	draft[1] = (uint8_t)(draft_length / 8 - 1);
	return decode_octets(draft, draft_length);
}

/* ---- well-formed ---- */

static void vectors_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		struct octets octets = hex(vectors[i].digits);
		assert_int_equal(
			message_decode(&dialect_rfc5648, octets.at, octets.length, &message),
			WIRE_OK);
		vectors[i].check(&message);
		release(octets);
	}
}

static void every_message_decodes(void **state)
{
	(void)state;
	/* these octets are scapy's */
	assert_int_equal(decode("3b00000000000000"), WIRE_OK);
	assert_int_equal(message.type, MH_refresh_request);
	assert_int_equal(decode("3b010100000000000303030303030303"), WIRE_OK);
	assert_int_equal(message.type, MH_home_test_init);
	assert_int_equal(message.home_test_init.cookie, 0x0303030303030303);
	assert_int_equal(decode("3b010200000000000303030303030303"), WIRE_OK);
	assert_int_equal(message.type, MH_care_of_test_init);
	assert_int_equal(message.care_of_test_init.cookie, 0x0303030303030303);
	assert_int_equal(decode("3b0203000000000101010101010101010202020202020202"), WIRE_OK);
	assert_int_equal(message.type, MH_home_test);
	assert_int_equal(message.home_test.nonce_index, 1);
	assert_int_equal(message.home_test.cookie, 0x0101010101010101);
	assert_int_equal(message.home_test.token, 0x0202020202020202);
	assert_int_equal(decode("3b0204000000000101010101010101010202020202020202"), WIRE_OK);
	assert_int_equal(message.type, MH_care_of_test);
	assert_int_equal(message.care_of_test.token, 0x0202020202020202);
	assert_int_equal(decode("3b0207000000020020010db8000100000000000000000100"), WIRE_OK);
	assert_int_equal(message.type, MH_binding_error);
	assert_int_equal(message.binding_error.status, 2);
	assert_address(&message.binding_error.home_address, HOME_ADDRESS);
}

/* Shows RFC 6275 6.1.8-3. */
static void acknowledgement_decodes(void **state)
{
	(void)state;
	/* scapy's */
	assert_int_equal(decode("3b040600000004800009000a02020005010400000000"
				"031020010db8000200000000000000000100"),
		WIRE_OK);
	assert_int_equal(message.type, MH_binding_ack);
	assert_int_equal(message.binding_ack.status, 4);
	assert_int_equal(message.binding_ack.flags, 0x80);
	assert_int_equal(message.binding_ack.sequence, 9);
	assert_int_equal(message.binding_ack.lifetime, 10);
	assert_true(message.has_refresh_advice);
	assert_int_equal(message.refresh_advice.interval, 5);
	assert_true(message.has_alternate_care_of);
	assert_address(&message.alternate_care_of.address, CARE_OF_1);
}

static void authentication_options_decode(void **state)
{
	/* scapy's: BID, MN-ID, Mesg-ID, MN-HA authentication */
	struct octets octets = hex(
		"3b0a050000000001c040009601040000000023140001000020010db8000200000000000000000100"
		"080f016d6e406578616d706c652e6f7267000a0801020304050607080009110100000100"
		"0102030405060708090a0b0c");

	(void)state;
	assert_int_equal(
		message_decode(&dialect_rfc5648, octets.at, octets.length, &message), WIRE_OK);
	assert_true(message.has_mn_id);
	assert_int_equal(message.mn_id.subtype, 1);
	assert_int_equal(message.mn_id.identifier.length, 14);
	assert_memory_equal(message.mn_id.identifier.at, "mn@example.org", 14);
	assert_true(message.has_replay);
	assert_int_equal(message.replay.timestamp, 0x0102030405060708);
	assert_int_equal(message.authentication_count, 1);
	assert_int_equal(message.authentication[0].subtype, AUTH_MN_HA);
	assert_int_equal(message.authentication[0].spi, 256);
	assert_octets(message.authentication[0].authenticator, "0102030405060708090a0b0c");
	assert_ptr_equal(
		message.authentication[0].authenticator.at, octets.at + octets.length - 12);
	release(octets);
}

/* Shows RFC 5648 4.3-3. */
static void ipv4_care_of_and_link_layer_addresses_decode(void **state)
{
	/* scapy's: RFC 5648 4.3 with Length 8, H and BID-PRI 5; RFC 5568 6.4.4 */
	struct octets octets = hex("3b04050000000001c0400096010400000000"
				   "230800070085c0000201070702000102030405010100");

	(void)state;
	assert_int_equal(
		message_decode(&dialect_rfc5648, octets.at, octets.length, &message), WIRE_OK);
	assert_int_equal(message.bid_count, 1);
	assert_int_equal(message.bid[0].bid, 7);
	assert_int_equal(message.bid[0].flags, BID_HOME | 5);
	assert_int_equal(message.bid[0].care_of.length, 4);
	assert_memory_equal(&message.bid[0].care_of.address, "\xc0\x00\x02\x01", 4);
	assert_true(message.has_link_layer_address);
	assert_int_equal(message.link_layer_address.code, 2);
	assert_octets(message.link_layer_address.address, "000102030405");
	release(octets);
}

/* ---- lengths ---- */

/* All eight messages, each with as many options as it may have in one encoding. */
static size_t full_message(uint8_t type, uint8_t octets[OCTETS_MAX])
{
	static const uint8_t some[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct message_layout layout;

	message_init(&message, type);
	message.has_refresh_advice = message.has_alternate_care_of = true;
	message.has_nonce_indices = message.has_link_layer_address = true;
	message.has_mn_id = message.has_replay = message.has_authorization = true;
	message.link_layer_address.address = (struct octets){some, 6};
	message.mn_id.identifier = (struct octets){some, 5};
	message.bid_count = 3;
	message.bid[0] = (struct opt_bid){.bid = 1};
	message.bid[1] = (struct opt_bid){.bid = 2, .care_of.length = 4};
	message.bid[2] = (struct opt_bid){.bid = 3, .care_of.length = 16};
	message.authentication_count = 2;
	message.authentication[0].authenticator = (struct octets){some, 12};
	message.authentication[1].authenticator = (struct octets){some, 12};
	message.authorization.authenticator = (struct octets){some, 12};
	assert_true(message_encode(&dialect_rfc5648, &message, octets, OCTETS_MAX, &layout));
	return layout.length;
}

static void every_truncation_is_told(void **state)
{
	uint8_t octets[OCTETS_MAX];

	(void)state;
	for (uint8_t type = 0; type < 8; type++) {
		size_t full = full_message(type, octets);
		for (size_t length = 0; length < full; length++)
			assert_int_equal(decode_octets(octets, length), WIRE_TRUNCATED);
		assert_int_equal(decode_octets(octets, full), WIRE_OK);
	}
}

static void a_header_len_that_cuts_the_fixed_part_is_too_small(void **state)
{
	/* RFC 6275 6.1.2 to 6.1.9 */
	static const size_t fixed[8] = {8, 16, 16, 24, 24, 12, 12, 24};
	uint8_t octets[OCTETS_MAX];

	(void)state;
	for (uint8_t type = 0; type < 8; type++) {
		size_t full = full_message(type, octets);
		for (size_t length = 8; length < full; length += 8) {
			octets[1] = (uint8_t)(length / 8 - 1);
			enum wire_error error = decode_octets(octets, full);
			if (length < fixed[type])
				assert_int_equal(error, WIRE_HEADER_LEN_TOO_SMALL);
			else
				assert_true(error == WIRE_OK || error == WIRE_OPTION_OVERRUN);
			assert_int_equal(message.type, type);
		}
	}
}

static bool length_allowed(uint8_t type, size_t length)
{
	switch (type) {
	case 2: /* RFC 6275 6.2.4 */
		return length == 2;
	case 3: /* RFC 6275 6.2.5 */
		return length == 16;
	case 4: /* RFC 6275 6.2.6 */
		return length == 4;
	case 5: /* RFC 6275 6.2.7: the authenticator */
		return length > 0;
	case 7: /* RFC 5568 6.4.4: Option-Code */
	case 8: /* RFC 4283 3: Subtype */
		return length >= 1;
	case 9: /* RFC 4285 5: Subtype, SPI, and an authenticator */
		return length > 5;
	case 10: /* RFC 4285 6 */
		return length == 8;
	case 44: /* RFC 6089 4.2.2: one FID or more */
		return length > 0 && length % 2 == 0;
	}
	return true; /* RFC 6275 9.2: not known, skipped */
}

/* A Binding Update that ends with an option of this type, and of this length in front of its end.
 */
static void end_with_option(uint8_t type, size_t length)
{
	start(MH_binding_update);
	while ((draft_length + 2 + length) % 8)
		draft_length++;
	append_option(type, length);
}

static void every_length_of_every_option_is_judged(void **state)
{
	(void)state;
	for (unsigned int type = 1; type <= UINT8_MAX; type++) {
		for (size_t length = 0; length <= UINT8_MAX; length++) {
			end_with_option((uint8_t)type, length);
			enum wire_error expected = WIRE_OK;
			if (!length_allowed((uint8_t)type, length))
				expected = WIRE_BAD_OPTION_LENGTH;
			assert_int_equal(decode_draft(), expected);
		}
	}
}

/* RFC 5648 6.2: a Binding Identifier option of any length is understood, so as to be answered. */
/* Shows RFC 5648 6.2-3, 6.2-5. */
static void every_length_of_a_bid_option_is_said(void **state)
{
	static const uint8_t fields[UINT8_MAX] = {0x12, 0x34, 0x56, 0x85, 0x20};

	(void)state;
	for (size_t length = 0; length <= UINT8_MAX; length++) {
		end_with_option(35, length);
		memcpy(draft + draft_length - length, fields, length);
		assert_int_equal(decode_draft(), WIRE_OK);
		assert_int_equal(message.bid_count, 1);
		assert_int_equal(message.bid[0].bid, length >= 2 ? 0x1234 : 0);
		assert_int_equal(message.bid[0].status, length >= 3 ? 0x56 : 0);
		assert_int_equal(message.bid[0].flags, length >= 4 ? (BID_HOME | 5) : 0);
		/* RFC 5648 4.3 */
		bool allowed = length == 4 || length == 8 || length == 20;
		assert_int_equal(message.bid[0].care_of.length,
			allowed ? length - 4 : (size_t)CARE_OF_MALFORMED);
		assert_int_equal(message.bid[0].care_of.address.s6_addr[0],
			allowed && length > 4 ? 0x20 : 0);
	}
}

static void every_option_past_the_end_is_told(void **state)
{
	static const size_t lengths[] = {0, 1, 4, 8, 20, 254};

	(void)state;
	for (unsigned int type = 1; type <= UINT8_MAX; type++) {
		for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
			end_with_option((uint8_t)type, lengths[i]);
			draft[draft_length - lengths[i] - 1]++;
			assert_int_equal(decode_draft(), WIRE_OPTION_OVERRUN);
		}
	}
}

static void an_option_type_without_length_is_told(void **state)
{
	(void)state;
	for (unsigned int type = 1; type <= UINT8_MAX; type++) {
		start(MH_binding_update);
		draft_length = 15;
		append(&(uint8_t){(uint8_t)type}, 1);
		assert_int_equal(decode_draft(), WIRE_OPTION_OVERRUN);
	}
}

/* ---- multiplicity and order ---- */

static void append_valid(uint8_t type)
{
	size_t length = 0;

	while (!length_allowed(type, length))
		length++;
	append_option(type, length);
}

static void an_option_that_comes_once_may_not_come_twice(void **state)
{
	static const uint8_t once[] = {2, 3, 4, 7, 8, 10};

	(void)state;
	for (size_t i = 0; i < sizeof(once); i++) {
		start(MH_binding_update);
		append_valid(once[i]);
		append_valid(once[i]);
		assert_int_equal(decode_draft(), WIRE_DUPLICATE_OPTION);
	}
}

static void two_authentication_options_are_enough(void **state)
{
	(void)state;
	/* RFC 4285 5: MN-HA, then MN-AAA */
	start(MH_binding_update);
	append_valid(9);
	append_valid(9);
	assert_int_equal(decode_draft(), WIRE_OK);
	assert_int_equal(message.authentication_count, 2);
	append_valid(9);
	assert_int_equal(decode_draft(), WIRE_DUPLICATE_OPTION);
}

static void many_binding_identifiers_fit(void **state)
{
	static const struct {
		uint8_t type;
		uint16_t count;
	} cases[] = {
		{MH_binding_update, 200},
		{MH_binding_update, 339}, /* as many as fit behind 12 octets */
		{MH_refresh_request, 340},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(cases[i].type);
		for (unsigned int bid = 1; bid <= cases[i].count; bid++)
			append((uint8_t[]){35, 4, (uint8_t)(bid >> 8), (uint8_t)bid, 0, 0}, 6);
		assert_int_equal(decode_draft(), WIRE_OK);
		assert_int_equal(message.bid_count, cases[i].count);
		for (unsigned int bid = 1; bid <= cases[i].count; bid++) {
			assert_int_equal(message.bid[bid - 1].bid, bid);
			assert_int_equal(message.bid[bid - 1].care_of.length, 0);
		}
	}
}

static void the_same_bid_twice_is_for_others_to_judge(void **state)
{
	(void)state;
	start(MH_binding_update);
	append("\x23\x04\x00\x00\x00\x00\x23\x04\x00\x00\x00\x00", 12);
	assert_int_equal(decode_draft(), WIRE_OK);
	assert_int_equal(message.bid_count, 2);
	assert_int_equal(message.bid[1].bid, 0);
}

/* Shows RFC 6275 6.2-1, 6.2-2, 9.5.1-12, 11.7.3-3. */
static void authorization_data_come_last(void **state)
{
	(void)state;
	/* RFC 6275 6.2.7: nothing behind it */
	end_with_option(5, 12);
	assert_int_equal(decode_draft(), WIRE_OK);
	append("\x01\x06\x00\x00\x00\x00\x00\x00", 8);
	assert_int_equal(decode_draft(), WIRE_AUTHORIZATION_NOT_LAST);
	end_with_option(5, 12);
	draft_length += 8; /* Pad1 */
	assert_int_equal(decode_draft(), WIRE_AUTHORIZATION_NOT_LAST);
	end_with_option(5, 12);
	append_option(5, 12);
	assert_int_equal(decode_draft(), WIRE_AUTHORIZATION_NOT_LAST);
}

/* ---- what is skipped ---- */

/* Shows RFC 6275 6.2.1-1, 6.2.3-1, 6.1.2-3, 6.1.8-5, 6.1.9-3, 6.1.7-9. */
static void unknown_options_and_padding_are_skipped(void **state)
{
	(void)state;
	/* PadN with octets other than zero, flow summary (44), 255, Pad1 */
	start(MH_binding_update);
	append("\x01\x02\xaa\xbb\x2c\x02\x00\x01\xff\x00\x00\x00\x23\x04\x00\x09\x00\x00", 18);
	append("\x01\x00", 2);
	assert_int_equal(decode_draft(), WIRE_OK);
	assert_int_equal(message.bid_count, 1);
	assert_int_equal(message.bid[0].bid, 9);
}

/* Shows RFC 6275 6.1.3-3, 6.1.4-3, 6.1.5-1, 6.1.6-1. */
static void unknown_options_of_tests_are_skipped(void **state)
{
	(void)state;
	/* 255, and behind it a Binding Identifier */
	assert_int_equal(decode("3b030100000000001122334455667788"
				"ff06ffffffffffff2304000900000100"),
		WIRE_OK);
	assert_true(message.home_test_init.cookie == 0x1122334455667788);
	assert_int_equal(message.bid_count, 1);
	assert_int_equal(decode("3b030200000000001122334455667788"
				"ff06ffffffffffff2304000900000100"),
		WIRE_OK);
	assert_true(message.care_of_test_init.cookie == 0x1122334455667788);
	assert_int_equal(message.bid[0].bid, 9);
	assert_int_equal(decode("3b0403000000000711223344556677888877665544332211"
				"ff06ffffffffffff2304000900000100"),
		WIRE_OK);
	assert_int_equal(message.home_test.nonce_index, 7);
	assert_true(message.home_test.token == 0x8877665544332211);
	assert_int_equal(decode("3b0404000000000711223344556677888877665544332211"
				"ff06ffffffffffff2304000900000100"),
		WIRE_OK);
	assert_int_equal(message.care_of_test.nonce_index, 7);
	assert_true(message.care_of_test.token == 0x8877665544332211);
	assert_int_equal(message.bid[0].bid, 9);
}

static void octets_behind_header_len_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(decode("3b00000000000000"
				"ffffffffffffffffff"),
		WIRE_OK);
	assert_int_equal(message.type, MH_refresh_request);
}

/* Shows RFC 6275 6.1.1-4, 6.1.2-2, 6.1.3-2, 6.1.4-2, 6.1.9-2. */
static void reserved_octets_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(decode("3b0000ff0000ffff"), WIRE_OK);
	assert_int_equal(decode("3b0207ff000002ff20010db8000100000000000000000100"), WIRE_OK);
	assert_int_equal(message.binding_error.status, 2);
	assert_int_equal(decode("3b0101ff0000ffff1122334455667788"), WIRE_OK);
	assert_true(message.home_test_init.cookie == 0x1122334455667788);
	assert_int_equal(decode("3b0102ff0000ffff1122334455667788"), WIRE_OK);
	assert_true(message.care_of_test_init.cookie == 0x1122334455667788);
}

/* ---- RFC 6275 9.2 ---- */

/* Shows RFC 6275 11.2-1, 9.2-9. */
static void checks_come_in_the_order_of_the_document(void **state)
{
	(void)state;
	/* type 8 with payload proto 6 */
	assert_int_equal(decode("0600080000000000"), WIRE_UNKNOWN_MESSAGE);
	assert_int_equal(message.type, 8);
	/* a Binding Update too short, with payload proto 6 */
	assert_int_equal(decode("0600050000000000"), WIRE_BAD_PAYLOAD_PROTO);
	assert_int_equal(message.type, MH_binding_update);
	assert_int_equal(decode("3b00050000000000"), WIRE_HEADER_LEN_TOO_SMALL);
	assert_int_equal(message.type, MH_binding_update);
	for (unsigned int type = 8; type <= UINT8_MAX; type++) {
		uint8_t octets[8] = {59, 0, (uint8_t)type};
		assert_int_equal(decode_octets(octets, 8), WIRE_UNKNOWN_MESSAGE);
		assert_int_equal(message.type, type);
	}
}

static void nothing_of_an_earlier_message_remains(void **state)
{
	uint8_t octets[OCTETS_MAX];
	size_t full = full_message(MH_binding_update, octets);

	(void)state;
	assert_int_equal(decode_octets(octets, full), WIRE_OK);
	assert_int_equal(decode("3b01050000000001c0400096010200000000"), WIRE_OK);
	assert_false(message.has_refresh_advice || message.has_alternate_care_of);
	assert_false(message.has_nonce_indices || message.has_link_layer_address);
	assert_false(message.has_mn_id || message.has_replay || message.has_authorization);
	assert_int_equal(message.bid_count + message.authentication_count, 0);
}

/* ---- dialects ---- */

/* Shows RFC 6275 6.1.7-6. */
static void the_dialect_decides_about_its_bits(void **state)
{
	struct octets octets = hex("3b02050000000001c0080096"
				   "c804000700ff230400080000");

	(void)state;
	assert_int_equal(
		message_decode(other_dialect(), octets.at, octets.length, &message), WIRE_OK);
	assert_int_equal(message.binding_update.flags, BU_ACKNOWLEDGE | BU_HOME | BU_OVERWRITE);
	assert_int_equal(message.bid_count, 1);
	assert_int_equal(message.bid[0].bid, 7);
	assert_int_equal(message.bid[0].flags, BID_HOME);
	release(octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_decode),
		cmocka_unit_test(every_message_decodes),
		cmocka_unit_test(acknowledgement_decodes),
		cmocka_unit_test(authentication_options_decode),
		cmocka_unit_test(ipv4_care_of_and_link_layer_addresses_decode),
		cmocka_unit_test(every_truncation_is_told),
		cmocka_unit_test(a_header_len_that_cuts_the_fixed_part_is_too_small),
		cmocka_unit_test(every_length_of_every_option_is_judged),
		cmocka_unit_test(every_length_of_a_bid_option_is_said),
		cmocka_unit_test(every_option_past_the_end_is_told),
		cmocka_unit_test(an_option_type_without_length_is_told),
		cmocka_unit_test(an_option_that_comes_once_may_not_come_twice),
		cmocka_unit_test(two_authentication_options_are_enough),
		cmocka_unit_test(many_binding_identifiers_fit),
		cmocka_unit_test(the_same_bid_twice_is_for_others_to_judge),
		cmocka_unit_test(authorization_data_come_last),
		cmocka_unit_test(unknown_options_and_padding_are_skipped),
		cmocka_unit_test(unknown_options_of_tests_are_skipped),
		cmocka_unit_test(octets_behind_header_len_are_ignored),
		cmocka_unit_test(reserved_octets_are_ignored),
		cmocka_unit_test(checks_come_in_the_order_of_the_document),
		cmocka_unit_test(nothing_of_an_earlier_message_remains),
		cmocka_unit_test(the_dialect_decides_about_its_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
