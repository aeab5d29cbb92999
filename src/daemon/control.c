/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clients of the control socket. One request is served at a time; the next is not looked at
 * before the answer has gone out, so that a client's cost is one line and one page of an answer.
 *
 * A list may be long (hundreds of thousands of bindings): it is copied at once, which is quick, and
 * turned into JSON page by page as the client reads.
 */
#include "control.h"

#include "config_value.h"
#include "control_socket.h"
#include "monitor.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENTS_MAX 16
#define LINE_OCTETS_MAX 4096
#define PAGE_BINDINGS 200
/* Copies of the binding list at one time: 72 octets for each binding of each. */
#define SNAPSHOTS_MAX 4
/* Somebody who reads nothing for so long is gone. */
#define WRITE_TIMEOUT_S 30

/* The bindings as they were when a client asked. */
struct snapshot {
	struct binding_view *views;
	size_t count;
	size_t room;
	size_t shown;
	bool failed;
};

struct client {
	struct client *next;
	struct control *control;
	struct bufferevent *stream;
	struct subscriber *subscriber; /* NULL: does not follow the monitor */
	struct snapshot *snapshot;     /* NULL: no list is under way */
	bool closing;                  /* when what is written has gone out */
	bool ended;                    /* sends no more, but may still be owed answers */
};

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	struct control_source source;
	struct monitor *monitor;
	struct client *clients;
	unsigned int clients_count;
	unsigned int snapshots_count;
	char path[108];
};

/* ---- answers ---- */

static int append(const char *octets, size_t length, void *to)
{
	return evbuffer_add(to, octets, length);
}

static void answer(struct client *client, json_t *line)
{
	struct evbuffer *out = bufferevent_get_output(client->stream);

	if (!line || json_dump_callback(line, append, out, JSON_COMPACT | JSON_REAL_PRECISION(16)))
		client->closing = true; /* out of memory */
	else
		evbuffer_add(out, "\n", 1);
	json_decref(line);
}

static void answer_result(struct client *client, json_t *result)
{
	answer(client, json_pack("{s:b, s:o}", "ok", 1, "result", result));
}

static void answer_error(struct client *client, const char *error)
{
	answer(client, json_pack("{s:b, s:s}", "ok", 0, "error", error));
}

static void answer_code(struct client *client, int error)
{
	if (error < 0)
		answer_error(client, strerror(-error));
	else
		answer_result(client, json_object());
}

/* ---- the list of bindings ---- */

static void snapshot_free(struct client *client)
{
	if (!client->snapshot)
		return;
	free(client->snapshot->views);
	free(client->snapshot);
	client->snapshot = NULL;
	client->control->snapshots_count--;
}

static void snapshot_add(void *to, const struct binding_view *view)
{
	struct snapshot *snapshot = to;

	if (snapshot->count == snapshot->room && !snapshot->failed) {
		size_t room = snapshot->room ? 2 * snapshot->room : PAGE_BINDINGS;
		struct binding_view *views =
			reallocarray(snapshot->views, room, sizeof(*snapshot->views));

		snapshot->failed = !views;
		if (views) {
			snapshot->views = views;
			snapshot->room = room;
		}
	}
	if (!snapshot->failed)
		snapshot->views[snapshot->count++] = *view;
}

static void answer_page(struct client *client)
{
	const struct control_source *source = &client->control->source;
	struct snapshot *snapshot = client->snapshot;
	json_t *array = json_array();
	size_t end = snapshot->shown + PAGE_BINDINGS;
	bool more = end < snapshot->count;
	json_t *line;

	for (; snapshot->shown < end && snapshot->shown < snapshot->count; snapshot->shown++)
		json_array_append_new(
			array, show_binding(source, &snapshot->views[snapshot->shown]));
	line = json_pack("{s:b, s:{s:o}}", "ok", 1, "result", "bindings", array);
	if (more)
		json_object_set_new(line, "more", json_true());
	else
		snapshot_free(client);
	answer(client, line);
}

static void show_bindings(struct client *client)
{
	struct control *control = client->control;
	struct snapshot *snapshot = NULL;

	if (control->snapshots_count == SNAPSHOTS_MAX) {
		answer_error(client, "too many lists under way");
		return;
	}
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot) {
		client->closing = true;
		return;
	}
	client->snapshot = snapshot;
	control->snapshots_count++;
	control->source.each_binding(control->source.ctx, snapshot_add, snapshot);
	if (snapshot->failed) {
		snapshot_free(client);
		answer_error(client, "out of memory");
	} else {
		answer_page(client);
	}
}

