/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of keywords.def, and what follows from a row of it: value, default, name. */
#include "reader.h"

#include "../../program/nearest.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum type {
	TYPE_BOOL,
	TYPE_ALLOWED, /* the file says what is allowed, the member what is prohibited */
	TYPE_NUMBER,
	TYPE_SECONDS, /* a multiple of 4: RFC 6275 6.1.7 */
	TYPE_WORD,
	TYPE_ADDRESS,
	TYPE_PREFIX, /* the member of its length stands behind it */
	TYPE_INTERFACE,
	TYPE_INTERFACES,
	TYPE_PATH,
	TYPE_KEY,
	TYPE_KEY_FILE,
};

#define BOOL .type = TYPE_BOOL
#define ALLOWED .type = TYPE_ALLOWED
#define NUMBER(from, to, unit) .type = TYPE_NUMBER, .least = (from), .most = (to)
#define NUMBER_OR_INFINITE(from, to, unit)                                                         \
	.type = TYPE_NUMBER, .least = (from), .most = (to), .also = "infinite"
#define SECONDS(from, to) .type = TYPE_SECONDS, .least = (from), .most = (to)
#define LIFETIME(from, to) .type = TYPE_SECONDS, .least = (from), .most = (to), .also = "infinite"
#define WORD(...) .type = TYPE_WORD, .words = {__VA_ARGS__}
#define ADDRESS .type = TYPE_ADDRESS
#define PREFIX(to) .type = TYPE_PREFIX, .most = (to)
#define INTERFACE .type = TYPE_INTERFACE
#define INTERFACES .type = TYPE_INTERFACES
#define PATH .type = TYPE_PATH
#define PATH_OR_NONE .type = TYPE_PATH, .also = "none"
#define KEY .type = TYPE_KEY
#define KEY_FILE .type = TYPE_KEY_FILE
#define REQUIRED "(required)"

const struct block_row block_rows[BLOCKS] = {
#define BLOCK(block, name, outer, title) [BLOCK_##block] = {name, BLOCK_##outer, TITLE_##title},
#define KEYWORD(block, name, type, member, value, text)
#include "keywords.def"
#undef BLOCK
#undef KEYWORD
};

const char *const keyword_names[KEYWORDS] = {
#define BLOCK(block, name, outer, title)
#define KEYWORD(block, name, type, member, value, text) [KEYWORD_##block##_##name] = #name,
#include "keywords.def"
#undef BLOCK
#undef KEYWORD
};

static const struct row {
	enum block block;
	size_t offset;
	size_t size;
	const char *value; /* by default; in parentheses: only for the reader of the manual */
	enum type type;
	uint32_t least;
	uint32_t most;
	const char *also;     /* a word that is a value, too: infinite or none */
	const char *words[4]; /* up to the first NULL */
} rows[KEYWORDS] = {
#define BLOCK(block, name, outer, title)
#define KEYWORD(block, name, type, member, value, text)                                            \
	[KEYWORD_##block##_##name] = {BLOCK_##block, offsetof(struct reader, member),              \
		sizeof(((struct reader *)0)->member), value, type},
#include "keywords.def"
#undef BLOCK
#undef KEYWORD
};

_Static_assert(BINDINGS_MAX == 8 && IPV6_MTU_MIN == 1280, "numbers of keywords.def");
_Static_assert(LIFETIME_UNIT *(LIFETIME_INFINITE - 1) == 262136, "numbers of keywords.def");
_Static_assert(
	offsetof(struct home_agent_config, home_prefix_length) ==
			offsetof(struct home_agent_config, home_prefix) + sizeof(struct in6_addr) &&
		offsetof(struct mobile_node_config, home_prefix_length) ==
			offsetof(struct mobile_node_config, home_prefix) + sizeof(struct in6_addr),
	"the length stands behind the prefix");

