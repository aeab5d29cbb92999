/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log (log.h). Every line passes the limit of its class (log_limit.h). Keys are never handed to
 * anything in this file.
 */
#include "log.h"
#include "log_limit.h"

#include "../../core/base/status.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_OCTETS_MAX 1024
/* At most: the priority, or the program's name and the level, before a line, and the newline. */
#define FRAME_OCTETS 20

static const char *const priorities[] = {"<3>", "<4>", "<6>", "<7>"};
static const char *const names[] = {"error: ", "warning: ", "", "debug: "};

static struct {
	enum log_level level;
	bool journal;
	FILE *stream; /* NULL: standard error */
	nanos (*clock)(void);
	struct log_limit limit;
} logs = {.level = LOG_LEVEL_INFO};

void log_open_at(enum log_level most, FILE *stream, nanos (*clock)(void))
{
	logs.level = most;
	logs.journal = getenv("JOURNAL_STREAM") != NULL;
	logs.stream = stream;
	logs.clock = clock;
	log_limit_init(&logs.limit, clock());
}

static void put_line(enum log_level of, const char *line)
{
	FILE *stream = logs.stream ? logs.stream : stderr;

	if (logs.journal)
		fprintf(stream, "%s%s\n", priorities[of], line);
	else
		fprintf(stream, "monamid: %s%s\n", names[of], line);
}

static bool is_admitted(enum log_class class, const char *line)
{
	/* Without log_open_at() there is no clock: nothing is limited. */
	return !logs.clock ||
	       log_limit_admit(&logs.limit, class, strlen(line) + FRAME_OCTETS, logs.clock());
}

/* The line with the count takes octets of the same class: while there are none, the count grows. */
static void tell_withheld(enum log_class class)
{
	char line[96];
	uint64_t count = log_limit_withheld(&logs.limit, class);

	if (count == 0)
		return;
	snprintf(line, sizeof(line), "%" PRIu64 " more lines were not written (%s)", count,
		log_class_text(class));
	if (is_admitted(class, line))
		put_line(LOG_LEVEL_WARNING, line);
	else
		logs.limit.buckets[class].withheld = count;
}

static void write_line(enum log_level of, enum log_class class, const char *line)
{
	if (of > logs.level || !is_admitted(class, line))
		return;
	tell_withheld(class);
	put_line(of, line);
}

bool log_withholds(void)
{
	for (size_t i = 0; i < LOG_CLASSES; i++)
		if (logs.limit.buckets[i].withheld > 0)
			return true;
	return false;
}

void log_tell_withheld(void)
{
	for (size_t i = 0; i < LOG_CLASSES; i++)
		tell_withheld((enum log_class)i);
}

static void write_format(
	enum log_level of, enum log_class class, const char *format, va_list arguments)
{
	char line[LINE_OCTETS_MAX];

	if (of > logs.level)
		return;
	vsnprintf(line, sizeof(line), format, arguments);
	write_line(of, class, line);
}

#define LOG_FUNCTION(name, of, class)                                                              \
	void log_##name(const char *format, ...)                                                   \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		write_format(of, class, format, arguments);                                        \
		va_end(arguments);                                                                 \
	}

LOG_FUNCTION(error, LOG_LEVEL_ERROR, LOG_CLASS_HOST)
LOG_FUNCTION(warning, LOG_LEVEL_WARNING, LOG_CLASS_HOST)
LOG_FUNCTION(info, LOG_LEVEL_INFO, LOG_CLASS_HOST)
LOG_FUNCTION(refused, LOG_LEVEL_INFO, LOG_CLASS_REFUSED)
LOG_FUNCTION(debug, LOG_LEVEL_DEBUG, LOG_CLASS_DEBUG)

/* Appends " <label> <address>" unless the address is unset. */
static void add_address(char *line, size_t size, const char *label, const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];
	size_t used = strlen(line);

	if (IN6_IS_ADDR_UNSPECIFIED(address))
		return;
	inet_ntop(AF_INET6, address, text, sizeof(text));
	snprintf(line + used, size - used, ", %s %s", label, text);
}

static void add_number(char *line, size_t size, const char *label, unsigned int number)
{
	size_t used = strlen(line);

	if (number != 0)
		snprintf(line + used, size - used, ", %s %u", label, number);
}

static void add_reason(
	char *line, size_t size, const char *before, const char *text, const char *after)
{
	size_t used = strlen(line);

	if (text[0] != '\0')
		snprintf(line + used, size - used, "%s%s%s", before, text, after);
}

/* Any host can cause these events with packets that are not authentic. */
static enum log_class class_of(enum event_type type)
{
	static const enum event_type refused[] = {EVENT_UPDATE_REFUSED, EVENT_AUTHENTICATION_FAILED,
		EVENT_ADDRESS_DUPLICATE, EVENT_ACK_DISCARDED};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i] == type)
			return LOG_CLASS_REFUSED;
	return LOG_CLASS_CHANGE;
}

void log_event(const struct effect_event *note)
{
	char line[LINE_OCTETS_MAX];

	snprintf(line, sizeof(line), "%s", event_text(note->type));
	add_number(line, sizeof(line), "BID", note->bid);
	add_address(line, sizeof(line), "home address", &note->home_address);
	add_address(line, sizeof(line), "care-of address", &note->care_of);
	add_address(line, sizeof(line), "peer", &note->peer);
	add_number(line, sizeof(line), "status", note->status);
	add_reason(line, sizeof(line), " (", status_text(note->status), ")");
	add_number(line, sizeof(line), "lifetime", note->lifetime);
	add_reason(line, sizeof(line), ": ",
		registration_problem_text((enum registration_problem)note->problem), "");
	write_line(LOG_LEVEL_INFO, class_of(note->type), line);
}
