/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard input, output and error of a program. */
#ifndef MONAMI_PROGRAM_STREAMS_H
#define MONAMI_PROGRAM_STREAMS_H

/*
 * At the start. If one of the three is closed, the next file or socket would get its number, and
 * messages would be written into it. Afterwards they are open, and writing fails.
 */
void streams_open(void);
/*
 * At the end. Writes what is left of standard output: `status`, or EXIT_FAILURE after a line on
 * standard error if not all of it could be written. Says nothing about a pipe that its reader
 * closed.
 */
int streams_close(const char *program, int status);

#endif