/* Where what the block's keywords set stands in the reader, if not in the configuration. */
static const struct {
	size_t offset;
	size_t size;
} drafts[BLOCKS] = {
#define DRAFT(block, member)                                                                       \
	[BLOCK_##block] = {offsetof(struct reader, member), sizeof(((struct reader *)0)->member)}
	DRAFT(HOME_AGENT, interfaces),
	DRAFT(CORRESPONDENT, interfaces),
	DRAFT(NODE, node),
	DRAFT(MOBILE_NODE, mobile_node),
	DRAFT(LINK, link),
	DRAFT(ROUTE_OPTIMIZATION, everybody),
	DRAFT(PREFIX, threshold),
	DRAFT(AUTHENTICATION, auth),
};

static bool authenticates(enum block block)
{
	return block == BLOCK_NODE || block == BLOCK_MOBILE_NODE;
}

static bool has(enum block block, enum keyword keyword)
{
	return rows[keyword].block == block ||
	       (rows[keyword].block == BLOCK_AUTHENTICATION && authenticates(block));
}

enum block block_in(enum block outer, const char *name)
{
	enum block block = BLOCK_COMMON + 1;

	while (block < BLOCKS &&
		(block_rows[block].outer != outer || strcmp(block_rows[block].name, name) != 0))
		block++;
	return block;
}

enum keyword keyword_in(enum block block, const char *name)
{
	enum keyword keyword = 0;

	while (keyword < KEYWORDS &&
		(!has(block, keyword) || strcmp(keyword_names[keyword], name) != 0))
		keyword++;
	return keyword;
}

bool keyword_is_list(enum keyword keyword)
{
	return rows[keyword].type == TYPE_INTERFACES;
}

/* The bit of `given`: keywords of one block stand together. */
static uint64_t bit_of(enum keyword keyword)
{
	return UINT64_C(1) << keyword % 64;
}

bool keyword_was_given(const struct reader *reader, enum keyword keyword)
{
	return reader->open[rows[keyword].block].given & bit_of(keyword);
}

bool keyword_note(struct reader *reader, enum keyword keyword)
{
	bool before = keyword_was_given(reader, keyword);

	reader->open[rows[keyword].block].given |= bit_of(keyword);
	return !before || keyword_is_list(keyword);
}

static void set_number(void *to, size_t size, uint64_t number)
{
	/* or the bounds of the row are too wide for its member */
	assert(size == sizeof(uint64_t) || number >> 8 * size == 0);
	if (size == sizeof(uint8_t))
		*(uint8_t *)to = (uint8_t)number;
	else if (size == sizeof(uint16_t))
		*(uint16_t *)to = (uint16_t)number;
	else if (size == sizeof(uint32_t))
		*(uint32_t *)to = (uint32_t)number;
	else
		*(uint64_t *)to = number;
}

static bool set_key(struct reader *reader, bool file, const char *text, struct why *why)
{
	char path[PATH_MAX];

	if (keyword_was_given(reader, KEYWORD_AUTHENTICATION_key) &&
		keyword_was_given(reader, KEYWORD_AUTHENTICATION_key_file))
		snprintf(why->text, sizeof(why->text), "there is a key already (key or key_file)");
	else if (!file)
		return value_key(text, &reader->auth, why);
	else if (rules_path(reader, text, path, sizeof(path)))
		return value_key_file(path, &reader->auth, why);
	else
		snprintf(why->text, sizeof(why->text), "path too long");
	return false;
}

bool keyword_set(struct reader *reader, enum keyword keyword, const char *text, struct why *why)
{
	const struct row *row = &rows[keyword];
	void *to = (char *)reader + row->offset;
	bool also = row->also && strcmp(text, row->also) == 0;
	bool is_default = row->value && strcmp(text, row->value) == 0;
	uint32_t number = UINT32_MAX, least = is_default ? 0 : row->least;
	bool right = true;

	switch (row->type) {
	case TYPE_BOOL:
		right = value_bool(text, &number, why);
		break;
	case TYPE_ALLOWED:
		right = value_bool(text, &number, why);
		number = !number;
		break;
	case TYPE_NUMBER:
		right = also || value_number(text, least, row->most, &number, why);
		break;
	case TYPE_SECONDS:
		right = also || value_seconds(text, least, row->most, &number, why);
		break;
	case TYPE_WORD:
		right = value_word(text, row->words, &number, why);
		break;
	case TYPE_ADDRESS:
		return value_address(text, to, why);
	case TYPE_PREFIX:
		return value_prefix(
			text, row->most, to, (uint8_t *)to + sizeof(struct in6_addr), why);
	case TYPE_INTERFACE:
		return value_interface(text, to, row->size, why);
	case TYPE_INTERFACES:
		return rules_add_interface(reader, text, why);
	case TYPE_PATH:
		if (also)
			*(char *)to = '\0';
		return also || value_path(text, to, row->size, why);
	case TYPE_KEY:
	case TYPE_KEY_FILE:
		return set_key(reader, row->type == TYPE_KEY_FILE, text, why);
	}
	if (right)
		set_number(to, row->size, number);
	return right;
}

void block_begin(struct reader *reader, enum block block)
{
	struct why why;

	explicit_bzero((char *)reader + drafts[block].offset, drafts[block].size);
	reader->open[block].given = 0;
	for (enum keyword keyword = 0; keyword < KEYWORDS; keyword++)
		if (rows[keyword].block == block && rows[keyword].value &&
			rows[keyword].value[0] != '(')
			keyword_set(reader, keyword, rows[keyword].value, &why);
	if (authenticates(block))
		block_begin(reader, BLOCK_AUTHENTICATION);
}

void block_check_required(struct reader *reader, enum block block)
{
	for (enum keyword keyword = 0; keyword < KEYWORDS; keyword++)
		if (rows[keyword].block == block && rows[keyword].value &&
			strcmp(rows[keyword].value, REQUIRED) == 0 &&
			!keyword_was_given(reader, keyword))
			complain(&reader->complaints, reader->open[block].place,
				"%s: %s is missing", block_rows[block].name,
				keyword_names[keyword]);
}

/* ---- words that are neither keyword nor block ---- */

/* A word that stands in the place of a keyword could be a key. Only one that looks like a keyword
 * is repeated. */
static const char *shown(const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t length = strlen(word);

	if (length == 1)
		return *word > ' ' && *word <= '~' ? word : "";
	return length < 24 && strspn(word, letters) == length && strspn(word, "abcdef") < length
		       ? word
		       : "";
}

void unknown_word(struct reader *reader, struct place place, const char *name, bool is_block)
{
	struct nearest nearest = nearest_to(shown(name));
	enum keyword other = 0;

	for (enum keyword keyword = 0; keyword < KEYWORDS && !is_block; keyword++)
		if (has(reader->block, keyword))
			nearest_offer(&nearest, keyword_names[keyword]);
	for (enum block block = BLOCK_COMMON + 1; block < BLOCKS; block++)
		if (block_rows[block].outer == reader->block)
			nearest_offer(&nearest, block_rows[block].name);
	while (other < KEYWORDS && (is_block || strcmp(keyword_names[other], name) != 0))
		other++;
	if (other == KEYWORDS)
		complain(&reader->complaints, place, "unknown %s%s%s%s%s",
			is_block ? "block" : "keyword", nearest.word[0] ? " '" : "", nearest.word,
			nearest.word[0] ? "'" : "", nearest_question(&nearest, "").text);
	else if (rows[other].block == BLOCK_COMMON)
		complain(&reader->complaints, place,
			"unknown keyword '%s'; it belongs outside of all blocks", name);
	else
		complain(&reader->complaints, place,
			"unknown keyword '%s'; it belongs in a %s block", name,
			block_rows[rows[other].block].name);
}
