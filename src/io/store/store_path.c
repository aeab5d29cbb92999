/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_path.h"

#include "store_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Octets of the name that a file is set aside by: date, time, number. */
#define ASIDE_OCTETS 64
#define ASIDE_MAX 1000

static int make_directories(struct store_file *file, const char *path)
{
	char *directory = strdup(path);

	if (!directory)
		return store_fail(file, "directory", -ENOMEM);
	int result = 0;
	for (char *at = directory + 1; result == 0 && (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(directory, 0755) < 0 && errno != EEXIST && errno != EROFS)
			result = store_fail(file, "directory", -errno);
		*at = '/';
	}
	free(directory);
	return result;
}

static struct store_identity identity_of(const struct stat *status)
{
	return (struct store_identity){status->st_dev, status->st_ino};
}

/* Only the daemon may read it. The kernel's error tells why a file cannot be written. */
int store_path_make(struct store_file *file, const char *path)
{
	struct stat status;
	int result = make_directories(file, path);

	if (result < 0)
		return result;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return store_fail(file, "opening", -errno);
	result = fstat(fd, &status) < 0 ? -errno : 0;
	if (result == 0 && !S_ISREG(status.st_mode))
		result = -EINVAL;
	close(fd);
	if (result < 0)
		return store_fail(file, "opening", result);
	file->file = identity_of(&status);
	return 0;
}

static int check_identity(
	struct store_file *file, const char *path, const struct store_identity *expected)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return store_fail(file, "the file is gone", -errno);
	if (status.st_dev != expected->device || status.st_ino != expected->inode)
		return store_fail(file, "another file was put in its place", -ESTALE);
	return 0;
}

static const char *log_of(const struct store_file *file)
{
	return sqlite3_filename_wal(sqlite3_db_filename(file->db, "main"));
}

int store_path_find_log(struct store_file *file)
{
	struct stat status;

	if (stat(log_of(file), &status) < 0)
		return store_fail(file, "write-ahead log", -errno);
	file->log = identity_of(&status);
	return 0;
}

int store_path_present(struct store_file *file, const char *path)
{
	int result = check_identity(file, path, &file->file);

	return result < 0 ? result : check_identity(file, log_of(file), &file->log);
}

/* `path``from``part` becomes `path``to``part`, unless there is one by that name. */
static int rename_one(const char *path, const char *from, const char *to, const char *part)
{
	char *old = NULL, *new = NULL;
	int result = -ENOMEM;

	if (asprintf(&old, "%s%s%s", path, from, part) < 0)
		old = NULL;
	if (asprintf(&new, "%s%s%s", path, to, part) < 0)
		new = NULL;
	if (old && new)
		result = renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE) < 0 ? -errno : 0;
	free(old);
	free(new);
	return result;
}

/* Renames the file and SQLite's files beside it, all or none: SQLite would delete a log that stays
 * alone. */
static int rename_all(const char *path, const char *to)
{
	static const char *const parts[] = {"", "-wal", "-shm", "-journal", STORE_COUNT_SUFFIX};
	int result = 0;
	size_t done = 0;

	for (; result == 0 && done < sizeof(parts) / sizeof(parts[0]); done++) {
		result = rename_one(path, "", to, parts[done]);
		if (result == -ENOENT && done > 0)
			result = 0;
	}
	if (result < 0)
		for (done--; done > 0; done--)
			rename_one(path, to, "", parts[done - 1]);
	return result;
}

int store_path_set_aside(struct store_file *file, const char *path, const char *why)
{
	char name[ASIDE_OCTETS], date[ASIDE_OCTETS / 2];
	time_t now = time(NULL);
	struct tm parts;
	int result = -EEXIST;

	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &parts));
	for (unsigned int number = 0; result == -EEXIST && number < ASIDE_MAX; number++) {
		snprintf(name, sizeof(name), ".%s.%u", date, number);
		result = rename_all(path, name);
	}
	if (result < 0)
		return store_fail(file, "setting a file aside", result);
	snprintf(file->reason, sizeof(file->reason), "%s; set aside as %s%s", why, path, name);
	return 0;
}
