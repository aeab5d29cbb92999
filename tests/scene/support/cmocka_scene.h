/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmocka with what it wants included before it.
 */
#ifndef MONAMI_TESTS_CMOCKA_SCENE_H
#define MONAMI_TESTS_CMOCKA_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#endif
