/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads blocks, keywords and their values. After a mistake it goes on with the next word that can
 * be understood, so that all mistakes of a file are found at once. Must not repeat a value.
 */
#include "reader.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More errors than these are not reported. */
#define COMPLAINTS_MAX 1000
#define INCLUDE_DEPTH_MAX 8
/* Within that depth, files that include others several times would be read for days. */
#define FILES_MAX 65536

#define WRONG(reader, place, ...) complain(&(reader)->complaints, place, __VA_ARGS__)

void complain(struct complaints *complaints, struct place place, const char *format, ...)
{
	char text[512];
	struct config_error error = {place.file, place.line, place.column, text};
	va_list arguments;

	if (complaints->stopped)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (++complaints->count > COMPLAINTS_MAX) {
		complaints->stopped = true;
		error.text = "too many errors, the rest is not read";
	}
	complaints->error(complaints->ctx, &error);
}

static struct text *text_of(struct reader *reader)
{
	return &reader->source->text;
}

/* ---- blocks that are opened and closed ---- */

/* Reads over the brace that opens here, and all up to the one that closes it. */
static void skip_braces(struct reader *reader)
{
	struct text *text = text_of(reader);
	unsigned int depth = 0;

	text_next(text);
	struct place brace = text_place(text);
	do {
		char sign = text_next(text);

		if (text_begins_word(sign)) {
			text_word(text, &reader->word);
			continue;
		}
		if (sign == '\0') {
			WRONG(reader, brace, "the brace that opens here is not closed");
			reader->broken = true;
			return;
		}
		depth += sign == '{';
		depth -= sign == '}';
		text->at++;
	} while (depth > 0);
}

static void open_block(struct reader *reader, enum block block, struct place place)
{
	struct text *text = text_of(reader);
	struct open *open = &reader->open[block];
	struct text before = *text;
	struct place at = place;
	bool titled = false;

	open->indent = text_indent(text);
	if (text_begins_word(text_next(text))) {
		text_word(text, &reader->word);
		titled = text_next(text) != '=';
		if (titled)
			at = reader->word.place;
		else
			*text = before; /* it is a keyword */
	}
	snprintf(open->title, sizeof(open->title), "%.63s", titled ? reader->word.text : "");
	if (titled && block_rows[block].title == TITLE_NONE)
		WRONG(reader, at, "%s: this block has no title", block_rows[block].name);
	else if (!open->title[0] && block_rows[block].title > TITLE_NAME)
		WRONG(reader, place, "%s: the block's title is missing", block_rows[block].name);
	else if (titled && reader->word.fault)
		WRONG(reader, at, "%s", reader->word.fault);
	if (text_next(text) == '{') {
		text->at++;
	} else {
		WRONG(reader, place, "%s: the block's opening brace is missing",
			block_rows[block].name);
		if (!text_begins_word(*text->at))
			return;
	}
	if (open->place.line != 0 && block_rows[block].outer == BLOCK_COMMON &&
		block_rows[block].title == TITLE_NONE)
		WRONG(reader, at, "a second block of this kind; the first is in line %d",
			open->place.line);
	open->place = at;
	open->begin = place;
	reader->block = block;
	block_begin(reader, block);
}

static void end_block(struct reader *reader)
{
	enum block block = reader->block;

	block_check_required(reader, block);
	rules_end(reader);
	reader->block = block_rows[block].outer;
}

static void not_closed(struct reader *reader, struct place place, const char *name)
{
	WRONG(reader, place, "%s: the block that begins here is not closed", name);
}

