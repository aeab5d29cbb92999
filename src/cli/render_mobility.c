/* SPDX-License-Identifier: BSD-2-Clause */
/* A decoded mobility message as a line for people, and one for each of its options. */
#include "render.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

/* Keys that the line already shows in another form. */
static bool is_said(const char *key, bool is_option)
{
	static const char *const said[] = {"type", "name", "options", /* of the message: */ "time",
		"source", "destination", "home_address", "flags", "checksum_ok", "error", "icmpv6"};
	size_t count = is_option ? 3 : sizeof(said) / sizeof(said[0]);
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(key, said[i]) == 0)
			return true;
	return false;
}

static void print_value(const char *key, const json_t *value, FILE *out)
{
	fprintf(out, " %s ", key);
	if (json_is_string(value))
		fputs(json_string_value(value), out);
	else
		json_dumpf(value, out, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void print_values(const json_t *object, bool is_option, FILE *out)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value) if (!is_said(key, is_option))
		print_value(key, value, out);
}

static void print_name(const json_t *object, const char *fallback, FILE *out)
{
	const json_t *type = json_object_get(object, "type");

	if (text_of(object, "name"))
		fputs(text_of(object, "name"), out);
	else if (type)
		fprintf(out, "%s %" JSON_INTEGER_FORMAT, fallback, json_integer_value(type));
	else
		fputs("packet", out);
}

static void print_time(double seconds, FILE *out)
{
	time_t whole = (time_t)seconds;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&whole, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, "%s.%06d ", text, (int)((seconds - (double)whole) * 1e6 + 0.5) % 1000000);
}

static void print_flags(const json_t *flags, FILE *out)
{
	const json_t *flag;
	size_t i;

	if (json_array_size(flags) > 0)
		fputs(" flags ", out);
	json_array_foreach(flags, i, flag) if (json_is_string(flag))
		fputs(json_string_value(flag), out);
}

/* Each with the options inside it, farther to the right. */
static void print_options(const json_t *holder, int depth, FILE *out)
{
	const json_t *option;
	size_t i;

	json_array_foreach(json_object_get(holder, "options"), i, option)
	{
		fprintf(out, "%*s", 4 * depth, "");
		print_name(option, "option", out);
		print_values(option, true, out);
		fputc('\n', out);
		print_options(option, depth + 1, out);
	}
}

void render_mobility(const json_t *message, FILE *out)
{
	print_time(time_of(message), out);
	fprintf(out, "%s > %s", word_of(message, "source"), word_of(message, "destination"));
	if (text_of(message, "home_address"))
		fprintf(out, " (%s)", text_of(message, "home_address"));
	fputs(": ", out);
	print_name(message, "Mobility Header", out);
	print_flags(json_object_get(message, "flags"), out);
	print_values(message, false, out);
	if (json_is_false(json_object_get(message, "checksum_ok")))
		fputs(" [wrong checksum]", out);
	if (text_of(message, "error"))
		fprintf(out, " [malformed: %s]", text_of(message, "error"));
	fputc('\n', out);
	print_options(message, 1, out);
}
