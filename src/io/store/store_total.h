/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The total of the store's rows, by which the start detects missing rows (ADR 14): their number,
 * the sum of their checksums, and the number of commits. Each transaction writes it with its rows.
 * The number of commits is also in a file beside the store: SQLite reads a damaged log up to the
 * damage without an error, and rows and total then are both older.
 */
#ifndef MONAMI_IO_STORE_TOTAL_H
#define MONAMI_IO_STORE_TOTAL_H

#include <stdbool.h>
#include <stdint.h>

struct store_total {
	uint64_t commits;
	uint64_t rows;
	uint64_t sum;
};

uint64_t store_total_checksum(const struct store_total *);

/* Opens or creates the file of the number of commits, `path` with this suffix. Its descriptor,
 * which the caller closes, or -errno. */
#define STORE_COUNT_SUFFIX "-count"
int store_count_open(const char *path);
/* False: the file is empty or damaged. */
bool store_count_read(int fd, uint64_t *ret);
/* Not synchronized: after a loss of power it may be behind the store, never ahead of a durable
 * one. */
void store_count_write(int fd, uint64_t commits);

#endif
