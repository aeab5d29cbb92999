/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Flow Identification and Flow Summary options (RFC 6089 4.2) and binary traffic selectors (RFC
 * 6088 3) in messages. tshark and scapy know none of them: the octets are written out from the
 * documents, each field with its name.
 */
#include "support.h"

#include "../../../src/wire/flow_status.h"

#include <stdio.h>
#include <string.h>

static struct message message;
static uint8_t encoded[MESSAGE_OCTETS_MAX];

/* Up to the options, which begin at octet 12: header length, Binding Update, sequence 1, A,
 * lifetime 105. */
#define UPDATE(header_len)                                                                         \
	"3b" header_len "050000000001800000"                                                       \
	"69"

static enum wire_error decode(const char *digits)
{
	static struct octets octets;

	if (octets.at)
		release(octets);
	octets = hex(digits);
	return message_decode(&dialect_rfc5648, octets.at, octets.length, &message);
}

static void assert_encodes(const char *digits)
{
	struct message_layout layout;

	assert_true(message_encode(&dialect_rfc5648, &message, encoded, sizeof(encoded), &layout));
	assert_octets((struct octets){encoded, layout.length}, digits);
}

static bool encodes(void)
{
	struct message_layout layout;

	return message_encode(&dialect_rfc5648, &message, encoded, sizeof(encoded), &layout);
}

static void assert_range(const struct traffic_selector *selector, enum flow_field field,
	uint32_t first, uint32_t last)
{
	assert_true(selector->given & FLOW_BIT(field));
	assert_int_equal(selector->numbers[field - FLOW_ADDRESSES].first, first);
	assert_int_equal(selector->numbers[field - FLOW_ADDRESSES].last, last);
}

static void assert_addresses(const struct traffic_selector *selector, enum flow_field field,
	const char *first, const char *last)
{
	assert_true(selector->given & FLOW_BIT(field));
	assert_address(&selector->addresses[field].first, first);
	assert_address(&selector->addresses[field].last, last);
}

static const struct traffic_selector *selector_of(unsigned int flow)
{
	assert_true(message.flow[flow].flow_options.has_traffic_selector);
	return &message.flow[flow].flow_options.traffic_selector.selector;
}

/* ---- whole options ---- */

#define NEW_FLOW                                                                                   \
	UPDATE("09")                                                                               \
	"2d3f"                             /* octet 12: Flow Identification, 63 octets */          \
	"0007"                             /* FID */                                               \
	"000a"                             /* FID-PRI */                                           \
	"0000"                             /* reserved, status */                                  \
	"0204"                             /* octet 20: binding reference */                       \
	"00010003"                         /* BIDs 1, 3 */                                         \
	"010400000000"                     /* PadN of six octets, as the selector wants 8n */      \
	"032b"                             /* octet 32: traffic selector, 43 octets */             \
	"0200"                             /* IPv6 binary, reserved */                             \
	"c0320000"                         /* A B, K L, O */                                       \
	"20010db8000000000000000000000001" /* (A) start source address */                          \
	"20010db80000000000000000000000ff" /* (B) end source address */                            \
	"0050"                             /* (K) start destination port */                        \
	"0051"                             /* (L) end destination port */                          \
	"06"                               /* (O) start next header */                             \
	"010100"                           /* PadN of three octets up to 80 */

/* Shows RFC 6089 4.2.1.1-1. */
static void a_new_flow_is_read_and_written(void **state)
{
	(void)state;
	assert_int_equal(decode(NEW_FLOW), WIRE_OK);
	assert_int_equal(message.flow_count, 1);
	const struct opt_flow *flow = &message.flow[0];
	assert_int_equal(flow->fid, 7);
	assert_int_equal(flow->priority, 10);
	assert_int_equal(flow->status, 0);
	assert_false(flow->flow_options.malformed);
	assert_true(flow->flow_options.has_bid_reference);
	assert_int_equal(flow->flow_options.bid_reference.bids_count, 2);
	assert_int_equal(flow->flow_options.bid_reference.bids[0], 1);
	assert_int_equal(flow->flow_options.bid_reference.bids[1], 3);
	const struct traffic_selector *selector = selector_of(0);
	assert_int_equal(selector->format, TRAFFIC_SELECTOR_IPV6);
	assert_int_equal(selector->given,
		FLOW_BIT(FLOW_SOURCE) | FLOW_BIT(FLOW_DESTINATION_PORT) | FLOW_BIT(FLOW_PROTOCOL));
	assert_addresses(selector, FLOW_SOURCE, "2001:db8::1", "2001:db8::ff");
	assert_range(selector, FLOW_DESTINATION_PORT, 80, 81);
	assert_range(selector, FLOW_PROTOCOL, 6, 6);
	assert_int_equal(flow->flow_options.traffic_selector.unknown.length, 0);
	assert_encodes(NEW_FLOW);
}

