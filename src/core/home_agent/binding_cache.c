/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes by home address in a hash table; the bindings of a node in a short array, which is faster
 * to search than anything clever.
 */
#include "binding_cache.h"

#include "../base/authentication.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct binding *bindings_find(const struct bindings *bindings, uint16_t bid)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].bid == bid)
			return (struct binding *)&bindings->at[i];
	return NULL;
}

struct binding *bindings_at(const struct bindings *bindings, const struct in6_addr *care_of)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&bindings->at[i].care_of, care_of))
			return (struct binding *)&bindings->at[i];
	return NULL;
}

struct binding *bindings_add(struct bindings *bindings, uint16_t bid)
{
	assert(bindings->count < BINDINGS_MAX);
	struct binding *binding = &bindings->at[bindings->count++];
	*binding = (struct binding){.bid = bid};
	return binding;
}

void bindings_remove(struct bindings *bindings, struct binding *binding)
{
	assert(bindings->count > 0);
	*binding = bindings->at[--bindings->count];
}

struct binding *bindings_home(const struct bindings *bindings)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].home)
			return (struct binding *)&bindings->at[i];
	return NULL;
}

static bool is_better(const struct binding *binding, const struct binding *than)
{
	if (!than || binding->priority != than->priority)
		return !than || binding->priority < than->priority;
	return binding->expires > than->expires;
}

const struct binding *bindings_best(const struct bindings *bindings, bool home)
{
	const struct binding *best = NULL;
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].verified && (home || !bindings->at[i].home) &&
			is_better(&bindings->at[i], best))
			best = &bindings->at[i];
	return best;
}

nanos bindings_first_expiry(const struct bindings *bindings)
{
	nanos first = NANOS_NEVER;
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].expires < first)
			first = bindings->at[i].expires;
	return first;
}

struct node *binding_cache_find(
	const struct binding_cache *cache, const struct in6_addr *home_address)
{
	struct node *node;
	HASH_FIND(hh, cache->nodes, home_address, sizeof(*home_address), node);
	return node;
}

int binding_cache_add(
	struct binding_cache *cache, const struct in6_addr *home_address, struct node **ret)
{
	struct node *node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->home_address = *home_address;
	HASH_ADD(hh, cache->nodes, home_address, sizeof(node->home_address), node);
	if (!node->hh.tbl) {
		free(node);
		return -ENOMEM;
	}
	*ret = node;
	return 0;
}

static void node_free(struct node *node)
{
	free(node->verification);
	authentication_cleanse(&node->auth);
	free(node);
}

void binding_cache_remove(struct binding_cache *cache, struct node *node)
{
	HASH_DEL(cache->nodes, node);
	node_free(node);
}

size_t binding_cache_count(const struct binding_cache *cache)
{
	return HASH_COUNT(cache->nodes);
}

void binding_cache_fini(struct binding_cache *cache)
{
	struct node *node = cache->nodes;
	HASH_CLEAR(hh, cache->nodes);
	while (node) {
		struct node *next = node->hh.next;
		node_free(node);
		node = next;
	}
}
