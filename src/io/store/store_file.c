/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_file.h"

#include "../base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define APPLICATION_ID 0x4d6f6e61 /* "Mona" */
#define VERSION 2
/* It has no table `total`; set_up() adds it. */
#define VERSION_BEFORE 1

/* The check at the start is worth this much; the rows have checksums of their own. */
#define CHECK_NANOS NANOS_PER_SECOND
#define CHECK_STEPS 20000

/* Octets of the name that a file is set aside by: date, time, number. */
#define ASIDE_OCTETS 64
#define ASIDE_MAX 1000

/* ---- what went wrong ---- */

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

static int fail(struct store_file *file, const char *what, int error)
{
	snprintf(file->reason, sizeof(file->reason), "%s: %s", what, strerror(-error));
	return error;
}

/* What SQLite says, and below it what the kernel said. */
static int fail_sqlite(struct store_file *file, const char *what, int code)
{
	int error = errno_of(file->db, code);

	if (error == -EBUSY)
		snprintf(file->reason, sizeof(file->reason), "%s: another process has it", what);
	else
		snprintf(file->reason, sizeof(file->reason), "%s: %s (%s)", what,
			sqlite3_errstr(code), strerror(-error));
	return error;
}

static int run(struct store_file *file, const char *what, const char *sql)
{
	int code = sqlite3_exec(file->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail_sqlite(file, what, code);
}

/* The number, or the first octet of the text, that the statement's first row begins with. */
static int ask(struct store_file *file, const char *sql, sqlite3_int64 *ret)
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
	return code == SQLITE_ROW ? 0 : fail_sqlite(file, "reading", code);
}

/* ---- the file itself ---- */

static int make_directories(struct store_file *file, const char *path)
{
	char *directory = strdup(path);

	if (!directory)
		return fail(file, "directory", -ENOMEM);
	int result = 0;
	for (char *at = directory + 1; result == 0 && (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(directory, 0755) < 0 && errno != EEXIST && errno != EROFS)
			result = fail(file, "directory", -errno);
		*at = '/';
	}
	free(directory);
	return result;
}

static struct store_identity identity_of(const struct stat *status)
{
	return (struct store_identity){status->st_dev, status->st_ino};
}

/* For the daemon's eyes only; and the kernel says best why a file cannot be written. */
static int make_file(struct store_file *file, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return fail(file, "opening", -errno);
	int result = fstat(fd, &status) < 0 ? -errno : 0;
	if (result == 0 && !S_ISREG(status.st_mode))
		result = -EINVAL;
	close(fd);
	if (result < 0)
		return fail(file, "opening", result);
	file->file = identity_of(&status);
	return 0;
}

static int check_identity(
	struct store_file *file, const char *path, const struct store_identity *expected)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return fail(file, "the file is gone", -errno);
	if (status.st_dev != expected->device || status.st_ino != expected->inode)
		return fail(file, "another file was put in its place", -ESTALE);
	return 0;
}

static const char *log_of(const struct store_file *file)
{
	return sqlite3_filename_wal(sqlite3_db_filename(file->db, "main"));
}

/* It stays the same until the file is closed. */
static int find_log(struct store_file *file)
{
	struct stat status;

	if (stat(log_of(file), &status) < 0)
		return fail(file, "write-ahead log", -errno);
	file->log = identity_of(&status);
	return 0;
}

int store_file_present(struct store_file *file, const char *path)
{
	int result = check_identity(file, path, &file->file);

	return result < 0 ? result : check_identity(file, log_of(file), &file->log);
}

/* `path``from``part` becomes `path``to``part`, unless there is one by that name. */
static int rename_one(const char *path, const char *from, const char *to, const char *part)
{
	char *old = NULL, *new = NULL;
	int result = -ENOMEM;

	if (asprintf(&old, "%s%s%s", path, from, part) < 0)
		old = NULL;
	if (asprintf(&new, "%s%s%s", path, to, part) < 0)
		new = NULL;
	if (old && new)
		result = renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE) < 0 ? -errno : 0;
	free(old);
	free(new);
	return result;
}

/* The file and what SQLite lays beside it: all of it or nothing, as a log that stays alone would be
 * deleted with what is in it. */
