/* SPDX-License-Identifier: BSD-2-Clause */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The daemon needs less than half of it. */
#define STACK_OCTETS (512 * 1024)

static bool is_locked;

/*
 * A locked stack may not grow beyond the limit of locked memory, and the kernel ends a process
 * whose stack has to. One octet that is touched deep below makes it grow before.
 */
static __attribute__((noinline)) void grow_stack(void)
{
	uint8_t room[STACK_OCTETS];

	explicit_bzero(room, 1);
}

/*
 * Locks all present and future pages. Under a limit of locked memory, later allocations would fail:
 * then only the present pages are locked, which takes CAP_IPC_LOCK. Linux before 5.11 counts eBPF
 * maps against the same limit.
 */
static int lock_pages(void)
{
	const struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit limit;
	int which = MCL_CURRENT | MCL_ONFAULT;

	if (is_locked)
		return 0;
	grow_stack();
	if (setrlimit(RLIMIT_MEMLOCK, &most) == 0 ||
		(getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)) {
		which |= MCL_FUTURE;
		is_locked = true;
	}
	return mlockall(which) < 0 ? -errno : 0;
}

void privileges_hide_memory(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	/* The leak checker of the sanitizers traces its own process. */
#ifndef MONAMI_SANITIZED
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	(void)lock_pages();
}

/* ---- capabilities ---- */

static bool has(unsigned int capability)
{
	return capng_have_capability(CAPNG_PERMITTED, capability) != 0;
}

/* CAP_SYS_ADMIN stays if the process has been started with it and without CAP_BPF or CAP_PERFMON,
 * which it includes. */
static int keep_capabilities(void)
{
	static const unsigned int wanted[] = {CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF, CAP_PERFMON};
	bool kept[CAP_LAST_CAP + 1] = {false};

	if (capng_get_caps_process() != 0)
		return -EPERM;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		kept[wanted[i]] = has(wanted[i]);
	kept[CAP_SYS_ADMIN] = has(CAP_SYS_ADMIN) && !(has(CAP_BPF) && has(CAP_PERFMON));
	const bool bounding = has(CAP_SETPCAP);
	capng_clear(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
	for (unsigned int i = 0; i <= CAP_LAST_CAP; i++)
		if (kept[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, i);
	return capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

/* ---- system calls ---- */

/*
 * System calls that the daemon does not make. The list has denied calls, not allowed ones, since
 * another version of libc, SQLite or OpenSSL may make calls that this one does not, and an allow
 * list would then break a running daemon (ADR 42).
 */
static const int denied[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
#ifndef MONAMI_SANITIZED
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	SCMP_SYS(mount),
	SCMP_SYS(umount),
	SCMP_SYS(umount2),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(fspick),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(syslog),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex),
	SCMP_SYS(stime),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	SCMP_SYS(mknod),
	SCMP_SYS(mknodat),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(name_to_handle_at),
	SCMP_SYS(fanotify_init),
	SCMP_SYS(lookup_dcookie),
	SCMP_SYS(vhangup),
	SCMP_SYS(modify_ldt),
	SCMP_SYS(personality),
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setreuid),
	SCMP_SYS(setregid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(setfsuid),
	SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups),
	SCMP_SYS(migrate_pages),
	SCMP_SYS(move_pages),
};

static int deny_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter ? 0 : -ENOMEM;

	if (filter) {
		/* The filter as a binary search, and without turning on the mitigation of
		 * speculative store bypass. Both attributes may fail: older libraries and kernels
		 * do not have them. */
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	}
	for (size_t i = 0; error == 0 && i < sizeof(denied) / sizeof(denied[0]); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	if (error == 0)
		error = seccomp_load(filter); /* sets no_new_privs, too */
	seccomp_release(filter);
	return error;
}

int privileges_drop(const char **ret_what)
{
	int result = lock_pages(), error = keep_capabilities();

	if (result < 0)
		*ret_what = "locking memory";
	if (error < 0) {
		*ret_what = "capabilities";
		result = error;
	}
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	error = deny_calls();
	if (error < 0) {
		*ret_what = "system call filter";
		result = error;
	}
	return result;
}
