/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subjects of the maps (src/bpf/abi.h): which place the core's number has, which places are
 * free, and by which prefixes or pair of addresses the tc programs find each.
 */
#ifndef MONAMI_IO_SUBJECT_TABLE_H
#define MONAMI_IO_SUBJECT_TABLE_H

#include "prefix_map.h"
#include "slots.h"

#include "../../core/api/effect.h"

struct subject_entry;

struct subject_table {
	struct abi_subject *at;
	uint32_t max;
	struct prefix_map prefixes;
	int pairs_fd; /* borrowed */
	struct slots free;
	struct subject_entry *entries; /* one for each place */
	struct subject_entry *by_number;
	struct subject_entry *by_addresses; /* home address and peer */
};

/* Of the route-optimized paths between a mobile node and a correspondent. */
static inline bool subject_has_peer(const struct abi_subject *subject)
{
	return ABI_SIDE_HAS_PEER(subject->side);
}

/*
 * With `at`, `max`, `prefixes` and pairs_fd already set: finds out what is in use, and forgets the
 * keys of subjects that a killed daemon left half made. -ENOMEM; subject_table_fini() in any case.
 */
int subject_table_init(struct subject_table *);
void subject_table_fini(struct subject_table *);

/* The subject of the core's number; NULL if there is none. */
struct abi_subject *subject_table_find(const struct subject_table *, uint32_t number);
/* The same of the home address, and the peer or ::. */
struct abi_subject *subject_table_of(const struct subject_table *, const struct in6_addr *home_address,
	const struct in6_addr *peer);
/* The one of whose prefixes the address is, at the home agent or else at the mobile node. */
struct abi_subject *subject_table_of_address(
	const struct subject_table *, const struct in6_addr *address);
/* As the map has it. */
struct effect_subject subject_table_effect(const struct abi_subject *);

/* A new one, which the programs find by its pair, or as soon as it has a prefix. -ENOSPC, -ENOMEM,
 * or what the maps said. */
int subject_table_add(
	struct subject_table *, const struct effect_subject *, struct abi_subject **ret);
/* Whether it is the one of the effect. */
bool subject_table_is(const struct abi_subject *, const struct effect_subject *);
/* The programs do not find it any more. What the maps said. */
int subject_table_withdraw(struct subject_table *, const struct abi_subject *);
/* Afterwards: its place is free. */
void subject_table_free(struct subject_table *, struct abi_subject *);

/* The programs find the subject by the prefix, or no longer. -ENOMEM, or what the maps said. */
int subject_table_prefix_set(
	struct subject_table *, const struct abi_subject *, const struct in6_addr *, uint8_t length);
int subject_table_prefix_remove(
	struct subject_table *, const struct abi_subject *, const struct in6_addr *, uint8_t length);

/* The core of this daemon knows the subject. */
void subject_table_adopt(struct subject_table *, const struct abi_subject *);
bool subject_table_is_adopted(const struct subject_table *, const struct abi_subject *);
/* Forgets the prefixes of adopted subjects that were not set since subject_table_init(). */
void subject_table_sweep_prefixes(struct subject_table *);

#endif
