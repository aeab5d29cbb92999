/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_balancing.h"

#define PADN 1

const struct dialect *load_balancing_dialect_init(
	struct load_balancing_dialect *ret, const struct dialect *base, uint8_t octet)
{
	const struct option_set *options = base->options;

	if (octet <= PADN || option_by_octet(options, octet) || options->count != MESSAGE_ROWS)
		return NULL;
	memset(ret->index, 0, sizeof(ret->index));
	memcpy(ret->rows, options->rows, sizeof(ret->rows));
	ret->rows[MESSAGE_ROW_load_balancing].octet = octet;
	for (size_t i = 0; i < MESSAGE_ROWS; i++)
		ret->index[ret->rows[i].octet] = (uint8_t)(i + 1);
	ret->options =
		(struct option_set){.rows = ret->rows, .count = MESSAGE_ROWS, .index = ret->index};
	ret->dialect = *base;
	ret->dialect.options = &ret->options;
	return &ret->dialect;
}
