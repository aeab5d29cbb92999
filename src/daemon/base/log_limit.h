/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much the log may grow: a token bucket of octets for each class of lines, so that a flood of
 * one class hides nothing of another. Together they write less than 1000 octets a second in the
 * long run. Pure: time is an argument.
 */
#ifndef MONAMI_DAEMON_BASE_LOG_LIMIT_H
#define MONAMI_DAEMON_BASE_LOG_LIMIT_H

#include "../../core/api/port.h"

enum log_class {
	LOG_CLASS_REFUSED, /* caused by packets that are not authenticated */
	LOG_CLASS_CHANGE,  /* bindings, links and paths change */
	LOG_CLASS_HOST,    /* the daemon and the host */
	LOG_CLASS_DEBUG,   /* with --verbose only */
	LOG_CLASSES
};

struct log_bucket {
	uint64_t tokens; /* octets times NANOS_PER_SECOND */
	nanos at;
	uint64_t withheld; /* lines, since log_limit_withheld() was called last */
};

struct log_limit {
	struct log_bucket buckets[LOG_CLASSES];
};

void log_limit_init(struct log_limit *, nanos now);
/* Whether a line of so many octets may be written. If not, it is counted. */
bool log_limit_admit(struct log_limit *, enum log_class, size_t octets, nanos now);
/* Returns how many lines were withheld, and sets the count to 0. */
uint64_t log_limit_withheld(struct log_limit *, enum log_class);
/* The subject of a class's lines, as text. */
const char *log_class_text(enum log_class);

#endif
