/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answers to `monami status` and `monami show`: JSON from the core's views and the data plane's
 * counters. The keys are documented in docs/control.md; they are only ever added to. Numbers are
 * numbers, lists are always arrays, a key without a value is absent.
 */
#ifndef MONAMI_DAEMON_SHOW_H
#define MONAMI_DAEMON_SHOW_H

#include "../config/config.h"
#include "../doctor/finding.h"

#include "why.h"

#include "../../bpf/abi.h"
#include "../../core/api/core.h"
#include "../../io/dataplane/dataplane.h"
#include "../../io/dataplane/link_rate.h"

#include <jansson.h>
#include <limits.h>

/* A mobile node of this host. */
struct show_mobile_node {
	unsigned int index;
	const char *name; /* borrowed; "": it has none */
	struct in6_addr home_address;
	struct in6_addr home_agent; /* in use; ::, none is found */
	struct in6_addr home_prefix;
	uint8_t home_prefix_length; /* 0: no link is taken for the home link */
	struct registration_view registration;
	enum home_state home_state;
	bool optimizes; /* route optimization is on */
	size_t correspondents;
};

struct show_status {
	bool is_home_agent;
	bool is_mobile_node;
	bool corresponds;
	bool insecure;      /* a mobile node is configured without authentication */
	const char *device; /* borrowed */
	uint32_t mtu;       /* of the device */
	nanos uptime;
	size_t bindings;
	uint32_t put_back;       /* objects that another program had removed */
	struct in6_addr address; /* the home agent's */
	/* home agent */
	struct in6_addr home_prefix;
	uint8_t home_prefix_length;
	size_t nodes;      /* configured mobile nodes */
	const char *store; /* its file, borrowed; NULL: there is none */
	bool store_works;
	const char *store_reason; /* borrowed; "": none */
	const char *home_link;    /* borrowed; NULL: there is no physical one */
	bool home_link_up;
	struct show_mobile_node mobile_node; /* the first one */
};

/* One link of a mobile node, or one interface of the others. */
struct show_link {
	const char *name;                  /* borrowed */
	uint32_t ifindex;                  /* 0: not there */
	const struct link_view *view;      /* borrowed; NULL at all but mobile nodes */
	const struct abi_link *counters;   /* borrowed; NULL if there are none */
	const struct link_rate *rate;      /* borrowed; NULL as `counters` */
	uint64_t usable_rate;              /* bits a second; 0: not known */
	const char *reason;                /* borrowed; why it is not used. NULL: none */
	bool attached;                     /* its programs are in place */
	uint32_t put_back;                 /* how often they had to be attached again */
	const struct show_mobile_node *of; /* borrowed; whose link it is; NULL as `view` */
};

/* A rule of a mobile node, or a flow binding of a home agent or a correspondent. */
struct show_flow {
	const struct show_mobile_node *of; /* borrowed; NULL: a flow binding */
	struct in6_addr home_address;
	struct in6_addr peer; /* as in struct binding_view */
	const char *name;     /* borrowed, as the others; NULL: not known */
	const char *interface;
	const char *mode;
	uint16_t number;
	uint16_t priority;
	const struct traffic_selector *selector;
	char bids[160]; /* of its links, or their names, in words */
	char uses[160]; /* those that carry its packets now */
	json_t *links;  /* borrowed */
	bool has_active, active;
};

struct show_counters {
	const struct core_counters *core; /* borrowed */
	uint64_t dataplane_drops[ABI_DROPS];
	uint64_t packets_refused; /* by the kernel, when the daemon sent them */
	uint64_t slow_path_dropped;
	uint64_t slow_path_errors; /* ICMPv6 errors that the slow path sent */
	uint64_t errors_returned;  /* to our own sockets, about packets that were rewritten */
};

/*
 * The sources of the control socket's answers: the daemon fills this in. The `each` functions hand
 * borrowed views to their callback and do not keep it.
 */
#define EVERY_MOBILE_NODE UINT_MAX

