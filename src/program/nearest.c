/* SPDX-License-Identifier: BSD-2-Clause */
#include "nearest.h"

#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Changes, insertions, omissions and exchanges of neighbours (optimal string alignment) that turn
 * `a` into `b`. Both are shorter than NEAREST_LENGTH_MAX.
 */
static size_t distance_of(const char *a, const char *b)
{
	size_t rows[3][NEAREST_LENGTH_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];
	size_t width = strlen(b), i, j;

	for (j = 0; j <= width; j++)
		last[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		row[0] = i;
		for (j = 1; j <= width; j++) {
			row[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]),
				least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		size_t *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[width];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t length = strlen(nearest->word), distance;

	if (length == 0 || length >= NEAREST_LENGTH_MAX || strlen(name) >= NEAREST_LENGTH_MAX)
		return;
	/* a word that was cut short counts as one mistake */
	if (strncmp(nearest->word, name, length) == 0) {
		distance = 1;
	} else {
		distance = distance_of(nearest->word, name);
		if (distance > 1 + length / 4 || distance >= length)
			return;
	}
	if (nearest->count > 0 && distance > nearest->distance)
		return;
	if (distance < nearest->distance)
		nearest->count = 0;
	nearest->distance = distance;
	if (nearest->count < NEAREST_MAX)
		nearest->names[nearest->count++] = name;
}

struct nearest_text nearest_question(const struct nearest *nearest, const char *prefix)
{
	struct nearest_text ret = {""};
	size_t i, length = 0;

	for (i = 0; i < nearest->count; i++)
		length += (size_t)snprintf(ret.text + length, sizeof(ret.text) - length, "%s'%s%s'",
			i == 0 ? "; did you mean " : " or ", prefix, nearest->names[i]);
	if (i > 0)
		snprintf(ret.text + length, sizeof(ret.text) - length, "?");
	return ret;
}