static void close_brace(struct reader *reader)
{
	struct source *source = reader->source;
	struct text *text = &source->text;
	const struct open *open = &reader->open[reader->block];
	int indent = text_indent(text);

	if (reader->block != source->block) {
		if (source->suspect.line == 0 && text->line_begin + indent == text->at &&
			open->begin.line != text->line && indent < open->indent) {
			source->suspect = reader->open[reader->block].begin;
			source->suspect_name = block_rows[reader->block].name;
		}
		source->closed_line = text->line;
		end_block(reader);
	} else if (source->unclosed > 0) {
		source->unclosed--;
	} else if (source->closed_line != 0) {
		WRONG(reader, text_place(text),
			"a closing brace too many: the last block ended in line %d",
			source->closed_line);
	} else {
		WRONG(reader, text_place(text), "a closing brace, but no block is open");
	}
	text->at++;
}

/* The file ends: all of its blocks have to be closed. */
static void end_source(struct reader *reader)
{
	struct source *source = reader->source;

	if (reader->block != source->block && source->suspect.line != 0)
		not_closed(reader, source->suspect, source->suspect_name);
	for (; reader->block != source->block; reader->block = block_rows[reader->block].outer) {
		reader->broken = true;
		if (source->suspect.line == 0)
			not_closed(reader, reader->open[reader->block].begin,
				block_rows[reader->block].name);
	}
}

/* A block that may not stand here, but in one of the blocks around: those between are not closed.
 */
static bool closes_too_late(struct reader *reader, struct place place)
{
	enum block outer = reader->block;

	while (outer != reader->source->block) {
		outer = block_rows[outer].outer;
		enum block block = block_in(outer, reader->name);

		if (block == BLOCKS)
			continue;
		WRONG(reader, reader->open[reader->block].begin,
			"%s: the block that begins here is not closed before '%s' in line %d",
			block_rows[reader->block].name, block_rows[block].name, place.line);
		for (; reader->block != outer; reader->source->unclosed++)
			end_block(reader);
		open_block(reader, block, place);
		return true;
	}
	return false;
}

/* A block of an unknown name, or in the wrong block. */
static void misplaced_block(struct reader *reader, struct place place)
{
	enum block outer = BLOCK_COMMON;

	if (closes_too_late(reader, place))
		return;
	while (outer < BLOCKS && block_in(outer, reader->name) == BLOCKS)
		outer++;
	if (outer == BLOCKS)
		unknown_word(reader, place, reader->name, true);
	else if (reader->block == reader->source->block && reader->source->closed_line != 0)
		WRONG(reader, place,
			"%s: belongs into a %s block, but the last block ended in line %d",
			reader->name, block_rows[outer].name, reader->source->closed_line);
	else
		WRONG(reader, place, "%s: belongs into a %s block", reader->name,
			block_rows[outer].name);
	if (text_begins_word(text_next(text_of(reader))))
		text_word(text_of(reader), &reader->word);
	skip_braces(reader);
}

/* ---- keywords and their values ---- */

/* After a word: it is a keyword, or the name of a block. */
static bool begins_statement(char sign)
{
	return sign == '=' || sign == '{';
}

static void take_value(struct reader *reader, enum keyword keyword)
{
	struct why why = {""};
	const char *reason = reader->word.fault;

	if (!keyword_note(reader, keyword))
		reason = "given twice in this block";
	if (!reason && !keyword_set(reader, keyword, reader->word.text, &why))
		reason = why.text;
	if (reason)
		WRONG(reader, reader->word.place, "%s: %s", keyword_names[keyword], reason);
}

/* What follows the word that begins here. */
static char sign_behind_word(struct reader *reader)
{
	struct text ahead = *text_of(reader);

	text_word(&ahead, &reader->word);
	return text_next(&ahead);
}

/* Takes the values in braces. Where a keyword or block begins instead of one, the list ends. */
static void take_list(struct reader *reader, enum keyword keyword)
{
	struct text *text = text_of(reader);
	struct place brace = text_place(text);
	char sign;

	for (text->at++; text_begins_word(text_next(text));) {
		if (begins_statement(sign_behind_word(reader)))
			break;
		text_word(text, &reader->word);
		take_value(reader, keyword);
		sign = text_next(text);
		if (sign == ',') {
			text->at++;
		} else if (sign != '}') {
			sign = sign_behind_word(reader);
			if (sign != ',' && sign != '}')
				break;
			WRONG(reader, text_place(text), "%s: a comma is missing",
				keyword_names[keyword]);
		}
	}
	if (text_next(text) == '}')
		text->at++;
	else
		WRONG(reader, brace, "the brace that opens here is not closed");
}

