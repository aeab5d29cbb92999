/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clients of the control socket. One request is served at a time; the next is not looked at
 * before the answer has gone out, so that a client's cost is one line and one page of an answer.
 */
#include "control_internal.h"
#include "control_socket.h"
#include "monitor.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENTS_MAX 16
#define LINE_OCTETS_MAX 4096
/* A client that reads nothing of its answer for this time is closed. */
#define WRITE_TIMEOUT_S 30
/* A client that has no answer to read and completes no request for this time is closed. */
#define IDLE_TIMEOUT_S 10

/* ---- clients ---- */

static void client_free(struct client *client)
{
	struct control *control = client->control;
	struct client **at = &control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	control->clients_count--;
	if (client->subscriber) {
		monitor_leave(control->monitor, client->subscriber);
		control->subscribers_count--;
	}
	control_drop_list(client);
	if (client->on_idle)
		event_free(client->on_idle);
	bufferevent_free(client->stream);
	free(client);
}

static bool has_answer_to_read(const struct client *client)
{
	return client->snapshot || evbuffer_get_length(bufferevent_get_output(client->stream)) > 0;
}

static bool is_busy(const struct client *client)
{
	return client->closing || has_answer_to_read(client);
}

/* The client was served: it has IDLE_TIMEOUT_S for its next request. */
static void used(struct client *client)
{
	const struct timeval timeout = {.tv_sec = IDLE_TIMEOUT_S};

	client->used = ++client->control->uses;
	event_add(client->on_idle, &timeout);
}

/* Octets of an incomplete line do not restart the timer: a client could send one every few seconds.
 */
static void on_idle(evutil_socket_t fd, short what, void *ctx)
{
	struct client *client = ctx;

	(void)fd;
	(void)what;
	/* Also one that is closing, if memory was short for its answer. */
	if (!client->subscriber && !has_answer_to_read(client))
		client_free(client);
}

/* Serves waiting lines until one has an answer to be read first. */
static void serve(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->stream);
	size_t length;
	char *line;

	if (client->subscriber) {
		/* the monitor has no more lines for it */
		evbuffer_drain(in, evbuffer_get_length(in));
		return;
	}
	while (!is_busy(client) && (line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF))) {
		control_run_line(client, line, length);
		free(line);
		used(client);
	}
	if (!is_busy(client) && evbuffer_get_length(in) >= LINE_OCTETS_MAX) {
		control_answer_error(client, "line too long");
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
	used(client);
	if (client->snapshot) {
		control_answer_page(client);
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

	/* a client that closed only its sending side still gets its answers */
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
	client->on_idle = event_new(control->base, -1, 0, on_idle, client);
	client->stream = client->on_idle
				 ? bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE)
				 : NULL;
	if (!client->stream) {
		if (client->on_idle)
			event_free(client->on_idle);
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
	used(client);
	return client;
}

/* The client that is closed for a new one: the one that was served longest ago, of those that ask
 * nothing, else of those that have not read their answer; none that follows the monitor. */
static struct client *dispensable(const struct control *control)
{
	struct client *ret = NULL;

	for (struct client *client = control->clients; client; client = client->next) {
		if (client->subscriber)
			continue;
		if (!ret || is_busy(client) < is_busy(ret) ||
			(is_busy(client) == is_busy(ret) && client->used < ret->used))
			ret = client;
	}
	return ret;
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *ctx)
{
	struct control *control = ctx;

	(void)listener;
	(void)address;
	(void)length;
	/* SUBSCRIBERS_MAX is less than CLIENTS_MAX, so that dispensable() finds one. */
	if (control->clients_count == CLIENTS_MAX)
		client_free(dispensable(control));
	if (!client_new(control, fd))
		close(fd);
}

/* ---- the socket ---- */

static int listen_at(struct control *control, const char *path)
{
	int fd = control_socket_open(path);

	if (fd < 0)
		return fd;
	struct evconnlistener *listener = evconnlistener_new(control->base, on_connection, control,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!listener) {
		close(fd);
		unlink(path);
		return -ENOMEM;
	}
	if (control->listener)
		evconnlistener_free(control->listener);
	control->listener = listener;
	return 0;
}

int control_put_back(struct control *control)
{
	int error;

	if (access(control->path, F_OK) == 0 || errno != ENOENT)
		return 0;
	error = listen_at(control, control->path);
	return error < 0 ? error : 1;
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
	snprintf(control->path, sizeof(control->path), "%s", path);
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
