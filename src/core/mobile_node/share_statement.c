/* SPDX-License-Identifier: BSD-2-Clause */
#include "share_statement.h"

#include "../../wire/load_balancing.h"
#include "../base/status.h"

/* A CoA ID has eight bits. */
void share_statement_add(struct share_statement *statement, const struct link_share *share,
	const struct in6_addr *care_of)
{
	if (share->bid <= UINT8_MAX && statement->count < BINDINGS_MAX)
		statement->at[statement->count++] = (struct share_item){*share, *care_of};
}

static unsigned received_in_all(const struct share_statement *statement)
{
	unsigned sum = 0;
	for (uint8_t i = 0; i < statement->count; i++)
		sum += statement->at[i].share.receives;
	return sum;
}

void share_statement_end(struct share_statement *statement)
{
	if (received_in_all(statement) == 0)
		statement->count = 0;
}

bool share_statement_equal(const struct share_statement *a, const struct share_statement *b)
{
	bool equal = a->count == b->count;
	for (uint8_t i = 0; i < a->count && equal; i++)
		equal = a->at[i].share.bid == b->at[i].share.bid &&
			a->at[i].share.sends == b->at[i].share.sends &&
			a->at[i].share.receives == b->at[i].share.receives &&
			IN6_ARE_ADDR_EQUAL(&a->at[i].care_of, &b->at[i].care_of);
	return equal;
}

/* Rounded, but no share that is wanted becomes none. */
static uint8_t parts_of(unsigned weight, unsigned sum)
{
	unsigned parts = (weight * LOAD_BALANCING_PARTS + sum / 2) / sum;
	return (uint8_t)(parts == 0 && weight > 0 ? 1 : parts);
}

void share_statement_write(const struct share_statement *statement, struct message *message)
{
	const unsigned sum = received_in_all(statement);
	for (uint8_t i = 0; i < statement->count; i++) {
		const struct share_item *item = &statement->at[i];
		message->load_balancing[message->load_balancing_count++] =
			(struct opt_load_balancing){
				.source = item->share.sends,
				.destination = parts_of(item->share.receives, sum),
				.care_of_id = (uint8_t)item->share.bid,
				.address = item->care_of,
			};
	}
}

bool share_statement_is_refused(const struct share_statement *statement, uint8_t status)
{
	return statement->count > 0 &&
	       (status == STATUS_MCOA_MALFORMED || status == STATUS_MCOA_UNKNOWN_CARE_OF);
}
