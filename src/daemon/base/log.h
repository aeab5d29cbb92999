/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: lines on standard error, with the priority prefixes that systemd understands when
 * standard error is the journal. Silent when all is well, and limited in octets (log_limit.h).
 */
#ifndef MONAMI_DAEMON_BASE_LOG_H
#define MONAMI_DAEMON_BASE_LOG_H

#include "../../core/api/effect.h"
#include "../../core/api/port.h"

#include <stdio.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above the level `most` are not written. `stream` NULL: standard error; else borrowed.
 * `clock`: monotonic. */
void log_open_at(enum log_level most, FILE *stream, nanos (*clock)(void));

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* As log_info(), for lines that any host can cause. */
void log_refused(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line for an event of the core. */
void log_event(const struct effect_event *);

/* Whether lines were withheld that the log has not counted in a line yet. */
bool log_withholds(void);
/* Writes how many lines were withheld, as far as the limit allows. */
void log_tell_withheld(void);

#endif
