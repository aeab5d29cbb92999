/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a configuration file, and its words: quoted or not, and the signs between them.
 * Knows no keyword. Must not repeat a word in a complaint.
 */
#ifndef MONAMI_DAEMON_CONFIG_TEXT_H
#define MONAMI_DAEMON_CONFIG_TEXT_H

#include "config.h"
#include "value.h"

struct place {
	const char *file;
	int line; /* 0: the file as a whole */
	int column;
};

struct complaints {
	void (*error)(void *ctx, const struct config_error *);
	void *ctx;
	unsigned int count;
	bool stopped; /* too many, or no memory */
	bool no_memory;
};

void complain(struct complaints *, struct place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A quote that was looked for up to `end`. Another one of its kind in between is escaped, and so
 * looks for the same end.
 */
struct quote {
	const char *begin, *end;
	const char *line;    /* the last newline in between, or NULL */
	const char *swallow; /* the last newline before a sign of a keyword or block, or NULL */
};

struct text {
	const char *name;
	char *octets; /* NUL-terminated */
	size_t size;
	/* what is read next */
	char *at;
	char *line_begin;
	int line;
	struct quote quotes[2]; /* the last ' and " */
};

/*
 * Reads a regular file of text. Blanks out the comments and mends characters that an editor or a
 * web page inserted, after complaining of them. 0, or -errno with the reason in `why`: it cannot be
 * opened, is no regular file, is too large, or is not text. `name` is borrowed.
 */
int text_read(struct text *, const char *name, struct complaints *, struct why *);
/* Overwrites the text first: it may hold keys. */
void text_free(struct text *);

/* Goes on to the next word or sign and returns its first character; '\0' at the end. '+' is "+=".
 */
char text_next(struct text *);
/* Whether a word begins with this character. */
bool text_begins_word(char);
struct place text_place(const struct text *);
/* Columns of white space before the line's first word. */
int text_indent(const struct text *);

struct word {
	struct place place;
	const char *fault; /* what is wrong with it: it is no value; NULL: nothing */
	size_t length;
	char text[1 << 16];
};

/* Takes the word that begins here. */
void text_word(struct text *, struct word *);

#endif
