/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements without parameters. SQLite's errors become an errno, and a reason for people. */
#ifndef MONAMI_IO_STORE_SQL_H
#define MONAMI_IO_STORE_SQL_H

#include "store_file.h"

/* Sets the file's reason; `error`, which is -errno. */
int store_fail(struct store_file *, const char *what, int error);
/* The same with the errors of SQLite and of the kernel: -errno. */
int store_fail_sqlite(struct store_file *, const char *what, int code);

/* 0 or -errno, with the reason "`what`: ...". */
int store_run(struct store_file *, const char *what, const char *sql);
/* The number, or the first octet of the text, that the statement's first row begins with. */
int store_ask(struct store_file *, const char *sql, sqlite3_int64 *ret);
/* 0 or -errno. -EUCLEAN: something beside the tables makes the statement unusable. */
int store_prepare(struct store_file *, const char *sql, sqlite3_stmt **ret);
/* Steps a statement without result, and resets it. */
int store_step(struct store_file *, sqlite3_stmt *, const char *what);

/* SQLite's integers are signed; the bits stay. */
static inline void store_bind_number(sqlite3_stmt *statement, int parameter, uint64_t value)
{
	sqlite3_bind_int64(statement, parameter, (sqlite3_int64)value);
}

static inline uint64_t store_number(sqlite3_stmt *statement, int column)
{
	return (uint64_t)sqlite3_column_int64(statement, column);
}

/* Copies a column of `length` octets. False: it has another length. */
bool store_octets(sqlite3_stmt *, int column, void *ret, size_t length);

#endif
