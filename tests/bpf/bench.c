/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include "../../src/io/dataplane/attachment.h"
#include "../../src/io/dataplane/dataplane_internal.h"
#include "../../src/io/dataplane/kernel_features.h"

#include <arpa/inet.h>
#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <sched.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

/* As random as any. */
#define LABEL_KEY                                                                                  \
	{                                                                                          \
		{                                                                                  \
			0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1                                     \
		}                                                                                  \
	}
#define LINK_MTU 1500

static const char *const commands[] = {
	"ip link set lo up",
	"ip link add monami0 type veth peer name monami-peer",
	"ip link add access type veth peer name access-peer",
	"sysctl -qw net.ipv6.conf.all.forwarding=1",
	"ip link set monami0 up",
	"ip link set monami-peer up",
	"ip link set access address " LINK_LAYER " up",
	"ip link set access-peer up",
	"ip -6 addr add 2001:db8:f::1/64 dev access nodad",
	"ip -6 neigh add 2001:db8:f::2 lladdr 02:00:00:00:00:99 dev access nud permanent",
	"ip -6 route add 2001:db8:a::/64 via 2001:db8:f::2",
	"ip -6 route add 2001:db8:a:80::/64 via 2001:db8:f::2",
	"ip -6 route add 2001:db8:b::/64 via 2001:db8:f::2 mtu lock 1400",
	"ip -6 route add 2001:db8:d::/64 via 2001:db8:f::2 mtu lock 1300",
	"ip -6 route add 2001:db8:e::/64 dev monami0",
};

int bench_prepare(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", "/tmp", "tmpfs", 0, NULL) < 0)
		return -1;
	if (system("mkdir /tmp/mbpf && mount -t bpf bpf /tmp/mbpf") != 0)
		return -1;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (system(commands[i]) != 0)
			return -1;
	}
	return 0;
}

/* Linux 5.10 does not tell (kernel_features.c): then a tunnel carries what every link does. */
uint32_t bench_route_mtu(uint32_t told)
{
	return kernel_lookup_tells_mtu() ? told : 1280;
}

void bench_set_link_mtu(uint32_t mtu)
{
	struct ifreq request = {.ifr_name = "access", .ifr_mtu = (int)mtu};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0 && ioctl(fd, SIOCSIFMTU, &request) == 0);
	close(fd);
}

/* The program that the loader put there: also shows that it is attached. */
static int attached(uint32_t ifindex, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 5648);

	assert(bpf_tc_query(&hook, &opts) == 0);
	return bpf_prog_get_fd_by_id(opts.prog_id);
}

bool bench_is_attached(uint32_t ifindex, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 5648);

	return bpf_tc_query(&hook, &opts) == 0;
}

/* ---- one data plane after the other ---- */

/* Those that were closed. Most tests want one of these again, and the verifier's work is nearly all
 * that a test costs on a slow machine. */
static struct kept {
	const char *pin_directory;
	struct dataplane *plane; /* NULL: none, or in use */
	struct dataplane_config config;
	bool in_use;
} all_kept[] = {
	{.pin_directory = PIN_DIRECTORY},
	{.pin_directory = PIN_DIRECTORY "-1"},
	{.pin_directory = PIN_DIRECTORY "-2"},
	{.pin_directory = PIN_DIRECTORY "-3"},
};
#define KEPT_MAX (sizeof(all_kept) / sizeof(*all_kept))

static bool same_config(const struct dataplane_config *a, const struct dataplane_config *b)
{
	return a->keep_flows == b->keep_flows && a->device == b->device &&
	       a->probe_identifier == b->probe_identifier && a->nodes_max == b->nodes_max &&
	       a->tunnels_max == b->tunnels_max && a->flows_max == b->flows_max;
}

static void clear_keys(const struct bpf_map *map)
{
	uint8_t key[64];

	assert(bpf_map__key_size(map) <= sizeof(key));
	while (bpf_map__get_next_key(map, NULL, key, bpf_map__key_size(map)) == 0)
		assert(bpf_map__delete_elem(map, key, bpf_map__key_size(map), 0) == 0);
}

static void clear_of_each_cpu(const struct bpf_map *map)
{
	const size_t octets =
		(bpf_map__value_size(map) + 7UL) / 8 * 8 * (size_t)libbpf_num_possible_cpus();
	void *zero = calloc(1, octets);

	assert(zero);
	for (uint32_t key = 0; key < bpf_map__max_entries(map); key++)
		assert(bpf_map__update_elem(map, &key, sizeof(key), zero, octets, BPF_ANY) == 0);
	free(zero);
}

