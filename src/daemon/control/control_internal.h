/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of control. */
#ifndef MONAMI_DAEMON_CONTROL_INTERNAL_H
#define MONAMI_DAEMON_CONTROL_INTERNAL_H

#include "control.h"
#include "list_snapshot.h"

struct bufferevent;
struct event;
struct evconnlistener;
struct subscriber;

struct client {
	struct client *next;
	struct control *control;
	struct bufferevent *stream;
	struct subscriber *subscriber;  /* NULL: does not follow the monitor */
	struct list_snapshot *snapshot; /* NULL: no list is under way */
	struct event *on_idle;
	uint64_t used; /* `uses` of the control when it was served last */
	bool closing;  /* when the written answer has been sent */
	bool ended;    /* has closed its sending side, but still gets its answers */
};

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	struct control_source source;
	struct monitor *monitor;
	struct client *clients;
	unsigned int clients_count;
	unsigned int snapshots_count;
	unsigned int subscribers_count;
	uint64_t uses; /* how often any client was served */
	char path[108];
};

/* control_command.c: carries out the command in the line, and answers. A client that does not speak
 * the protocol gets one error. */
void control_run_line(struct client *, const char *line, size_t length);
/* An error of the client in place of a command. */
void control_answer_error(struct client *, const char *error);
/* The next page of the list that is under way. */
void control_answer_page(struct client *);
/* Gives it up, if there is one. */
void control_drop_list(struct client *);

#endif