struct control_source {
	void *ctx;
	nanos (*now)(void *ctx); /* CLOCK_BOOTTIME */
	void (*status)(void *ctx, struct show_status *ret);
	void (*each_binding)(
		void *ctx, void (*each)(void *to, const struct binding_view *), void *to);
	/* 0, or -ENOENT if the data plane has no such tunnel */
	int (*binding_counters)(
		void *ctx, const struct binding_view *, struct dataplane_counters *ret);
	void (*each_mobile_node)(
		void *ctx, void (*each)(void *to, const struct show_mobile_node *), void *to);
	/* Below, `mobile_node` is the index of one, or EVERY_MOBILE_NODE; then what the home agent
	 * and the correspondent have, too. */
	void (*each_link)(void *ctx, unsigned int mobile_node,
		void (*each)(void *to, const struct show_link *), void *to);
	/* findings about the host, good and bad */
	void (*each_finding)(void *ctx, const struct finding_sink *);
	void (*counters)(void *ctx, struct show_counters *ret);
	void (*each_home_agent)(void *ctx, unsigned int mobile_node,
		void (*each)(void *to, const struct home_agent_view *), void *to);
	void (*each_prefix)(void *ctx, unsigned int mobile_node,
		void (*each)(void *to, const struct host_prefix *), void *to);
	void (*each_correspondent)(void *ctx, unsigned int mobile_node,
		void (*each)(void *to, const struct correspondent_view *), void *to);
	void (*each_rule)(void *ctx, unsigned int mobile_node,
		void (*each)(void *to, const struct show_flow *), void *to);
	void (*each_flow_binding)(
		void *ctx, void (*each)(void *to, const struct flow_view *), void *to);
	/* Calls `each` for this one, in words. */
	void (*flow_binding)(void *ctx, const struct flow_view *,
		void (*each)(void *to, const struct show_flow *), void *to);
	/* objects of the host that are missing, and policy rules of others that come before ours,
	 * in words */
	void (*each_missing)(void *ctx, void (*each)(void *to, const char *text), void *to);
	void (*each_rule_before)(void *ctx, void (*each)(void *to, const char *text), void *to);
	/* correspondent: the addresses at which it is one */
	void (*each_own_address)(
		void *ctx, void (*each)(void *to, const struct in6_addr *), void *to);
	/* HOST_PREFIX_SET, HOST_PREFIX_REMOVE; -errno as core_host() */
	int (*prefix)(void *ctx, const struct host_prefix *, bool remove);
	/* HOST_PREFER; -errno as core_host() */
	int (*prefer)(void *ctx, unsigned int mobile_node, uint16_t bid, uint8_t priority);
	/* Whether the configuration says which home address a new flow takes. */
	bool (*chooses_home_address)(void *ctx);
	/* How packets of this flow leave now. -ESRCH: WHY_NEW_FLOW, and nothing chooses its home
	 * address; -ENOENT: the flow is of no mobile node that is known
	 * here; -ENODEV: there is no such interface */
	int (*why)(void *ctx, const struct flow_question *, struct flow_answer *ret);
	/* HOST_LINK_HINT; -EINVAL: the mobile node has no link of this name */
	int (*hint)(void *ctx, unsigned int mobile_node, const char *link, bool leaving);
	/* Takes the flow blocks of `file`; NULL: of the file that the daemon was started with.
	 * Calls `error` for each error; then -EINVAL, and nothing is changed. */
	int (*policy_load)(void *ctx, const char *file,
		void (*error)(void *to, const struct config_error *), void *to,
		struct policy_change *ret);
	/* Begins a clean stop; -errno */
	int (*stop)(void *ctx);
};

/* Each returns a new object, NULL if out of memory. */
json_t *show_status(const struct control_source *);
json_t *show_findings(const struct control_source *); /* those of each_finding() */
json_t *show_links(const struct control_source *, unsigned int mobile_node);
json_t *show_counters(const struct control_source *);
json_t *show_home_agents(const struct control_source *, unsigned int mobile_node);
json_t *show_prefixes(const struct control_source *, unsigned int mobile_node);
json_t *show_correspondents(const struct control_source *, unsigned int mobile_node);
/* An array; the list of flows begins with them. */
json_t *show_rules(const struct control_source *, unsigned int mobile_node);
/* Appends one to the list of flows. */
void show_flow_binding(const struct control_source *, const struct flow_view *, json_t *array);
json_t *show_binding(const struct control_source *, const struct binding_view *);

#endif
