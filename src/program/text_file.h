/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of text, read whole. */
#ifndef MONAMI_PROGRAM_TEXT_FILE_H
#define MONAMI_PROGRAM_TEXT_FILE_H

#include <sys/types.h>

/*
 * Reads a regular file that has at most `most` octets and none of the permissions `forbidden`.
 * Returns NULL, and in `ret` its text, to be freed by text_file_free(); or why not, with errno
 * (EKEYREJECTED: a forbidden permission). The reason stays until the next call.
 */
const char *text_file_read(const char *path, off_t most, mode_t forbidden, char **ret);
/* Overwrites the text, which may hold keys. */
void text_file_free(char *);

#endif
