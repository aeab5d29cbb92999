/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of text. Must not know what stands in them. */
#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 16

struct table {
	const char *const *headings;
	size_t columns;
	size_t widths[COLUMNS_MAX];
	bool headed;
	size_t count; /* cells */
	size_t room;
	char **cells;
};

struct table *table_new(const char *const *headings, size_t columns)
{
	struct table *table = calloc(1, sizeof(*table));
	size_t i;

	if (!table || columns > COLUMNS_MAX) {
		free(table);
		return NULL;
	}
	table->headings = headings;
	table->columns = columns;
	for (i = 0; i < columns; i++)
		table->widths[i] = strlen(headings[i]);
	return table;
}

static void forget(struct table *table)
{
	while (table->count > 0)
		free(table->cells[--table->count]);
}

void table_free(struct table *table)
{
	forget(table);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, const char *text)
{
	size_t column = table->count % table->columns;
	char *copy = strdup(text ? text : "-");

	if (table->count == table->room) {
		size_t room = table->room ? 2 * table->room : 64;
		char **cells = reallocarray(table->cells, room, sizeof(*cells));

		if (!cells) {
			free(copy);
			return;
		}
		table->cells = cells;
		table->room = room;
	}
	if (!copy)
		return;
	table->cells[table->count++] = copy;
	if (strlen(copy) > table->widths[column])
		table->widths[column] = strlen(copy);
}

void table_add_format(struct table *table, const char *format, ...)
{
	char text[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	table_add(table, text);
}

static void print_row(const struct table *table, const char *const *cells, FILE *out)
{
	size_t i;

	for (i = 0; i + 1 < table->columns; i++)
		fprintf(out, "%-*s  ", (int)table->widths[i], cells[i]);
	fprintf(out, "%s\n", cells[i]);
}

void table_print(struct table *table, FILE *out)
{
	size_t at;

	if (!table->headed)
		print_row(table, table->headings, out);
	table->headed = true;
	for (at = 0; at + table->columns <= table->count; at += table->columns)
		print_row(table, (const char *const *)&table->cells[at], out);
	forget(table);
}
