/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comments: # and // to the end of the line, and C's. A word in double quotes has C's escapes and
 * ${NAME} or ${NAME:-DEFAULT} from the environment, a word in single quotes has \' and \\ only;
 * both may have several lines. A '*' and a '+' between words mean nothing.
 */
#include "reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n*";
static const char word_ends[] = " \t\r\n*+\"'={}(),";

bool begins_word(char sign)
{
	return sign == '"' || sign == '\'' || !strchr(word_ends, sign);
}

struct place place_of(const struct reader *r)
{
	struct source *source = r->source;

	for (; source->counted < source->at; source->counted++)
		if (*source->counted == '\n') {
			source->line++;
			source->line_begin = source->counted + 1;
		}
	return (struct place){
		source->name, source->line, (int)(source->at - source->line_begin) + 1};
}

/* The character here. One that an editor or a web page inserted is an error. */
static char peek(struct reader *r)
{
	static const struct {
		const char *octets, *instead, *complaint;
	} strange[] = {
		{"\xef\xbb\xbf", "   ", "a byte order mark: save the file as UTF-8 without one"},
		{"\xe2\x80\x98", "  '", "a typographic quote: write '"},
		{"\xe2\x80\x99", "'  ", "a typographic quote: write '"},
		{"\xe2\x80\x9c", "  \"", "a typographic quote: write \""},
		{"\xe2\x80\x9d", "\"  ", "a typographic quote: write \""},
		{"\xe2\x80\x9e", "  \"", "a typographic quote: write \""},
		{"\xe2\x80\x8b", "   ", "a space without width: delete it"},
		{"\xc2\xa0", "  ", "a no-break space: write a space"},
	};
	char *at = r->source->at;

	for (size_t i = 0; *at & 0x80 && i < sizeof(strange) / sizeof(strange[0]); i++) {
		if (strncmp(at, strange[i].octets, strlen(strange[i].octets)) != 0)
			continue;
		if (r->source->complaint != strange[i].complaint)
			complain(r, place_of(r), "%s", strange[i].complaint);
		r->source->complaint = strange[i].complaint;
		memcpy(at, strange[i].instead, strlen(strange[i].instead));
	}
	return *at;
}

static bool begins_comment(const char *at)
{
	return at[0] == '#' || (at[0] == '/' && (at[1] == '/' || at[1] == '*'));
}

static char *comment_end(struct reader *r)
{
	char *at = r->source->at, *end;

	if (at[1] != '*' || at[0] != '/')
		return at + strcspn(at, "\n");
	end = strstr(at + 2, "*/");
	if (!end)
		complain(r, place_of(r), "the comment is not closed where the file ends");
	return end ? end + 2 : at + strlen(at);
}

char next_sign(struct reader *r)
{
	struct source *source = r->source;

	while (!r->stopped) {
		if (begins_comment(source->at))
			source->at = comment_end(r);
		else if (peek(r) != '\0' && (strchr(blanks, *source->at) ||
						    (*source->at == '+' && source->at[1] != '=')))
			source->at++;
		else
			return *source->at;
	}
	return '\0';
}

bool accept_sign(struct reader *r, char sign)
{
	bool accepted = next_sign(r) == sign;

	r->source->at += accepted;
	return accepted;
}

/* ---- words ---- */

static void spoil(struct reader *r, const char *complaint)
{
	if (!r->word.wrong)
		complain(r, r->word.place, "%s", complaint);
	r->word.wrong = true;
}

static void append(struct reader *r, char sign)
{
	if (r->word.length + 1 < sizeof(r->word.text))
		r->word.text[r->word.length++] = sign;
	else
		spoil(r, "a word that is too long");
}

/* Takes ${NAME} or ${NAME:-DEFAULT} up to its closing brace; false if none begins here. It has none
 * of `ends` within, nor a brace, or hostile text would be read again for each ${ in it. */
static bool take_variable(struct reader *r, const char *ends)
{
	char *at = r->source->at, *end, name[256];

	if (at[0] != '$' || at[1] != '{')
		return false;
	end = at + 2 + strcspn(at + 2, ends);
	if (*end != '}')
		return false;
	char *colon = memchr(at, ':', (size_t)(end - at));
	const char *otherwise = colon && colon[1] == '-' ? colon + 2 : end;
	char *name_end = otherwise < end ? colon : end;
	snprintf(name, sizeof(name), "%.*s", (int)(name_end - at) - 2, at + 2);
	const char *value = getenv(name);
	for (; value && *value != '\0'; value++)
		append(r, *value);
	for (; !value && otherwise < end; otherwise++)
		append(r, *otherwise);
	r->source->at = end;
	return true;
}

/* Takes a backslash and the characters behind it, up to the last one of them. */
static void take_escaped(struct reader *r, bool doubly)
{
	static const char letters[] = "nrtbfave", values[] = "\n\r\t\b\f\a\v\033";
	char *at = ++r->source->at;
	const char *letter = strchr(letters, *at);
	bool hexadecimal = *at == 'x' && isxdigit((unsigned char)at[1]);
	unsigned int octet = 0;
	int length = 1;

	if (doubly && (hexadecimal || isdigit((unsigned char)*at))) {
		if (sscanf(at, hexadecimal ? "x%2x%n" : "%3o%n", &octet, &length) < 1 ||
			octet > UINT8_MAX || (!hexadecimal && isdigit((unsigned char)at[length])))
			spoil(r, "an unknown escape sequence");
		append(r, (char)octet);
		r->source->at += length - 1;
	} else if (*at != '\n') {
		if (!doubly && *at != '\\' && *at != '\'')
			append(r, '\\');
		append(r, doubly && letter ? values[letter - letters] : *at);
	}
}

/*
 * A quoted word may have several lines. But if it contains a line of a configuration, or another
 * word follows its end at once, the quote that seems to close it opens the next word, and this one
 * ends with its line.
 */
static void take_quoted(struct reader *r)
{
	struct source *source = r->source, before = *source;
	char quote = *source->at;
	bool lines = false, swallows = false;

	for (source->at++; peek(r) != quote && *source->at != '\0' && !swallows; source->at++) {
		if (*source->at == '\\' && source->at[1] != '\0')
			take_escaped(r, quote == '"');
		else if (quote != '"' || !take_variable(r, "{}\n\""))
			append(r, *source->at);
		lines |= *source->at == '\n';
		swallows = (lines && strchr("={}", *source->at)) ||
			   source->at - before.at > (ptrdiff_t)sizeof(r->word.text);
	}
	if (*source->at++ == quote && !swallows && (!lines || strchr(word_ends, *source->at)))
		return;
	spoil(r, "the quote that opens here is not closed");
	*source = before;
	source->at += 1 + strcspn(source->at + 1, "\n#{}");
}

void take_word(struct reader *r)
{
	struct source *source = r->source;

	r->word.place = place_of(r);
	r->word.wrong = false;
	r->word.length = 0;
	if (*source->at == '"' || *source->at == '\'')
		take_quoted(r);
	else if (take_variable(r, "{}\n"))
		source->at++;
	else
		for (; !strchr(word_ends, peek(r)) && !begins_comment(source->at); source->at++)
			append(r, *source->at);
	r->word.text[r->word.length] = '\0';
}
