/* SPDX-License-Identifier: BSD-2-Clause */
/* Received packets: RFC 8200 4, RFC 6275 6.1.1, 6.3, 6.4, 9.2, 9.3.1. The octets of the first three
 * are scapy's. */
#include "support.h"

#include <stdio.h>
#include <arpa/inet.h>
#include <string.h>

#define UPDATE                                                                                     \
	"3b0405004f2b0001c0400096010400000000"                                                     \
	"23140001000020010db8000200000000000000000100"
#define UPDATE_FROM_HOME                                                                           \
	"600000000028874020010db800010000000000000000010020010db8000100000000000000000001" UPDATE
#define HOME_ADDRESS_HEADER "870201020000c91020010db8000100000000000000000100"
#define UPDATE_FROM_CARE_OF                                                                        \
	"6000000000403c4020010db800020000000000000000010020010db800010000000000000000000"          \
	"1" HOME_ADDRESS_HEADER UPDATE
#define ROUTING_HEADER "870202010000000020010db8000100000000000000000100"
#define ACK "3b0206003d49000000010096230400010000010400000000"
#define ACK_TO_CARE_OF                                                                             \
	"6000000000302b4020010db800010000000000000000000120010db800020000000000000000010"          \
	"0" ROUTING_HEADER ACK

static struct packet packet;
static struct message message;

static enum wire_error decode_octets(const uint8_t *octets, size_t length)
{
	struct octets tight = copy(octets, length);
	enum wire_error error = packet_decode(tight.at, tight.length, &packet);

	if (error == WIRE_OK)
		error = packet_message(&dialect_rfc5648, &packet, &message);
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

/* A packet from HOME_ADDRESS to HOME_AGENT: these headers, then UPDATE. */
static uint8_t draft[2048];
static size_t draft_length;

static void set_lengths(uint8_t first_header)
{
	size_t payload = draft_length - IPV6_HEADER_OCTETS;

	draft[4] = (uint8_t)(payload >> 8);
	draft[5] = (uint8_t)payload;
	draft[6] = first_header;
}

static enum wire_error decode_behind(uint8_t first_header, const char *headers)
{
	struct octets outer = hex(UPDATE_FROM_HOME);
	struct octets extension = hex(headers);

