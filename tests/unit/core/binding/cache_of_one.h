/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Cache with one entry, of a role that adds nothing of its own but what a test asks for.
 */
#ifndef MONAMI_TESTS_UNIT_CACHE_OF_ONE_H
#define MONAMI_TESTS_UNIT_CACHE_OF_ONE_H

#include "../../../../src/core/binding/binding_role.h"
#include "../../../../src/core/binding/binding_update.h"

struct cache_of_one {
	struct core_base base;
	struct binding_cache cache;
	struct binding_entry *entry;
	struct outbox outbox;
	/* For the test to set */
	struct binding_role role;
	struct update_policy policy;
	bool verifies;
	nanos valid_until;
	bool may_return;
	/* For the test to look at */
	unsigned removed;
	unsigned requests; /* Binding Refresh Requests */
	struct message request;
};

/* 2001:db8:0:`network`::`host` */
struct in6_addr cache_address(uint8_t network, uint8_t host);

/* The entry is 1::9 at 1::1, without bindings. */
struct cache_of_one *cache_of_one_new(void);
void cache_of_one_free(struct cache_of_one *);

/* Adds a binding to 10 + `bid`::1, for 100 s from time zero. */
struct binding *cache_bind(struct bindings *, uint16_t bid);
struct moment cache_time(nanos mono);

#endif
