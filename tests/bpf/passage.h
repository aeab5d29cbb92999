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

/* The input of a test, the expected output, and the actual one. */
extern struct bench bench;
extern struct frame in, expected, out;

/* Frames without octets: at the beginning of each test. */
void passage_clear(void);
/* For cmocka: closes the bench. */
int passage_end(void **state);

/* `in` becomes an ICMPv6 error (RFC 4443 3) from a router, about the outer packet that is in `out`,
 * of which so many octets are quoted at most. `detail`: MTU or Pointer. */
void report_sent(uint8_t type, uint8_t code, uint32_t detail, size_t quoted);
/* If an outer packet is expected, it may have the flow label that it has (test_tunnel_errors.c). */
void expect_outer_label(void);
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
