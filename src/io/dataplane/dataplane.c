/* SPDX-License-Identifier: BSD-2-Clause */
#include "attachment.h"
#include "../base/clock.h"
#include "dataplane_internal.h"
#include "kernel_features.h"
#include "load_error.h"
#include "map_memory.h"
#include "pins.h"
#include "records.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- why it did not work ---- */

static int failed(int error, const char *what, char *reason, size_t size)
{
	const char *text = load_error_text();

	if (reason)
		snprintf(reason, size, "%s: %s%s%s", what, strerror(-error),
			text[0] != '\0' ? ": " : "", text);
	return error;
}

/* ---- maps in memory ---- */

static size_t octets_of(const struct bpf_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* The kernel rounds values up to 8 octets, and the whole to pages. */
	size_t octets = (bpf_map__value_size(map) + 7UL) / 8 * 8 * bpf_map__max_entries(map);

	return (octets + page - 1) / page * page;
}

/* `fd`: of the map, or of another one with the same layout. */
static int map_memory_at(const struct bpf_map *map, int fd, void **ret)
{
	void *at = mmap(NULL, octets_of(map), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	*ret = NULL;
	if (at == MAP_FAILED)
		return -errno;
	*ret = at;
	return 0;
}

static int map_memory(const struct bpf_map *map, void **ret)
{
	return map_memory_at(map, bpf_map__fd(map), ret);
}

static void unmap_memory(const struct bpf_map *map, void *at)
{
	if (at)
		munmap(at, octets_of(map));
}

static int map_all(struct dataplane *plane)
{
	void *subjects, *traffics, *tunnels, *drops, *links;
	int result = map_memory(plane->programs->maps.subjects, &subjects);

	if (result < 0)
		return result;
	plane->bindings.subjects.at = subjects;
	result = map_memory(plane->programs->maps.traffics, &traffics);
	if (result < 0)
		return result;
	plane->bindings.rules.traffics = traffics;
	result = map_memory(plane->programs->maps.tunnels, &tunnels);
	if (result < 0)
		return result;
	plane->bindings.tunnels = tunnels;
	result = map_memory(plane->programs->maps.drops, &drops);
	if (result < 0)
		return result;
	plane->drops = drops;
	result = map_memory(plane->programs->maps.links, &links);
	if (result < 0)
		return result;
	plane->links = links;
	return 0;
}

/* ---- programs ---- */

static void set_constants(
	struct dataplane *plane, const struct dataplane_config *config, uint32_t device_header)
{
	struct abi_config *constants = (struct abi_config *)&plane->programs->rodata->config;

	constants->device = config->device;
	constants->device_header = device_header;
	constants->probe_identifier_be = htons(config->probe_identifier);
	constants->keep_flows = config->keep_flows;
	constants->lookup_tells_mtu = kernel_lookup_tells_mtu();
}

/* Of less than 128 bits: there may be several for each of few mobile nodes. */
#define PREFIXES_MIN 1024

/* Rules of all subjects, and prefixes that their selectors are made of: as many as a node's own for
 * one, and some for each of the mobile nodes of a home agent. */
#define RULES_MIN 1024
#define RULES_LIMIT 65536
#define RULES_PER_NODE 16
#define CLASSES_PER_RULE 32

static uint32_t rules_max(uint32_t nodes)
{
	if (nodes > RULES_LIMIT / RULES_PER_NODE)
		return RULES_LIMIT;
	return nodes * RULES_PER_NODE > RULES_MIN ? nodes * RULES_PER_NODE : RULES_MIN;
}

static int set_sizes(struct monami_bpf *programs, const struct dataplane_config *config)
{
	const uint32_t nodes = config->nodes_max;
	const struct {
		struct bpf_map *map;
		uint32_t entries;
	} sizes[] = {
		/* a link-local address beside each home address (abi.h) */
		{programs->maps.homes, nodes * 2},
		{programs->maps.prefixes, nodes > PREFIXES_MIN ? nodes : PREFIXES_MIN},
		{programs->maps.pairs, nodes},
		{programs->maps.records, nodes},
		{programs->maps.subjects, nodes},
		{programs->maps.traffics, nodes + rules_max(nodes)},
		{programs->maps.rules, nodes < RULES_LIMIT ? 2 * nodes + 1 : nodes},
		{programs->maps.classes, rules_max(nodes) * CLASSES_PER_RULE},
		{programs->maps.tunnels, config->tunnels_max},
		{programs->maps.flows, config->flows_max},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes) && result == 0; i++)
		result = bpf_map__set_max_entries(sizes[i].map, sizes[i].entries);
	return result;
}

