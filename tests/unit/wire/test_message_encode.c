/* SPDX-License-Identifier: BSD-2-Clause */
/* struct message to octets: padding and alignment of RFC 6275 6.2.1 and of each option. */
#include "support.h"

#include <string.h>

static struct message message;
static uint8_t octets[MESSAGE_OCTETS_MAX];
static struct message_layout layout;

static const uint8_t some[40] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

static bool encode(void)
{
	return message_encode(&dialect_rfc5648, &message, octets, sizeof(octets), &layout);
}

/* ---- octets of others ---- */

/* Shows RFC 5648 4.3-1, 4.3-4, 4.3-9; RFC 6275 6.1.1-2, 6.1.1-3. */
static void vectors_encode(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		struct octets expected = hex(vectors[i].digits);
		memcpy((uint8_t *)(uintptr_t)expected.at + MESSAGE_CHECKSUM_AT, "\0", 2);
		vectors[i].fill(&message);
		assert_true(encode());
		assert_int_equal(layout.length, expected.length);
		assert_memory_equal(octets, expected.at, expected.length);
		assert_int_equal(layout.authentication_at, 0);
		/* the twelve octets that the message ends with */
		assert_int_equal(layout.authorization_at,
			message.has_authorization ? expected.length - 12 : 0);
		release(expected);
	}
}

/* Shows RFC 6275 6.1.1-1, 6.1.3-1, 6.1.4-1. */
static void every_message_encodes_as_scapy_does(void **state)
{
	(void)state;
	message_init(&message, MH_refresh_request);
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length}, "3b00000000000000");
	message_init(&message, MH_home_test_init);
	message.home_test_init.cookie = 0x0303030303030303;
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length}, "3b010100000000000303030303030303");
	message_init(&message, MH_care_of_test_init);
	message.care_of_test_init.cookie = 0x0303030303030303;
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length}, "3b010200000000000303030303030303");
	message_init(&message, MH_home_test);
	message.home_test = (struct msg_home_test){1, 0x0101010101010101, 0x0202020202020202};
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length},
		"3b0203000000000101010101010101010202020202020202");
	message_init(&message, MH_care_of_test);
	message.care_of_test = (struct msg_care_of_test){1, 0x0101010101010101, 0x0202020202020202};
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length},
		"3b0204000000000101010101010101010202020202020202");
	message_init(&message, MH_binding_error);
	message.binding_error = (struct msg_binding_error){2, address(HOME_ADDRESS)};
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length},
		"3b0207000000020020010db8000100000000000000000100");
}

static void acknowledgement_encodes_as_scapy_does(void **state)
{
	(void)state;
	message_init(&message, MH_binding_ack);
	message.binding_ack = (struct msg_binding_ack){4, 0x80, 9, 10};
	message.has_refresh_advice = message.has_alternate_care_of = true;
	message.refresh_advice.interval = 5;
	message.alternate_care_of.address = address(CARE_OF_1);
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length},
		"3b040600000004800009000a02020005010400000000"
		"031020010db8000200000000000000000100");
}

static void authentication_options_encode_as_scapy_does(void **state)
{
	(void)state;
	message_init(&message, MH_binding_update);
	message.binding_update = (struct msg_binding_update){1, 0xc040, 150};
	message.bid_count = 1;
	message.bid[0] = (struct opt_bid){
		.bid = 1, .care_of = {.length = 16, .address = address(CARE_OF_1)}};
	message.has_mn_id = message.has_replay = true;
	message.mn_id = (struct opt_mn_id){1, {(const uint8_t *)"mn@example.org", 14}};
	message.replay.timestamp = 0x0102030405060708;
	message.authentication_count = 1;
	message.authentication[0] = (struct opt_authentication){AUTH_MN_HA, 256, {some, 12}};
	assert_true(encode());
	assert_octets((struct octets){octets, layout.length},
		"3b0a050000000001c040009601040000000023140001000020010db8000200000000000000000100"
		"080f016d6e406578616d706c652e6f7267000a0801020304050607080009110100000100"
		"0102030405060708090a0b0c");
	assert_int_equal(layout.authentication_at, layout.length - 12);
	assert_int_equal(layout.authorization_at, 0);
}

/* ---- alignment ---- */

/* Finds an option by walking type and length; 0 if it is not there. Checks that padding is zeros.
 */
static size_t find_option(uint8_t type, size_t from)
{
	static const size_t fixed[8] = {8, 16, 16, 24, 24, 12, 12, 24};
	size_t at = fixed[message.type];

	while (at < layout.length) {
		if (octets[at] == type && at >= from)
			return at;
		if (octets[at] == 0) {
			at++;
			continue;
		}
		for (size_t i = 0; octets[at] == 1 && i < octets[at + 1]; i++)
			assert_int_equal(octets[at + 2 + i], 0);
		at += 2u + octets[at + 1];
	}
	assert_int_equal(at, layout.length);
	return 0;
}