#define IPV4_FLOW                                                                                  \
	UPDATE("07")                                                                               \
	"2d32"     /* octet 12 */                                                                  \
	"0001"     /* FID */                                                                       \
	"0002"     /* FID-PRI */                                                                   \
	"0000"     /* reserved, status */                                                          \
	"032a"     /* octet 20: traffic selector, 42 octets, at 4n */                              \
	"0100"     /* IPv4 binary, reserved */                                                     \
	"fffc0000" /* A to N */                                                                    \
	"c0000201" /* (A) start source address */                                                  \
	"c00002ff" /* (B) end source address */                                                    \
	"c6336401" /* (C) start destination address */                                             \
	"c63364ff" /* (D) end destination address */                                               \
	"00000100" /* (E) start SPI */                                                             \
	"000001ff" /* (F) end SPI */                                                               \
	"0400"     /* (G) start source port */                                                     \
	"04ff"     /* (H) end source port */                                                       \
	"1388"     /* (I) start destination port */                                                \
	"1389"     /* (J) end destination port */                                                  \
	"b8"       /* (K) start DS */                                                              \
	"c0"       /* (L) end DS */                                                                \
	"06"       /* (M) start protocol */                                                        \
	"11"       /* (N) end protocol */

static void every_field_of_an_ipv4_selector_is_read_and_written(void **state)
{
	(void)state;
	assert_int_equal(decode(IPV4_FLOW), WIRE_OK);
	assert_false(message.flow[0].flow_options.malformed);
	const struct traffic_selector *selector = selector_of(0);
	assert_int_equal(selector->format, TRAFFIC_SELECTOR_IPV4);
	assert_false(selector->given & FLOW_BIT(FLOW_LABEL));
	assert_addresses(selector, FLOW_SOURCE, "::ffff:192.0.2.1", "::ffff:192.0.2.255");
	assert_addresses(
		selector, FLOW_DESTINATION, "::ffff:198.51.100.1", "::ffff:198.51.100.255");
	assert_range(selector, FLOW_SPI, 0x100, 0x1ff);
	assert_range(selector, FLOW_SOURCE_PORT, 1024, 1279);
	assert_range(selector, FLOW_DESTINATION_PORT, 5000, 5001);
	assert_range(selector, FLOW_TRAFFIC_CLASS, 0xb8, 0xc0);
	assert_range(selector, FLOW_PROTOCOL, 6, 17);
	assert_encodes(IPV4_FLOW);
}

#define IPV6_FLOW                                                                                  \
	UPDATE("0f")                                                                               \
	"2d6e"                             /* octet 12 */                                          \
	"0001"                             /* FID */                                               \
	"0002"                             /* FID-PRI */                                           \
	"0000"                             /* reserved, status */                                  \
	"01020000"                         /* octet 20: PadN of four octets */                     \
	"0362"                             /* octet 24: traffic selector, 98 octets, at 8n */      \
	"0200"                             /* IPv6 binary, reserved */                             \
	"ffff0000"                         /* A to P */                                            \
	"20010db8000000000000000000000001" /* (A) start source address */                          \
	"20010db80000000000000000000000ff" /* (B) end source address */                            \
	"20010db8000100000000000000000001" /* (C) start destination address */                     \
	"20010db80001000000000000000000ff" /* (D) end destination address */                       \
	"00000100"                         /* (E) start SPI */                                     \
	"000001ff"                         /* (F) end SPI */                                       \
	"00012345"                         /* (G) start flow label */                              \
	"000fffff"                         /* (H) end flow label */                                \
	"0400"                             /* (I) start source port */                             \
	"04ff"                             /* (J) end source port */                               \
	"1388"                             /* (K) start destination port */                        \
	"1389"                             /* (L) end destination port */                          \
	"b8"                               /* (M) start traffic class */                           \
	"c0"                               /* (N) end traffic class */                             \
	"06"                               /* (O) start next header */                             \
	"11"                               /* (P) end next header */                               \
	"01020000"                         /* PadN of four octets up to 128 */

