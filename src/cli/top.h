/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MONAMI_CLI_TOP_H
#define MONAMI_CLI_TOP_H

#include "request.h"

/* monami top: a page each second, `pages` of them; 0: until the user, the daemon or the reader of
 * the output ends it. One page is plain text, also on a terminal. Prints to standard output and
 * returns the exit status: 0, or 1 after a line on standard error. */
int request_top(const struct request_options *, unsigned pages);

#endif
