/* SPDX-License-Identifier: BSD-2-Clause */
/* What libconfuse would answer with a riddle: characters, quotes and braces of a file's text. */
#ifndef MONAMI_DAEMON_CONFIG_TEXT_H
#define MONAMI_DAEMON_CONFIG_TEXT_H

#include "config_file.h"
#include "config_reader.h"

/*
 * Complains about the first quote, list or block that is not closed, and about what is in the wrong
 * block, of the file's first `length` octets. `name` is the file's. The text belongs into a block
 * of kind `outer`, BLOCK_COMMON or BLOCK_HOME_AGENT. Blanks blocks that libconfuse cannot read.
 * False: the rest of the file means nothing.
 */
bool config_text_check(struct config_file *, size_t length, const char *name, int outer);

#endif
