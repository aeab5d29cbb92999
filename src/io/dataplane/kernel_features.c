/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_features.h"
#include "attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define RELEASE_MAJOR 5
#define RELEASE_MINOR 10

const char *kernel_release_least(void)
{
	return "5.10";
}

void kernel_release(char *ret, size_t size)
{
	struct utsname name;

	/* Fails only for a bad pointer. */
	snprintf(ret, size, "%s", uname(&name) == 0 ? name.release : "");
}

bool kernel_release_is_enough(const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return true;
	return major > RELEASE_MAJOR || (major == RELEASE_MAJOR && minor >= RELEASE_MINOR);
}

/* ---- one function for each feature ---- */

static enum kernel_feature_state state_of(bool present)
{
	return present ? KERNEL_FEATURE_PRESENT : KERNEL_FEATURE_ABSENT;
}

static enum kernel_feature_state state_of_error(int error)
{
	return error == -EPERM || error == -EACCES ? KERNEL_FEATURE_UNKNOWN : state_of(error >= 0);
}

static enum kernel_feature_state probe_release(void)
{
	char release[65];

	kernel_release(release, sizeof(release));
	return state_of(kernel_release_is_enough(release));
}

/* The smallest program for tc; -errno. */
static int load_smallest(void)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "probe", "GPL", instructions,
		sizeof(instructions) / sizeof(*instructions), NULL);
}

static enum kernel_feature_state probe_programs(void)
{
	int fd = load_smallest();

	if (fd >= 0)
		close(fd);
	return state_of_error(fd);
}

/* libbpf reports a helper as present if the kernel refuses its program for another reason. */
static enum kernel_feature_state probe_helper(enum bpf_func_id helper)
{
	enum kernel_feature_state programs = probe_programs();

	if (programs != KERNEL_FEATURE_PRESENT)
		return programs;
	return state_of(libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, helper, NULL) == 1);
}

static enum kernel_feature_state probe_redirect(void)
{
	return probe_helper(BPF_FUNC_redirect_neigh);
}

/* bpf_fib_lookup tells the MTU since 5.12, and has no flag that says so; this helper came with it.
 */
static enum kernel_feature_state probe_route_mtu(void)
{
	return probe_helper(BPF_FUNC_check_mtu);
}

bool kernel_lookup_tells_mtu(void)
{
	return probe_route_mtu() == KERNEL_FEATURE_PRESENT;
}

static enum kernel_feature_state probe_ring_buffer(void)
{
	int fd = bpf_map_create(
		BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, (uint32_t)sysconf(_SC_PAGESIZE), NULL);

	if (fd >= 0)
		close(fd);
	return state_of_error(fd);
}

/* In a namespace that ends with the process. */
static int attach_to_loopback(void)
{
	const uint32_t loopback = 1;
	bool made_qdisc;

	if (unshare(CLONE_NEWNET) < 0)
		return -EPERM;
	int fd = load_smallest();
	if (fd < 0)
		return fd;
	int result = attachment_set(loopback, ATTACHMENT_INGRESS, fd, &made_qdisc);
	close(fd);
	return result;
}

static enum kernel_feature_state probe_classifier(void)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return KERNEL_FEATURE_UNKNOWN;
	if (child == 0)
		_exit((int)state_of_error(attach_to_loopback()));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return KERNEL_FEATURE_UNKNOWN;
	return WIFEXITED(status) && WEXITSTATUS(status) <= KERNEL_FEATURE_UNKNOWN
		       ? (enum kernel_feature_state)WEXITSTATUS(status)
		       : KERNEL_FEATURE_UNKNOWN;
}

/* The kernel lists IPv6 rules, or does not know the family. -errno. */
static int list_rules(int fd)
{
	struct {
		struct nlmsghdr header;
		struct fib_rule_hdr rule;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETRULE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.rule = {.family = AF_INET6},
	};
	union {
		struct nlmsghdr header;
		char octets[8192];
	} answer;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	ssize_t length = recv(fd, &answer, sizeof(answer), 0);
	if (length < 0)
		return -errno;
	if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) ||
		answer.header.nlmsg_type != NLMSG_ERROR)
		return 0;
	return ((const struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
}

static enum kernel_feature_state probe_rules(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return state_of_error(-errno);
	int result = list_rules(fd);
	close(fd);
	return state_of_error(result);
}

/* What became of a program tells it: the sysctl is not seen in a network namespace. */
static enum kernel_feature_state probe_jit(void)
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	int fd = load_smallest();

	if (fd < 0)
		return KERNEL_FEATURE_UNKNOWN;
	int result = bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	return result < 0 ? KERNEL_FEATURE_UNKNOWN : state_of(info.jited_prog_len != 0);
}

static const struct {
	const char *name;
	bool required;
	enum kernel_feature_state (*probe)(void);
	const char *lost;
	const char *remedy;
} features[] = {
	{"Linux 5.10 or newer", true, probe_release, "the daemon does not start",
		"install a newer kernel"},
	{"eBPF programs for tc", true, probe_programs,
		"the daemon does not start: no packet can be encapsulated",
		"a kernel with CONFIG_BPF_SYSCALL"},
	{"eBPF ring buffers", true, probe_ring_buffer,
		"the daemon does not start: it would receive no signalling",
		"install Linux 5.10 or newer"},
	{"bpf_redirect_neigh", true, probe_redirect,
		"the daemon does not start: no packet could leave by a link",
		"install Linux 5.10 or newer"},
	{"clsact and the eBPF classifier of tc", true, probe_classifier,
		"the daemon does not start: the programs cannot be attached to a link",
		"modprobe -a sch_ingress cls_bpf # CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_BPF"},
	{"IPv6 policy rules", false, probe_rules,
		"a mobile node cannot have two links with different routers",
		"a kernel with CONFIG_IPV6_MULTIPLE_TABLES"},
	{"eBPF JIT compiler", false, probe_jit, "packets are forwarded several times slower",
		"sysctl -w net.core.bpf_jit_enable=1 # CONFIG_BPF_JIT"},
	{"MTU in bpf_fib_lookup", false, probe_route_mtu,
		"a path MTU of the kernel below the packet's size makes the tunnel's MTU 1280, "
		"also "
		"one from a forged Packet Too Big",
		"install Linux 5.12 or newer"},
};

_Static_assert(sizeof(features) / sizeof(*features) <= KERNEL_FEATURES_MAX, "features");

size_t kernel_features_probe(struct kernel_feature ret[KERNEL_FEATURES_MAX])
{
	const size_t count = sizeof(features) / sizeof(*features);

	for (size_t i = 0; i < count; i++)
		ret[i] = (struct kernel_feature){
			.name = features[i].name,
			.required = features[i].required,
			.state = features[i].probe(),
			.lost = features[i].lost,
			.remedy = features[i].remedy,
		};
	return count;
}
