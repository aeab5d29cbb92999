/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

void frame_octets(struct frame *frame, const void *octets, size_t length)
{
	assert(length <= sizeof(frame->octets) - frame->length);
	memcpy(frame->octets + frame->length, octets, length);
	frame->length += length;
}

void frame_ethernet(struct frame *frame)
{
	frame_octets(frame, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x86\xdd", 14);
}

void frame_address(struct frame *frame, const char *address)
{
	struct in6_addr octets;

	assert(inet_pton(AF_INET6, address, &octets) == 1);
	frame_octets(frame, &octets, sizeof(octets));
}

void frame_ipv6(struct frame *frame, uint32_t first, uint16_t payload_length, uint8_t next_header,
	uint8_t hop_limit, const char *source, const char *destination)
{
	uint32_t first_be = htonl(first);
	uint16_t payload_length_be = htons(payload_length);

	frame_octets(frame, &first_be, sizeof(first_be));
	frame_octets(frame, &payload_length_be, sizeof(payload_length_be));
	frame_octets(frame, &next_header, sizeof(next_header));
	frame_octets(frame, &hop_limit, sizeof(hop_limit));
	frame_address(frame, source);
	frame_address(frame, destination);
}

void frame_routing(struct frame *frame, uint8_t next_header, const char *home_address)
{
	const uint8_t begin[] = {next_header, 2, 2, 1, 0, 0, 0, 0};

	frame_octets(frame, begin, sizeof(begin));
	frame_address(frame, home_address);
}

void frame_option(struct frame *frame, uint8_t next_header, const char *home_address)
{
	const uint8_t begin[] = {next_header, 2, 1, 2, 0, 0, 201, 16};

	frame_octets(frame, begin, sizeof(begin));
	frame_address(frame, home_address);
}

void frame_network(struct frame *frame, size_t at, uint32_t number)
{
	const uint32_t octets = htonl(number);

	memcpy(frame->octets + at + 4, &octets, sizeof(octets));
}

void frame_discovery(struct frame *frame, uint8_t type, uint8_t hop_limit, const char *source,
	const char *destination, const char *target)
{
	const uint8_t begin[8] = {type, 0, 0x12, 0x34};

	frame_ethernet(frame);
	frame_ipv6(frame, 0x60000000, target ? 24 : 16, 58, hop_limit, source, destination);
	frame_octets(frame, begin, sizeof(begin));
	if (target)
		frame_address(frame, target);
	else
		frame_filling(frame, 8);
}

void frame_filling(struct frame *frame, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t octet = (uint8_t)i;
		frame_octets(frame, &octet, 1);
	}
}
