/* SPDX-License-Identifier: BSD-2-Clause */
/* An array that grows, for lists that a callback hands over one by one. */
#ifndef MONAMI_DAEMON_ARRAY_H
#define MONAMI_DAEMON_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Empty with only `size` set. The owner frees `at`. */
struct array {
	size_t size; /* octets of an element */
	size_t count;
	size_t room;
	void *at;
	bool incomplete; /* memory was short: an element is missing */
};

/* Copies the element. */
void array_append(struct array *, const void *element);

#endif
