/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_migration.h"

#include "store_check.h"
#include "store_hash.h"
#include "store_rows.h"
#include "store_schema.h"
#include "store_sql.h"

#include "../../wire/message.h"

#include <errno.h>
#include <string.h>

/* An old binding: these flags, then priority (1 octet), BID (2), expiry (8), care-of address (16);
 * with LOCAL the home agent's address (16), with LINK an interface (4) and a link-layer address. */
#define USABLE 0x01
#define FRAMED 0x02
#define HOME_LINK 0x04
#define LOCAL 0x08
#define LINK 0x10
#define FLAGS (USABLE | FRAMED | HOME_LINK | LOCAL | LINK)
#define OCTETS_MAX (BINDINGS_MAX * (1 + 1 + 2 + 8 + 16 + 16 + 4 + LINK_LAYER_OCTETS))

struct old_row {
	struct record record;
	struct store_time at;
	uint8_t octets[OCTETS_MAX];
	size_t length;
};

static uint64_t checksum_of(const struct old_row *row)
{
	const uint64_t numbers[] = {row->record.sequence, row->record.timestamp, row->at.mono,
		row->at.wall, row->at.boot};
	uint64_t hash = store_hash(
		STORE_HASH_BEGIN, &row->record.home_address, sizeof(row->record.home_address));

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = store_hash_number(hash, numbers[i]);
	return store_hash(hash, row->octets, row->length);
}

static uint16_t units_left(nanos expires, nanos then)
{
	nanos units = expires > then ? (expires - then) / (LIFETIME_UNIT * NANOS_PER_SECOND) : 0;

	return units < LIFETIME_INFINITE ? (uint16_t)units : LIFETIME_INFINITE;
}

static bool read_binding(struct cursor *from, struct old_row *row)
{
	if (row->record.count == BINDINGS_MAX)
		return false;
	struct record_binding *binding = &row->record.bindings[row->record.count++];
	uint8_t flags = cursor_u8(from);
	binding->home = (flags & HOME_LINK) != 0;
	binding->verified = (flags & USABLE) != 0 || binding->home;
	binding->has_link_layer = (flags & FRAMED) != 0;
	binding->priority = cursor_u8(from);
	binding->bid = cursor_u16(from);
	binding->tunnel = binding->bid;
	binding->expires = cursor_u64(from);
	binding->lifetime = units_left(binding->expires, row->at.mono);
	cursor_address(from, &binding->care_of);
	if (flags & LOCAL)
		cursor_address(from, &row->record.home_agent);
	if (flags & LINK) {
		cursor_u32(from);
		struct octets link_layer = cursor_octets(from, LINK_LAYER_OCTETS);
		if (!from->failed)
			memcpy(binding->link_layer, link_layer.at, LINK_LAYER_OCTETS);
	}
	return !from->failed && (flags & ~FLAGS) == 0;
}

static bool read_row(sqlite3_stmt *each, struct old_row *ret)
{
	*ret = (struct old_row){.length = (size_t)sqlite3_column_bytes(each, 5)};
	if (ret->length > sizeof(ret->octets) ||
		!store_octets(
			each, 0, &ret->record.home_address, sizeof(ret->record.home_address)) ||
		!store_octets(each, 5, ret->octets, ret->length))
		return false;
	ret->record.sequence = (uint16_t)store_number(each, 1);
	ret->record.timestamp = store_number(each, 2);
	ret->at.mono = store_number(each, 3);
	ret->at.wall = store_number(each, 4);
	ret->at.boot = store_number(each, 6);
	if (store_number(each, 7) != checksum_of(ret))
		return false;
	struct cursor from = cursor_over(ret->octets, ret->length);
	while (cursor_left(&from) > 0)
		if (!read_binding(&from, ret))
			return false;
	return true;
}

/* Adds the old rows to `old`, and puts the new ones in. */
static int copy_rows(struct store_file *file, sqlite3_stmt *each, struct store_total *old)
{
	struct old_row row;
	struct store_row new;
	int code, result = 0;

	while (result == 0 && (code = sqlite3_step(each)) == SQLITE_ROW) {
		if (!read_row(each, &row))
			return store_fail(file, "a row is damaged", -EUCLEAN);
		old->rows++;
		old->sum += checksum_of(&row);
		store_row_of(&new, &row.record, row.at);
		result = store_rows_put(file, &new);
	}
	return result == 0 && code != SQLITE_DONE ? store_fail_sqlite(file, "reading", code)
						  : result;
}

int store_migrate(struct store_file *file, int version)
{
	sqlite3_stmt *each;
	struct store_total old = {0};

	if (version == STORE_VERSION_NO_TOTAL) {
		int error = store_run(file, "making the tables",
			STORE_TABLE_TOTAL "; INSERT INTO total VALUES (0, 0, 0, 0)");
		if (error < 0)
			return error;
	}
	int result =
		store_run(file, "making the tables", STORE_TABLE_RECORDS ";" STORE_TABLE_FLOWS);
	if (result == 0)
		result = store_rows_prepare(file);
	if (result < 0)
		return result;
	result = store_prepare(file,
		"SELECT home_address, sequence, replay_accepted, mono, wall, bindings, boot,"
		" checksum FROM node",
		&each);
	if (result == 0)
		result = copy_rows(file, each, &old);
	sqlite3_finalize(each);
	if (result == 0)
		result = store_check_missing(file, version, &old);
	return result == 0 ? store_run(file, "migrating", "DROP TABLE node;" STORE_SET_VERSION)
			   : result;
}

int store_migrate_flows(struct store_file *file)
{
	return store_run(file, "migrating", STORE_TABLE_FLOWS ";" STORE_SET_VERSION);
}
