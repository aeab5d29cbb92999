/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the table `records`, and their total, which follows each change of them. */
#ifndef MONAMI_IO_STORE_ROWS_H
#define MONAMI_IO_STORE_ROWS_H

#include "store_file.h"
#include "store_row.h"

/* Prepares the statements of the functions below. 0 or -errno. */
int store_rows_prepare(struct store_file *);

/* Inside a transaction: adds the row, or replaces the one of its home address. 0 or -errno. */
int store_rows_put(struct store_file *, const struct store_row *);
int store_rows_remove(struct store_file *, const struct in6_addr *home_address);
/* Writes the total of all rows. 0 or -errno. */
int store_rows_put_total(struct store_file *);
/* -EUCLEAN: a row differs from the one that was written. `each` returns 0, or -errno to end it. */
int store_rows_each(
	struct store_file *, int (*each)(void *ctx, const struct store_row *), void *ctx);

#endif