static void assert_aligned(uint8_t type, size_t n, size_t m)
{
	size_t at = find_option(type, 0);

	assert_true(at > 0);
	assert_int_equal(at % n, m);
}

/* In every message, behind a link-layer address of every length, which moves what follows. */
static void each_alignment(void (*add)(void), uint8_t type, size_t n, size_t m)
{
	for (uint8_t message_type = 0; message_type < 8; message_type++) {
		for (size_t length = 0; length <= 16; length++) {
			message_init(&message, message_type);
			message.has_link_layer_address = length > 0;
			message.link_layer_address.address = (struct octets){some, length};
			add();
			assert_true(encode());
			assert_aligned(type, n, m);
			/* RFC 6275 6.1.1: units of eight octets, the first not counted */
			assert_int_equal(layout.length % 8, 0);
			assert_int_equal(octets[1], layout.length / 8 - 1);
		}
	}
}

static void add_advice(void)
{
	message.has_refresh_advice = true;
}

static void add_alternate_care_of(void)
{
	message.has_alternate_care_of = true;
}

static void add_nonce_indices(void)
{
	message.has_nonce_indices = true;
}

static void add_bid(uint8_t care_of_length)
{
	message.bid[message.bid_count++] =
		(struct opt_bid){.bid = 1, .care_of.length = care_of_length};
}

static void add_bid_alone(void)
{
	add_bid(0);
}

static void add_bid_ipv4(void)
{
	add_bid(4);
}

static void add_bid_ipv6(void)
{
	add_bid(16);
}

static void add_replay(void)
{
	message.has_replay = true;
}

static void add_authentication(void)
{
	message.authentication_count = 1;
	message.authentication[0] = (struct opt_authentication){AUTH_MN_HA, 256, {some, 12}};
}

static void add_authorization(void)
{
	message.has_authorization = true;
	message.authorization.authenticator = (struct octets){some, 12};
}

/* Shows RFC 6275 6.1.1-6. */
static void options_stand_where_the_documents_want_them(void **state)
{
	(void)state;
	each_alignment(add_advice, 2, 2, 0);            /* RFC 6275 6.2.4 */
	each_alignment(add_alternate_care_of, 3, 8, 6); /* RFC 6275 6.2.5 */
	each_alignment(add_nonce_indices, 4, 2, 0);     /* RFC 6275 6.2.6 */
	each_alignment(add_authorization, 5, 8, 2);     /* RFC 6275 6.2.7 */
	each_alignment(add_bid_alone, 35, 2, 0);        /* RFC 5648 4.3 */
	each_alignment(add_bid_ipv4, 35, 8, 2);         /* RFC 5648 4.3 */
	each_alignment(add_bid_ipv6, 35, 8, 2);         /* RFC 5648 4.3 */
	each_alignment(add_replay, 10, 8, 2);           /* RFC 4285 6 */
	each_alignment(add_authentication, 9, 4, 1);    /* RFC 4285 5 */
}

static void every_binding_identifier_is_aligned(void **state)
{
	static const uint8_t lengths[] = {16, 0, 4, 0, 0, 16, 16, 4, 4};
	size_t at = 0;

	(void)state;
	message_init(&message, MH_binding_update);
	for (size_t i = 0; i < sizeof(lengths); i++)
		add_bid(lengths[i]);
	assert_true(encode());
	for (size_t i = 0; i < sizeof(lengths); i++) {
		at = find_option(35, at + 1);
		assert_true(at > 0);
		assert_int_equal(at % (lengths[i] ? 8 : 2), lengths[i] ? 2 : 0);
	}
}

static void many_binding_identifiers_fit(void **state)
{
	(void)state;
	message_init(&message, MH_refresh_request);
	for (unsigned int i = 0; i < MESSAGE_BIDS_MAX; i++)
		add_bid(0);
	assert_true(encode());
	assert_int_equal(layout.length, MESSAGE_OCTETS_MAX);
	assert_int_equal(octets[1], 255);
	message.type = MH_binding_update;
	assert_false(encode()); /* four octets too many */
	message.bid_count = 200;
	assert_true(encode());
	assert_int_equal(layout.length, (12 + 200 * 6 + 7) / 8 * 8);
}

static void authorization_data_end_the_message(void **state)
{
	(void)state;
	/* RFC 6275 6.2.7: last and without padding behind it, whatever is before it and how long */
	for (size_t length = 1; length <= 40; length++) {
		message_init(&message, MH_binding_update);
		add_bid(0);
		add_replay();
		add_authentication();
		message.has_authorization = true;
		message.authorization.authenticator = (struct octets){some, length};
		assert_true(encode());
		assert_int_equal(layout.authorization_at + length, layout.length);
		assert_int_equal(octets[layout.authorization_at - 2], 5);
		assert_int_equal(octets[layout.authorization_at - 1], length);
		assert_memory_equal(octets + layout.authorization_at, some, length);
		assert_int_equal(octets[layout.authentication_at - 7], 9);
	}
}

