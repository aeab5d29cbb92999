/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that need no running daemon, but code that only monamid has. They run monamid. */
#ifndef MONAMI_CLI_MONAMID_H
#define MONAMI_CLI_MONAMID_H

#include <stdbool.h>

/*
 * Each runs monamid, which answers in lines of JSON, and prints them as they are or as text.
 * Returns the exit status: monamid's, or 1 after a line on standard error.
 */
int monamid_check(const char *file, bool json);
/* `monamid --doctor`. NULL: the default. 2: it could not run. */
int monamid_doctor(const char *file, const char *socket, bool json);

#endif
