/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of keywords.def, and what follows from a row of it: value, default, name. */
#include "reader.h"

#include "../../program/nearest.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NONE .read = NULL
#define BOOL .read = value_bool
#define ALLOWED .read = value_bool, .inverted = true /* the member says what is prohibited */
#define NUMBER(from, to, unit) .read = value_number, .least = (from), .most = (to)
#define NUMBER_OR_ZERO(from, to, unit) NUMBER(from, to, unit), .also = "0", .instead = 0
#define NUMBER_OR_INFINITE(from, to, unit) NUMBER(from, to, unit), INFINITE
#define INFINITE .also = "infinite", .instead = SECONDS_INFINITE
/* RFC 6275 6.1.7: a multiple of four, which the Lifetime field can carry. */
#define SECONDS(from, to) NUMBER(from, to, "s"), .multiple = LIFETIME_UNIT
#define LIFETIME(from, to) SECONDS(from, to), INFINITE
#define FREE_OPTION(from, to, unit) .read = value_free_option, .least = (from), .most = (to)
#define WORD(...) .read = value_word, .words = {__VA_ARGS__}
#define ADDRESS .read = value_address
#define PREFIX(to) .read = value_prefix, .most = (to)
#define PREFIX_OR_ADDRESS(to) .read = value_prefix_or_address, .most = (to)
#define RANGE(from, to, unit) .read = value_range, .least = (from), .most = (to)
#define PROTOCOL(from, to, unit) RANGE(from, to, unit), .names = protocol_names
/* A RULE of the block refuses a range, and says why. */
#define ONE_PROTOCOL(from, to, unit) PROTOCOL(from, to, unit)
#define DSCP(from, to, unit) RANGE(from, to, unit), .names = dscp_names
#define RATE .read = value_rate
#define REPEATED_NUMBER(from, to, unit) NUMBER(from, to, unit), .repeats = true
#define INTERFACE .read = value_interface
#define NAME .read = value_name
#define PATH .read = value_path
#define PATH_OR_NONE PATH, .also = "none"
#define KEY .read = value_key
#define KEY_FILE .read = value_key_file

#define OFFSET(member) offsetof(struct reader, member)
#define SIZE(member) sizeof(((struct reader *)0)->member)

