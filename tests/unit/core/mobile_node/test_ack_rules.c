/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/ack_rules.c: what a Binding Acknowledgement means, of a home agent or of a
 * correspondent.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/base/status.h"
#include "../../../../src/core/mobile_node/ack_rules.h"

#define SENT (100 * NANOS_PER_SECOND)

static struct message message;

static int begin(void **state)
{
	(void)state;
	message_init(&message, MH_binding_ack);
	return 0;
}

static void add_bid(uint16_t bid, uint8_t status)
{
	message.bid[message.bid_count++] = (struct opt_bid){.bid = bid, .status = status};
}

/* RFC 5648 4.3, 5.7 */
static void test_status_of_a_bid(void **state)
{
	(void)state;
	message.binding_ack.status = STATUS_PREFIX_DISCOVERY_NEEDED;
	add_bid(1, 0);
	add_bid(2, STATUS_MCOA_UNKNOWN_CARE_OF);
	assert_int_equal(ack_status_of(&message, 1), STATUS_PREFIX_DISCOVERY_NEEDED);
	assert_int_equal(ack_status_of(&message, 2), STATUS_MCOA_UNKNOWN_CARE_OF);
	assert_int_equal(ack_status_of(&message, 3), STATUS_PREFIX_DISCOVERY_NEEDED);
}

/* RFC 5648 4.4: NOTCOMPLETE, and no option for this BID */
static void test_not_complete(void **state)
{
	(void)state;
	message.binding_ack.status = STATUS_MCOA_NOT_COMPLETE;
	add_bid(1, 0);
	assert_int_equal(ack_status_of(&message, 1), STATUS_MCOA_NOT_COMPLETE);
	assert_int_equal(ack_status_of(&message, 2), STATUS_UNSPECIFIED);
}

static void test_malformed_option_is_absent(void **state)
{
	(void)state;
	add_bid(1, STATUS_UNSPECIFIED);
	message.bid[0].care_of.length = CARE_OF_MALFORMED;
	assert_int_equal(ack_status_of(&message, 1), 0);
}

static bool lacks(enum update_kind kind, uint8_t status, uint16_t lifetime)
{
	message.binding_ack.status = status;
	message.binding_ack.lifetime = lifetime;
	return ack_lacks_bids(kind, false, &message);
}

/* RFC 5648 5.7 */
static void test_answer_without_bids(void **state)
{
	(void)state;
	assert_true(lacks(UPDATE_REGISTER, 0, 25));
	assert_true(lacks(UPDATE_REGISTER, STATUS_UNSPECIFIED, 0));
	assert_true(lacks(UPDATE_REMOVE, 0, 0));
	/* the update had no BID */
	assert_false(lacks(UPDATE_SINGLE, 0, 25));
	assert_false(lacks(UPDATE_REMOVE_ALL, 0, 0));
	/* the peer did not look at the options */
	assert_false(lacks(UPDATE_REGISTER, STATUS_ID_MISMATCH, 0));
	assert_false(lacks(UPDATE_REGISTER, STATUS_SEQUENCE_OUT_OF_WINDOW, 0));
	/* RFC 6275 10.3.2: it answers an older update */
	assert_false(lacks(UPDATE_REGISTER, 0, 0));
	add_bid(1, 0);
	assert_false(lacks(UPDATE_REGISTER, 0, 25));
}

static void test_reactions(void **state)
{
	(void)state;
	static const struct {
		uint8_t status;
		enum ack_reaction reaction;
		struct ack_asked asked; /* for which there is this reaction */
	} table[] = {
		{STATUS_MCOA_PROHIBITED, ACK_WITHOUT_BIDS, {.with_bids = true}},
		{STATUS_MCOA_BULK_PROHIBITED, ACK_ONE_BY_ONE, {.several = true}},
		{STATUS_MCOA_HOME_AND_FOREIGN_PROHIBITED, ACK_HOME_ALONE, {.home = true}},
	};
	const struct ack_asked nothing = {.overwrite = true};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(
			ack_reaction_to(table[i].status, &table[i].asked), table[i].reaction);
		assert_int_equal(ack_reaction_to(table[i].status, &nothing), ACK_BACK_OFF);
	}
	const struct ack_asked plain = {.overwrite = false};
	assert_int_equal(
		ack_reaction_to(STATUS_MCOA_NON_MCOA_BINDING_EXISTS, &plain), ACK_OVERWRITE);
	assert_int_equal(
		ack_reaction_to(STATUS_MCOA_NON_MCOA_BINDING_EXISTS, &nothing), ACK_BACK_OFF);
	assert_int_equal(ack_reaction_to(STATUS_UNSPECIFIED, &plain), ACK_BACK_OFF);
}

static struct ack_times times(uint16_t asked, uint16_t granted, bool advised)
{
	message.binding_ack.lifetime = granted;
	return ack_times_of(SENT, asked, &message, advised);
}

/* RFC 6275 11.7.3 */
static void test_times(void **state)
{
	(void)state;
	assert_int_equal(times(25, 10, true).expires, SENT + 40 * NANOS_PER_SECOND);
	assert_int_equal(times(25, 10, true).refresh, SENT + 30 * NANOS_PER_SECOND);
	assert_int_equal(times(10, 25, true).expires, SENT + 40 * NANOS_PER_SECOND);
	assert_int_equal(times(10, 0, true).expires, SENT);
	assert_int_equal(times(LIFETIME_INFINITE, LIFETIME_INFINITE, true).expires, NANOS_NEVER);
	assert_int_equal(times(LIFETIME_INFINITE, LIFETIME_INFINITE, true).refresh, NANOS_NEVER);
}

/* RFC 6275 6.2.4: only a home agent advises */
static void test_refresh_advice(void **state)
{
	(void)state;
	message.has_refresh_advice = true;
	message.refresh_advice.interval = 5;
	assert_int_equal(times(25, 10, true).refresh, SENT + 20 * NANOS_PER_SECOND);
	assert_int_equal(times(25, 10, false).refresh, SENT + 30 * NANOS_PER_SECOND);
	message.refresh_advice.interval = 9;
	assert_int_equal(times(25, 10, true).refresh, SENT + 30 * NANOS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_status_of_a_bid, begin),
		cmocka_unit_test_setup(test_not_complete, begin),
		cmocka_unit_test_setup(test_malformed_option_is_absent, begin),
		cmocka_unit_test_setup(test_answer_without_bids, begin),
		cmocka_unit_test_setup(test_reactions, begin),
		cmocka_unit_test_setup(test_times, begin),
		cmocka_unit_test_setup(test_refresh_advice, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