static int write_version(const struct monami_bpf *programs)
{
	const uint32_t first = 0;
	const uint32_t version = ABI_VERSION;

	return bpf_map_update_elem(bpf_map__fd(programs->maps.version), &first, &version, BPF_ANY);
}

static int load(
	struct dataplane *plane, const struct dataplane_config *config, char *reason, size_t size)
{
	uint8_t device_header, unused[6];
	int result = attachment_link_layer(config->device, &device_header, unused);

	if (result < 0)
		return failed(result, "the tunnel device", reason, size);
	result = pins_prepare(config->pin_directory, &plane->lock);
	if (result == -EBUSY)
		return failed(result, "another daemon has the pin directory", reason, size);
	if (result == -EMEDIUMTYPE)
		return failed(
			result, "the pin directory is not on a bpf file system", reason, size);
	if (result < 0)
		return failed(result, "the pin directory", reason, size);
	plane->programs = monami_bpf__open();
	if (!plane->programs)
		return failed(-errno, "opening the tc programs", reason, size);
	set_constants(plane, config, device_header);
	result = set_sizes(plane->programs, config);
	if (result == 0)
		result = pins_assign(plane->programs->obj, config->pin_directory, &plane->found);
	if (result < 0)
		return failed(result, "the pinned maps", reason, size);
	if (result > 0 && reason)
		snprintf(reason, size,
			"the pinned maps are of another size or version: beginning anew");
	result = monami_bpf__load(plane->programs);
	/* libbpf maps the programs' variables only if its probe of the kernel succeeded. */
	if (result == 0 && !plane->programs->bss)
		result = -EINVAL;
	if (result == 0)
		result = write_version(plane->programs);
	return result < 0 ? failed(result, "loading the tc programs", reason, size) : 0;
}

/* ---- from beginning to end ---- */

/* When the maps are made anew, the list of links with programs is taken from the old maps, so that
 * programs are removed from links that are not configured any more. */
static int take_links_over(struct dataplane *plane, const char *directory)
{
	const struct bpf_map *map = plane->programs->maps.links;
	int fd = pins_open(map, directory);
	void *before;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	int result = map_memory_at(map, fd, &before);
	close(fd);
	if (result < 0)
		return result;
	memcpy(plane->links, before, octets_of(map));
	unmap_memory(map, before);
	return 0;
}

int dataplane_proxied_set(struct dataplane *plane, const struct in6_addr *link_local, bool proxied)
{
	const struct abi_subject_ref none = {.subject = ABI_NO_SUBJECT};
	const struct abi_prefix key = prefix_key(ABI_SIDE_HOME_AGENT, link_local, 128);
	struct prefix_map *prefixes = &plane->bindings.subjects.prefixes;

	return proxied ? prefix_map_set(prefixes, &key, &none)
		       : prefix_map_remove(prefixes, &key, &none);
}

/* On the device before the program that encapsulates, while any subject has rules. */
static int attach_classifier(struct dataplane *plane)
{
	if (rule_table_has_rules(&plane->bindings.rules))
		return dataplane_attachment_set(plane, plane->device, ATTACHMENT_CLASSIFIER,
			plane->programs->progs.monami_classify);
	dataplane_attachment_forget(plane, plane->device, ATTACHMENT_CLASSIFIER);
	return attachment_remove(plane->device, ATTACHMENT_CLASSIFIER, false);
}

int dataplane_publish_rules(struct dataplane *plane)
{
	struct rule_table *rules = &plane->bindings.rules;

	if (!rules->changed)
		return 0;
	int attached = rule_table_has_rules(rules) ? attach_classifier(plane) : 0;
	int result = rule_table_publish(rules);
	if (!rule_table_has_rules(rules))
		attached = attach_classifier(plane);
	return result < 0 ? result : attached;
}

/* Last what others see. The qdisc of the device goes with the device. */
static int publish(struct dataplane *plane, const struct dataplane_config *config)
{
	int result = attach_classifier(plane);

	if (result == 0)
		result = dataplane_attachment_set(plane, config->device, ATTACHMENT_EGRESS,
			plane->programs->progs.monami_encapsulate);
	if (result < 0 || plane->found)
		return result;
	result = pins_replace(plane->programs->obj, config->pin_directory);
	if (result < 0)
		attachment_remove(config->device, ATTACHMENT_EGRESS, true);
	return result;
}

