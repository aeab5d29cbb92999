/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `monamid --decode FILE`: the mobility messages of a capture, one JSON object a line
 * (docs/control.md lists the keys).
 */
#ifndef MONAMI_DAEMON_DECODE_H
#define MONAMI_DAEMON_DECODE_H

#include <stdio.h>

/*
 * Reads pcap or pcapng. 0, or -EINVAL after a line on standard error: the file cannot be opened,
 * ends early, or is of a link type that is not known; what came before is written all the same.
 * -EIO if `out` takes no more.
 */
int decode_file(const char *path, FILE *out);

#endif
