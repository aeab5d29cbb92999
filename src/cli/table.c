/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of any text, by libsmartcols. */
#include "table.h"

#include <libsmartcols.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEPARATOR "  "
#define INDENT 2

struct table {
	struct libscols_table *lines;
	const struct column *columns;
	size_t count;
	size_t next; /* column of the next cell */
	bool headed;
	bool narrow; /* once it was wider than the terminal */
	bool failed; /* out of memory */
};

static size_t width_of(struct libscols_table *lines, size_t column)
{
	return scols_column_get_width(scols_table_get_column(lines, column));
}

/* With headings if nothing was printed before; otherwise without, and as wide as `before`. */
static struct libscols_table *lines_new(const struct table *table, struct libscols_table *before)
{
	struct libscols_table *lines = scols_new_table();
	size_t i;

	for (i = 0; i < table->count && lines; i++) {
		if (scols_table_new_column(lines, before ? NULL : table->columns[i].heading,
			    before ? (double)width_of(before, i) : 0, 0))
			continue;
		scols_unref_table(lines);
		return NULL;
	}
	if (lines) {
		scols_table_enable_noheadings(lines, before != NULL);
		scols_table_set_column_separator(lines, SEPARATOR);
		/* widths are those of the cells, without a terminal's limit */
		scols_table_set_termforce(lines, SCOLS_TERMFORCE_NEVER);
	}
	return lines;
}

struct table *table_new(const struct column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	table->count = count;
	table->lines = lines_new(table, NULL);
	if (table->lines)
		return table;
	free(table);
	return NULL;
}

void table_free(struct table *table)
{
	scols_unref_table(table->lines);
	free(table);
}

static struct libscols_line *last_line(const struct table *table)
{
	return scols_table_get_line(table->lines, scols_table_get_nlines(table->lines) - 1);
}

void table_add(struct table *table, const char *text)
{
	if (table->next == 0 && !scols_table_new_line(table->lines, NULL))
		table->failed = true;
	if (!table->failed &&
		scols_line_set_data(last_line(table), table->next, text ? text : "-") != 0)
		table->failed = true;
	table->next = (table->next + 1) % table->count;
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

/* Columns of the terminal; 0: there is none, and nothing is folded, since a program may read it. */
static size_t terminal_width(const struct table *table, FILE *out)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;

	if (!isatty(fileno(out)))
		return 0;
	return width > 0 ? width : scols_table_get_termwidth(table->lines);
}

/* Text in lines of at most `width`, the second and later ones indented. */
struct fold {
	FILE *out;
	const char *space;
	size_t indent;
	size_t width;
	size_t column;
};

static void put(struct fold *fold, const char *text, size_t length)
{
	bool first = fold->column == fold->indent;

	if (!first && fold->column + strlen(fold->space) + length > fold->width) {
		fprintf(fold->out, "\n%*s", (int)fold->indent, "");
		fold->column = fold->indent;
		first = true;
	}
	fprintf(fold->out, "%s%.*s", first ? "" : fold->space, (int)length, text);
	fold->column += length + (first ? 0 : strlen(fold->space));
}

/* Breaks between words, but only if the text is too long for a line of its own. */
static void put_words(struct fold *fold, const char *text)
{
	size_t length = strlen(text);

	if (fold->indent + length <= fold->width) {
		put(fold, text, length);
		return;
	}
	while (*text != '\0') {
		length = strcspn(text, " ");
		put(fold, text, length);
		text += length;
		text += strspn(text, " ");
	}
}

/* Prints the headings of a table without rows; libsmartcols does not. */
static void print_headings(const struct table *table, size_t width, FILE *out)
{
	struct fold fold = {out, SEPARATOR, 0, width, 0};
	size_t i;

	for (i = 0; i < table->count; i++)
		put(&fold, table->columns[i].heading, strlen(table->columns[i].heading));
	fputc('\n', out);
}

static const char *cell(struct libscols_line *line, size_t column)
{
	return scols_cell_get_data(scols_line_get_cell(line, column));
}

/* A row as text, without unknown cells: "bid 1, path alive" */
static void print_row(
	const struct table *table, struct libscols_line *line, size_t width, FILE *out)
{
	struct fold fold = {out, " ", INDENT, width, INDENT};
	size_t i, last = 0;

	for (i = 1; i < table->count; i++)
		if (strcmp(cell(line, i), "-") != 0)
			last = i;
	fprintf(out, "%s\n", cell(line, 0));
	if (last > 0)
		fprintf(out, "%*s", INDENT, "");
	for (i = 1; i <= last; i++) {
		char text[1024];

		if (strcmp(cell(line, i), "-") == 0)
			continue;
		snprintf(text, sizeof(text), "%s %s%s", table->columns[i].heading, cell(line, i),
			i < last ? "," : "");
		put_words(&fold, text);
	}
	if (last > 0)
		fputc('\n', out);
}

/* A name and a text keep their columns, the text is folded. */
static void print_pair(
	const struct table *table, const char *name, const char *text, size_t width, FILE *out)
{
	size_t first = width_of(table->lines, 0);
	size_t second = first + strlen(SEPARATOR);
	struct fold fold = {out, " ", second, width, second};

	fprintf(out, "%-*s" SEPARATOR, (int)first, name);
	put_words(&fold, text);
	fputc('\n', out);
}

static void print_narrow(struct table *table, size_t width, FILE *out)
{
	struct libscols_iter *rows = scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_line *line;

	if (table->count == 2 && !table->headed)
		print_pair(table, table->columns[0].heading, table->columns[1].heading, width, out);
	while (rows && scols_table_next_line(table->lines, rows, &line) == 0)
		if (table->count == 2)
			print_pair(table, cell(line, 0), cell(line, 1), width, out);
		else
			print_row(table, line, width, out);
	scols_free_iter(rows);
}

/* Lets libsmartcols find the widths, without printing. */
static bool fits(struct table *table, size_t width)
{
	size_t all = 0, i;
	char *text = NULL;

	scols_print_table_to_string(table->lines, &text);
	free(text);
	for (i = 0; i < table->count; i++)
		all += width_of(table->lines, i) + (i > 0 ? strlen(SEPARATOR) : 0);
	return all <= width;
}

/* The next rows get the same widths. */
static void forget_rows(struct table *table)
{
	struct libscols_table *lines = lines_new(table, table->lines);

	if (!lines) {
		table->failed = true;
		return;
	}
	scols_unref_table(table->lines);
	table->lines = lines;
}

void table_print(struct table *table, FILE *out)
{
	size_t terminal = terminal_width(table, out);

	if (table->failed) {
		fputs("monami: out of memory\n", stderr);
	} else if (scols_table_get_nlines(table->lines) == 0) {
		if (!table->headed)
			print_headings(table, terminal > 0 ? terminal : SIZE_MAX, out);
	} else {
		if (terminal > 0 && !fits(table, terminal))
			table->narrow = true;
		if (table->narrow) {
			print_narrow(table, terminal, out);
		} else {
			scols_table_set_stream(table->lines, out);
			scols_print_table(table->lines);
		}
		forget_rows(table);
	}
	table->headed = true;
}
