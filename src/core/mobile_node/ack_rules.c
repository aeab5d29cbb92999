/* SPDX-License-Identifier: BSD-2-Clause */
#include "ack_rules.h"

#include "../base/status.h"

uint8_t ack_status_of(const struct message *message, uint16_t bid)
{
	uint8_t status = message->binding_ack.status;
	for (size_t i = 0; i < message->bid_count; i++) {
		const struct opt_bid *option = &message->bid[i];
		if (option->bid == bid && option->care_of.length != CARE_OF_MALFORMED)
			return option->status ? option->status : status;
	}
	/* RFC 5648 4.4 */
	return status == STATUS_MCOA_NOT_COMPLETE ? (uint8_t)STATUS_UNSPECIFIED : status;
}

bool ack_is_about_options(uint8_t status)
{
	return status != STATUS_SEQUENCE_OUT_OF_WINDOW && status != STATUS_ID_MISMATCH &&
	       status != STATUS_MESSAGE_ID_REQUIRED && status != STATUS_NOT_HOME_AGENT;
}

/*
 * RFC 6275 10.3.2: de-registered, which the update did not ask for. It is the late answer to an
 * update with this number from before the mobile node lost its numbers.
 */
static bool is_of_another_life(enum update_kind kind, bool home, const struct message *message)
{
	return kind == UPDATE_REGISTER && !home && message->binding_ack.status < STATUS_REFUSED &&
	       message->binding_ack.lifetime == 0;
}

bool ack_lacks_bids(enum update_kind kind, bool home, const struct message *message)
{
	return (kind == UPDATE_REGISTER || kind == UPDATE_REMOVE) && message->bid_count == 0 &&
	       ack_is_about_options(message->binding_ack.status) &&
	       !is_of_another_life(kind, home, message);
}

enum ack_reaction ack_reaction_to(uint8_t status, const struct ack_asked *asked)
{
	switch (status) {
	case STATUS_MCOA_NON_MCOA_BINDING_EXISTS:
		return asked->overwrite ? ACK_BACK_OFF : ACK_OVERWRITE;
	case STATUS_MCOA_PROHIBITED:
		return asked->with_bids ? ACK_WITHOUT_BIDS : ACK_BACK_OFF;
	case STATUS_MCOA_BULK_PROHIBITED:
		return asked->several ? ACK_ONE_BY_ONE : ACK_BACK_OFF;
	case STATUS_MCOA_HOME_AND_FOREIGN_PROHIBITED:
		return asked->home ? ACK_HOME_ALONE : ACK_BACK_OFF;
	default:
		return ACK_BACK_OFF;
	}
}

static nanos after(nanos from, uint32_t units)
{
	if (units == LIFETIME_INFINITE)
		return NANOS_NEVER;
	return from + (nanos)units * LIFETIME_UNIT * NANOS_PER_SECOND;
}

struct ack_times ack_times_of(
	nanos sent, uint16_t asked, const struct message *message, bool advised)
{
	uint16_t granted = message->binding_ack.lifetime;
	struct ack_times times = {.expires = after(sent, granted < asked ? granted : asked)};
	times.refresh = times.expires;
	if (times.expires != NANOS_NEVER)
		times.refresh = sent + (times.expires - sent) / 4 * 3;
	if (advised && message->has_refresh_advice && message->refresh_advice.interval)
		times.refresh =
			nanos_min(times.refresh, after(sent, message->refresh_advice.interval));
	return times;
}
