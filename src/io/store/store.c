/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transactions over the store's file (store.h). The first row of a pass begins one, store_commit()
 * ends it. After an error the file is closed, so that nothing incomplete is used, until
 * store_retry() opens it again.
 */
#include "store_file.h"
#include "store_flows.h"
#include "store_hash.h"
#include "store_internal.h"
#include "store_path.h"
#include "store_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct store {
	char *path;
	bool durable;
	bool begun;
	int error; /* 0: it works, except for the transaction in progress, which may have failed */
	int error_begun;
	store_clock clock;
	struct store_time now; /* of the transaction in progress */
	struct store_file file;
};

/* ---- time ---- */

static uint64_t nanoseconds(clockid_t id)
{
	struct timespec now = {0};

	(void)clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * NANOS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* Without a number of the boot, each start counts as one. */
static uint64_t this_boot(void)
{
	char id[64];
	ssize_t length = -1;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		length = read(fd, id, sizeof(id));
		close(fd);
	}
	if (length > 0) {
		/* an older version counted CLOCK_MONOTONIC: its times are as of another boot */
		uint64_t clock = store_hash(STORE_HASH_BEGIN, "boottime", 8);
		return store_hash(clock, id, (size_t)length);
	}
	return nanoseconds(CLOCK_REALTIME);
}

static struct store_time system_time(void)
{
	static uint64_t boot;

	if (boot == 0)
		boot = this_boot();
	return (struct store_time){
		.mono = nanoseconds(CLOCK_BOOTTIME),
		.wall = nanoseconds(CLOCK_REALTIME),
		.boot = boot,
	};
}

/* ---- open and close ---- */

static int open_file(struct store *store)
{
	store->error = store_file_open(&store->file, store->path, store->durable);
	return store->error;
}

int store_open_at(const char *path, bool durable, store_clock clock, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store)
		store->path = strdup(path);
	if (!store || !store->path) {
		free(store);
		return -ENOMEM;
	}
	store->durable = durable;
	store->clock = clock;
	*ret = store;
	return open_file(store);
}

int store_open(const char *path, bool durable, struct store **ret)
{
	return store_open_at(path, durable, system_time, ret);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_file_close(&store->file);
	free(store->path);
	free(store);
}

bool store_works(const struct store *store)
{
	return store->error == 0;
}

const char *store_reason(const struct store *store)
{
	return store->file.reason;
}

bool store_is_new(const struct store *store)
{
	return store->file.made;
}

int store_retry(struct store *store)
{
	store_file_close(&store->file);
	return open_file(store);
}

/* ---- transactions ---- */

bool store_dirty(const struct store *store)
{
	return store->begun;
}

/* Whether a row may be written now; begins the transaction with the first. */
static bool begin(struct store *store)
{
	if (store->error < 0)
		return false;
	if (!store->begun) {
		store->begun = true;
		store->now = store->clock();
		store->error_begun = store_file_begin(&store->file);
	}
	return store->error_begun == 0;
}

void store_put(struct store *store, const struct record *record)
{
	struct store_row row;

	if (!begin(store))
		return;
	store_row_of(&row, record, store->now);
	store->error_begun = store_rows_put(&store->file, &row);
}

void store_remove(struct store *store, const struct in6_addr *home_address)
{
	if (begin(store))
		store->error_begun = store_rows_remove(&store->file, home_address);
}

void store_put_flow(struct store *store, const struct record_flow *flow)
{
	if (!begin(store))
		return;
	store->error_begun =
		flow->flow.fid != 0
			? store_flows_put(&store->file, &flow->home_address, &flow->flow)
			: store_flows_remove(&store->file, &flow->home_address, flow->fid);
}

void store_clear_flows(struct store *store)
{
	if (begin(store))
		store->error_begun = store_flows_clear(&store->file);
}

/* Closing takes back what is not committed. */
static int give_up(struct store *store, int error)
{
	store_file_close(&store->file);
	store->begun = false;
	store->error_begun = 0;
	store->error = error;
	return error;
}

int store_commit(struct store *store)
{
	if (store->error < 0 || !store->begun)
		return store->error;
	int error = store->error_begun;
	if (error == 0)
		error = store_path_present(&store->file, store->path);
	if (error == 0)
		error = store_file_commit(&store->file);
	if (error < 0)
		return give_up(store, error);
	store->begun = false;
	return 0;
}

/* ---- rows ---- */

struct load {
	struct store *store;
	struct store_time now;
	void (*each)(void *ctx, const struct record *);
	void *ctx;
};

static int load_row(void *ctx, const struct store_row *row)
{
	const struct load *load = ctx;
	struct record record;

	if (!store_row_read(row, load->now, &record))
		return -EUCLEAN;
	/* Before `each`, which may write a newer row of this home address. */
	if (row->at.boot != load->now.boot)
		store_put(load->store, &record);
	load->each(load->ctx, &record);
	return 0;
}

int store_load(struct store *store, void (*each)(void *ctx, const struct record *), void *ctx)
{
	struct load load = {store, store->clock(), each, ctx};

	if (store->error < 0)
		return store->error;
	int result = store_rows_each(&store->file, load_row, &load);
	if (result == 0)
		return store_commit(store);
	/* After a commit in between that failed, its error stays. */
	return store->error < 0 ? store->error : give_up(store, result);
}

int store_load_flows(
	struct store *store, void (*each)(void *ctx, const struct record_flow *), void *ctx)
{
	if (store->error < 0)
		return store->error;
	int result = store_flows_each(&store->file, each, ctx);
	return result == 0 ? store_commit(store) : give_up(store, result);
}
