/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that fail when a test says so, once. Within a test, fault_begin() says it; preloaded
 * into another program, the environment does: the FAULT_NTH call of the function FAULT_CALL fails
 * with FAULT_ERRNO, and at the end, how many calls of it there were goes into the file FAULT_COUNT.
 * What libraries call fails, too.
 */
#include "fault_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LARGE_PROGRAM 100 /* instructions */

static struct {
	const char *name; /* NULL: nothing is counted */
	long calls, nth;
	int error;
} fault;

void fault_begin(const char *name, long nth, int error)
{
	fault.name = name;
	fault.calls = 0;
	fault.nth = nth;
	fault.error = error;
}

long fault_end(void)
{
	fault.name = NULL;
	return fault.calls;
}

bool fault_fails(const char *name)
{
	if (!fault.name || strcmp(fault.name, name) != 0 || ++fault.calls != fault.nth)
		return false;
	errno = fault.error;
	return true;
}

__attribute__((constructor)) static void begin_as_environment_says(void)
{
	const char *name = getenv("FAULT_CALL"), *nth = getenv("FAULT_NTH");
	const char *error = getenv("FAULT_ERRNO");

	if (name && nth && error)
		fault_begin(name, atol(nth), atoi(error));
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAULT_COUNT");
	long calls = fault_end();
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", calls);
	fclose(file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
/* Of functions that headers rename, as open() to open64() with large files. */
#define REAL64(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name "64"))

/* ---- sockets ---- */

int socket(int domain, int type, int protocol)
{
	return fault_fails("socket") ? -1 : REAL(socket)(domain, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	return fault_fails("bind") ? -1 : REAL(bind)(fd, address, length);
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	return fault_fails("getsockname") ? -1 : REAL(getsockname)(fd, address, length);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	return fault_fails("setsockopt") ? -1 : REAL(setsockopt)(fd, level, option, value, length);
}

ssize_t send(int fd, const void *octets, size_t length, int flags)
{
	return fault_fails("send") ? -1 : REAL(send)(fd, octets, length, flags);
}

ssize_t sendto(int fd, const void *octets, size_t length, int flags, const struct sockaddr *to,
	socklen_t to_length)
{
	return fault_fails("sendto") ? -1 : REAL(sendto)(fd, octets, length, flags, to, to_length);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	return fault_fails("sendmmsg") ? -1 : REAL(sendmmsg)(fd, messages, count, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return fault_fails("recvmsg") ? -1 : REAL(recvmsg)(fd, message, flags);
}

/* ---- interfaces ---- */

unsigned int if_nametoindex(const char *name)
{
	return fault_fails("if_nametoindex") ? 0 : REAL(if_nametoindex)(name);
}

char *if_indextoname(unsigned int ifindex, char name[IF_NAMESIZE])
{
	return fault_fails("if_indextoname") ? NULL : REAL(if_indextoname)(ifindex, name);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fault_fails("ioctl") ? -1 : REAL(ioctl)(fd, request, argument);
}

/* ---- files ---- */

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return fault_fails("open") ? -1 : REAL64(open)(path, flags, mode);
}

/* Linux closes it in any case. */
int close(int fd)
{
	bool failed = fault_fails("close");
	int error = errno;
	int result = REAL(close)(fd);

	if (!failed)
		return result;
	errno = error;
	return -1;
}

ssize_t read(int fd, void *octets, size_t length)
{
	return fault_fails("read") ? -1 : REAL(read)(fd, octets, length);
}

ssize_t pread(int fd, void *octets, size_t length, off_t at)
{
	return fault_fails("pread") ? -1 : REAL64(pread)(fd, octets, length, at);
}

ssize_t pwrite(int fd, const void *octets, size_t length, off_t at)
{
	return fault_fails("pwrite") ? -1 : REAL64(pwrite)(fd, octets, length, at);
}

int fdatasync(int fd)
{
	return fault_fails("fdatasync") ? -1 : REAL(fdatasync)(fd);
}

ssize_t readv(int fd, const struct iovec *pieces, int count)
{
	return fault_fails("readv") ? -1 : REAL(readv)(fd, pieces, count);
}

/* Linux never refuses to give a lock back; SQLite would wait ten seconds for its own. */
static bool gives_lock_back(int command, const void *argument)
{
	return command == F_SETLK && ((const struct flock *)argument)->l_type == F_UNLCK;
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!gives_lock_back(command, argument) && fault_fails("fcntl"))
		return -1;
	return REAL64(fcntl)(fd, command, argument);
}

int flock(int fd, int operation)
{
	return fault_fails("flock") ? -1 : REAL(flock)(fd, operation);
}

int stat(const char *path, struct stat *status)
{
	return fault_fails("stat") ? -1 : REAL64(stat)(path, status);
}

int fstat(int fd, struct stat *status)
{
	return fault_fails("fstat") ? -1 : REAL64(fstat)(fd, status);
}

int statfs(const char *path, struct statfs *status)
{
	return fault_fails("statfs") ? -1 : REAL64(statfs)(path, status);
}

int mkdir(const char *path, mode_t mode)
{
	return fault_fails("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

int unlink(const char *path)
{
	return fault_fails("unlink") ? -1 : REAL(unlink)(path);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
	return fault_fails("renameat2") ? -1 : REAL(renameat2)(from, old, to, new, flags);
}

/* ---- memory, events, bpf(), randomness ---- */

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	return fault_fails("mmap") ? MAP_FAILED
				   : REAL64(mmap)(at, length, protection, flags, fd, offset);
}

int epoll_create1(int flags)
{
	return fault_fails("epoll_create1") ? -1 : REAL(epoll_create1)(flags);
}

int epoll_ctl(int fd, int operation, int other, struct epoll_event *event)
{
	return fault_fails("epoll_ctl") ? -1 : REAL(epoll_ctl)(fd, operation, other, event);
}

static bool small_programs;

void fault_small_programs(void)
{
	small_programs = true;
}

static void make_small(union bpf_attr *program)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K}, /* r0 = 0 */
		{.code = BPF_JMP | BPF_EXIT},
	};

	if (program->insn_cnt <= LARGE_PROGRAM)
		return;
	program->insns = (uintptr_t)nothing;
	program->insn_cnt = sizeof(nothing) / sizeof(nothing[0]);
	program->func_info_cnt = 0;
	program->line_info_cnt = 0;
}

/* How libbpf calls bpf(). No system call has more arguments. */
long syscall(long number, ...)
{
	va_list arguments;
	long of[6];

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		of[i] = va_arg(arguments, long);
	va_end(arguments);
	if (fault_fails("syscall"))
		return -1;
	if (small_programs && number == SYS_bpf && of[0] == BPF_PROG_LOAD)
		make_small((union bpf_attr *)of[1]);
	return REAL(syscall)(number, of[0], of[1], of[2], of[3], of[4], of[5]);
}

int getentropy(void *octets, size_t length)
{
	return fault_fails("getentropy") ? -1 : REAL(getentropy)(octets, length);
}
