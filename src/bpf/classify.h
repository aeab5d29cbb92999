/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Finds the rule of a subject that a packet is for (RFC 6089 5.3.6: the first that matches): a bit
 * for each rule, and for each field that any rule looks at a lookup that clears the bits of those
 * that do not match (ADR 58). All fragments of a packet follow the first one (RFC 6089 5.3.6).
 */
#ifndef MONAMI_BPF_CLASSIFY_H
#define MONAMI_BPF_CLASSIFY_H

#include "bit_number.h"
#include "ext_headers.h"
#include "fragment.h"
#include "maps.h"

#include "../wire/flow_field.h"

#define NEXT_HEADER_DCCP 33
#define NEXT_HEADER_SCTP 132
#define NEXT_HEADER_UDP_LITE 136

/* The fields of a packet that rules compare. `ports` and `spi` are as in the packet. */
struct class_packet {
	struct ipv6_header header;
	bool has_ports;
	bool has_spi;
	bool is_fragment;
	bool is_first; /* or whole */
	__u8 protocol;
	__be16 ports[2];
	__be32 spi;
	__u32 interface;
	struct fragment_header fragment;
};

/* In the memory of a map, of which the verifier knows nothing: all ways through the parser end in
 * one state (ADR 26). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct class_packet);
} class_packets SEC(".maps");

static __always_inline void class_packet_load_ports(
	struct __sk_buff *skb, __u32 offset, struct class_packet *ret)
{
	switch (ret->protocol) {
	case NEXT_HEADER_TCP:
	case NEXT_HEADER_UDP:
	case NEXT_HEADER_DCCP:
	case NEXT_HEADER_SCTP:
	case NEXT_HEADER_UDP_LITE:
		ret->has_ports = packet_load(skb, offset, ret->ports, sizeof(ret->ports));
		break;
	case NEXT_HEADER_ESP:
		ret->has_spi = packet_load(skb, offset, &ret->spi, sizeof(ret->spi));
		break;
	case NEXT_HEADER_AH:
		ret->has_spi = packet_load(skb, offset + 4, &ret->spi, sizeof(ret->spi));
		break;
	}
}

static __always_inline struct class_packet *class_packet_load(
	struct __sk_buff *skb, const struct ipv6_header *header)
{
	const struct ext_headers ext_headers = ext_headers_walk(skb, 0, header);
	const __u32 first = 0;
	struct class_packet *ret = bpf_map_lookup_elem(&class_packets, &first);
	__u32 offset = ext_headers.offset;

	if (!ret)
		return NULL;
	*ret = (struct class_packet){
		.header = *header,
		.protocol = ext_headers.protocol,
		.interface = skb->ingress_ifindex,
		.is_first = true,
		.is_fragment = ext_headers.fragment,
	};
	if (ext_headers.fragment) {
		if (!packet_load(skb, offset, &ret->fragment, sizeof(ret->fragment)))
			return ret;
		ret->is_first = (bpf_ntohs(ret->fragment.offset) & FRAGMENT_OFFSET_MASK) == 0;
		offset += sizeof(ret->fragment);
	}
	if (ret->is_first)
		class_packet_load_ports(skb, offset, ret);
	VERIFIER_FORGET_MEMORY();
	return ret;
}

/* Of `rules` those that match the value in `key`. An older verifier forgets what is in a key that
 * was looked up, so the field comes beside it (ADR 26). */
static __always_inline __u64 matching_value(
	__u64 rules, const struct abi_rules *set, const struct abi_class_key *key, __u32 field)
{
	const __u64 *found = bpf_map_lookup_elem(&classes, key);

	return rules & (found ? *found : set->any[field]);
}

static __always_inline __u64 matching_address(__u64 rules, const struct abi_rules *set,
	struct abi_class_key *key, __u32 field, const struct abi_address *address)
{
	if (!(set->fields & FLOW_BIT(field)))
		return rules;
	key->length = ABI_CLASS_BITS(128);
	key->field = field;
	key->value = *address;
	return matching_value(rules, set, key, field);
}

/* `number`: its bits that count are the first ones. */
static __always_inline __u64 matching_number(__u64 rules, const struct abi_rules *set,
	struct abi_class_key *key, __u32 field, bool known, __u32 bits, __be32 number)
{
	if (!(set->fields & FLOW_BIT(field)))
		return rules;
	if (!known)
		return rules & set->any[field];
	key->length = ABI_CLASS_BITS(bits);
	key->field = field;
	__builtin_memcpy(&key->value, &number, sizeof(number));
	return matching_value(rules, set, key, field);
}

/* `from_home`: the source of the packet is the mobile node's side. */
static __always_inline __u64 matching_rules(const struct class_packet *packet, bool from_home,
	__u32 number, const struct abi_rules *set)
{
	const __u32 word = bpf_ntohl(packet->header.version_class_label);
	const __be16 first = packet->ports[0], second = packet->ports[1];
	struct abi_class_key key = {.rules = number};
	__u64 rules = ~0ull;

	rules = matching_address(rules, set, &key, FLOW_SOURCE,
		from_home ? &packet->header.destination : &packet->header.source);
	rules = matching_address(rules, set, &key, FLOW_DESTINATION,
		from_home ? &packet->header.source : &packet->header.destination);
	rules = matching_number(rules, set, &key, FLOW_SPI, packet->has_spi, 32, packet->spi);
	rules = matching_number(rules, set, &key, FLOW_LABEL, true, 20, bpf_htonl(word << 12));
	rules = matching_number(rules, set, &key, FLOW_SOURCE_PORT, packet->has_ports, 16,
		from_home ? second : first);
	rules = matching_number(rules, set, &key, FLOW_DESTINATION_PORT, packet->has_ports, 16,
		from_home ? first : second);
	rules = matching_number(
		rules, set, &key, FLOW_TRAFFIC_CLASS, true, 6, bpf_htonl((word << 4) & 0xfc000000));
	rules = matching_number(
		rules, set, &key, FLOW_PROTOCOL, true, 8, bpf_htonl((__u32)packet->protocol << 24));
	return matching_number(
		rules, set, &key, ABI_CLASS_INTERFACE, true, 32, bpf_htonl(packet->interface));
}

/* The number in `traffics` of the packet's rule. ABI_NO_TRAFFIC: none of the set `number` is for
 * it.
 */
static __always_inline __u32 traffic_of(
	const struct class_packet *packet, bool from_home, __u32 number)
{
	struct abi_fragment_key key = {.rules = number};
	__u32 traffic = ABI_NO_TRAFFIC;

	if (number == ABI_NO_RULES)
		return traffic;
	/* RFC 6089 4.3: no rule applies to signalling to a mobile node. */
	if (!from_home && packet->protocol == NEXT_HEADER_MOBILITY)
		return traffic;
	if (packet->is_fragment) {
		key.source = packet->header.source;
		key.destination = packet->header.destination;
		key.identification = packet->fragment.identification;
	}
	if (!packet->is_first) {
		const __u32 *first = bpf_map_lookup_elem(&rule_fragments, &key);
		if (first)
			return *first;
	}
	const struct abi_rules *set = bpf_map_lookup_elem(&rules, &number);
	if (!set)
		return ABI_NO_TRAFFIC;
	const __u64 matching = matching_rules(packet, from_home, number, set);
	if (matching)
		traffic = set->traffics[lowest_bit(matching) & (ABI_RULES_MAX - 1)];
	if (packet->is_fragment && packet->is_first)
		bpf_map_update_elem(&rule_fragments, &key, &traffic, BPF_ANY);
	return traffic;
}

#endif
