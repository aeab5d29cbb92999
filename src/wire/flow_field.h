/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of a packet that a traffic selector is about (RFC 6088 3). */
#ifndef MONAMI_WIRE_FLOW_FIELD_H
#define MONAMI_WIRE_FLOW_FIELD_H

/* The two addresses, then the numbers. */
enum flow_field {
	FLOW_SOURCE,
	FLOW_DESTINATION,
	FLOW_SPI,
	FLOW_LABEL, /* IPv6 only; 20 bits */
	FLOW_SOURCE_PORT,
	FLOW_DESTINATION_PORT,
	FLOW_TRAFFIC_CLASS, /* IPv4: DS; the two low bits do not count */
	FLOW_PROTOCOL,      /* the last next header of IPv6 */
	FLOW_FIELDS
};
#define FLOW_ADDRESSES FLOW_SPI
#define FLOW_NUMBERS (FLOW_FIELDS - FLOW_ADDRESSES)
#define FLOW_BIT(field) (1u << (field))

#endif