static void ignore_event(
	void *ctx, const struct abi_event *event, const struct dataplane_active *active)
{
	(void)ctx;
	(void)event;
	(void)active;
}

/* As dataplane_open() leaves it. */
static void clear(struct dataplane *plane, const struct dataplane_config *config)
{
	struct monami_bpf *programs = plane->programs;
	const struct bpf_map *map;

	assert(dataplane_events(plane, 1 << 20, ignore_event, NULL) >= 0);
	bindings_fini(&plane->bindings);
	bpf_object__for_each_map(map, programs->obj)
	{
		enum bpf_map_type type = bpf_map__type(map);
		if (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
			type == BPF_MAP_TYPE_LPM_TRIE)
			clear_keys(map);
		else if (type == BPF_MAP_TYPE_PERCPU_ARRAY)
			clear_of_each_cpu(map);
	}
	memset(plane->bindings.subjects.at, 0, config->nodes_max * sizeof(struct abi_subject));
	memset(plane->bindings.rules.traffics, 0,
		plane->bindings.rules.traffics_max * sizeof(struct abi_traffic));
	memset(plane->bindings.tunnels, 0, config->tunnels_max * sizeof(struct abi_tunnel));
	memset(plane->drops, 0, ABI_DROPS * sizeof(*plane->drops));
	memset(plane->links, 0, ABI_LINKS_MAX * sizeof(*plane->links));
	memset(programs->bss, 0, sizeof(*programs->bss));
	dataplane_state_set(plane, &config->state);
	assert(bindings_init(&plane->bindings) == 0);
}

static struct kept *find_kept(const struct dataplane_config *config)
{
	struct kept *ret = NULL;

	for (size_t i = 0; i < KEPT_MAX; i++) {
		struct kept *kept = &all_kept[i];
		if (kept->plane && same_config(&kept->config, config))
			return kept;
		/* The last resort is one that is given up. */
		if (!kept->in_use && (!ret || (ret->plane && !kept->plane)))
			ret = kept;
	}
	return ret;
}

static void open_plane(struct bench *bench)
{
	char reason[1280] = "";

	if (dataplane_open(&bench->config, &bench->plane, reason, sizeof(reason)) < 0) {
		fprintf(stderr, "%s\n", reason);
		abort();
	}
}

/* A new one, or one as good as new. */
static void take_plane(struct bench *bench)
{
	struct kept *kept = find_kept(&bench->config);
	bool made_qdisc;

	bench_set_link_mtu(LINK_MTU);
	assert(kept);
	bench->config.pin_directory = kept->pin_directory;
	bench->plane = kept->plane;
	kept->plane = NULL;
	kept->in_use = true;
	if (bench->plane && !same_config(&kept->config, &bench->config)) {
		dataplane_remove(bench->plane);
		bench->plane = NULL;
	}
	if (!bench->plane) {
		open_plane(bench);
		return;
	}
	clear(bench->plane, &bench->config);
	assert(attachment_set(bench->device, ATTACHMENT_EGRESS,
		       bpf_program__fd(bench->plane->programs->progs.monami_encapsulate),
		       &made_qdisc) == 0);
}

static void give_plane_back(struct bench *bench)
{
	assert(dataplane_detach_others(bench->plane, NULL, 0) == 0);
	for (size_t i = 0; i < KEPT_MAX; i++) {
		struct kept *kept = &all_kept[i];
		if (kept->pin_directory != bench->config.pin_directory)
			continue;
		kept->plane = bench->plane;
		kept->config = bench->config;
		kept->in_use = false;
		return;
	}
	abort();
}

static bool has_role(const struct bench *bench, uint32_t role)
{
	return (bench->config.state.roles & role) != 0;
}

static void start(struct bench *bench)
{
	dataplane_default_mtu(bench->plane, MTU);
	assert(dataplane_attach(bench->plane, bench->link) == 0);
	bench->encapsulate_fd = attached(bench->device, BPF_TC_EGRESS);
	bench->receive_fd = attached(bench->link, BPF_TC_INGRESS);
	bench->correspond_fd = -1;
	bench->guard_fd = -1;
	if (has_role(bench, ABI_ROLE_MOBILE_NODE))
		bench->guard_fd = attached(bench->link, BPF_TC_EGRESS);
	if (!has_role(bench, ABI_ROLE_CORRESPONDENT) || has_role(bench, ABI_ROLE_MOBILE_NODE))
		return;
	assert(dataplane_attach_correspondent(bench->plane, bench->link) == 0);
	bench->correspond_fd = attached(bench->link, BPF_TC_EGRESS);
}