	memcpy(draft, outer.at, IPV6_HEADER_OCTETS);
	memcpy(draft + IPV6_HEADER_OCTETS, extension.at, extension.length);
	memcpy(draft + IPV6_HEADER_OCTETS + extension.length, outer.at + IPV6_HEADER_OCTETS,
		outer.length - IPV6_HEADER_OCTETS);
	draft_length = outer.length + extension.length;
	set_lengths(first_header);
	release(outer);
	release(extension);
	return decode_octets(draft, draft_length);
}

/* ---- well-formed ---- */

static void plain_packet(void **state)
{
	(void)state;
	assert_int_equal(decode(UPDATE_FROM_HOME), WIRE_OK);
	assert_address(&packet.source, HOME_ADDRESS);
	assert_address(&packet.destination, HOME_AGENT);
	assert_false(packet.has_home_address);
	assert_false(packet.has_routing);
	assert_int_equal(packet.next_header, MH_NEXT_HEADER);
	assert_int_equal(packet.payload_at, 40);
	assert_int_equal(packet.payload.length, 40);
	vectors[3].check(&message);
}

static void home_address_option(void **state)
{
	(void)state;
	/* RFC 6275 6.1.1: the checksum is over the home address */
	assert_int_equal(decode(UPDATE_FROM_CARE_OF), WIRE_OK);
	assert_address(&packet.source, CARE_OF_1);
	assert_true(packet.has_home_address);
	assert_address(&packet.home_address, HOME_ADDRESS);
	assert_int_equal(packet.payload_at, 64);
	vectors[3].check(&message);
}

/* Shows RFC 6275 6.4.1-2. */
static void type_2_routing_header(void **state)
{
	(void)state;
	assert_int_equal(decode(ACK_TO_CARE_OF), WIRE_OK);
	assert_address(&packet.destination, CARE_OF_1);
	assert_true(packet.has_routing);
	assert_address(&packet.routing_address, HOME_ADDRESS);
	assert_int_equal(packet.payload_at, 64);
	assert_int_equal(message.type, MH_binding_ack);
	assert_int_equal(message.bid[0].bid, 1);
}

static void link_padding_is_ignored(void **state)
{
	(void)state;
	assert_int_equal(decode(UPDATE_FROM_HOME "ffffffffffff"), WIRE_OK);
	assert_int_equal(packet.payload.length, 40);
	vectors[3].check(&message);
}

static void octets_behind_the_mobility_header_are_ignored(void **state)
{
	struct octets octets = hex(UPDATE_FROM_HOME "ffffffff");

	(void)state;
	/* RFC 8200 4.7: next header 59 says that what follows has no meaning */
	((uint8_t *)(uintptr_t)octets.at)[5] = 44;
	assert_int_equal(decode_octets(octets.at, octets.length), WIRE_OK);
	assert_int_equal(packet.payload.length, 44);
	release(octets);
}

/* ---- lengths ---- */

/* RFC 4443 2.4 (c): an error quotes as much as there is room for */
static void a_quote_may_be_cut_behind_its_headers(void **state)
{
	(void)state;
	struct octets whole = hex(UPDATE_FROM_CARE_OF);
	const size_t headers = IPV6_HEADER_OCTETS + 24;

	for (size_t length = 0; length <= whole.length; length++) {
		struct octets cut = copy(whole.at, length);
		enum wire_error error = packet_decode_quoted(cut.at, cut.length, &packet);
		assert_int_equal(error == WIRE_OK, length >= headers);
		if (error == WIRE_OK) {
			assert_true(packet.has_home_address);
			assert_int_equal(packet.next_header, MH_NEXT_HEADER);
			assert_int_equal(packet.payload.length, length - headers);
		}
		release(cut);
	}
	release(whole);
}

static void every_truncation_is_told(void **state)
{
	static const char *const packets[] = {
		UPDATE_FROM_HOME, UPDATE_FROM_CARE_OF, ACK_TO_CARE_OF};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct octets octets = hex(packets[i]);
		for (size_t length = 0; length < octets.length; length++)
			assert_int_equal(decode_octets(octets.at, length), WIRE_TRUNCATED);
		release(octets);
	}
}

static void a_payload_length_that_cuts_is_told(void **state)
{
	struct octets octets = hex(UPDATE_FROM_CARE_OF);
	uint8_t *payload_length = (uint8_t *)(uintptr_t)octets.at + 5;

	(void)state;
	for (*payload_length = 0; *payload_length < 64; ++*payload_length)
		assert_int_equal(decode_octets(octets.at, octets.length),
			*payload_length < 24 ? WIRE_BAD_EXTENSION_HEADER : WIRE_TRUNCATED);
	*payload_length = 65;
	assert_int_equal(decode_octets(octets.at, octets.length), WIRE_TRUNCATED);
	release(octets);
}

static void other_versions_are_told(void **state)
{
	struct octets octets = hex(UPDATE_FROM_HOME);

	(void)state;
	for (unsigned int version = 0; version < 16; version++) {
		((uint8_t *)(uintptr_t)octets.at)[0] = (uint8_t)(version << 4);
		assert_int_equal(decode_octets(octets.at, octets.length),
			version == 6 ? WIRE_OK : WIRE_NOT_IPV6);
	}
	release(octets);
	assert_int_equal(decode("4500001400000000"), WIRE_NOT_IPV6);
}

static void a_failure_leaves_the_result_untouched(void **state)
{
	struct packet before;

	(void)state;
	assert_int_equal(decode(UPDATE_FROM_CARE_OF), WIRE_OK);
	before = packet;
	assert_int_equal(decode_behind(43, "8700000100000000"), WIRE_BAD_ROUTING_HEADER);
	assert_memory_equal(&packet, &before, sizeof(before));
}

/* ---- Home Address option ---- */

