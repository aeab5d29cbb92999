/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_flows.h"

#include "store_hash.h"
#include "store_sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns; parameters are counted from 1. The ranges stand in the order of enum flow_field. */
enum { HOME_ADDRESS, FID, PRIORITY, BIDS, FORMAT, RANGES, CHECKSUM = RANGES + 2 * FLOW_FIELDS };

/* "1,20": so that any sqlite3 shows them. */
#define BIDS_TEXT_MAX (BINDINGS_MAX * 6 + 1)

static void bids_text(const struct flow_binding *flow, char ret[BIDS_TEXT_MAX])
{
	int length = 0;

	ret[0] = '\0';
	for (uint8_t i = 0; i < flow->bids_count; i++)
		length += snprintf(ret + length, (size_t)(BIDS_TEXT_MAX - length), "%s%u",
			i > 0 ? "," : "", flow->bids[i]);
}

static bool read_bids(const char *text, struct flow_binding *ret)
{
	while (text && *text != '\0') {
		char *end;
		unsigned long bid = strtoul(text, &end, 10);
		if (end == text || bid > UINT16_MAX || ret->bids_count == BINDINGS_MAX)
			return false;
		ret->bids[ret->bids_count++] = (uint16_t)bid;
		text = *end == ',' ? end + 1 : end;
	}
	return text != NULL;
}

static uint64_t hash_range(uint64_t hash, const struct traffic_selector *selector, int field)
{
	if (field < FLOW_ADDRESSES)
		return store_hash(
			hash, &selector->addresses[field], sizeof(selector->addresses[field]));
	const struct number_range *range = &selector->numbers[field - FLOW_ADDRESSES];
	return store_hash_number(store_hash_number(hash, range->first), range->last);
}

static uint64_t checksum_of(const struct in6_addr *home_address, const struct flow_binding *flow)
{
	const struct traffic_selector *selector = &flow->selector;
	uint64_t hash = store_hash(STORE_HASH_BEGIN, home_address, sizeof(*home_address));

	hash = store_hash_number(hash, flow->fid);
	hash = store_hash_number(hash, flow->priority);
	for (uint8_t i = 0; i < flow->bids_count; i++)
		hash = store_hash_number(hash, flow->bids[i]);
	hash = store_hash_number(hash, selector->format);
	hash = store_hash_number(hash, selector->given);
	for (int field = 0; field < FLOW_FIELDS; field++)
		if (selector->given & FLOW_BIT(field))
			hash = hash_range(hash, selector, field);
	return hash;
}

/* ---- write ---- */

static void bind_address(sqlite3_stmt *put, int parameter, const struct in6_addr *address)
{
	sqlite3_bind_blob(put, parameter, address, sizeof(*address), SQLITE_STATIC);
}

/* A field that the selector does not give stays NULL, as all parameters are before. */
static void bind_range(sqlite3_stmt *put, const struct traffic_selector *selector, int field)
{
	int parameter = 1 + RANGES + 2 * field;

	if (!(selector->given & FLOW_BIT(field)))
		return;
	if (field < FLOW_ADDRESSES) {
		bind_address(put, parameter, &selector->addresses[field].first);
		bind_address(put, parameter + 1, &selector->addresses[field].last);
		return;
	}
	store_bind_number(put, parameter, selector->numbers[field - FLOW_ADDRESSES].first);
	store_bind_number(put, parameter + 1, selector->numbers[field - FLOW_ADDRESSES].last);
}

int store_flows_put(struct store_file *file, const struct in6_addr *home_address,
	const struct flow_binding *flow)
{
	sqlite3_stmt *put = file->statements[STORE_FLOW_PUT];
	char bids[BIDS_TEXT_MAX];

	bids_text(flow, bids);
	sqlite3_clear_bindings(put);
	bind_address(put, 1 + HOME_ADDRESS, home_address);
	store_bind_number(put, 1 + FID, flow->fid);
	store_bind_number(put, 1 + PRIORITY, flow->priority);
	sqlite3_bind_text(put, 1 + BIDS, bids, -1, SQLITE_STATIC);
	store_bind_number(put, 1 + FORMAT, flow->selector.format);
	for (int field = 0; field < FLOW_FIELDS; field++)
		bind_range(put, &flow->selector, field);
	store_bind_number(put, 1 + CHECKSUM, checksum_of(home_address, flow));
	return store_step(file, put, "writing");
}

int store_flows_remove(struct store_file *file, const struct in6_addr *home_address, uint16_t fid)
{
	sqlite3_stmt *statement = file->statements[STORE_FLOW_REMOVE];

	bind_address(statement, 1, home_address);
	store_bind_number(statement, 2, fid);
	return store_step(file, statement, "writing");
}

int store_flows_clear(struct store_file *file)
{
	return store_step(file, file->statements[STORE_FLOW_CLEAR], "writing");
}

/* ---- read ---- */

static bool read_range(sqlite3_stmt *each, int field, struct traffic_selector *ret)
{
	int column = RANGES + 2 * field;

	if (sqlite3_column_type(each, column) == SQLITE_NULL)
		return true;
	ret->given |= (uint16_t)FLOW_BIT(field);
	if (field < FLOW_ADDRESSES) {
		struct address_range *range = &ret->addresses[field];
		return store_octets(each, column, &range->first, sizeof(range->first)) &&
		       store_octets(each, column + 1, &range->last, sizeof(range->last));
	}
	ret->numbers[field - FLOW_ADDRESSES] = (struct number_range){
		(uint32_t)store_number(each, column), (uint32_t)store_number(each, column + 1)};
	return true;
}

static bool read_row(sqlite3_stmt *each, struct record_flow *ret)
{
	struct flow_binding *flow = &ret->flow;

	*ret = (struct record_flow){.fid = (uint16_t)store_number(each, FID)};
	flow->fid = ret->fid;
	flow->priority = (uint16_t)store_number(each, PRIORITY);
	flow->selector.format = (uint8_t)store_number(each, FORMAT);
	if (!store_octets(each, HOME_ADDRESS, &ret->home_address, sizeof(ret->home_address)) ||
		!read_bids((const char *)sqlite3_column_text(each, BIDS), flow))
		return false;
	for (int field = 0; field < FLOW_FIELDS; field++)
		if (!read_range(each, field, &flow->selector))
			return false;
	return store_number(each, CHECKSUM) == checksum_of(&ret->home_address, flow);
}

int store_flows_each(
	struct store_file *file, void (*call)(void *ctx, const struct record_flow *), void *ctx)
{
	sqlite3_stmt *each = file->statements[STORE_FLOW_EACH];
	struct record_flow flow;
	int code;

	while ((code = sqlite3_step(each)) == SQLITE_ROW) {
		if (read_row(each, &flow))
			call(ctx, &flow);
		/* A commit in between failed, and closed it. */
		if (!file->db)
			return -EIO;
	}
	int result = code == SQLITE_DONE ? 0 : store_fail_sqlite(file, "reading", code);
	sqlite3_reset(each);
	return result;
}
