/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame's way through a bench, and what must have become of it.
 */
#ifndef MONAMI_TESTS_PASSAGE_H
#define MONAMI_TESTS_PASSAGE_H

#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define REDIRECT 7 /* TC_ACT_REDIRECT */

/* What a test puts in, what is to come out, and what did. */
extern struct bench bench;
extern struct frame in, expected, out;

/* Frames without octets: at the beginning of each test. */
void passage_clear(void);
/* For cmocka: closes the bench. */
int passage_end(void **state);

void assert_frame(const struct frame *);
/* The link takes `in` as it is, and nobody is told. */
void assert_left_alone(void);
/* It ends here, and the daemon is told, with the whole packet. */
void assert_event(uint32_t type);
/* The same, where a tunnel may have said before that it is active. */
void assert_last_event(uint32_t type);
/* The daemon hears of it, and the kernel sees it. */
void assert_heard(void);

#endif
