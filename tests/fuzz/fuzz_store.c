/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store: octets as the columns of a row, or as damage to a file that a home agent wrote (its
 * database, and the count beside it). A damaged file opens, or is set aside; what it then says can
 * be bound, and what is put in afterwards is kept.
 */
#include "fuzz.h"
#include "input.h"

#include "../../src/io/store/store_row.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODES 3
#define FILES_MAX 4
#define FILE_OCTETS_MAX (64 << 10)

struct image {
	char path[512];
	size_t length;
	uint8_t octets[FILE_OCTETS_MAX];
};

static const struct store_time now = {
	.mono = 1000 * NANOS_PER_SECOND, .wall = UINT64_C(1) << 60, .boot = 7};
static char folder[64], path[128];
static struct image images[FILES_MAX];
static size_t images_count;

static struct store_time tell_now(void)
{
	return now;
}

/* ---- the folder ---- */

static void each_file(void (*each)(const char *path))
{
	DIR *directory = opendir(folder);
	char file[512];

	REQUIRE(directory);
	for (const struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name);
		each(file);
	}
	closedir(directory);
}

static void delete_file(const char *file)
{
	REQUIRE(unlink(file) == 0);
}

static void read_image(const char *file)
{
	struct image *image = &images[images_count++];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, image->octets, sizeof(image->octets));

	REQUIRE(images_count <= FILES_MAX && got > 0 && got < FILE_OCTETS_MAX);
	snprintf(image->path, sizeof(image->path), "%s", file);
	image->length = (size_t)got;
	close(fd);
}

static void write_image(const struct image *image, size_t length)
{
	int fd = open(image->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0 && write(fd, image->octets, length) == (ssize_t)length);
	close(fd);
}

static void delete_folder(void)
{
	each_file(delete_file);
	(void)rmdir(folder);
}

/* ---- what a home agent wrote ---- */

static struct record node(uint8_t number)
{
	struct record record = {
		.home_address = address(1, number),
		.home_agent = address(1, 1),
		.sequence = number,
		.count = number,
	};

	for (uint8_t i = 0; i < record.count; i++)
		record.bindings[i] = (struct record_binding){
			.care_of = address(2, i),
			.bid = i,
			.lifetime = 125,
			.priority = 1,
			.verified = true,
			.expires = now.mono + 500 * NANOS_PER_SECOND,
		};
	return record;
}

static void write_store(void)
{
	struct store *store;

	REQUIRE(store_open_at(path, false, tell_now, &store) == 0);
	for (uint8_t i = 1; i <= NODES; i++) {
		const struct record record = node(i);

		store_put(store, &record);
		REQUIRE(store_commit(store) == 0);
	}
	store_close(store);
}

static void prepare(void)
{
	const char *where = getenv("TMPDIR");

	if (images_count > 0)
		return;
	snprintf(folder, sizeof(folder), "%s/monami-fuzz-XXXXXX", where ? where : "/tmp");
	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/store.db", folder);
	atexit(delete_folder);
	write_store();
	each_file(read_image);
	REQUIRE(images_count > 0);
}

/* ---- what must hold ---- */

static void require_sound(void *ctx, const struct record *record)
{
	size_t *count = ctx;

	REQUIRE(record->count <= BINDINGS_MAX);
	for (uint8_t i = 0; i < record->count; i++)
		REQUIRE(record->bindings[i].expires > now.mono);
	(*count)++;
}

/* Changes octets of the files as the input says: which, where, to what. */
static void damage(struct input *input)
{
	static struct image damaged[FILES_MAX];
	size_t lengths[FILES_MAX];

	memcpy(damaged, images, sizeof(damaged));
	for (size_t i = 0; i < images_count; i++)
		lengths[i] = images[i].length;
	while (input->left > 0) {
		uint8_t which = take(input);
		struct image *image = &damaged[(which & 0x7f) % images_count];
		size_t at = (size_t)take(input) << 8;
		at = (at | take(input)) % image->length;
		if (which & 0x80)
			lengths[image - damaged] = at;
		else
			image->octets[at] = take(input);
	}
	for (size_t i = 0; i < images_count; i++)
		write_image(&damaged[i], lengths[i]);
}

static void use_file(struct input *input)
{
	const struct record more = node(NODES + 1);
	struct store *store;
	size_t before = 0, after = 0;

	each_file(delete_file);
	damage(input);
	int result = store_open_at(path, false, tell_now, &store);
	REQUIRE(result <= 0 && store);
	REQUIRE(store_works(store) == (result == 0));
	if (result == 0 && store_load(store, require_sound, &before) == 0) {
		store_put(store, &more);
		REQUIRE(store_commit(store) == 0);
		REQUIRE(store_load(store, require_sound, &after) == 0);
		REQUIRE(after == before || after == before + 1);
	}
	store_close(store);
}

/* ---- a row ---- */

static void use_row(struct input *input)
{
	struct store_row row = {.at = now}, again, third;
	struct record record;
	size_t count = 0;

	row.home_address = address(1, take(input));
	row.at.boot = take(input) & 1 ? 7 : 8;
	row.at.mono = (nanos)take(input) << 36;
	row.length = input->left < sizeof(row.bindings) ? input->left : sizeof(row.bindings);
	memcpy(row.bindings, input->at, row.length);
	if (!store_row_read(&row, now, &record))
		return;
	require_sound(&count, &record);
	/* what is written of it is read as the same */
	store_row_of(&again, &record, now);
	REQUIRE(again.length <= sizeof(again.bindings));
	REQUIRE(store_row_read(&again, now, &record));
	store_row_of(&third, &record, now);
	REQUIRE(store_row_checksum(&again) == store_row_checksum(&third));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct input input = {octets, length};

	if (take(&input) & 1) {
		prepare();
		use_file(&input);
	} else {
		use_row(&input);
	}
	return 0;
}
