/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds in /proc the other process that has something the daemon needs, to name it in a message. */
#ifndef MONAMI_IO_PROCESS_H
#define MONAMI_IO_PROCESS_H

#include <sys/stat.h>
#include <sys/types.h>

#define PROCESS_NAME_OCTETS 16

/* Each returns 0 if there is none, or if this process may not see it. */

/* Another process in this network namespace that has the TUN device open. */
pid_t process_of_tun(const char *device);
/* The process with a lock (flock) on this file. */
pid_t process_of_lock(const struct stat *);
/* A process of this name in this network namespace. */
pid_t process_called(const char *name);

void process_name(pid_t, char ret[PROCESS_NAME_OCTETS]);

#endif
