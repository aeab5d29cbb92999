/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as a small picture: a column for each of them, or for the greatest of some. */
#ifndef MONAMI_CLI_SPARK_H
#define MONAMI_CLI_SPARK_H

#include <jansson.h>
#include <stddef.h>

/* The last number is at the right; the greatest one is `most`, or of all of them if that is 0.
 * Blocks of U+2581 to U+2588, or ASCII where the terminal has no UTF-8. `text` has at least 3 *
 * columns + 1 octets. */
void spark(const json_t *numbers, double most, unsigned columns, char *text);
/* The greatest of an array of numbers; 0: it has none above 0. */
double spark_greatest(const json_t *numbers);

#endif
