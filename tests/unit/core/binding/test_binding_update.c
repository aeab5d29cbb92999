/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_update.c: the order of the checks, and what a refused update leaves as it was.
 */
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

static struct cache_of_one *one;
static struct message message;
static struct packet packet;
static struct message answer;
static char steps[16]; /* a letter for each step of the policy, in their order */
static char stops_at;  /* the step that returns false */

static bool step(char letter)
{
	steps[strlen(steps)] = letter;
	return letter != stops_at;
}

static bool identify(struct binding_update *update)
{
	update->entry = one->entry;
	return step('i');
}

static bool authenticate(struct binding_update *update)
{
	(void)update;
	return step('a');
}

static bool check_fresh(struct binding_update *update)
{
	return step('f') && binding_update_check_sequence(update);
}

static bool grant(struct binding_update *update, struct registration_request *request)
{
	request->lifetime = 5;
	request->expires = update->now.mono + 20 * NANOS_PER_SECOND;
	request->bindings_max = 1;
	return step('g');
}

static bool admit(struct binding_update *update, bool deletes)
{
	assert_int_equal(deletes, update->message->binding_update.lifetime == 0);
	return step('d');
}

static void prepare(struct binding_update *update, const struct registration *registration,
	struct binding_ack *ack)
{
	(void)update, (void)registration, (void)ack;
	step('p');
}

static bool may_answer(const struct binding_update *update)
{
	(void)update;
	return step('l');
}

static void tell_refused(const struct binding_update *update, uint8_t status, bool proved)
{
	(void)update, (void)status;
	step(proved ? 'R' : 'r');
}

static int seal(const struct binding_update *update, const struct binding_ack *ack,
	struct message *acknowledgement, uint8_t *octets, size_t capacity)
{
	struct message_layout layout;
	(void)update, (void)ack;
	return message_encode(one->base.dialect, acknowledgement, octets, capacity, &layout)
		       ? (int)layout.length
		       : -1;
}

static bool answer_send(const struct binding_update *update, const struct packet_envelope *envelope,
	struct octets payload)
{
	assert_memory_equal(&envelope->source, update->own, 16);
	assert_memory_equal(&envelope->destination, &packet.source, 16);
	assert_int_equal(
		message_decode(one->base.dialect, payload.at, payload.length, &answer), WIRE_OK);
	return step('s');
}

static void begin(void)
{
	one = NULL;
	one = cache_of_one_new();
	one->policy = (struct update_policy){
		.identify = identify,
		.authenticate = authenticate,
		.check_fresh = check_fresh,
		.grant = grant,
		.admit = admit,
		.accept = prepare,
		.may_answer = may_answer,
		.tell_refused = tell_refused,
		.seal = seal,
		.send = answer_send,
	};
	stops_at = 0;
	packet = (struct packet){
		.source = cache_address(11, 1),
		.destination = cache_address(1, 1),
		.has_home_address = true,
		.home_address = cache_address(1, 9),
	};
	message_init(&message, MH_binding_update);
	message.binding_update.flags = BU_ACKNOWLEDGE;
	message.binding_update.sequence = 8;
	message.binding_update.lifetime = 10;
}

static int end(void **state)
{
	(void)state;
	if (one)
		cache_of_one_free(one);
	return 0;
}

static void receive(const char *expected)
{
	const struct arrival arrival = {.at = cache_time(0)};
	const struct received received = {&arrival, &packet, &message};
	struct binding_update update = binding_update_of(
		&one->cache, cache_time(0), &received, &packet.destination, true, &one->outbox);
	memset(steps, 0, sizeof(steps));
	one->outbox.count = 0;
	binding_update_receive(&update);
	assert_string_equal(steps, expected);
}

static void option(uint16_t bid)
{
	message.bid[message.bid_count++] =
		(struct opt_bid){.bid = bid, .care_of = {16, cache_address(12, 1)}};
}

static void test_accepted(void **state)
{
	(void)state;
	begin();
	option(4);
	receive("iafgdps");
	assert_int_equal(answer.binding_ack.status, 0);
	assert_int_equal(answer.binding_ack.sequence, 8);
	assert_int_equal(answer.binding_ack.lifetime, 5);
	assert_int_equal(answer.bid[0].bid, 4);
	assert_int_equal(one->entry->sequence, 8);
	assert_int_equal(one->entry->bindings.at[0].bid, 4);
	assert_int_equal(one->base.counters.updates_accepted, 1);
	assert_int_equal(one->outbox.effects[one->outbox.count - 1].type, EFFECT_RECORD);
	/* RFC 6275 9.5.4: without A there is no acknowledgement, unless the role wants it */
	message.binding_update.flags = 0;
	message.binding_update.sequence = 9;
	receive("iafgdp");
	one->policy.acknowledges_all = true;
	message.binding_update.sequence = 10;
	receive("iafgdps");
}

/* Nothing changes before all checks are passed. */
static void test_stopped(void **state)
{
	(void)state;
	begin();
	static const char all[] = "iafgd";
	for (size_t i = 0; i < strlen(all); i++) {
		char expected[sizeof(all)] = "";
		memcpy(expected, all, i + 1);
		stops_at = all[i];
		receive(expected);
		assert_int_equal(one->outbox.count, 0);
		assert_int_equal(one->entry->bindings.count, 0);
		assert_int_equal(one->entry->sequence, 0);
	}
}

/* RFC 6275 9.5.4: no answer would reach the sender */
static void test_source(void **state)
{
	(void)state;
	begin();
	packet.source = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
	receive("");
	assert_int_equal(one->base.counters.drops[DROP_BAD_CARE_OF_ADDRESS], 1);
}

/* RFC 6275 9.5.1: the answer tells the last accepted number; anybody can cause it, within limits */
static void test_sequence(void **state)
{
	(void)state;
	begin();
	one->entry->sequence = 8;
	one->entry->sequence_until = 1;
	receive("iaflrs");
	assert_int_equal(answer.binding_ack.status, 135);
	assert_int_equal(answer.binding_ack.sequence, 8);
	assert_int_equal(one->base.counters.drops[DROP_OLD_SEQUENCE], 1);
	stops_at = 'l';
	receive("iafl");
	assert_int_equal(one->base.counters.drops[DROP_RATE_LIMITED], 1);
	assert_int_equal(one->base.counters.updates_refused, 1);
	one->entry->sequence_until = 0;
	receive("iafgdps");
}

static void test_refused(void **state)
{
	(void)state;
	begin();
	option(4);
	option(4);
	receive("iafgRs");
	assert_int_equal(answer.binding_ack.status, 164);
	assert_int_equal(answer.binding_ack.lifetime, 0);
	assert_int_equal(one->entry->sequence, 0);
	assert_int_equal(one->base.counters.updates_refused, 1);
}

static void test_deregistration(void **state)
{
	(void)state;
	begin();
	receive("iafgdps");
	message.binding_update.lifetime = 0;
	message.binding_update.sequence = 9;
	receive("iafgdps");
	assert_int_equal(answer.binding_ack.lifetime, 0);
	assert_int_equal(one->entry->bindings.count, 0);
	message.binding_update.sequence = 10;
	receive("iafgdps");
	assert_int_equal(one->outbox.effects[0].type, EFFECT_RECORD);
	assert_int_equal(one->outbox.effects[0].record.count, 0);
	assert_int_equal(one->outbox.effects[0].record.sequence, 10);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_accepted),
		TEST(test_stopped),
		TEST(test_source),
		TEST(test_sequence),
		TEST(test_refused),
		TEST(test_deregistration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