static struct dataplane_state state_of(uint32_t roles)
{
	struct dataplane_state state = {.roles = roles};

	if (roles & ABI_ROLE_HOME_AGENT)
		state.home_agent = bench_address(HOME_AGENT);
	if (roles & ABI_ROLE_MOBILE_NODE)
		state.home_agents[state.home_agents_count++] = bench_address(HOME_AGENT);
	return state;
}

/* Before it has tunnels. */
static void tell_mobile_node(struct bench *bench)
{
	const struct in6_addr home = bench_address(HOME);

	if (has_role(bench, ABI_ROLE_MOBILE_NODE))
		assert(ranked_subject_set(
			       bench->plane, SUBJECT_AT_MOBILE_NODE, &home, &in6addr_any) == 0);
}

void bench_open(struct bench *bench, bool mobile_node, bool keep_flows)
{
	bench->device = if_nametoindex("monami0");
	bench->link = if_nametoindex("access");
	bench->config = (struct dataplane_config){
		.pin_directory = PIN_DIRECTORY,
		.state = state_of(mobile_node ? ABI_ROLE_MOBILE_NODE : ABI_ROLE_HOME_AGENT),
		.keep_flows = keep_flows,
		.device = bench->device,
		.probe_identifier = PROBE_IDENTIFIER,
		.label_key = LABEL_KEY,
		.nodes_max = 4,
		.tunnels_max = 16,
		.flows_max = 1024,
	};
	take_plane(bench);
	tell_mobile_node(bench);
	start(bench);
}

void bench_open_optimizing(struct bench *bench, bool mobile_node, bool correspondent)
{
	bench->device = if_nametoindex("monami0");
	bench->link = if_nametoindex("access");
	bench->config = (struct dataplane_config){
		.pin_directory = PIN_DIRECTORY,
		.state = state_of(
			(mobile_node ? ABI_ROLE_MOBILE_NODE | ABI_ROLE_ROUTE_OPTIMIZATION : 0) |
			(correspondent ? ABI_ROLE_CORRESPONDENT : 0)),
		.device = bench->device,
		.probe_identifier = PROBE_IDENTIFIER,
		.label_key = LABEL_KEY,
		.nodes_max = 8,
		.tunnels_max = 16,
		.flows_max = 1024,
	};
	take_plane(bench);
	tell_mobile_node(bench);
	start(bench);
}

void bench_open_roles(struct bench *bench, uint32_t roles)
{
	static const char *const agents[] = {BENCH_AGENTS};
	struct dataplane_state *state = &bench->config.state;

	bench->device = if_nametoindex("monami0");
	bench->link = if_nametoindex("access");
	bench->config = (struct dataplane_config){
		.pin_directory = PIN_DIRECTORY,
		.state = state_of(roles & ~(uint32_t)ABI_ROLE_MOBILE_NODE),
		.device = bench->device,
		.probe_identifier = PROBE_IDENTIFIER,
		.label_key = LABEL_KEY,
		.nodes_max = 8,
		.tunnels_max = 16,
		.flows_max = 1024,
	};
	state->roles = roles;
	for (size_t i = 0; i < sizeof(agents) / sizeof(*agents); i++)
		state->home_agents[state->home_agents_count++] = bench_address(agents[i]);
	take_plane(bench);
	start(bench);
}

void bench_prefix(
	struct bench *bench, const char *home, const char *prefix, uint8_t length, bool present)
{
	const struct in6_addr addresses[] = {bench_address(home), bench_address(prefix)};
	const struct effect_prefix effect = {
		.subject = ranked_subject(&addresses[0], &in6addr_any),
		.prefix = addresses[1],
		.length = length,
	};

	assert((present ? dataplane_prefix_set(bench->plane, &effect)
			: dataplane_prefix_remove(bench->plane, &effect)) == 0);
}

static void stop(struct bench *bench)
{
	close(bench->encapsulate_fd);
	close(bench->receive_fd);
	if (bench->correspond_fd >= 0)
		close(bench->correspond_fd);
	if (bench->guard_fd >= 0)
		close(bench->guard_fd);
}

void bench_reopen(struct bench *bench)
{
	stop(bench);
	dataplane_close(bench->plane);
	open_plane(bench);
	start(bench);
}

