/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file: brace blocks, checked completely before anything is started. Every error
 * is reported with file, line and column, not only the first. Its keywords: keywords.def.
 */
#ifndef MONAMI_DAEMON_CONFIG_H
#define MONAMI_DAEMON_CONFIG_H

#include "../../core/api/core.h"
#include <net/if.h>

/* Bindings of a mobile node if its block does not say how many. */
#define BINDINGS_DEFAULT 4

enum config_probe {
	CONFIG_PROBE_OFF,
	CONFIG_PROBE_ON,
	CONFIG_PROBE_DEFAULT, /* as in the mobile node's block; only while the file is read */
};

#define CONFIG_NAME_OCTETS 32 /* of flow, mobile_node and new_flows blocks */

/* New flows of correspondents while packets leave by a link of another interface's. */
enum config_redirected {
	REDIRECTED_ACCEPT,
	REDIRECTED_REJECT,
	REDIRECTED_OPTIMIZE,
};

struct config_link {
	char name[IFNAMSIZ];
	/* The mobile node whose home address is the care-of address; "": none. The interface is
	 * then the device. */
	char through[CONFIG_NAME_OCTETS];
	bool redirection; /* it is the interface of another home address */
	enum config_probe probe;
	uint16_t bid;
	uint8_t priority;
	bool metered;
	uint64_t rate; /* bits a second that it carries; 0: not known */
};

/* A rule of the policy. */
struct config_flow {
	char name[CONFIG_NAME_OCTETS];
	char interface[IFNAMSIZ]; /* that forwarded packets come in by; "": any */
	struct policy_rule rule;  /* its `interface` is 0: the host gives names their indices */
};

/* After so many packets or octets exchanged with one of these peers, whichever comes first (0: not
 * counted), the mobile node asks it for route optimization. */
struct config_threshold {
	struct in6_addr prefix;
	uint8_t length;
	bool never;
	uint64_t packets;
	uint64_t octets;
};
#define CONFIG_THRESHOLDS_MAX 64

/* The host's side of one mobile node. */
struct config_mobile_node {
	char name[CONFIG_NAME_OCTETS]; /* "": it has none */
	unsigned int links_count;
	struct config_link links[BINDINGS_MAX];
	uint8_t redirected_flows;      /* enum config_redirected */
	uint32_t table_base;           /* routing table of the link with BID n: table_base + n */
	uint32_t rule_priority;        /* of care-of addresses */
	uint32_t home_rule_priority;   /* of the home address */
	unsigned int thresholds_count; /* 0: no route optimization; else the last one is ::/0 */
	struct config_threshold thresholds[CONFIG_THRESHOLDS_MAX];
	unsigned int flows_count;
	struct config_flow flows[RULES_MAX]; /* numbered from 1 on, in the order of the file */
};

/* How many rules a change of the policy concerned. */
struct policy_change {
	unsigned int set, removed, kept;
};

/* Which home address new flows of this host take that these selectors select. */
struct config_new_flows {
	char name[CONFIG_NAME_OCTETS];
	uint16_t priority; /* differs from those of other blocks; the lowest goes first */
	struct traffic_selector selector;
	struct in6_addr peer; /* of the selector */
	uint8_t peer_length;
	unsigned int mobile_nodes_count;
	uint8_t mobile_nodes[MOBILE_NODES_MAX]; /* their indices, the preferred one first */
};
#define CONFIG_NEW_FLOWS_MAX 32

struct config_path {
	char text[108]; /* as long as a UNIX socket's path may be */
};

struct config {
	const char *file; /* as given to config_read(), borrowed */
	/* common */
	char device[IFNAMSIZ];            /* monami0 */
	struct config_path control;       /* UNIX socket */
	struct config_path pin_directory; /* on a bpffs */
	uint32_t mtu;                     /* of the device; 0: the links' less the outer header */
	bool keep_flows;
	struct core_config core;
	/* home agent and correspondent: the links that packets come in by; the nodes it serves */
	unsigned int interfaces_count;
	char interfaces[16][IFNAMSIZ];
	char home_link[IFNAMSIZ];   /* one of `interfaces`; "": there is no physical one */
	uint32_t home_prefix_valid; /* seconds from the start; SECONDS_INFINITE */
	uint32_t home_prefix_preferred;
	size_t nodes_count;
	size_t nodes_max;         /* room in the maps; at least nodes_count */
	struct config_path store; /* what is kept over restarts; "": nothing */
	bool store_durable;       /* over a loss of power, too */
	struct host_node *nodes;
	unsigned int mobile_nodes_count;
	struct config_mobile_node mobile_nodes[MOBILE_NODES_MAX];
	uint32_t new_flows_rule_priority; /* of the first of their routing rules, two for each */
	unsigned int new_flows_count;
	struct config_new_flows new_flows[CONFIG_NEW_FLOWS_MAX]; /* by their priorities */
};

struct config_error {
	const char *file;
	int line;   /* 0: of the file as a whole */
	int column; /* 0: of the line as a whole */
	const char *text;
};

/*
 * Reads and checks `file`. Calls `error` for each error found. 0 if there was none; else -EINVAL
 * (or -ENOMEM, or what open() said), and `ret` is untouched. Keys are never part of an error's
 * text.
 */
int config_read(const char *file, void (*error)(void *ctx, const struct config_error *), void *ctx,
	struct config **ret);
/*
 * Of how many home addresses a home agent would accept a recorded update after a restart: with
 * replay = false updates have no timestamp, and without a store the sequence numbers are lost.
 */
size_t config_replayable(const struct config *);
#define CONFIG_REPLAYABLE_TEXT                                                                     \
	"replay = false without a store: after a restart, a recorded Binding Update is accepted"
/* Of mobile node number `index`. The home agent: as configured, :: if it is to be found. */
const struct in6_addr *config_home_agent(const struct config *, unsigned int index);
const struct in6_addr *config_home_address(const struct config *, unsigned int index);
/* Whether a mobile node optimizes routes. */
bool config_optimizes(const struct config *);
/* Whether the tunnel of a mobile node may lead through that of another one. */
bool config_leads_through(const struct config *);
/* Whether it is the home address of a mobile node of this host. */
bool config_is_home_address(const struct config *, const struct in6_addr *);
/* Overwrites the keys. To be called when the core has its copy. */
void config_forget_keys(struct config *);
void config_free(struct config *);

/* The end of so many seconds; SECONDS_INFINITE: never. */
static inline nanos config_until(nanos now, uint32_t seconds)
{
	return seconds == SECONDS_INFINITE ? NANOS_NEVER : now + seconds * NANOS_PER_SECOND;
}

#endif
