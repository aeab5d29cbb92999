/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialects, and the translation between their octets and bits and those of message.h. The only
 * place that knows a dialect may differ from RFC 5648.
 */
#include "dialect.h"
#include "message.h"

const struct dialect dialect_rfc5648 = {
	.name = "rfc5648",
	.options = &message_options,
	.overwrite_flag = BU_OVERWRITE,
	.bid_priority_mask = BID_PRIORITY,
};

/* `flags` with the bit `from` moved to where `to` is; either may be no bit at all. */
static uint16_t move_flag(uint16_t flags, uint16_t from, uint16_t to)
{
	uint16_t others = (uint16_t)(flags & ~(from | to));

	return flags & from ? others | to : others;
}

uint16_t dialect_update_flags_read(const struct dialect *dialect, uint16_t wire)
{
	return move_flag(wire, dialect->overwrite_flag, BU_OVERWRITE);
}

uint16_t dialect_update_flags_write(const struct dialect *dialect, uint16_t flags)
{
	return move_flag(flags, BU_OVERWRITE, dialect->overwrite_flag);
}

uint8_t dialect_bid_flags(const struct dialect *dialect, uint8_t flags)
{
	return flags & (BID_HOME | dialect->bid_priority_mask);
}
