/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's documents as text (docs/control.md has the keys). */
#include "render.h"

#include "spark.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define YEAR_10000 253402300800.0 /* seconds from 1970 */

const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *word_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	return text ? text : "?";
}

double time_of(const json_t *object)
{
	double seconds = json_number_value(json_object_get(object, "time"));

	return seconds >= 0 && seconds < YEAR_10000 ? seconds : 0;
}

#define SPARK_COLUMNS 12

static void add_spark(struct table *table, const json_t *numbers)
{
	char text[3 * SPARK_COLUMNS + 1];

	spark(numbers, 0, SPARK_COLUMNS, text);
	table_add(table, text);
}

/* An integer, a real number, a boolean or a list of numbers as a cell. */
static void add_value(struct table *table, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		table_add_format(table, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		table_add_format(table, "%.1f", json_real_value(value));
	else if (json_is_boolean(value))
		table_add(table, json_is_true(value) ? "yes" : "no");
	else if (json_is_array(value))
		add_spark(table, value);
	else
		table_add(table, json_string_value(value));
}

static void add_values(
	struct table *table, const json_t *object, const struct column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_value(table, object, columns[i].key);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A line for each text of a list. */
static void render_texts(const json_t *object, const char *key, const char *label, FILE *out)
{
	const json_t *text;
	size_t i;

	json_array_foreach(json_object_get(object, key), i, text)
		fprintf(out, "%s: %s\n", label, json_string_value(text));
}

/* The columns of each document, and the lines of those that are no lists. */
#define VALUE(key, kind, condition, value, text)
#define COLUMN(key, heading, kind, condition, value, text) {heading, key},
static const struct column status_lines[] = {
#include "../views/status.def"
};
static const struct column binding_columns[] = {
#include "../views/bindings.def"
};
static const struct column link_columns[] = {
#include "../views/links.def"
};
static const struct column home_agent_columns[] = {
#include "../views/home_agents.def"
};
static const struct column prefix_columns[] = {
#include "../views/prefixes.def"
};
static const struct column correspondent_columns[] = {
#include "../views/correspondents.def"
};
static const struct column flow_columns[] = {
#include "../views/flows.def"
};
static const struct column why_lines[] = {
#include "../views/why.def"
};
static const struct column why_link_columns[] = {
#include "../views/why_links.def"
};
static const struct column mobile_node_columns[] = {
#include "../views/mobile_nodes.def"
};
static const struct column event_words[] = {
#include "../views/events.def"
};

/* A list that comes in one piece, an object a row. */
static void render_list(const json_t *list, const struct column *columns, size_t count, FILE *out)
{
	struct table *table = table_new(columns, count);
	const json_t *object;
	size_t i;

	if (!table)
		return;
	json_array_foreach(list, i, object) add_values(table, object, columns, count);
	table_print(table, out);
	table_free(table);
}

/* A line for each value that the object has. */
static void render_lines(const json_t *object, const struct column *lines, size_t count, FILE *out)
{
	static const struct column columns[] = {{"what", NULL}, {"value", NULL}};
	struct table *table = table_new(columns, COUNT(columns));

	if (!table)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!json_object_get(object, lines[i].key))
			continue;
		table_add(table, lines[i].heading);
		add_value(table, object, lines[i].key);
	}
	table_print(table, out);
	table_free(table);
}

void render_status(const json_t *status, FILE *out)
{
	const json_t *warning;
	size_t i;

	render_lines(status, status_lines, COUNT(status_lines), out);
	if (json_array_size(json_object_get(status, "home_addresses")) > 1) {
		fputc('\n', out);
		render_list(json_object_get(status, "home_addresses"), mobile_node_columns,
			COUNT(mobile_node_columns), out);
		fputc('\n', out);
	}
	render_texts(status, "missing", "MISSING", out);
	render_texts(status, "rules_before", "POLICY RULE", out);
	if (json_is_true(json_object_get(status, "insecure")))
		fputs("INSECURE: configured without authentication\n", out);
	json_array_foreach(json_object_get(status, "warnings"), i, warning) fprintf(
		out, "WARNING: %s\n", json_is_string(warning) ? json_string_value(warning) : "?");
}

