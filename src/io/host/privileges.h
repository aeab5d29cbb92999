/* SPDX-License-Identifier: BSD-2-Clause */
/* Drops privileges after the start, also without systemd (ADR 42). */
#ifndef MONAMI_IO_PRIVILEGES_H
#define MONAMI_IO_PRIVILEGES_H

/* Protects the keys in memory: no other process of this user can read it, no core dump is written,
 * and it is not swapped out. To be called before the configuration is read. */
void privileges_hide_memory(void);

/*
 * Drops all capabilities except those that are needed to restore what other programs remove, sets
 * no_new_privs, lets system calls that the daemon does not make fail with EPERM, and locks the
 * pages present. To be called at the end of the start. Goes on after a failure. 0, or -errno of the
 * last failure, whose name `ret_what` then is (a constant).
 */
int privileges_drop(const char **ret_what);

#endif