/* ---- commands ---- */

static void command_status(struct client *client, const json_t *request)
{
	(void)request;
	answer_result(client, show_status(&client->control->source));
}

static void command_show(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	const char *what = json_string_value(json_object_get(request, "what"));

	if (what && strcmp(what, "bindings") == 0)
		show_bindings(client);
	else if (what && strcmp(what, "links") == 0)
		answer_result(client, show_links(source));
	else if (what && strcmp(what, "counters") == 0)
		answer_result(client, show_counters(source));
	else if (what && strcmp(what, "home-agents") == 0)
		answer_result(client, show_home_agents(source));
	else if (what && strcmp(what, "prefixes") == 0)
		answer_result(client, show_prefixes(source));
	else if (what && strcmp(what, "correspondents") == 0)
		answer_result(client, show_correspondents(source));
	else
		answer_error(client, "show: what is none of bindings, links, counters, "
				     "home-agents, prefixes, correspondents");
}

static void command_monitor(struct client *client, const json_t *request)
{
	struct monitor *monitor = client->control->monitor;
	json_int_t sequence = (json_int_t)monitor_sequence(monitor);

	(void)request;
	answer_result(client, json_pack("{s:I}", "seq", sequence));
	client->subscriber = monitor_join(monitor, bufferevent_get_output(client->stream));
	if (!client->subscriber)
		client->closing = true;
}

static void command_prefer(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	json_int_t bid = json_integer_value(json_object_get(request, "bid"));
	json_int_t priority = json_integer_value(json_object_get(request, "priority"));
	int error;

	if (bid < 1 || bid > UINT16_MAX || priority < 1 || priority > 127) {
		answer_error(client, "prefer: bid is not 1 to 65535, or priority not 1 to 127");
		return;
	}
	error = source->prefer(source->ctx, (uint16_t)bid, (uint8_t)priority);
	if (error == -EINVAL)
		answer_error(client, "prefer: this daemon has no link with this bid");
	else
		answer_code(client, error);
}

/* Seconds from now under `key`; without the key, infinite. */
static bool until(const json_t *request, const char *key, nanos now, nanos *ret)
{
	const json_t *value = json_object_get(request, key);
	json_int_t seconds = json_integer_value(value);

	*ret = NANOS_NEVER;
	if (!value)
		return true;
	if (!json_is_integer(value) || seconds < 0 || seconds >= UINT32_MAX)
		return false;
	*ret = now + (nanos)seconds * NANOS_PER_SECOND;
	return true;
}

/* The reason why not, or NULL. */
static const char *prefix_of(
	const json_t *request, nanos now, struct host_prefix *ret, struct why *why)
{
	const char *text = json_string_value(json_object_get(request, "prefix"));

	*ret = (struct host_prefix){.on_link = true, .autonomous = true};
	if (!text)
		return "no prefix";
	if (!value_prefix(text, &ret->prefix, &ret->length, why))
		return why->text;
	if (!until(request, "valid_s", now, &ret->valid_until) ||
		!until(request, "preferred_s", now, &ret->preferred_until))
		return "valid_s or preferred_s is not a number of seconds";
	if (ret->preferred_until > ret->valid_until)
		return "preferred_s is greater than valid_s";
	return NULL;
}

static void command_prefix(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	bool remove = json_is_true(json_object_get(request, "remove"));
	struct host_prefix prefix;
	struct why why;
	const char *wrong = prefix_of(request, source->now(source->ctx), &prefix, &why);
	int error = wrong ? 0 : source->prefix(source->ctx, &prefix, remove);

	if (error == -EINVAL)
		wrong = "this daemon has no such prefix, or is no home agent";
	if (wrong)
		answer(client, json_pack("{s:b, s:s+}", "ok", 0, "error", "prefix: ", wrong));
	else
		answer_code(client, error);
}

static void command_stop(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;

	(void)request;
	answer_code(client, source->stop(source->ctx));
}

static const struct {
	const char *name;
	void (*run)(struct client *, const json_t *request);
} commands[] = {
	{"status", command_status},
	{"show", command_show},
	{"monitor", command_monitor},
	{"prefer", command_prefer},
	{"prefix", command_prefix},
	{"stop", command_stop},
};

static void run_command(struct client *client, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (name && strcmp(name, commands[i].name) == 0) {
			commands[i].run(client, request);
			return;
		}
	}
	answer_error(client, "unknown command");
}