void bench_close(struct bench *bench)
{
	stop(bench);
	give_plane_back(bench);
}

int bench_pinned(const struct bench *bench, const char *map)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", bench->config.pin_directory, map);
	return bpf_obj_get(path);
}

static int run(int program_fd, uint32_t ifindex, const struct frame *in, uint32_t gso_size,
	uint32_t gso_segs, struct frame *ret)
{
	struct __sk_buff context = {
		.ifindex = ifindex,
		.gso_size = gso_size,
		.gso_segs = gso_segs,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->octets,
		.data_size_in = (uint32_t)in->length, .data_out = ret->octets,
		.data_size_out = sizeof(ret->octets), .ctx_in = &context,
		.ctx_size_in = sizeof(context), .repeat = 1);

	assert(bpf_prog_test_run_opts(program_fd, &opts) == 0);
	ret->length = opts.data_size_out;
	return (int)opts.retval;
}

/* Through both programs on the egress of the device, as the kernel runs them: `cb` is handed on. */
static int run_classified(struct bench *bench, const struct frame *in, struct frame *ret)
{
	struct __sk_buff context = {.ifindex = bench->device, .ingress_ifindex = bench->ingress};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->octets,
		.data_size_in = (uint32_t)in->length, .data_out = ret->octets,
		.data_size_out = sizeof(ret->octets), .ctx_in = &context,
		.ctx_size_in = sizeof(context), .ctx_out = &context,
		.ctx_size_out = sizeof(context), .repeat = 1);

	int error = bpf_prog_test_run_opts(
		bpf_program__fd(bench->plane->programs->progs.monami_classify), &opts);
	/* Linux 5.10 gives no packet an interface that it came in by. */
	if (error < 0 && bench->ingress != 0)
		return -EINVAL;
	assert(error == 0);
	assert((int)opts.retval == TC_ACT_UNSPEC);
	opts.data_size_out = sizeof(ret->octets);
	assert(bpf_prog_test_run_opts(bench->encapsulate_fd, &opts) == 0);
	ret->length = opts.data_size_out;
	return (int)opts.retval;
}

int bench_send(struct bench *bench, const struct frame *in, struct frame *ret)
{
	if (rule_table_has_rules(&bench->plane->bindings.rules))
		return run_classified(bench, in, ret);
	return run(bench->encapsulate_fd, bench->device, in, 0, 0, ret);
}

int bench_send_gso(struct bench *bench, const struct frame *in, uint32_t size, uint32_t segments,
	struct frame *ret)
{
	return run(bench->encapsulate_fd, bench->device, in, size, segments, ret);
}

int bench_leave(struct bench *bench, const struct frame *in, struct frame *ret)
{
	return run(bench->guard_fd, bench->link, in, 0, 0, ret);
}

int bench_correspond(struct bench *bench, const struct frame *in, struct frame *ret)
{
	return run(bench->correspond_fd, bench->link, in, 0, 0, ret);
}

int bench_correspond_gso(struct bench *bench, const struct frame *in, uint32_t size,
	uint32_t segments, struct frame *ret)
{
	return run(bench->correspond_fd, bench->link, in, size, segments, ret);
}

int bench_receive(struct bench *bench, const struct frame *in, struct frame *ret)
{
	return run(bench->receive_fd, bench->link, in, 0, 0, ret);
}

void bench_receive_from_all(struct bench *bench, struct frame *in, size_t at, int count)
{
	static struct frame out;

	for (int i = 0; i < count; i++) {
		frame_network(in, at, (uint32_t)i + 1);
		assert(bench_receive(bench, in, &out) == TC_ACT_SHOT);
	}
}

void bench_flood(struct bench *bench, const struct frame *in)
{
	static struct frame out;

	const uint64_t enough = dataplane_drops(bench->plane, ABI_DROP_FLOOD) + 100;

	for (int i = 0; i < 100000 && dataplane_drops(bench->plane, ABI_DROP_FLOOD) < enough; i++)
		assert(bench_receive(bench, in, &out) == TC_ACT_SHOT);
}

static void keep_event(
	void *ctx, const struct abi_event *event, const struct dataplane_active *active)
{
	struct bench_event *last = ctx;

	last->count++;
	last->type = event->type;
	last->ifindex = event->ifindex;
	last->mtu = event->mtu;
	last->length = event->length;
	memcpy(last->octets, event->octets, event->length);
	if (active)
		last->active = *active;
}

