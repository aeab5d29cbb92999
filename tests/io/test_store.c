/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/io/store/store.c on real files: what is kept, for how long over reboots and clocks that are
 * set, and what becomes of files that are no store. What takes processes and mounts is in
 * test_store.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/io/store/store_internal.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define S NANOS_PER_SECOND
#define PATH_OCTETS 512

struct place {
	char directory[64];
	char file[128];
};

static struct store_time today;

static struct store_time clock_of_test(void)
{
	return today;
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->directory, "/tmp/monami-store.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->file, sizeof(place->file), "%s/below/store.db", place->directory);
	today = (struct store_time){1000 * S, UINT64_C(1790000000) * S, 7};
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char command[PATH_OCTETS];

	snprintf(command, sizeof(command), "rm -rf %s", place->directory);
	int result = system(command);
	free(place);
	return result;
}

/* ---- what is put in ---- */

static struct in6_addr address(const char *text)
{
	struct in6_addr ret;

	assert_int_equal(inet_pton(AF_INET6, text, &ret), 1);
	return ret;
}

static struct effect_tunnel tunnel(const char *home, uint16_t bid, nanos expires)
{
	return (struct effect_tunnel){
		.home_address = address(home),
		.local.address = address("2001:db8:ffff::1"),
		.remote.address = address("2001:db8:1::5"),
		.expires = expires,
		.bid = bid,
		.priority = PRIORITY_NONE,
		.usable = true,
	};
}

static struct host_rollback kept(const char *home, uint16_t sequence, nanos expires)
{
	return (struct host_rollback){
		.node = {.home_address = address(home),
			.sequence = sequence,
			.replay_accepted = UINT64_C(0xfedcba9876543210)},
		.count = 1,
		.tunnels = {tunnel(home, 1, expires)},
	};
}

struct found {
	size_t count;
	struct host_rollback at[4];
};

static void find(void *ctx, const struct host_rollback *each)
{
	struct found *found = ctx;

	assert_true(found->count < 4);
	found->at[found->count++] = *each;
}

static struct store *open_at(const char *path)
{
	struct store *store = NULL;

	if (store_open_at(path, false, clock_of_test, &store) < 0)
		fail_msg("%s", store_reason(store));
	assert_true(store_works(store));
	return store;
}

static struct found all_of(struct store *store)
{
	struct found found = {0};

	assert_int_equal(store_load(store, find, &found), 0);
	return found;
}

/* What a daemon finds that is started now. */
static struct found load(const char *path)
{
	struct store *store = open_at(path);
	struct found found = all_of(store);

	assert_false(store_is_new(store));
	store_close(store);
	return found;
}

static void put(const char *path, const struct host_rollback *one)
{
	struct store *store = open_at(path);

	store_put(store, one);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
}

static void assert_same(const struct host_rollback *a, const struct host_rollback *b)
{
	assert_memory_equal(&a->node.home_address, &b->node.home_address, 16);
	assert_int_equal(a->node.sequence, b->node.sequence);
	assert_true(a->node.replay_accepted == b->node.replay_accepted);
	assert_int_equal(a->count, b->count);
	for (uint8_t i = 0; i < a->count; i++) {
		const struct effect_tunnel *x = &a->tunnels[i], *y = &b->tunnels[i];
		assert_memory_equal(&x->home_address, &y->home_address, 16);
		assert_memory_equal(&x->local.address, &y->local.address, 16);
		assert_memory_equal(&x->remote.address, &y->remote.address, 16);
		assert_true(x->expires == y->expires);
		assert_int_equal(x->local.ifindex, y->local.ifindex);
		assert_int_equal(x->bid, y->bid);
		assert_int_equal(x->priority, y->priority);
		assert_int_equal(x->usable, y->usable);
		assert_int_equal(x->remote.framed, y->remote.framed);
		assert_int_equal(x->encapsulation, y->encapsulation);
		assert_memory_equal(x->remote.link_layer, y->remote.link_layer, LINK_LAYER_OCTETS);
	}
}

/* ---- keeping ---- */

