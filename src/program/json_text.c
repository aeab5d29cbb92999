/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings for JSON. */
#include "json_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static json_t *json_mapped(const char *text, char (*map)(char))
{
	size_t length = strlen(text), i;
	char *copy = malloc(length + 1);
	json_t *json;

	if (!copy)
		return NULL;
	for (i = 0; i <= length; i++)
		copy[i] = map(text[i]);
	json = json_string(copy);
	free(copy);
	return json;
}

static char ascii_of(char c)
{
	return (c & 0x80) ? '?' : c;
}

static char lower_of(char c)
{
	return (char)tolower((unsigned char)c);
}

json_t *json_text(const char *text)
{
	json_t *json = json_string(text);

	return json ? json : json_mapped(text, ascii_of);
}

json_t *json_lower(const char *text)
{
	return json_mapped(text, lower_of);
}

json_t *json_address(const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];

	return json_string(inet_ntop(AF_INET6, address, text, sizeof(text)));
}

json_t *json_ipv4(const uint8_t octets[4])
{
	char text[INET_ADDRSTRLEN];

	return json_string(inet_ntop(AF_INET, octets, text, sizeof(text)));
}

json_t *json_hex(struct octets octets)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * octets.length + 1);
	json_t *json;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < octets.length; i++) {
		text[2 * i] = digits[octets.at[i] >> 4];
		text[2 * i + 1] = digits[octets.at[i] & 15];
	}
	json = json_stringn(text, 2 * octets.length);
	free(text);
	return json;
}