struct bench_event bench_events(struct bench *bench)
{
	struct bench_event last = {0};

	assert(dataplane_events(bench->plane, 1 << 20, keep_event, &last) == last.count);
	return last;
}

struct in6_addr bench_address(const char *text)
{
	struct in6_addr address;

	assert(inet_pton(AF_INET6, text, &address) == 1);
	return address;
}

void bench_tunnel(struct bench *bench, uint16_t bid, uint8_t priority, const char *care_of,
	nanos expires, bool by_link)
{
	const bool mobile = has_role(bench, ABI_ROLE_MOBILE_NODE);
	const struct in6_addr next_hop = bench_address("2001:db8:f::2");
	const struct effect_tunnel effect = {
		.local.address = bench_address(mobile ? care_of : HOME_AGENT),
		.remote.address = bench_address(mobile ? HOME_AGENT : care_of),
		.expires = expires,
		.local.ifindex = by_link ? bench->link : 0,
		.bid = bid,
		.usable = true,
	};

	assert(ranked_tunnel_set(bench->plane, mobile, bench_address(HOME), in6addr_any, &effect,
		       priority, by_link ? &next_hop : NULL) == 0);
}

void bench_home_link(struct bench *bench, uint16_t bid, const char *link_layer)
{
	const bool mobile = has_role(bench, ABI_ROLE_MOBILE_NODE);
	struct effect_tunnel effect = {
		.local.address = bench_address(mobile ? HOME : HOME_AGENT),
		.remote.address = bench_address(mobile ? HOME_AGENT : HOME),
		.expires = NANOS_NEVER,
		.local.ifindex = bench->link,
		.bid = bid,
		.usable = true,
		.encapsulation = ENCAP_HOME_LINK,
	};

	if (link_layer) {
		effect.remote.framed = true;
		memcpy(effect.remote.link_layer, link_layer, sizeof(effect.remote.link_layer));
	}
	assert(ranked_tunnel_set(bench->plane, mobile, bench_address(HOME), in6addr_any, &effect, 0,
		       NULL) == 0);
}

void bench_route(struct bench *bench, uint8_t kind, const char *home, const char *peer,
	uint16_t bid, const char *care_of, nanos expires)
{
	const bool out = kind == ENCAP_TO_CORRESPONDENT;
	const struct in6_addr next_hop = bench_address("2001:db8:f::2");
	const struct effect_tunnel effect = {
		.local.address = bench_address(out ? care_of : peer),
		.remote.address = bench_address(out ? peer : care_of),
		.expires = expires,
		.local.ifindex = out ? bench->link : 0,
		.bid = bid,
		.usable = true,
		.encapsulation = kind,
	};

	assert(ranked_tunnel_set(bench->plane, out, bench_address(home), bench_address(peer),
		       &effect, (uint8_t)bid, out ? &next_hop : NULL) == 0);
}

void bench_route_remove(struct bench *bench, const char *home, const char *peer, uint16_t bid)
{
	const struct in6_addr addresses[] = {bench_address(home), bench_address(peer)};

	assert(ranked_tunnel_remove(bench->plane, &addresses[0], &addresses[1], bid) == 0);
}

void bench_state(struct bench *bench, const char *home_agent, const char *anycast, bool home_link)
{
	struct dataplane_state state = state_of(bench->config.state.roles);

	if (has_role(bench, ABI_ROLE_HOME_AGENT))
		state.home_agent = bench_address(home_agent);
	else
		state.home_agents[0] = bench_address(home_agent);
	state.anycast = bench_address(anycast);
	state.home_link = home_link ? bench->link : 0;
	dataplane_state_set(bench->plane, &state);
}

struct dataplane_counters bench_route_counters(
	struct bench *bench, const char *home, const char *peer, uint16_t bid)
{
	const struct in6_addr addresses[] = {bench_address(home), bench_address(peer)};
	struct dataplane_counters counters;

	assert(dataplane_tunnel_counters(bench->plane, ranked_subject(&addresses[0], &addresses[1]),
		       ranked_number(bid), &counters) == 0);
	return counters;
}

struct dataplane_counters bench_counters(struct bench *bench, uint16_t bid)
{
	const struct in6_addr home = bench_address(HOME);
	struct dataplane_counters counters;

	assert(dataplane_tunnel_counters(bench->plane, ranked_subject(&home, &in6addr_any),
		       ranked_number(bid), &counters) == 0);
	return counters;
}
