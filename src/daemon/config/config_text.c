/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds quotes, lists and blocks that are not closed before libconfuse reads the text: libconfuse
 * names the last line that it read, not the line with the mistake. Must not repeat a value.
 *
 * The scanner knows words, quoted words, '=', braces and parentheses, and which block may stand in
 * which. If a block may not stand where it begins, but in one of the outer blocks, the blocks
 * between them are not closed. If the file ends too early, a block whose closing brace is indented
 * less than its opening line is not closed.
 */
#include "config_text.h"

#include "../../program/nearest.h"

#include <stdio.h>
#include <string.h>

/* Deeper than any right configuration. */
#define DEPTH_MAX 8
#define WORDS_MAX 3

enum { KIND_LIST = BLOCKS, KIND_UNKNOWN };

static const struct {
	int outer;
	const char *name;
	int kind;
} places[] = {
	{BLOCK_COMMON, "home_agent", BLOCK_HOME_AGENT},
	{BLOCK_COMMON, "mobile_node", BLOCK_MOBILE_NODE},
	{BLOCK_COMMON, "correspondent", BLOCK_CORRESPONDENT},
	{BLOCK_HOME_AGENT, "mobile_node", BLOCK_NODE},
	{BLOCK_MOBILE_NODE, "link", BLOCK_LINK},
	{BLOCK_MOBILE_NODE, "route_optimization", BLOCK_ROUTE_OPTIMIZATION},
	{BLOCK_ROUTE_OPTIMIZATION, "prefix", BLOCK_WORTH},
};
#define PLACES_COUNT (sizeof(places) / sizeof(places[0]))

struct word {
	char *text;
	size_t length;
	int line;
};

struct open_block {
	int kind;
	int line;
	int indent;  /* of the line that opens it */
	char *begin; /* of its name */
};

struct scanner {
	const char *name;
	char *at;
	char *end;
	char *line_begin;
	int line;
	/* since the last value, brace or parenthesis */
	struct word words[WORDS_MAX];
	unsigned int words_count;
	bool value_follows;
	struct open_block open[DEPTH_MAX]; /* [0]: the file */
	unsigned int depth;
	struct open_block suspect; /* closed by a brace that is indented less; line 0: none */
	int closed_line;           /* of the last block that was closed */
	int quote_line;     /* where the first quoted word of several lines begins; 0: none */
	int call_line;      /* of the parenthesis that is open; 0: none */
	bool comma_follows; /* in it: only a comma or the closing parenthesis may come next */
	bool readable;
};

static struct place place_of(const struct scanner *scanner, int line)
{
	return (struct place){scanner->name, line};
}

/* The rest of the file cannot be read. */
static void give_up(struct scanner *scanner)
{
	scanner->readable = false;
	scanner->at = scanner->end;
}

static bool word_is(const struct word *word, const char *text)
{
	return word->length == strlen(text) && memcmp(word->text, text, word->length) == 0;
}

static bool is_block_name(const struct word *word)
{
	for (size_t i = 0; i < PLACES_COUNT; i++)
		if (word_is(word, places[i].name))
			return true;
	return false;
}

static bool is_keyword(const struct word *word)
{
	const struct keyword *keyword;

	for (int i = 0; i < BLOCKS; i++)
		for (keyword = config_blocks[i].keywords; keyword->name; keyword++)
			if (word_is(word, keyword->name))
				return true;
	return false;
}

/* The kind of a block of this name in one of kind `outer`, or KIND_UNKNOWN. */
static int kind_in(int outer, const struct word *word)
{
	for (size_t i = 0; i < PLACES_COUNT; i++)
		if (places[i].outer == outer && word_is(word, places[i].name))
			return places[i].kind;
	return KIND_UNKNOWN;
}

static struct open_block *top(struct scanner *scanner)
{
	return &scanner->open[scanner->depth];
}

