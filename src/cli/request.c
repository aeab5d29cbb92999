/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends requests to the daemon and prints its answers (docs/control.md). */
#include "request.h"

#include "connection.h"
#include "render.h"
#include "../program/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_json(const json_t *document)
{
	json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
	putchar('\n');
}

static void explain_error(const json_t *line)
{
	const json_t *error;
	size_t i;

	fprintf(stderr, "monami: %s\n", word_of(line, "error"));
	json_array_foreach(json_object_get(line, "errors"), i, error)
		render_config_check(error, stderr);
}

/*
 * The next answer: a new reference to its `result`, and whether another page follows. NULL after a
 * line on standard error.
 */
static json_t *receive_result(struct connection *connection, bool *ret_more)
{
	json_t *line = connection_receive(connection);
	json_t *result = NULL;

	if (!line)
		return NULL;
	if (!json_is_true(json_object_get(line, "ok")))
		explain_error(line);
	else if (json_is_object(json_object_get(line, "result")))
		result = json_incref(json_object_get(line, "result"));
	else
		connection_explain_answer(connection);
	*ret_more = json_is_true(json_object_get(line, "more"));
	json_decref(line);
	return result;
}

/* Steals `request`. */
static struct connection *ask(const struct request_options *options, json_t *request)
{
	struct connection *connection = connection_open(options->socket);

	if (!connection) {
		json_decref(request);
		return NULL;
	}
	if (connection_send(connection, request) == 0)
		return connection;
	connection_close(connection);
	return NULL;
}

/* Adds the lists of a page to those of the pages before it. */
static void append_page(json_t *result, json_t *page)
{
	const char *key;
	json_t *list;

	json_object_foreach(page, key, list) json_array_extend(json_object_get(result, key), list);
}

/* Steals `request`. Its one answer, or NULL; with `pages` all that follow are added to it. */
static json_t *ask_pages(const struct request_options *options, json_t *request, bool pages)
{
	struct connection *connection = ask(options, request);
	json_t *result;
	bool more = false;

	if (!connection)
		return NULL;
	result = receive_result(connection, &more);
	while (result && pages && more) {
		json_t *page = receive_result(connection, &more);

		append_page(result, page);
		if (!page) {
			json_decref(result);
			result = NULL;
		}
		json_decref(page);
	}
	connection_close(connection);
	return result;
}

static json_t *ask_once(const struct request_options *options, json_t *request)
{
	return ask_pages(options, request, false);
}

json_t *request_result(const struct request_options *options, const char *command, const char *what)
{
	json_t *request = json_pack("{s:s, s:s*, s:s*}", "command", command, "what", what,
		"mobile_node", what ? options->mobile_node : NULL);

	return ask_pages(options, request, what && strcmp(what, "flows") == 0);
}

static json_t *show(const char *what)
{
	return json_pack("{s:s, s:s}", "command", "show", "what", what);
}

/* With the mobile node that the user named. */
static json_t *show_of(const struct request_options *options, const char *what)
{
	return json_pack("{s:s, s:s, s:s*}", "command", "show", "what", what, "mobile_node",
		options->mobile_node);
}

static json_t *command(const char *name)
{
	return json_pack("{s:s}", "command", name);
}

/* Steals `result`; NULL: there was none. */
static int show_document(const struct request_options *options, json_t *result,
	void (*render)(const json_t *, FILE *))
{
	if (!result)
		return EXIT_FAILURE;
	if (options->json)
		print_json(result);
	else
		render(result, stdout);
	json_decref(result);
	return EXIT_SUCCESS;
}

/* Steals `request`. */
static int request_document(const struct request_options *options, json_t *request,
	void (*render)(const json_t *, FILE *))
{
	return show_document(options, ask_once(options, request), render);
}

int request_status(const struct request_options *options)
{
	return request_document(options, command("status"), render_status);
}

int request_links(const struct request_options *options)
{
	return request_document(options, show_of(options, "links"), render_links);
}

int request_counters(const struct request_options *options)
{
	return request_document(options, show("counters"), render_counters);
}

int request_home_agents(const struct request_options *options)
{
	return request_document(options, show_of(options, "home-agents"), render_home_agents);
}

int request_prefixes(const struct request_options *options)
{
	return request_document(options, show_of(options, "prefixes"), render_prefixes);
}

int request_correspondents(const struct request_options *options)
{
	return request_document(options, show_of(options, "correspondents"), render_correspondents);
}

