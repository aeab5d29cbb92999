/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a capture and finds the IPv6 packets in its frames; mobility_json.c does the rest. Must
 * never stop at bad input before the file ends.
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

/* Behind an EtherType: VLAN tags, and then IPv6 or something else. */
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

/* AF_INET6 has as many values as there are systems: packet_decode() looks at the version. */
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

static void print_frame(
	const struct pcap_pkthdr *header, const uint8_t *frame, skip_link_header skip, FILE *out)
{
	struct cursor in = cursor_over(frame, header->caplen);
	double time = (double)header->ts.tv_sec + (double)header->ts.tv_usec / 1e6;
	struct octets packet;
	json_t *object;

	if (!skip(&in) || in.failed)
		return;
	packet = cursor_octets(&in, cursor_left(&in));
	object = mobility_json(&dialect_rfc5648, time, packet);
	if (!object)
		return;
	/* ten digits of seconds and six of microseconds */
	json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(16));
	fputc('\n', out);
	json_decref(object);
}

static int print_frames(const char *path, pcap_t *capture, FILE *out)
{
	skip_link_header skip = link_header(pcap_datalink(capture));
	struct pcap_pkthdr *header;
	const uint8_t *frame;
	int got = 0;

	if (!skip) {
		fprintf(stderr, "%s: link type %s is not known\n", path,
			pcap_datalink_val_to_description_or_dlt(pcap_datalink(capture)));
		return -EINVAL;
	}
	while (!ferror(out) && (got = pcap_next_ex(capture, &header, &frame)) == 1)
		print_frame(header, frame, skip, out);
	if (fflush(out) != 0 || ferror(out))
		return -EIO;
	if (got == PCAP_ERROR) {
		fprintf(stderr, "%s: %s\n", path, pcap_geterr(capture));
		return -EINVAL;
	}
	return 0;
}

int decode_file(const char *path, FILE *out)
{
	char reason[PCAP_ERRBUF_SIZE];
	pcap_t *capture = pcap_open_offline(path, reason);
	int result;

	if (!capture) {
		/* libpcap names the file only if it cannot be opened */
		bool named = strncmp(reason, path, strlen(path)) == 0;

		fprintf(stderr, "%s%s%s\n", named ? "" : path, named ? "" : ": ", reason);
		return -EINVAL;
	}
	result = print_frames(path, capture, out);
	pcap_close(capture);
	return result;
}