static int indent_of(const char *line)
{
	int indent = 0;

	while (line[indent] == ' ' || line[indent] == '\t')
		indent++;
	return indent;
}

static void not_closed(const struct scanner *scanner, const struct open_block *block)
{
	if (block->kind < BLOCKS)
		config_complain(place_of(scanner, block->line),
			"%s: the block that begins here is not closed",
			config_blocks[block->kind].name);
	else
		config_complain(
			place_of(scanner, block->line), "the brace that opens here is not closed");
}

/* A block that may not stand here: in a block around it, it may. */
static bool closes_too_late(struct scanner *scanner, const struct word *word)
{
	for (unsigned int i = scanner->depth; i-- > 0;) {
		if (kind_in(scanner->open[i].kind, word) == KIND_UNKNOWN)
			continue;
		config_complain(place_of(scanner, top(scanner)->line),
			"%s: the block that begins here is not closed before '%.*s' in line %d",
			config_blocks[top(scanner)->kind].name, (int)word->length, word->text,
			word->line);
		give_up(scanner);
		return true;
	}
	return false;
}

static void misplaced(struct scanner *scanner, const struct word *word)
{
	size_t i = 0;

	while (!word_is(word, places[i].name))
		i++;
	if (scanner->depth == 0 && scanner->closed_line != 0)
		config_complain(place_of(scanner, word->line),
			"%s: belongs into a %s block, but the last block ended in line %d",
			places[i].name, config_blocks[places[i].outer].name, scanner->closed_line);
	else
		config_complain(place_of(scanner, word->line), "%s: belongs into a %s block",
			places[i].name, config_blocks[places[i].outer].name);
}

static void unknown_block(struct scanner *scanner, const struct word *word)
{
	struct nearest nearest;
	char text[NEAREST_LENGTH_MAX] = "";

	if (config_may_be_shown(word->text, word->length))
		snprintf(text, sizeof(text), "%.*s", (int)word->length, word->text);
	nearest = nearest_to(text);
	for (size_t i = 0; i < PLACES_COUNT; i++)
		if (places[i].outer == top(scanner)->kind)
			nearest_offer(&nearest, places[i].name);
	config_complain(place_of(scanner, word->line), "unknown block%s%s%s%s", text[0] ? " '" : "",
		text, text[0] ? "'" : "", nearest_question(&nearest, "").text);
}

static void push(struct scanner *scanner, int kind, const struct word *word)
{
	if (scanner->depth + 1 == DEPTH_MAX) {
		config_complain(place_of(scanner, scanner->line), "blocks are nested too deep");
		give_up(scanner);
		return;
	}
	scanner->depth++;
	*top(scanner) = (struct open_block){
		.kind = kind,
		.line = word ? word->line : scanner->line,
		.indent = indent_of(scanner->line_begin),
		.begin = word ? word->text : NULL,
	};
}

static void open_brace(struct scanner *scanner)
{
	const struct word *word = &scanner->words[0];
	int kind;

	if (top(scanner)->kind == KIND_LIST) {
		not_closed(scanner, top(scanner));
		give_up(scanner);
		return;
	}
	if (scanner->value_follows) {
		push(scanner, KIND_LIST, NULL);
		return;
	}
	if (scanner->words_count == 0 || scanner->words_count > 2 ||
		(is_keyword(word) && !is_block_name(word))) {
		/* libconfuse says what is missing */
		push(scanner, KIND_UNKNOWN, NULL);
		return;
	}
	kind = kind_in(top(scanner)->kind, word);
	if (kind == KIND_UNKNOWN && is_block_name(word) && top(scanner)->kind != KIND_UNKNOWN) {
		if (closes_too_late(scanner, word))
			return;
		misplaced(scanner, word);
	} else if (kind == KIND_UNKNOWN && top(scanner)->kind != KIND_UNKNOWN) {
		unknown_block(scanner, word);
	}
	push(scanner, kind, word);
}