static void test_every_field_is_kept(void **state)
{
	struct place *place = *state;
	struct host_rollback all = kept("2001:db8:100::100", 65535, 1300 * S);

	all.count = BINDINGS_MAX;
	for (uint8_t i = 0; i < BINDINGS_MAX; i++) {
		struct effect_tunnel *one = &all.tunnels[i];
		*one = tunnel("2001:db8:100::100", (uint16_t)(65535 - i), NANOS_NEVER - (i % 2));
		one->priority = (uint8_t)(i + 1);
		one->usable = i % 3 == 0;
		one->remote.framed = i % 2 == 0;
		one->encapsulation = i == 5 ? ENCAP_HOME_LINK : ENCAP_IPV6;
		one->local.ifindex = i % 4 == 3 ? 0x80000001 : 0;
		memset(one->remote.link_layer, i > 4 ? 0xa0 + i : 0, LINK_LAYER_OCTETS);
		one->remote.address.s6_addr[15] = i;
		one->local.address.s6_addr[15] = (uint8_t)(1 + (i > 3));
	}
	put(place->file, &all);
	struct found found = load(place->file);
	assert_int_equal(found.count, 1);
	assert_same(&found.at[0], &all);
}

static void test_the_last_put_counts_and_removed_is_gone(void **state)
{
	struct place *place = *state;
	struct store *store = open_at(place->file);
	struct host_rollback one = kept("2001:db8:100::1", 1, 1300 * S);
	struct host_rollback two = kept("2001:db8:100::2", 2, 1300 * S);

	assert_true(store_is_new(store));
	assert_false(store_dirty(store));
	store_put(store, &one);
	assert_true(store_dirty(store));
	store_put(store, &two);
	assert_int_equal(store_commit(store), 0);
	assert_false(store_dirty(store));
	two.node.sequence = 3;
	two.tunnels[0].expires = 1400 * S;
	store_put(store, &two);
	store_remove(store, &one.node.home_address);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	struct found found = load(place->file);
	assert_int_equal(found.count, 1);
	assert_same(&found.at[0], &two);
}

static void test_what_was_not_committed_is_not_there(void **state)
{
	struct place *place = *state;
	struct host_rollback one = kept("2001:db8:100::1", 1, 1300 * S);
	struct host_rollback two = kept("2001:db8:100::2", 2, 1300 * S);

	put(place->file, &one);
	struct store *store = open_at(place->file);
	store_put(store, &two);
	store_close(store);
	assert_int_equal(load(place->file).count, 1);
}

/* RFC 6275 9.5.1: the sequence number outlives the bindings */
static void test_a_node_without_bindings_keeps_its_numbers(void **state)
{
	struct place *place = *state;
	struct host_rollback one = kept("2001:db8:100::1", 77, 0);

	one.count = 0;
	put(place->file, &one);
	struct found found = load(place->file);
	assert_int_equal(found.count, 1);
	assert_same(&found.at[0], &one);
}

