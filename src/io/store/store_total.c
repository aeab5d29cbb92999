/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_total.h"

#include "store_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t hash_of(uint64_t hash, uint64_t value)
{
	uint8_t octets[8];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(value >> (8 * i));
	return store_hash(hash, octets, sizeof(octets));
}

uint64_t store_total_checksum(const struct store_total *total)
{
	return hash_of(hash_of(hash_of(STORE_HASH_BEGIN, total->commits), total->rows), total->sum);
}

int store_count_open(const char *path)
{
	char *name;

	if (asprintf(&name, "%s" STORE_COUNT_SUFFIX, path) < 0)
		return -ENOMEM;
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
	int result = fd < 0 ? -errno : fd;
	free(name);
	return result;
}

/* The file's content, in this machine's byte order. */
struct count {
	uint64_t commits;
	uint64_t hash;
};

bool store_count_read(int fd, uint64_t *ret)
{
	struct count count;

	if (pread(fd, &count, sizeof(count), 0) != (ssize_t)sizeof(count) ||
		count.hash != hash_of(STORE_HASH_BEGIN, count.commits))
		return false;
	*ret = count.commits;
	return true;
}

void store_count_write(int fd, uint64_t commits)
{
	const struct count count = {commits, hash_of(STORE_HASH_BEGIN, commits)};

	/* A failure matters only if the store is damaged as well. */
	(void)!pwrite(fd, &count, sizeof(count), 0);
}
