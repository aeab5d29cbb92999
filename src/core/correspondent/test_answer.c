/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Home Test and Care-of Test (RFC 6275 5.2.5, 9.4), with the Binding Identifier option of draft-05
 * 6.2. They leave no state: the reply is made of the Test Init, the nonce and the node key, and
 * goes to the Test Init's source. There is one reply at most, larger than the Test Init by the
 * token.
 */
#include "correspondent_part.h"
#include "../base/own_packet.h"

#define TEST_OCTETS 40

/* Home or care-of address, to which the reply goes: RFC 6275 9.4.1, 9.4.2 */
static bool check(
	struct correspondent *correspondent, struct moment now, const struct packet *packet)
{
	if (packet->has_home_address)
		base_drop(correspondent->base, DROP_UNEXPECTED_HOME_ADDRESS);
	else if (!address_is_unicast_routable(&packet->source))
		base_drop(correspondent->base, DROP_BAD_CARE_OF_ADDRESS);
	else if (!source_limit_allows(&correspondent->tests, now.mono, &packet->source))
		base_drop(correspondent->base, DROP_RATE_LIMITED);
	else
		return true;
	return false;
}

static int token_for(struct correspondent *correspondent, enum token_kind kind,
	const struct in6_addr *address, const struct nonce *nonce, uint64_t *ret)
{
	return keygen_token(correspondent->base, nonce->kcn, kind, address, nonce->value, ret);
}

/* RFC 5648 4.3: without care-of address, status zero; draft-05 6.2: it is echoed, whichever it is
 */
static void echo_bid(const struct correspondent *correspondent, const struct message *question,
	struct message *ret)
{
	if (!correspondent->config.mcoa || question->bid_count != 1 ||
		question->bid[0].care_of.length == CARE_OF_MALFORMED)
		return;
	ret->bid_count = 1;
	ret->bid[0] = (struct opt_bid){.bid = question->bid[0].bid};
}

static void fill_answer(const struct correspondent *correspondent, const struct message *question,
	const struct nonce *nonce, uint64_t token, struct message *ret)
{
	if (question->type == MH_home_test_init) {
		message_init(ret, MH_home_test);
		ret->home_test = (struct msg_home_test){
			nonce->index, question->home_test_init.cookie, token};
		return;
	}
	message_init(ret, MH_care_of_test);
	ret->care_of_test =
		(struct msg_care_of_test){nonce->index, question->care_of_test_init.cookie, token};
	echo_bid(correspondent, question, ret);
}

static void answer_send(struct correspondent *correspondent, const struct received *received,
	const struct message *answer, struct outbox *outbox)
{
	uint8_t octets[TEST_OCTETS];
	struct message_layout layout;
	const struct packet_envelope envelope = {
		.source = *correspondent_own_address(correspondent, received->packet),
		.destination = received->packet->source,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	if (message_encode(correspondent->base->dialect, answer, octets, sizeof(octets), &layout) &&
		own_packet_send(correspondent->base, &envelope,
			(struct octets){octets, layout.length}, outbox))
		correspondent->base->counters.tests_answered++;
}

void test_answer(struct correspondent *correspondent, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	if (!check(correspondent, now, received->packet))
		return;
	enum token_kind kind =
		received->message->type == MH_home_test_init ? TOKEN_HOME : TOKEN_CARE_OF;
	const struct nonce *nonce =
		nonces_current(&correspondent->nonces, &correspondent->base->port, now.mono);
	uint64_t token;
	if (token_for(correspondent, kind, &received->packet->source, nonce, &token) < 0) {
		base_drop(correspondent->base, DROP_NO_HMAC);
		return;
	}
	struct message answer;
	fill_answer(correspondent, received->message, nonce, token, &answer);
	answer_send(correspondent, received, &answer, outbox);
}
