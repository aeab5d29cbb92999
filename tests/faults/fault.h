/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation of the core fails once. Included before everything else in unit tests and scenes
 * that are built a second time, against a core whose malloc is fault.c's.
 *
 * At each allocation the process forks: the parent goes on as if nothing had happened, the child
 * gets NULL and runs the rest of that one test. The child may fail an assertion of the test (it did
 * not expect to be out of memory), but must not crash, must not leave state half changed, and must
 * not leak:
 *   - core_new() and core_host() that return -ENOMEM leave the core as it was and the outbox empty;
 *     they are called once more, must then succeed, and the test goes on as always;
 *   - after the test, and core_free() of what it left, no allocation of the core is alive.
 *
 * Tests that allocate hundreds of times have some of them fail; `./run faults` lets all.
 */
#ifndef MONAMI_TESTS_FAULT_H
#define MONAMI_TESTS_FAULT_H

#include "../scene/support/cmocka_scene.h"

int fault_run(const char *name, const struct CMUnitTest *, size_t count,
	CMFixtureFunction group_setup, CMFixtureFunction group_teardown);

#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
	fault_run(#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif
