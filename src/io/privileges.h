/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process may do: less after the start than before it, also without systemd (ADR 42).
 */
#ifndef MONAMI_IO_PRIVILEGES_H
#define MONAMI_IO_PRIVILEGES_H

/* No other process of this user may read its memory, and no core dump is written: there are keys in
 * it. Before the configuration is read. */
void privileges_hide_memory(void);

/*
 * Keeps the capabilities that put back what other programs remove, and no others; no program that
 * it might execute gains any; and the system calls that no part of the daemon makes fail with
 * EPERM. After the start. 0, or -errno with what failed in `ret_what`: all the rest is done.
 */
int privileges_drop(const char **ret_what);

#endif
