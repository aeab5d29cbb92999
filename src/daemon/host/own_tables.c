/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_tables.h"

#include "../base/array.h"
#include "../base/log.h"

#include <stdlib.h>
#include <string.h>

struct own_table {
	struct in6_addr home_address;
	uint32_t table;
};

/* ---- of the configuration ---- */

static void each_configured(const struct mobile_hosts *hosts,
	void (*each)(void *ctx, const struct in6_addr *home_address, uint32_t table), void *ctx)
{
	for (unsigned int n = 0; n < hosts->count; n++) {
		const struct config_mobile_node *config = hosts->at[n].config;
		const struct in6_addr *home_address = mobile_host_home_address(&hosts->at[n]);

		each(ctx, home_address, config->table_base);
		for (unsigned int i = 0; i < config->links_count; i++)
			each(ctx, home_address, config->table_base + config->links[i].bid);
	}
}

static void remember(void *ctx, const struct in6_addr *home_address, uint32_t table)
{
	int error = dataplane_table_set(ctx, home_address, table);

	if (error < 0)
		log_error("routing table %u not remembered: %s", table, strerror(-error));
}

void own_tables_remember(const struct mobile_hosts *hosts, struct dataplane *plane)
{
	each_configured(hosts, remember, plane);
}

/* ---- all of them ---- */

static void add(void *ctx, const struct in6_addr *home_address, uint32_t table)
{
	struct host_own *own = ctx;

	(void)home_address;
	for (size_t i = 0; i < own->tables_count; i++)
		if (own->tables[i] == table)
			return;
	if (own->tables_count < HOST_TABLES_MAX)
		own->tables[own->tables_count++] = table;
}

void own_tables_add(
	const struct mobile_hosts *hosts, const struct dataplane *plane, struct host_own *own)
{
	each_configured(hosts, add, own);
	if (plane)
		dataplane_each_table(plane, add, own);
}

/* ---- of the daemon before ---- */

struct search {
	struct own_table wanted;
	bool found;
};

static void compare(void *ctx, const struct in6_addr *home_address, uint32_t table)
{
	struct search *search = ctx;

	search->found |= table == search->wanted.table &&
			 IN6_ARE_ADDR_EQUAL(home_address, &search->wanted.home_address);
}

static bool is_configured(const struct mobile_hosts *hosts, const struct own_table *table)
{
	struct search search = {.wanted = *table};

	each_configured(hosts, compare, &search);
	return search.found;
}

static void collect(void *ctx, const struct in6_addr *home_address, uint32_t table)
{
	const struct own_table own = {*home_address, table};

	array_append(ctx, &own);
}

/* On the device, and on a link that was the home link. */
struct taken {
	struct host *host;
	const struct in6_addr *address;
};

static void take_from(void *ctx, uint32_t ifindex)
{
	const struct taken *taken = ctx;
	int error = host_address_remove(taken->host, ifindex, taken->address, HOME_ADDRESS_PREFIX);

	if (error < 0)
		log_error("home address of the previous daemon: %s", strerror(-error));
}

static void take_address(const struct daemon_basis *basis, const struct in6_addr *address)
{
	struct taken taken = {basis->host, address};

	take_from(&taken, basis->device->ifindex);
	dataplane_each_attached(basis->dataplane, take_from, &taken);
}

void own_tables_sweep(const struct mobile_hosts *hosts, const struct daemon_basis *basis)
{
	struct array tables = {.size = sizeof(struct own_table)};

	dataplane_each_table(basis->dataplane, collect, &tables);
	for (size_t i = 0; i < tables.count; i++) {
		const struct own_table *left = (const struct own_table *)tables.at + i;
		if (is_configured(hosts, left))
			continue;
		if (!config_is_home_address(basis->config, &left->home_address))
			take_address(basis, &left->home_address);
		dataplane_table_remove(basis->dataplane, &left->home_address, left->table);
	}
	free(tables.at);
}
