/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 5.2.7, 11.6.1, 11.6.2, 11.8.
 */
#include "return_routability.h"

#include "../base/bindack_timeout.h"

/* RFC 6275 12: MAX_TOKEN_LIFETIME. It began when the correspondent made the token, which is not
 * before the Test Init was sent. */
#define TOKEN_LIFETIME (210 * NANOS_PER_SECOND)

/* So long a Binding Update may be under way. */
#define TOKEN_MARGIN (2 * NANOS_PER_SECOND)

#define DISPUTE_AGAIN (5 * NANOS_PER_SECOND)

void test_sent(struct test *test, uint64_t cookie, nanos now)
{
	test->timeout =
		test->waiting ? bindack_timeout_after(test->timeout) : BINDACK_TIMEOUT_FIRST;
	test->attempts = test->waiting ? test->attempts + 1 : 1;
	test->waiting = true;
	test->cookie = cookie;
	test->sent = now;
	test->again = now + test->timeout;
}

void test_stop(struct test *test)
{
	test->waiting = false;
	test->attempts = 0;
}

bool test_answered(
	struct test *test, nanos now, uint64_t cookie, uint16_t index, uint64_t token_value)
{
	if (!test->waiting || cookie != test->cookie)
		return false;
	test_stop(test);
	test->took = now - test->sent;
	test->token = (struct keygen_token){
		.value = token_value,
		.index = index,
		.until = test->sent + TOKEN_LIFETIME,
	};
	return true;
}

const struct keygen_token *test_token(const struct test *test, nanos now)
{
	return now + TOKEN_MARGIN < test->token.until ? &test->token : NULL;
}

bool test_dispute(struct test *test, nanos now)
{
	if (test->disputed && now < test->disputed + DISPUTE_AGAIN)
		return false;
	test->disputed = now;
	test->token.until = 0;
	return true;
}

bool test_failed(const struct test *test, nanos now)
{
	return test->waiting && test->attempts >= RO_FAILURE_MAX && now >= test->again;
}