static void every_field_of_an_ipv6_selector_is_read_and_written(void **state)
{
	(void)state;
	assert_int_equal(decode(IPV6_FLOW), WIRE_OK);
	assert_false(message.flow[0].flow_options.malformed);
	const struct traffic_selector *selector = selector_of(0);
	assert_int_equal(selector->format, TRAFFIC_SELECTOR_IPV6);
	assert_addresses(selector, FLOW_SOURCE, "2001:db8::1", "2001:db8::ff");
	assert_addresses(selector, FLOW_DESTINATION, "2001:db8:1::1", "2001:db8:1::ff");
	assert_range(selector, FLOW_SPI, 0x100, 0x1ff);
	assert_range(selector, FLOW_LABEL, 0x12345, 0xfffff);
	assert_range(selector, FLOW_SOURCE_PORT, 1024, 1279);
	assert_range(selector, FLOW_DESTINATION_PORT, 5000, 5001);
	assert_range(selector, FLOW_TRAFFIC_CLASS, 0xb8, 0xc0);
	assert_range(selector, FLOW_PROTOCOL, 6, 17);
	assert_encodes(IPV6_FLOW);
}

/* A flow that is only refreshed, and its answer: FID 7 is unknown. */
static void flows_without_options_inside_are_read_and_written(void **state)
{
	static const char octets[] = "3b02060000000000" /* Binding Acknowledgement, status 0 */
				     "00010069"         /* sequence, lifetime */
				     "2d06"             /* octet 12 */
				     "0007"             /* FID */
				     "000a"             /* FID-PRI */
				     "0084"             /* reserved, status 132 */
				     "01020000";

	(void)state;
	assert_int_equal(decode(octets), WIRE_OK);
	assert_int_equal(message.flow[0].status, FLOW_FID_NOT_FOUND);
	assert_false(message.flow[0].flow_options.malformed);
	assert_false(message.flow[0].flow_options.has_bid_reference);
	assert_false(message.flow[0].flow_options.has_traffic_selector);
	assert_encodes(octets);
}

static void a_flow_summary_is_read_and_written(void **state)
{
	static const char octets[] = UPDATE("02") "2c06" /* octet 12: Flow Summary, at 2n */
						  "0001" /* FIDs */
						  "0007"
						  "ffff"
						  "01020000";

	(void)state;
	assert_int_equal(decode(octets), WIRE_OK);
	assert_int_equal(message.flow_summary_count, 1);
	assert_int_equal(message.flow_summary[0].fids_count, 3);
	assert_int_equal(message.flow_summary[0].fids[0], 1);
	assert_int_equal(message.flow_summary[0].fids[1], 7);
	assert_int_equal(message.flow_summary[0].fids[2], 0xffff);
	assert_encodes(octets);
	/* RFC 6089 5.2.3: there may be several */
	assert_int_equal(decode(UPDATE("02") "2c020001"
					     "2c020007"
					     "01020000"),
		WIRE_OK);
	assert_int_equal(message.flow_summary_count, 2);
	assert_int_equal(message.flow_summary[1].fids_count, 1);
	assert_int_equal(message.flow_summary[1].fids[0], 7);
	/* half a FID, and none: no status can say so */
	assert_int_equal(decode(UPDATE("01") "2c0100"
					     "00"),
		WIRE_BAD_OPTION_LENGTH);
	assert_int_equal(decode(UPDATE("01") "2c00"
					     "0000"),
		WIRE_BAD_OPTION_LENGTH);
	message_init(&message, MH_binding_update);
	message.flow_summary_count = 1;
	message.flow_summary[0].fids_count = 0;
	assert_false(encodes());
	message.flow_summary[0].fids_count = MESSAGE_FIDS_MAX;
	assert_true(encodes());
	message.flow_summary[0].fids_count = MESSAGE_FIDS_MAX + 1;
	assert_false(encodes());
}

/* RFC 6089 4.2.1-1, 4.2.1-2: unknown sub-options are skipped. RFC 6089 4.2.1.2-1: so is the data of
 * PadN */
