/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_check.h"

#include "../base/clock.h"
#include "store_schema.h"
#include "store_sql.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* The longest time of the check at the start. The rows have checksums of their own. */
#define CHECK_NANOS NANOS_PER_SECOND
#define CHECK_STEPS 20000

static int check_is_late(void *until)
{
	return clock_now().mono > *(nanos *)until;
}

static int check_structure_once(struct store_file *file)
{
	nanos until = clock_now().mono + CHECK_NANOS;
	sqlite3_int64 answer = 0;

	sqlite3_progress_handler(file->db, CHECK_STEPS, check_is_late, &until);
	int result = store_ask(file, "PRAGMA quick_check(1)", &answer);
	sqlite3_progress_handler(file->db, 0, NULL, NULL);
	if (result < 0 && sqlite3_errcode(file->db) == SQLITE_INTERRUPT)
		return 0;
	if (result == 0 && answer != 'o') /* "ok" */
		result = store_fail(file, "checking", -EUCLEAN);
	return result;
}

/* SQLite reports a failed read as damage, too. The page is damaged if a second attempt reports it
 * again. */
int store_check_structure(struct store_file *file)
{
	int result = check_structure_once(file);

	if (result != -EUCLEAN)
		return result;
	file->reason[0] = '\0';
	return check_structure_once(file);
}

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
			.commits = store_number(statement, 0),
			.rows = store_number(statement, 1),
			.sum = store_number(statement, 2),
		};
		whole = store_total_checksum(ret) == store_number(statement, 3);
	}
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_fail_sqlite(file, "reading", code);
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

int store_check_missing(struct store_file *file, int version, const struct store_total *found)
{
	struct store_total total = {0};
	uint64_t commits = 0;
	bool counted = store_count_read(file->count_fd, &commits);
	bool has_total = version >= STORE_VERSION_TUNNELS;
	int whole = has_total ? read_total(file, &total) : 0;

	if (whole < 0)
		return whole;
	file->total.commits = whole ? total.commits : 0;
	if (version == 0 && counted && commits > 0)
		say(file,
			"bindings are lost: the file, which had %" PRIu64
			" commits, is gone or empty",
			commits);
	else if (has_total && !whole)
		say(file, "bindings may be lost: the total of the rows is damaged");
	else if (has_total && counted && commits > total.commits)
		say(file,
			"bindings are lost or older than they were: of %" PRIu64 " commits %" PRIu64
			" are left",
			commits, total.commits);
	else if (has_total && total.rows != found->rows)
		say(file, "bindings are lost: of %" PRIu64 " home addresses %" PRIu64 " are left",
			total.rows, found->rows);
	else if (has_total && total.sum != found->sum)
		say(file, "bindings may be lost: the rows are not those that were kept");
	else if (has_total && !counted && total.commits > 0)
		say(file, "bindings may be lost: the count of commits is missing");
	else
		return 0;
	/* The next start must not report this again. */
	if (counted && commits > file->total.commits)
		file->total.commits = commits;
	return 0;
}