static int rename_all(const char *path, const char *to)
{
	static const char *const parts[] = {"", "-wal", "-shm", "-journal", STORE_COUNT_SUFFIX};
	int result = 0;
	size_t done = 0;

	for (; result == 0 && done < sizeof(parts) / sizeof(parts[0]); done++) {
		result = rename_one(path, "", to, parts[done]);
		if (result == -ENOENT && done > 0)
			result = 0;
	}
	if (result < 0)
		for (done--; done > 0; done--)
			rename_one(path, to, "", parts[done - 1]);
	return result;
}

static int set_aside(struct store_file *file, const char *path, const char *why)
{
	char name[ASIDE_OCTETS], date[ASIDE_OCTETS / 2];
	time_t now = time(NULL);
	struct tm parts;
	int result = -EEXIST;

	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &parts));
	for (unsigned int number = 0; result == -EEXIST && number < ASIDE_MAX; number++) {
		snprintf(name, sizeof(name), ".%s.%u", date, number);
		result = rename_all(path, name);
	}
	if (result < 0)
		return fail(file, "setting a file aside", result);
	snprintf(file->reason, sizeof(file->reason), "%s; set aside as %s%s", why, path, name);
	return 0;
}

/* ---- what is in it ---- */

static int check_is_late(void *until)
{
	return clock_now().mono > *(nanos *)until;
}

/* What SQLite finds wrong with its own structures, within bounded time. */
static int check_structure_once(struct store_file *file)
{
	nanos until = clock_now().mono + CHECK_NANOS;
	sqlite3_int64 answer = 0;

	sqlite3_progress_handler(file->db, CHECK_STEPS, check_is_late, &until);
	int result = ask(file, "PRAGMA quick_check(1)", &answer);
	sqlite3_progress_handler(file->db, 0, NULL, NULL);
	if (result < 0 && sqlite3_errcode(file->db) == SQLITE_INTERRUPT)
		return 0;
	if (result == 0 && answer != 'o') /* "ok" */
		result = fail(file, "checking", -EUCLEAN);
	return result;
}

/* A page that could not be read is damage, too, as it tells. Twice, it is. */
static int check_structure(struct store_file *file)
{
	int result = check_structure_once(file);

	if (result != -EUCLEAN)
		return result;
	file->reason[0] = '\0';
	return check_structure_once(file);
}

/* Adds the row to the total of the file. */
static int check_row(void *ctx, const struct store_row *row)
{
	struct store_file *file = ctx;
	struct host_rollback kept;

	if (!store_row_read(row, row->at, &kept))
		return fail(file, "a row is damaged", -EUCLEAN);
	file->total.rows++;
	file->total.sum += store_row_checksum(row);
	return 0;
}

enum content {
	CONTENT_NONE,
	CONTENT_OURS,
	CONTENT_BEFORE, /* ours, of VERSION_BEFORE */
	CONTENT_FOREIGN,
};

/* With another table, every statement could fail, for ever. */
#define TABLE                                                                                      \
	"CREATE TABLE node (home_address BLOB PRIMARY KEY, sequence INTEGER NOT NULL,"             \
	" replay_accepted INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,"         \
	" boot INTEGER NOT NULL, bindings BLOB NOT NULL, checksum INTEGER NOT NULL)"               \
	" WITHOUT ROWID, STRICT"

/* One row: struct store_total, and its checksum. */
#define TOTAL_TABLE                                                                                \
	"CREATE TABLE total (commits INTEGER NOT NULL, rows INTEGER NOT NULL,"                     \
	" sum INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT"

static int identify(struct store_file *file, enum content *ret)
{
	sqlite3_int64 application = 0, version = 0, tables = 0, ours = 0, totals = 0;
	int result = ask(file, "PRAGMA application_id", &application);

	if (result == 0)
		result = ask(file, "PRAGMA user_version", &version);
	if (result == 0)
		result = ask(file, "SELECT count(*) FROM sqlite_schema", &tables);
	if (result == 0)
		result = ask(
			file, "SELECT count(*) FROM sqlite_schema WHERE sql = '" TABLE "'", &ours);
	if (result == 0)
		result = ask(file,
			"SELECT count(*) FROM sqlite_schema WHERE sql = '" TOTAL_TABLE "'",
			&totals);
	/* A later format: SQLite knows no more of it than that, or that it must not write. */
	bool unknown = (sqlite3_errcode(file->db) & 0xff) == SQLITE_ERROR;
	if (result < 0)
		return unknown ? fail(file, "not a store of this version", -EUCLEAN) : result;
	if (sqlite3_db_readonly(file->db, "main") == 1)
		return fail(file, "not to be written by this version", -EUCLEAN);
	if (application == 0 && version == 0 && tables == 0)
		*ret = CONTENT_NONE;
	else if (application == APPLICATION_ID && version == VERSION && ours == 1 && totals == 1)
		*ret = CONTENT_OURS;
	else if (application == APPLICATION_ID && version == VERSION_BEFORE && ours == 1)
		*ret = CONTENT_BEFORE;
	else
		*ret = CONTENT_FOREIGN;
	return 0;
}

