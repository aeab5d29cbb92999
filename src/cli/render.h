/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's documents as text for people. Keys that are not there are shown as a dash. */
#ifndef MONAMI_CLI_RENDER_H
#define MONAMI_CLI_RENDER_H

#include "table.h"

#include <jansson.h>

/* The text under `key`. Without one, text_of() returns NULL, word_of() a question mark. */
const char *text_of(const json_t *object, const char *key);
const char *word_of(const json_t *object, const char *key);
/* The point of time under `time`, seconds since 1970; 0 if there is none before the year 10000. */
double time_of(const json_t *object);

void render_status(const json_t *status, FILE *out);
void render_links(const json_t *links, FILE *out);
void render_home_agents(const json_t *home_agents, FILE *out);
void render_prefixes(const json_t *prefixes, FILE *out);
void render_correspondents(const json_t *correspondents, FILE *out);
void render_flows(const json_t *flows, FILE *out);
void render_why(const json_t *why, FILE *out);
void render_policy_change(const json_t *change, FILE *out);
void render_counters(const json_t *counters, FILE *out);
void render_event(const json_t *event, FILE *out);
void render_doctor(const json_t *document, FILE *out);
void render_config_check(const json_t *check, FILE *out);

/* A list that comes in pages: the same table takes them all. */
struct table *bindings_table_new(void);
void render_bindings(struct table *, const json_t *bindings, FILE *out);

/* render_mobility.c: a mobility message (`monami decode`) */
void render_mobility(const json_t *message, FILE *out);

#endif
