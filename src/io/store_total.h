/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store's rows come to, so that a start finds out whether some are missing (ADR 14): their
 * number and the sum of their checksums, and how many commits there were. It is in the store, in
 * the same transaction as the rows; the number of commits is also in a file beside it, since
 * SQLite's log ends unseen where it is damaged.
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

/* The file beside `path`: STORE_COUNT_SUFFIX. Opens or makes it; its descriptor or -errno. */
#define STORE_COUNT_SUFFIX "-count"
int store_count_open(const char *path);
/* False: it does not say. */
bool store_count_read(int fd, uint64_t *ret);
/* Not synchronized: after a loss of power it may be behind the store, never ahead of a durable
 * one. */
void store_count_write(int fd, uint64_t commits);

#endif
