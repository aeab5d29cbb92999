/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out at the start whether the file is sound, and whether rows are missing (ADR 14). */
#ifndef MONAMI_IO_STORE_CHECK_H
#define MONAMI_IO_STORE_CHECK_H

#include "store_file.h"

/* Whether SQLite finds its own structures sound, within bounded time. -EUCLEAN: it does not. */
int store_check_structure(struct store_file *);
/*
 * Compares the rows that were found with the total in the file, if its version has one, and with
 * the count of commits. The reason then names the missing rows; the store uses the rows that are
 * there. Sets the number of commits. 0 or -errno.
 */
int store_check_missing(struct store_file *, int version, const struct store_total *found);

#endif