int request_flows(const struct request_options *options)
{
	return show_document(options, request_result(options, "show", "flows"), render_flows);
}

/* ---- bindings: many, so page by page, and one document in the end ---- */

static bool print_bindings(const json_t *page, bool first)
{
	const json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(page, "bindings"), i, binding)
	{
		fputs(first ? "\n" : ",\n", stdout);
		json_dumpf(binding, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
		first = false;
	}
	return first;
}

static int list_as_json(struct connection *connection)
{
	bool more = true, first = true;

	fputs("{\"bindings\":[", stdout);
	while (more && !ferror(stdout)) {
		json_t *page = receive_result(connection, &more);

		if (!page)
			return EXIT_FAILURE;
		first = print_bindings(page, first);
		json_decref(page);
	}
	fputs("]}\n", stdout);
	return EXIT_SUCCESS;
}

static int list_as_table(struct connection *connection, struct table *table)
{
	bool more = true;

	while (more && !ferror(stdout)) {
		json_t *page = receive_result(connection, &more);

		if (!page)
			return EXIT_FAILURE;
		render_bindings(table, page, stdout);
		json_decref(page);
	}
	return EXIT_SUCCESS;
}

int request_bindings(const struct request_options *options)
{
	struct connection *connection = ask(options, show("bindings"));
	struct table *table = bindings_table_new();
	int status = EXIT_FAILURE;

	if (connection && table)
		status =
			options->json ? list_as_json(connection) : list_as_table(connection, table);
	if (connection)
		connection_close(connection);
	if (table)
		table_free(table);
	return status;
}

/* ---- the rest ---- */

static void follow(struct connection *connection, bool json)
{
	json_t *event;

	while (!ferror(stdout) && (event = connection_receive(connection))) {
		if (json)
			print_json(event);
		else
			render_event(event, stdout);
		fflush(stdout);
		json_decref(event);
	}
}

int request_monitor(const struct request_options *options)
{
	struct connection *connection = ask(options, command("monitor"));
	json_t *result;
	bool more;

	if (!connection)
		return EXIT_FAILURE;
	result = receive_result(connection, &more);
	if (result)
		follow(connection, options->json);
	json_decref(result);
	connection_close(connection);
	return EXIT_FAILURE; /* it ends only when the daemon or the output is closed */
}

/* Steals `request`, which is answered without a result. */
static int request_done(const struct request_options *options, json_t *request)
{
	json_t *result = ask_once(options, request);

	if (!result)
		return EXIT_FAILURE;
	if (options->json)
		print_json(result);
	json_decref(result);
	return EXIT_SUCCESS;
}

int request_prefer(const struct request_options *options, unsigned int bid, unsigned int priority)
{
	return request_done(
		options, json_pack("{s:s, s:i, s:i, s:s*}", "command", "prefer", "bid", (int)bid,
				 "priority", (int)priority, "mobile_node", options->mobile_node));
}

int request_why(const struct request_options *options, json_t *request)
{
	if (options->mobile_node)
		json_object_set_new(request, "mobile_node", json_text(options->mobile_node));
	return request_document(options, request, render_why);
}

int request_hint(const struct request_options *options, const char *link, bool leaving)
{
	return request_done(
		options, json_pack("{s:s, s:s, s:b, s:s*}", "command", "hint", "link", link,
				 "leaving", leaving, "mobile_node", options->mobile_node));
}

int request_policy_load(const struct request_options *options, const char *file)
{
	char *path = file ? realpath(file, NULL) : NULL;
	json_t *request = command("policy-load");

	if (file && !path) {
		perror(file);
		json_decref(request);
		return EXIT_FAILURE;
	}
	if (path)
		json_object_set_new(request, "file", json_text(path));
	free(path);
	return request_document(options, request, render_policy_change);
}

int request_prefix_set(const struct request_options *options, const char *prefix, long long valid,
	long long preferred)
{
	json_t *request = command("prefix");

	json_object_set_new(request, "prefix", json_string(prefix));
	if (valid >= 0)
		json_object_set_new(request, "valid_s", json_integer(valid));
	if (preferred >= 0)
		json_object_set_new(request, "preferred_s", json_integer(preferred));
	return request_done(options, request);
}

int request_prefix_remove(const struct request_options *options, const char *prefix)
{
	return request_done(options,
		json_pack("{s:s, s:s, s:b}", "command", "prefix", "prefix", prefix, "remove", 1));
}
