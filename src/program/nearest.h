/* SPDX-License-Identifier: BSD-2-Clause */
/* The right words that a wrong one resembles. */
#ifndef MONAMI_PROGRAM_NEAREST_H
#define MONAMI_PROGRAM_NEAREST_H

#include <stddef.h>

#define NEAREST_MAX 3
/* Longer words are not compared. */
#define NEAREST_LENGTH_MAX 32

struct nearest {
	const char *word; /* the wrong one; borrowed, as the others */
	size_t distance;  /* of each of `names` */
	size_t count;
	const char *names[NEAREST_MAX];
};

static inline struct nearest nearest_to(const char *word)
{
	return (struct nearest){.word = word};
}

/* Adds `name` if no other was nearer. */
void nearest_offer(struct nearest *, const char *name);

struct nearest_text {
	char text[160];
};

/* "; did you mean 'status' or 'stop'?", each name behind `prefix`; "" if none was near. */
struct nearest_text nearest_question(const struct nearest *, const char *prefix);

#endif