/* Whoever does not speak the protocol is told so once. */
static void run_line(struct client *client, const char *line, size_t length)
{
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(request)) {
		run_command(client, request);
	} else {
		answer_error(client, "not a JSON object");
		client->closing = true;
	}
	json_decref(request);
}

/* ---- clients ---- */

static void client_free(struct client *client)
{
	struct control *control = client->control;
	struct client **at = &control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	control->clients_count--;
	if (client->subscriber)
		monitor_leave(control->monitor, client->subscriber);
	snapshot_free(client);
	bufferevent_free(client->stream);
	free(client);
}

static bool is_busy(const struct client *client)
{
	return client->snapshot || client->closing ||
	       evbuffer_get_length(bufferevent_get_output(client->stream)) > 0;
}

/* Serves waiting lines until one has an answer to be read first. */
static void serve(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->stream);
	size_t length;
	char *line;

	if (client->subscriber) {
		/* has nothing more to say */
		evbuffer_drain(in, evbuffer_get_length(in));
		return;
	}
	while (!is_busy(client) && (line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF))) {
		run_line(client, line, length);
		free(line);
	}
	if (!is_busy(client) && evbuffer_get_length(in) >= LINE_OCTETS_MAX) {
		answer_error(client, "line too long");
		client->closing = true;
	}
}

static void on_read(struct bufferevent *stream, void *ctx)
{
	(void)stream;
	serve(ctx);
}

/* All that was written has gone out. */
static void on_written(struct bufferevent *stream, void *ctx)
{
	struct client *client = ctx;

	(void)stream;
	if (client->snapshot) {
		answer_page(client);
	} else if (client->subscriber) {
		monitor_drained(client->subscriber);
	} else if (client->closing) {
		client_free(client);
	} else {
		serve(client);
		if (client->ended && !is_busy(client))
			client_free(client);
	}
}

static void on_event(struct bufferevent *stream, short what, void *ctx)
{
	struct client *client = ctx;

	/* whoever closed only its sending side still gets its answers */
	if (what & BEV_EVENT_EOF && what & BEV_EVENT_READING && !client->subscriber &&
		evbuffer_get_length(bufferevent_get_output(stream)) > 0) {
		client->ended = true;
		bufferevent_disable(stream, EV_READ);
	} else {
		client_free(client);
	}
}

static struct client *client_new(struct control *control, int fd)
{
	const struct timeval timeout = {.tv_sec = WRITE_TIMEOUT_S};
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->stream = bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client->stream) {
		free(client);
		return NULL;
	}
	client->control = control;
	client->next = control->clients;
	control->clients = client;
	control->clients_count++;
	bufferevent_setcb(client->stream, on_read, on_written, on_event, client);
	bufferevent_setwatermark(client->stream, EV_READ, 0, LINE_OCTETS_MAX);
	bufferevent_set_timeouts(client->stream, NULL, &timeout);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
	return client;
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *ctx)
{
	static const char full[] = "{\"ok\":false,\"error\":\"too many clients\"}\n";
	struct control *control = ctx;

	(void)listener;
	(void)address;
	(void)length;
	if (control->clients_count == CLIENTS_MAX) {
		/* fits any socket's empty buffer; and if not, the client sees it closed */
		(void)!write(fd, full, sizeof(full) - 1);
		close(fd);
	} else if (!client_new(control, fd)) {
		close(fd);
	}
}

/* ---- the socket ---- */

static int listen_at(struct control *control, const char *path)
{
	int fd = control_socket_open(path);

	if (fd < 0)
		return fd;
	strcpy(control->path, path);
	control->listener = evconnlistener_new(control->base, on_connection, control,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (control->listener)
		return 0;
	close(fd);
	unlink(path);
	return -ENOMEM;
}

int control_open(struct event_base *base, const char *path, const struct control_source *source,
	struct control **ret)
{
	struct control *control = calloc(1, sizeof(*control));
	int error;

	if (!control)
		return -ENOMEM;
	control->base = base;
	control->source = *source;
	error = monitor_new(&control->monitor);
	if (error == 0)
		error = listen_at(control, path);
	if (error < 0) {
		monitor_free(control->monitor);
		free(control);
		return error;
	}
	*ret = control;
	return 0;
}

void control_close(struct control *control)
{
	while (control->clients)
		client_free(control->clients);
	evconnlistener_free(control->listener);
	unlink(control->path);
	monitor_free(control->monitor);
	free(control);
}

struct monitor *control_monitor(struct control *control)
{
	return control->monitor;
}
