/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void process_name(pid_t pid, char ret[PROCESS_NAME_OCTETS])
{
	char path[64];
	FILE *file;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(ret, PROCESS_NAME_OCTETS, file))
		ret[strcspn(ret, "\n")] = '\0';
	fclose(file);
}

/* ---- of all processes ---- */

static bool same_network(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat("/proc/self/ns/net", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

static pid_t find_process(bool (*matches)(pid_t, const void *what), const void *what)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	if (!folder)
		return 0;
	while (found == 0 && (entry = readdir(folder))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && same_network(pid) && matches(pid, what))
			found = pid;
	}
	closedir(folder);
	return found;
}

static bool is_called(pid_t pid, const void *name)
{
	char own[PROCESS_NAME_OCTETS];

	process_name(pid, own);
	return strcmp(own, name) == 0;
}

pid_t process_called(const char *name)
{
	return find_process(is_called, name);
}

/* The kernel names the device of each descriptor of a TUN device. */
static bool is_of_tun(const char *path, const char *device)
{
	char line[256], wanted[64];
	FILE *file = fopen(path, "re");
	bool found = false;

	if (!file)
		return false;
	snprintf(wanted, sizeof(wanted), "iff:\t%s\n", device);
	while (!found && fgets(line, sizeof(line), file))
		found = strcmp(line, wanted) == 0;
	fclose(file);
	return found;
}

static bool has_tun(pid_t pid, const void *device)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	folder = opendir(path);
	if (!folder)
		return false;
	while (!found && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)pid, entry->d_name);
		found = is_of_tun(path, device);
	}
	closedir(folder);
	return found;
}

pid_t process_of_tun(const char *device)
{
	return find_process(has_tun, device);
}

/* ---- locks ---- */

pid_t process_of_lock(const struct stat *status)
{
	FILE *file = fopen("/proc/locks", "re");
	unsigned int high, low;
	unsigned long inode;
	char line[256];
	pid_t found = 0;
	int pid;

	if (!file)
		return 0;
	while (found == 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*[^:]: FLOCK %*s %*s %d %x:%x:%lu", &pid, &high, &low, &inode) ==
				4 &&
			inode == status->st_ino && makedev(high, low) == status->st_dev)
			found = pid;
	fclose(file);
	return found;
}
