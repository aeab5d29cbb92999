/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `monami decode FILE`: the mobility messages of a capture as JSON (docs/control.md lists the
 * keys).
 */
#ifndef MONAMI_DECODE_DECODE_H
#define MONAMI_DECODE_DECODE_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Reads pcap or pcapng, and gives each message to `each`, which returns false to end. 0, or -EINVAL
 * after a line on standard error: the file cannot be opened, ends early, or has an unknown link
 * type. Messages before the error have been handed over.
 */
int decode_file(const char *path, bool (*each)(void *ctx, const json_t *message), void *ctx);

#endif
