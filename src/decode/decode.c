/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a capture and finds the IPv6 packets in its frames; mobility_json.c decodes them. A
 * malformed packet must not end the reading.
 */
#include "decode.h"

#include "mobility_json.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

#define ETHERTYPE_IPV6 0x86dd
#define VLAN_TAGS_MAX 4

static bool is_vlan(uint16_t ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

/* Skips VLAN tags behind an EtherType, and finds IPv6. */
static bool behind_ethertype(struct cursor *in, uint16_t ethertype)
{
	unsigned int tags;

	for (tags = 0; is_vlan(ethertype) && tags < VLAN_TAGS_MAX; tags++) {
		cursor_u16(in);
		ethertype = cursor_u16(in);
	}
	return ethertype == ETHERTYPE_IPV6;
}

static bool skip_ethernet(struct cursor *in)
{
	cursor_octets(in, 12);
	return behind_ethertype(in, cursor_u16(in));
}

static bool skip_cooked(struct cursor *in)
{
	cursor_octets(in, 14);
	return behind_ethertype(in, cursor_u16(in));
}

static bool skip_cooked_2(struct cursor *in)
{
	uint16_t ethertype = cursor_u16(in);

	cursor_octets(in, 18);
	return behind_ethertype(in, ethertype);
}

/* The number of AF_INET6 differs between systems: packet_decode() checks the version. */
static bool skip_family(struct cursor *in)
{
	cursor_u32(in);
	return true;
}

static bool skip_nothing(struct cursor *in)
{
	(void)in;
	return true;
}

typedef bool (*skip_link_header)(struct cursor *);

static skip_link_header link_header(int type)
{
	switch (type) {
	case DLT_EN10MB:
		return skip_ethernet;
	case DLT_LINUX_SLL:
		return skip_cooked;
	case DLT_LINUX_SLL2:
		return skip_cooked_2;
	case DLT_NULL:
	case DLT_LOOP:
		return skip_family;
	case DLT_RAW:
	case DLT_IPV6:
		return skip_nothing;
	default:
		return NULL;
	}
}

struct frames {
	pcap_t *capture;
	skip_link_header skip;
	bool (*each)(void *ctx, const json_t *message);
	void *ctx;
};

/* False: the callback asked to stop. */
static bool decode_frame(
	const struct frames *frames, const struct pcap_pkthdr *header, const uint8_t *frame)
{
	struct cursor in = cursor_over(frame, header->caplen);
	double time = (double)header->ts.tv_sec + (double)header->ts.tv_usec / 1e6;

	if (!frames->skip(&in) || in.failed)
		return true;
	struct octets packet = cursor_octets(&in, cursor_left(&in));
	json_t *object = mobility_json(&dialect_rfc5648, time, packet);
	bool more = !object || frames->each(frames->ctx, object);
	json_decref(object);
	return more;
}

static int decode_frames(const char *path, struct frames *frames)
{
	struct pcap_pkthdr *header;
	const uint8_t *frame;
	int got = 0;

	frames->skip = link_header(pcap_datalink(frames->capture));
	if (!frames->skip) {
		fprintf(stderr, "%s: link type %s is not known\n", path,
			pcap_datalink_val_to_description_or_dlt(pcap_datalink(frames->capture)));
		return -EINVAL;
	}
	while ((got = pcap_next_ex(frames->capture, &header, &frame)) == 1)
		if (!decode_frame(frames, header, frame))
			return 0;
	if (got == PCAP_ERROR) {
		fprintf(stderr, "%s: %s\n", path, pcap_geterr(frames->capture));
		return -EINVAL;
	}
	return 0;
}

int decode_file(const char *path, bool (*each)(void *ctx, const json_t *message), void *ctx)
{
	char reason[PCAP_ERRBUF_SIZE];
	struct frames frames = {
		.capture = pcap_open_offline(path, reason), .each = each, .ctx = ctx};

	if (!frames.capture) {
		/* libpcap names the file only if it cannot be opened */
		bool named = strncmp(reason, path, strlen(path)) == 0;

		fprintf(stderr, "%s%s%s\n", named ? "" : path, named ? "" : ": ", reason);
		return -EINVAL;
	}
	int result = decode_frames(path, &frames);
	pcap_close(frames.capture);
	return result;
}
