/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_cache.h"

#include "../base/authentication.h"

#include <errno.h>
#include <stdlib.h>

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
