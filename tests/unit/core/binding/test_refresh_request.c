/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refresh_request.c: when, and for which bindings.
 */
#include "../../../../src/core/binding/refresh_request.h"
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#define SECONDS(n) ((nanos)(n)*NANOS_PER_SECOND)

static struct cache_of_one *one;

static void begin(void)
{
	one = NULL;
	one = cache_of_one_new();
}

static int end(void **state)
{
	(void)state;
	if (one)
		cache_of_one_free(one);
	return 0;
}

static struct binding *bind_until(uint16_t bid, unsigned lifetime, nanos expires)
{
	struct binding *binding = cache_bind(&one->entry->bindings, bid);
	binding->lifetime = (uint16_t)(lifetime / 4);
	binding->expires = expires;
	return binding;
}

static nanos next(void)
{
	return refresh_request_next(&one->cache, one->entry);
}

/* How many requests were sent for it. */
static unsigned run_to(nanos now)
{
	unsigned before = one->requests;
	refresh_request_deadline(&one->cache, now, one->entry, &one->outbox);
	assert_int_equal(one->base.counters.refresh_requests_sent, one->requests);
	return one->requests - before;
}

static void test_when(void **state)
{
	(void)state;
	begin();
	static const struct {
		unsigned lifetime;
		nanos before; /* milliseconds before the end */
	} cases[] = {{4, 1000}, {8, 2000}, {36, 9000}, {40, 10000}, {44, 10000}, {262136, 10000}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nanos end = SECONDS(300000);
		one->entry->bindings.count = 0;
		bind_until(1, cases[i].lifetime, end);
		assert_int_equal(next(), end - cases[i].before * NANOS_PER_MS);
		assert_int_equal(run_to(next() - 1), 0);
		assert_int_equal(run_to(next()), 1);
		assert_int_equal(next(), end - cases[i].before * NANOS_PER_MS / 2);
		assert_int_equal(run_to(next()), 1);
		assert_int_equal(next(), NANOS_NEVER);
	}
}

/* Late: both moments have passed, one request is enough. */
static void test_late(void **state)
{
	(void)state;
	begin();
	bind_until(1, 100, SECONDS(100));
	assert_int_equal(run_to(SECONDS(97)), 1);
	assert_int_equal(next(), NANOS_NEVER);
}

static void test_never(void **state)
{
	(void)state;
	begin();
	assert_int_equal(next(), NANOS_NEVER);
	bind_until(1, 100, NANOS_NEVER);
	assert_int_equal(next(), NANOS_NEVER);
	bind_until(2, 100, SECONDS(100));
	one->cache.refresh_request = false;
	assert_int_equal(next(), NANOS_NEVER);
	refresh_request_send_one(
		&one->cache, one->entry, &one->entry->bindings.at[0], &one->outbox);
	assert_int_equal(one->requests, 0);
}

/* RFC 5648 6.4: one request names all that are due, and a binding without BID by no option. */
static void test_which(void **state)
{
	(void)state;
	begin();
	bind_until(1, 100, SECONDS(100));
	bind_until(2, 100, SECONDS(101));
	bind_until(3, 100, SECONDS(150));
	assert_int_equal(run_to(SECONDS(91)), 1);
	assert_int_equal(one->request.type, MH_refresh_request);
	assert_int_equal(one->request.bid_count, 2);
	assert_int_equal(one->request.bid[0].bid, 1);
	assert_int_equal(one->request.bid[1].bid, 2);
	one->entry->bindings.count = 0;
	bind_until(0, 100, SECONDS(200));
	assert_int_equal(run_to(SECONDS(190)), 1);
	assert_int_equal(one->request.bid_count, 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_when),
		TEST(test_late),
		TEST(test_never),
		TEST(test_which),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
