/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the configuration: a flow block, as the file has it. */
#ifndef MONAMI_DAEMON_CONFIG_FLOW_H
#define MONAMI_DAEMON_CONFIG_FLOW_H

#include "config.h"

struct place {
	const char *file;
	int line; /* 0: the file as a whole */
	int column;
};

struct flow_prefix {
	struct in6_addr prefix;
	uint8_t length;
};

struct flow {
	struct config_flow config;
	uint16_t priority;
	struct flow_prefix peer, own;
	struct number_range peer_ports, own_ports, protocol, traffic_class, flow_label, spi;
	uint32_t delay_max_ms;
	struct flow_links {
		unsigned int count;
		char at[BINDINGS_MAX][IFNAMSIZ];
	} links, receive;
	struct flow_weights {
		unsigned int count;
		uint8_t at[BINDINGS_MAX];
	} weights, receive_weights;
	struct place place, links_place, receive_place;
};

/* A new_flows block, as the file has it. */
struct new_flows {
	struct config_new_flows config;
	struct flow_prefix peer;
	struct number_range peer_ports, own_ports, protocol;
	struct {
		unsigned int count;
		char at[MOBILE_NODES_MAX][CONFIG_NAME_OCTETS];
	} mobile_nodes;
	struct place place, names_place;
};

/* Adds what is given to the selector. */
void select_addresses(struct traffic_selector *, enum flow_field, const struct flow_prefix *);
void select_numbers(struct traffic_selector *, enum flow_field, bool given, struct number_range);
/* Whether `wide` selects each packet that `narrow` does. */
bool selector_covers(const struct traffic_selector *wide, const struct traffic_selector *narrow);
/* Whether a protocol of the range has ports. */
bool protocol_has_ports(const struct number_range *);

/* Whether it uses several links at one time. */
bool flow_needs_several(const struct flow *);
bool flow_has_condition(const struct flow *);
/* Whether it selects some packets of a peer only. */
bool flow_selects_some(const struct flow *);
/* Whether a protocol that it selects has ports; an SPI. */
bool flow_has_ports(const struct flow *);
bool flow_has_spi(const struct flow *);

#endif
