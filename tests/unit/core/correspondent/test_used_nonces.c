/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * used_nonces.c: what was taken away is not brought back by the same nonces (RFC 6275 9.5.3), and
 * however much is taken away, what is remembered is bounded and errs to the safe side (5.2.8).
 */
#include "../../../../src/core/correspondent/used_nonces.h"
#include "../../../scene/support/port.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

#define NOW 1000

static struct used_nonces used;

static struct nonce_pair pair(uint8_t host, uint16_t home, uint16_t care_of, nanos until)
{
	return (struct nonce_pair){
		.care_of = {.s6_addr = {0x20, 1, 0x0d, 0xb8, [15] = host}},
		.until = until,
		.home = home,
		.care_of_index = care_of,
	};
}

static void begin(void)
{
	memset(&used, 0, sizeof(used));
}

static void put_and_spend(uint16_t bid, const struct nonce_pair *its)
{
	used_nonces_put(&used, bid, its, NOW);
	assert_false(used_nonces_are_spent(&used, its));
	used_nonces_spend(&used, bid, NOW);
}

static void test_spent(void **state)
{
	(void)state;
	begin();
	const struct nonce_pair its = pair(1, 10, 11, NOW + 100);
	put_and_spend(1, &its);
	assert_true(used_nonces_are_spent(&used, &its));
	struct nonce_pair other = pair(2, 10, 11, NOW + 100);
	assert_false(used_nonces_are_spent(&used, &other));
	other = pair(1, 9, 11, NOW + 100);
	assert_false(used_nonces_are_spent(&used, &other));
	other = pair(1, 10, 12, NOW + 100);
	assert_false(used_nonces_are_spent(&used, &other));
}

/* That of the last update counts, of this BID. */
static void test_last_of_a_bid(void **state)
{
	(void)state;
	begin();
	const struct nonce_pair old = pair(1, 10, 11, NOW + 100);
	const struct nonce_pair new = pair(2, 12, 13, NOW + 160),
				other = pair(3, 12, 13, NOW + 160);
	used_nonces_put(&used, 1, &old, NOW);
	used_nonces_put(&used, 2, &other, NOW);
	used_nonces_put(&used, 1, &new, NOW);
	used_nonces_spend(&used, 1, NOW);
	assert_false(used_nonces_are_spent(&used, &old));
	assert_true(used_nonces_are_spent(&used, &new));
	assert_false(used_nonces_are_spent(&used, &other));
	used_nonces_spend(&used, 7, NOW);
	used_nonces_forget(&used, 2);
	used_nonces_spend(&used, 2, NOW);
	assert_false(used_nonces_are_spent(&used, &other));
}

/* A BID that comes back and goes again: both pairs stay spent. */
static void test_again(void **state)
{
	(void)state;
	begin();
	const struct nonce_pair first = pair(1, 10, 11, NOW + 100);
	const struct nonce_pair second = pair(1, 12, 13, NOW + 160);
	put_and_spend(1, &first);
	put_and_spend(1, &second);
	assert_true(used_nonces_are_spent(&used, &first));
	assert_true(used_nonces_are_spent(&used, &second));
}

static void test_more_than_fit(void **state)
{
	(void)state;
	begin();
	for (uint16_t bid = 1; bid <= BINDINGS_MAX; bid++) {
		const struct nonce_pair its = pair((uint8_t)bid, 50, 50, NOW + 500);
		used_nonces_put(&used, bid, &its, NOW);
	}
	for (uint16_t i = 0; i < 1000; i++) {
		const struct nonce_pair its = pair(100, i, i, NOW + 200 + i % 7);
		used_nonces_put(&used, 1, &its, NOW);
		used_nonces_spend(&used, 1, NOW);
		const struct nonce_pair back = pair(1, 50, 50, NOW + 500);
		used_nonces_put(&used, 1, &back, NOW);
	}
	for (uint16_t i = 0; i < 1000; i++) {
		const struct nonce_pair its = pair(100, i, i, NOW + 200 + i % 7);
		assert_true(used_nonces_are_spent(&used, &its));
	}
	/* What lives longer than all of those is not hindered. */
	const struct nonce_pair fresh = pair(100, 2000, 2000, NOW + 501);
	assert_false(used_nonces_are_spent(&used, &fresh));
}

/* What is too old needs no place. */
static void test_ended(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 100; i++) {
		const struct nonce_pair its = pair(1, (uint16_t)i, (uint16_t)i, NOW + 10 * i + 20);
		used_nonces_put(&used, 1, &its, NOW + 10 * i);
		used_nonces_spend(&used, 1, NOW + 10 * i);
	}
	assert_int_equal(used.spent_until, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spent),
		cmocka_unit_test(test_last_of_a_bid),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_more_than_fit),
		cmocka_unit_test(test_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
