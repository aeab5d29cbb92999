/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds mistakes in characters, quotes and braces, which libconfuse reports without their line. */
#ifndef MONAMI_DAEMON_CONFIG_TEXT_H
#define MONAMI_DAEMON_CONFIG_TEXT_H

#include "config_file.h"
#include "config_reader.h"

/*
 * Complains about the first quote, list or block that is not closed, and about keywords in the
 * wrong block, in the file's first `length` octets. `name` is the file's. The text is in a block of
 * kind `outer`, BLOCK_COMMON or BLOCK_HOME_AGENT. Blanks blocks that libconfuse cannot read. False:
 * the rest of the file cannot be read.
 */
bool config_text_check(struct config_file *, size_t length, const char *name, int outer);

#endif
