/* SPDX-License-Identifier: BSD-2-Clause */
/* outer_fragment.c: RFC 8200 4.5, RFC 2473 7.1 b. */
#include "../../../src/io/dataplane/outer_fragment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT (1u << 20)

static uint8_t outer[4096];

/* An outer packet with so many octets of payload. */
static struct octets outer_of(uint16_t payload)
{
	memset(outer, 0, 40);
	outer[0] = 0x6b;
	outer[1] = 0x91;
	outer[4] = (uint8_t)(payload >> 8);
	outer[5] = (uint8_t)payload;
	outer[6] = 41;
	outer[7] = 64;
	memset(outer + 8, 0xaa, 16);
	memset(outer + 24, 0xbb, 16);
	for (int i = 0; i < payload; i++)
		outer[40 + i] = (uint8_t)(i * 7);
	return (struct octets){outer, 40u + payload};
}

static void cuts_in_two(void **state)
{
	/* and of the first one, a multiple of eight */
	static const uint16_t payloads[] = {1241, 1280, 2464}, firsts[] = {624, 640, 1232};
	struct outer_fragments fragments;

	(void)state;
	for (int i = 0; i < 3; i++) {
		const uint16_t left = (uint16_t)(payloads[i] - firsts[i]);
		const uint8_t first[] = {41, 0, 0x00, 0x01, 0xde, 0xad, 0xbe, 0xef};
		const uint8_t second[] = {41, 0, (uint8_t)(firsts[i] >> 8), (uint8_t)firsts[i],
			0xde, 0xad, 0xbe, 0xef};

		assert_true(outer_fragment(outer_of(payloads[i]), 0xdeadbeef, &fragments));
		assert_int_equal(fragments.length[0], 48 + firsts[i]);
		assert_int_equal(fragments.length[1], 48 + left);
		for (int which = 0; which < 2; which++) {
			const uint8_t *octets = fragments.octets[which];
			const size_t length = fragments.length[which] - 40;

			assert_memory_equal(octets, outer, 4);
			assert_int_equal(octets[4] << 8 | octets[5], length);
			assert_int_equal(octets[6], 44);
			assert_memory_equal(octets + 7, outer + 7, 33);
		}
		assert_memory_equal(fragments.octets[0] + 40, first, 8);
		assert_memory_equal(fragments.octets[1] + 40, second, 8);
		assert_memory_equal(fragments.octets[0] + 48, outer + 40, firsts[i]);
		assert_memory_equal(fragments.octets[1] + 48, outer + 40 + firsts[i], left);
	}
}

static void refuses_others(void **state)
{
	struct outer_fragments fragments;

	(void)state;
	assert_false(outer_fragment(outer_of(1240), 1, &fragments));
	assert_false(outer_fragment(outer_of(2465), 1, &fragments));
}

/* ---- identifications ---- */

static void fill(void *ctx, void *to, size_t length)
{
	memset(to, *(const int *)ctx, length);
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void identifications_do_not_repeat(void **state)
{
	int with = 0xff; /* the count begins at its end */
	const struct core_port port = {.ctx = &with, .random = fill};
	uint32_t *numbers = calloc(COUNT, sizeof(*numbers));
	struct identifications identifications;
	uint32_t close = 0;

	(void)state;
	assert_non_null(numbers);
	identifications_init(&identifications, &port);
	for (uint32_t i = 0; i < COUNT; i++) {
		numbers[i] = identifications_next(&identifications);
		/* RFC 7739 3: one tells nothing of the next */
		if (i > 0 && numbers[i] - numbers[i - 1] + 1000 < 2000)
			close++;
	}
	assert_in_range(close, 0, 10);
	qsort(numbers, COUNT, sizeof(*numbers), compare);
	for (uint32_t i = 1; i < COUNT; i++)
		assert_true(numbers[i] != numbers[i - 1]);
	free(numbers);
}

static void identifications_depend_on_the_key(void **state)
{
	int with = 1;
	const struct core_port port = {.ctx = &with, .random = fill};
	struct identifications one, other;

	(void)state;
	identifications_init(&one, &port);
	with = 2;
	identifications_init(&other, &port);
	other.count = one.count;
	assert_true(identifications_next(&one) != identifications_next(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_in_two),
		cmocka_unit_test(refuses_others),
		cmocka_unit_test(identifications_do_not_repeat),
		cmocka_unit_test(identifications_depend_on_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