/* ---- open ---- */

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

/* Without a file for shared memory, and so for one process; before anything is read. */
static const char settings_first[] = "PRAGMA locking_mode = EXCLUSIVE";

/* The log is written back every 16 MB: what changed often meanwhile is written back once. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA wal_autocheckpoint = 4000;"
			       "PRAGMA journal_size_limit = 67108864;";

#define TOTAL_SCHEMA                                                                               \
	TOTAL_TABLE ";"                                                                            \
		    "INSERT INTO total VALUES (0, 0, 0, 0);"                                       \
		    "PRAGMA user_version = " TEXT(VERSION) ";"

/* Both leave the transaction open: store_file_commit() writes the total and commits. */
static const char schema[] =
	"BEGIN IMMEDIATE;" TABLE ";" TOTAL_SCHEMA "PRAGMA application_id = " TEXT(APPLICATION_ID);
static const char schema_from_before[] = "BEGIN IMMEDIATE;" TOTAL_SCHEMA;

static const char *const statements[STORE_STATEMENTS] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	/* SQLite calls replaced() and removed() for the row that it finds; they keep the total. */
	[STORE_REPLACE] =
		"UPDATE node SET sequence = ?2, replay_accepted = ?3, mono = ?4, wall = ?5,"
		" boot = ?6, bindings = ?7, checksum = replaced(checksum, ?8)"
		" WHERE home_address = ?1",
	[STORE_ADD] = "INSERT INTO node (home_address, sequence, replay_accepted, mono, wall,"
		      " boot, bindings, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[STORE_REMOVE] = "DELETE FROM node WHERE home_address = ? AND removed(checksum)",
	[STORE_TOTAL] = "UPDATE total SET commits = ?, rows = ?, sum = ?, checksum = ?",
	[STORE_EACH] = "SELECT home_address, sequence, replay_accepted, mono, wall, boot, bindings,"
		       " checksum FROM node",
};

/* SQLite's integers are signed; the bits stay. */
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

static int prepare(struct store_file *file)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int done =
		sqlite3_create_function(file->db, "replaced", 2, flags, file, replaced, NULL, NULL);

	if (done == SQLITE_OK)
		done = sqlite3_create_function(
			file->db, "removed", 1, flags, file, removed, NULL, NULL);
	if (done != SQLITE_OK)
		return fail_sqlite(file, "preparing", done);
	for (size_t i = 0; i < STORE_STATEMENTS; i++) {
		int code = sqlite3_prepare_v3(file->db, statements[i], -1,
			SQLITE_PREPARE_PERSISTENT, &file->statements[i], NULL);
		if (code == SQLITE_ERROR) /* something beside the table makes it unusable */
			return fail(file, "not a store of this version", -EUCLEAN);
		if (code != SQLITE_OK)
			return fail_sqlite(file, "preparing", code);
	}
	return 0;
}

static int set_up(struct store_file *file, bool durable, enum content content)
{
	sqlite3_int64 mode = 0;
	int result = run(file, "setting up", settings);

	if (result == 0)
		result = ask(file, "PRAGMA journal_mode", &mode);
	if (result == 0 && mode != 'w') /* "wal" */
		result = fail(file, "write-ahead log", -ENOTSUP);
	if (result == 0)
		result = run(file, "setting up",
			durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
	if (result == 0 && content != CONTENT_OURS)
		result = run(file, "making the table",
			content == CONTENT_NONE ? schema : schema_from_before);
	if (result == 0)
		result = prepare(file);
	return result;
}

/* ---- is anything missing ---- */

/* 1: `ret` is the total in the file; 0: there is none, or its checksum is wrong; or -errno. */
static int read_total(struct store_file *file, struct store_total *ret)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(
		file->db, "SELECT commits, rows, sum, checksum FROM total", -1, &statement, NULL);
	bool whole = false;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		*ret = (struct store_total){
			.commits = (uint64_t)sqlite3_column_int64(statement, 0),
			.rows = (uint64_t)sqlite3_column_int64(statement, 1),
			.sum = (uint64_t)sqlite3_column_int64(statement, 2),
		};
		whole = store_total_checksum(ret) == (uint64_t)sqlite3_column_int64(statement, 3);
	}
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return fail_sqlite(file, "reading", code);
	return whole ? 1 : 0;
}