static int set_up(struct dataplane *plane, const struct dataplane_config *config)
{
	int result = map_all(plane);

	if (result < 0)
		return result;
	plane->bindings.subjects.prefixes = (struct prefix_map){
		.homes_fd = bpf_map__fd(plane->programs->maps.homes),
		.prefixes_fd = bpf_map__fd(plane->programs->maps.prefixes),
		.has_prefixes = (__u32 *)&plane->programs->bss->state.has_prefixes,
		.home_bits = (__u64 *)&plane->programs->bss->state.home_bits,
	};
	dataplane_state_set(plane, &config->state);
	plane->bindings.subjects.pairs_fd = bpf_map__fd(plane->programs->maps.pairs);
	plane->bindings.rules.rules_fd = bpf_map__fd(plane->programs->maps.rules);
	plane->bindings.rules.classes_fd = bpf_map__fd(plane->programs->maps.classes);
	plane->bindings.rules.traffics_max = bpf_map__max_entries(plane->programs->maps.traffics);
	dataplane_forget_thresholds(plane);
	result = plane->found ? 0 : take_links_over(plane, config->pin_directory);
	if (result == 0 && !plane->found)
		result = dataplane_take_tables_over(plane, config->pin_directory);
	if (result == 0)
		result = bindings_init(&plane->bindings);
	if (result < 0)
		return result;
	result = dataplane_open_events(plane);
	return result < 0 ? result : publish(plane, config);
}

int dataplane_open(const struct dataplane_config *config, struct dataplane **ret, char *reason,
	size_t reason_size)
{
	struct dataplane *plane = calloc(1, sizeof(*plane));

	if (!plane)
		return -ENOMEM;
	plane->lock = -1;
	load_error_listen();
	plane->device = config->device;
	plane->bindings.subjects.max = config->nodes_max;
	plane->bindings.tunnels_max = config->tunnels_max;
	plane->bindings.keep_flows = config->keep_flows;
	plane->bindings.label_key = config->label_key;
	int result = load(plane, config, reason, reason_size);
	if (result == 0) {
		result = set_up(plane, config);
		if (result < 0)
			failed(result, "setting up the data plane", reason, reason_size);
	}
	if (result < 0) {
		dataplane_close(plane);
		return result;
	}
	*ret = plane;
	return 0;
}

void dataplane_close(struct dataplane *plane)
{
	if (!plane)
		return;
	ring_buffer__free(plane->events);
	bindings_fini(&plane->bindings);
	if (plane->programs) {
		unmap_memory(plane->programs->maps.subjects, plane->bindings.subjects.at);
		unmap_memory(plane->programs->maps.traffics, plane->bindings.rules.traffics);
		unmap_memory(plane->programs->maps.tunnels, plane->bindings.tunnels);
		unmap_memory(plane->programs->maps.drops, plane->drops);
		unmap_memory(plane->programs->maps.links, plane->links);
	}
	monami_bpf__destroy(plane->programs);
	if (plane->lock >= 0)
		close(plane->lock);
	free(plane->attachments);
	free(plane);
}

bool dataplane_found(const struct dataplane *plane)
{
	return plane->found;
}

int dataplane_put_pins_back(struct dataplane *plane, const char *pin_directory)
{
	return pins_put_back(plane->programs->obj, pin_directory);
}

static int remove_from_device(struct dataplane *plane)
{
	int classifier = attachment_remove(plane->device, ATTACHMENT_CLASSIFIER, false);
	int result = attachment_remove(plane->device, ATTACHMENT_EGRESS, false);

	return result < 0 ? result : classifier;
}

static int remove_all(struct dataplane *plane)
{
	int links = dataplane_detach_others(plane, NULL, 0);
	int device = remove_from_device(plane);
	int maps = pins_remove(plane->programs->obj, NULL);

	if (links < 0)
		return links;
	return device < 0 ? device : maps;
}

/* The list of links with programs goes with the maps: programs that stay could not be found
 * later. */
int dataplane_remove(struct dataplane *plane)
{
	int result = remove_all(plane);

	if (result < 0)
		result = remove_all(plane);
	dataplane_close(plane);
	return result;
}