static void padding_and_unknown_options_inside_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(decode(UPDATE("03") "2d12"
					     "0007"
					     "000a"
					     "0000"
					     "00"     /* Pad1 */
					     "0101ff" /* PadN */
					     "0402"   /* flow binding action (RFC 7109) */
					     "0100"
					     "0202" /* binding reference */
					     "0005"),
		WIRE_OK);
	assert_int_equal(message.flow_count, 1);
	assert_false(message.flow[0].flow_options.malformed);
	assert_int_equal(message.flow[0].flow_options.bid_reference.bids_count, 1);
	assert_int_equal(message.flow[0].flow_options.bid_reference.bids[0], 5);
	assert_false(message.flow[0].flow_options.has_traffic_selector);
}

/* What the flow before it had does not shine through. */
static void each_flow_has_its_own_options(void **state)
{
	(void)state;
	memset(&message, 0xff, sizeof(message));
	assert_int_equal(decode(UPDATE("02") "2d0a000100010000"
					     "02020005"),
		WIRE_OK);
	assert_int_equal(message.flow_count, 1);
	assert_false(message.flow[0].flow_options.malformed);
	assert_false(message.flow[0].flow_options.has_traffic_selector);
	assert_int_equal(message.flow[0].flow_options.bid_reference.bids_count, 1);
}

/* Status 133 needs to know the flow. */
static void a_selector_of_an_unknown_format_is_kept(void **state)
{
	static const char octets[] = UPDATE("03") "2d0d"
						  "0007"
						  "000a"
						  "0000"
						  "0305" /* traffic selector */
						  "c800" /* format 200, reserved */
						  "abcdef"
						  "010300"
						  "0000";

	(void)state;
	assert_int_equal(decode(octets), WIRE_OK);
	assert_false(message.flow[0].flow_options.malformed);
	assert_int_equal(selector_of(0)->format, 200);
	assert_int_equal(selector_of(0)->given, 0);
	assert_octets(message.flow[0].flow_options.traffic_selector.unknown, "abcdef");
	assert_encodes(octets);
}

/* ---- malformed ones ---- */

/* The options inside are malformed: the flow is marked, the message and the flow behind it are not.
 */
static void assert_malformed(const char *inside)
{
	char digits[1024];
	size_t length = 6 + strlen(inside) / 2;
	size_t total = 12 + 2 + length + 8;
	size_t padding = (8 - total % 8) % 8;

	snprintf(digits, sizeof(digits),
		"3b%02zx05000000000180000069"
		"2d%02zx000700010000%s"
		"2d06000800020000%.*s",
		(total + padding) / 8 - 1, length, inside, (int)(2 * padding), "00000000000000");
	assert_int_equal(decode(digits), WIRE_OK);
	assert_int_equal(message.flow_count, 2);
	assert_int_equal(message.flow[0].fid, 7);
	if (!message.flow[0].flow_options.malformed)
		fail_msg("%s is not malformed", inside);
	assert_int_equal(message.flow[1].fid, 8);
	assert_false(message.flow[1].flow_options.malformed);
	assert_false(encodes());
}

/* RFC 6089 4.2.1.3-1, 4.2.1.4-1, 4.2.1.4-2: at most one reference and one selector, not of format 0
 */
static void malformed_options_inside_are_marked(void **state)
{
	(void)state;
	assert_malformed("020600010003"); /* past the end of the option */
	assert_malformed("02");           /* no length */
	assert_malformed("02020001"
			 "02020002"); /* two references */
	assert_malformed("0306"
			 "0100"
			 "00000000"
			 "0306"
			 "0100"
			 "00000000"); /* two selectors */
	assert_malformed("0200");     /* no BID */
	assert_malformed("0203"
			 "000100"); /* one and a half */
	assert_malformed("0222"
			 "0001000200030004000500060007000800090010001100120013001400150016"
			 "0017"); /* 17 */
	assert_malformed("0300"); /* no format */
	assert_malformed("0301"
			 "01"); /* no reserved octet */
	assert_malformed("0306"
			 "0000"
			 "00000000"); /* format 0 */
	assert_malformed("0305"
			 "0100"
			 "000000"); /* cut flags */
	assert_malformed("0309"
			 "0100"
			 "80000000"
			 "c00002"); /* cut field */
	assert_malformed("0307"
			 "0100"
			 "00000000"
			 "00"); /* more than there are flags for */
	/* the cut fields of the option itself */
	assert_int_equal(decode(UPDATE("02") "2d050007000a00"
					     "00"
					     "01020000"),
		WIRE_OK);
	assert_true(message.flow[0].flow_options.malformed);
}

