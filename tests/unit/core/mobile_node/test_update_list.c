/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/update_list.c: what the home agent may hold, given what was sent and
 * answered.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/update_list.h"

static struct update_list list;

static struct update_item item(uint16_t bid, uint8_t host)
{
	return (struct update_item){.bid = bid,
		.priority = 1,
		.care_of = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = host}}};
}

static uint16_t say(bool overwrite, uint16_t from, uint16_t to)
{
	struct update update = {.kind = UPDATE_REGISTER, .overwrite = overwrite};
	for (uint16_t bid = from; bid <= to; bid++)
		update.items[update.count++] = item(bid, (uint8_t)bid);
	update_list_send(&list, &update);
	return update.sequence;
}

static void add(uint16_t bid, uint8_t host)
{
	const struct list_entry entry = {.bid = bid, .care_of = item(bid, host).care_of};
	update_list_bind(&list, &entry);
}

static bool sure(uint16_t bid, uint8_t host)
{
	const struct in6_addr care_of = item(bid, host).care_of;
	return update_list_sure(&list, bid, &care_of) != NULL;
}

static int begin(void **state)
{
	(void)state;
	update_list_init(&list, 0xfffe);
	return 0;
}

/* RFC 6275 11.7.2 */
/* Shows RFC 6275 11.7.2-18, 11.7.2-20, 11.1-4, 11.7.1-20. */
static void test_numbers_grow_and_wrap(void **state)
{
	(void)state;
	assert_int_equal(say(true, 1, 1), 0xffff);
	assert_int_equal(say(true, 1, 1), 0);
	assert_non_null(update_list_open(&list, 0xffff));
	update_list_close(&list, update_list_open(&list, 0), false);
	assert_null(update_list_open(&list, 0xffff));
}

static void test_earlier_answer_leaves_later_open(void **state)
{
	(void)state;
	uint16_t first = say(false, 1, 1), second = say(false, 1, 2);
	update_list_close(&list, update_list_open(&list, first), false);
	assert_null(update_list_open(&list, first));
	assert_non_null(update_list_open(&list, second));
}

static void test_may_hold(void **state)
{
	(void)state;
	assert_false(update_list_may_hold(&list, 1));
	say(false, 1, 2);
	assert_true(update_list_may_hold(&list, 2));
	add(3, 3);
	assert_true(update_list_may_hold(&list, 3));
	assert_false(update_list_may_hold(&list, 4));
	update_list_unbind(&list, 3);
	assert_false(update_list_may_hold(&list, 3));
}

static void test_sure_unless_taken_away(void **state)
{
	(void)state;
	add(1, 1);
	assert_true(sure(1, 1));
	assert_false(sure(1, 9));
	uint16_t sequence = say(true, 2, 3);
	assert_false(sure(1, 1));
	update_list_close(&list, update_list_open(&list, sequence), false);
	assert_true(sure(1, 1));
}

static void test_single_binding_is_that_of_its_address(void **state)
{
	(void)state;
	add(0, 7);
	assert_true(sure(1, 7));
	assert_true(sure(2, 7));
	assert_false(sure(2, 8));
}

/* RFC 5648 5.9: what cannot be remembered is replaced */
static void test_what_is_forgotten_is_unknown(void **state)
{
	(void)state;
	list.unknown = false;
	say(false, 5, 5);
	for (unsigned i = 0; i < 2 * UPDATES_REMEMBERED; i++)
		say(false, 1, 2);
	assert_false(list.unknown);
	assert_true(update_list_may_hold(&list, 5));
	for (uint16_t bid = 10; bid < 10 + ASKED_BINDINGS_MAX; bid++)
		say(false, bid, bid);
	assert_true(list.unknown);
	assert_false(update_list_may_hold(&list, 5));
	list.unknown = false;
	for (uint16_t bid = 1; bid <= BINDINGS_MAX; bid++)
		add(bid, (uint8_t)bid);
	assert_false(list.unknown);
	add(100, 100);
	assert_true(list.unknown);
	assert_int_equal(list.entries_count, BINDINGS_MAX);
}

/* ---- what was asked for ---- */

struct care_ofs {
	size_t count;
	struct in6_addr at[2 * ASKED_BINDINGS_MAX];
};

static void collect(void *ctx, const struct held_care_of *held)
{
	struct care_ofs *all = ctx;
	all->at[all->count++] = held->care_of;
}

static bool may_come_from(uint16_t bid, uint8_t host)
{
	const struct in6_addr wanted = item(bid, host).care_of;
	struct care_ofs all = {0};
	update_list_each_care_of(&list, collect, &all);
	for (size_t i = 0; i < all.count; i++)
		if (IN6_ARE_ADDR_EQUAL(&all.at[i], &wanted))
			return true;
	return false;
}

static uint16_t say_one(uint16_t bid, uint8_t host)
{
	struct update update = {.kind = UPDATE_REGISTER, .count = 1, .items = {item(bid, host)}};
	update_list_send(&list, &update);
	return update.sequence;
}

/* Both addresses of a BID, until the home agent has accepted one of them. */
static void test_both_addresses_until_accepted(void **state)
{
	(void)state;
	add(1, 1);
	uint16_t sequence = say_one(1, 9);
	assert_true(may_come_from(1, 1));
	assert_true(may_come_from(1, 9));
	update_list_close(&list, update_list_open(&list, sequence), false);
	asked_bindings_end(&list.asked, sequence, 1, NULL);
	add(1, 9);
	assert_false(may_come_from(1, 1));
	assert_true(may_come_from(1, 9));
}

