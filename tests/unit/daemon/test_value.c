/* SPDX-License-Identifier: BSD-2-Clause */
/* Each kind of value at its edges. */
#include "../../../src/daemon/config/value.h"
#include "../../../src/wire/icmpv6.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Whether the text is a value of the type, written to `ret`. */
#define READS(name, text, ret, ...)                                                                \
	(!value_##name(text, &(const struct type){.size = sizeof(*(ret)), __VA_ARGS__}, ret))

static void numbers_stay_in_their_range(void **state)
{
	uint32_t number = 7;

	(void)state;
	assert_true(READS(number, "1", &number, .least = 1, .most = 127));
	assert_int_equal(number, 1);
	assert_true(READS(number, "4294967295", &number, .least = 0, .most = UINT32_MAX));
	assert_true(number == UINT32_MAX);
	assert_false(READS(number, "0", &number, .least = 1, .most = 127));
	assert_false(READS(number, "128", &number, .least = 1, .most = 127));
	assert_false(READS(number, "4294967296", &number, .least = 0, .most = UINT32_MAX));
	assert_false(READS(
		number, "99999999999999999999999999", &number, .least = 0, .most = UINT32_MAX));
	assert_false(READS(number, "", &number, .least = 0, .most = 9));
	assert_false(READS(number, "-1", &number, .least = 0, .most = 9));
	assert_false(READS(number, "+1", &number, .least = 0, .most = 9));
	assert_false(READS(number, "1 ", &number, .least = 0, .most = 9));
	assert_false(READS(number, "0x1", &number, .least = 0, .most = 9));
	assert_true(number == UINT32_MAX); /* untouched since */
}

/* RFC 6275 6.1.7: the field counts four seconds, 16 bits wide, and all ones is infinity */
static void seconds_are_multiples_of_four(void **state)
{
	uint32_t seconds;

	(void)state;
	assert_true(READS(number, "4", &seconds, .least = 4, .most = 262136, .multiple = 4));
	assert_true(READS(number, "262136", &seconds, .least = 4, .most = 262136, .multiple = 4));
	assert_int_equal(seconds, 262136);
	assert_false(READS(number, "262140", &seconds, .least = 4, .most = 262136, .multiple = 4));
	assert_false(READS(number, "0", &seconds, .least = 4, .most = 262136, .multiple = 4));
	assert_true(READS(number, "0", &seconds, .least = 0, .most = 262136, .multiple = 4));
	assert_false(READS(number, "61", &seconds, .least = 4, .most = 262136, .multiple = 4));
}

static void words_are_told_apart(void **state)
{
	static const struct type words = {.size = sizeof(uint32_t), .words = {"one", "two"}};
	uint32_t which = 9;

	(void)state;
	assert_string_equal(value_word("three", &words, &which), "none of one, two");
	assert_non_null(value_word("", &words, &which));
	assert_int_equal(which, 9);
	assert_null(value_word("two", &words, &which));
	assert_int_equal(which, 1);
}

static void addresses_are_unicast_and_routable(void **state)
{
	static const char *const bad[] = {"ff02::1", "fe80::1", "::", "::1", "::ffff:1.2.3.4",
		"1.2.3.4", "2001:db8::1%eth0", "2001:db8::/64", "", "x"};
	struct in6_addr address, expected;
	size_t i;

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &expected), 1);
	assert_true(READS(address, "2001:db8::1", &address));
	assert_memory_equal(&address, &expected, sizeof(address));
	assert_true(READS(address, "fd00::1", &address));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(READS(address, bad[i], &address));
}

