/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After privileges_drop(), where memory is locked beyond a limit that the process could not lift:
 * in a container with CAP_IPC_LOCK and without CAP_SYS_RESOURCE. The kernel then lets no locked
 * memory grow, and ends a process whose stack would have to.
 */
#include "../../../src/io/host/privileges.h"

#include <cap-ng.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT (1UL << 20)
#define LOCKED (16UL << 20)
#define FRAME 4096
#define FRAMES 100 /* more than the 128 kB that a stack has at first */
#define SKIPPED 77

static __attribute__((noinline)) int descend(int frames)
{
	volatile uint8_t frame[FRAME];

	memset((void *)frame, frames, sizeof(frame));
	return frames == 0 ? frame[0] : descend(frames - 1) + frame[FRAME - 1];
}

static _Noreturn void be_child(void)
{
	const struct rlimit limit = {LIMIT, LIMIT};
	const char *what;

	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) ||
		setrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		_exit(SKIPPED);
	capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_RESOURCE);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 ||
		mmap(NULL, LOCKED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			MAP_FAILED)
		_exit(SKIPPED);
	privileges_hide_memory();
	if (privileges_drop(&what) < 0)
		_exit(SKIPPED);
	void *memory = malloc(LOCKED);
	memory = memory ? realloc(memory, 2 * LOCKED) : NULL;
	_exit(memory && descend(FRAMES) > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void stack_grows_after_the_drop(void **state)
{
	int status;

	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be_child();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stack_grows_after_the_drop)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