static void the_first_authenticator_is_told(void **state)
{
	(void)state;
	message_init(&message, MH_binding_update);
	message.authentication_count = 2;
	message.authentication[0] = (struct opt_authentication){AUTH_MN_HA, 256, {some, 12}};
	message.authentication[1] = (struct opt_authentication){AUTH_MN_AAA, 3, {some + 12, 20}};
	assert_true(encode());
	assert_int_equal(octets[layout.authentication_at - 5], AUTH_MN_HA);
	assert_memory_equal(octets + layout.authentication_at, some, 12);
	/* RFC 4285 5: nothing but MN-AAA behind it */
	assert_int_equal(find_option(9, layout.authentication_at) % 4, 1);
}

static void an_authenticator_not_yet_known_is_zeros(void **state)
{
	static const uint8_t zeros[12];

	(void)state;
	memset(octets, 0xff, sizeof(octets));
	message_init(&message, MH_binding_update);
	message.authentication_count = 1;
	message.authentication[0] =
		(struct opt_authentication){AUTH_MN_HA, 256, {NULL, AUTH_OCTETS}};
	assert_true(encode());
	assert_memory_equal(octets + layout.authentication_at, zeros, sizeof(zeros));
}

/* ---- what cannot be encoded ---- */

static void a_capacity_too_small_changes_nothing(void **state)
{
	(void)state;
	message_init(&message, MH_binding_update);
	add_bid(16);
	add_replay();
	add_authentication();
	assert_true(encode());
	size_t needed = layout.length;
	for (size_t capacity = 0; capacity < needed; capacity++) {
		struct octets tight = copy(octets, capacity);
		layout.length = 4711;
		assert_false(message_encode(&dialect_rfc5648, &message,
			(uint8_t *)(uintptr_t)tight.at, capacity, &layout));
		assert_int_equal(layout.length, 4711);
		release(tight);
	}
}

static void impossible_lengths_are_refused(void **state)
{
	static const uint8_t long_identifier[255];

	(void)state;
	message_init(&message, MH_binding_update);
	message.has_mn_id = true;
	message.mn_id.identifier = (struct octets){long_identifier, 254};
	assert_true(encode());
	message.mn_id.identifier.length = 255; /* and the subtype */
	assert_false(encode());

	message_init(&message, MH_binding_update);
	for (unsigned int length = 0; length <= UINT8_MAX; length++) {
		message.bid_count = 0;
		add_bid((uint8_t)length);
		assert_int_equal(encode(), length == 0 || length == 4 || length == 16);
	}

	message_init(&message, MH_binding_update);
	message.has_authorization = true; /* of no octets */
	assert_false(encode());
}

static void impossible_counts_and_types_are_refused(void **state)
{
	(void)state;
	message_init(&message, MH_binding_update);
	message.bid_count = MESSAGE_BIDS_MAX + 1;
	assert_false(encode());
	message_init(&message, MH_binding_update);
	message.authentication_count = 3;
	assert_false(encode());
	message_init(&message, MH_binding_update);
	message.type = 8;
	assert_false(encode());
}

/* ---- dialects ---- */

/* Shows RFC 6275 6.1.7-5. */
static void the_dialect_decides_about_its_bits(void **state)
{
	(void)state;
	message_init(&message, MH_binding_update);
	message.binding_update = (struct msg_binding_update){1, BU_HOME | BU_OVERWRITE, 150};
	add_bid(0);
	message.bid[0].flags = BID_HOME | 5;
	assert_true(message_encode(other_dialect(), &message, octets, sizeof(octets), &layout));
	assert_octets((struct octets){octets, layout.length}, "3b02050000000001"
							      "40080096c804000100800104"
							      "00000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_encode),
		cmocka_unit_test(every_message_encodes_as_scapy_does),
		cmocka_unit_test(acknowledgement_encodes_as_scapy_does),
		cmocka_unit_test(authentication_options_encode_as_scapy_does),
		cmocka_unit_test(options_stand_where_the_documents_want_them),
		cmocka_unit_test(every_binding_identifier_is_aligned),
		cmocka_unit_test(many_binding_identifiers_fit),
		cmocka_unit_test(authorization_data_end_the_message),
		cmocka_unit_test(the_first_authenticator_is_told),
		cmocka_unit_test(an_authenticator_not_yet_known_is_zeros),
		cmocka_unit_test(a_capacity_too_small_changes_nothing),
		cmocka_unit_test(impossible_lengths_are_refused),
		cmocka_unit_test(impossible_counts_and_types_are_refused),
		cmocka_unit_test(the_dialect_decides_about_its_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