/*
 * RFC
 * 6088 3.1-1, 3.1-2, 3.1-3, 3.1-4, 3.1-5, 3.1-7, 3.1-9, 3.2-1, 3.2-2, 3.2-3, 3.2-6, 3.2-8, 3.2-9,
 * 3.2-11, 3.2-13: no end without its start
 */
static void an_end_without_its_start_is_malformed(void **state)
{
	static const struct {
		const char *format;
		const size_t octets[8]; /* of each end */
		size_t pairs;
	} formats[] = {{"01", {4, 4, 4, 2, 2, 1, 1}, 7}, {"02", {16, 16, 4, 4, 2, 2, 1, 1}, 8}};
	char inside[128];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t pair = 0; pair < formats[i].pairs; pair++) {
			size_t octets = formats[i].octets[pair];
			/* the flag alone, then with the octets that it announces */
			snprintf(inside, sizeof(inside), "0306%s00%08x", formats[i].format,
				0x40000000u >> 2 * pair);
			assert_malformed(inside);
			snprintf(inside, sizeof(inside), "03%02zx%s00%08x%.*s", 6 + octets,
				formats[i].format, 0x40000000u >> 2 * pair, (int)(2 * octets),
				"00000000000000000000000000000001");
			assert_malformed(inside);
		}
}

/* One more flow than there are places for makes the message malformed. */
static void flows_are_bounded(void **state)
{
	static char digits[4 + 24 + 16 * (MESSAGE_FLOWS_MAX + 1) + 32];

	(void)state;
	for (unsigned int flows = MESSAGE_FLOWS_MAX; flows <= MESSAGE_FLOWS_MAX + 1; flows++) {
		size_t length = 12 + 8 * flows + 4;
		size_t used =
			(size_t)sprintf(digits, "3b%02zx05000000000180000069", length / 8 - 1);
		for (unsigned int i = 0; i < flows; i++)
			used += (size_t)sprintf(digits + used, "2d06%04x%04x0000", i + 1, i + 1);
		strcpy(digits + used, "01020000");
		assert_int_equal(decode(digits),
			flows > MESSAGE_FLOWS_MAX ? WIRE_DUPLICATE_OPTION : WIRE_OK);
	}
	assert_int_equal(message.flow_count, MESSAGE_FLOWS_MAX);
	assert_int_equal(message.flow[MESSAGE_FLOWS_MAX - 1].fid, MESSAGE_FLOWS_MAX);
}

/* ---- bits without meaning ---- */

/* RFC 6088 3.1-10, 3.2-14; RFC 6089 4.2.1.4-3: reserved bits are ignored, and sent as zero */
static void reserved_bits_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(decode(UPDATE("04") "2d14"
					     "0007"
					     "000a"
					     "ff00"     /* reserved, status */
					     "030a"     /* traffic selector at 4n */
					     "01ff"     /* IPv4 binary, reserved */
					     "8003ffff" /* A, 18 reserved bits */
					     "c0000201" /* (A) */
					     "0000"
					     "010400000000"),
		WIRE_OK);
	assert_false(message.flow[0].flow_options.malformed);
	assert_encodes(UPDATE("03") "2d12"
				    "0007"
				    "000a"
				    "0000"
				    "030a"
				    "0100"
				    "80000000"
				    "c0000201");
	assert_int_equal(decode(UPDATE("03") "2d0f"
					     "0007"
					     "000a"
					     "0000"
					     "0307"
					     "0200"     /* IPv6 binary */
					     "0002ffff" /* O, 16 reserved bits */
					     "06"       /* (O) */
					     "010100"),
		WIRE_OK);
	assert_false(message.flow[0].flow_options.malformed);
	assert_range(selector_of(0), FLOW_PROTOCOL, 6, 6);
	assert_encodes(UPDATE("03") "2d0f00"
				    "07000a0000"
				    "0307"
				    "0200"
				    "00020000"
				    "06"
				    "010100");
}

/* RFC 6088 3.1-6, 3.1-8, 3.2-10, 3.2-12: the two low bits of DS. RFC 6088 3.2-4, 3.2-5,
 * 3.2-7: the high bits of a flow label */
