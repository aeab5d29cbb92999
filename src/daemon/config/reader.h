/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the configuration: the reader of one file with those that it includes, its keywords, and
 * the rules of its blocks. Only files of this folder include it.
 */
#ifndef MONAMI_DAEMON_CONFIG_READER_H
#define MONAMI_DAEMON_CONFIG_READER_H

#include "text.h"

enum block {
#define BLOCK(block, name, outer, title) BLOCK_##block,
#define KEYWORD(block, name, type, member, value, text)
#include "keywords.def"
#undef BLOCK
#undef KEYWORD
	BLOCKS
};

enum keyword {
#define BLOCK(block, name, outer, title)
#define KEYWORD(block, name, type, member, value, text) KEYWORD_##block##_##name,
#include "keywords.def"
#undef BLOCK
#undef KEYWORD
	KEYWORDS
};

struct interfaces {
	unsigned int count;
	char names[16][IFNAMSIZ];
};

/* A file that is being read. */
struct source {
	struct source *outer; /* the file that includes it */
	struct text text;
	enum block block; /* that it is included in */
	/* braces, for the messages about those that are missing */
	int closed_line;       /* of the last block that was closed; 0: none */
	unsigned int unclosed; /* blocks that were taken for closed */
	struct place suspect;  /* a block closed by a brace that is indented less; line 0: none */
	const char *suspect_name;
};

struct reader {
	struct complaints complaints;
	struct source *source;
	size_t names_count;
	char **names; /* of files, as long as places point to them */
	bool broken;  /* a file ended in a block: nothing can be said of the whole */

	/* The blocks that are open: `block`, and those around it. */
	enum block block;
	struct open {
		struct place place; /* of its title or name; line 0: there was none so far */
		struct place begin; /* of its name */
		int indent;         /* of its line */
		char title[64];     /* cut off, where it is no right one */
		uint64_t given;     /* bit n: the n-th of its keywords */
	} open[BLOCKS];

	/* What the file says, and the blocks under construction. */
	struct config config;
	struct interfaces interfaces;
	struct host_node node;
	struct auth auth;
	struct mobile_node_config mobile_node;
	struct config_mobile_node host;
	struct config_link link;
	struct config_threshold everybody;
	struct config_threshold threshold;

	/* Where each of config.nodes and config.mobile_nodes was given. */
	size_t nodes_room;
	struct place *node_places;
	struct place mobile_node_places[MOBILE_NODES_MAX];

	struct word word;
	char name[64]; /* of the keyword or block that the word said, cut off */
};

/* ---- keywords.c ---- */

extern const struct block_row {
	const char *name;
	enum block outer;
	enum title {
		TITLE_NONE,
		TITLE_NAME,
		TITLE_HOME_ADDRESS,
		TITLE_INTERFACE,
		TITLE_PREFIX
	} title;
} block_rows[BLOCKS];

extern const char *const keyword_names[KEYWORDS];

/* The block of this name in that block; BLOCKS: there is none. */
enum block block_in(enum block outer, const char *name);
/* The keyword of this name in that block; KEYWORDS: there is none. */
enum keyword keyword_in(enum block, const char *name);
bool keyword_is_list(enum keyword);
bool keyword_was_given(const struct reader *, enum keyword);
/* Sets the member of the reader, or says why not. */
bool keyword_set(struct reader *, enum keyword, const char *value, struct why *);
/* Keeps in mind that the keyword was given, right or wrong; false if it was before, and is no list.
 */
bool keyword_note(struct reader *, enum keyword);
/* Forgets what the block's keywords have set, and sets their defaults. */
void block_begin(struct reader *, enum block);
/* Complains of required keywords that were not given. */
void block_check_required(struct reader *, enum block);
/* Complains of a word that is neither keyword nor block, of one or the other, in the open block. */
void unknown_word(struct reader *, struct place, const char *name, bool block);

/* ---- rules.c: what one value alone does not say ---- */

bool rules_add_interface(struct reader *, const char *value, struct why *);
/* A file beside the one that is being read. False if the path is too long. */
bool rules_path(const struct reader *, const char *name, char *ret, size_t capacity);
/* The block that is open ends. */
void rules_end(struct reader *);
/* All has been read. */
void rules_finish(struct reader *, const char *file);

#endif
