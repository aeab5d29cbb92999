/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory each core holds: the linker leads the allocations of the whole program through
 * here (--wrap), and those made while an account is open are counted in it.
 */
#ifndef MONAMI_TESTS_SIM_MEMORY_H
#define MONAMI_TESTS_SIM_MEMORY_H

#include <stddef.h>

/* Octets; NULL: nobody is charged. */
void memory_charge(size_t *account);

#endif
