/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that fail when a test says so: as a part of a test, or preloaded (fault_calls.c). */
#ifndef MONAMI_TESTS_FAULT_CALLS_H
#define MONAMI_TESTS_FAULT_CALLS_H

#include <stdbool.h>

/* The nth call from here on of the function of that name fails with `error`, once; 0: none does. */
void fault_begin(const char *name, long nth, int error);
/* How many calls of it there were since fault_begin(). None fails any more. */
long fault_end(void);
/* For functions of a test's own: whether this call of that name fails, with `errno` set. */
bool fault_fails(const char *name);

/* From here on, bpf() loads programs that do nothing instead of large ones, whose verification
 * takes longer than all else that libbpf does. */
void fault_small_programs(void);

#endif
