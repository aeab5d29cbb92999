/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/route_optimization/ro_bindings.c: the Binding Update List towards one correspondent.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/route_optimization/ro_bindings.h"

#define SECOND NANOS_PER_SECOND
#define START (100 * SECOND)

static struct ro_bindings bindings;

static int begin(void **state)
{
	(void)state;
	ro_bindings_init(&bindings, 0xfffe);
	return 0;
}

static struct ro_binding *sent(uint16_t bid, enum update_kind kind, bool overwrite)
{
	struct ro_binding *binding = ro_binding_add(&bindings, bid);
	binding->update = (struct ro_update){.kind = (uint8_t)kind,
		.bid = bid,
		.overwrite = overwrite,
		.lifetime = 105,
		.care_of = {.s6_addr = {0x20, [15] = (uint8_t)bid}}};
	binding->held_until = START + 420 * SECOND;
	ro_update_sent(&bindings, &binding->update, 1, SECOND, START);
	return binding;
}

/* RFC 6275 11.7.2: greater with each update, modulo 2^16, whatever the BID */
static void test_sequence(void **state)
{
	(void)state;
	assert_int_equal(sent(1, UPDATE_REGISTER, true)->update.sequence, 0xffff);
	assert_int_equal(sent(2, UPDATE_REGISTER, false)->update.sequence, 0);
	assert_int_equal(sent(1, UPDATE_REGISTER, false)->update.sequence, 1);
	assert_true(bindings.overwriting);
	assert_int_equal(bindings.overwritten, 0xffff);
}

static void acknowledge(struct ro_binding *binding, uint16_t lifetime)
{
	struct message message;
	message_init(&message, MH_binding_ack);
	message.binding_ack.lifetime = lifetime;
	ro_binding_accepted(&bindings, binding, &message);
}

/* RFC 6275 11.7.3: from when it was sent, less what was granted less */
static void test_accepted(void **state)
{
	(void)state;
	struct ro_binding *binding = sent(1, UPDATE_REGISTER, true);
	assert_true(bindings.unknown);
	assert_false(ro_bindings_any(&bindings));
	acknowledge(binding, 25);
	assert_true(ro_binding_is_bound(binding));
	assert_int_equal(binding->expires, START + 100 * SECOND);
	assert_int_equal(binding->refresh, START + 75 * SECOND);
	assert_int_equal(binding->held_until, START + 100 * SECOND);
	assert_false(binding->update.waiting);
	assert_false(bindings.unknown);
	acknowledge(sent(1, UPDATE_REGISTER, false), 0xffff);
	assert_int_equal(binding->expires, START + 420 * SECOND);
	acknowledge(sent(1, UPDATE_REGISTER, false), 0);
	assert_false(ro_binding_is_bound(binding));
	assert_false(ro_bindings_held(&bindings));
}

/* RFC 5648 3, 6.2: O, and an update without BID, replace all but what was sent after them. */
static void test_replaced(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin(NULL);
		acknowledge(sent(1, UPDATE_REGISTER, false), 105);
		struct ro_binding *last =
			i ? sent(0, UPDATE_SINGLE, false) : sent(3, UPDATE_REGISTER, true);
		sent(2, UPDATE_REGISTER, false);
		acknowledge(last, 105);
		assert_true(ro_binding_is_bound(last));
		assert_false(ro_binding_is_bound(ro_binding_find(&bindings, 1)));
		assert_int_equal(ro_binding_find(&bindings, 1)->held_until, 0);
		assert_int_not_equal(ro_binding_find(&bindings, 2)->held_until, 0);
	}
}

static void test_not_replaced(void **state)
{
	(void)state;
	acknowledge(sent(1, UPDATE_REGISTER, false), 105);
	acknowledge(sent(2, UPDATE_REGISTER, false), 105);
	assert_true(ro_binding_is_bound(ro_binding_find(&bindings, 1)));
}

/* RFC 6275 6.1.8, 9.5.1: O replaces what was accepted before it, modulo 2^16, and what was sent
 * before it and is not there yet will be refused; whichever answer comes first. */
static void test_replaced_before_it(void **state)
{
	(void)state;
	ro_bindings_init(&bindings, 0xfffd);
	struct ro_binding *before = sent(1, UPDATE_REGISTER, false);
	struct ro_binding *last = sent(2, UPDATE_REGISTER, true);
	struct ro_binding *after = sent(3, UPDATE_REGISTER, false);
	struct ro_binding *later = sent(4, UPDATE_REGISTER, false);
	assert_true(after->update.sequence < last->update.sequence);
	acknowledge(after, 105);
	acknowledge(last, 105);
	assert_true(ro_binding_is_bound(after));
	assert_int_not_equal(after->held_until, 0);
	assert_true(later->update.waiting);
	assert_int_not_equal(later->held_until, 0);
	assert_false(before->update.waiting);
	assert_int_equal(before->held_until, 0);
}

