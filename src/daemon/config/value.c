/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of the configuration file, each checked by itself. Must not repeat a value in a reason. */
#include "value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Digits, separators and a newline for the longest key, and then some. */
#define KEY_FILE_OCTETS_MAX 1024

__attribute__((format(printf, 2, 3))) static bool refuse(struct why *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	return false;
}

bool value_bool(const char *text, uint32_t *ret, struct why *why)
{
	static const char *const words[] = {"false", "no", "off", "true", "yes", "on", NULL};

	if (!value_word(text, words, ret, why))
		return refuse(why, "neither true nor false");
	*ret = *ret >= 3;
	return true;
}

bool value_number(const char *text, uint32_t least, uint32_t most, uint32_t *ret, struct why *why)
{
	uint64_t number = 0;
	const char *at;

	for (at = text; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	if (at == text || *at != '\0' || number < least || number > most)
		return refuse(why, "not a number from %u to %u", least, most);
	*ret = (uint32_t)number;
	return true;
}

bool value_seconds(const char *text, uint32_t least, uint32_t most, uint32_t *ret, struct why *why)
{
	uint32_t seconds;

	if (!value_number(text, least, most, &seconds, why))
		return false;
	if (seconds % LIFETIME_UNIT != 0)
		return refuse(why, "not a multiple of %d seconds", LIFETIME_UNIT);
	*ret = seconds;
	return true;
}

bool value_word(const char *text, const char *const *words, uint32_t *ret, struct why *why)
{
	size_t length = 0;

	for (uint32_t i = 0; words[i]; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret = i;
			return true;
		}
	}
	for (unsigned int i = 0; words[i]; i++)
		length += (size_t)snprintf(why->text + length, sizeof(why->text) - length, "%s%s",
			i == 0 ? "none of " : ", ", words[i]);
	return false;
}

bool value_address(const char *text, struct in6_addr *ret, struct why *why)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1)
		return refuse(why, "not an IPv6 address");
	if (!address_is_unicast_routable(&address))
		return refuse(why, "not a unicast routable address");
	*ret = address;
	return true;
}

/* Clears the bits behind the length. */
static struct in6_addr cut(struct in6_addr address, uint32_t length)
{
	for (uint32_t bit = length; bit < 128; bit++)
		address.s6_addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return address;
}

bool value_prefix(const char *text, uint32_t most, struct in6_addr *ret_prefix, uint8_t *ret_length,
	struct why *why)
{
	const char *slash = strchr(text, '/');
	char front[INET6_ADDRSTRLEN];
	struct in6_addr prefix, masked;
	uint32_t length;

	if (!slash || (size_t)(slash - text) >= sizeof(front))
		return refuse(why, "not an IPv6 prefix (address/length)");
	memcpy(front, text, (size_t)(slash - text));
	front[slash - text] = '\0';
	if (inet_pton(AF_INET6, front, &prefix) != 1)
		return refuse(why, "not an IPv6 prefix (address/length)");
	if (!value_number(slash + 1, 1, most, &length, why))
		return refuse(why, "prefix length is not a number from 1 to %u", most);
	masked = cut(prefix, length);
	if (!IN6_ARE_ADDR_EQUAL(&masked, &prefix))
		return refuse(why, "bits set behind the prefix length");
	if (!address_is_unicast_routable(&prefix))
		return refuse(why, "not a prefix of unicast routable addresses");
	*ret_prefix = prefix;
	*ret_length = (uint8_t)length;
	return true;
}

bool value_interface(const char *text, char *to, size_t capacity, struct why *why)
{
	size_t length = strlen(text), i;

	if (length == 0 || length >= capacity)
		return refuse(why, "not an interface name of 1 to %zu characters", capacity - 1);
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return refuse(why, "not an interface name");
	/* the kernel accepts more characters than these, which would make log lines ambiguous */
	for (i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '/' || text[i] == ':')
			return refuse(why, "not an interface name");
	memcpy(to, text, length + 1);
	return true;
}

bool value_name(const char *text, char *to, size_t capacity, struct why *why)
{
	static const char signs[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(text);

	if (length == 0 || length >= capacity || strspn(text, signs) < length)
		return refuse(why, "not a name of 1 to %zu letters, digits, '.', '_' and '-'",
			capacity - 1);
	memcpy(to, text, length + 1);
	return true;
}

bool value_path(const char *text, char *to, size_t capacity, struct why *why)
{
	size_t length = strlen(text);

	if (text[0] != '/')
		return refuse(why, "not an absolute path");
	if (length >= capacity)
		return refuse(why, "longer than %zu characters", capacity - 1);
	memcpy(to, text, length + 1);
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool separates(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ':';
}

bool value_key(const char *text, struct auth *ret, struct why *why)
{
	uint8_t key[KEY_OCTETS_MAX];
	size_t length = 0;
	bool good = true;

	while (good && *text != '\0') {
		if (separates(*text)) {
			text++;
			continue;
		}
		if (digit_of(text[0]) < 0 || digit_of(text[1]) < 0) {
			good = refuse(why, "key is not pairs of hexadecimal digits");
		} else if (length == sizeof(key)) {
			good = refuse(why, "key is longer than %d octets", KEY_OCTETS_MAX);
		} else {
			key[length++] = (uint8_t)(digit_of(text[0]) << 4 | digit_of(text[1]));
			text += 2;
		}
	}
	if (good && length < KEY_OCTETS_MIN)
		good = refuse(why, "key is shorter than %d octets", KEY_OCTETS_MIN);
	if (good) {
		memcpy(ret->key, key, length);
		ret->key_length = (uint8_t)length;
	}
	explicit_bzero(key, sizeof(key));
	return good;
}

/* A key in the place of its file's name must not be repeated. */
static const char *shown_path(const char *path)
{
	size_t digits = 0, most = 0;

	for (const char *at = path; *at != '\0'; at++) {
		digits = digit_of(*at) >= 0 ? digits + 1 : separates(*at) ? digits : 0;
		most = digits > most ? digits : most;
	}
	return most >= 2UL * KEY_OCTETS_MIN ? "FILE" : path;
}

/* -1, or the file open for reading, safe to take a key from. */
static int key_file_open(const char *path, struct why *why)
{
	struct stat status;
	/* O_NONBLOCK: a FIFO in this place must not hold the daemon */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		refuse(why,
			"%s: there is no such file; do: (umask 077 && openssl rand -hex 16 > %s) "
			"# and give the other side the same",
			shown_path(path), shown_path(path));
	else if (fd < 0 || fstat(fd, &status) != 0)
		refuse(why, "%s: %s", shown_path(path), strerror(errno));
	else if (!S_ISREG(status.st_mode))
		refuse(why, "%s: not a regular file", shown_path(path));
	else if (status.st_mode & (S_IROTH | S_IWOTH))
		refuse(why, "%s: the key is open to everybody (mode %04o); do: chmod 0640 %s",
			shown_path(path), (unsigned int)status.st_mode & 07777, shown_path(path));
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool value_key_file(const char *path, struct auth *ret, struct why *why)
{
	char text[KEY_FILE_OCTETS_MAX];
	int fd = key_file_open(path, why);
	ssize_t length;
	bool good;

	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text));
	close(fd);
	if (length < 0)
		return refuse(why, "%s: %s", shown_path(path), strerror(errno));
	if ((size_t)length == sizeof(text) || memchr(text, '\0', (size_t)length)) {
		good = refuse(why, "%s: not pairs of hexadecimal digits", shown_path(path));
	} else {
		text[length] = '\0';
		good = value_key(text, ret, why);
	}
	explicit_bzero(text, sizeof(text));
	return good;
}