static void test_file_and_directory_are_private(void **state)
{
	struct place *place = *state;
	struct stat status;
	struct host_rollback one = kept("2001:db8:100::1", 1, 1300 * S);
	char log[PATH_OCTETS];

	struct store *store = open_at(place->file);
	store_put(store, &one);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(stat(place->file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	snprintf(log, sizeof(log), "%s-wal", place->file);
	assert_int_equal(stat(log, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	store_close(store);
}

/* ---- lifetimes ---- */

static nanos expiry_of(const char *path)
{
	struct found found = load(path);

	assert_int_equal(found.count, 1);
	return found.at[0].count ? found.at[0].tunnels[0].expires : 0;
}

static void put_300_s(const char *path)
{
	struct host_rollback one = kept("2001:db8:100::1", 1, today.mono + 300 * S);

	put(path, &one);
}

static void test_in_the_same_boot_the_wall_clock_does_not_matter(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today.mono = 1299 * S;
	today.wall -= 1000000 * S;
	assert_true(expiry_of(place->file) == 1300 * S);
	today.wall += 9000000 * S;
	assert_true(expiry_of(place->file) == 1300 * S);
	today.mono = 1300 * S;
	assert_true(expiry_of(place->file) == 0);
}

static void test_after_a_reboot_the_wall_clock_tells_what_is_left(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today = (struct store_time){20 * S, today.wall + 100 * S, 8};
	assert_true(expiry_of(place->file) == 220 * S);
}

static void test_after_a_reboot_a_lifetime_may_be_over(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today = (struct store_time){20 * S, today.wall + 300 * S, 8};
	assert_true(expiry_of(place->file) == 0);
}

static void test_a_clock_that_was_set_back_extends_nothing(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today = (struct store_time){20 * S, 5 * S, 8}; /* 1970 */
	assert_true(expiry_of(place->file) == 320 * S);
}

static void test_each_reboot_counts_from_the_one_before(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today = (struct store_time){20 * S, today.wall + 250 * S, 8};
	assert_true(expiry_of(place->file) == 70 * S);
	today = (struct store_time){20 * S, today.wall - 250 * S, 9};
	assert_true(expiry_of(place->file) == 70 * S); /* never more than the 50 s that were left */
}

static void test_infinite_lifetimes_stay(void **state)
{
	struct place *place = *state;
	struct host_rollback one = kept("2001:db8:100::1", 1, NANOS_NEVER);

	put(place->file, &one);
	today = (struct store_time){20 * S, today.wall + 100000000 * S, 8};
	assert_true(expiry_of(place->file) == NANOS_NEVER);
}

/* The same boot, but a clock that says less: another time namespace, a machine brought back. */
static void test_a_monotonic_clock_that_went_back_counts_as_a_reboot(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today.mono = 10 * S;
	today.wall += 100 * S;
	assert_true(expiry_of(place->file) == 210 * S);
}

/* ---- files that are no store ---- */

static size_t count_aside(const struct place *place, char *ret_name)
{
	char path[PATH_OCTETS];
	struct dirent *entry;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/below", place->directory);
	DIR *directory = opendir(path);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (strncmp(entry->d_name, "store.db.", 9) != 0 || strstr(entry->d_name, "-wal") ||
			strstr(entry->d_name, "-count"))
			continue;
		count++;
		if (ret_name)
			snprintf(ret_name, 2 * PATH_OCTETS, "%s/%s", path, entry->d_name);
	}
	closedir(directory);
	return count;
}

static void change(const char *path, off_t at, const void *octets, size_t length)
{
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, octets, length, at), length);
	close(fd);
}

static size_t size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return (size_t)status.st_size;
}

/* A new store is there, which works; the old file is beside it, and the reason names it. */
static void assert_set_aside(const struct place *place, size_t count)
{
	char name[2 * PATH_OCTETS];
	struct store *store = open_at(place->file);

	assert_true(store_is_new(store));
	assert_int_equal(all_of(store).count, 0);
	assert_int_equal(count_aside(place, name), count);
	assert_non_null(strstr(store_reason(store), "set aside as "));
	store_close(store);
	put_300_s(place->file);
	assert_int_equal(load(place->file).count, 1);
}

static void test_text_is_set_aside(void **state)
{
	struct place *place = *state;
	char octets[16384], name[2 * PATH_OCTETS];

	put_300_s(place->file);
	memset(octets, 'x', sizeof(octets));
	change(place->file, 0, octets, sizeof(octets));
	assert_set_aside(place, 1);
	count_aside(place, name);
	assert_int_equal(size_of(name), sizeof(octets));
}

/* Twice within a second: none overwrites the other. */
static void test_what_was_set_aside_stays(void **state)
{
	struct place *place = *state;

	for (size_t times = 1; times <= 3; times++) {
		put_300_s(place->file);
		change(place->file, 0, "no SQLite file", 14);
		assert_set_aside(place, times);
	}
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_a_newer_version_is_set_aside(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	run_sql(place->file, "PRAGMA user_version = 3");
	assert_set_aside(place, 1);
}

static void test_somebody_elses_database_is_set_aside(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	assert_int_equal(unlink(place->file), 0);
	run_sql(place->file, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
	assert_set_aside(place, 1);
}

/* By its numbers it is ours, but no statement fits it. */
static void test_a_store_with_another_table_is_set_aside(void **state)
{
	static const char *const changes[] = {
		"DROP TABLE node",
		"ALTER TABLE node DROP COLUMN checksum",
		"ALTER TABLE node ADD COLUMN more INTEGER NOT NULL DEFAULT 0",
		"CREATE TRIGGER hurdle BEFORE INSERT ON node BEGIN SELECT * FROM nowhere; END",
	};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		put_300_s(place->file);
		run_sql(place->file, changes[i]);
		assert_set_aside(place, i + 1);
	}
}

/* SQLite's own header (its file format, 1.3): made by an SQLite that is yet to come. */
static void test_a_database_of_a_later_format_is_set_aside(void **state)
{
	const off_t write_version = 18, read_version = 19, schema_format = 47;
	const off_t places[] = {write_version, read_version, schema_format};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		put_300_s(place->file);
		change(place->file, places[i], "\x09", 1);
		assert_set_aside(place, i + 1);
	}
}

