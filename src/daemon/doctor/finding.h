/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One property of this host that is right or wrong: a line of `monami doctor`, a warning in the log
 * and in `monami status`, the error of a start that failed. All of them come from the same
 * functions.
 */
#ifndef MONAMI_DAEMON_FINDING_H
#define MONAMI_DAEMON_FINDING_H

#include <jansson.h>
#include <stdbool.h>

enum verdict {
	VERDICT_OK,
	VERDICT_NOT_APPLICABLE,
	VERDICT_WARNING, /* it works or will work, but not fully */
	VERDICT_PROBLEM, /* it does not work */
	VERDICTS
};
const char *verdict_text(enum verdict);

struct finding {
	const char *check; /* its name (docs/control.md) */
	char object[128];  /* the interface, file, address, rule; "": the host */
	enum verdict verdict;
	char text[320];   /* the problem */
	char why[320];    /* why it matters; "": all is well */
	char remedy[512]; /* the command that solves it */
};

struct finding_sink {
	void (*take)(void *ctx, const struct finding *);
	void *ctx;
};

/* `object` NULL: "". */
struct finding finding_of(const char *check, const char *object, enum verdict);
void finding_text(struct finding *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_why(struct finding *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_remedy(struct finding *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void finding_give(const struct finding *, const struct finding_sink *);

/* Warning or worse. */
bool finding_is_bad(const struct finding *);
/* `OBJECT: TEXT`. */
void finding_line(const struct finding *, char *ret, size_t size);
/* A new object, NULL if out of memory. */
json_t *finding_json(const struct finding *);
/* False: `object` is none, or its check is none of `checks` (names, the last one NULL). */
bool finding_from_json(const json_t *object, const char *const *checks, struct finding *ret);

#endif
