/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process may do: less after the start than before it, also without systemd (ADR 42).
 */
#ifndef MONAMI_IO_PRIVILEGES_H
#define MONAMI_IO_PRIVILEGES_H

/* There are keys in its memory: no other process of this user may read it, no core dump is written,
 * and it is not swapped out. Before the configuration is read. */
void privileges_hide_memory(void);

/*
 * Keeps the capabilities that put back what other programs remove, and no others; no program that
 * it might execute gains any; and the system calls that no part of the daemon makes fail with
 * EPERM. Locks the pages that there are by then. After the start. 0, or -errno with what failed in
 * `ret_what`: all the rest is done.
 */
int privileges_drop(const char **ret_what);

#endif
