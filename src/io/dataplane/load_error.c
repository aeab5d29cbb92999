/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_error.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a verifier's log. */
#define LINES_MAX 3
#define LINE_OCTETS_MAX 160

#define REMEDY                                                                                     \
	"Debian's kernels 5.10, 6.1 and 6.12 accept the programs: use one of these, or report "    \
	"this line with the output of uname -r"

/* libbpf tells reasons by a function of the whole process. */
static _Thread_local char last_warning[256];
static _Thread_local char refusal[896]; /* of the first program that was refused */

/* libbpf 1.1 prints: prog 'NAME': -- BEGIN PROG LOAD LOG --\nLOG-- END PROG LOAD LOG --\n */
static const char program_before[] = "prog '";
static const char log_before[] = "-- BEGIN PROG LOAD LOG --\n";
static const char log_after[] = "-- END PROG LOAD LOG --";

/* Lines with the verifier's statistics give no reason. */
static bool is_statistics(const char *line, size_t length)
{
	static const char *const beginnings[] = {
		"processed ", "verification time ", "stack depth "};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		size_t octets = strlen(beginnings[i]);
		if (length >= octets && memcmp(line, beginnings[i], octets) == 0)
			return true;
	}
	return length == 0;
}

/* The last line before `end` that gives a reason, as its beginning; NULL: none. `end` becomes its
 * end. */
static const char *line_before(const char *log, const char **end)
{
	const char *line = *end;

	while (line > log) {
		const char *last = line[-1] == '\n' ? line - 1 : line;
		for (line = last; line > log && line[-1] != '\n';)
			line--;
		if (is_statistics(line, (size_t)(last - line)))
			continue;
		*end = last;
		return line;
	}
	return NULL;
}

/* The last lines of the log, the first of them first, separated by " | ". */
static void join_lines(const char *log, const char *end, char *ret, size_t size)
{
	const char *begins[LINES_MAX], *ends[LINES_MAX];
	int count = 0;
	size_t used = 0;

	while (count < LINES_MAX) {
		const char *line = line_before(log, &end);
		if (!line)
			break;
		begins[count] = line;
		ends[count++] = end;
		end = line;
	}
	ret[0] = '\0';
	for (int i = count; i-- > 0 && used < size;) {
		long octets = ends[i] - begins[i];
		int written = snprintf(ret + used, size - used, "%.*s%s",
			octets < LINE_OCTETS_MAX ? (int)octets : LINE_OCTETS_MAX, begins[i],
			i > 0 ? " | " : "");
		used += written > 0 ? (size_t)written : 0;
	}
}

/* Keeps the log of the first program that was refused: the others fail because of it. */
static void keep_refusal(const char *text, const char *log)
{
	const char *name = strstr(text, program_before);
	const char *end = strstr(log, log_after);
	char lines[LINES_MAX * (LINE_OCTETS_MAX + sizeof(" | "))];

	if (refusal[0] != '\0')
		return;
	name = name && name < log ? name + strlen(program_before) : "";
	join_lines(log, end ? end : log + strlen(log), lines, sizeof(lines));
	snprintf(refusal, sizeof(refusal), "the kernel refuses program %.*s: %s. %s",
		(int)strcspn(name, "'"), name, lines, REMEDY);
}

void load_error_message(const char *text)
{
	const char *log = strstr(text, log_before);

	if (log) {
		keep_refusal(text, log + strlen(log_before));
		return;
	}
	snprintf(last_warning, sizeof(last_warning), "%s", text);
	last_warning[strcspn(last_warning, "\n")] = '\0';
}

static int listen_to(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *text;

	if (level != LIBBPF_WARN || vasprintf(&text, format, arguments) < 0)
		return 0;
	load_error_message(text);
	free(text);
	return 0;
}

void load_error_listen(void)
{
	last_warning[0] = '\0';
	refusal[0] = '\0';
	libbpf_set_print(listen_to);
}

const char *load_error_text(void)
{
	return refusal[0] != '\0' ? refusal : last_warning;
}
