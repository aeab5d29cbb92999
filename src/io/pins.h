/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maps' names in a bpffs: what keeps them alive without a daemon, and lets the next one find
 * them. Private to the data plane.
 */
#ifndef MONAMI_IO_PINS_H
#define MONAMI_IO_PINS_H

#include <bpf/libbpf.h>
#include <stdbool.h>

/* Creates the directory if need be. -EMEDIUMTYPE if it is not on a bpffs; else 0 or -errno. */
int pins_prepare(const char *directory);
/*
 * Gives every map of the object (opened, not loaded) its name in the directory. Maps that are there
 * are taken over by the load if all of them fit, and unpinned otherwise. `ret_found`: taken over.
 * Returns 0, 1 if something was unpinned, or -errno.
 */
int pins_assign(struct bpf_object *, const char *directory, bool *ret_found);
/* Unpins every map of the object. */
void pins_remove(struct bpf_object *);

#endif
