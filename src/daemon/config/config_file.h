/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a configuration is made of: read whole and with care, before any parser sees them. */
#ifndef MONAMI_DAEMON_CONFIG_FILE_H
#define MONAMI_DAEMON_CONFIG_FILE_H

#include "config_value.h"

/* A hundred thousand mobile nodes take less than a third of it. */
#define CONFIG_FILE_OCTETS_MAX (64 * 1024 * 1024)

struct config_file {
	char *text;
	size_t length;
	int lines;        /* without the trailer */
	int open_comment; /* line where a comment begins that never ends; 0: none */
};

/*
 * Reads a regular file of text, blanks out its comments (libconfuse 3.3 counts lines wrongly where
 * it meets one), and appends `trailer`. 0, or -errno with the reason in `why`: it cannot be opened,
 * is no regular file, is too large, or is not text.
 */
int config_file_read(const char *path, const char *trailer, struct config_file *ret, struct why *);
/* Overwrites the text first: it may hold keys. */
void config_file_free(struct config_file *);

/* `path` as meant by the file `from`: relative to its directory. False if it does not fit. */
bool config_file_beside(const char *from, const char *path, char *ret, size_t capacity);

#endif
