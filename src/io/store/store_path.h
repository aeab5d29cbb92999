/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's file by its name: creates it, recognizes it, sets it aside. */
#ifndef MONAMI_IO_STORE_PATH_H
#define MONAMI_IO_STORE_PATH_H

#include "store_file.h"

/* Creates the file, unless it is there, and the directories above it. 0 or -errno. */
int store_path_make(struct store_file *, const char *path);
/* Remembers which file is SQLite's log; it stays the same until the file is closed. 0 or -errno. */
int store_path_find_log(struct store_file *);
/* Whether `path` still leads to the file, and to its log: SQLite writes on into files that were
 * deleted. 0 or -errno. */
int store_path_present(struct store_file *, const char *path);
/* Renames the closed file and its companions; the reason then has `why` and the new name. 0 or
 * -errno. */
int store_path_set_aside(struct store_file *, const char *path, const char *why);

#endif
