/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comments: # and // to the end of the line, and C's. A word in double quotes has C's escapes and
 * ${NAME} or ${NAME:-DEFAULT} from the environment, a word in single quotes has \' and \\ only;
 * both may have several lines. A '*' and a '+' between words mean nothing.
 */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A hundred thousand mobile nodes take less than a third of it. */
#define OCTETS_MAX (64 * 1024 * 1024)

static const char blanks[] = " \t\r\n*";
static const char word_ends[] = " \t\r\n*+\"'={}(),";

/* ---- files ---- */

static int refuse(struct why *why, int error, const char *reason)
{
	snprintf(why->text, sizeof(why->text), "cannot be read: %s", reason);
	return error;
}

/* The file open for reading, or -errno. */
static int open_text(struct text *text, struct why *why)
{
	struct stat status = {.st_mode = 0};
	/* O_NONBLOCK: a FIFO must not hold the daemon */
	int fd = open(text->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return refuse(why, -errno, strerror(errno));
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= OCTETS_MAX) {
		text->size = (size_t)status.st_size + 1;
		return fd;
	}
	close(fd);
	if (S_ISDIR(status.st_mode))
		return refuse(why, -EINVAL, "it is a directory");
	return S_ISREG(status.st_mode) ? refuse(why, -EFBIG, "larger than 64 MiB")
				       : refuse(why, -EINVAL, "not a regular file");
}

/* Why these octets are no text, or NULL. */
static const char *not_text(const char *octets, size_t length)
{
	if (length >= 2 &&
		(memcmp(octets, "\xff\xfe", 2) == 0 || memcmp(octets, "\xfe\xff", 2) == 0))
		return "it is UTF-16, save it as UTF-8";
	if (memchr(octets, '\0', length))
		return "it is not text (it holds a NUL)";
	if (memchr(octets, '\r', length) && !memchr(octets, '\n', length))
		return "its lines end with CR alone, save it with LF";
	return NULL;
}

