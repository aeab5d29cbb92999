/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features of the kernel that Monami uses and that a kernel may lack. Each is tried, not derived
 * from the release.
 * Needs no daemon and changes nothing outside a network namespace of its own.
 */
#ifndef MONAMI_IO_KERNEL_FEATURES_H
#define MONAMI_IO_KERNEL_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

enum kernel_feature_state {
	KERNEL_FEATURE_PRESENT,
	KERNEL_FEATURE_ABSENT,
	KERNEL_FEATURE_UNKNOWN, /* not permitted to ask */
};

struct kernel_feature {
	const char *name;
	bool required; /* the daemon does not run without */
	enum kernel_feature_state state;
	const char *lost;   /* what does not work without it */
	const char *remedy; /* a command, or the option of the kernel's configuration */
};

#define KERNEL_FEATURES_MAX 16

/* Fills `ret` and returns how many there are. Takes some milliseconds. */
size_t kernel_features_probe(struct kernel_feature ret[KERNEL_FEATURES_MAX]);

/* bpf_fib_lookup returns the MTU of the link. Needs CAP_BPF. */
bool kernel_lookup_tells_mtu(void);
/* The least release that Monami runs on: "5.10". */
const char *kernel_release_least(void);
/* The running kernel's, as of uname(2). */
void kernel_release(char *ret, size_t size);
/* False if the release is older than that; true for what is no release at all. */
bool kernel_release_is_enough(const char *release);

#endif
