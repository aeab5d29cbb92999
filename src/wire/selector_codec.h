/* SPDX-License-Identifier: BSD-2-Clause */
/* Traffic selectors on the wire: what follows the header of the sub-option (RFC 6089 4.2.1.4). */
#ifndef MONAMI_WIRE_SELECTOR_CODEC_H
#define MONAMI_WIRE_SELECTOR_CODEC_H

#include "cursor.h"
#include "traffic_selector.h"

/*
 * Reads TS Format, reserved, and the selector, of a known format to the end of `in`. Of an unknown
 * one the selector is left in `in`. The cursor fails if fields are missing or left over, if an end
 * has no start, or if TS Format is 0;
 * the selector then has no range.
 */
void selector_read(struct cursor *, struct traffic_selector *ret);
/* An end that is its start is left out. The builder fails if a value is none that the field can
 * have on the wire. */
void selector_write(struct builder *, const struct traffic_selector *);
/* Of TS Format, reserved octet and selector; of an unknown format without what follows. */
size_t selector_octets(const struct traffic_selector *);
/* RFC 6088 3.1, 3.2: the sub-option stands at a multiple of this. */
size_t selector_alignment(const struct traffic_selector *);

#endif
