/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * monami0: the persistent TUN device that home addresses are routed to. Packets that the tc
 * programs cannot send arrive here, in the daemon: the slow path.
 */
#ifndef MONAMI_IO_DEVICE_H
#define MONAMI_IO_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
	int fd;
	uint32_t ifindex;
	bool segments; /* GSO packets are read in segments */
	bool found; /* it was there already: the previous daemon was killed */
};

/* Creates or takes over the persistent device, with offloads, no link-local address, up. -errno. */
int device_open(const char *name, struct device *ret);
/* Makes the device again, with the ifindex that it had, after another program has deleted it.
 * -EEXIST: there is another one by its name; -EBUSY: or with its ifindex; -ENODEV: another program
 * has deleted it again meanwhile. */
int device_remake(const char *name, struct device *);
/* From now on no GSO packets are read, but their segments. -errno. */
int device_segments(struct device *);
/* Leaves the device in place. */
void device_close(struct device *);
/* Removes it from the system. */
void device_remove(struct device *);

/* The present device of this name. */
struct device_look {
	bool exists;
	bool is_tun;
	bool attached; /* a process has it open */
	char kind[16]; /* as ip(8) prints it, "bridge"; "": none, as of a network card */
};
int device_look(const char *name, struct device_look *ret);

/*
 * Reads one packet, from its IPv6 header, with its checksum completed. Returns its length, -EAGAIN,
 * or -errno. `ret_segment`: 0, or the payload octets of each segment if this is a GSO packet.
 */
long device_read(struct device *, uint8_t *octets, size_t capacity, uint16_t *ret_segment);
/* Hands a whole packet to the kernel, as if it had come in on the device. -errno. */
int device_write(const struct device *, const uint8_t *octets, size_t length);

#endif