/* So that libconfuse goes on behind a block that it cannot read. */
static void blank_block(char *from, const char *to)
{
	for (; from <= to; from++)
		if (*from != '\n')
			*from = ' ';
}

static void close_brace(struct scanner *scanner)
{
	struct open_block *block = top(scanner);
	int indent = indent_of(scanner->line_begin);

	if (scanner->depth == 0) {
		if (scanner->closed_line != 0)
			config_complain(place_of(scanner, scanner->line),
				"a closing brace too many: the last block ended in line %d",
				scanner->closed_line);
		else
			config_complain(place_of(scanner, scanner->line),
				"a closing brace, but no block is open");
		give_up(scanner);
		return;
	}
	if (block->kind != KIND_LIST) {
		bool first = scanner->line_begin + indent == scanner->at;

		if (scanner->suspect.line == 0 && first && block->line != scanner->line &&
			indent < block->indent)
			scanner->suspect = *block;
		scanner->closed_line = scanner->line;
	}
	if (block->kind == KIND_UNKNOWN && block->begin)
		blank_block(block->begin, scanner->at);
	scanner->depth--;
}

/* ---- parentheses: include(), whose arguments libconfuse does not free if they are not closed ----
 */

static void bad_call(struct scanner *scanner)
{
	config_complain(place_of(scanner, scanner->call_line),
		"the parenthesis that opens here does not hold one file name: include(\"FILE\")");
	give_up(scanner);
}

static void open_parenthesis(struct scanner *scanner)
{
	scanner->words_count = 0;
	scanner->call_line = scanner->line;
	scanner->comma_follows = false;
}

/* Whether this character may come next within the parentheses. */
static bool takes_in_call(struct scanner *scanner, char sign)
{
	switch (sign) {
	case '{':
	case '}':
	case '=':
	case '(':
	case '+':
		return false;
	case ',':
		if (!scanner->comma_follows)
			return false;
		scanner->comma_follows = false;
		return true;
	case ')':
		scanner->call_line = 0;
		return true;
	default:
		if (strchr(" \t\r\n\f\v", sign))
			return true;
		if (scanner->comma_follows)
			return false;
		scanner->comma_follows = true;
		return true;
	}
}

/* Where a block's name is followed by a keyword: "link wlan0 bid =" */
static void equal_sign(struct scanner *scanner)
{
	const struct word *word = &scanner->words[0];

	if (top(scanner)->kind == KIND_LIST) {
		not_closed(scanner, top(scanner));
		give_up(scanner);
	} else if (scanner->words_count > 1 && is_block_name(word) && !is_keyword(word)) {
		config_complain(place_of(scanner, word->line),
			"%.*s: the block's opening brace is missing", (int)word->length,
			word->text);
		give_up(scanner);
	}
	scanner->words_count = 0;
	scanner->value_follows = true;
}

static void add_word(struct scanner *scanner, char *begin, int line)
{
	if (top(scanner)->kind == KIND_LIST || scanner->call_line != 0)
		return;
	if (scanner->value_follows) {
		scanner->value_follows = false;
		return;
	}
	if (scanner->words_count < WORDS_MAX)
		scanner->words[scanner->words_count++] =
			(struct word){begin, (size_t)(scanner->at - begin), line};
}

static bool ends_word(char sign)
{
	return strchr(" \t\r\n\f\v\"'{}()=+,", sign) != NULL;
}

static void new_line(struct scanner *scanner)
{
	scanner->line++;
	scanner->line_begin = scanner->at + 1;
}

/*
 * A quoted word may have several lines. But if it contains a line of a configuration, or the last
 * quoted word does not end, then the quote that ended the first such word was to begin another one.
 */
