/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports an invalid option in one line. */
#ifndef MONAMI_PROGRAM_OPTIONS_H
#define MONAMI_PROGRAM_OPTIONS_H

#include <getopt.h>

/*
 * After getopt_long() returned `result`, ':' or '?', with opterr 0 and an option string that begins
 * with ':'. Writes the line to standard error, with a hint to the help at its end.
 */
void options_complain(const char *program, const char *help, const struct option *options,
	int result, char **argv);

#endif