static void say(struct store_file *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct store_file *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(file->reason, sizeof(file->reason), format, arguments);
	va_end(arguments);
}

/* Compares the rows that were found with the total and the count of commits, and says in `reason`
 * what is missing. The store uses the rows that are there. */
static int find_what_is_missing(struct store_file *file, enum content content)
{
	struct store_total total;
	uint64_t commits;
	bool counted = store_count_read(file->count_fd, &commits);
	int whole = content == CONTENT_OURS ? read_total(file, &total) : 0;

	if (whole < 0)
		return whole;
	file->total.commits = whole ? total.commits : 0;
	if (content == CONTENT_NONE && counted && commits > 0)
		say(file,
			"bindings are lost: the file, which had %" PRIu64
			" commits, is gone or empty",
			commits);
	else if (content == CONTENT_OURS && !whole)
		say(file, "bindings may be lost: the total of the rows is damaged");
	else if (content == CONTENT_OURS && counted && commits > total.commits)
		say(file,
			"bindings are lost or older than they were: of %" PRIu64 " commits %" PRIu64
			" are left",
			commits, total.commits);
	else if (content == CONTENT_OURS && total.rows != file->total.rows)
		say(file, "bindings are lost: of %" PRIu64 " home addresses %" PRIu64 " are left",
			total.rows, file->total.rows);
	else if (content == CONTENT_OURS && total.sum != file->total.sum)
		say(file, "bindings may be lost: the rows are not those that were kept");
	else if (content == CONTENT_OURS && !counted && total.commits > 0)
		say(file, "bindings may be lost: the count of commits is missing");
	else
		return 0;
	/* The next start is not to report this again. */
	if (counted && commits > file->total.commits)
		file->total.commits = commits;
	return 0;
}

