/* SPDX-License-Identifier: BSD-2-Clause */
#include "value.h"

#include "../../program/text_file.h"
#include "../../wire/message.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Digits, separators and a newline for the longest key, and then some. */
#define KEY_FILE_OCTETS_MAX 1024
#define KEY_SEPARATORS " \t\r\n:"

const char *value_reason(const char *format, ...)
{
	static char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return text;
}

static const char *write_number(const struct type *type, uint64_t number, void *ret)
{
	/* or the bounds of the row are too wide for its member */
	assert(type->size == sizeof(number) || number >> 8 * type->size == 0);
	if (type->size == sizeof(uint8_t))
		*(uint8_t *)ret = (uint8_t)number;
	else if (type->size == sizeof(uint16_t))
		*(uint16_t *)ret = (uint16_t)number;
	else if (type->size == sizeof(uint32_t))
		*(uint32_t *)ret = (uint32_t)number;
	else
		*(uint64_t *)ret = number;
	return NULL;
}

static bool is_also(const char *text, const struct type *type)
{
	return type->also && strcmp(text, type->also) == 0;
}

const char *value_number(const char *text, const struct type *type, void *ret)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t number =
		digits > 0 && text[digits] == '\0' ? strtoull(text, NULL, 10) : UINT64_MAX;

	if (is_also(text, type))
		return write_number(type, type->instead, ret);
	if (number < type->least || number > type->most)
		return value_reason("not a number from %u to %u%s%s", type->least, type->most,
			type->also ? " or " : "", type->also ? type->also : "");
	if (type->multiple > 1 && number % type->multiple != 0)
		return value_reason("not a multiple of %u seconds", type->multiple);
	return write_number(type, number, ret);
}

const char *value_free_option(const char *text, const struct type *type, void *ret)
{
	uint8_t octet;
	const char *wrong = value_number(text, type, &octet);
	const struct option_row *other =
		wrong ? NULL : option_by_octet(dialect_rfc5648.options, octet);

	if (other)
		return value_reason("the number of another option: %s", other->title);
	return wrong ? wrong : write_number(type, octet, ret);
}

const char *value_word(const char *text, const struct type *type, void *ret)
{
	char words[128] = "";
	size_t length = 0;

	for (unsigned int i = 0; type->words[i]; i++) {
		if (strcmp(text, type->words[i]) == 0)
			return write_number(type, i, ret);
		length += (size_t)snprintf(words + length, sizeof(words) - length, "%s%s",
			i == 0 ? "" : ", ", type->words[i]);
	}
	return value_reason("none of %s", words);
}

const char *value_bool(const char *text, const struct type *type, void *ret)
{
	static const struct type words = {
		.size = sizeof(uint32_t), .words = {"true", "yes", "on", "false", "no", "off"}};
	uint32_t word;

	if (value_word(text, &words, &word))
		return "neither true nor false";
	return write_number(type, (word < 3) != type->inverted, ret);
}

const char *value_address(const char *text, const struct type *type, void *ret)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1)
		return "not an IPv6 address";
	if (!address_is_unicast_routable(&address))
		return "not a unicast routable address";
	memcpy(ret, &address, type->size);
	return NULL;
}

const char *value_prefix(const char *text, const struct type *type, void *ret)
{
	const struct type length_type = {.size = sizeof(uint32_t), .least = 1, .most = type->most};
	size_t front = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN];
	struct in6_addr prefix;
	uint32_t length;

	snprintf(address, sizeof(address), "%.*s", (int)front, text);
	if (text[front] == '\0' || front >= sizeof(address) ||
		inet_pton(AF_INET6, address, &prefix) != 1)
		return "not an IPv6 prefix (address/length)";
	if (value_number(text + front + 1, &length_type, &length))
		return value_reason("prefix length is not a number from 1 to %u", type->most);
	for (uint32_t bit = length; bit < 128; bit++)
		if (prefix.s6_addr[bit / 8] & 0x80 >> bit % 8)
			return "bits set behind the prefix length";
	if (!address_is_unicast_routable(&prefix))
		return "not a prefix of unicast routable addresses";
	memcpy(ret, &prefix, sizeof(prefix));
	((uint8_t *)ret)[sizeof(prefix)] = (uint8_t)length;
	return NULL;
}

static const char *write_text(const char *text, const struct type *type, void *ret)
{
	if (strlen(text) >= type->size)
		return value_reason("longer than %zu characters", type->size - 1);
	memset(ret, 0, type->size);
	memcpy(ret, text, strlen(text));
	return NULL;
}

const char *value_interface(const char *text, const struct type *type, void *ret)
{
	bool right = *text != '\0' && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;

	/* the kernel accepts more characters than these, which would make log lines ambiguous */
	for (const char *at = text; *at != '\0'; at++)
		right = right && *at > ' ' && *at <= '~' && *at != '/' && *at != ':';
	return right && !write_text(text, type, ret)
		       ? NULL
		       : value_reason(
				 "not an interface name of 1 to %zu characters", type->size - 1);
}

const char *value_name(const char *text, const struct type *type, void *ret)
{
	static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";
	bool right = *text != '\0' && text[strspn(text, signs)] == '\0';

	return right && !write_text(text, type, ret)
		       ? NULL
		       : value_reason("not a name of 1 to %zu letters, digits, '.', '_' and '-'",
				 type->size - 1);
}

const char *value_path(const char *text, const struct type *type, void *ret)
{
	if (is_also(text, type))
		return write_text("", type, ret);
	return text[0] == '/' ? write_text(text, type, ret) : "not an absolute path";
}

const char *value_key(const char *text, const struct type *type, void *ret)
{
	struct auth key = {.key_length = 0}, *auth = ret;
	const char *wrong = NULL;

	(void)type;
	for (text += strspn(text, KEY_SEPARATORS); !wrong && *text != '\0';
		text += strspn(text, KEY_SEPARATORS)) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			wrong = "key is not pairs of hexadecimal digits";
		else if (key.key_length == KEY_OCTETS_MAX)
			wrong = value_reason("key is longer than %d octets", KEY_OCTETS_MAX);
		else if (sscanf(text, "%2hhx", &key.key[key.key_length++]) == 1)
			text += 2;
	}
	if (!wrong && key.key_length < KEY_OCTETS_MIN)
		wrong = value_reason("key is shorter than %d octets", KEY_OCTETS_MIN);
	if (!wrong) {
		memcpy(auth->key, key.key, sizeof(key.key));
		auth->key_length = key.key_length;
	}
	explicit_bzero(&key, sizeof(key));
	return wrong;
}

/* A key in the place of its file's name must not be repeated. */
static const char *shown_path(const char *path)
{
	for (const char *at = path; *at != '\0'; at++)
		if (strspn(at, "0123456789abcdefABCDEF" KEY_SEPARATORS) >= 2UL * KEY_OCTETS_MIN)
			return "FILE";
	return path;
}

const char *value_key_file(const char *path, const struct type *type, void *ret)
{
	char *text;
	const char *wrong = text_file_read(path, KEY_FILE_OCTETS_MAX, S_IROTH | S_IWOTH, &text);

	path = shown_path(path);
	if (wrong && errno == ENOENT)
		return value_reason(
			"%s: there is no such file; do: (umask 077 && openssl rand -hex 16 > %s) "
			"# and give the other side the same",
			path, path);
	if (wrong && errno == EKEYREJECTED)
		return value_reason("%s: the key is %s; do: chmod 0640 %s", path, wrong, path);
	if (wrong)
		return value_reason("%s: %s", path, wrong);
	wrong = value_key(text, type, ret);
	text_file_free(text);
	return wrong;
}