static void quoted(struct scanner *scanner)
{
	const int line = scanner->line;
	char *begin = scanner->at;
	const char quote = *begin;
	bool swallows = false;

	for (scanner->at++; scanner->at < scanner->end && *scanner->at != quote; scanner->at++) {
		if (*scanner->at == '\\' && scanner->at + 1 < scanner->end)
			scanner->at++;
		if (*scanner->at == '\n')
			new_line(scanner);
		else if (scanner->line > line && strchr("={}", *scanner->at))
			swallows = true;
	}
	if (scanner->line > line && scanner->quote_line == 0)
		scanner->quote_line = line;
	if (scanner->at >= scanner->end || swallows) {
		config_complain(
			place_of(scanner, scanner->quote_line != 0 ? scanner->quote_line : line),
			"the quote that opens here is not closed");
		give_up(scanner);
		return;
	}
	scanner->at++;
	add_word(scanner, begin, line);
}

static void step(struct scanner *scanner)
{
	char *begin = scanner->at;

	if (scanner->call_line != 0 && !takes_in_call(scanner, *begin)) {
		bad_call(scanner);
		return;
	}
	switch (*begin) {
	case '"':
	case '\'':
		quoted(scanner);
		return;
	case '{':
		open_brace(scanner);
		scanner->words_count = 0;
		scanner->value_follows = false;
		break;
	case '}':
		close_brace(scanner);
		scanner->words_count = 0;
		scanner->value_follows = false;
		break;
	case '=':
		equal_sign(scanner);
		break;
	case '(':
		open_parenthesis(scanner);
		break;
	case ')':
		scanner->words_count = 0;
		break;
	case '\n':
		new_line(scanner);
		break;
	default:
		if (ends_word(*begin))
			break;
		while (scanner->at < scanner->end && !ends_word(*scanner->at))
			scanner->at++;
		/* libconfuse ends a word behind an asterisk */
		if (scanner->call_line != 0 && memchr(begin, '*', (size_t)(scanner->at - begin)))
			bad_call(scanner);
		else
			add_word(scanner, begin, scanner->line);
		return;
	}
	scanner->at++;
}

/* ---- characters ---- */

static const struct {
	const char *octets;
	const char *what;
} strange[] = {
	{"\xef\xbb\xbf", "a byte order mark: save the file as UTF-8 without one"},
	{"\xe2\x80\x98", "a typographic quote: write '"},
	{"\xe2\x80\x99", "a typographic quote: write '"},
	{"\xe2\x80\x9c", "a typographic quote: write \""},
	{"\xe2\x80\x9d", "a typographic quote: write \""},
	{"\xe2\x80\x9e", "a typographic quote: write \""},
	{"\xe2\x80\x8b", "a space without width: delete it"},
	{"\xc2\xa0", "a no-break space: write a space"},
};

/* Characters that an editor or a web page inserted and that nobody sees. Complains once of each. */
static void check_characters(const struct scanner *file)
{
	const char *last = "";

	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		const char *found = strstr(file->at, strange[i].octets);
		int line = 1;

		if (!found || found >= file->end || strcmp(strange[i].what, last) == 0)
			continue;
		last = strange[i].what;
		for (const char *at = file->at; at < found; at++)
			line += *at == '\n';
		config_complain(place_of(file, line), "%s", strange[i].what);
	}
}

bool config_text_check(struct config_file *file, size_t length, const char *name, int outer)
{
	struct scanner scanner = {
		.name = name,
		.at = file->text,
		.end = file->text + length,
		.line_begin = file->text,
		.line = 1,
		.open = {{.kind = outer}},
		.readable = true,
	};
	unsigned int errors = config_reader.errors;

	check_characters(&scanner);
	if (config_reader.errors > errors)
		return false;
	while (scanner.at < scanner.end)
		step(&scanner);
	if (scanner.readable && scanner.call_line != 0)
		bad_call(&scanner);
	if (!scanner.readable || scanner.depth == 0)
		return scanner.readable;
	if (scanner.suspect.line != 0)
		not_closed(&scanner, &scanner.suspect);
	else
		for (; scanner.depth > 0; scanner.depth--)
			not_closed(&scanner, top(&scanner));
	return false;
}
