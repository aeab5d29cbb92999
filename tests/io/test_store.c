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

#include "../../src/core/api/effect.h"
#include "../../src/io/store/store_internal.h"
#include "../../src/io/store/store_total.h"

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

static struct record_binding binding(uint16_t bid, nanos expires)
{
	return (struct record_binding){
		.care_of = address("2001:db8:1::5"),
		.expires = expires,
		.bid = bid,
		.lifetime = 75,
		.priority = PRIORITY_NONE,
		.verified = true,
	};
}

static struct record record(const char *home, uint16_t sequence, nanos expires)
{
	return (struct record){
		.home_address = address(home),
		.home_agent = address("2001:db8:ffff::1"),
		.sequence = sequence,
		.timestamp = UINT64_C(0xfedcba9876543210),
		.subject = 3,
		.count = 1,
		.bindings = {binding(1, expires)},
	};
}

struct found {
	size_t count;
	struct record at[4];
};

static void find(void *ctx, const struct record *each)
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

static void put(const char *path, const struct record *one)
{
	struct store *store = open_at(path);

	store_put(store, one);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
}

static void assert_same(const struct record *a, const struct record *b)
{
	assert_memory_equal(&a->home_address, &b->home_address, 16);
	assert_memory_equal(&a->home_agent, &b->home_agent, 16);
	assert_int_equal(a->subject, b->subject);
	assert_int_equal(a->sequence, b->sequence);
	assert_true(a->timestamp == b->timestamp);
	assert_int_equal(a->count, b->count);
	for (uint8_t i = 0; i < a->count; i++) {
		const struct record_binding *x = &a->bindings[i], *y = &b->bindings[i];
		assert_memory_equal(&x->care_of, &y->care_of, 16);
		assert_true(x->expires == y->expires);
		assert_int_equal(x->bid, y->bid);
		assert_int_equal(x->lifetime, y->lifetime);
		assert_int_equal(x->priority, y->priority);
		assert_int_equal(x->verified, y->verified);
		assert_int_equal(x->home, y->home);
		assert_int_equal(x->has_link_layer, y->has_link_layer);
		assert_memory_equal(x->link_layer, y->link_layer, LINK_LAYER_OCTETS);
	}
}

/* ---- keeping ---- */

