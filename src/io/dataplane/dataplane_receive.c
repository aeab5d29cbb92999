/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reassembled packet goes through the program that receives on the links, so that it gets the
 * same checks, counters and congestion marks as every other packet (ADR 35). BPF_PROG_TEST_RUN runs
 * the program on it.
 */
#include "dataplane_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <string.h>

#define FRAME_OCTETS_MAX 2048

static int run(struct dataplane *plane, uint32_t ifindex, const uint8_t *frame, size_t length,
	struct bpf_test_run_opts *options)
{
	struct __sk_buff context = {.ifindex = ifindex};

	options->data_in = frame;
	options->data_size_in = (uint32_t)length;
	options->ctx_in = &context;
	options->ctx_size_in = sizeof(context);
	options->repeat = 1;
	return bpf_prog_test_run_opts(
		bpf_program__fd(plane->programs->progs.monami_receive), options);
}

static void move_count(__u64 *to, __u64 *from)
{
	__atomic_fetch_add(to, __atomic_exchange_n(from, 0, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

/*
 * BPF_PROG_TEST_RUN gives the program an Ethernet frame, whatever the link. For a link without
 * Ethernet header, the entry of monami0 in the map of links, which is unused otherwise, is filled
 * in for the run; give_back() adds its counters to the link's.
 */
static int stand_in(struct dataplane *plane, const struct abi_link *link, struct abi_link **ret)
{
	struct abi_link *place = &plane->links[plane->device % ABI_LINKS_MAX];

	*ret = NULL;
	if (link->header_octets == ETH_HLEN)
		return 0;
	if (place->ifindex != 0)
		return -EBUSY;
	place->header_octets = ETH_HLEN;
	place->ifindex = plane->device;
	*ret = place;
	return 0;
}

static void give_back(struct abi_link *place, struct abi_link *link)
{
	move_count(&link->received_packets, &place->received_packets);
	move_count(&link->received_octets, &place->received_octets);
	move_count(&link->signalling_packets, &place->signalling_packets);
	move_count(&link->dropped_packets, &place->dropped_packets);
	memset(place, 0, sizeof(*place));
}

long dataplane_receive(struct dataplane *plane, uint32_t ifindex, const uint8_t *packet,
	size_t length, uint8_t *ret, size_t capacity)
{
	struct abi_link *link = &plane->links[ifindex % ABI_LINKS_MAX];
	uint8_t frame[FRAME_OCTETS_MAX], became[FRAME_OCTETS_MAX];
	struct ethhdr header = {.h_proto = htons(ETH_P_IPV6)};
	LIBBPF_OPTS(
		bpf_test_run_opts, options, .data_out = became, .data_size_out = sizeof(became));

	if (link->ifindex != ifindex)
		return -ENODEV;
	if (length > sizeof(frame) - sizeof(header))
		return -EMSGSIZE;
	memcpy(frame, &header, sizeof(header));
	memcpy(frame + sizeof(header), packet, length);
	struct abi_link *place;
	int error = stand_in(plane, link, &place);
	if (error < 0)
		return error;
	error = run(
		plane, place ? plane->device : ifindex, frame, length + sizeof(header), &options);
	if (place)
		give_back(place, link);
	if (error < 0)
		return error;
	if (options.retval != TC_ACT_REDIRECT || options.data_size_out <= sizeof(header))
		return 0;
	length = options.data_size_out - sizeof(header);
	if (length > capacity)
		return -EMSGSIZE;
	memcpy(ret, became + sizeof(header), length);
	return (long)length;
}
