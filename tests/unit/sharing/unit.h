/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of src/sharing include.
 */
#ifndef MONAMI_TEST_SHARING_UNIT_H
#define MONAMI_TEST_SHARING_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS NANOS_PER_MS

#endif