static void bits_that_do_not_count_are_ignored_and_sent_as_zero(void **state)
{
	struct flow_key key = {.format = TRAFFIC_SELECTOR_IPV6,
		.known = FLOW_BIT(FLOW_LABEL) | FLOW_BIT(FLOW_TRAFFIC_CLASS)};

	(void)state;
	assert_int_equal(decode(UPDATE("04") "2d18"
					     "0007"
					     "000a"
					     "0000"
					     "0310"     /* traffic selector at 4n */
					     "0200"     /* IPv6 binary */
					     "030c0000" /* G H, M N */
					     "ff012345" /* (G) */
					     "ff012346" /* (H) */
					     "bb"       /* (M) */
					     "bf"       /* (N) */
					     "0000"),
		WIRE_OK);
	assert_false(message.flow[0].flow_options.malformed);
	assert_range(selector_of(0), FLOW_LABEL, 0x12345, 0x12346);
	assert_range(selector_of(0), FLOW_TRAFFIC_CLASS, 0xb8, 0xbc);
	key.numbers[FLOW_LABEL - FLOW_ADDRESSES] = 0x12346;
	key.numbers[FLOW_TRAFFIC_CLASS - FLOW_ADDRESSES] = 0xbf;
	assert_true(traffic_selector_matches(selector_of(0), &key));
	key.numbers[FLOW_TRAFFIC_CLASS - FLOW_ADDRESSES] = 0xc0;
	assert_false(traffic_selector_matches(selector_of(0), &key));
	message.flow[0]
		.flow_options.traffic_selector.selector.numbers[FLOW_LABEL - FLOW_ADDRESSES]
		.last = 0xff012346;
	message.flow[0]
		.flow_options.traffic_selector.selector.numbers[FLOW_TRAFFIC_CLASS - FLOW_ADDRESSES]
		.first = 0xbb;
	assert_encodes(UPDATE("04") "2d18"
				    "0007"
				    "000a"
				    "0000"
				    "0310"
				    "0200"
				    "030c0000"
				    "00012345"
				    "00012346"
				    "b8"
				    "bc"
				    "0100");
	/* IPv4: K, L */
	assert_int_equal(decode(UPDATE("03") "2d10000700"
					     "0a0000"
					     "0308"
					     "0100"
					     "00300000"
					     "bbbf"
					     "0000"),
		WIRE_OK);
	assert_range(selector_of(0), FLOW_TRAFFIC_CLASS, 0xb8, 0xbc);
}

static void an_end_that_is_its_start_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(decode(UPDATE("03") "2d100007000a0000"
					     "0308"
					     "0200"
					     "00030000" /* O P */
					     "0606"
					     "0000"),
		WIRE_OK);
	assert_range(selector_of(0), FLOW_PROTOCOL, 6, 6);
	assert_encodes(UPDATE("03") "2d0f0007000a0000"
				    "0307"
				    "0200"
				    "00020000" /* O */
				    "06"
				    "010100");
}

/* ---- where a selector stands ---- */

static struct traffic_selector *start_selector(uint8_t format, uint16_t given)
{
	message_init(&message, MH_binding_update);
	message.flow_count = 1;
	message.flow[0] = (struct opt_flow){.fid = 1, .priority = 1};
	message.flow[0].flow_options.has_traffic_selector = true;
	struct traffic_selector *selector = &message.flow[0].flow_options.traffic_selector.selector;
	selector->format = format;
	selector->given = given;
	return selector;
}

/*
 * RFC 6088 3.1, 3.2: the widest field decides. The flow stands at octet 12, its reference to two
 * BIDs at 20, and what follows at 26 or behind padding.
 */