/* Shows RFC 6275 6.3-2, 9.3.1-1. */
static void home_address_must_be_unicast_routable(void **state)
{
	/* RFC 6275 9.3.1 */
	static const char *const headers[] = {
		"870201020000c910ff020000000000000000000000000001",
		"870201020000c910ff0e0000000000000000000000000001",
		"870201020000c910fe800000000000000000000000000001",
		"870201020000c91000000000000000000000000000000000",
		"870201020000c91000000000000000000000000000000001",
		"870201020000c91000000000000000000000ffffc0000201",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		assert_int_equal(decode_behind(60, headers[i]), WIRE_HOME_ADDRESS_NOT_UNICAST);
}

/* Shows RFC 6275 6.3-6. */
static void home_address_comes_once(void **state)
{
	(void)state;
	/* RFC 6275 6.3: in two headers, and in one */
	assert_int_equal(decode_behind(60, "3c0201020000c91020010db8000100000000000000000100"
					   "870201020000c91020010db8000100000000000000000100"),
		WIRE_TWO_HOME_ADDRESSES);
	assert_int_equal(decode_behind(60, "8704c91020010db8000100000000000000000100"
					   "c91020010db80001000000000000000001000000"),
		WIRE_TWO_HOME_ADDRESSES);
}

/* Shows RFC 6275 6.3-1. */
static void home_address_has_sixteen_octets(void **state)
{
	(void)state;
	/* RFC 6275 6.3 */
	assert_int_equal(decode_behind(60, "870201020000c90f20010db8000100000000000000000100"),
		WIRE_BAD_EXTENSION_HEADER);
	assert_int_equal(decode_behind(60, "870201020000c91120010db8000100000000000000000100"),
		WIRE_BAD_EXTENSION_HEADER);
	assert_int_equal(decode_behind(60, "87020000c91120010db800010000000000000000010000000"
					   "0"),
		WIRE_BAD_EXTENSION_HEADER);
	assert_int_equal(decode_behind(60, "8700c90000000000"), WIRE_BAD_EXTENSION_HEADER);
	assert_int_equal(decode_behind(60, "870000000000c900"), WIRE_BAD_EXTENSION_HEADER);
	assert_int_equal(decode_behind(60, "87000000000000c9"), WIRE_BAD_EXTENSION_HEADER);
}

static void home_address_counts_wherever_it_stands(void **state)
{
	(void)state;
	/* behind another option, without alignment */
	assert_int_equal(decode_behind(60, "87030503000000c91020010db8000100000000000000000100"
					   "01050000000000"),
		WIRE_OK);
	assert_true(packet.has_home_address);
	assert_address(&packet.home_address, HOME_ADDRESS);
}

static void in_hop_by_hop_options_it_means_nothing(void **state)
{
	(void)state;
	assert_int_equal(
		decode_behind(0, "870201020000c910ff020000000000000000000000000001"), WIRE_OK);
	assert_false(packet.has_home_address);
}

static void unknown_destination_options_are_skipped(void **state)
{
	(void)state;
	for (unsigned int type = 2; type <= UINT8_MAX; type++) {
		char header[17];
		if (type == 0xc9)
			continue;
		snprintf(header, sizeof(header), "8700%02x02ffff0000", type);
		assert_int_equal(decode_behind(60, header), WIRE_OK);
	}
	assert_int_equal(decode_behind(60, "87000505ffff0000"), WIRE_BAD_EXTENSION_HEADER);
}

/* ---- routing header ---- */

/* Shows RFC 6275 6.4-2, 6.4.1-3, 6.4.1-4. */
static void type_2_must_have_its_shape(void **state)
{
	(void)state;
	/* RFC 6275 6.4.1: Hdr Ext Len 2, Segments Left 1, unicast routable */
	assert_int_equal(decode_behind(43, "870202000000000020010db8000100000000000000000100"),
		WIRE_BAD_ROUTING_HEADER);
	assert_int_equal(decode_behind(43, "870202020000000020010db8000100000000000000000100"),
		WIRE_BAD_ROUTING_HEADER);
	assert_int_equal(decode_behind(43, "8701020100000000"
					   "20010db800010000"),
		WIRE_BAD_ROUTING_HEADER);
	assert_int_equal(decode_behind(43, "870302010000000020010db80001000000000000000001000"
					   "000000000000000"),
		WIRE_BAD_ROUTING_HEADER);
	assert_int_equal(decode_behind(43, "8702020100000000ff0e0000000000000000000000000001"),
		WIRE_BAD_ROUTING_HEADER);
	assert_int_equal(decode_behind(43, "2b0202010000000020010db8000100000000000000000100"
					   "870202010000000020010db8000100000000000000000100"),
		WIRE_BAD_ROUTING_HEADER);
}

static void other_types_are_skipped_when_used_up(void **state)
{
	(void)state;
	/* RFC 8200 4.4 */
	assert_int_equal(decode_behind(43, "8700040000000000"), WIRE_OK);
	assert_false(packet.has_routing);
	assert_int_equal(decode_behind(43, "8700040100000000"), WIRE_BAD_ROUTING_HEADER);
	assert_int_equal(decode_behind(43, "8700000100000000"), WIRE_BAD_ROUTING_HEADER);
}

/* ---- other extension headers ---- */

static void fragments_are_told(void **state)
{
	(void)state;
	/* first, last, atomic; behind another header */
	assert_int_equal(decode_behind(44, "8700000100000001"), WIRE_FRAGMENT);
	assert_int_equal(decode_behind(44, "8700010000000001"), WIRE_FRAGMENT);
	assert_int_equal(decode_behind(44, "8700000000000001"), WIRE_FRAGMENT);
	assert_int_equal(decode_behind(60, "2c000104000000008700000000000001"), WIRE_FRAGMENT);
}

/* RFC 6275 9.3.1: what is said of whom the fragment comes from must be known. */
static void fragments_are_decoded_so_far(void **state)
{
	struct in6_addr home;

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "2001:db8:7::7", &home), 1);
	memset(&packet, 0, sizeof(packet));
	assert_int_equal(decode_behind(60, "2c0201020000c91020010db8000700000000000000000007"
					   "8700000100000001"),
		WIRE_FRAGMENT);
	assert_true(packet.has_home_address);
	assert_memory_equal(&packet.home_address, &home, sizeof(home));
	assert_int_equal(packet.next_header, 44);
}