/* RFC 6275 9.5.1: an accepted update of another BID says nothing of what was asked for before. */
static void test_overtaken_update_may_have_been_accepted(void **state)
{
	(void)state;
	say_one(2, 9);
	uint16_t sequence = say_one(1, 1);
	update_list_close(&list, update_list_open(&list, sequence), false);
	asked_bindings_end(&list.asked, sequence, 1, NULL);
	assert_true(may_come_from(2, 9));
	assert_true(update_list_may_hold(&list, 2));
	asked_bindings_end_all(&list.asked, (uint16_t)(sequence + 1));
	assert_false(may_come_from(2, 9));
}

/* The refusal of a retransmission says nothing of what was sent first. */
static void test_refused_retransmission(void **state)
{
	(void)state;
	uint16_t first = say_one(1, 1), second = say_one(1, 1);
	update_list_close(&list, update_list_open(&list, second), true);
	asked_bindings_refuse(&list.asked, second);
	assert_non_null(update_list_open(&list, first));
	assert_true(may_come_from(1, 1));
	asked_bindings_end_all(&list.asked, second);
	uint16_t third = say_one(1, 1);
	update_list_close(&list, update_list_open(&list, third), true);
	asked_bindings_refuse(&list.asked, third);
	assert_false(may_come_from(1, 1));
}

/* What came before a de-registration may arrive after it. */
static void test_absent_is_still_accepted(void **state)
{
	(void)state;
	uint16_t sequence = say_one(1, 1);
	asked_bindings_absent(&list.asked, (uint16_t)(sequence + 1), 1);
	assert_false(update_list_may_hold(&list, 1));
	assert_true(may_come_from(1, 1));
	say_one(1, 1);
	assert_true(update_list_may_hold(&list, 1));
	asked_bindings_expire(&list.asked, SECONDS_INFINITE * NANOS_PER_SECOND);
	assert_false(may_come_from(1, 1));
}

static void test_same(void **state)
{
	(void)state;
	struct update a = {.kind = UPDATE_REGISTER, .count = 2, .items = {item(1, 1), item(2, 2)}};
	struct update b = {.kind = UPDATE_REGISTER, .count = 2, .items = {item(2, 2), item(1, 1)}};
	assert_true(update_same(&a, &b));
	a.overwrite = true; /* sent with O serves where none is needed; not the other way round */
	assert_true(update_same(&a, &b));
	assert_false(update_same(&b, &a));
	b.items[0].priority = 9;
	assert_false(update_same(&a, &b));
	b.items[0] = item(2, 3);
	assert_false(update_same(&a, &b));
}

/* What has probably not arrived takes nothing away; its answer is understood all the same. */
static void test_unanswered_update(void **state)
{
	(void)state;
	struct update update = {.kind = UPDATE_REMOVE_ALL};
	add(1, 1);
	update_list_send(&list, &update);
	assert_false(sure(1, 1));
	update_list_presume_lost(&list);
	assert_true(sure(1, 1));
	assert_non_null(update_list_open(&list, update.sequence));
	/* only that one */
	say(true, 2, 2);
	assert_false(sure(1, 1));
}

/* RFC 5648 5.8 */
static void test_renew(void **state)
{
	(void)state;
	for (uint16_t bid = 1; bid <= 3; bid++) {
		const struct list_entry entry = {.bid = bid, .refresh = 100};
		update_list_bind(&list, &entry);
	}
	assert_true(update_list_renew(&list, 2, NANOS_NEVER));
	assert_true(update_list_entry(&list, 1)->refresh == 100);
	assert_true(update_list_entry(&list, 2)->refresh == 0);
	assert_true(update_list_renew(&list, 0, NANOS_NEVER));
	assert_true(update_list_entry(&list, 1)->refresh == 0);
	assert_true(update_list_entry(&list, 3)->refresh == 0);
}

static void test_forget(void **state)
{
	(void)state;
	list.unknown = false;
	add(1, 1);
	update_list_forget(&list);
	assert_null(update_list_entry(&list, 1));
	assert_true(list.unknown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_numbers_grow_and_wrap, begin),
		cmocka_unit_test_setup(test_earlier_answer_leaves_later_open, begin),
		cmocka_unit_test_setup(test_may_hold, begin),
		cmocka_unit_test_setup(test_sure_unless_taken_away, begin),
		cmocka_unit_test_setup(test_single_binding_is_that_of_its_address, begin),
		cmocka_unit_test_setup(test_what_is_forgotten_is_unknown, begin),
		cmocka_unit_test_setup(test_both_addresses_until_accepted, begin),
		cmocka_unit_test_setup(test_overtaken_update_may_have_been_accepted, begin),
		cmocka_unit_test_setup(test_refused_retransmission, begin),
		cmocka_unit_test_setup(test_absent_is_still_accepted, begin),
		cmocka_unit_test_setup(test_same, begin),
		cmocka_unit_test_setup(test_unanswered_update, begin),
		cmocka_unit_test_setup(test_renew, begin),
		cmocka_unit_test_setup(test_forget, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
