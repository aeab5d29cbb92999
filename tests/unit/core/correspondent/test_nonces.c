/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nonces.c: a pair of nonce and node key for each index, and how long it counts (RFC 6275 5.2.1,
 * 5.2.2, 5.2.7).
 */
#include "../../../../src/core/correspondent/nonces.h"
#include "../../../scene/support/port.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

#define SECOND NANOS_PER_SECOND

static uint64_t seed;
static struct core_port port;
static struct nonces nonces;

static nanos begin(void)
{
	seed = 3;
	port = test_port(&seed);
	nonces_init(&nonces, &port);
	return 1000 * SECOND;
}

/* How often each octet of the key has each bit set, in so many keys that chance alone does not
 * leave one out. */
/* Shows RFC 6275 5.2.1-1. */
static void test_every_bit_of_the_key_is_random(void **state)
{
	(void)state;
	nanos now = begin();
	unsigned set[8 * KCN_OCTETS] = {0};
	assert_int_equal(KCN_OCTETS, 20);
	for (unsigned i = 0; i < 200; i++) {
		const struct nonce *nonce = nonces_current(&nonces, &port, now);
		for (unsigned bit = 0; bit < 8 * KCN_OCTETS; bit++)
			set[bit] += nonce->kcn[bit / 8] >> bit % 8 & 1;
		now += 30 * SECOND;
	}
	for (unsigned bit = 0; bit < 8 * KCN_OCTETS; bit++)
		assert_in_range(set[bit], 50, 150);
}

/* Shows RFC 6275 5.2.7-2. */
static void test_key_changes_with_the_nonce(void **state)
{
	(void)state;
	nanos now = begin();
	struct nonce first = *nonces_current(&nonces, &port, now);
	assert_memory_equal(
		nonces_current(&nonces, &port, now + 29 * SECOND), &first, sizeof(first));
	struct nonce second = *nonces_current(&nonces, &port, now + 30 * SECOND);
	assert_int_not_equal(second.index, first.index);
	assert_memory_not_equal(second.value, first.value, NONCE_OCTETS);
	assert_memory_not_equal(second.kcn, first.kcn, KCN_OCTETS);
	/* The index tells which: each has the key that its tokens were made with. */
	const struct nonce *found = nonces_find(&nonces, first.index, now + 31 * SECOND);
	assert_memory_equal(found->kcn, first.kcn, KCN_OCTETS);
	found = nonces_find(&nonces, second.index, now + 31 * SECOND);
	assert_memory_equal(found->kcn, second.kcn, KCN_OCTETS);
}

/* Eight of them, 240 seconds each from its first use; an index that was never given is none. */
/* Shows RFC 6275 5.2.2-1, 5.2.7-1. */
static void test_those_that_count(void **state)
{
	(void)state;
	nanos now = begin();
	uint16_t first = nonces_current(&nonces, &port, now)->index;
	for (nanos i = 1; i < 8; i++)
		assert_int_equal(nonces_current(&nonces, &port, now + i * 30 * SECOND)->index,
			(uint16_t)(first + i));
	for (nanos i = 0; i < 8; i++) {
		nanos end = now + (240 + i * 30) * SECOND;
		assert_non_null(nonces_find(&nonces, (uint16_t)(first + i), end - 1));
		assert_null(nonces_find(&nonces, (uint16_t)(first + i), end));
	}
	assert_null(nonces_find(&nonces, (uint16_t)(first + 8), now));
	assert_null(nonces_find(&nonces, (uint16_t)(first - 1), now));
	assert_null(nonces_find(&nonces, (uint16_t)(first - 8), now));
	/* A ninth takes the place of the first. */
	nonces_current(&nonces, &port, now + 240 * SECOND);
	assert_null(nonces_find(&nonces, first, now + 240 * SECOND));
	assert_non_null(nonces_find(&nonces, (uint16_t)(first + 1), now + 240 * SECOND));
}

/* Memory that is given back has no keys in it. */
/* Shows RFC 6275 5.2.1-2. */
static void test_keys_do_not_stay_in_memory(void **state)
{
	(void)state;
	nanos now = begin();
	static const struct nonces nothing;
	for (nanos i = 0; i < 8; i++)
		nonces_current(&nonces, &port, now + i * 30 * SECOND);
	nonces_cleanse(&nonces);
	assert_memory_equal(&nonces, &nothing, sizeof(nonces));
}

