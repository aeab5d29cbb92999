/* SPDX-License-Identifier: BSD-2-Clause */
#include "device.h"

#include "netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- setting it up ---- */

static struct nlmsghdr *link_request(uint8_t *octets, const struct device *device)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof(*link));

	request->nlmsg_type = RTM_NEWLINK;
	link->ifi_index = (int)device->ifindex;
	return request;
}

/* The device has home addresses only: the kernel must not make a link-local one. */
static int set_no_link_local(struct netlink *netlink, const struct device *device)
{
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	struct nlmsghdr *request = link_request(octets, device);
	struct nlattr *families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(request, AF_INET6);

	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(request, inet6);
	mnl_attr_nest_end(request, families);
	return netlink_ask(netlink, request, NULL, NULL);
}

static int set_up(struct netlink *netlink, const struct device *device)
{
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	struct nlmsghdr *request = link_request(octets, device);
	struct ifinfomsg *link = mnl_nlmsg_get_payload(request);

	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;
	return netlink_ask(netlink, request, NULL, NULL);
}

static int bring_up(const struct device *device)
{
	struct netlink netlink;
	int result = netlink_open(&netlink);

	if (result < 0)
		return result;
	result = set_no_link_local(&netlink, device);
	if (result == 0)
		result = set_up(&netlink, device);
	netlink_close(&netlink);
	return result;
}

static unsigned long offloads_of(bool segments)
{
	return segments ? TUN_F_CSUM : TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
}

/* Attaches `fd` to the device of that name, which the kernel makes if there is none. */
static int attach(int fd, const char *name, bool segments)
{
	const unsigned long offloads = offloads_of(segments);
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
	int header_octets = (int)sizeof(struct virtio_net_hdr);

	strcpy(request.ifr_name, name);
	if (ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &header_octets) < 0 ||
		ioctl(fd, TUNSETOFFLOAD, offloads) < 0 || ioctl(fd, TUNSETPERSIST, 1UL) < 0)
		return -errno;
	return 0;
}

int device_open(const char *name, struct device *ret)
{
	struct device device = {.found = if_nametoindex(name) != 0};
	int result;

	if (!device.found && errno != ENODEV)
		return -errno;
	if (strlen(name) == 0 || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	device.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device.fd < 0)
		return -errno;
	result = attach(device.fd, name, false);
	if (result == 0) {
		device.ifindex = if_nametoindex(name);
		result = device.ifindex == 0 ? -errno : bring_up(&device);
	}
	if (result < 0) {
		if (device.found)
			device_close(&device);
		else
			device_remove(&device);
		return result;
	}
	*ret = device;
	return 0;
}

/* The programs and the routes know the device by its ifindex. */
static int attach_as(const struct device *device, const char *name)
{
	unsigned int wanted = device->ifindex;

	return ioctl(device->fd, TUNSETIFINDEX, &wanted) < 0
		       ? -errno
		       : attach(device->fd, name, device->segments);
}

static int check_index(const struct device *device, const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (ifindex == 0)
		return -errno;
	return ifindex == device->ifindex ? 0 : -EBUSY;
}

int device_remake(const char *name, struct device *device)
{
	struct device again = *device;
	int result;

	/* If another program moved it to another namespace, it is deleted there. */
	if (device->fd >= 0)
		device_remove(device);
	if (if_nametoindex(name) != 0)
		return -EEXIST;
	again.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (again.fd < 0)
		return -errno;
	result = attach_as(&again, name);
	if (result == 0)
		result = check_index(&again, name);
	if (result == 0)
		result = bring_up(&again);
	if (result < 0) {
		device_remove(&again);
		/* The descriptor of a deleted device. */
		return result == -EBADFD ? -ENODEV : result;
	}
	*device = again;
	return 0;
}

int device_segments(struct device *device)
{
	/* If another program has deleted the device, device_remake() sets it. */
	if (ioctl(device->fd, TUNSETOFFLOAD, offloads_of(true)) < 0 && errno != EBADFD &&
		errno != EBADF)
		return -errno;
	device->segments = true;
	return 0;
}

void device_close(struct device *device)
{
	close(device->fd);
	device->fd = -1;
}

void device_remove(struct device *device)
{
	/* The kernel deletes a device that is not persistent with its last descriptor. */
	(void)ioctl(device->fd, TUNSETPERSIST, 0UL);
	device_close(device);
}