static void prefixes_end_where_they_say(void **state)
{
	static const char *const bad[] = {"2001:db8::", "2001:db8::/", "2001:db8::/0",
		"2001:db8::/128", "2001:db8::1/64", "2001:db8:0:1::/63", "ff00::/8", "/64", "x/64",
		"2001:db8::/64/64"};
	struct {
		struct in6_addr address;
		uint8_t length;
	} prefix;
	struct in6_addr inside, outside;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(READS(prefix, bad[i], &prefix, .most = 127));
	assert_true(READS(prefix, "2001:db8:0:2::/63", &prefix, .most = 127));
	assert_int_equal(prefix.length, 63);
	inet_pton(AF_INET6, "2001:db8:0:3:ffff::1", &inside);
	inet_pton(AF_INET6, "2001:db8:0:4::", &outside);
	assert_true(address_in_prefix(&inside, &prefix.address, prefix.length));
	assert_false(address_in_prefix(&outside, &prefix.address, prefix.length));
}

static void keys_have_sixteen_to_sixtyfour_octets(void **state)
{
	char text[2 * KEY_OCTETS_MAX + 3];
	struct auth auth = {.key_length = 0};

	(void)state;
	assert_true(READS(key, "00112233445566778899aabbccddeeFF", &auth));
	assert_int_equal(auth.key_length, 16);
	assert_int_equal(auth.key[1], 0x11);
	assert_int_equal(auth.key[15], 0xff);
	assert_true(READS(key, "00:11:22:33 44556677 8899aabbccddeeff01\n", &auth));
	assert_int_equal(auth.key_length, 17);
	assert_false(READS(key, "00112233445566778899aabbccddee", &auth));
	assert_false(READS(key, "00112233445566778899aabbccddeeff0", &auth));
	assert_false(READS(key, "0x112233445566778899aabbccddeeff00", &auth));
	assert_false(READS(key, "", &auth));
	memset(text, 'a', sizeof(text));
	text[2 * KEY_OCTETS_MAX] = '\0';
	assert_true(READS(key, text, &auth));
	assert_int_equal(auth.key_length, KEY_OCTETS_MAX);
	text[2 * KEY_OCTETS_MAX] = 'a';
	text[2 * KEY_OCTETS_MAX + 2] = '\0';
	assert_null(strstr(value_key(text, NULL, &auth), "aa"));
}

static void key_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void key_files_are_not_for_the_world(void **state)
{
	char path[] = "/tmp/monami-key-XXXXXX";
	struct auth auth = {.key_length = 0};
	char expected[256];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	key_file(path, "00112233445566778899aabbccddeeff\n", 0640);
	assert_true(READS(key_file, path, &auth));
	assert_int_equal(auth.key_length, 16);
	chmod(path, 0644);
	snprintf(expected, sizeof(expected),
		"%s: the key is open to everybody (mode 0644); do: chmod 0640 %s", path, path);
	assert_string_equal(value_key_file(path, NULL, &auth), expected);
	chmod(path, 0602);
	assert_false(READS(key_file, path, &auth));
	key_file(path, "too short", 0600);
	assert_false(READS(key_file, path, &auth));
	unlink(path);
	assert_false(READS(key_file, path, &auth));
	assert_false(READS(key_file, "/", &auth));
	assert_false(READS(key_file, "/dev/zero", &auth));
}

static void names_and_paths_fit(void **state)
{
	char name[IF_NAMESIZE];
	char path[16];

	(void)state;
	assert_true(READS(interface, "wlan0", &name));
	assert_string_equal(name, "wlan0");
	assert_true(READS(interface, "123456789012345", &name));
	assert_false(READS(interface, "1234567890123456", &name));
	assert_false(READS(interface, "", &name));
	assert_false(READS(interface, "a/b", &name));
	assert_false(READS(interface, "..", &name));
	assert_false(READS(interface, "a b", &name));
	assert_true(READS(path, "/run/x", &path));
	assert_false(READS(path, "run/x", &path));
	assert_false(READS(path, "/run/a/path/that/is/long", &path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_stay_in_their_range),
		cmocka_unit_test(seconds_are_multiples_of_four),
		cmocka_unit_test(words_are_told_apart),
		cmocka_unit_test(addresses_are_unicast_and_routable),
		cmocka_unit_test(prefixes_end_where_they_say),
		cmocka_unit_test(keys_have_sixteen_to_sixtyfour_octets),
		cmocka_unit_test(key_files_are_not_for_the_world),
		cmocka_unit_test(names_and_paths_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