static uint16_t use(nanos now)
{
	return nonces_current(&nonces, &port, now)->index;
}

/* RFC 6275 5.2.7: "on demand, or only if the old nonces have been used" */
static void test_made_when_used(void **state)
{
	(void)state;
	const nanos start = begin();
	for (unsigned index = 0; index <= UINT16_MAX; index++)
		assert_null(nonces_find(&nonces, (uint16_t)index, start));
	uint16_t first = use(start);
	assert_non_null(nonces_find(&nonces, first, start));
	assert_int_equal(use(start + 30 * SECOND - 1), first);
	assert_int_equal(use(start + 30 * SECOND), (uint16_t)(first + 1));
	assert_int_equal(use(start + 3600 * SECOND), (uint16_t)(first + 2));
}

/* RFC 6275 9.5.3: sooner when the newest has been spent; and yet all count as long (5.2.7). */
static void test_retired(void **state)
{
	(void)state;
	nanos now = begin();
	uint16_t first = use(now);
	nonces_spend(&nonces, nonces.newest);
	assert_int_equal(use(now + SECOND - 1), first);
	assert_int_equal(use(now + SECOND), (uint16_t)(first + 1));
	/* once only */
	assert_int_equal(use(now + 30 * SECOND), (uint16_t)(first + 1));
	for (nanos i = 1; i < 240; i++) {
		assert_int_equal(use(now + i * SECOND), (uint16_t)(first + i));
		nonces_spend(&nonces, nonces.newest);
	}
	assert_non_null(nonces_find(&nonces, first, now + 240 * SECOND - 1));
	assert_int_equal(use(now + 240 * SECOND), (uint16_t)(first + 240));
	assert_null(nonces_find(&nonces, first, now + 240 * SECOND));
	assert_non_null(nonces_find(&nonces, (uint16_t)(first + 1), now + 240 * SECOND));
}

/* RFC 6275 12: MAX_NONCE_LIFETIME after the first use, though no other nonce comes */
static void test_ends_alone(void **state)
{
	(void)state;
	nanos now = begin();
	uint16_t first = use(now);
	assert_non_null(nonces_find(&nonces, first, now + 240 * SECOND - 1));
	assert_null(nonces_find(&nonces, first, now + 240 * SECOND));
}

/* RFC 6275 5.2.2: an index is the number of one nonce, when they have wrapped, too */
static void test_index_wraps(void **state)
{
	(void)state;
	const nanos start = begin();
	uint16_t first = use(start);
	nanos now = start;
	for (unsigned i = 1; i <= UINT16_MAX; i++) {
		now += 30 * SECOND;
		assert_int_equal(use(now), (uint16_t)(first + i));
		assert_null(nonces_find(&nonces, (uint16_t)(first + i - NONCES_KEPT), now));
		assert_null(nonces_find(&nonces, (uint16_t)(first + i + NONCES_KEPT), now));
		if (i >= 7)
			assert_non_null(nonces_find(&nonces, (uint16_t)(first + i - 7), now));
	}
	now += 30 * SECOND;
	assert_int_equal(use(now), first);
}

/* One that nobody would be given any more changes nothing. */
static void test_older_one_spent(void **state)
{
	(void)state;
	nanos now = begin();
	uint16_t first = use(now);
	nonces_spend(&nonces, (uint16_t)(first - 1));
	assert_int_equal(use(now + 29 * SECOND), first);
}

/* What a former life gave out is not recognized. */
static void test_first_index_is_random(void **state)
{
	(void)state;
	const nanos start = begin();
	uint16_t first = use(start);
	nonces_init(&nonces, &port);
	assert_int_not_equal(use(start), first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit_of_the_key_is_random),
		cmocka_unit_test(test_key_changes_with_the_nonce),
		cmocka_unit_test(test_those_that_count),
		cmocka_unit_test(test_keys_do_not_stay_in_memory),
		cmocka_unit_test(test_made_when_used),
		cmocka_unit_test(test_retired),
		cmocka_unit_test(test_ends_alone),
		cmocka_unit_test(test_index_wraps),
		cmocka_unit_test(test_first_index_is_random),
		cmocka_unit_test(test_older_one_spent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
