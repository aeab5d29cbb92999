/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Load Balancing option of draft-montavont-mip6-mmi-02 7, which no document numbers: two nodes
 * that are configured with the same octet (RFC 5096 has 18 for experiments) speak a dialect that
 * has it.
 */
#ifndef MONAMI_WIRE_LOAD_BALANCING_H
#define MONAMI_WIRE_LOAD_BALANCING_H

#include "message.h"

/* D counts parts of this. */
#define LOAD_BALANCING_PARTS 15

struct load_balancing_dialect {
	struct dialect dialect;
	struct option_set options;
	struct option_row rows[MESSAGE_ROWS];
	uint8_t index[UINT8_MAX + 1];
};

/* Makes `ret` the dialect `base` with the option as type `octet`, and returns it as a dialect,
 * which lasts as long as `ret` and what `base` refers to. NULL, for which core_new() returns
 * -EINVAL: `octet` is padding or another option in `base`, or `base` has not as many options as
 * message_options. */
const struct dialect *load_balancing_dialect_init(
	struct load_balancing_dialect *ret, const struct dialect *base, uint8_t octet);

#endif
