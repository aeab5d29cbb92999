/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_ack.c: the contents of an acknowledgement (RFC 5648 6.2, 4.3; RFC 6089 4.1; RFC 4285 6).
 */
#include "../../../../src/core/binding/registration.h"
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

static struct message message;
static struct binding_update update;
static struct message filled;

static void begin(uint16_t options)
{
	message_init(&message, MH_binding_update);
	message.binding_update.sequence = 77;
	for (uint16_t i = 0; i < options; i++)
		message.bid[message.bid_count++] = (struct opt_bid){
			.bid = (uint16_t)(i + 1),
			.flags = BID_HOME | 9,
			.status = 3,
			.care_of = {16, IN6ADDR_LOOPBACK_INIT},
		};
	update = (struct binding_update){.message = &message, .bid_count = options};
}

static void fill(const struct binding_ack *ack)
{
	binding_ack_fill(ack, &dialect_rfc5648, &message, &filled);
}

static void test_echo(void **state)
{
	(void)state;
	static const uint8_t status[] = {0, 167};
	begin(2);
	struct binding_ack ack = binding_ack_of(&update, 4);
	ack.bid_status = status;
	fill(&ack);
	assert_int_equal(filled.binding_ack.status, 4);
	assert_int_equal(filled.binding_ack.sequence, 77);
	assert_int_equal(filled.bid_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(filled.bid[i].bid, i + 1);
		assert_int_equal(filled.bid[i].status, status[i]);
		assert_int_equal(filled.bid[i].care_of.length, 0);
		assert_int_equal(filled.bid[i].flags, 9 & dialect_rfc5648.bid_priority_mask);
	}
	assert_false(filled.has_refresh_advice);
	assert_false(filled.has_replay);
}

/* More options than fit are not echoed at all. */
static void test_too_many(void **state)
{
	(void)state;
	begin(BIDS_ECHOED_MAX);
	assert_int_equal(binding_ack_of(&update, 0).bid_count, BIDS_ECHOED_MAX);
	begin(BIDS_ECHOED_MAX + 1);
	assert_int_equal(binding_ack_of(&update, 164).bid_count, 0);
}

static void test_options(void **state)
{
	(void)state;
	begin(0);
	message.has_replay = true;
	message.replay.timestamp = 1234;
	struct binding_ack ack = binding_ack_of(&update, 0);
	ack.advice = 5;
	ack.lifetime = 6;
	fill(&ack);
	assert_int_equal(filled.binding_ack.lifetime, 6);
	assert_true(filled.has_replay);
	assert_int_equal(filled.replay.timestamp, 1234);
	assert_true(filled.has_refresh_advice);
	assert_int_equal(filled.refresh_advice.interval, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