int dataplane_remove_silently(struct dataplane *plane, nanos until)
{
	plane->programs->bss->silent_until = until;
	int result = dataplane_links_silence(plane);
	int device = remove_from_device(plane);
	int maps = pins_remove(plane->programs->obj, plane->programs->maps.links);

	dataplane_close(plane);
	if (result == 0)
		result = device;
	return result == 0 ? maps : result;
}

/* ---- bindings ---- */

int dataplane_subject_set(struct dataplane *plane, const struct effect_subject *subject)
{
	return bindings_subject_set(&plane->bindings, subject);
}

int dataplane_subject_remove(struct dataplane *plane, uint32_t subject)
{
	return bindings_subject_remove(&plane->bindings, subject);
}

int dataplane_subject(const struct dataplane *plane, uint32_t subject, struct effect_subject *ret)
{
	return bindings_subject(&plane->bindings, subject, ret);
}

int dataplane_prefix_set(struct dataplane *plane, const struct effect_prefix *prefix)
{
	return bindings_prefix_set(&plane->bindings, prefix);
}

int dataplane_prefix_remove(struct dataplane *plane, const struct effect_prefix *prefix)
{
	return bindings_prefix_remove(&plane->bindings, prefix);
}

int dataplane_traffic_set(struct dataplane *plane, const struct effect_traffic *traffic)
{
	return bindings_traffic_set(&plane->bindings, traffic);
}

int dataplane_traffic_remove(struct dataplane *plane, uint32_t subject, uint16_t rule)
{
	return bindings_traffic_remove(&plane->bindings, subject, rule);
}

int dataplane_traffic_mode(struct dataplane *plane, uint32_t subject, uint16_t rule, uint8_t mode)
{
	return bindings_traffic_mode(&plane->bindings, subject, rule, mode);
}

int dataplane_tunnel_set(struct dataplane *plane, const struct effect_tunnel *tunnel,
	const struct in6_addr *next_hop)
{
	return bindings_tunnel_set(&plane->bindings, tunnel, next_hop);
}

int dataplane_tunnel_remove(struct dataplane *plane, uint32_t subject, uint16_t tunnel)
{
	return bindings_tunnel_remove(&plane->bindings, subject, tunnel);
}

int dataplane_sweep(struct dataplane *plane)
{
	return bindings_sweep(&plane->bindings);
}

int dataplane_path_mtu(
	struct dataplane *plane, uint32_t subject, uint16_t tunnel, uint32_t mtu, nanos until)
{
	return bindings_path_mtu(&plane->bindings, subject, tunnel, mtu, until);
}

void dataplane_note_path_mtus(struct dataplane *plane, const struct in6_addr *home_address,
	const struct in6_addr *peer, nanos until)
{
	bindings_note_path_mtus(&plane->bindings, home_address, peer, until);
}

void dataplane_forget_path_mtus(struct dataplane *plane, nanos now)
{
	bindings_forget_path_mtus(&plane->bindings, now);
}

nanos dataplane_next_forgotten(const struct dataplane *plane)
{
	return plane->bindings.path_mtus.next;
}

int dataplane_route_mtu(
	struct dataplane *plane, const struct route_ends *ends, uint32_t mtu, nanos until)
{
	return bindings_route_mtu(&plane->bindings, ends, mtu, until);
}

void dataplane_route_activity(const struct dataplane *plane, const struct in6_addr *home_address,
	const struct in6_addr *peer, const struct in6_addr *remote, nanos *ret_sent,
	nanos *ret_received)
{
	bindings_route_activity(
		&plane->bindings, home_address, peer, remote, ret_sent, ret_received);
}

int dataplane_tunnel_ends(const struct dataplane *plane, const struct in6_addr *home_address,
	const struct in6_addr *local, const struct in6_addr *remote, struct dataplane_ends *ret)
{
	const struct abi_tunnel *tunnel =
		bindings_tunnel_between(&plane->bindings, home_address, local, remote);

	if (!tunnel)
		return -ENOENT;
	ret->ifindex = tunnel->ifindex;
	ret->mtu = tunnel->mtu;
	return 0;
}

uint32_t dataplane_best_mtu(const struct dataplane *plane, const struct in6_addr *home_address)
{
	return bindings_best_mtu(&plane->bindings, home_address, clock_now().mono);
}

int dataplane_best_tunnel(const struct dataplane *plane, const struct in6_addr *home_address,
	struct effect_tunnel *ret)
{
	return bindings_best_tunnel(&plane->bindings, home_address, clock_now().mono, ret);
}