static void eight_headers_are_enough(void **state)
{
	char headers[9 * 16 + 1] = "";

	(void)state;
	for (unsigned int count = 1; count <= 9; count++) {
		headers[0] = '\0';
		for (unsigned int i = 1; i <= count; i++)
			strcat(headers, i < count ? "3c00010400000000" : "8700010400000000");
		assert_int_equal(
			decode_behind(60, headers), count <= 8 ? WIRE_OK : WIRE_TOO_MANY_HEADERS);
	}
}

static void hop_by_hop_options_come_first(void **state)
{
	(void)state;
	/* RFC 8200 4.1 */
	assert_int_equal(decode_behind(0, "8700050200000000"), WIRE_OK);
	assert_int_equal(
		decode_behind(60, "00000104000000008700050200000000"), WIRE_BAD_EXTENSION_HEADER);
}

static void an_extension_header_past_the_end_is_told(void **state)
{
	static const uint8_t headers[] = {0, 43, 60};

	(void)state;
	for (size_t i = 0; i < sizeof(headers); i++)
		assert_int_equal(
			decode_behind(headers[i], "87ff010400000000"), WIRE_BAD_EXTENSION_HEADER);
}

static void other_payloads_are_no_mobility(void **state)
{
	(void)state;
	assert_int_equal(decode_behind(58, ""), WIRE_NOT_MOBILITY);
	assert_int_equal(packet.next_header, ICMPV6_NEXT_HEADER);
	assert_int_equal(decode_behind(60, "3b00010400000000"), WIRE_NOT_MOBILITY);
	assert_int_equal(packet.next_header, 59);
	assert_int_equal(packet.payload.length, 40);
	/* ESP: a matter of the kernel's */
	assert_int_equal(decode_behind(50, ""), WIRE_NOT_MOBILITY);
}

/* ---- RFC 6275 9.2 ---- */