/* ---- looking at it ---- */

static int take_tun_type(const struct nlattr *attribute, void *ctx)
{
	struct device_look *look = ctx;

	if (mnl_attr_get_type(attribute) == IFLA_TUN_TYPE &&
		mnl_attr_get_u8(attribute) != IFF_TUN) {
		look->is_tun = false;
		strcpy(look->kind, "tap");
	}
	return MNL_CB_OK;
}

static int take_kind(const struct nlattr *attribute, void *ctx)
{
	struct device_look *look = ctx;

	if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) {
		snprintf(look->kind, sizeof(look->kind), "%.*s",
			(int)mnl_attr_get_payload_len(attribute), mnl_attr_get_str(attribute));
		look->is_tun = strcmp(look->kind, "tun") == 0;
	} else if (mnl_attr_get_type(attribute) == IFLA_INFO_DATA && look->is_tun) {
		(void)mnl_attr_parse_nested(attribute, take_tun_type, look);
	}
	return MNL_CB_OK;
}

static int take_link_info(const struct nlattr *attribute, void *ctx)
{
	return mnl_attr_get_type(attribute) == IFLA_LINKINFO
		       ? mnl_attr_parse_nested(attribute, take_kind, ctx)
		       : MNL_CB_OK;
}

static void take_look(void *ctx, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct device_look *look = ctx;

	look->exists = true;
	/* A TUN device has a carrier while a process has it open. */
	look->attached = link->ifi_flags & IFF_RUNNING;
	(void)mnl_attr_parse(message, sizeof(*link), take_link_info, look);
}

int device_look(const char *name, struct device_look *ret)
{
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	struct device none = {.ifindex = 0};
	struct nlmsghdr *request = link_request(octets, &none);
	struct device_look look = {.exists = false};
	struct netlink netlink;
	int result = netlink_open(&netlink);

	if (result < 0)
		return result;
	request->nlmsg_type = RTM_GETLINK;
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	result = netlink_ask(&netlink, request, take_look, &look);
	netlink_close(&netlink);
	if (result < 0 && result != -ENODEV)
		return result;
	*ret = look;
	return 0;
}

/* ---- packets ---- */

/* One's-complement sum of octets in network order (RFC 1071), not yet folded. */
static uint64_t sum_octets(const uint8_t *octets, size_t length)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint64_t)octets[i] << 8 | octets[i + 1];
	if (length % 2)
		sum += (uint64_t)octets[length - 1] << 8;
	return sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/*
 * The kernel leaves the checksum over the payload to the network card; here the daemon computes it.
 * The checksum field has the sum of the pseudo-header.
 */
static int complete_checksum(const struct virtio_net_hdr *header, uint8_t *octets, size_t length)
{
	size_t field = (size_t)header->csum_start + header->csum_offset;
	uint16_t checksum;

	if (header->csum_start > length || field + 2 > length)
		return -EPROTO;
	checksum = (uint16_t)~fold(
		sum_octets(octets + header->csum_start, length - header->csum_start));
	/* RFC 8200 8.1: UDP has ffff for zero. For other protocols both mean the same. */
	if (checksum == 0)
		checksum = 0xffff;
	octets[field] = (uint8_t)(checksum >> 8);
	octets[field + 1] = (uint8_t)checksum;
	return 0;
}

long device_read(struct device *device, uint8_t *octets, size_t capacity, uint16_t *ret_segment)
{
	struct virtio_net_hdr header = {0};
	const struct iovec space[] = {{&header, sizeof(header)}, {octets, capacity}};
	ssize_t length;

	do
		length = readv(device->fd, space, 2);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if ((size_t)length < sizeof(header))
		return -EPROTO;
	length -= (ssize_t)sizeof(header);
	if (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		int result = complete_checksum(&header, octets, (size_t)length);

		if (result < 0)
			return result;
	}
	*ret_segment = header.gso_type == VIRTIO_NET_HDR_GSO_NONE ? 0 : header.gso_size;
	return length;
}

int device_write(const struct device *device, const uint8_t *octets, size_t length)
{
	struct virtio_net_hdr header = {0};
	const struct iovec pieces[] = {
		{&header, sizeof(header)}, {(void *)(uintptr_t)octets, length}};
	ssize_t written;

	do
		written = writev(device->fd, pieces, 2);
	while (written < 0 && errno == EINTR);
	return written < 0 ? -errno : 0;
}
