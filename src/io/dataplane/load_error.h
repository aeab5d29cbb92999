/* SPDX-License-Identifier: BSD-2-Clause */
/* Why libbpf failed: its warnings, and the end of the verifier's log. */
#ifndef MONAMI_IO_LOAD_ERROR_H
#define MONAMI_IO_LOAD_ERROR_H

/* Forgets earlier messages, and takes those of libbpf from now on, for this thread. */
void load_error_listen(void);

/*
 * The reason in one line, "" if libbpf said nothing. If the kernel refused a program: its name, the
 * last lines of the verifier's log, and the remedy. Valid until load_error_listen() or the next
 * warning of libbpf.
 */
const char *load_error_text(void);

/* One message of libbpf; what load_error_listen() lets it call. */
void load_error_message(const char *text);

#endif
