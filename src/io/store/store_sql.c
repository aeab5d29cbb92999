/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int errno_of(sqlite3 *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_TOOBIG:
		return -EFBIG;
	default:
		return db && sqlite3_system_errno(db) > 0 ? -sqlite3_system_errno(db) : -EIO;
	}
}

int store_fail(struct store_file *file, const char *what, int error)
{
	snprintf(file->reason, sizeof(file->reason), "%s: %s", what, strerror(-error));
	return error;
}

int store_fail_sqlite(struct store_file *file, const char *what, int code)
{
	int error = errno_of(file->db, code);

	if (error == -EBUSY)
		snprintf(file->reason, sizeof(file->reason), "%s: another process has it", what);
	else
		snprintf(file->reason, sizeof(file->reason), "%s: %s (%s)", what,
			sqlite3_errstr(code), strerror(-error));
	return error;
}

int store_run(struct store_file *file, const char *what, const char *sql)
{
	int code = sqlite3_exec(file->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : store_fail_sqlite(file, what, code);
}

int store_ask(struct store_file *file, const char *sql, sqlite3_int64 *ret)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_TEXT)
		*ret = sqlite3_column_text(statement, 0)[0];
	else if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : store_fail_sqlite(file, "reading", code);
}

int store_prepare(struct store_file *file, const char *sql, sqlite3_stmt **ret)
{
	int code = sqlite3_prepare_v3(file->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);

	if (code == SQLITE_ERROR)
		return store_fail(file, "not a store of this version", -EUCLEAN);
	return code == SQLITE_OK ? 0 : store_fail_sqlite(file, "preparing", code);
}

int store_step(struct store_file *file, sqlite3_stmt *statement, const char *what)
{
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE ? 0 : store_fail_sqlite(file, what, code);
}

bool store_octets(sqlite3_stmt *statement, int column, void *ret, size_t length)
{
	const void *octets = sqlite3_column_blob(statement, column);

	if (sqlite3_column_bytes(statement, column) != (int)length)
		return false;
	if (length > 0)
		memcpy(ret, octets, length);
	return true;
}
