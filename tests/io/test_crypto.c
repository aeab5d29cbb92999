/* SPDX-License-Identifier: BSD-2-Clause */
/* src/io/base/crypto.c against RFC 2202's test cases, and src/io/base/clock.c against the other
 * clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/io/base/clock.h"
#include "../../src/io/base/crypto.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int setup(void **state)
{
	static struct core_port port;

	*state = &port;
	return crypto_port_init(&port);
}

static int teardown(void **state)
{
	crypto_port_fini(*state);
	return 0;
}

/* ---- HMAC_SHA1 ---- */

struct vector {
	const char *key;
	size_t key_length;
	const char *text;
	size_t text_length;
	const char *digest;
};

#define TIMES_10(x) x x x x x x x x x x
#define AA_80 TIMES_10("\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa")
#define LITERAL(x) x, sizeof(x) - 1

/* RFC 2202 3 */
static const struct vector vectors[] = {
	{LITERAL(TIMES_10("\x0b\x0b")), LITERAL("Hi There"),
		"\xb6\x17\x31\x86\x55\x05\x72\x64\xe2\x8b\xc0\xb6\xfb\x37\x8c\x8e\xf1\x46\xbe\x00"},
	{LITERAL("Jefe"), LITERAL("what do ya want for nothing?"),
		"\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf\x9c\x25\x9a\x7c\x79"},
	{LITERAL(TIMES_10("\xaa\xaa")), LITERAL(TIMES_10("\xdd\xdd\xdd\xdd\xdd")),
		"\x12\x5d\x73\x42\xb9\xac\x11\xcd\x91\xa3\x9a\xf4\x8a\xa1\x7b\x4f\x63\xf1\x75\xd3"},
	{LITERAL("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14"
		 "\x15\x16\x17\x18\x19"),
		LITERAL(TIMES_10("\xcd\xcd\xcd\xcd\xcd")),
		"\x4c\x90\x07\xf4\x02\x62\x50\xc6\xbc\x84\x14\xf9\xbf\x50\xc8\x6c\x2d\x72\x35\xda"},
	{LITERAL(TIMES_10("\x0c\x0c")), LITERAL("Test With Truncation"),
		"\x4c\x1a\x03\x42\x4b\x55\xe0\x7f\xe7\xf2\x7b\xe1\xd5\x8b\xb9\x32\x4a\x9a\x5a\x04"},
	{LITERAL(AA_80), LITERAL("Test Using Larger Than Block-Size Key - Hash Key First"),
		"\xaa\x4a\xe5\xe1\x52\x72\xd0\x0e\x95\x70\x56\x37\xce\x8a\x3b\x55\xed\x40\x21\x12"},
	{LITERAL(AA_80),
		LITERAL("Test Using Larger Than Block-Size Key and Larger Than One Block-Size "
			"Data"),
		"\xe8\xe9\x9d\x0f\x45\x23\x7d\x78\x6d\x6b\xba\xa7\x96\x5c\x78\x08\xbb\xff\x1a\x91"},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct octets octets(const char *at, size_t length)
{
	return (struct octets){(const uint8_t *)at, length};
}

/* The text in two pieces, cut at `cut`, and an empty one. */
static void check(const struct core_port *port, const struct vector *vector, size_t cut)
{
	const struct octets pieces[] = {
		octets(vector->text, cut),
		octets(NULL, 0),
		octets(vector->text + cut, vector->text_length - cut),
	};
	uint8_t digest[SHA1_OCTETS];

	assert_int_equal(port->hmac_sha1(port->ctx, octets(vector->key, vector->key_length), pieces,
				 3, digest),
		0);
	assert_memory_equal(digest, vector->digest, SHA1_OCTETS);
}

static void hmac_is_that_of_rfc_2202(void **state)
{
	for (size_t i = 0; i < VECTORS; i++)
		check(*state, &vectors[i], 0);
}

static void hmac_of_pieces_is_that_of_the_whole(void **state)
{
	for (size_t i = 0; i < VECTORS; i++)
		for (size_t cut = 0; cut <= vectors[i].text_length; cut++)
			check(*state, &vectors[i], cut);
}

/* Whatever key was used before: each follows each, itself too. */
static void hmac_does_not_depend_on_the_last_key(void **state)
{
	for (size_t i = 0; i < VECTORS; i++) {
		for (size_t j = 0; j < VECTORS; j++) {
			check(*state, &vectors[i], 0);
			check(*state, &vectors[j], 1);
			check(*state, &vectors[j], 2);
		}
	}
}

static void hmac_tells_a_key_from_its_beginning(void **state)
{
	const struct core_port *port = *state;
	const struct octets text = octets("text", 4);
	uint8_t whole[SHA1_OCTETS], beginning[SHA1_OCTETS];

	assert_int_equal(port->hmac_sha1(port->ctx, octets("secret", 6), &text, 1, whole), 0);
	assert_int_equal(port->hmac_sha1(port->ctx, octets("secre", 5), &text, 1, beginning), 0);
	assert_memory_not_equal(whole, beginning, SHA1_OCTETS);
}

static void hmac_refuses_an_empty_key(void **state)
{
	const struct core_port *port = *state;
	const struct octets text = octets("text", 4);
	uint8_t digest[SHA1_OCTETS];

	check(port, &vectors[0], 0);
	assert_int_equal(port->hmac_sha1(port->ctx, octets(NULL, 0), &text, 1, digest), -EINVAL);
	assert_int_equal(port->hmac_sha1(port->ctx, octets("", 0), &text, 1, digest), -EINVAL);
	check(port, &vectors[0], 0);
}

/* ---- randomness ---- */

#define NONCES 4096
#define NONCE_OCTETS 8

static void random_nonces_do_not_repeat(void **state)
{
	static uint8_t nonces[NONCES][NONCE_OCTETS];
	const struct core_port *port = *state;

	for (size_t i = 0; i < NONCES; i++) {
		port->random(port->ctx, nonces[i], NONCE_OCTETS);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(nonces[i], nonces[j], NONCE_OCTETS);
	}
}

/* Of any length, over the end of the pool, no octet more. */
static void random_fills_exactly_what_is_asked(void **state)
{
	static const size_t lengths[] = {0, 1, 7, 4095, 4096, 4097, 20000};
	static uint8_t buffer[20001];
	const struct core_port *port = *state;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t zeros = 0;

		memset(buffer, 0, sizeof(buffer));
		port->random(port->ctx, buffer, lengths[i]);
		for (size_t j = 0; j < lengths[i]; j++)
			zeros += buffer[j] == 0;
		if (lengths[i] > 4000)
			assert_true(zeros < lengths[i] / 64); /* 1 in 256 */
		assert_int_equal(buffer[lengths[i]], 0);
	}
}

