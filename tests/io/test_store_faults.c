/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every system call of the store fails once, at each of its places, SQLite's too: no good file is
 * set aside, nothing that was kept is lost, no file stays open, and the next attempt succeeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/io/store/store.h"
#include "fault_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERRORS_MAX 5
#define PATH_OCTETS 512
#define GARBAGE "this is no store, nor anything else that SQLite knows"

struct call {
	const char *name;
	int errors[ERRORS_MAX]; /* that it may return; ends with 0 */
};

/* Of this process there is one for each trial: SQLite must not remember. */
static struct trial {
	const char *call;
	long nth; /* 0: none fails */
	int error;
} trial;

static char directory[64], file[128];
static long *calls;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s() %ld, %s: line %d: " #condition "\n", trial.call,     \
				trial.nth, strerrorname_np(trial.error), __LINE__);                \
			_exit(EXIT_FAILURE);                                                       \
		}                                                                                  \
	} while (0)

static void begin(void)
{
	fault_begin(trial.call, trial.nth, trial.error);
}

static void end(void)
{
	*calls += fault_end();
}

static void remove_all(void)
{
	char command[PATH_OCTETS];

	snprintf(command, sizeof(command), "rm -rf %s/*", directory);
	assert_int_equal(system(command), 0);
}

static void in_process(void (*body)(void))
{
	int status;

	*calls = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		body();
		_exit(EXIT_SUCCESS);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	remove_all();
}

static void each_error(const struct call *call, void (*body)(void))
{
	trial = (struct trial){.call = call->name};
	in_process(body);
	long places = *calls;
	assert_true(places > 0);
	for (const int *error = call->errors; *error != 0; error++) {
		for (long nth = 1; nth <= places; nth++) {
			trial = (struct trial){call->name, nth, *error};
			in_process(body);
		}
	}
}

static void each_fault(const struct call *of, size_t count, void (*body)(void))
{
	for (size_t i = 0; i < count; i++)
		each_error(&of[i], body);
}

#define EACH_FAULT(of, body) each_fault(of, sizeof(of) / sizeof((of)[0]), body)

/* ---- what is there ---- */

static size_t entries_of(const char *path)
{
	DIR *entries = opendir(path);
	size_t count = 0;

	if (!entries)
		return 0;
	while (readdir(entries))
		count++;
	closedir(entries);
	return count - 2;
}

static size_t open_files(void)
{
	return entries_of("/proc/self/fd");
}

/* Files by whose name one was set aside. */
static size_t set_aside(void)
{
	char below[PATH_OCTETS];

	snprintf(below, sizeof(below), "%s/below", directory);
	DIR *entries = opendir(below);
	size_t count = 0;
	for (const struct dirent *entry; entries && (entry = readdir(entries));)
		count += strncmp(entry->d_name, "store.db.", strlen("store.db.")) == 0;
	if (entries)
		closedir(entries);
	return count;
}

static void put(struct store *store, uint8_t home, uint64_t replay)
{
	const struct record record = {
		.home_address.s6_addr[15] = home,
		.sequence = 5,
		.timestamp = replay,
		.count = 1,
		.bindings[0] = {.expires = NANOS_NEVER, .bid = 1},
	};

	store_put(store, &record);
}

struct found {
	size_t count, bindings;
	uint64_t replay[256];
};

static void find(void *ctx, const struct record *record)
{
	struct found *found = ctx;

	found->count++;
	found->bindings += record->count;
	found->replay[record->home_address.s6_addr[15]] = record->timestamp;
}

static struct found load(struct store *store)
{
	struct found found = {0};

	CHECK(store_load(store, find, &found) == 0);
	CHECK(found.bindings == found.count);
	return found;
}

/* A store that works, at the first attempt or at the second. */
static struct store *open_in_the_end(void)
{
	struct store *store;

	if (store_open(file, true, &store) < 0) {
		CHECK(trial.nth != 0 && !store_works(store) && store_reason(store)[0] != '\0');
		CHECK(store_retry(store) == 0);
	}
	CHECK(store_works(store));
	return store;
}

/* Commits what `again` puts in, at the first attempt or at the second. */
static void commit_in_the_end(struct store *store, void (*again)(struct store *))
{
	again(store);
	if (store_commit(store) == 0)
		return;
	CHECK(trial.nth != 0 && !store_works(store) && store_reason(store)[0] != '\0');
	if (store_retry(store) < 0)
		CHECK(store_retry(store) == 0);
	again(store);
	CHECK(store_commit(store) == 0);
}

