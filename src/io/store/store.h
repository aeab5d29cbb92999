/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings, sequence numbers and replay timestamps of a home agent in an SQLite file, one row for
 * each home address. Rows become part of a transaction; they are durable only after store_commit().
 * Callers use times of CLOCK_BOOTTIME; the file has times that survive a reboot. A binding's
 * remaining lifetime never grows, even if a clock is set.
 */
#ifndef MONAMI_IO_STORE_H
#define MONAMI_IO_STORE_H

#include "../../core/api/record.h"

struct store;

/*
 * Opens or makes the file, and the directories above it. `durable`: a commit also survives the loss
 * of power. A file that is corrupt, foreign, or of an unknown version is renamed (never
 * overwritten), and a new one made; store_reason() then names it. 0, or -errno with the reason in
 * store_reason(), and `ret` is a store that accepts nothing until store_retry() succeeds. `ret` is
 * untouched with -ENOMEM only. -EBUSY: another process has it.
 */
int store_open(const char *path, bool durable, struct store **ret);
void store_close(struct store *);

/* Whether it accepts rows. */
bool store_works(const struct store *);
/* The reason why it does not work, or the file that store_open() or store_retry() set aside, or the
 * rows that they found missing; otherwise "". */
const char *store_reason(const struct store *);
/* Whether the file was made by the last store_open() or store_retry(), and so holds nothing. */
bool store_is_new(const struct store *);

/* Replaces the row of one home address. store_commit() returns an error of this. */
void store_put(struct store *, const struct record *);
void store_remove(struct store *, const struct in6_addr *home_address);

/* Replaces or removes the row of one flow binding, whose home address has a row. */
void store_put_flow(struct store *, const struct record_flow *);
/* Removes all rows of flow bindings. */
void store_clear_flows(struct store *);

/* Whether rows changed since the last commit. */
bool store_dirty(const struct store *);
/* Ends the transaction. 0: all of it is stored. -errno: none of it is, and the store no longer
 * works. */
int store_commit(struct store *);
/* Opens the file again, and checks whether it works: 0 or -errno. */
int store_retry(struct store *);

/*
 * Hands each row to `each`, without expired bindings. Rows from before a reboot are rewritten with
 * the times of this boot. 0, or -errno: the store no longer works, and `each` may have been called
 * for some rows or all, which may not be in the file.
 */
int store_load(struct store *, void (*each)(void *ctx, const struct record *), void *ctx);
/* The same for the rows of flow bindings; `each` may remove its row. A damaged row is skipped: the
 * mobile node then hears that the home agent does not have it (RFC 6089 5.3.3). */
int store_load_flows(
	struct store *, void (*each)(void *ctx, const struct record_flow *), void *ctx);

#endif
