/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine CALLS FAMILIES PROGRAM [ARGUMENT...]
 *
 * Runs a program as systemd would with SystemCallFilter=, SystemCallErrorNumber=EPERM,
 * RestrictAddressFamilies= and MemoryDenyWriteExecute=: CALLS is a file with the names of the calls
 * that are allowed, FAMILIES the numbers of address families, with commas.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAMILIES_MAX 45

static void fail(const char *what)
{
	fprintf(stderr, "confine: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void allow(scmp_filter_ctx filter, const char *path)
{
	char name[128];
	FILE *file = fopen(path, "re");

	if (!file)
		fail(path);
	while (fgets(name, sizeof(name), file)) {
		name[strcspn(name, "\n")] = '\0';
		int call = seccomp_syscall_resolve_name(name);
		/* Of other architectures: not known to this one's library. */
		if (call == __NR_SCMP_ERROR || call == SCMP_SYS(socket) || call == SCMP_SYS(mmap) ||
			call == SCMP_SYS(mprotect))
			continue;
		(void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
	}
	fclose(file);
}

static void allow_families(scmp_filter_ctx filter, char *families)
{
	for (char *family = strtok(families, ","); family; family = strtok(NULL, ","))
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			    SCMP_A0(SCMP_CMP_EQ, strtoul(family, NULL, 10), 0)) != 0)
			fail("socket");
}

static void deny_write_execute(scmp_filter_ctx filter)
{
	const unsigned long both = PROT_WRITE | PROT_EXEC;

	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, both, 0)) != 0 ||
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, both, PROT_WRITE)) != 0 ||
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, both, PROT_EXEC)) != 0 ||
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
		fail("mmap");
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (argc < 4 || !filter)
		return 2;
	allow(filter, argv[1]);
	allow_families(filter, argv[2]);
	deny_write_execute(filter);
	if (seccomp_load(filter) != 0)
		fail("filter");
	execv(argv[3], argv + 3);
	fail(argv[3]);
}
