/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_file.h"

#include "store_check.h"
#include "store_migration.h"
#include "store_path.h"
#include "store_rows.h"
#include "store_schema.h"
#include "store_sql.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The log is written back every 16 MB, so that a row that changed often is written back once. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA wal_autocheckpoint = 4000;"
			       "PRAGMA journal_size_limit = 67108864;";

static int set_up(struct store_file *file, bool durable)
{
	sqlite3_int64 mode = 0;
	int result = store_run(file, "setting up", settings);

	if (result == 0)
		result = store_ask(file, "PRAGMA journal_mode", &mode);
	if (result == 0 && mode != 'w') /* "wal" */
		result = store_fail(file, "write-ahead log", -ENOTSUP);
	return result < 0 ? result
			  : store_run(file, "setting up",
				    durable ? "PRAGMA synchronous = FULL"
					    : "PRAGMA synchronous = NORMAL");
}

/* Adds the row to the total of the file. */
static int count_row(void *ctx, const struct store_row *row)
{
	struct store_file *file = ctx;
	struct record record;

	if (!store_row_read(row, row->at, &record))
		return store_fail(file, "a row is damaged", -EUCLEAN);
	file->total.rows++;
	file->total.sum += store_row_checksum(row);
	return 0;
}

/* In the first transaction, which shows at once whether there is space and permission to write. */
static int make_tables(struct store_file *file, int version)
{
	int result = version == 0 ? store_schema_create(file) : store_check_structure(file);

	if (result == 0 && version == STORE_VERSION_NO_FLOWS)
		result = store_migrate_flows(file);
	else if (result == 0 && version != 0 && version != STORE_VERSION)
		return store_migrate(file, version);
	if (result == 0)
		result = store_rows_prepare(file);
	if (result == 0 && version != 0)
		result = store_rows_each(file, count_row, file);
	return result == 0 ? store_check_missing(file, version, &file->total) : result;
}

static int open_db(struct store_file *file, const char *path)
{
	int result = store_path_make(file, path);

	if (result < 0)
		return result;
	int code =
		sqlite3_open_v2(path, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return store_fail_sqlite(file, "opening", code);
	sqlite3_extended_result_codes(file->db, 1);
	/* SQLite knows the file's format only after a read. */
	if (sqlite3_db_readonly(file->db, "main") == 1)
		return store_fail(file, "opening", -EROFS);
	file->count_fd = store_count_open(path);
	return file->count_fd < 0 ? store_fail(file, "opening the count of commits", file->count_fd)
				  : 0;
}

/* SQLite's memory that processes share is a file beside the store. */
static bool lacks_shared_memory(const struct store_file *file)
{
	switch (file->db ? sqlite3_extended_errcode(file->db) : SQLITE_OK) {
	case SQLITE_IOERR_SHMOPEN:
	case SQLITE_IOERR_SHMSIZE:
	case SQLITE_IOERR_SHMMAP:
		return true;
	default:
		return false;
	}
}

/* -EUCLEAN: the caller sets it aside. */
static int open_as_it_is(struct store_file *file, const char *path, bool durable, bool alone)
{
	file->count_fd = -1;
	file->total = (struct store_total){0};
	int result = open_db(file, path);
	if (result == 0 && alone)
		result = store_run(file, "opening", "PRAGMA locking_mode = EXCLUSIVE");
	int version = result == 0 ? store_schema_identify(file) : result;
	if (version < 0)
		return version;
	file->made = version == 0;
	result = set_up(file, durable);
	if (result == 0)
		result = store_run(file, "opening", "BEGIN IMMEDIATE");
	if (result == 0)
		result = make_tables(file, version);
	if (result == 0)
		result = store_schema_views(file);
	if (result == 0)
		result = store_file_commit(file);
	return result == 0 ? store_path_find_log(file) : result;
}

void store_file_close(struct store_file *file)
{
	for (size_t i = 0; i < STORE_STATEMENTS; i++) {
		sqlite3_finalize(file->statements[i]);
		file->statements[i] = NULL;
	}
	sqlite3_close(file->db);
	if (file->db && file->count_fd >= 0)
		close(file->count_fd);
	file->db = NULL;
	file->count_fd = -1;
}

/* Without space for shared memory, or on a file system without support for it, the store still
 * works, but no other process can read it. */
static int open_or_alone(struct store_file *file, const char *path, bool durable)
{
	int result = open_as_it_is(file, path, durable, false);

	if (result == 0 || !lacks_shared_memory(file))
		return result;
	/* An incomplete file is removed: it takes space that the log may need. */
	char *shared = sqlite3_mprintf("%s-shm", path);
	store_file_close(file);
	if (shared)
		unlink(shared);
	sqlite3_free(shared);
	file->reason[0] = '\0';
	return open_as_it_is(file, path, durable, true);
}

int store_file_open(struct store_file *file, const char *path, bool durable)
{
	char why[STORE_REASON_OCTETS];

	file->reason[0] = '\0';
	int result = open_or_alone(file, path, durable);
	if (result == -EUCLEAN) {
		store_file_close(file);
		memcpy(why, file->reason, sizeof(why));
		result = store_path_set_aside(file, path, why);
		if (result == 0)
			result = open_or_alone(file, path, durable);
	}
	if (result < 0)
		store_file_close(file);
	return result;
}

/* ---- transactions ---- */

/*
 * The write lock is kept from one transaction to the next, so that no other process writes in
 * between, and a second daemon cannot open the store. Reading needs no lock.
 */
static int lock(struct store_file *file)
{
	return store_step(file, file->statements[STORE_BEGIN], "transaction");
}

int store_file_begin(struct store_file *file)
{
	return sqlite3_get_autocommit(file->db) ? lock(file) : 0;
}

int store_file_commit(struct store_file *file)
{
	file->total.commits++;
	int result = store_rows_put_total(file);
	if (result == 0)
		result = store_step(file, file->statements[STORE_COMMIT], "commit");
	if (result < 0)
		return result;
	store_count_write(file->count_fd, file->total.commits);
	/* The commit is done; if this fails, the next transaction tries again. */
	(void)lock(file);
	return 0;
}
