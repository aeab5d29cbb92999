/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a home agent must not forget: bindings, sequence numbers and replay timestamps, in an SQLite
 * file, one row for each home address. What is put in becomes part of a transaction that
 * store_commit() ends; nothing is promised before. Times are CLOCK_BOOTTIME outside; inside they
 * survive a reboot: a binding's remaining lifetime never grows, whatever the clocks do.
 */
#ifndef MONAMI_IO_STORE_H
#define MONAMI_IO_STORE_H

#include "../../core/api/record.h"

struct store;

/*
 * Opens or makes the file, and the directories above it. `durable`: a commit also survives the loss
 * of power. A file that is corrupt, foreign, or of a version that is not known is renamed (never
 * overwritten), and a new one made; store_reason() then names it. 0, or -errno with the reason in
 * store_reason(), and in `ret` a store that takes nothing until store_retry() succeeds. `ret` is
 * untouched with -ENOMEM only. -EBUSY: another process has it.
 */
int store_open(const char *path, bool durable, struct store **ret);
void store_close(struct store *);

/* Whether it takes what is put in. */
bool store_works(const struct store *);
/* Why it does not work, or what store_open() or store_retry() set aside or found missing; else "".
 */
const char *store_reason(const struct store *);
/* Whether the file was made by the last store_open() or store_retry(), and so holds nothing. */
bool store_is_new(const struct store *);

/* All that is kept of one home address, in place of what was. Errors show in store_commit(). */
void store_put(struct store *, const struct record *);
void store_remove(struct store *, const struct in6_addr *home_address);

/* Whether anything was put in since the last commit. */
bool store_dirty(const struct store *);
/* Ends the transaction. 0: all of it is kept. -errno: none of it is, and the store works no more.
 */
int store_commit(struct store *);
/* Opens the file anew, and finds out whether it works again: 0 or -errno. */
int store_retry(struct store *);

/*
 * All that is kept, bindings that have expired left out. What was put in before a reboot is written
 * anew with the times of today. 0, or -errno, and the store works no more: `each` may have been
 * called for some or all, of which nothing is promised to be kept.
 */
int store_load(struct store *, void (*each)(void *ctx, const struct record *), void *ctx);

#endif
