/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maps' names in a bpffs: what keeps them alive without a daemon, and lets the next one find
 * them. Private to the data plane.
 */
#ifndef MONAMI_IO_PINS_H
#define MONAMI_IO_PINS_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <sys/types.h>

/* Creates the directory if need be, and locks it: it is for one process. The lock ends with the
 * descriptor. -EBUSY: another has it; -EMEDIUMTYPE if it is not on a bpffs; else 0 or -errno. */
int pins_prepare(const char *directory, int *ret_lock);
/* What pins_prepare() would say, without creating anything: also -ENOENT, if the directory is to be
 * created and the one above it is not there. `ret_holder`: with -EBUSY the process that has it, 0
 * if unknown. */
int pins_look(const char *directory, pid_t *ret_holder);
/*
 * Gives every map of the object (opened, not loaded) its name in the directory, if there are maps
 * that fit: the load takes those over. The map of links alone does not count: a correspondent
 * leaves it at a clean stop (ADR 38). `ret_found`: it will; else pins_replace() is to follow, when
 * nothing else can fail. Returns 0, 1 if what is there does not fit, or -errno.
 */
int pins_assign(struct bpf_object *, const char *directory, bool *ret_found);
/* What is in the directory by the name of this map, whether or not all else fits: a descriptor,
 * -ENOENT if it has another layout or there is nothing, or -errno. */
int pins_open(const struct bpf_map *, const char *directory);
/* Pins every map of the object, loaded, in place of what is there. */
int pins_replace(struct bpf_object *, const char *directory);
/* Pins maps again that another program has unpinned. 0: none was missing; 1: they are back; or
 * -errno. */
int pins_put_back(struct bpf_object *, const char *directory);
/* Unpins every map of the object but `keep` (or NULL). Goes on after an error, and says which one
 * it was. */
int pins_remove(struct bpf_object *, const struct bpf_map *keep);

#endif
