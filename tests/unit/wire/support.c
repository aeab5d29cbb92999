/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct octets copy(const uint8_t *octets, size_t length)
{
	uint8_t *at = malloc(length ? length : 1);

	assert_non_null(at);
	if (length)
		memcpy(at, octets, length);
	return (struct octets){at, length};
}

struct octets hex(const char *digits)
{
	size_t length = strlen(digits) / 2;
	uint8_t *at = malloc(length ? length : 1);

	assert_non_null(at);
	for (size_t i = 0; i < length; i++) {
		char pair[] = {digits[2 * i], digits[2 * i + 1], '\0'};
		at[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (struct octets){at, length};
}

void release(struct octets octets)
{
	free((void *)(uintptr_t)octets.at);
}

struct in6_addr address(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

const struct dialect *other_dialect(void)
{
	static struct option_row rows[16];
	static struct option_set set = {.rows = rows};
	static const struct dialect other = {
		.name = "other", .options = &set, .overwrite_flag = 0x0008};

	assert_true(message_options.count <= sizeof(rows) / sizeof(rows[0]));
	memcpy(rows, message_options.rows, message_options.count * sizeof(rows[0]));
	set.count = message_options.count;
	for (size_t i = 0; i < set.count; i++)
		if (rows[i].octet == OPTION_bid)
			rows[i].octet = 200;
	return &other;
}

void assert_address(const struct in6_addr *actual, const char *text)
{
	struct in6_addr expected = address(text);

	assert_memory_equal(actual, &expected, sizeof(expected));
}

void assert_octets(struct octets actual, const char *digits)
{
	struct octets expected = hex(digits);

	assert_int_equal(actual.length, expected.length);
	assert_memory_equal(actual.at, expected.at, expected.length);
	release(expected);
}

/* ---- the vectors ---- */

static void start_update(
	struct message *message, uint16_t flags, uint16_t sequence, uint16_t lifetime)
{
	message_init(message, MH_binding_update);
	message->binding_update.flags = flags;
	message->binding_update.sequence = sequence;
	message->binding_update.lifetime = lifetime;
}

static void check_update(
	const struct message *message, uint16_t flags, uint16_t sequence, uint16_t lifetime)
{
	assert_int_equal(message->type, MH_binding_update);
	assert_int_equal(message->binding_update.flags, flags);
	assert_int_equal(message->binding_update.sequence, sequence);
	assert_int_equal(message->binding_update.lifetime, lifetime);
	assert_false(message->has_refresh_advice);
	assert_false(message->has_alternate_care_of);
	assert_false(message->has_link_layer_address);
	assert_false(message->has_mn_id);
	assert_false(message->has_replay);
	assert_int_equal(message->authentication_count, 0);
}

static void add_bid(struct message *message, uint16_t bid, const char *care_of)
{
	struct opt_bid *option = &message->bid[message->bid_count++];

	*option = (struct opt_bid){.bid = bid};
	if (care_of)
		option->care_of = (struct care_of){.length = 16, .address = address(care_of)};
}

static void check_bid(
	const struct message *message, unsigned int i, uint16_t bid, const char *care_of)
{
	const struct opt_bid *option = &message->bid[i];

	assert_in_range(i, 0, message->bid_count - 1);
	assert_int_equal(option->bid, bid);
	assert_int_equal(option->status, 0);
	assert_int_equal(option->flags, 0);
	assert_int_equal(option->care_of.length, care_of ? 16 : 0);
	if (care_of)
		assert_address(&option->care_of.address, care_of);
}

static void add_return_routability(struct message *message, const uint8_t authenticator[12])
{
	message->has_nonce_indices = true;
	message->nonce_indices = (struct opt_nonce_indices){.home = 1, .care_of = 2};
	message->has_authorization = true;
	message->authorization.authenticator = (struct octets){authenticator, 12};
}

static void check_return_routability(const struct message *message, const uint8_t authenticator[12])
{
	assert_true(message->has_nonce_indices);
	assert_int_equal(message->nonce_indices.home, 1);
	assert_int_equal(message->nonce_indices.care_of, 2);
	assert_true(message->has_authorization);
	assert_int_equal(message->authorization.authenticator.length, 12);
	assert_memory_equal(message->authorization.authenticator.at, authenticator, 12);
}

static const uint8_t authenticator_plain[12] = {
	0xf9, 0xff, 0xc1, 0x0c, 0x49, 0x82, 0xc9, 0x9a, 0x45, 0x6e, 0x28, 0xe2};
static const uint8_t authenticator_bid[12] = {
	0x51, 0xa1, 0x6c, 0x6a, 0x7a, 0x40, 0x9d, 0x1b, 0x1b, 0x4a, 0xc3, 0xca};
static const uint8_t authenticator_care_of[12] = {
	0xc6, 0x40, 0x65, 0x66, 0x00, 0x5d, 0x3d, 0x7d, 0xfc, 0x63, 0xac, 0xfb};

static void fill_correspondent(struct message *message)
{
	start_update(message, BU_ACKNOWLEDGE, 1, 105);
	add_return_routability(message, authenticator_plain);
}

static void check_correspondent(const struct message *message)
{
	check_update(message, BU_ACKNOWLEDGE, 1, 105);
	check_return_routability(message, authenticator_plain);
	assert_int_equal(message->bid_count, 0);
}

static void fill_correspondent_bid(struct message *message)
{
	start_update(message, BU_ACKNOWLEDGE, 2, 105);
	add_return_routability(message, authenticator_bid);
	add_bid(message, 1, NULL);
}

static void check_correspondent_bid(const struct message *message)
{
	check_update(message, BU_ACKNOWLEDGE, 2, 105);
	check_return_routability(message, authenticator_bid);
	assert_int_equal(message->bid_count, 1);
	check_bid(message, 0, 1, NULL);
}

static void fill_correspondent_care_of(struct message *message)
{
	start_update(message, BU_ACKNOWLEDGE, 2, 105);
	add_return_routability(message, authenticator_care_of);
	add_bid(message, 1, CARE_OF_1);
}

static void check_correspondent_care_of(const struct message *message)
{
	check_update(message, BU_ACKNOWLEDGE, 2, 105);
	check_return_routability(message, authenticator_care_of);
	assert_int_equal(message->bid_count, 1);
	check_bid(message, 0, 1, CARE_OF_1);
}

static void fill_home(struct message *message)
{
	start_update(message, BU_ACKNOWLEDGE | BU_HOME | BU_OVERWRITE, 1, 150);
	add_bid(message, 1, CARE_OF_1);
}

static void check_home(const struct message *message)
{
	check_update(message, BU_ACKNOWLEDGE | BU_HOME | BU_OVERWRITE, 1, 150);
	assert_false(message->has_nonce_indices);
	assert_false(message->has_authorization);
	assert_int_equal(message->bid_count, 1);
	check_bid(message, 0, 1, CARE_OF_1);
}

static void fill_bulk(struct message *message)
{
	fill_home(message);
	add_bid(message, 2, CARE_OF_2);
}

static void check_bulk(const struct message *message)
{
	check_update(message, BU_ACKNOWLEDGE | BU_HOME | BU_OVERWRITE, 1, 150);
	assert_int_equal(message->bid_count, 2);
	check_bid(message, 0, 1, CARE_OF_1);
	check_bid(message, 1, 2, CARE_OF_2);
}

const struct vector vectors[VECTORS] = {
	{
		.name = "to a correspondent",
		.digits = "3b0305009ce6000180000069040400010002050c"
			  "f9ffc10c4982c99a456e28e2",
		.source = HOME_ADDRESS,
		.destination = CORRESPONDENT,
		.fill = fill_correspondent,
		.check = check_correspondent,
	},
	{
		.name = "to a correspondent, BID without care-of address",
		.digits = "3b04050000d5000280000069040400010002"
			  "2304000100000100050c51a16c6a7a409d1b1b4ac3ca",
		.source = HOME_ADDRESS,
		.destination = CORRESPONDENT,
		.fill = fill_correspondent_bid,
		.check = check_correspondent_bid,
	},
	{
		.name = "to a correspondent, BID with care-of address",
		.digits = "3b060500739300028000006904040001000223140001000020010db8000200000000"
			  "000000000100"
			  "0100050cc6406566005d3d7dfc63acfb",
		.source = HOME_ADDRESS,
		.destination = CORRESPONDENT,
		.fill = fill_correspondent_care_of,
		.check = check_correspondent_care_of,
	},
	{
		.name = "to the home agent",
		.digits = "3b0405004f2b0001c0400096010400000000"
			  "23140001000020010db8000200000000000000000100",
		.source = HOME_ADDRESS,
		.destination = HOME_AGENT,
		.fill = fill_home,
		.check = check_home,
	},
	{
		.name = "to the home agent, bulk",
		.digits = "3b070500fc3c0001c0400096010400000000"
			  "23140001000020010db8000200000000000000000100"
			  "0100"
			  "23140002000020010db8000400000000000000000100",
		.source = HOME_ADDRESS,
		.destination = HOME_AGENT,
		.fill = fill_bulk,
		.check = check_bulk,
	},
};