/* -EUCLEAN: it is to be set aside. */
static int open_as_it_is(struct store_file *file, const char *path, bool durable)
{
	enum content content = CONTENT_NONE;

	file->count_fd = -1;
	int result = make_directories(file, path);

	if (result == 0)
		result = make_file(file, path);
	if (result < 0)
		return result;
	int code =
		sqlite3_open_v2(path, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return fail_sqlite(file, "opening", code);
	sqlite3_extended_result_codes(file->db, 1);
	/* Before it is read, this does not come from its format. */
	if (sqlite3_db_readonly(file->db, "main") == 1)
		return fail(file, "opening", -EROFS);
	file->count_fd = store_count_open(path);
	if (file->count_fd < 0)
		return fail(file, "opening the count of commits", file->count_fd);
	result = run(file, "opening", settings_first);
	if (result == 0)
		result = identify(file, &content);
	if (result < 0)
		return result;
	if (content == CONTENT_FOREIGN)
		return fail(file, "not a store of this version", -EUCLEAN);
	file->made = content == CONTENT_NONE;
	result = set_up(file, durable, content);
	if (result == 0 && !file->made)
		result = check_structure(file);
	file->total = (struct store_total){0};
	if (result == 0 && !file->made)
		result = store_file_each(file, check_row, file);
	if (result == 0)
		result = find_what_is_missing(file, content);
	/* The first transaction shows at once whether there is room, and leave to write. */
	if (result == 0 && content == CONTENT_OURS)
		result = store_file_begin(file);
	if (result == 0)
		result = store_file_commit(file);
	return result == 0 ? find_log(file) : result;
}

static void close_db(struct store_file *file)
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

int store_file_open(struct store_file *file, const char *path, bool durable)
{
	char why[STORE_REASON_OCTETS];

	file->reason[0] = '\0';
	int result = open_as_it_is(file, path, durable);
	if (result == -EUCLEAN) {
		close_db(file);
		memcpy(why, file->reason, sizeof(why));
		result = set_aside(file, path, why);
		if (result == 0)
			result = open_as_it_is(file, path, durable);
	}
	if (result < 0)
		close_db(file);
	return result;
}

void store_file_close(struct store_file *file)
{
	close_db(file);
}

/* ---- rows ---- */

static int step(struct store_file *file, enum store_statement which, const char *what)
{
	int code = sqlite3_step(file->statements[which]);

	sqlite3_reset(file->statements[which]);
	return code == SQLITE_DONE ? 0 : fail_sqlite(file, what, code);
}

int store_file_begin(struct store_file *file)
{
	return step(file, STORE_BEGIN, "transaction");
}

static void bind_number(sqlite3_stmt *statement, int column, uint64_t value)
{
	sqlite3_bind_int64(statement, column, (sqlite3_int64)value);
}

int store_file_commit(struct store_file *file)
{
	sqlite3_stmt *total = file->statements[STORE_TOTAL];

	file->total.commits++;
	bind_number(total, 1, file->total.commits);
	bind_number(total, 2, file->total.rows);
	bind_number(total, 3, file->total.sum);
	bind_number(total, 4, store_total_checksum(&file->total));
	int result = step(file, STORE_TOTAL, "writing");
	if (result == 0)
		result = step(file, STORE_COMMIT, "commit");
	if (result == 0)
		store_count_write(file->count_fd, file->total.commits);
	return result;
}

static void bind_row(sqlite3_stmt *put, const struct store_row *row)
{
	sqlite3_bind_blob(put, 1, &row->home_address, sizeof(row->home_address), SQLITE_STATIC);
	bind_number(put, 2, row->sequence);
	bind_number(put, 3, row->replay_accepted);
	bind_number(put, 4, row->at.mono);
	bind_number(put, 5, row->at.wall);
	bind_number(put, 6, row->at.boot);
	sqlite3_bind_blob(put, 7, row->bindings, (int)row->length, SQLITE_STATIC);
	bind_number(put, 8, store_row_checksum(row));
}

int store_file_put(struct store_file *file, const struct store_row *row)
{
	bind_row(file->statements[STORE_REPLACE], row);
	int result = step(file, STORE_REPLACE, "writing");
	if (result < 0 || sqlite3_changes(file->db) > 0)
		return result;
	bind_row(file->statements[STORE_ADD], row);
	result = step(file, STORE_ADD, "writing");
	if (result == 0) {
		file->total.rows++;
		file->total.sum += store_row_checksum(row);
	}
	return result;
}

int store_file_remove(struct store_file *file, const struct in6_addr *home_address)
{
	sqlite3_bind_blob(file->statements[STORE_REMOVE], 1, home_address, sizeof(*home_address),
		SQLITE_STATIC);
	int result = step(file, STORE_REMOVE, "writing");
	if (result == 0 && sqlite3_changes(file->db) > 0)
		file->total.rows--;
	return result;
}

static uint64_t number(sqlite3_stmt *each, int column)
{
	return (uint64_t)sqlite3_column_int64(each, column);
}

static bool read_row(sqlite3_stmt *each, struct store_row *ret)
{
	const void *home_address = sqlite3_column_blob(each, 0);
	const void *bindings = sqlite3_column_blob(each, 6);

	if (sqlite3_column_bytes(each, 0) != (int)sizeof(ret->home_address) ||
		sqlite3_column_bytes(each, 6) > (int)sizeof(ret->bindings))
		return false;
	memcpy(&ret->home_address, home_address, sizeof(ret->home_address));
	ret->sequence = (uint16_t)number(each, 1);
	ret->replay_accepted = number(each, 2);
	ret->at = (struct store_time){number(each, 3), number(each, 4), number(each, 5)};
	ret->length = (size_t)sqlite3_column_bytes(each, 6);
	if (ret->length > 0)
		memcpy(ret->bindings, bindings, ret->length);
	return number(each, 7) == store_row_checksum(ret);
}

int store_file_each(
	struct store_file *file, int (*call)(void *ctx, const struct store_row *), void *ctx)
{
	sqlite3_stmt *each = file->statements[STORE_EACH];
	struct store_row row;
	int code, result = 0;

	while (result == 0 && (code = sqlite3_step(each)) == SQLITE_ROW) {
		result = read_row(each, &row) ? call(ctx, &row)
					      : fail(file, "a row is damaged", -EUCLEAN);
		/* A commit in between failed, and closed it. */
		if (!file->db)
			return -EIO;
	}
	if (result == 0 && code != SQLITE_DONE)
		result = fail_sqlite(file, "reading", code);
	sqlite3_reset(each);
	return result;
}
