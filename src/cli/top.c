/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `monami top`: links with their rates, flows and the last events, anew each second. On a terminal
 * one page, until q or an interrupt; elsewhere one page after the other, as text.
 */
#include "top.h"

#include "connection.h"
#include "render.h"
#include "spark.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_SHOWN 6
#define EVENT_OCTETS 256
#define SPARK_NARROW 12
#define SPARK_WIDE 30
#define WIDE_FROM 140 /* columns of the terminal */
#define MS_PER_PAGE 1000

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static void resized(int signal)
{
	(void)signal; /* it ends the waiting: the next page has the new size */
}

/* ---- the terminal ---- */

struct screen {
	bool drawn; /* one page over the other; otherwise one after the other */
	bool has_keys;
	struct termios before;
	sigset_t unblocked; /* signals while it waits */
	sigset_t asking;    /* while the daemon is asked: a daemon that hangs cannot hold the user */
	sigset_t blocked;   /* at other times */
};

static void screen_open(struct screen *screen, bool plain)
{
	const struct sigaction ends = {.sa_handler = end}, resizes = {.sa_handler = resized};

	sigprocmask(SIG_BLOCK, NULL, &screen->unblocked);
	screen->asking = screen->unblocked;
	sigaddset(&screen->asking, SIGWINCH);
	screen->blocked = screen->asking;
	sigaddset(&screen->blocked, SIGINT);
	sigaddset(&screen->blocked, SIGTERM);
	sigprocmask(SIG_SETMASK, &screen->blocked, NULL);
	sigaction(SIGINT, &ends, NULL);
	sigaction(SIGTERM, &ends, NULL);
	sigaction(SIGWINCH, &resizes, NULL);
	screen->drawn = !plain && isatty(STDOUT_FILENO);
	screen->has_keys = screen->drawn && tcgetattr(STDIN_FILENO, &screen->before) == 0;
	if (screen->has_keys) {
		struct termios keys = screen->before;

		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	}
	if (screen->drawn)
		fputs("\033[?25l\033[H\033[2J", stdout); /* no cursor, an empty page */
}

