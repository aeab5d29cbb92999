/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads blocks, keywords and their values. After a mistake it goes on with the next statement. Must
 * not repeat a value.
 */
#include "reader.h"

#include "../../program/text_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hundred thousand mobile nodes take less than a third of it. */
#define OCTETS_MAX (64 * 1024 * 1024)
/* More errors than these are not reported. */
#define ERRORS_MAX 1000
#define INCLUDE_DEPTH_MAX 8
/* Within that depth, files that include others several times would be read for days. */
#define FILES_MAX 65536

void complain(struct reader *r, struct place place, const char *format, ...)
{
	char text[512];
	struct config_error error = {place.file, place.line, place.column, text};
	va_list arguments;

	if (r->stopped)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	r->stopped = ++r->errors > ERRORS_MAX;
	if (r->stopped)
		error.text = "too many errors, the rest is not read";
	r->error(r->ctx, &error);
}

/* ---- values ---- */

/* Takes the last word as the value of a keyword, or as the title of a block. */
static void take_value(struct reader *r, enum keyword keyword)
{
	const struct row *row = &rows[keyword];
	bool repeats = row->count > 0 || row->opens < BLOCKS;
	const char *wrong;

	if (r->given[keyword] != 0 && !repeats)
		complain(r, r->word.place, "%s: given twice in this block, first in line %d",
			row->name, r->given[keyword]);
	else if (!r->word.wrong && (wrong = keyword_set(r, keyword, r->word.text)))
		complain(r, r->word.place, "%s: %s", row->name, wrong);
	if (r->given[keyword] == 0)
		r->given[keyword] = r->word.place.line;
}

/* Takes the next word as a value, unless one of `signs` behind it says that it begins a
 * statement. */
static bool take_word_unless(struct reader *r, const char *signs)
{
	struct source before = *r->source;

	if (!begins_word(next_sign(r)))
		return false;
	take_word(r);
	char sign = next_sign(r);
	if (sign == '\0' || !strchr(signs, sign))
		return true;
	*r->source = before;
	return false;
}

/* Reads over the brace that opens here, and all up to the one that closes it. */
static void skip_braces(struct reader *r)
{
	struct place brace = place_of(r);
	unsigned int depth = 0;
	char sign;

	do {
		sign = next_sign(r);
		depth += sign == '{';
		depth -= sign == '}';
		if (begins_word(sign))
			take_word(r);
		else
			r->source->at += sign != '\0';
	} while (depth > 0 && sign != '\0');
	if (depth > 0)
		complain(r, brace, "the brace that opens here is not closed");
	r->broken |= depth > 0;
}

/* Takes the values in braces. A list that is not closed ends where a statement begins. */
static void take_list(struct reader *r, enum keyword keyword)
{
	struct place brace = place_of(r);
	bool comma = true;

	for (accept_sign(r, '{'); begins_word(next_sign(r)); comma = accept_sign(r, ',')) {
		struct source before = *r->source;

		take_word(r);
		char sign = next_sign(r);
		if (sign != ',' && sign != '}' && (!comma || !begins_word(sign))) {
			*r->source = before;
			break;
		}
		if (!comma)
			complain(r, r->word.place, "%s: a comma is missing", rows[keyword].name);
		take_value(r, keyword);
	}
	if (!accept_sign(r, '}'))
		complain(r, brace, "the brace that opens here is not closed");
}

static void take_keyword(struct reader *r, enum keyword keyword, struct place place)
{
	const struct row *row = &rows[keyword];
	bool adds = accept_sign(r, '+'), equals = accept_sign(r, '=');
	char sign = next_sign(r);

	if (!equals)
		complain(r, place, "%s: the equal sign is missing", row->name);
	if (adds && row->count == 0)
		complain(r, place, "%s: += adds to a list, this is none", row->name);
	if (sign == '{' && row->count > 0)
		return take_list(r, keyword);
	bool same_line = place_of(r).line == place.line;
	if ((equals || same_line) && take_word_unless(r, same_line ? "" : "={"))
		return take_value(r, keyword);
	if (equals)
		complain(r, place, "%s: the value is missing", row->name);
	if (next_sign(r) == '{')
		skip_braces(r);
}

/* ---- blocks ---- */