struct table *bindings_table_new(void)
{
	return table_new(binding_columns, COUNT(binding_columns));
}

void render_bindings(struct table *table, const json_t *bindings, FILE *out)
{
	const json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(bindings, "bindings"), i, binding)
		add_values(table, binding, binding_columns, COUNT(binding_columns));
	table_print(table, out);
}

/* Names the mobile node whose links follow. */
static void render_owner(const json_t *link, bool first, FILE *out)
{
	const char *home_address = text_of(link, "home_address");
	const char *name = text_of(link, "mobile_node");

	if (!first)
		fputc('\n', out);
	if (!home_address)
		fputs("other interfaces:\n", out);
	else if (name)
		fprintf(out, "mobile node %s, %s:\n", name, home_address);
	else
		fprintf(out, "mobile node %s:\n", home_address);
}

static bool same_owner(const json_t *a, const json_t *b)
{
	const char *one = text_of(a, "home_address"), *other = text_of(b, "home_address");

	return one && other ? strcmp(one, other) == 0 : one == other;
}

/* Links of one mobile node follow each other. With several mobile nodes, a line names each. */
void render_links(const json_t *links, FILE *out)
{
	const json_t *list = json_object_get(links, "links");
	const size_t count = json_array_size(list);
	size_t next = 0;

	do {
		json_t *group = json_array();
		json_t *first = json_array_get(list, next);
		size_t i = next;

		for (; next < count && same_owner(first, json_array_get(list, next)); next++)
			json_array_append(group, json_array_get(list, next));
		if (json_array_size(group) < count)
			render_owner(first, i == 0, out);
		render_list(group, link_columns, COUNT(link_columns), out);
		json_decref(group);
	} while (next < count);
}

void render_home_agents(const json_t *home_agents, FILE *out)
{
	render_list(json_object_get(home_agents, "home_agents"), home_agent_columns,
		COUNT(home_agent_columns), out);
}

void render_prefixes(const json_t *prefixes, FILE *out)
{
	render_list(
		json_object_get(prefixes, "prefixes"), prefix_columns, COUNT(prefix_columns), out);
}

void render_correspondents(const json_t *correspondents, FILE *out)
{
	render_list(json_object_get(correspondents, "correspondents"), correspondent_columns,
		COUNT(correspondent_columns), out);
}

void render_flows(const json_t *flows, FILE *out)
{
	render_list(json_object_get(flows, "flows"), flow_columns, COUNT(flow_columns), out);
}

void render_why(const json_t *why, FILE *out)
{
	const json_t *links = json_object_get(why, "links");

	render_lines(why, why_lines, COUNT(why_lines), out);
	if (json_array_size(links) > 0) {
		fputc('\n', out);
		render_list(links, why_link_columns, COUNT(why_link_columns), out);
	}
}

void render_policy_change(const json_t *change, FILE *out)
{
	fprintf(out, "%d rules set, %d removed, %d kept\n",
		(int)json_integer_value(json_object_get(change, "set")),
		(int)json_integer_value(json_object_get(change, "removed")),
		(int)json_integer_value(json_object_get(change, "kept")));
}

/* Counters that never counted are left out of the text. */
static void add_counter(struct table *table, const char *name, const json_t *count)
{
	if (json_integer_value(count) == 0)
		return;
	table_add_format(table, "%" JSON_INTEGER_FORMAT, json_integer_value(count));
	table_add(table, name);
}

void render_counters(const json_t *counters, FILE *out)
{
	static const struct column columns[] = {{"count", NULL}, {"what", NULL}};
	struct table *table = table_new(columns, COUNT(columns));
	const char *key;
	const json_t *value, *drop;
	size_t i;

	if (!table)
		return;
	json_object_foreach((json_t *)counters, key, value) if (json_is_integer(value))
		add_counter(table, key, value);
	json_array_foreach(json_object_get(counters, "drops"), i, drop)
	{
		char name[160];

		snprintf(name, sizeof(name), "dropped by %s: %s", word_of(drop, "layer"),
			word_of(drop, "text"));
		add_counter(table, name, json_object_get(drop, "count"));
	}
	table_print(table, out);
	table_free(table);
}