static void screen_close(const struct screen *screen)
{
	if (screen->drawn)
		fputs("\033[?25h", stdout);
	if (screen->has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

static struct winsize screen_size(const struct screen *screen)
{
	struct winsize size = {0};

	if (!screen->drawn || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
		size.ws_row == 0)
		size = (struct winsize){.ws_row = UINT16_MAX, .ws_col = UINT16_MAX};
	return size;
}

/* The first columns of a line; octets that continue a character take none. */
static size_t line_octets(const char *line, size_t octets, size_t columns)
{
	for (size_t i = 0; i < octets; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80 && columns-- == 0)
			return i;
	return octets;
}

/* As much of it as fits: no line is wrapped, and nothing scrolls. */
static void screen_show(const struct screen *screen, const char *text, bool first)
{
	struct winsize size = screen_size(screen);

	if (!screen->drawn) {
		printf("%s%s", first ? "" : "\n", text);
		return;
	}
	fputs("\033[H", stdout);
	for (unsigned row = 1; *text != '\0' && row < size.ws_row; row++) {
		const size_t octets = strcspn(text, "\n");

		printf("%.*s\033[K\n", (int)line_octets(text, octets, size.ws_col), text);
		text += octets + (text[octets] == '\n');
	}
	fputs("\033[J", stdout);
}

/* ---- events ---- */

struct feed {
	struct connection *connection; /* NULL: there is none, or it has ended */
	int fd;
	unsigned count;
	char last[EVENTS_SHOWN][EVENT_OCTETS]; /* at the number of the event */
};

static void feed_open(struct feed *feed, const struct request_options *options)
{
	json_t *line;

	feed->connection = connection_open(options->socket);
	if (!feed->connection)
		return;
	feed->fd = connection_watch(feed->connection);
	line = connection_send(feed->connection, json_pack("{s:s}", "command", "monitor")) == 0
		       ? connection_receive(feed->connection)
		       : NULL;
	if (!json_is_true(json_object_get(line, "ok"))) {
		connection_close(feed->connection);
		feed->connection = NULL;
	}
	json_decref(line);
}

static void feed_read(struct feed *feed)
{
	json_t *event = connection_receive(feed->connection);
	char *text = NULL;
	size_t octets;
	FILE *out;

	if (!event) {
		connection_close(feed->connection);
		feed->connection = NULL;
		return;
	}
	out = open_memstream(&text, &octets);
	if (out) {
		render_event(event, out);
		fclose(out);
		snprintf(feed->last[feed->count++ % EVENTS_SHOWN], EVENT_OCTETS, "%s", text);
	}
	free(text);
	json_decref(event);
}

/* ---- a page ---- */

static void rate_text(const json_t *value, char *text, size_t size)
{
	const double rate = json_number_value(value);

	if (!value)
		snprintf(text, size, "-");
	else if (rate >= 1e9)
		snprintf(text, size, "%.2fG", rate / 1e9);
	else if (rate >= 1e6)
		snprintf(text, size, "%.1fM", rate / 1e6);
	else if (rate >= 1e3)
		snprintf(text, size, "%.0fk", rate / 1e3);
	else
		snprintf(text, size, "%.0f", rate);
}

static void add_rate(struct table *table, const json_t *link, const char *key)
{
	char text[32];

	rate_text(json_object_get(link, key), text, sizeof(text));
	table_add(table, text);
}

static void add_number(struct table *table, const json_t *link, const char *key, const char *format)
{
	const json_t *value = json_object_get(link, key);

	if (value)
		table_add_format(table, format, json_number_value(value));
	else
		table_add(table, NULL);
}

/* Both directions of a link are drawn to one scale. */
static void add_link(struct table *table, const json_t *link, unsigned columns)
{
	const json_t *sent = json_object_get(link, "sent_history_bps");
	const json_t *received = json_object_get(link, "received_history_bps");
	const double out = spark_greatest(sent), in = spark_greatest(received);
	const double most = out > in ? out : in;
	const bool selected = json_is_true(json_object_get(link, "selected"));
	char text[3 * SPARK_WIDE + 1];

	table_add_format(table, "%s%s", word_of(link, "name"), selected ? " *" : "");
	table_add(table, text_of(link, "path"));
	add_number(table, link, "rtt_ms", "%.1f");
	add_number(table, link, "loss_percent", "%.0f");
	add_rate(table, link, "sent_bps");
	spark(sent, most, columns, text);
	table_add(table, text);
	add_rate(table, link, "received_bps");
	spark(received, most, columns, text);
	table_add(table, text);
	add_rate(table, link, "usable_bps");
}

static void print_links(const json_t *links, unsigned columns, FILE *out)
{
	static const struct column headings[] = {{"link", NULL}, {"path", NULL}, {"rtt ms", NULL},
		{"loss %", NULL}, {"out", NULL}, {"last minute", NULL}, {"in", NULL},
		{"last minute", NULL}, {"usable", NULL}};
	struct table *table = table_new(headings, sizeof(headings) / sizeof(headings[0]));
	const json_t *link;
	size_t i;

	if (!table)
		return;
	json_array_foreach(json_object_get(links, "links"), i, link) add_link(table, link, columns);
	table_print(table, out);
	table_free(table);
}

static void print_status(const json_t *status, FILE *out)
{
	const size_t warnings = json_array_size(json_object_get(status, "warnings"));
	const json_t *role;
	size_t i;

	json_array_foreach(json_object_get(status, "roles"), i, role)
		fprintf(out, "%s%s", i > 0 ? " and " : "", json_string_value(role));
	fprintf(out, " %s, %d bindings, %zu warning%s, up %.0f s\n", word_of(status, "device"),
		(int)json_integer_value(json_object_get(status, "bindings")), warnings,
		warnings == 1 ? "" : "s", json_number_value(json_object_get(status, "uptime_s")));
}

static void print_events(const struct feed *feed, FILE *out)
{
	const unsigned first = feed->count > EVENTS_SHOWN ? feed->count - EVENTS_SHOWN : 0;

	if (feed->count > 0)
		fprintf(out, "\nevents\n");
	for (unsigned i = first; i < feed->count; i++)
		fputs(feed->last[i % EVENTS_SHOWN], out);
}

/* NULL after a line on standard error. */
static char *page(
	const struct request_options *options, const struct feed *feed, unsigned spark_columns)
{
	json_t *status = request_result(options, "status", NULL);
	json_t *links = status ? request_result(options, "show", "links") : NULL;
	json_t *flows = links ? request_result(options, "show", "flows") : NULL;
	const size_t flows_count = json_array_size(json_object_get(flows, "flows"));
	char *text = NULL;
	size_t octets;
	FILE *out = flows ? open_memstream(&text, &octets) : NULL;

	if (out) {
		print_status(status, out);
		fputc('\n', out);
		print_links(links, spark_columns, out);
		if (flows_count > 0) {
			fprintf(out, "\n%zu flow%s\n", flows_count, flows_count == 1 ? "" : "s");
			render_flows(flows, out);
		}
		print_events(feed, out);
		fclose(out);
	}
	json_decref(flows);
	json_decref(links);
	json_decref(status);
	return text;
}

/* ---- a page a second ---- */

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static bool is_quit(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

/* Until `end`, or another size of the terminal. False: the user ends it. */
static bool wait_until(const struct screen *screen, struct feed *feed, long long end)
{
	for (long long left = end - now_ms(); left > 0 && !ended; left = end - now_ms()) {
		const struct timespec timeout = {left / 1000, left % 1000 * 1000000};
		struct pollfd waiting[] = {
			{screen->has_keys ? STDIN_FILENO : -1, POLLIN, 0},
			{feed->connection ? feed->fd : -1, POLLIN, 0},
		};
		const int ready = ppoll(waiting, 2, &timeout, &screen->unblocked);

		if (ready < 0)
			return !ended;
		if (waiting[0].revents != 0 && is_quit())
			return false;
		if (waiting[1].revents != 0)
			feed_read(feed);
	}
	return !ended;
}

int request_top(const struct request_options *options, unsigned pages)
{
	struct screen screen;
	struct feed feed = {0};
	int status = EXIT_SUCCESS;
	long long next = now_ms();
	unsigned shown = 0;

	screen_open(&screen, pages == 1);
	sigprocmask(SIG_SETMASK, &screen.asking, NULL);
	if (pages != 1)
		feed_open(&feed, options);
	do {
		const bool wide = screen.drawn && screen_size(&screen).ws_col >= WIDE_FROM;

		sigprocmask(SIG_SETMASK, &screen.asking, NULL);
		char *text = ended ? NULL : page(options, &feed, wide ? SPARK_WIDE : SPARK_NARROW);
		sigprocmask(SIG_SETMASK, &screen.blocked, NULL);
		if (text)
			screen_show(&screen, text, shown == 0);
		else
			status = ended ? EXIT_SUCCESS : EXIT_FAILURE;
		free(text);
		shown++;
		if (next <= now_ms())
			next = now_ms() + MS_PER_PAGE;
	} while (status == EXIT_SUCCESS && fflush(stdout) == 0 && shown != pages && !ended &&
		 wait_until(&screen, &feed, next));
	screen_close(&screen);
	if (feed.connection)
		connection_close(feed.connection);
	return status;
}
