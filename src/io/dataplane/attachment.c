/* SPDX-License-Identifier: BSD-2-Clause */
#include "attachment.h"

#include "link_type.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 5648, to be told from other programs' places. The kernel runs lower priorities first. */
#define PRIORITY 5648
#define PRIORITY_CLASSIFIER 5647
#define HANDLE 1

/* libbpf refuses what is not zero behind the last field: padding must be, too. */
static void hook_init(struct bpf_tc_hook *hook, uint32_t ifindex, enum attachment_place place)
{
	memset(hook, 0, sizeof(*hook));
	hook->sz = sizeof(*hook);
	hook->ifindex = (int)ifindex;
	hook->attach_point = place == ATTACHMENT_INGRESS ? BPF_TC_INGRESS : BPF_TC_EGRESS;
}

static void opts_init(struct bpf_tc_opts *opts, enum attachment_place place)
{
	memset(opts, 0, sizeof(*opts));
	opts->sz = sizeof(*opts);
	opts->handle = HANDLE;
	opts->priority = place == ATTACHMENT_CLASSIFIER ? PRIORITY_CLASSIFIER : PRIORITY;
}

int attachment_set(
	uint32_t ifindex, enum attachment_place place, int program_fd, bool *ret_made_qdisc)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;

	hook_init(&hook, ifindex, place);
	opts_init(&opts, place);
	opts.prog_fd = program_fd;
	opts.flags = BPF_TC_F_REPLACE;
	int made = bpf_tc_hook_create(&hook);
	if (made < 0 && made != -EEXIST)
		return made;
	int result = bpf_tc_attach(&hook, &opts);
	if (result < 0) {
		if (made == 0)
			attachment_remove(ifindex, place, true);
		return result;
	}
	*ret_made_qdisc = made == 0;
	return 0;
}

int attachment_check(uint32_t ifindex, enum attachment_place place, uint32_t program_id)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;

	hook_init(&hook, ifindex, place);
	opts_init(&opts, place);
	int result = bpf_tc_query(&hook, &opts);

	/* -EINVAL: there is no clsact qdisc. */
	if (result == -EINVAL)
		return -ENOENT;
	if (result < 0)
		return result;
	return opts.prog_id == program_id ? 0 : -ENOENT;
}

int attachment_remove(uint32_t ifindex, enum attachment_place place, bool made_qdisc)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;

	hook_init(&hook, ifindex, place);
	opts_init(&opts, place);
	int result = bpf_tc_detach(&hook, &opts);

	if (made_qdisc) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		result = bpf_tc_hook_destroy(&hook);
	}
	return result == -ENOENT || result == -ENODEV || result == -EINVAL ? 0 : result;
}

int attachment_link_layer(uint32_t ifindex, uint8_t *ret_header_octets, uint8_t ret_address[6])
{
	struct ifreq request = {.ifr_ifindex = (int)ifindex};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFNAME, &request) < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		result = -errno;
	close(fd);
	if (result < 0)
		return result;
	int header = link_type_header(request.ifr_hwaddr.sa_family);
	if (header < 0)
		return header;
	*ret_header_octets = (uint8_t)header;
	/* Only Ethernet: the hardware address of a tunnel is an IP address. */
	memset(ret_address, 0, ETH_ALEN);
	if (header == ETH_HLEN)
		memcpy(ret_address, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return 0;
}
