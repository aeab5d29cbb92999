/* SPDX-License-Identifier: BSD-2-Clause */
/* `monamid --check FILE`: every error of a configuration, or that it has none, as one JSON object a
 * line. */
#ifndef MONAMI_DAEMON_CHECK_H
#define MONAMI_DAEMON_CHECK_H

#include <stdio.h>

/* 0 if there was no error, else as config_read(). */
int check_file(const char *path, FILE *out);

#endif