/* Reads the whole file; its length, or -errno. */
static long read_octets(struct text *text, int fd)
{
	size_t length = 0;
	ssize_t got;

	text->octets = calloc(1, text->size);
	if (!text->octets)
		return -ENOMEM;
	do {
		got = read(fd, text->octets + length, text->size - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : (long)length;
}

/* ---- comments, and invisible characters ---- */

/* Each octet is looked at once for each kind of quote, whatever the file holds. */
static const struct quote *quote_from(struct text *text, const char *at)
{
	struct quote *quote = &text->quotes[*at == '"'];
	const char *end;

	if (quote->end && at > quote->begin && at < quote->end)
		return quote;
	*quote = (struct quote){.begin = at};
	for (end = at + 1; *end != '\0' && *end != *at; end++) {
		if (*end == '\\' && end[1] != '\0')
			end++;
		if (*end == '\n')
			quote->line = end;
		else if (strchr("={}", *end))
			quote->swallow = quote->line;
	}
	quote->end = end;
	return quote;
}

/*
 * The end of the quoted word that begins at `at`: its closing quote, or where the word ends for
 * want of one. A word may have several lines. But if it contains a line of a configuration, or
 * another word follows its end at once, the quote that seems to close it opens the next word.
 */
static char *quoted_end(struct text *text, char *at, bool *closed)
{
	const struct quote *quote = quote_from(text, at);
	bool lines = quote->line && quote->line > at;
	bool swallows = quote->swallow && quote->swallow > at;
	char *end = at + (quote->end - at);

	*closed = *end == *at && !swallows && !(lines && !strchr(word_ends, end[1]));
	if (*closed)
		return end;
	end = at + 1 + strcspn(at + 1, "\n#{}");
	while (end > at + 1 && strchr(blanks, end[-1]))
		end--;
	return end;
}

static const struct {
	const char *octets;
	const char *what;
	char instead; /* '\0': nothing */
} strange[] = {
	{"\xef\xbb\xbf", "a byte order mark: save the file as UTF-8 without one", '\0'},
	{"\xe2\x80\x98", "a typographic quote: write '", '\''},
	{"\xe2\x80\x99", "a typographic quote: write '", '\''},
	{"\xe2\x80\x9c", "a typographic quote: write \"", '"'},
	{"\xe2\x80\x9d", "a typographic quote: write \"", '"'},
	{"\xe2\x80\x9e", "a typographic quote: write \"", '"'},
	{"\xe2\x80\x8b", "a space without width: delete it", '\0'},
	{"\xc2\xa0", "a no-break space: write a space", ' '},
};
#define STRANGE (sizeof(strange) / sizeof(strange[0]))

static size_t strange_at(const char *at)
{
	size_t i = *at & 0x80 ? 0 : STRANGE;

	while (i < STRANGE && strncmp(at, strange[i].octets, strlen(strange[i].octets)) != 0)
		i++;
	return i;
}

/* The length of the comment that begins here, 0 if none does. */
static size_t comment_at(const char *at, bool *closed)
{
	const char *end = at[0] == '/' && at[1] == '*' ? strstr(at + 2, "*/") : NULL;

	*closed = end || at[0] != '/' || at[1] != '*';
	if (!*closed)
		return strlen(at);
	if (end)
		return (size_t)(end + 2 - at);
	return *at == '#' || (at[0] == '/' && at[1] == '/') ? strcspn(at, "\n") : 0;
}

static void tidy(struct text *text, struct complaints *complaints)
{
	char *to = text->octets, *line = to, *from = to, *quoted = to;
	const char *told = "";
	bool closed;
	int number = 1;

	while (*from != '\0') {
		struct place place = {text->name, number, (int)(to - line) + 1};
		size_t comment = from < quoted ? 0 : comment_at(from, &closed), i = STRANGE;

		if (comment > 0 && !closed)
			complain(
				complaints, place, "the comment is not closed where the file ends");
		else if (comment == 0)
			i = strange_at(from);
		if (i < STRANGE) {
			if (strcmp(told, strange[i].what) != 0)
				complain(complaints, place, "%s", told = strange[i].what);
			from += strlen(strange[i].octets);
			if (strange[i].instead)
				*to++ = strange[i].instead;
			continue;
		}
		if (comment == 0 && from >= quoted && (*from == '"' || *from == '\''))
			quoted = quoted_end(text, from, &closed) + closed;
		for (size_t n = comment > 0 ? comment : 1; n > 0; n--, from++) {
			*to++ = comment > 0 && *from != '\n' ? ' ' : *from;
			if (*from == '\n') {
				number++;
				line = to;
			}
		}
	}
	*to = '\0';
}

int text_read(struct text *text, const char *name, struct complaints *complaints, struct why *why)
{
	*text = (struct text){.name = name, .line = 1};
	int fd = open_text(text, why);

	if (fd < 0)
		return fd;
	long length = read_octets(text, fd);
	close(fd);
	const char *reason =
		length < 0 ? strerror((int)-length) : not_text(text->octets, (size_t)length);
	if (reason) {
		text_free(text);
		return refuse(why, length < 0 ? (int)length : -EINVAL, reason);
	}
	tidy(text, complaints);
	memset(text->quotes, 0, sizeof(text->quotes)); /* it has moved */
	text->at = text->line_begin = text->octets;
	return 0;
}

void text_free(struct text *text)
{
	if (text->octets)
		explicit_bzero(text->octets, text->size);
	free(text->octets);
	text->octets = NULL;
}

/* ---- words ---- */

bool text_begins_word(char sign)
{
	return sign == '"' || sign == '\'' || !strchr(word_ends, sign);
}

struct place text_place(const struct text *text)
{
	return (struct place){text->name, text->line, (int)(text->at - text->line_begin) + 1};
}

int text_indent(const struct text *text)
{
	return (int)strspn(text->line_begin, " \t");
}

char text_next(struct text *text)
{
	for (; *text->at != '\0'; text->at++) {
		if (*text->at == '\n') {
			text->line++;
			text->line_begin = text->at + 1;
		} else if (!strchr(blanks, *text->at) && (*text->at != '+' || text->at[1] == '=')) {
			break;
		}
	}
	return *text->at;
}

static void append(struct word *word, char sign)
{
	if (word->length + 1 < sizeof(word->text))
		word->text[word->length++] = sign;
	else
		word->fault = "a word that is too long";
}

/* ${NAME} or ${NAME:-DEFAULT}, up to its closing brace. */
static void append_variable(struct word *word, char *at, char *end)
{
	char *colon = memchr(at, ':', (size_t)(end - at));
	char *otherwise = colon && colon[1] == '-' ? colon + 2 : NULL;
	const char *value;
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)((otherwise ? colon : end) - at - 2), at + 2);
	value = getenv(name);
	for (; value && *value != '\0'; value++)
		append(word, *value);
	for (; !value && otherwise && otherwise < end; otherwise++)
		append(word, *otherwise);
}