/* Its rows are taken as they are, and counted from then on. */
static void test_the_version_before_is_taken_over(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	run_sql(place->file, "DROP TABLE total; PRAGMA user_version = 1");
	for (int i = 0; i < 2; i++) {
		struct store *store = open_at(place->file);
		assert_false(store_is_new(store));
		assert_string_equal(store_reason(store), "");
		assert_int_equal(all_of(store).count, 1);
		store_close(store);
	}
	run_sql(place->file, "DELETE FROM node");
	struct store *store = open_at(place->file);
	assert_non_null(strstr(store_reason(store), "of 1 home addresses 0 are left"));
	store_close(store);
	store = open_at(place->file);
	assert_string_equal(store_reason(store), "");
	store_close(store);
}

static void test_an_empty_file_becomes_a_store(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	assert_int_equal(truncate(place->file, 0), 0);
	struct store *store = open_at(place->file);
	assert_true(store_is_new(store));
	assert_int_equal(count_aside(place, NULL), 0);
	store_close(store);
}

static void fill(const char *path, unsigned int nodes)
{
	struct store *store = open_at(path);

	for (unsigned int i = 0; i < nodes; i++) {
		struct host_rollback one = kept("2001:db8:100::", (uint16_t)i, 1300 * S);
		one.node.home_address.s6_addr[14] = (uint8_t)(i >> 8);
		one.node.home_address.s6_addr[15] = (uint8_t)i;
		store_put(store, &one);
	}
	assert_int_equal(store_commit(store), 0);
	store_close(store);
}

static size_t seen;

static void count_up(void *ctx, const struct host_rollback *each)
{
	(void)ctx;
	(void)each;
	seen++;
}

/*
 * Wherever octets of a page are overwritten: the rows that are found are those that were put in, or
 * the file is set aside. Never less, never others.
 */
static void test_octets_overwritten_anywhere_are_found_out(void **state)
{
	enum { NODES = 300 };
	struct place *place = *state;
	size_t aside = 0, length;

	fill(place->file, NODES);
	length = size_of(place->file);
	for (size_t at = 0; at + 8 < length; at += 397) {
		char saved[256], command[3 * PATH_OCTETS];
		snprintf(saved, sizeof(saved), "%s-saved", place->file);
		snprintf(command, sizeof(command), "cp %s %s", place->file, saved);
		assert_int_equal(system(command), 0);
		change(place->file, (off_t)at, "\xde\xad\xbe\xef\xde\xad\xbe\xef", 8);
		struct store *store = open_at(place->file);
		seen = 0;
		assert_int_equal(store_load(store, count_up, NULL), 0);
		aside += store_is_new(store);
		if (seen != (store_is_new(store) ? 0 : NODES))
			fail_msg("overwritten at %zu: %zu rows", at, seen);
		store_close(store);
		snprintf(command, sizeof(command), "rm -f %s*-wal; mv %s %s", place->file, saved,
			place->file);
		assert_int_equal(system(command), 0);
	}
	assert_true(aside > length / 397 / 2);
}

/* SQLite's file format, 1.6: a leaf of an index, and how many rows it has. */
#define PAGE_OCTETS 4096
#define PAGE_LEAF 0x0a

static void test_a_page_that_hides_a_row_is_found_out(void **state)
{
	struct place *place = *state;
	uint8_t header[5];

	fill(place->file, 300);
	int fd = open(place->file, O_RDONLY);
	off_t at = 0;
	do {
		at += PAGE_OCTETS;
		assert_int_equal(pread(fd, header, sizeof(header), at), sizeof(header));
	} while (header[0] != PAGE_LEAF);
	close(fd);
	header[4]--;
	change(place->file, at, header, sizeof(header));
	assert_set_aside(place, 1);
}

/* ---- two of us, and files that go ---- */

