/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log (log.h). Every line that somebody else may cause passes one token bucket, and the next
 * line that gets through says how many did not. Keys are never handed to anything in this file.
 */
#include "log.h"

#include "../core/status.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Lines a second in the long run, and at once. */
#define RATE 50
#define BURST 500

static enum log_level level = LOG_LEVEL_INFO;
static bool journal;

static struct {
	double tokens;
	double at;
	unsigned long withheld;
} bucket = {.tokens = BURST};

void log_open(enum log_level most)
{
	level = most;
	journal = getenv("JOURNAL_STREAM") != NULL;
}

static bool admitted(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	double seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	bucket.tokens += (seconds - bucket.at) * RATE;
	bucket.at = seconds;
	if (bucket.tokens > BURST)
		bucket.tokens = BURST;
	if (bucket.tokens < 1) {
		bucket.withheld++;
		return false;
	}
	bucket.tokens -= 1;
	return true;
}

static void write_line(enum log_level of, const char *format, va_list arguments)
{
	static const char priority[] = {'3', '4', '6', '7'};
	static const char *const name[] = {"error: ", "warning: ", "", "debug: "};
	char line[1024];

	if (of > level || !admitted())
		return;
	vsnprintf(line, sizeof(line), format, arguments);
	if (bucket.withheld > 0) {
		fprintf(stderr, "%smonamid: %lu lines withheld\n", journal ? "<4>" : "",
			bucket.withheld);
		bucket.withheld = 0;
	}
	if (journal)
		fprintf(stderr, "<%c>%s\n", priority[of], line);
	else
		fprintf(stderr, "monamid: %s%s\n", name[of], line);
}

#define LOG_FUNCTION(name, of)                                                                     \
	void log_##name(const char *format, ...)                                                   \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		write_line(of, format, arguments);                                                 \
		va_end(arguments);                                                                 \
	}

LOG_FUNCTION(error, LOG_LEVEL_ERROR)
LOG_FUNCTION(warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(info, LOG_LEVEL_INFO)
LOG_FUNCTION(debug, LOG_LEVEL_DEBUG)

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

void log_note(const struct effect_note *note)
{
	char line[768] = "";

	add_number(line, sizeof(line), "BID", note->bid);
	add_address(line, sizeof(line), "home address", &note->home_address);
	add_address(line, sizeof(line), "care-of address", &note->care_of);
	add_address(line, sizeof(line), "peer", &note->peer);
	add_number(line, sizeof(line), "status", note->status);
	add_reason(line, sizeof(line), " (", status_text(note->status), ")");
	add_number(line, sizeof(line), "lifetime", note->lifetime);
	add_reason(line, sizeof(line), ": ",
		registration_problem_text((enum registration_problem)note->problem), "");
	log_info("%s%s", note_text(note->type), line);
}
