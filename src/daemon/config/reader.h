/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the configuration: the reader of a file with those that it includes. Only files of this
 * folder include it.
 */
#ifndef MONAMI_DAEMON_CONFIG_READER_H
#define MONAMI_DAEMON_CONFIG_READER_H

#include "config.h"
#include "value.h"

#include "flow.h"

#include <limits.h>

/* keywords.def names each block once, and each keyword of it. */
enum block {
#define BLOCK(block, ...) BLOCK_##block,
#include "keywords.def"
	BLOCKS,
	BLOCK_NONE = BLOCKS,
};

/* The names of blocks stand among them, in the block around: their value is the title. */
enum keyword {
#define BLOCK(block, ...) KEYWORD_##block,
#define KEYWORD(block, name, ...) KEYWORD_##block##_##name,
#define LIST KEYWORD
#include "keywords.def"
	KEYWORDS,
};

/* A file, with the position in its text. */
struct source {
	struct source *before; /* of all that were read */
	struct source *outer;  /* the file that includes it */
	enum block block;      /* that it is included in */
	unsigned int depth;
	char *text, *at;
	char *counted, *line_begin; /* up to here lines are counted: it is in `line` */
	int line;
	int ended_line;        /* of the last block that was closed; 0: none */
	unsigned int unclosed; /* blocks that were taken for closed */
	struct place suspect;  /* a block closed by a brace that is indented less; line 0: none */
	const char *suspect_name;
	const char *complaint; /* the last about a character */
	char name[];
};

struct reader {
	void (*error)(void *ctx, const struct config_error *);
	void *ctx;
	unsigned int errors;
	bool stopped; /* too many errors, or no memory */
	bool no_memory;
	bool broken; /* a file ended in a block: nothing can be said of the whole */
	unsigned int sources_count;
	struct source *sources, *source; /* all, and the one that is being read */

	/* The open blocks: `block`, and those around it. */
	enum block block;
	struct place places[BLOCKS]; /* of their names */
	int given[KEYWORDS];         /* line of the first; 0: none */

	/* What the file says, and the drafts of blocks. */
	struct config config;
	struct {
		unsigned int count;
		char at[16][IFNAMSIZ];
	} interfaces;
	struct host_node node;
	struct {
		struct mobile_node_config node;
		struct config_mobile_node host;
		struct flow flows[RULES_MAX]; /* host.flows_count of them */
	} mobile;
	struct config_link link;
	struct place through_place; /* in the open mobile_node block */
	struct flow flow;
	struct new_flows new_flows;
	struct new_flows all_new_flows[CONFIG_NEW_FLOWS_MAX]; /* config.new_flows_count of them */
	struct config_threshold others; /* of peers that no prefix block names */
	struct config_threshold threshold;

	/* The nodes, in the order of the file and by home address. */
	struct node {
		struct node *next;
		struct place place;
		struct host_node host;
	} * nodes, **nodes_end;
	void *nodes_by_address;
	struct place mobile_node_places[MOBILE_NODES_MAX];
	struct place receive_places[MOBILE_NODES_MAX]; /* of the first in the block; line 0: none */
	struct place through_places[MOBILE_NODES_MAX]; /* of a link with `through` */

	struct word {
		struct place place;
		bool wrong; /* an error was reported */
		size_t length;
		char text[1 << 16];
	} word;
};

struct nearest;

void complain(struct reader *, struct place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define COMPLAIN_OF_BLOCK(r, format, ...)                                                          \
	complain(r, (r)->places[(r)->block], "%s: " format, blocks[(r)->block].name, __VA_ARGS__)
/* A file beside the one that is being read. */
const char *path_beside(const struct reader *, const char *name, char ret[PATH_MAX]);

/* ---- text.c ---- */

struct place place_of(const struct reader *);
/* Goes on to the next word or sign and returns its first character; '\0' at the end. */
char next_sign(struct reader *);
/* Goes over the next sign, if it is this one. */
bool accept_sign(struct reader *, char sign);
bool begins_word(char sign);
/* Takes the word that begins here. */
void take_word(struct reader *);

/* ---- keywords.c ---- */

extern const struct block_row {
	const char *name;
	enum block outer;
	size_t draft, size; /* in struct reader */
} blocks[BLOCKS];

#define REQUIRED "(required)"

extern const struct row {
	const char *name;
	enum block block;
	enum block opens;    /* BLOCK_NONE: it is no block */
	const char *initial; /* value; in parentheses: REQUIRED, or for the manual only */
	size_t offset;       /* of its member in struct reader */
	struct type type;
	size_t count; /* of a list: offset of the number of values; 0: no list */
	unsigned int most;
} rows[KEYWORDS];

/* KEYWORDS: there is none of this name in the block. */
enum keyword keyword_in(enum block, const char *name);
/* Sets the member. Returns NULL, or why not. */
const char *keyword_set(struct reader *, enum keyword, const char *text);
/* Zeroes the draft, and sets the defaults. */
void block_begin(struct reader *, enum block);
/* Complains of a word that is no keyword, or no block, of the open block. */
void unknown_word(struct reader *, struct place, const char *name, bool block);

/* ---- rules.c ---- */

/* The open block ends: checks its rules, and adds it to the block around it. */
void block_end(struct reader *);
/* flows.c: a flow block ends; the mobile_node block around it ends, and its links are known. */
void end_flow(struct reader *);
void check_flows(struct reader *);
/* new_flows.c: a new_flows block ends; all blocks are known. */
void end_new_flows(struct reader *);
void check_new_flows(struct reader *);
/* through.c: all blocks are known. */
void check_through(struct reader *);
/* rules.c: the index of the mobile_node block; MOBILE_NODES_MAX: none has the name, and the names
 * of all are offered. */
unsigned int mobile_node_named(const struct config *, const char *name, struct nearest *);
/* All has been read. */
void check_all(struct reader *, const char *file);
/* Frees the nodes, with their keys overwritten. */
void forget_nodes(struct reader *);

#endif
