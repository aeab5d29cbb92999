/* SPDX-License-Identifier: BSD-2-Clause */
#include "pins.h"
#include "../host/process.h"

#include "../../bpf/abi.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int pins_prepare(const char *directory, int *ret_lock)
{
	struct statfs filesystem;
	int lock;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (statfs(directory, &filesystem) < 0)
		return -errno;
	if (filesystem.f_type != BPF_FS_MAGIC)
		return -EMEDIUMTYPE;
	lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		int error = errno == EWOULDBLOCK ? -EBUSY : -errno;

		close(lock);
		return error;
	}
	*ret_lock = lock;
	return 0;
}

/* The directory, or the one above it if it does not exist. */
static int look_at_filesystem(const char *directory)
{
	struct statfs filesystem;
	char above[PATH_MAX];
	char *slash;

	if (statfs(directory, &filesystem) < 0) {
		if (errno != ENOENT || snprintf(above, sizeof(above), "%s", directory) >= PATH_MAX)
			return -errno;
		slash = strrchr(above, '/');
		if (!slash)
			return -ENOENT;
		slash[slash == above] = '\0';
		if (statfs(above, &filesystem) < 0)
			return -errno;
	}
	return filesystem.f_type == BPF_FS_MAGIC ? 0 : -EMEDIUMTYPE;
}

int pins_look(const char *directory, pid_t *ret_holder)
{
	int result = look_at_filesystem(directory);
	struct stat status;
	int lock;

	*ret_holder = 0;
	if (result < 0)
		return result;
	lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		result = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (result == -EBUSY && fstat(lock, &status) == 0)
		*ret_holder = process_of_lock(&status);
	close(lock);
	return result;
}

/* Not pinned: the programs' constants, which may differ from the last daemon's; the memory of a
 * walk through headers, which is empty between packets; fragments and shared traffic, which are soon too old. */
static bool is_pinned(const struct bpf_map *map)
{
	static const char *const others[] = {
		"walks", "fragments", "shared", "fragment_sources", "fragment_rates"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(bpf_map__name(map), others[i]) == 0)
			return false;
	return !bpf_map__is_internal(map);
}

static bool same_layout(const struct bpf_map *map, const struct bpf_map_info *info)
{
	return info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
	       info->value_size == bpf_map__value_size(map) &&
	       info->max_entries == bpf_map__max_entries(map) &&
	       info->map_flags == bpf_map__map_flags(map);
}

/* What is in the directory by the name of a map: 0 if it fits, else one of these, or -errno. */
enum {
	OTHER = 1,
	NOTHING = 2,
};

static int check_version(int fd)
{
	uint32_t first = 0;
	uint32_t version = 0;
	int result = bpf_map_lookup_elem(fd, &first, &version);

	if (result < 0)
		return result;
	return version == ABI_VERSION ? 0 : OTHER;
}

static int check_map(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int result = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (result == 0 && !same_layout(map, &info))
		result = OTHER;
	if (result == 0 && strcmp(bpf_map__name(map), "version") == 0)
		result = check_version(fd);
	return result;
}

/* Bindings must not be given up because the kernel could not be asked about them. */
static int check(const struct bpf_map *map)
{
	int fd = bpf_obj_get(bpf_map__pin_path(map));

	if (fd < 0)
		return fd == -ENOENT ? NOTHING : fd;
	int result = check_map(map, fd);
	close(fd);
	return result;
}

int pins_remove(struct bpf_object *object, const struct bpf_map *keep)
{
	struct bpf_map *map;
	int result = 0;

	bpf_object__for_each_map(map, object)
	{
		if (!is_pinned(map) || !bpf_map__pin_path(map) || map == keep)
			continue;
		if (unlink(bpf_map__pin_path(map)) < 0 && errno != ENOENT)
			result = -errno;
	}
	return result;
}

static int path_of(const struct bpf_map *map, const char *directory, char ret[PATH_MAX])
{
	int length = snprintf(ret, PATH_MAX, "%s/%s", directory, bpf_map__name(map));

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* What is found fits only if all of it does. */
static void forget_paths(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (is_pinned(map))
			bpf_map__set_pin_path(map, NULL);
	}
}

int pins_assign(struct bpf_object *object, const char *directory, bool *ret_found)
{
	char path[PATH_MAX];
	struct bpf_map *map;
	bool found = true;
	bool any = false;

	bpf_object__for_each_map(map, object)
	{
		if (!is_pinned(map))
			continue;
		int result = path_of(map, directory, path);
		if (result == 0)
			result = bpf_map__set_pin_path(map, path);
		if (result == 0)
			result = check(map);
		if (result < 0)
			return result;
		found = found && result == 0;
		any = any || (result != NOTHING && strcmp(bpf_map__name(map), "links") != 0);
	}
	if (!found)
		forget_paths(object);
	*ret_found = found;
	return any && !found ? 1 : 0;
}

int pins_open(const struct bpf_map *map, const char *directory)
{
	char path[PATH_MAX];
	int result = path_of(map, directory, path);
	int fd = result < 0 ? result : bpf_obj_get(path);

	if (fd < 0)
		return fd;
	result = check_map(map, fd);
	if (result == 0)
		return fd;
	close(fd);
	return result < 0 ? result : -ENOENT;
}

static int replace(struct bpf_map *map, const char *directory)
{
	char path[PATH_MAX];
	int result = path_of(map, directory, path);

	if (result == 0 && unlink(path) < 0 && errno != ENOENT)
		result = -errno;
	return result < 0 ? result : bpf_map__pin(map, path);
}

/* By the system call: bpf_map__pin() refuses a map that it has pinned before. */
int pins_put_back(struct bpf_object *object, const char *directory)
{
	struct bpf_map *map;
	int back = 0;

	bpf_object__for_each_map(map, object)
	{
		const char *path = is_pinned(map) ? bpf_map__pin_path(map) : NULL;
		if (!path || access(path, F_OK) == 0 || errno != ENOENT)
			continue;
		if (mkdir(directory, 0700) < 0 && errno != EEXIST)
			return -errno;
		int result = bpf_obj_pin(bpf_map__fd(map), path);
		if (result < 0)
			return result;
		back = 1;
	}
	return back;
}

int pins_replace(struct bpf_object *object, const char *directory)
{
	struct bpf_map *map;
	int result = 0;

	bpf_object__for_each_map(map, object)
	{
		if (result == 0 && is_pinned(map))
			result = replace(map, directory);
	}
	if (result < 0)
		pins_remove(object, NULL);
	return result;
}
