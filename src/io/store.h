/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a home agent must not forget: bindings, sequence numbers and replay timestamps, in an SQLite
 * file. What is put in becomes part of a transaction that store_commit() ends; nothing is promised
 * before. Times are CLOCK_MONOTONIC outside; inside they survive a reboot: a binding's remaining
 * lifetime never grows, whatever the clocks do.
 */
#ifndef MONAMI_IO_STORE_H
#define MONAMI_IO_STORE_H

#include "../core/core.h"

struct store;

/*
 * Opens or makes the file; `durable`: a commit also survives the loss of power. A file that is
 * corrupt, or of a version that is not known, is renamed (never overwritten) and a new one made;
 * `reason` then says so in one line, with the new name. Returns 0; or -errno with `reason` saying
 * what is wrong, and `ret` a store that fails every commit until store_retry() succeeds
 * (NULL only for -ENOMEM).
 */
int store_open(
	const char *path, bool durable, struct store **ret, char *reason, size_t reason_size);
void store_close(struct store *);

/* EFFECT_TUNNEL_SET, _REMOVE and EFFECT_NODE_SET of a home agent. Errors show in store_commit(). */
void store_tunnel_set(struct store *, const struct effect_tunnel *);
void store_tunnel_remove(struct store *, const struct in6_addr *home_address, uint16_t bid);
void store_node_set(struct store *, const struct effect_node *);
/* Home address, bindings and all. */
void store_node_remove(struct store *, const struct in6_addr *home_address);

/* Whether anything was put in since the last commit. */
bool store_dirty(const struct store *);
/*
 * Ends the transaction. 0: all of it is kept. -errno: none of it is; the store takes nothing more
 * until store_retry() succeeds. store_each_lost() tells which home addresses it was about, until the
 * next store_...set().
 */
int store_commit(struct store *);
void store_each_lost(struct store *, void (*each)(void *ctx, const struct host_rollback *), void *ctx);
/* Tries whether it works again: 0 or -errno. */
int store_retry(struct store *);
/* Why the last commit failed; "" if it did not. */
const char *store_reason(const struct store *);

/* All that is kept, bindings that have expired left out. */
int store_load(struct store *, void (*each)(void *ctx, const struct host_rollback *), void *ctx);

#endif
