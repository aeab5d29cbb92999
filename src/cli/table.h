/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in columns. A table that is wider than the terminal is printed row by row instead. */
#ifndef MONAMI_CLI_TABLE_H
#define MONAMI_CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

struct table;

struct column {
	const char *heading;
	const char *key; /* of a JSON object; for the caller */
};

/* `columns` are borrowed. NULL if out of memory. */
struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table *);
/* The next cell of the row: copied. NULL is an empty cell, shown as a dash. */
void table_add(struct table *, const char *text);
void table_add_format(struct table *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Writes the rows and forgets them; the headings only the first time. Widths never shrink. */
void table_print(struct table *, FILE *out);

#endif