static void a_selector_is_aligned_to_its_widest_field(void **state)
{
	static const uint8_t places[][FLOW_FIELDS] = {
		[TRAFFIC_SELECTOR_IPV4] = {28, 28, 28, 0, 26, 26, 26, 26},
		[TRAFFIC_SELECTOR_IPV6] = {32, 32, 28, 28, 26, 26, 26, 26},
	};
	struct in6_addr mapped = address("::ffff:192.0.2.1");

	(void)state;
	for (uint8_t format = TRAFFIC_SELECTOR_IPV4; format <= TRAFFIC_SELECTOR_IPV6; format++)
		for (enum flow_field field = 0; field < FLOW_FIELDS; field++) {
			uint8_t at = places[format][field];
			if (at == 0)
				continue;
			struct traffic_selector *selector =
				start_selector(format, (uint16_t)FLOW_BIT(field));
			for (size_t i = 0; i < FLOW_ADDRESSES; i++)
				selector->addresses[i] = (struct address_range){mapped, mapped};
			struct flow_options *inside = &message.flow[0].flow_options;
			inside->has_bid_reference = true;
			inside->bid_reference = (struct opt_bid_reference){2, {1, 2}};
			assert_true(encodes());
			assert_int_equal(encoded[12], 45);
			assert_int_equal(encoded[20], 2);
			assert_int_equal(encoded[at], 3);
			assert_int_equal(encoded[at + 2], format);
			/* PadN, whose length is that of its data */
			if (at > 26) {
				assert_int_equal(encoded[26], 1);
				assert_int_equal(encoded[27], at - 28);
			}
		}
}

/* ---- what cannot be written ---- */

static void values_that_no_field_can_have_are_not_written(void **state)
{
	(void)state;
	start_selector(0, 0);
	assert_false(encodes());
	start_selector(TRAFFIC_SELECTOR_IPV4, FLOW_BIT(FLOW_LABEL));
	assert_false(encodes());
	start_selector(TRAFFIC_SELECTOR_IPV6, FLOW_BIT(FLOW_LABEL));
	assert_true(encodes());
	start_selector(TRAFFIC_SELECTOR_IPV6, FLOW_BIT(FLOW_SOURCE_PORT))
		->numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES]
		.last = 0x10000;
	assert_false(encodes());
	/* an address that is not IPv4 */
	start_selector(TRAFFIC_SELECTOR_IPV4, FLOW_BIT(FLOW_SOURCE));
	assert_false(encodes());
	/* more than an option can hold */
	start_selector(200, 0);
	message.flow[0].flow_options.traffic_selector.unknown = (struct octets){NULL, 245};
	assert_true(encodes());
	message.flow[0].flow_options.traffic_selector.unknown.length++;
	assert_false(encodes());
	/* no BID, or too many */
	message.flow[0].flow_options.has_traffic_selector = false;
	message.flow[0].flow_options.has_bid_reference = true;
	assert_false(encodes());
	message.flow[0].flow_options.bid_reference.bids_count = FLOW_BIDS_MAX;
	assert_true(encodes());
	message.flow[0].flow_options.bid_reference.bids_count++;
	assert_false(encodes());
}

/* ---- names ---- */

static void statuses_have_texts(void **state)
{
	(void)state;
	assert_string_equal(flow_status_text(0), "accepted");
	assert_string_equal(flow_status_text(128), "administratively prohibited");
	assert_string_equal(flow_status_text(129), "rejected, reason unspecified");
	assert_string_equal(flow_status_text(130), "malformed");
	assert_string_equal(flow_status_text(131), "BID not found");
	assert_string_equal(flow_status_text(132), "FID not found");
	assert_string_equal(flow_status_text(133), "traffic selector format not supported");
	assert_null(flow_status_text(1));
	assert_null(flow_status_text(134));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_flow_is_read_and_written),
		cmocka_unit_test(every_field_of_an_ipv4_selector_is_read_and_written),
		cmocka_unit_test(every_field_of_an_ipv6_selector_is_read_and_written),
		cmocka_unit_test(flows_without_options_inside_are_read_and_written),
		cmocka_unit_test(a_flow_summary_is_read_and_written),
		cmocka_unit_test(padding_and_unknown_options_inside_are_skipped),
		cmocka_unit_test(each_flow_has_its_own_options),
		cmocka_unit_test(a_selector_of_an_unknown_format_is_kept),
		cmocka_unit_test(malformed_options_inside_are_marked),
		cmocka_unit_test(an_end_without_its_start_is_malformed),
		cmocka_unit_test(flows_are_bounded),
		cmocka_unit_test(reserved_bits_are_ignored),
		cmocka_unit_test(bits_that_do_not_count_are_ignored_and_sent_as_zero),
		cmocka_unit_test(an_end_that_is_its_start_is_left_out),
		cmocka_unit_test(a_selector_is_aligned_to_its_widest_field),
		cmocka_unit_test(values_that_no_field_can_have_are_not_written),
		cmocka_unit_test(statuses_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