/* ---- clock ---- */

/* RFC 5905 6: NTP's era began 2,208,988,800 s before Unix's. Two readings of one clock may not
 * disagree, however slow the machine: the middle one lies between the outer ones. */
static void clock_agrees_with_the_system(void **state)
{
	struct timespec mono_before, mono_after;
	time_t before, after;
	struct moment now;

	(void)state;
	before = time(NULL) - 1; /* time() may be a tick behind */
	clock_gettime(CLOCK_MONOTONIC, &mono_before);
	now = clock_now();
	clock_gettime(CLOCK_MONOTONIC, &mono_after);
	after = time(NULL) + 1;

	assert_in_range(now.mono,
		(uint64_t)mono_before.tv_sec * NANOS_PER_SECOND + (uint64_t)mono_before.tv_nsec,
		(uint64_t)mono_after.tv_sec * NANOS_PER_SECOND + (uint64_t)mono_after.tv_nsec);
	assert_in_range(
		now.ntp >> 32, (uint64_t)before + 2208988800U, (uint64_t)after + 2208988800U);
}

static void clock_has_fractions_of_a_second(void **state)
{
	struct moment first = clock_now(), later;

	(void)state;
	do
		later = clock_now();
	while (later.mono - first.mono < 10 * NANOS_PER_MS);
	assert_true(later.ntp > first.ntp);
	/* 2^32 / 100: the hundredth of a second that has passed; the wall clock may be slewed. */
	assert_true(later.ntp - first.ntp > UINT64_C(42949672) * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hmac_is_that_of_rfc_2202, setup, teardown),
		cmocka_unit_test_setup_teardown(
			hmac_of_pieces_is_that_of_the_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
			hmac_does_not_depend_on_the_last_key, setup, teardown),
		cmocka_unit_test_setup_teardown(
			hmac_tells_a_key_from_its_beginning, setup, teardown),
		cmocka_unit_test_setup_teardown(hmac_refuses_an_empty_key, setup, teardown),
		cmocka_unit_test_setup_teardown(random_nonces_do_not_repeat, setup, teardown),
		cmocka_unit_test_setup_teardown(
			random_fills_exactly_what_is_asked, setup, teardown),
		cmocka_unit_test(clock_agrees_with_the_system),
		cmocka_unit_test(clock_has_fractions_of_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
