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

/* RFC 6089 5.3.5: sub-options that are malformed, or for which there is no place, are left out. */
static void test_flows(void **state)
{
	(void)state;
	static struct flow_answer answers[MESSAGE_FLOWS_MAX];
	uint8_t octets[MESSAGE_OCTETS_MAX];
	struct message_layout layout;
	begin(100);
	message.flow_count = MESSAGE_FLOWS_MAX;
	for (uint16_t i = 0; i < MESSAGE_FLOWS_MAX; i++) {
		struct opt_flow *flow = &message.flow[i];
		*flow = (struct opt_flow){.fid = (uint16_t)(i + 1), .priority = 9};
		flow->flow_options.has_bid_reference = true;
		flow->flow_options.bid_reference.bids_count = 1;
		flow->flow_options.malformed = i == 0;
		answers[i] = (struct flow_answer){flow->fid, 9, 131, flow};
	}
	struct binding_ack ack = binding_ack_of(&update, 0);
	ack.flow_count = MESSAGE_FLOWS_MAX;
	ack.flows = answers;
	fill(&ack);
	assert_true(message_encode(&dialect_rfc5648, &filled, octets, sizeof(octets), &layout));
	assert_int_equal(filled.flow_count, MESSAGE_FLOWS_MAX);
	assert_false(filled.flow[0].flow_options.has_bid_reference);
	assert_true(filled.flow[1].flow_options.has_bid_reference);
	assert_false(filled.flow[MESSAGE_FLOWS_MAX - 1].flow_options.has_bid_reference);
	for (uint16_t i = 0; i < MESSAGE_FLOWS_MAX; i++) {
		assert_int_equal(filled.flow[i].fid, i + 1);
		assert_int_equal(filled.flow[i].priority, 9);
		assert_int_equal(filled.flow[i].status, 131);
	}
}

/* One whose sub-options would not fit an option again, with other padding. */
static void test_longest_flow(void **state)
{
	(void)state;
	static const uint8_t rest[240];
	static struct flow_answer answer;
	uint8_t octets[MESSAGE_OCTETS_MAX];
	struct message_layout layout;
	for (size_t length = 230; length <= sizeof(rest); length++) {
		begin(1);
		message.flow_count = 1;
		message.flow[0] = (struct opt_flow){.fid = 1, .priority = 1};
		struct flow_options *options = &message.flow[0].flow_options;
		options->has_bid_reference = options->has_traffic_selector = true;
		options->bid_reference.bids_count = 1;
		options->traffic_selector.selector.format = 200;
		options->traffic_selector.unknown = (struct octets){rest, length};
		answer = (struct flow_answer){1, 1, 133, &message.flow[0]};
		struct binding_ack ack = binding_ack_of(&update, 0);
		ack.flow_count = 1;
		ack.flows = &answer;
		fill(&ack);
		assert_true(
			message_encode(&dialect_rfc5648, &filled, octets, sizeof(octets), &layout));
	}
	assert_false(filled.flow[0].flow_options.has_traffic_selector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_longest_flow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
