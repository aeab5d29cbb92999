/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_rows.h"

#include "store_flows.h"
#include "store_sql.h"

#include <errno.h>

static const char *const statements[STORE_STATEMENTS] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	/* SQLite calls replaced() and removed() for the row that it finds; they keep the total. */
	[STORE_REPLACE] = ("UPDATE records SET home_agent = ?2, subject = ?3, sequence = ?4,"
			   " timestamp = ?5, mono = ?6, wall = ?7, boot = ?8, bindings = ?9,"
			   " checksum = replaced(checksum, ?10) WHERE home_address = ?1"),
	[STORE_ADD] =
		("INSERT INTO records (home_address, home_agent, subject, sequence, timestamp,"
		 " mono, wall, boot, bindings, checksum)"
		 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
	[STORE_REMOVE] = "DELETE FROM records WHERE home_address = ? AND removed(checksum)",
	[STORE_TOTAL] = "UPDATE total SET commits = ?, rows = ?, sum = ?, checksum = ?",
	[STORE_EACH] = ("SELECT home_address, home_agent, subject, sequence, timestamp, mono, wall,"
			" boot, bindings, checksum FROM records"),
	[STORE_FLOW_PUT] = STORE_FLOWS_PUT,
	[STORE_FLOW_REMOVE] = "DELETE FROM flows WHERE home_address = ? AND fid = ?",
	[STORE_FLOW_CLEAR] = "DELETE FROM flows",
	[STORE_FLOW_EACH] = STORE_FLOWS_EACH,
};

static void replaced(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct store_file *file = sqlite3_user_data(context);
	sqlite3_int64 now = sqlite3_value_int64(values[1]);

	(void)count;
	file->total.sum += (uint64_t)now - (uint64_t)sqlite3_value_int64(values[0]);
	sqlite3_result_int64(context, now);
}

static void removed(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct store_file *file = sqlite3_user_data(context);

	(void)count;
	file->total.sum -= (uint64_t)sqlite3_value_int64(values[0]);
	sqlite3_result_int(context, 1);
}

int store_rows_prepare(struct store_file *file)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int result = 0, code = sqlite3_create_function(
				file->db, "replaced", 2, flags, file, replaced, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_create_function(
			file->db, "removed", 1, flags, file, removed, NULL, NULL);
	if (code != SQLITE_OK)
		return store_fail_sqlite(file, "preparing", code);
	for (size_t i = 0; i < STORE_STATEMENTS && result == 0; i++)
		result = store_prepare(file, statements[i], &file->statements[i]);
	return result;
}

/* ---- write ---- */

static void bind_octets(sqlite3_stmt *put, int parameter, const void *octets, size_t length)
{
	sqlite3_bind_blob(put, parameter, octets, (int)length, SQLITE_STATIC);
}

static void bind_row(sqlite3_stmt *put, const struct store_row *row, uint64_t checksum)
{
	bind_octets(put, 1, &row->home_address, sizeof(row->home_address));
	bind_octets(put, 2, &row->home_agent, sizeof(row->home_agent));
	store_bind_number(put, 3, row->subject);
	store_bind_number(put, 4, row->sequence);
	store_bind_number(put, 5, row->timestamp);
	store_bind_number(put, 6, row->at.mono);
	store_bind_number(put, 7, row->at.wall);
	store_bind_number(put, 8, row->at.boot);
	bind_octets(put, 9, row->bindings, row->length);
	store_bind_number(put, 10, checksum);
}

int store_rows_put(struct store_file *file, const struct store_row *row)
{
	uint64_t checksum = store_row_checksum(row);

	bind_row(file->statements[STORE_REPLACE], row, checksum);
	int result = store_step(file, file->statements[STORE_REPLACE], "writing");
	if (result < 0 || sqlite3_changes(file->db) > 0)
		return result;
	bind_row(file->statements[STORE_ADD], row, checksum);
	result = store_step(file, file->statements[STORE_ADD], "writing");
	if (result == 0) {
		file->total.rows++;
		file->total.sum += checksum;
	}
	return result;
}

int store_rows_remove(struct store_file *file, const struct in6_addr *home_address)
{
	sqlite3_stmt *statement = file->statements[STORE_REMOVE];

	bind_octets(statement, 1, home_address, sizeof(*home_address));
	int result = store_step(file, statement, "writing");
	if (result == 0 && sqlite3_changes(file->db) > 0)
		file->total.rows--;
	return result;
}

int store_rows_put_total(struct store_file *file)
{
	sqlite3_stmt *statement = file->statements[STORE_TOTAL];

	store_bind_number(statement, 1, file->total.commits);
	store_bind_number(statement, 2, file->total.rows);
	store_bind_number(statement, 3, file->total.sum);
	store_bind_number(statement, 4, store_total_checksum(&file->total));
	return store_step(file, statement, "writing");
}

/* ---- read ---- */

static bool read_row(sqlite3_stmt *each, struct store_row *ret)
{
	ret->length = (size_t)sqlite3_column_bytes(each, 8);
	if (ret->length > sizeof(ret->bindings) ||
		!store_octets(each, 0, &ret->home_address, sizeof(ret->home_address)) ||
		!store_octets(each, 1, &ret->home_agent, sizeof(ret->home_agent)) ||
		!store_octets(each, 8, ret->bindings, ret->length))
		return false;
	ret->subject = (uint32_t)store_number(each, 2);
	ret->sequence = (uint16_t)store_number(each, 3);
	ret->timestamp = store_number(each, 4);
	ret->at = (struct store_time){
		store_number(each, 5), store_number(each, 6), store_number(each, 7)};
	return store_number(each, 9) == store_row_checksum(ret);
}

int store_rows_each(
	struct store_file *file, int (*call)(void *ctx, const struct store_row *), void *ctx)
{
	sqlite3_stmt *each = file->statements[STORE_EACH];
	struct store_row row;
	int code, result = 0;

	while (result == 0 && (code = sqlite3_step(each)) == SQLITE_ROW) {
		result = read_row(each, &row) ? call(ctx, &row)
					      : store_fail(file, "a row is damaged", -EUCLEAN);
		/* A commit in between failed, and closed it. */
		if (!file->db)
			return -EIO;
	}
	if (result == 0 && code != SQLITE_DONE)
		result = store_fail_sqlite(file, "reading", code);
	sqlite3_reset(each);
	return result;
}