static void test_every_field_is_kept(void **state)
{
	struct place *place = *state;
	struct record all = record("2001:db8:100::100", 65535, 1300 * S);

	all.count = BINDINGS_MAX;
	all.subject = UINT32_MAX;
	for (uint8_t i = 0; i < BINDINGS_MAX; i++) {
		struct record_binding *one = &all.bindings[i];
		*one = binding((uint16_t)(65535 - i), NANOS_NEVER - (i % 2));
		one->priority = (uint8_t)(i + 1);
		one->lifetime = (uint16_t)(65535 - i);
		one->verified = i % 3 == 0;
		one->has_link_layer = i % 2 == 0;
		one->home = i == 5;
		memset(one->link_layer, i > 4 ? 0xa0 + i : 0, LINK_LAYER_OCTETS);
		one->care_of.s6_addr[15] = i;
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
	struct record one = record("2001:db8:100::1", 1, 1300 * S);
	struct record two = record("2001:db8:100::2", 2, 1300 * S);

	assert_true(store_is_new(store));
	assert_false(store_dirty(store));
	store_put(store, &one);
	assert_true(store_dirty(store));
	store_put(store, &two);
	assert_int_equal(store_commit(store), 0);
	assert_false(store_dirty(store));
	two.sequence = 3;
	two.bindings[0].expires = 1400 * S;
	store_put(store, &two);
	store_remove(store, &one.home_address);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	struct found found = load(place->file);
	assert_int_equal(found.count, 1);
	assert_same(&found.at[0], &two);
}

static void test_what_was_not_committed_is_not_there(void **state)
{
	struct place *place = *state;
	struct record one = record("2001:db8:100::1", 1, 1300 * S);
	struct record two = record("2001:db8:100::2", 2, 1300 * S);

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
	struct record one = record("2001:db8:100::1", 77, 0);

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
	struct record one = record("2001:db8:100::1", 1, 1300 * S);
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
	return found.at[0].count ? found.at[0].bindings[0].expires : 0;
}

static void put_300_s(const char *path)
{
	struct record one = record("2001:db8:100::1", 1, today.mono + 300 * S);

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
	struct record one = record("2001:db8:100::1", 1, NANOS_NEVER);

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
	char octets[65536], name[2 * PATH_OCTETS];

	put_300_s(place->file);
	size_t length = size_of(place->file);
	assert_true(length <= sizeof(octets));
	memset(octets, 'x', length);
	change(place->file, 0, octets, length);
	assert_set_aside(place, 1);
	count_aside(place, name);
	assert_int_equal(size_of(name), length);
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
	run_sql(place->file, "PRAGMA user_version = 5");
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
		"DROP TABLE records",
		"ALTER TABLE records DROP COLUMN checksum",
		"ALTER TABLE records ADD COLUMN more INTEGER NOT NULL DEFAULT 0",
		"CREATE TRIGGER hurdle BEFORE INSERT ON records BEGIN SELECT * FROM nowhere; END",
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

/* What the program before wrote (`sqlite3 FILE .dump`), at 1000 s of boot 7. */
static const char version_2[] =
	"CREATE TABLE node (home_address BLOB PRIMARY KEY, sequence INTEGER NOT NULL,"
	" replay_accepted INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,"
	" boot INTEGER NOT NULL, bindings BLOB NOT NULL, checksum INTEGER NOT NULL)"
	" WITHOUT ROWID, STRICT;"
	"INSERT INTO node VALUES(X'20010db8010000000000000000000001',7,-81985529216486896,"
	"1000000000000,1790000000000000000,7,X'090a00010000012eae09c80020010db800010000000000000000"
	"000520010db8ffff0000000000000000000100800002ffffffffffffffff20010db80002000000000000000000"
	"05',-6467428876760958431);"
	"INSERT INTO node VALUES(X'20010db8010000000000000000000002',65535,0,"
	"1000000000000,1790000000000000000,7,X'1e800003000001176592e00520010db801000000000000000000"
	"000220010db8ffff000000000000000000010000000402000000000101800004000001176592e00020010db800"
	"0300000000000000000005',-558052954183224846);"
	"INSERT INTO node VALUES(X'20010db8010000000000000000000003',9,5,"
	"1000000000000,1790000000000000000,7,X'',5032174176780310730);"
	"CREATE TABLE total (commits INTEGER NOT NULL, rows INTEGER NOT NULL,"
	" sum INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;"
	"INSERT INTO total VALUES(2,3,-1993307654163872547,-2605744077933101338);"
	"PRAGMA user_version = 2; PRAGMA application_id = 1299148385;";

static void write_version_2(const struct place *place)
{
	char directory[PATH_OCTETS];

	snprintf(directory, sizeof(directory), "%s/below", place->directory);
	assert_int_equal(mkdir(directory, 0700), 0);
	run_sql(place->file, version_2);
	int fd = store_count_open(place->file);
	assert_true(fd >= 0);
	store_count_write(fd, 2);
	close(fd);
}

static void assert_version_2(struct found found)
{
	const struct record expected[] = {
		{
			.home_address = address("2001:db8:100::1"),
			.home_agent = address("2001:db8:ffff::1"),
			.sequence = 7,
			.timestamp = UINT64_C(0xfedcba9876543210),
			.count = 2,
			.bindings = {{.care_of = address("2001:db8:1::5"),
					     .expires = 1300 * S,
					     .bid = 1,
					     .lifetime = 300 / 4,
					     .priority = 10,
					     .verified = true},
				{.care_of = address("2001:db8:2::5"),
					.expires = NANOS_NEVER,
					.bid = 2,
					.lifetime = 65535,
					.priority = PRIORITY_NONE}},
		},
		{
			.home_address = address("2001:db8:100::2"),
			.home_agent = address("2001:db8:ffff::1"),
			.sequence = 65535,
			.count = 2,
			.bindings = {{.care_of = address("2001:db8:100::2"),
					     .expires = 1200 * S + 5,
					     .bid = 3,
					     .lifetime = 200 / 4,
					     .priority = PRIORITY_NONE,
					     .verified = true,
					     .home = true,
					     .has_link_layer = true,
					     .link_layer = {2, 0, 0, 0, 0, 1}},
				{.care_of = address("2001:db8:3::5"),
					.expires = 1200 * S,
					.bid = 4,
					.lifetime = 200 / 4,
					.priority = PRIORITY_NONE,
					.verified = true}},
		},
		{.home_address = address("2001:db8:100::3"), .sequence = 9, .timestamp = 5},
	};

	assert_int_equal(found.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_same(&found.at[i], &expected[i]);
}

static void test_version_2_is_migrated(void **state)
{
	struct place *place = *state;

	write_version_2(place);
	for (int i = 0; i < 2; i++) {
		struct store *store = open_at(place->file);
		assert_false(store_is_new(store));
		assert_string_equal(store_reason(store), "");
		assert_version_2(all_of(store));
		store_close(store);
	}
	run_sql(place->file, "DELETE FROM records");
	struct store *store = open_at(place->file);
	assert_non_null(strstr(store_reason(store), "of 3 home addresses 0 are left"));
	store_close(store);
	store = open_at(place->file);
	assert_string_equal(store_reason(store), "");
	store_close(store);
}

/* The old total finds out what is missing of the old rows. */
static void test_a_row_that_is_missing_before_the_migration_is_said(void **state)
{
	struct place *place = *state;

	write_version_2(place);
	run_sql(place->file, "DELETE FROM node WHERE sequence = 9");
	struct store *store = open_at(place->file);
	assert_non_null(strstr(store_reason(store), "of 3 home addresses 2 are left"));
	assert_int_equal(all_of(store).count, 2);
	store_close(store);
}

static void test_an_old_row_that_is_damaged_is_set_aside(void **state)
{
	struct place *place = *state;

	write_version_2(place);
	run_sql(place->file, "UPDATE node SET sequence = 8 WHERE sequence = 9");
	assert_set_aside(place, 1);
}

static void test_version_1_is_migrated(void **state)
{
	struct place *place = *state;

	write_version_2(place);
	run_sql(place->file, "DROP TABLE total; PRAGMA user_version = 1");
	for (int i = 0; i < 2; i++) {
		struct store *store = open_at(place->file);
		assert_string_equal(store_reason(store), "");
		assert_version_2(all_of(store));
		store_close(store);
	}
}

/* ---- the file as an operator sees it ---- */

#define TABLE_OCTETS 1024

/* The result as sqlite3 prints it: columns between bars, NULL as nothing. */
static void query(const char *path, const char *sql, char *ret)
{
	sqlite3 *db;
	sqlite3_stmt *statement;

	ret[0] = '\0';
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	while (sqlite3_step(statement) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);
			size_t length = strlen(ret);
			snprintf(ret + length, TABLE_OCTETS - length, "%s%s", text ? text : "",
				i + 1 < sqlite3_column_count(statement) ? "|" : "\n");
		}
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	sqlite3_close(db);
}

static void test_views_show_text_while_the_store_is_open(void **state)
{
	struct place *place = *state;
	struct record one = record("2001:db8:100::1", 7, 1300 * S);
	char table[TABLE_OCTETS];

	one.timestamp = (UINT64_C(1790000001) + 2208988800) << 32;
	one.count = 3;
	one.bindings[1] = (struct record_binding){.care_of = address("2001:db8:0:1::"),
		.expires = NANOS_NEVER,
		.bid = 65534,
		.lifetime = 65535,
		.priority = 127};
	one.bindings[2] = (struct record_binding){.care_of = address("2001:db8:100::1"),
		.expires = 1001 * S,
		.bid = 3,
		.lifetime = 65534,
		.verified = true,
		.home = true,
		.has_link_layer = true,
		.link_layer = {2, 0, 0, 0, 0, 0xa1}};
	struct store *store = open_at(place->file);
	store_put(store, &one);
	assert_int_equal(store_commit(store), 0);
	query(place->file, "SELECT * FROM bindings", table);
	assert_string_equal(table,
		"2001:db8:100::1|1|2001:db8:1::5|300|2026-09-21T14:18:20Z||1|0||7\n"
		"2001:db8:100::1|65534|2001:db8:0:1::|||127|0|0||7\n"
		"2001:db8:100::1|3|2001:db8:100::1|262136|2026-09-21T14:13:21Z|0|1|1|0200000000A1|"
		"7\n");
	query(place->file, "SELECT * FROM home_addresses", table);
	assert_string_equal(table, "2001:db8:100::1|2001:db8:ffff::1|3|7|2026-09-21T14:13:21Z|"
				   "2026-09-21T14:13:20Z\n");
	store_close(store);
}

/* RFC 5952, as inet_ntop() writes it. */
static void test_views_shorten_addresses(void **state)
{
	struct place *place = *state;
	struct record one = record("2001:db8:100::1", 7, 1300 * S);
	char table[TABLE_OCTETS], expected[INET6_ADDRSTRLEN + 1];
	struct store *store = open_at(place->file);
	unsigned int random = 5952;

	for (unsigned int zeros = 0; zeros < 256; zeros++) {
		struct in6_addr *care_of = &one.bindings[0].care_of;
		for (unsigned int i = 0; i < 16; i++) {
			random = random * 1664525u + 1013904223u;
			care_of->s6_addr[i] =
				zeros >> (i / 2) & 1 ? 0 : (uint8_t)(random >> 24) >> (i % 2 * 4);
		}
		if (zeros == 255)
			*care_of = in6addr_any;
		/* inet_ntop() writes these with the IPv4 address that they contain. */
		if (IN6_IS_ADDR_V4COMPAT(care_of) || IN6_IS_ADDR_V4MAPPED(care_of))
			continue;
		store_put(store, &one);
		assert_int_equal(store_commit(store), 0);
		inet_ntop(AF_INET6, care_of, expected, sizeof(expected));
		strcat(expected, "\n");
		query(place->file, "SELECT care_of_address FROM bindings", table);
		assert_string_equal(table, expected);
	}
	store_close(store);
}

/* Reading hinders nothing; nobody else writes. */
static void test_others_may_read_but_not_write(void **state)
{
	struct place *place = *state;
	struct record one = record("2001:db8:100::1", 1, 1300 * S);
	struct store *store = open_at(place->file);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			sqlite3_exec(db, "DELETE FROM records", NULL, NULL, NULL), SQLITE_BUSY);
		store_put(store, &one);
		assert_int_equal(
			sqlite3_exec(db, "SELECT * FROM bindings", NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(store_commit(store), 0);
	}
	assert_int_equal(
		sqlite3_exec(db, "BEGIN; SELECT * FROM bindings", NULL, NULL, NULL), SQLITE_OK);
	store_put(store, &one);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	sqlite3_close(db);
	assert_int_equal(load(place->file).count, 1);
}

/* A view of another version, or none, is made anew. */
static void test_views_are_those_of_this_version(void **state)
{
	struct place *place = *state;
	char table[TABLE_OCTETS];

	put_300_s(place->file);
	run_sql(place->file, "DROP VIEW bindings; CREATE VIEW bindings AS SELECT 1;"
			     " DROP VIEW home_addresses");
	assert_int_equal(load(place->file).count, 1);
	query(place->file, "SELECT bid FROM bindings JOIN home_addresses USING (home_address)",
		table);
	assert_string_equal(table, "1\n");
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
		struct record one = record("2001:db8:100::", (uint16_t)i, 1300 * S);
		one.home_address.s6_addr[14] = (uint8_t)(i >> 8);
		one.home_address.s6_addr[15] = (uint8_t)i;
		store_put(store, &one);
	}
	assert_int_equal(store_commit(store), 0);
	store_close(store);
}

static size_t seen;

static void count_up(void *ctx, const struct record *each)
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
	struct record one = record("2001:db8:100::1", 1, 1300 * S);

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
	struct record one = record("2001:db8:100::1", 1, 1300 * S);
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

static void delete_file(void *ctx, const struct record *each)
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

/* ---- flow bindings ---- */

struct found_flows {
	size_t count;
	struct record_flow at[4];
};

static void find_flow(void *ctx, const struct record_flow *each)
{
	struct found_flows *found = ctx;

	assert_true(found->count < 4);
	found->at[found->count++] = *each;
}

static struct found_flows load_flows(const char *path)
{
	struct store *store = open_at(path);
	struct found_flows found = {0};

	assert_int_equal(store_load_flows(store, find_flow, &found), 0);
	store_close(store);
	return found;
}

/* With all fields, or with some of them: none, one of two, ... */
static struct record_flow flow_of(uint16_t fid, uint16_t fields)
{
	struct record_flow ret = {.home_address = address("2001:db8:100::1"), .fid = fid};
	struct traffic_selector *selector = &ret.flow.selector;

	ret.flow.fid = fid;
	ret.flow.priority = (uint16_t)(65535 - fid);
	ret.flow.bids_count = fid % 2 ? BINDINGS_MAX : 1;
	for (uint8_t i = 0; i < ret.flow.bids_count; i++)
		ret.flow.bids[i] = (uint16_t)(65535 - i);
	selector->format = TRAFFIC_SELECTOR_IPV6;
	selector->given = fields;
	for (int field = 0; field < FLOW_FIELDS; field++) {
		if (!(fields & FLOW_BIT(field)))
			continue;
		if (field < FLOW_ADDRESSES)
			selector->addresses[field] = (struct address_range){
				address("2001:db8:5::"), address("2001:db8:5::ff")};
		else
			selector->numbers[field - FLOW_ADDRESSES] =
				(struct number_range){(uint32_t)field, 10 + (uint32_t)field};
	}
	return ret;
}

static void assert_same_flow(const struct record_flow *a, const struct record_flow *b)
{
	assert_memory_equal(&a->home_address, &b->home_address, 16);
	assert_int_equal(a->fid, b->fid);
	assert_int_equal(a->flow.fid, b->flow.fid);
	assert_int_equal(a->flow.priority, b->flow.priority);
	assert_int_equal(a->flow.bids_count, b->flow.bids_count);
	for (uint8_t i = 0; i < a->flow.bids_count; i++)
		assert_int_equal(a->flow.bids[i], b->flow.bids[i]);
	assert_true(traffic_selector_equal(&a->flow.selector, &b->flow.selector));
}

#define ALL_FIELDS ((uint16_t)(FLOW_BIT(FLOW_FIELDS) - 1))

static void put_flows(const char *path, const struct record_flow *flows, size_t count)
{
	struct store *store = open_at(path);
	struct record one = record("2001:db8:100::1", 1, 1300 * S);

	store_put(store, &one);
	for (size_t i = 0; i < count; i++)
		store_put_flow(store, &flows[i]);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
}

static void test_flow_bindings_are_kept(void **state)
{
	struct place *place = *state;
	struct record_flow flows[] = {
		flow_of(1, ALL_FIELDS), flow_of(2, 0), flow_of(65535, FLOW_BIT(FLOW_SOURCE_PORT))};

	put_flows(place->file, flows, 3);
	struct found_flows found = load_flows(place->file);
	assert_int_equal(found.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_same_flow(&found.at[i], &flows[i]);
	/* another one of the same FID; and one that was removed */
	flows[0] = flow_of(1, FLOW_BIT(FLOW_SOURCE));
	flows[1].flow = (struct flow_binding){.fid = 0};
	put_flows(place->file, flows, 2);
	found = load_flows(place->file);
	assert_int_equal(found.count, 2);
	assert_same_flow(&found.at[0], &flows[0]);
	assert_same_flow(&found.at[1], &flows[2]);
	assert_int_equal(load(place->file).count, 1);
}

static void test_all_flow_bindings_are_removed(void **state)
{
	struct place *place = *state;
	const struct record_flow flow = flow_of(1, ALL_FIELDS);

	put_flows(place->file, &flow, 1);
	struct store *store = open_at(place->file);
	store_clear_flows(store);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	assert_int_equal(load_flows(place->file).count, 0);
	assert_int_equal(load(place->file).count, 1);
}

/* The mobile node is told that its home agent does not have it. */
static void test_a_flow_binding_that_is_damaged_is_skipped(void **state)
{
	struct place *place = *state;
	const struct record_flow flows[] = {flow_of(1, ALL_FIELDS), flow_of(2, ALL_FIELDS)};

	put_flows(place->file, flows, 2);
	run_sql(place->file, "UPDATE flows SET protocol = protocol + 1 WHERE fid = 1");
	struct found_flows found = load_flows(place->file);
	assert_int_equal(found.count, 1);
	assert_same_flow(&found.at[0], &flows[1]);
	assert_int_equal(load(place->file).count, 1);
}

static void test_version_3_is_migrated(void **state)
{
	struct place *place = *state;
	const struct record_flow flow = flow_of(1, ALL_FIELDS);

	put_flows(place->file, &flow, 1);
	run_sql(place->file, "DROP VIEW flow_bindings; DROP TABLE flows; PRAGMA user_version = 3");
	assert_int_equal(load(place->file).count, 1);
	assert_int_equal(load_flows(place->file).count, 0);
	put_flows(place->file, &flow, 1);
	assert_int_equal(load_flows(place->file).count, 1);
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
		TEST(test_version_2_is_migrated),
		TEST(test_a_row_that_is_missing_before_the_migration_is_said),
		TEST(test_an_old_row_that_is_damaged_is_set_aside),
		TEST(test_version_1_is_migrated),
		TEST(test_views_show_text_while_the_store_is_open),
		TEST(test_views_shorten_addresses),
		TEST(test_others_may_read_but_not_write),
		TEST(test_views_are_those_of_this_version),
		TEST(test_an_empty_file_becomes_a_store),
		TEST(test_octets_overwritten_anywhere_are_found_out),
		TEST(test_a_page_that_hides_a_row_is_found_out),
		TEST(test_a_second_process_is_told_so),
		TEST(test_a_file_that_was_deleted_fails_the_commit),
		TEST(test_a_log_that_was_deleted_or_replaced_fails_the_commit),
		TEST(test_a_load_whose_commit_fails_says_so),
		TEST(test_a_directory_is_no_store),
		TEST(test_flow_bindings_are_kept),
		TEST(test_all_flow_bindings_are_removed),
		TEST(test_a_flow_binding_that_is_damaged_is_skipped),
		TEST(test_version_3_is_migrated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