static const struct call of_store[] = {
	{"open", {EINTR, EPERM, ENOBUFS}},
	{"fstat", {EPERM, ENOMEM}},
	{"stat", {EPERM, ENOMEM}},
	{"read", {EINTR, EPERM}},
	{"pread", {EINTR, EAGAIN, EPERM}},
	{"pwrite", {EINTR, EAGAIN, EPERM}},
	{"fcntl", {EINTR, EAGAIN, EPERM}},
	{"fdatasync", {EINTR, EPERM}},
	{"unlink", {EPERM, ENOMEM}},
	{"close", {EINTR}},
};

/* ---- a new one ---- */

static void put_two(struct store *store)
{
	put(store, 1, 100);
	put(store, 2, 200);
}

static void put_and_remove(struct store *store)
{
	const struct in6_addr home = {.s6_addr = {[15] = 2}};

	put(store, 3, 300);
	store_remove(store, &home);
}

static void use_new(void)
{
	size_t files = open_files();

	begin();
	struct store *store = open_in_the_end();
	commit_in_the_end(store, put_two);
	commit_in_the_end(store, put_and_remove);
	store_close(store);
	end();
	CHECK(open_files() == files && set_aside() == 0);
	store = open_in_the_end();
	struct found found = load(store);
	CHECK(found.count == 2 && found.replay[1] == 100 && found.replay[3] == 300);
	store_close(store);
}

static const struct call of_new[] = {
	{"mkdir", {EPERM, ENOMEM}},
};

static void a_new_one_works_in_the_end(void **state)
{
	(void)state;
	EACH_FAULT(of_new, use_new);
	EACH_FAULT(of_store, use_new);
}

/* ---- one that is there ---- */

/* As a daemon that is killed leaves it, with a log beside it. */
static void leave(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct store *store = open_in_the_end();

		put_two(store);
		CHECK(store_commit(store) == 0);
		_exit(EXIT_SUCCESS);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static void use_again(void)
{
	struct found found = {0};

	leave();
	size_t files = open_files();
	begin();
	struct store *store = open_in_the_end();
	CHECK(!store_is_new(store));
	if (store_load(store, find, &found) < 0) {
		CHECK(trial.nth != 0 && !store_works(store));
		if (store_retry(store) < 0)
			CHECK(store_retry(store) == 0);
		CHECK(store_load(store, find, &found) == 0);
	}
	store_close(store);
	end();
	CHECK(open_files() == files && set_aside() == 0);
	CHECK(found.replay[1] == 100 && found.replay[2] == 200);
}

static void what_was_kept_is_not_given_up(void **state)
{
	(void)state;
	EACH_FAULT(of_store, use_again);
}

/* ---- one that is none ---- */

static void leave_garbage(const char *name)
{
	FILE *stream = fopen(name, "w");

	CHECK(stream && fputs(GARBAGE, stream) > 0 && fclose(stream) == 0);
}

static size_t octets_of(const char *name)
{
	struct stat status;

	return stat(name, &status) == 0 ? (size_t)status.st_size : 0;
}

/* What SQLite leaves alone when it closes the file. */
static void use_foreign(void)
{
	char below[PATH_OCTETS], beside[PATH_OCTETS];

	snprintf(below, sizeof(below), "%s/below", directory);
	snprintf(beside, sizeof(beside), "%s-shm", file);
	CHECK(mkdir(below, 0700) == 0);
	leave_garbage(file);
	leave_garbage(beside);
	size_t files = open_files();
	begin();
	struct store *store;
	if (store_open(file, true, &store) < 0) {
		CHECK(trial.nth != 0 && store_reason(store)[0] != '\0');
		if (set_aside() == 0) /* neither of the two */
			CHECK(octets_of(file) == strlen(GARBAGE) &&
				octets_of(beside) == strlen(GARBAGE));
		CHECK(store_retry(store) == 0);
	}
	CHECK(store_works(store) && set_aside() == 3); /* and the count of commits */
	put_two(store);
	CHECK(store_commit(store) == 0);
	store_close(store);
	end();
	CHECK(open_files() == files);
}

static const struct call of_setting_aside[] = {
	{"renameat2", {EINTR, EPERM, ENOMEM}},
};

static void file_and_what_lies_beside_it_are_set_aside_as_one(void **state)
{
	(void)state;
	EACH_FAULT(of_setting_aside, use_foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_one_works_in_the_end),
		cmocka_unit_test(what_was_kept_is_not_given_up),
		cmocka_unit_test(file_and_what_lies_beside_it_are_set_aside_as_one),
	};

	/* In memory: nothing here depends on what survives the loss of power. */
	strcpy(directory, "/dev/shm/monami-store.XXXXXX");
	if (!mkdtemp(directory))
		return EXIT_FAILURE;
	snprintf(file, sizeof(file), "%s/below/store.db", directory);
	calls = mmap(
		NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (calls == MAP_FAILED)
		return EXIT_FAILURE;
	int result = cmocka_run_group_tests(tests, NULL, NULL);
	remove_all();
	rmdir(directory);
	return result;
}
