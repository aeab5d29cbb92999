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

static struct why why;

static void numbers_stay_in_their_range(void **state)
{
	uint32_t number = 7;

	(void)state;
	assert_true(value_number("1", 1, 127, &number, &why));
	assert_int_equal(number, 1);
	assert_true(value_number("4294967295", 0, UINT32_MAX, &number, &why));
	assert_true(number == UINT32_MAX);
	assert_false(value_number("0", 1, 127, &number, &why));
	assert_false(value_number("128", 1, 127, &number, &why));
	assert_false(value_number("4294967296", 0, UINT32_MAX, &number, &why));
	assert_false(value_number("99999999999999999999999999", 0, UINT32_MAX, &number, &why));
	assert_false(value_number("", 0, 9, &number, &why));
	assert_false(value_number("-1", 0, 9, &number, &why));
	assert_false(value_number("+1", 0, 9, &number, &why));
	assert_false(value_number("1 ", 0, 9, &number, &why));
	assert_false(value_number("0x1", 0, 9, &number, &why));
	assert_true(number == UINT32_MAX); /* untouched since */
}

/* RFC 6275 6.1.7: the field counts four seconds, 16 bits wide, and all ones is infinity */
static void seconds_are_multiples_of_four(void **state)
{
	uint32_t seconds;

	(void)state;
	assert_true(value_seconds("4", 4, 262136, &seconds, &why));
	assert_true(value_seconds("262136", 4, 262136, &seconds, &why));
	assert_int_equal(seconds, 262136);
	assert_false(value_seconds("262140", 4, 262136, &seconds, &why));
	assert_false(value_seconds("0", 4, 262136, &seconds, &why));
	assert_true(value_seconds("0", 0, 262136, &seconds, &why));
	assert_false(value_seconds("61", 4, 262136, &seconds, &why));
}

static void words_are_told_apart(void **state)
{
	static const char *const words[] = {"one", "two", NULL};
	uint32_t which = 9;

	(void)state;
	assert_false(value_word("three", words, &which, &why));
	assert_string_equal(why.text, "none of one, two");
	assert_false(value_word("", words, &which, &why));
	assert_int_equal(which, 9);
	assert_true(value_word("two", words, &which, &why));
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
	assert_true(value_address("2001:db8::1", &address, &why));
	assert_memory_equal(&address, &expected, sizeof(address));
	assert_true(value_address("fd00::1", &address, &why));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(value_address(bad[i], &address, &why));
}

static void prefixes_end_where_they_say(void **state)
{
	static const char *const bad[] = {"2001:db8::", "2001:db8::/", "2001:db8::/0",
		"2001:db8::/128", "2001:db8::1/64", "2001:db8:0:1::/63", "ff00::/8", "/64", "x/64",
		"2001:db8::/64/64"};
	struct in6_addr prefix, inside, outside;
	uint8_t length;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(value_prefix(bad[i], 127, &prefix, &length, &why));
	assert_true(value_prefix("2001:db8:0:2::/63", 127, &prefix, &length, &why));
	assert_int_equal(length, 63);
	inet_pton(AF_INET6, "2001:db8:0:3:ffff::1", &inside);
	inet_pton(AF_INET6, "2001:db8:0:4::", &outside);
	assert_true(address_in_prefix(&inside, &prefix, length));
	assert_false(address_in_prefix(&outside, &prefix, length));
}

static void keys_have_sixteen_to_sixtyfour_octets(void **state)
{
	char text[2 * KEY_OCTETS_MAX + 3];
	struct auth auth = {.key_length = 0};

	(void)state;
	assert_true(value_key("00112233445566778899aabbccddeeFF", &auth, &why));
	assert_int_equal(auth.key_length, 16);
	assert_int_equal(auth.key[1], 0x11);
	assert_int_equal(auth.key[15], 0xff);
	assert_true(value_key("00:11:22:33 44556677 8899aabbccddeeff01\n", &auth, &why));
	assert_int_equal(auth.key_length, 17);
	assert_false(value_key("00112233445566778899aabbccddee", &auth, &why));
	assert_false(value_key("00112233445566778899aabbccddeeff0", &auth, &why));
	assert_false(value_key("0x112233445566778899aabbccddeeff00", &auth, &why));
	assert_false(value_key("", &auth, &why));
	memset(text, 'a', sizeof(text));
	text[2 * KEY_OCTETS_MAX] = '\0';
	assert_true(value_key(text, &auth, &why));
	assert_int_equal(auth.key_length, KEY_OCTETS_MAX);
	text[2 * KEY_OCTETS_MAX] = 'a';
	text[2 * KEY_OCTETS_MAX + 2] = '\0';
	assert_false(value_key(text, &auth, &why));
	assert_null(strstr(why.text, "aa"));
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
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	key_file(path, "00112233445566778899aabbccddeeff\n", 0640);
	assert_true(value_key_file(path, &auth, &why));
	assert_int_equal(auth.key_length, 16);
	chmod(path, 0644);
	assert_false(value_key_file(path, &auth, &why));
	chmod(path, 0602);
	assert_false(value_key_file(path, &auth, &why));
	key_file(path, "too short", 0600);
	assert_false(value_key_file(path, &auth, &why));
	unlink(path);
	assert_false(value_key_file(path, &auth, &why));
	assert_false(value_key_file("/", &auth, &why));
	assert_false(value_key_file("/dev/zero", &auth, &why));
}

static void names_and_paths_fit(void **state)
{
	char name[IF_NAMESIZE];
	char path[16];

	(void)state;
	assert_true(value_interface("wlan0", name, sizeof(name), &why));
	assert_string_equal(name, "wlan0");
	assert_true(value_interface("123456789012345", name, sizeof(name), &why));
	assert_false(value_interface("1234567890123456", name, sizeof(name), &why));
	assert_false(value_interface("", name, sizeof(name), &why));
	assert_false(value_interface("a/b", name, sizeof(name), &why));
	assert_false(value_interface("..", name, sizeof(name), &why));
	assert_false(value_interface("a b", name, sizeof(name), &why));
	assert_true(value_path("/run/x", path, sizeof(path), &why));
	assert_false(value_path("run/x", path, sizeof(path), &why));
	assert_false(value_path("/run/a/path/that/is/long", path, sizeof(path), &why));
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
