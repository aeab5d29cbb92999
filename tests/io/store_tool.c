/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does with a store what test_store.py says, a line for each command, and answers with a JSON
 * object:
 *
 *     open FILE DURABLE | put HOME PASS | commit | retry | load | run HOMES
 *
 * `run` makes pass after pass until it is killed. Pass N puts N at N % 20 + 1 home addresses, which
 * test_store.py knows, too, and says so when it begins and when it is kept.
 */
#include "../../src/io/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_OCTETS 512

static struct store *store;

static struct record record_of(unsigned int home, uint64_t pass)
{
	struct record ret = {.sequence = (uint16_t)pass, .timestamp = pass};

	ret.home_address.s6_addr[0] = 0x20;
	ret.home_address.s6_addr[14] = (uint8_t)(home >> 8);
	ret.home_address.s6_addr[15] = (uint8_t)home;
	ret.count = (uint8_t)(pass % BINDINGS_MAX);
	for (uint8_t i = 0; i < ret.count; i++) {
		ret.bindings[i] = (struct record_binding){
			.care_of = ret.home_address,
			.expires = NANOS_NEVER,
			.bid = (uint16_t)(i + 1),
		};
		ret.bindings[i].care_of.s6_addr[7] = (uint8_t)pass;
	}
	return ret;
}

static void put(unsigned int home, uint64_t pass)
{
	const struct record one = record_of(home, pass);

	store_put(store, &one);
}

static void answer(int error)
{
	printf("{\"error\": %d, \"works\": %s, \"new\": %s, \"reason\": \"%s\"}\n", error,
		store && store_works(store) ? "true" : "false",
		store && store_is_new(store) ? "true" : "false", store ? store_reason(store) : "");
}

static void show(void *ctx, const struct record *each)
{
	size_t *count = ctx;
	unsigned int home = (unsigned int)each->home_address.s6_addr[14] << 8 |
			    each->home_address.s6_addr[15];
	const struct record expected = record_of(home, each->timestamp);
	bool whole = each->count == expected.count && each->sequence == expected.sequence;

	for (uint8_t i = 0; whole && i < each->count; i++)
		whole = memcmp(&each->bindings[i].care_of, &expected.bindings[i].care_of, 16) == 0;
	printf("%s\"%u\": %lld", *count == 0 ? "" : ", ", home,
		whole ? (long long)each->timestamp : -1);
	(*count)++;
}

static void load(void)
{
	size_t count = 0;

	printf("{\"kept\": {");
	int error = store_load(store, show, &count);
	printf("}, \"error\": %d}\n", error);
}

static void run(unsigned int homes)
{
	for (uint64_t pass = 1;; pass++) {
		printf("begin %llu\n", (unsigned long long)pass);
		fflush(stdout);
		for (uint64_t i = 0; i <= pass % 20; i++)
			put((unsigned int)((pass * 7 + i * 13) % homes), pass);
		if (store_commit(store) < 0)
			exit(EXIT_FAILURE);
		printf("kept %llu\n", (unsigned long long)pass);
		fflush(stdout);
	}
}

static bool obey(char *line)
{
	char file[LINE_OCTETS];
	unsigned int number, pass;

	if (sscanf(line, "open %s %u", file, &number) == 2)
		answer(store_open(file, number != 0, &store));
	else if (sscanf(line, "put %u %u", &number, &pass) == 2)
		put(number, pass);
	else if (strcmp(line, "commit\n") == 0)
		answer(store_commit(store));
	else if (strcmp(line, "retry\n") == 0)
		answer(store_retry(store));
	else if (strcmp(line, "load\n") == 0)
		load();
	else if (sscanf(line, "run %u", &number) == 1)
		run(number);
	else
		return false;
	fflush(stdout);
	return true;
}

int main(void)
{
	char line[LINE_OCTETS];

	while (fgets(line, sizeof(line), stdin))
		if (!obey(line))
			return EXIT_FAILURE;
	store_close(store);
	return EXIT_SUCCESS;
}
