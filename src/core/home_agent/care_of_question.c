/* SPDX-License-Identifier: BSD-2-Clause */
#include "care_of_question.h"

#include <assert.h>
#include <string.h>

#define ECHO_OCTETS 8
#define DATA_OCTETS (RECOVERY_COOKIE_OCTETS + sizeof(struct in6_addr))

void care_of_question_send(uint16_t identifier, const struct binding_entry *entry,
	const struct recovery_question *question, struct outbox *outbox)
{
	uint8_t data[DATA_OCTETS];
	memcpy(data, question->cookie, RECOVERY_COOKIE_OCTETS);
	memcpy(data + RECOVERY_COOKIE_OCTETS, &entry->home_address, sizeof(entry->home_address));
	const struct icmpv6 request = {
		.type = ICMPV6_ECHO_REQUEST,
		.identifier = identifier,
		.sequence = question->sequence,
		.data = {data, sizeof(data)},
	};
	uint8_t octets[ECHO_OCTETS + DATA_OCTETS];
	const struct octets payload = {octets, icmpv6_encode(&request, octets, sizeof(octets))};
	const struct packet_envelope envelope = {
		.source = *entry->own,
		.destination = question->care_of,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length =
		(uint16_t)packet_build(&envelope, payload, send->octets, sizeof(send->octets));
	assert(send->length != 0);
}

bool care_of_question_home_address(
	uint16_t identifier, const struct received_icmpv6 *received, struct in6_addr *ret)
{
	const struct icmpv6 *reply = received->message;
	if (received->packet->has_home_address || reply->data.length != DATA_OCTETS ||
		reply->identifier != identifier)
		return false;
	memcpy(ret, reply->data.at + RECOVERY_COOKIE_OCTETS, sizeof(*ret));
	return true;
}
