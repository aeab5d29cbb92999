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
	struct {
		unsigned int count;
		char at[BINDINGS_MAX][IFNAMSIZ];
	} links;
	struct {
		unsigned int count;
		uint8_t at[BINDINGS_MAX];
	} weights;
	struct place place, links_place;
};

/* Whether its packets are sent at all; whether it uses several links at one time. */
bool flow_sends(const struct flow *);
bool flow_needs_several(const struct flow *);
bool flow_has_condition(const struct flow *);
/* Whether a protocol that it selects has ports; an SPI. */
bool flow_has_ports(const struct flow *);
bool flow_has_spi(const struct flow *);

#endif