static void take_keyword(struct reader *reader, enum keyword keyword, struct place place)
{
	struct text *text = text_of(reader);
	char sign = text_next(text);
	int line = text->line;

	if (sign == '=' || sign == '+') {
		text->at += sign == '=' ? 1 : 2;
		if (sign == '+' && !keyword_is_list(keyword))
			WRONG(reader, place, "%s: += adds to a list, this is none",
				keyword_names[keyword]);
	} else {
		WRONG(reader, place, "%s: the equal sign is missing", keyword_names[keyword]);
		if (sign == '{')
			skip_braces(reader);
		if (!text_begins_word(sign) || line != place.line)
			return;
	}
	sign = text_next(text);
	if (sign == '{' && keyword_is_list(keyword)) {
		take_list(reader, keyword);
	} else if (!text_begins_word(sign) ||
		   (text->line > line && begins_statement(sign_behind_word(reader)))) {
		WRONG(reader, place, "%s: the value is missing", keyword_names[keyword]);
		if (sign == '{')
			skip_braces(reader);
	} else {
		text_word(text, &reader->word);
		take_value(reader, keyword);
	}
}

/* Reads over what follows a keyword that is unknown. */
static void skip_value(struct reader *reader, int line)
{
	struct text *text = text_of(reader);
	char sign = text_next(text);

	if (sign == '=' || sign == '+') {
		text->at += sign == '=' ? 1 : 2;
		sign = text_next(text);
		line = text->line;
	}
	if (sign == '{')
		skip_braces(reader);
	else if (text_begins_word(sign) && text->line == line)
		text_word(text, &reader->word);
}

/* ---- files ---- */

static int read_file(struct reader *reader, const char *path, struct place place);

static void include(struct reader *reader, struct place place)
{
	struct text *text = text_of(reader);
	unsigned int depth = 0;
	char path[PATH_MAX];
	bool right = text_next(text) == '(', fits = true;

	text->at += right;
	right = right && text_begins_word(text_next(text));
	if (right) {
		text_word(text, &reader->word);
		fits = rules_path(reader, reader->word.text, path, sizeof(path));
		text->at += text_next(text) == ',';
		right = text_next(text) == ')';
	}
	if (!right)
		text->at += strcspn(text->at, ")}\n");
	text->at += *text->at == ')';
	for (const struct source *source = reader->source; source; source = source->outer)
		depth++;
	if (!right)
		WRONG(reader, place,
			"include: takes one file name in parentheses: include(\"FILE\")");
	else if (depth > INCLUDE_DEPTH_MAX)
		WRONG(reader, place, "include: nested more than %d deep, or in a circle",
			INCLUDE_DEPTH_MAX);
	else if (reader->names_count == FILES_MAX)
		WRONG(reader, place, "include: more than %d files", FILES_MAX);
	else if (!fits)
		WRONG(reader, place, "include: path too long");
	else if (read_file(reader, path, place) == 0)
		return;
	reader->broken = true;
}