const struct block_row blocks[BLOCKS] = {
#define BLOCK(block, name, outer, draft, ...)                                                      \
	[BLOCK_##block] = {name, BLOCK_##outer, OFFSET(draft), SIZE(draft)},
#include "keywords.def"
};

const struct row rows[KEYWORDS] = {
#define BLOCK(block, name, outer, draft, type, member, initial)                                    \
	[KEYWORD_##block] = {name, BLOCK_##outer, BLOCK_##block, initial, OFFSET(member),          \
		{type, .size = SIZE(member)}, 0, 0},
#define KEYWORD(block, name, type, member, initial, text)                                          \
	[KEYWORD_##block##_##name] = {#name, BLOCK_##block, BLOCK_NONE, initial, OFFSET(member),   \
		{type, .size = SIZE(member)}, 0, 0},
#define LIST(block, name, type, member, initial, text)                                             \
	[KEYWORD_##block##_##name] = {#name, BLOCK_##block, BLOCK_NONE, initial,                   \
		OFFSET(member.at), {type, .size = SIZE(member.at[0])}, OFFSET(member.count),       \
		SIZE(member.at) / SIZE(member.at[0])},
#include "keywords.def"
};

#define BEHIND(type, prefix, length)                                                               \
	_Static_assert(offsetof(struct type, length) ==                                            \
			       offsetof(struct type, prefix) + sizeof(struct in6_addr),            \
		"value_prefix() writes the length behind the prefix")
BEHIND(home_agent_config, home_prefix, home_prefix_length);
BEHIND(mobile_node_config, home_prefix, home_prefix_length);
BEHIND(config_threshold, prefix, length);
BEHIND(flow_prefix, prefix, length);
_Static_assert(POLICY_MODES == 8, "words of keywords.def");
_Static_assert(BINDINGS_MAX == 8 && IPV6_MTU_MIN == 1280, "numbers of keywords.def");
_Static_assert(LIFETIME_UNIT *(LIFETIME_INFINITE - 1) == 262136, "numbers of keywords.def");

enum keyword keyword_in(enum block block, const char *name)
{
	enum keyword keyword = 0;

	while (keyword < KEYWORDS &&
		(rows[keyword].block != block || strcmp(rows[keyword].name, name) != 0))
		keyword++;
	return keyword;
}

static const char *add_value(struct reader *r, const struct row *row, const char *text)
{
	unsigned int *count = (unsigned int *)((char *)r + row->count);
	char *at = (char *)r + row->offset, *last = at + *count * row->type.size;
	const char *wrong = *count == row->most ? value_reason("more than %u", row->most)
						: row->type.read(text, &row->type, last);

	if (wrong)
		return wrong;
	while (row->type.repeats ? at != last : memcmp(at, last, row->type.size) != 0)
		at += row->type.size;
	*count += at == last;
	return at == last ? NULL : "given twice in this list";
}

const char *keyword_set(struct reader *r, enum keyword keyword, const char *text)
{
	const struct row *row = &rows[keyword];
	char path[PATH_MAX];

	if (row->count > 0)
		return add_value(r, row, text);
	if (row->type.read == value_key_file)
		text = path_beside(r, text, path);
	return row->type.read(text, &row->type, (char *)r + row->offset);
}

void block_begin(struct reader *r, enum block block)
{
	explicit_bzero((char *)r + blocks[block].draft, blocks[block].size);
	for (enum keyword keyword = 0; keyword < KEYWORDS; keyword++) {
		const struct row *row = &rows[keyword];

		if (row->block != block)
			continue;
		r->given[keyword] = 0;
		if (row->opens == BLOCK_NONE && row->initial && row->initial[0] != '(')
			keyword_set(r, keyword, row->initial);
	}
}

/* A word that stands in the place of a keyword could be a key. Only one that looks like a keyword
 * is repeated. */
static bool is_shown(const char *word)
{
	size_t length = strlen(word);

	if (length == 1)
		return *word > ' ' && *word <= '~';
	return length <= 24 && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == length &&
	       strspn(word, "abcdef") < length;
}

void unknown_word(struct reader *r, struct place place, const char *name, bool is_block)
{
	struct nearest nearest = nearest_to(is_shown(name) ? name : "");
	char hint[160], ended[48] = "", shown[32] = "";
	enum keyword other = 0;

	for (enum keyword keyword = 0; keyword < KEYWORDS; keyword++)
		if (rows[keyword].block == r->block && (!is_block || rows[keyword].opens < BLOCKS))
			nearest_offer(&nearest, rows[keyword].name);
	while (other < KEYWORDS &&
		((rows[other].opens < BLOCKS) != is_block || strcmp(rows[other].name, name) != 0))
		other++;
	if (nearest.word[0] != '\0')
		snprintf(shown, sizeof(shown), " '%s'", name);
	if (r->block == r->source->block && r->source->ended_line > 0)
		snprintf(ended, sizeof(ended), "; the last block ended in line %d",
			r->source->ended_line);
	if (other == KEYWORDS || rows[other].block == BLOCK_NONE)
		snprintf(hint, sizeof(hint), "%s", nearest_question(&nearest, "").text);
	else if (rows[other].block == BLOCK_COMMON)
		snprintf(hint, sizeof(hint), "; it belongs outside of all blocks");
	else
		snprintf(hint, sizeof(hint), "; it belongs in a %s block%s",
			blocks[rows[other].block].name, ended);
	complain(r, place, "unknown %s%s%s", is_block ? "block" : "keyword", shown, hint);
}