/* What was accepted before O, and is being renewed by what was sent after it. */
static void test_replaced_while_renewed(void **state)
{
	(void)state;
	struct ro_binding *renewed = sent(1, UPDATE_REGISTER, false);
	acknowledge(renewed, 105);
	struct ro_binding *last = sent(2, UPDATE_REGISTER, true);
	sent(1, UPDATE_REGISTER, false);
	acknowledge(last, 105);
	assert_false(ro_binding_is_bound(renewed));
	assert_true(renewed->update.waiting);
	assert_int_not_equal(renewed->held_until, 0);
}

/* Its acknowledgement arrives after an update with O has left: it may be gone already. */
static void test_accepted_while_replaced(void **state)
{
	(void)state;
	struct ro_binding *before = sent(1, UPDATE_REGISTER, false);
	struct ro_binding *last = sent(2, UPDATE_REGISTER, true);
	struct ro_binding *after = sent(3, UPDATE_REGISTER, false);
	acknowledge(before, 105);
	acknowledge(after, 105);
	assert_int_equal(before->state, RO_BINDING_DISPUTED);
	assert_int_equal(after->state, RO_BINDING_BOUND);
	acknowledge(last, 105);
	assert_int_equal(before->state, RO_BINDING_UNBOUND);
	assert_int_equal(after->state, RO_BINDING_BOUND);
}

static void test_overwriting(void **state)
{
	(void)state;
	struct ro_binding *binding = sent(1, UPDATE_REGISTER, true);
	sent(2, UPDATE_REGISTER, false);
	assert_true(ro_bindings_overwriting(&bindings, NULL));
	assert_false(ro_bindings_overwriting(&bindings, binding));
	acknowledge(binding, 105);
	assert_false(ro_bindings_overwriting(&bindings, NULL));
}

static void test_places(void **state)
{
	(void)state;
	for (uint16_t bid = 0; bid < RO_BINDINGS_MAX; bid++)
		assert_int_equal(ro_binding_add(&bindings, bid)->bid, bid);
	assert_null(ro_binding_add(&bindings, RO_BINDINGS_MAX));
	assert_non_null(ro_binding_add(&bindings, 3));
	ro_binding_drop(&bindings, ro_binding_find(&bindings, 3));
	assert_null(ro_binding_find(&bindings, 3));
	assert_non_null(ro_binding_find(&bindings, RO_BINDINGS_MAX - 1));
	assert_int_equal(bindings.count, RO_BINDINGS_MAX - 1);
}

/* The picture in ro_bindings.h. */
static void test_every_event_in_every_state(void **state)
{
	(void)state;
	static const enum ro_binding_state table[RO_BINDING_STATES][RO_BINDING_EVENTS] = {
		[RO_BINDING_UNBOUND] =
			{
				[RO_BINDING_ACCEPTED] = RO_BINDING_BOUND,
				[RO_BINDING_DISPUTE] = RO_BINDING_UNBOUND,
				[RO_BINDING_ENDED] = RO_BINDING_UNBOUND,
			},
		[RO_BINDING_BOUND] =
			{
				[RO_BINDING_ACCEPTED] = RO_BINDING_BOUND,
				[RO_BINDING_DISPUTE] = RO_BINDING_DISPUTED,
				[RO_BINDING_ENDED] = RO_BINDING_UNBOUND,
			},
		[RO_BINDING_DISPUTED] =
			{
				[RO_BINDING_ACCEPTED] = RO_BINDING_BOUND,
				[RO_BINDING_DISPUTE] = RO_BINDING_DISPUTED,
				[RO_BINDING_ENDED] = RO_BINDING_UNBOUND,
			},
	};
	for (unsigned from = 0; from < RO_BINDING_STATES; from++) {
		for (unsigned event = 0; event < RO_BINDING_EVENTS; event++) {
			struct ro_binding binding = {.state = from};
			ro_binding_step(&binding, event);
			assert_int_equal(binding.state, table[from][event]);
			assert_int_equal(ro_binding_is_bound(&binding),
				table[from][event] != RO_BINDING_UNBOUND);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test_setup(test_sequence, begin),
		cmocka_unit_test_setup(test_accepted, begin),
		cmocka_unit_test_setup(test_replaced, begin),
		cmocka_unit_test_setup(test_not_replaced, begin),
		cmocka_unit_test_setup(test_replaced_before_it, begin),
		cmocka_unit_test_setup(test_replaced_while_renewed, begin),
		cmocka_unit_test_setup(test_accepted_while_replaced, begin),
		cmocka_unit_test_setup(test_overwriting, begin),
		cmocka_unit_test_setup(test_places, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