static void statement(struct reader *reader)
{
	struct text *text = text_of(reader);
	enum keyword given;
	enum block block;
	char sign;

	text_word(text, &reader->word);
	struct place place = reader->word.place;
	if (reader->word.fault)
		WRONG(reader, place, "%s", reader->word.fault);
	snprintf(reader->name, sizeof(reader->name), "%.63s", reader->word.text);
	sign = text_next(text);
	if (strcmp(reader->name, "include") == 0 &&
		(reader->block == BLOCK_COMMON || reader->block == BLOCK_HOME_AGENT)) {
		include(reader, place);
		return;
	}
	given = keyword_in(reader->block, reader->name);
	block = block_in(reader->block, reader->name);
	if (block < BLOCKS)
		open_block(reader, block, place);
	else if (sign == '{' &&
		 (given == KEYWORDS || block_in(BLOCK_COMMON, reader->name) < BLOCKS))
		misplaced_block(reader, place);
	else if (given < KEYWORDS)
		take_keyword(reader, given, place);
	else if (text_begins_word(sign) && sign_behind_word(reader) == '{')
		misplaced_block(reader, place);
	else {
		unknown_word(reader, place, reader->name, false);
		skip_value(reader, place.line);
	}
}

static void read_source(struct reader *reader)
{
	struct text *text = text_of(reader);
	char sign;

	while (!reader->complaints.stopped && (sign = text_next(text)) != '\0') {
		if (text_begins_word(sign)) {
			statement(reader);
		} else if (sign == '}') {
			close_brace(reader);
		} else if (sign == '{') {
			WRONG(reader, text_place(text),
				"a brace opens here, but there is no block's name before it");
			skip_braces(reader);
		} else {
			WRONG(reader, text_place(text), "unexpected '%c'", sign);
			text->at += strspn(text->at, "=+(),");
			skip_value(reader, text->line);
		}
	}
	end_source(reader);
}

/* A copy of a name that lives as long as the reader; NULL: no memory. */
static const char *keep_name(struct reader *reader, const char *name)
{
	char **names = reallocarray(reader->names, reader->names_count + 1, sizeof(*names));

	if (!names)
		return NULL;
	reader->names = names;
	names[reader->names_count] = strdup(name);
	return names[reader->names_count] ? names[reader->names_count++] : NULL;
}

/* Reads a file in the open block. -errno if it cannot be read, after saying so at `place`. */
static int read_file(struct reader *reader, const char *path, struct place place)
{
	struct source source = {.outer = reader->source, .block = reader->block};
	const char *name = keep_name(reader, path);
	struct why why;
	int error = name ? text_read(&source.text, name, &reader->complaints, &why) : -ENOMEM;

	if (error < 0) {
		reader->complaints.no_memory |= error == -ENOMEM;
		reader->complaints.stopped |= error == -ENOMEM;
		WRONG(reader, place, "%s", why.text);
		return error;
	}
	if (source.text.octets[0] == '\0' && !source.outer) {
		WRONG(reader, (struct place){name, 0, 0}, "the file is empty");
		reader->broken = true;
	}
	reader->source = &source;
	read_source(reader);
	reader->source = source.outer;
	text_free(&source.text);
	return 0;
}

static int read_all(struct reader *reader, const char *file)
{
	int error;

	for (enum block block = 0; block < BLOCKS; block++)
		block_begin(reader, block);
	reader->config.core.dialect = &dialect_rfc5648;
	error = read_file(reader, file, (struct place){file, 0, 0});
	if (error == 0 && !reader->broken && !reader->complaints.stopped)
		rules_finish(reader, file);
	if (reader->complaints.no_memory)
		return -ENOMEM;
	return error == 0 && reader->complaints.count > 0 ? -EINVAL : error;
}

int config_read(const char *file, void (*error)(void *ctx, const struct config_error *), void *ctx,
	struct config **ret)
{
	struct config *config = calloc(1, sizeof(*config));
	struct reader *reader = calloc(1, sizeof(*reader));
	int result = -ENOMEM;

	if (reader && config) {
		reader->complaints = (struct complaints){.error = error, .ctx = ctx};
		result = read_all(reader, file);
		*config = reader->config;
		while (reader->names_count > 0)
			free(reader->names[--reader->names_count]);
		free(reader->names);
		free(reader->node_places);
		explicit_bzero(reader, sizeof(*reader));
	}
	free(reader);
	if (result == 0)
		*ret = config;
	else if (config)
		config_free(config);
	return result;
}