static void test_a_second_process_is_told_so(void **state)
{
	struct place *place = *state;
	struct store *store = open_at(place->file), *second;
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		int error = store_open_at(place->file, false, clock_of_test, &second);
		_exit(error == -EBUSY && !store_works(second) &&
					strstr(store_reason(second), "another process has it")
				? 0
				: 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(count_aside(place, NULL), 0);
	store_close(store);
}

static void test_a_file_that_was_deleted_fails_the_commit(void **state)
{
	struct place *place = *state;
	struct store *store = open_at(place->file);
	struct host_rollback one = kept("2001:db8:100::1", 1, 1300 * S);

	assert_int_equal(unlink(place->file), 0);
	store_put(store, &one);
	assert_int_equal(store_commit(store), -ENOENT);
	assert_false(store_works(store));
	store_put(store, &one);
	assert_false(store_dirty(store));
	assert_int_equal(store_commit(store), -ENOENT);
	assert_int_equal(store_retry(store), 0);
	assert_true(store_works(store) && store_is_new(store));
	store_put(store, &one);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	assert_int_equal(load(place->file).count, 1);
}

/* What is committed is there, and nowhere else yet. */
static void test_a_log_that_was_deleted_or_replaced_fails_the_commit(void **state)
{
	struct place *place = *state;
	struct host_rollback one = kept("2001:db8:100::1", 1, 1300 * S);
	char log[PATH_OCTETS];

	snprintf(log, sizeof(log), "%s-wal", place->file);
	for (int replaced = 0; replaced < 2; replaced++) {
		struct store *store = open_at(place->file);
		assert_int_equal(unlink(log), 0);
		if (replaced)
			close(open(log, O_CREAT | O_WRONLY, 0600));
		store_put(store, &one);
		assert_int_equal(store_commit(store), replaced ? -ESTALE : -ENOENT);
		assert_false(store_works(store));
		assert_int_equal(store_retry(store), 0);
		store_put(store, &one);
		assert_int_equal(store_commit(store), 0);
		store_close(store);
		assert_int_equal(load(place->file).count, 1);
	}
}

static void delete_file(void *ctx, const struct host_rollback *each)
{
	const struct place *place = ctx;

	assert_int_equal(each->count, 1);
	assert_int_equal(unlink(place->file), 0);
}

/* What is written anew after a reboot cannot be: then nothing is promised of what was read. */
static void test_a_load_whose_commit_fails_says_so(void **state)
{
	struct place *place = *state;

	put_300_s(place->file);
	today.boot++;
	struct store *store = open_at(place->file);
	assert_int_equal(store_load(store, delete_file, place), -ENOENT);
	assert_false(store_works(store) || store_dirty(store));
	assert_true(store_reason(store)[0] != '\0');
	assert_int_equal(store_load(store, delete_file, place), -ENOENT);
	assert_int_equal(store_retry(store), 0);
	store_close(store);
}

static void test_a_directory_is_no_store(void **state)
{
	struct place *place = *state;
	struct store *store = NULL;

	assert_int_equal(store_open_at(place->directory, false, clock_of_test, &store), -EISDIR);
	assert_false(store_works(store));
	assert_true(store_reason(store)[0] != '\0');
	store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_every_field_is_kept),
		TEST(test_the_last_put_counts_and_removed_is_gone),
		TEST(test_what_was_not_committed_is_not_there),
		TEST(test_a_node_without_bindings_keeps_its_numbers),
		TEST(test_file_and_directory_are_private),
		TEST(test_in_the_same_boot_the_wall_clock_does_not_matter),
		TEST(test_after_a_reboot_the_wall_clock_tells_what_is_left),
		TEST(test_after_a_reboot_a_lifetime_may_be_over),
		TEST(test_a_clock_that_was_set_back_extends_nothing),
		TEST(test_each_reboot_counts_from_the_one_before),
		TEST(test_infinite_lifetimes_stay),
		TEST(test_a_monotonic_clock_that_went_back_counts_as_a_reboot),
		TEST(test_text_is_set_aside),
		TEST(test_what_was_set_aside_stays),
		TEST(test_a_newer_version_is_set_aside),
		TEST(test_somebody_elses_database_is_set_aside),
		TEST(test_a_store_with_another_table_is_set_aside),
		TEST(test_a_database_of_a_later_format_is_set_aside),
		TEST(test_the_version_before_is_taken_over),
		TEST(test_an_empty_file_becomes_a_store),
		TEST(test_octets_overwritten_anywhere_are_found_out),
		TEST(test_a_page_that_hides_a_row_is_found_out),
		TEST(test_a_second_process_is_told_so),
		TEST(test_a_file_that_was_deleted_fails_the_commit),
		TEST(test_a_log_that_was_deleted_or_replaced_fails_the_commit),
		TEST(test_a_load_whose_commit_fails_says_so),
		TEST(test_a_directory_is_no_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
