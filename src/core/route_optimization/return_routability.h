/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Return routability at the mobile node (RFC 6275 5.2, 11.6): one test shows that the home address,
 * or one care-of address, is reached by the correspondent. A pure clockwork: it says when an Init
 * message is due, and keeps the keygen token that the answer brought.
 */
#ifndef MONAMI_CORE_RETURN_ROUTABILITY_H
#define MONAMI_CORE_RETURN_ROUTABILITY_H

#include "../api/port.h"

/* RFC 6275 5.2.9, 12: MAX_RO_FAILURE */
#define RO_FAILURE_MAX 3

struct keygen_token {
	uint64_t value; /* as in msg_home_test */
	uint16_t index; /* of the nonce */
	nanos until;    /* 0: there is none */
};

/* Zeroed, nothing was sent. */
struct test {
	bool waiting; /* an Init message is not answered */
	uint64_t cookie;
	nanos sent;
	nanos timeout;
	nanos again;       /* when to send it once more */
	unsigned attempts; /* without an answer */
	nanos took;        /* the answer, when there was one */
	nanos disputed;    /* when its token was last called expired; 0: never */
	struct keygen_token token;
};

/* An Init message with this cookie leaves: the first, or once more (RFC 6275 11.8). */
void test_sent(struct test *, uint64_t cookie, nanos now);
/* Nothing is asked for any more. */
void test_stop(struct test *);
/* RFC 6275 11.6.2. False: it does not answer the last Test Init. */
bool test_answered(struct test *, nanos now, uint64_t cookie, uint16_t index, uint64_t token_value);
/* The token, if it will do for a message that leaves now; NULL if not (RFC 6275 5.2.7). */
const struct keygen_token *test_token(const struct test *, nanos now);
/*
 * A message, authentic or not, says that the nonce has expired (RFC 6275 6.1.8): the token goes,
 * but not more often than another one can be had. False: withheld.
 */
bool test_dispute(struct test *, nanos now);
/* MAX_RO_FAILURE attempts have had no answer. */
bool test_failed(const struct test *, nanos now);

#endif
