/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's SQLite file: opens it, creates it, and ends its transactions. One process writes it
 * at a time; others may read it meanwhile (ADR 50).
 */
#ifndef MONAMI_IO_STORE_FILE_H
#define MONAMI_IO_STORE_FILE_H

#include "store_total.h"

#include <sqlite3.h>
#include <sys/types.h>

enum store_statement {
	STORE_BEGIN,
	STORE_COMMIT,
	STORE_REPLACE,
	STORE_ADD,
	STORE_REMOVE,
	STORE_TOTAL,
	STORE_EACH,
	STORE_FLOW_PUT,
	STORE_FLOW_REMOVE,
	STORE_FLOW_CLEAR,
	STORE_FLOW_EACH,
	STORE_STATEMENTS,
};

#define STORE_REASON_OCTETS 512

/* Identifies a file independently of its name. */
struct store_identity {
	dev_t device;
	ino_t inode;
};

/* Zeroed, it is closed. `count_fd` is valid only while `db` is set. */
struct store_file {
	sqlite3 *db;
	sqlite3_stmt *statements[STORE_STATEMENTS];
	bool made;                /* there was none, or none that was sound */
	struct store_total total; /* of all rows, including this transaction's changes */
	int count_fd;             /* -1: none */
	struct store_identity file;
	struct store_identity log;        /* SQLite's log, which has the last commits */
	char reason[STORE_REASON_OCTETS]; /* the last error, or the missing rows; otherwise "" */
};

/* 0 or -errno; then it is closed. */
int store_file_open(struct store_file *, const char *path, bool durable);
void store_file_close(struct store_file *);
/* 0 or -errno. A commit includes the total of the rows. */
int store_file_begin(struct store_file *);
int store_file_commit(struct store_file *);

#endif