static void take_title(struct reader *r, enum keyword name, struct place place)
{
	const struct row *row = &rows[name];
	/* or it is a keyword, and the opening brace before it is missing */
	bool titled = take_word_unless(r, "=");

	if (titled && !row->type.read)
		complain(r, r->word.place, "%s: this block has no title", row->name);
	else if (titled)
		take_value(r, name);
	else if (row->type.read && row->initial)
		complain(r, place, "%s: the block's title is missing", row->name);
}

static void open_block(struct reader *r, enum keyword name, struct place place)
{
	const struct row *row = &rows[name];

	if (r->given[name] != 0 && !row->type.read)
		complain(r, place, "%s: a second block of this kind; the first is in line %d",
			row->name, r->given[name]);
	else
		r->given[name] = place.line;
	r->block = row->opens;
	r->places[r->block] = place;
	block_begin(r, r->block);
	take_title(r, name, place);
	if (accept_sign(r, '{'))
		return;
	complain(r, place, "%s: the block's opening brace is missing", row->name);
	if (!begins_word(next_sign(r)))
		r->block = row->block;
}

static void close_brace(struct reader *r)
{
	struct source *source = r->source;
	struct place brace = place_of(r), begin = r->places[r->block];
	bool is_first = strspn(source->line_begin, " \t") == (size_t)brace.column - 1;

	if (r->block != source->block) {
		if (source->suspect.line == 0 && is_first && begin.line != brace.line &&
			brace.column < begin.column) {
			source->suspect = begin;
			source->suspect_name = blocks[r->block].name;
		}
		source->ended_line = brace.line;
		block_end(r);
	} else if (source->unclosed > 0) {
		source->unclosed--;
	} else if (source->ended_line > 0) {
		complain(r, brace, "a closing brace too many: the last block ended in line %d",
			source->ended_line);
	} else {
		complain(r, brace, "a closing brace, but no block is open");
	}
	source->at++;
}

/* The file ends: all of its blocks have to be closed. */
static void end_source(struct reader *r)
{
	static const char text[] = "%s: the block that begins here is not closed";
	struct source *source = r->source;
	bool suspect = source->suspect.line != 0;

	r->broken |= r->block != source->block;
	if (suspect && r->block != source->block)
		complain(r, source->suspect, text, source->suspect_name);
	for (; r->block != source->block; r->block = blocks[r->block].outer)
		if (!suspect)
			complain(r, r->places[r->block], text, blocks[r->block].name);
}

/* The block of this name in the open block or, if that is not closed, in one around; KEYWORDS:
 * none. */
static enum keyword find_block(const struct reader *r, const char *name)
{
	for (enum block block = r->block;; block = blocks[block].outer) {
		enum keyword found = keyword_in(block, name);

		if (found < KEYWORDS && rows[found].opens < BLOCKS)
			return found;
		if (block == r->source->block)
			return KEYWORDS;
	}
}

/* ---- statements ---- */

/* Reads over a statement whose word is neither a keyword nor a block here. */
static void skip_statement(struct reader *r, struct place place, const char *name)
{
	bool adds = accept_sign(r, '+'), equals = accept_sign(r, '=');

	if (begins_word(next_sign(r)) && place_of(r).line == place.line)
		take_word(r);
	bool braces = next_sign(r) == '{';
	unknown_word(r, place, name, braces && !equals && !adds);
	if (braces)
		skip_braces(r);
}

static int read_file(struct reader *r, const char *path, struct place place);

static void include(struct reader *r, struct place place)
{
	struct source *source = r->source;
	bool right = accept_sign(r, '(') && begins_word(next_sign(r));
	char path[PATH_MAX];

	if (right) {
		take_word(r);
		path_beside(r, r->word.text, path);
		accept_sign(r, ',');
		right = accept_sign(r, ')');
	}
	if (!right) {
		complain(
			r, place, "include: takes one file name in parentheses: include(\"FILE\")");
		source->at += strcspn(source->at, "}\n");
	} else if (source->depth > INCLUDE_DEPTH_MAX) {
		complain(r, place, "include: nested more than %d deep, or in a circle",
			INCLUDE_DEPTH_MAX);
	} else if (r->sources_count == FILES_MAX) {
		complain(r, place, "include: more than %d files", FILES_MAX);
	} else if (read_file(r, path, place) == 0) {
		return;
	}
	r->broken = true;
}