static void print_time(double seconds, FILE *out)
{
	time_t whole = (time_t)seconds;
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&whole, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	fprintf(out, "%s.%03d ", text, (int)((seconds - (double)whole) * 1000));
}

static void print_word(const char *heading, const json_t *value, FILE *out)
{
	if (json_is_integer(value))
		fprintf(out, ", %s %" JSON_INTEGER_FORMAT, heading, json_integer_value(value));
	else if (json_is_string(value))
		fprintf(out, ", %s %s", heading, json_string_value(value));
}

void render_event(const json_t *event, FILE *out)
{
	const json_t *lost = json_object_get(event, "lost");

	if (lost) {
		fprintf(out, "(%" JSON_INTEGER_FORMAT " lost)\n", json_integer_value(lost));
		return;
	}
	print_time(time_of(event), out);
	fputs(word_of(event, text_of(event, "text") ? "text" : "event"), out);
	for (size_t i = 0; i < COUNT(event_words); i++)
		print_word(event_words[i].heading, json_object_get(event, event_words[i].key), out);
	if (text_of(event, "reason"))
		fprintf(out, ": %s", text_of(event, "reason"));
	fputc('\n', out);
}

static void print_count(const json_t *check, const char *key, const char *one, FILE *out)
{
	const json_t *count = json_object_get(check, key);

	if (count)
		fprintf(out, ", %" JSON_INTEGER_FORMAT " %s%s", json_integer_value(count), one,
			json_integer_value(count) == 1 ? "" : "s");
}

static void render_config_right(const json_t *check, FILE *out)
{
	const json_t *role;
	size_t i;

	fprintf(out, "%s: right:", word_of(check, "file"));
	json_array_foreach(json_object_get(check, "roles"), i, role)
		fprintf(out, "%s %s", i > 0 ? " and" : "", json_string_value(role));
	print_count(check, "mobile_nodes", "mobile node", out);
	print_count(check, "mobile_node_blocks", "mobile_node block", out);
	print_count(check, "links", "link", out);
	print_count(check, "interfaces", "interface", out);
	fputc('\n', out);
}

void render_config_check(const json_t *error, FILE *out)
{
	if (json_is_true(json_object_get(error, "ok"))) {
		render_config_right(error, out);
		if (text_of(error, "warning"))
			fprintf(out, "%s: warning: %s\n", word_of(error, "file"),
				text_of(error, "warning"));
		return;
	}
	static const char *const places[] = {"line", "column"};

	fputs(word_of(error, "file"), out);
	for (size_t i = 0; i < COUNT(places); i++) {
		json_int_t number = json_integer_value(json_object_get(error, places[i]));

		if (number > 0)
			fprintf(out, ":%" JSON_INTEGER_FORMAT, number);
	}
	fprintf(out, ": %s\n", word_of(error, "text"));
}

/* One line for each check; if it found something wrong, also why it matters and the command. */
static void render_finding(const json_t *finding, FILE *out)
{
	const char *object = text_of(finding, "object");

	fprintf(out, "%-14s  %s", word_of(finding, "verdict"), word_of(finding, "check"));
	fprintf(out, "%s%s: %s\n", object ? " " : "", object ? object : "",
		word_of(finding, "text"));
	if (text_of(finding, "why"))
		fprintf(out, "%-14s    why: %s\n", "", text_of(finding, "why"));
	if (text_of(finding, "remedy"))
		fprintf(out, "%-14s    do:  %s\n", "", text_of(finding, "remedy"));
}

void render_doctor(const json_t *document, FILE *out)
{
	json_int_t problems = json_integer_value(json_object_get(document, "problems"));
	json_int_t warnings = json_integer_value(json_object_get(document, "warnings"));
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(document, "checks"), i, finding)
		render_finding(finding, out);
	fprintf(out, "%" JSON_INTEGER_FORMAT " problem%s, %" JSON_INTEGER_FORMAT " warning%s\n",
		problems, problems == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}