void dataplane_tunnel_mtus(struct dataplane *plane, const struct tunnel_mtus *mtus)
{
	bindings_tunnel_mtus(&plane->bindings, mtus);
}

void dataplane_default_mtu(struct dataplane *plane, uint32_t mtu)
{
	const struct tunnel_mtus mtus = {.all = mtu};

	bindings_tunnel_mtus(&plane->bindings, &mtus);
}

/* A host looks up where packets to a care-of address leave as if they came in by the device, which
 * has to be one that forwards. Without it they are slower (correspondent.h), so that is no error.
 */
static void let_forward(uint32_t device)
{
	char name[IF_NAMESIZE], path[sizeof("/proc/sys/net/ipv6/conf//forwarding") + IF_NAMESIZE];

	if (!if_indextoname(device, name))
		return;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) < 0)
		errno = 0;
	close(fd);
}

static void write_addresses(struct abi_state *to, const struct dataplane_state *from)
{
	map_address_copy(&to->home_agent, &from->home_agent);
	map_address_copy(&to->anycast, &from->anycast);
	for (unsigned int i = 0; i < from->home_agents_count; i++)
		map_address_copy(&to->home_agents[i], &from->home_agents[i]);
	to->home_agents_count = from->home_agents_count;
}

void dataplane_state_set(struct dataplane *plane, const struct dataplane_state *from)
{
	struct abi_state *state = (struct abi_state *)&plane->programs->bss->state;

	/* Readers that see an odd generation, or two different ones, take the addresses for absent.
	 */
	__atomic_store_n(&state->generation, state->generation + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	write_addresses(state, from);
	map_store_u32(&state->generation, state->generation + 1);
	map_store_u32(&state->home_link, from->home_link);
	map_store_u32(&state->roles, from->roles);
	if ((from->roles & ABI_ROLE_CORRESPONDENT) && !(from->roles & ABI_ROLE_MOBILE_NODE))
		let_forward(plane->device);
}

void dataplane_each_tunnel(const struct dataplane *plane, dataplane_tunnel_handler *each, void *ctx)
{
	bindings_each_tunnel(&plane->bindings, each, ctx);
}

/* ---- records ---- */

static int records_of(const struct dataplane *plane)
{
	return bpf_map__fd(plane->programs->maps.records);
}

int dataplane_record_set(struct dataplane *plane, const struct record *record)
{
	return records_map_set(records_of(plane), record);
}

int dataplane_record(const struct dataplane *plane, const struct in6_addr *home_address,
	const struct in6_addr *peer, struct record *ret)
{
	return records_map_get(records_of(plane), home_address, peer, ret);
}

int dataplane_record_remove(
	struct dataplane *plane, const struct in6_addr *home_address, const struct in6_addr *peer)
{
	return records_map_remove(records_of(plane), home_address, peer);
}

void dataplane_each_record(
	const struct dataplane *plane, void (*each)(void *ctx, const struct record *), void *ctx)
{
	records_map_each(records_of(plane), each, ctx);
}

/* ---- counters ---- */

int dataplane_tunnel_counters(const struct dataplane *plane, uint32_t subject, uint16_t number,
	struct dataplane_counters *ret)
{
	const volatile struct abi_tunnel *tunnel =
		bindings_tunnel(&plane->bindings, subject, number);

	if (!tunnel)
		return -ENOENT;
	*ret = (struct dataplane_counters){
		.sent_packets = tunnel->sent_packets,
		.sent_octets = tunnel->sent_octets,
		.received_packets = tunnel->received_packets,
		.received_octets = tunnel->received_octets,
		.sent_at = tunnel->sent_at,
		.received_at = tunnel->received_at,
		.mtu = tunnel->mtu,
	};
	return 0;
}

void dataplane_link_activity(
	const struct dataplane *plane, uint32_t ifindex, nanos *ret_sent, nanos *ret_received)
{
	*ret_sent = 0;
	*ret_received = 0;
	bindings_link_activity(&plane->bindings, ifindex, ret_sent, ret_received);
}

uint64_t dataplane_drops(const struct dataplane *plane, enum abi_drop reason)
{
	return __atomic_load_n(&plane->drops[reason], __ATOMIC_RELAXED);
}

const char *dataplane_drop_text(enum abi_drop reason)
{
	static const char *const texts[] = {
#define ABI_DROP(name, text) [ABI_DROP_##name] = text,
		ABI_DROP_LIST(ABI_DROP)
#undef ABI_DROP
	};

	return texts[reason];
}