static void read_statement(struct reader *r)
{
	char name[64]; /* cut off */

	take_word(r);
	struct place place = r->word.place;
	snprintf(name, sizeof(name), "%.63s", r->word.text);
	char sign = next_sign(r);
	enum keyword keyword = keyword_in(r->block, name), block = find_block(r, name);
	bool is_keyword = keyword < KEYWORDS && rows[keyword].opens == BLOCK_NONE;
	if (strcmp(name, "include") == 0 &&
		(r->block == BLOCK_COMMON || r->block == BLOCK_HOME_AGENT))
		return include(r, place);
	if (is_keyword && (sign != '{' || block == KEYWORDS))
		return take_keyword(r, keyword, place);
	if (block == KEYWORDS || (block != keyword && (sign == '=' || sign == '+')))
		return skip_statement(r, place, name);
	if (block != keyword)
		complain(r, r->places[r->block],
			"%s: the block that begins here is not closed before '%s' in line %d",
			blocks[r->block].name, name, place.line);
	for (; r->block != rows[block].block; r->source->unclosed++)
		block_end(r);
	open_block(r, block, place);
}

static void read_statements(struct reader *r)
{
	char sign;

	while ((sign = next_sign(r)) != '\0') {
		if (begins_word(sign)) {
			read_statement(r);
		} else if (sign == '}') {
			close_brace(r);
		} else if (sign == '{') {
			complain(r, place_of(r),
				"a brace opens here, but there is no block's name before it");
			skip_braces(r);
		} else {
			complain(r, place_of(r), "unexpected '%c'", sign);
			r->source->at += strcspn(r->source->at, "\n{}");
		}
	}
	end_source(r);
}

/* ---- files ---- */

const char *path_beside(const struct reader *r, const char *name, char ret[PATH_MAX])
{
	const char *from = r->source->name, *slash = strrchr(from, '/');
	int directory = name[0] == '/' || !slash ? 0 : (int)(slash - from) + 1;
	int length = snprintf(ret, PATH_MAX, "%.*s%s", directory, from, name);

	if (length < 0 || length >= PATH_MAX)
		ret[0] = '\0';
	return ret;
}

/* Reads a file in the open block. -errno if it cannot be read, after saying so at `place`. */
static int read_file(struct reader *r, const char *path, struct place place)
{
	struct source *source = calloc(1, sizeof(*source) + strlen(path) + 1);
	const char *wrong =
		source ? text_file_read(path, OCTETS_MAX, 0, &source->text) : strerror(errno);
	int error = wrong ? -errno : 0;

	if (wrong) {
		complain(r, place, "cannot be read: %s", wrong);
		free(source);
		return error;
	}
	memcpy(source->name, path, strlen(path));
	source->before = r->sources;
	source->outer = r->source;
	source->block = r->block;
	source->depth = r->source ? r->source->depth + 1 : 1;
	source->at = source->counted = source->line_begin = source->text;
	source->line = 1;
	r->sources = r->source = source;
	r->sources_count++;
	if (source->text[0] == '\0' && !source->outer)
		wrong = "the file is empty";
	else if (strchr(source->text, '\r') && !strchr(source->text, '\n'))
		wrong = "cannot be read: its lines end with CR alone, save it with LF";
	if (wrong)
		complain(r, (struct place){source->name, 0, 0}, "%s", wrong);
	else
		read_statements(r);
	r->broken |= wrong != NULL;
	r->source = source->outer;
	text_file_free(source->text);
	return 0;
}

static int read_all(struct reader *r, const char *file)
{
	int error;

	r->nodes_end = &r->nodes;
	for (enum block block = 0; block < BLOCKS; block++)
		block_begin(r, block);
	r->config.core.dialect = &dialect_rfc5648;
	error = read_file(r, file, (struct place){file, 0, 0});
	if (error == 0 && !r->broken && !r->stopped)
		check_all(r, file);
	forget_nodes(r);
	for (struct source *before; r->sources; r->sources = before) {
		before = r->sources->before;
		free(r->sources);
	}
	if (r->no_memory)
		return -ENOMEM;
	return error == 0 && r->errors > 0 ? -EINVAL : error;
}

int config_read(const char *file, void (*error)(void *ctx, const struct config_error *), void *ctx,
	struct config **ret)
{
	struct config *config = calloc(1, sizeof(*config));
	struct reader *r = calloc(1, sizeof(*r));
	int result = -ENOMEM;

	if (r && config) {
		r->error = error;
		r->ctx = ctx;
		result = read_all(r, file);
		*config = r->config;
		config->file = file;
		explicit_bzero(r, sizeof(*r));
	}
	free(r);
	if (result == 0)
		*ret = config;
	else if (config)
		config_free(config);
	return result;
}