/* Shows RFC 6275 9.2-1. */
static void every_changed_bit_breaks_the_checksum(void **state)
{
	struct octets octets = hex(UPDATE_FROM_HOME);
	uint8_t *at = (uint8_t *)(uintptr_t)octets.at;

	(void)state;
	for (size_t i = 8; i < octets.length; i++) {
		if (i == 41)
			continue; /* Header Len decides what is summed */
		for (uint8_t bit = 1; bit; bit = (uint8_t)(bit << 1)) {
			at[i] ^= bit;
			assert_int_equal(
				decode_octets(octets.at, octets.length), WIRE_BAD_CHECKSUM);
			at[i] ^= bit;
		}
	}
	release(octets);
}

static void the_home_address_is_part_of_the_checksum(void **state)
{
	(void)state;
	/* another home address, another routing address */
	assert_int_equal(decode_behind(60, "870201020000c91020010db8000100000000000000000101"),
		WIRE_BAD_CHECKSUM);
	assert_int_equal(decode_behind(43, "870202010000000020010db8000100000000000000000100"),
		WIRE_BAD_CHECKSUM);
}

/* A Mobility Header of eight octets, type and payload proto at will, with its right checksum. */
static enum wire_error decode_small(uint8_t payload_proto, uint8_t type, bool right_checksum)
{
	struct octets outer = hex(UPDATE_FROM_HOME);
	uint8_t *header = draft + IPV6_HEADER_OCTETS;
	struct in6_addr source = address(HOME_ADDRESS), destination = address(HOME_AGENT);

	memcpy(draft, outer.at, IPV6_HEADER_OCTETS);
	release(outer);
	memset(header, 0, 8);
	header[0] = payload_proto;
	header[2] = type;
	uint16_t sum =
		packet_checksum(&source, &destination, MH_NEXT_HEADER, (struct octets){header, 8});
	header[4] = (uint8_t)(sum >> 8);
	header[5] = (uint8_t)(sum ^ !right_checksum);
	draft_length = IPV6_HEADER_OCTETS + 8;
	set_lengths(MH_NEXT_HEADER);
	return decode_octets(draft, draft_length);
}

static void checks_come_in_the_order_of_the_document(void **state)
{
	(void)state;
	assert_int_equal(decode_small(6, 8, false), WIRE_BAD_CHECKSUM);
	assert_int_equal(decode_small(6, 8, true), WIRE_UNKNOWN_MESSAGE);
	assert_int_equal(message.type, 8);
	assert_int_equal(decode_small(6, 5, true), WIRE_BAD_PAYLOAD_PROTO);
	assert_int_equal(decode_small(59, 5, true), WIRE_HEADER_LEN_TOO_SMALL);
	assert_int_equal(decode_small(59, 0, true), WIRE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_packet),
		cmocka_unit_test(home_address_option),
		cmocka_unit_test(type_2_routing_header),
		cmocka_unit_test(link_padding_is_ignored),
		cmocka_unit_test(octets_behind_the_mobility_header_are_ignored),
		cmocka_unit_test(every_truncation_is_told),
		cmocka_unit_test(a_quote_may_be_cut_behind_its_headers),
		cmocka_unit_test(a_payload_length_that_cuts_is_told),
		cmocka_unit_test(other_versions_are_told),
		cmocka_unit_test(a_failure_leaves_the_result_untouched),
		cmocka_unit_test(home_address_must_be_unicast_routable),
		cmocka_unit_test(home_address_comes_once),
		cmocka_unit_test(home_address_has_sixteen_octets),
		cmocka_unit_test(home_address_counts_wherever_it_stands),
		cmocka_unit_test(in_hop_by_hop_options_it_means_nothing),
		cmocka_unit_test(unknown_destination_options_are_skipped),
		cmocka_unit_test(type_2_must_have_its_shape),
		cmocka_unit_test(other_types_are_skipped_when_used_up),
		cmocka_unit_test(fragments_are_told),
		cmocka_unit_test(fragments_are_decoded_so_far),
		cmocka_unit_test(eight_headers_are_enough),
		cmocka_unit_test(hop_by_hop_options_come_first),
		cmocka_unit_test(an_extension_header_past_the_end_is_told),
		cmocka_unit_test(other_payloads_are_no_mobility),
		cmocka_unit_test(every_changed_bit_breaks_the_checksum),
		cmocka_unit_test(the_home_address_is_part_of_the_checksum),
		cmocka_unit_test(checks_come_in_the_order_of_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