static bool begins_variable(const char *at)
{
	return at[0] == '$' && at[1] == '{';
}

/* The closing brace of the variable that begins at `at`, or NULL. */
static char *variable_end(char *at, const char *end)
{
	return begins_variable(at) ? memchr(at, '}', (size_t)(end - at)) : NULL;
}

/* Appends what the backslash at `at` and the characters behind it mean; the last one of them. */
static char *append_escaped(struct word *word, char *at, bool doubly)
{
	static const char letters[] = "nrtbfave", values[] = "\n\r\t\b\f\a\v\033";
	const char *letter = strchr(letters, at[1]);
	bool hexadecimal = at[1] == 'x' && isxdigit((unsigned char)at[2]);
	unsigned long octet;
	char digits[4] = "", *end;
	size_t length;

	if (!doubly && !strchr("\\'\n", at[1]))
		append(word, '\\');
	if (at[1] == '\n')
		return at + 1;
	if (!doubly || (!hexadecimal && !isdigit((unsigned char)at[1]))) {
		append(word, doubly && letter ? values[letter - letters] : at[1]);
		return at + 1;
	}
	length = hexadecimal ? 1 + !!isxdigit((unsigned char)at[3]) : strspn(at + 1, "0123456789");
	memcpy(digits, at + 1 + hexadecimal, length < 3 ? length : 3);
	octet = strtoul(digits, &end, hexadecimal ? 16 : 8);
	if (*end != '\0' || length > 3 || octet > UINT8_MAX)
		word->fault = "an unknown escape sequence";
	append(word, (char)octet);
	return at + hexadecimal + length;
}

static void take_quoted(struct text *text, struct word *word)
{
	char *begin = text->at, *variable, *at;
	bool closed, doubly = *begin == '"';
	char *end = quoted_end(text, begin, &closed);

	if (!closed)
		word->fault = "the quote that opens here is not closed";
	for (at = begin + 1; at < end; at++) {
		variable = doubly ? variable_end(at, end) : NULL;
		if (variable) {
			append_variable(word, at, variable);
			at = variable;
		} else if (*at == '\\' && at + 1 < end) {
			at = append_escaped(word, at, doubly);
		} else {
			append(word, *at);
		}
	}
	for (at = begin; at < end; at++) {
		if (*at == '\n') {
			text->line++;
			text->line_begin = at + 1;
		}
	}
	text->at = closed ? end + 1 : end;
}

void text_word(struct text *text, struct word *word)
{
	word->place = text_place(text);
	word->fault = NULL;
	word->length = 0;
	if (*text->at == '"' || *text->at == '\'') {
		take_quoted(text, word);
	} else {
		size_t length = strcspn(text->at, word_ends);
		char *end = NULL;

		if (begins_variable(text->at))
			end = variable_end(text->at, text->at + strcspn(text->at, "\n"));
		if (end)
			append_variable(word, text->at, end);
		for (size_t i = 0; !end && i < length; i++)
			append(word, text->at[i]);
		text->at = end ? end + 1 : text->at + length;
	}
	word->text[word->length] = '\0';
}
