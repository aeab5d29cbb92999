/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every system call of the data plane fails once, at each of its places, libbpf's too: it is
 * refused and leaves nothing new behind, or it is done; the next attempt succeeds, and what the
 * maps hold is neither lost nor half there.
 */
#include "ranked.h"
#include "../io/fault_calls.h"
#include "bench.h"

#include "../../src/io/dataplane/prefix_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define ERRORS_MAX 5
#define REASON_OCTETS 300

struct call {
	const char *name;
	int errors[ERRORS_MAX]; /* that it may return; ends with 0 */
};

struct trial {
	const char *call;
	long nth; /* 0: none fails */
	int error;
};

static struct dataplane_config config;
static uint32_t access_link;

/* ---- trials in processes of their own, as libbpf remembers what it found out ---- */

static struct trial trial;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s() %ld, %s: line %d: " #condition "\n", trial.call,     \
				trial.nth, strerrorname_np(trial.error), __LINE__);                \
			_exit(EXIT_FAILURE);                                                       \
		}                                                                                  \
	} while (0)

/* The report of such a process: the calls that it made, and the expected number of pins. */
static struct told {
	long calls;
	size_t pins;
} * told;

static void begin(void)
{
	fault_begin(trial.call, trial.nth, trial.error);
}

static void end(void)
{
	told->calls = fault_end();
}

static void in_process(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		body();
		_exit(EXIT_SUCCESS);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* With each error at each place; after each error, `after` finds out what all of them left. */
static void each_error(const struct call *call, void (*body)(void), void (*after)(void))
{
	trial = (struct trial){.call = call->name};
	in_process(body);
	long places = told->calls;
	assert_true(places > 0);
	for (const int *error = call->errors; *error != 0; error++) {
		for (long nth = 1; nth <= places; nth++) {
			trial = (struct trial){call->name, nth, *error};
			in_process(body);
		}
		in_process(after);
	}
}

static void each_fault(const struct call *of, size_t count, void (*body)(void), void (*after)(void))
{
	for (size_t i = 0; i < count; i++)
		each_error(&of[i], body, after);
}

#define EACH_FAULT(of, body, after) each_fault(of, sizeof(of) / sizeof((of)[0]), body, after)

static bool is_of_trial(int result)
{
	/* flock() says so when another has it. */
	if (trial.error == EAGAIN && strcmp(trial.call, "flock") == 0)
		return result == -EBUSY;
	/* libbpf does not say why it could not make a map to find out what the kernel can do, nor
	 * why it could not look at one that was there. */
	if (strcmp(trial.call, "syscall") == 0 && (result == -EBADF || result == -EINVAL))
		return true;
	return result == -trial.error;
}

/* ---- what is there ---- */

static size_t entries_of(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

static size_t open_files(void)
{
	return entries_of("/proc/self/fd");
}

static size_t pins(void)
{
	return entries_of(PIN_DIRECTORY);
}

static void remove_qdisc(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	CHECK(bpf_tc_hook_destroy(&hook) == 0);
}

/* Nor afterwards. */
static bool has_no_qdisc(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int made = bpf_tc_hook_create(&hook);

	remove_qdisc(ifindex);
	return made == 0;
}

/* The answer that a qdisc is made may be what was lost. */
static void check_no_qdisc_known(uint32_t ifindex)
{
	CHECK(has_no_qdisc(ifindex) || strcmp(trial.call, "recvmsg") == 0);
}

static const struct record *record(void)
{
	static struct record record = {.sequence = 7, .timestamp = 8};

	record.home_address = bench_address(HOME);
	return &record;
}

static const struct effect_tunnel *tunnel(void)
{
	static struct effect_tunnel tunnel = {.expires = NANOS_NEVER, .bid = 1, .usable = true};

	tunnel.local.address = bench_address(HOME_AGENT);
	tunnel.remote.address = bench_address(CARE_OF);
	return &tunnel;
}

static void find_tunnel(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *found)
{
	bool *holds = ctx;

	(void)subject;
	*holds |= memcmp(&found->remote.address, &tunnel()->remote.address, 16) == 0;
}

static bool holds_the_binding(const struct dataplane *plane)
{
	struct record found;
	bool holds = false;

	dataplane_each_tunnel(plane, find_tunnel, &holds);
	return holds &&
	       dataplane_record(plane, &record()->home_address, &in6addr_any, &found) == 0 &&
	       found.sequence == 7 && found.timestamp == 8;
}

static int homes(void)
{
	int fd = bpf_obj_get(PIN_DIRECTORY "/homes");

	CHECK(fd >= 0);
	return fd;
}

static bool has_home_address(void)
{
	const struct abi_prefix key = prefix_key(ABI_SIDE_HOME_AGENT, &record()->home_address, 128);
	struct abi_subject_ref found;
	int fd = homes();
	bool result = bpf_map_lookup_elem(fd, &key, &found) == 0;

	close(fd);
	return result;
}

/* As if the daemon had been killed before it was entered. */
static void forget_home_address(void)
{
	const struct abi_prefix key = prefix_key(ABI_SIDE_HOME_AGENT, &record()->home_address, 128);
	int fd = homes();

	(void)bpf_map_delete_elem(fd, &key);
	close(fd);
}

static struct dataplane *opened(void)
{
	char reason[REASON_OCTETS] = "";
	struct dataplane *plane = NULL;

	if (dataplane_open(&config, &plane, reason, sizeof(reason)) < 0)
		fprintf(stderr, "%s\n", reason);
	CHECK(plane);
	CHECK(pins() == told->pins);
	CHECK(bench_is_attached(config.device, BPF_TC_EGRESS));
	return plane;
}

static int open_with_fault(struct dataplane **ret)
{
	char reason[REASON_OCTETS] = "";
	size_t files = open_files();

	begin();
	int result = dataplane_open(&config, ret, reason, sizeof(reason));
	end();
	if (result < 0) {
		CHECK(trial.nth != 0 && reason[0] != '\0');
		CHECK(open_files() == files);
		CHECK(is_of_trial(result));
	}
	return result;
}

/* ---- the first daemon ---- */

static const struct call of_open[] = {
	{"syscall", {EAGAIN, EPERM, ENOMEM}},
	{"mmap", {EAGAIN, EPERM, ENOMEM}},
	{"socket", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"bind", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"setsockopt", {ENOBUFS, ENETDOWN, EPERM}},
	{"getsockname", {ENOBUFS}},
	{"send", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"recvmsg", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"ioctl", {EAGAIN, ENETDOWN, EPERM}},
	{"mkdir", {EPERM, ENOMEM}},
	{"statfs", {EINTR, ENOMEM}},
	{"open", {EINTR, EPERM, ENOMEM}},
	{"flock", {EINTR, EAGAIN, ENOMEM}},
	{"unlink", {EPERM, ENOMEM}},
	{"epoll_create1", {ENOMEM}},
	{"epoll_ctl", {EPERM, ENOMEM}},
	{"close", {EINTR}},
};

static void open_first(void)
{
	struct dataplane *plane;

	CHECK(pins() == 0);
	if (open_with_fault(&plane) < 0) {
		CHECK(pins() == 0);
		CHECK(!bench_is_attached(config.device, BPF_TC_EGRESS));
		check_no_qdisc_known(config.device);
		return;
	}
	CHECK(!dataplane_found(plane));
	CHECK(pins() == told->pins);
	CHECK(bench_is_attached(config.device, BPF_TC_EGRESS));
	CHECK(dataplane_record_set(plane, record()) == 0);
	CHECK(ranked_tunnel_change(
		      plane, false, bench_address(HOME), in6addr_any, tunnel(), NULL) == 0);
	dataplane_close(plane);
	plane = opened();
	CHECK(dataplane_found(plane) && holds_the_binding(plane));
	CHECK(dataplane_remove(plane) == 0);
	remove_qdisc(config.device);
}

static void open_and_remove(void)
{
	dataplane_remove(opened());
	CHECK(pins() == 0);
	CHECK(!bench_is_attached(config.device, BPF_TC_EGRESS));
	remove_qdisc(config.device);
}

static void count_pins(void)
{
	struct dataplane *plane = NULL;

	CHECK(dataplane_open(&config, &plane, NULL, 0) == 0);
	told->pins = pins();
	dataplane_remove(plane);
	remove_qdisc(config.device);
}

static void first_daemon_leaves_nothing_or_works(void **state)
{
	(void)state;
	in_process(count_pins);
	EACH_FAULT(of_open, open_first, open_and_remove);
}

/* ---- a daemon after another ---- */

static const struct call of_open_again[] = {
	{"syscall", {EAGAIN, EPERM, ENOMEM}},
	{"mmap", {EAGAIN, EPERM, ENOMEM}},
	{"socket", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"bind", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"setsockopt", {ENOBUFS, ENETDOWN, EPERM}},
	{"getsockname", {ENOBUFS}},
	{"send", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"recvmsg", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"ioctl", {EAGAIN, ENETDOWN, EPERM}},
	{"statfs", {EINTR, ENOMEM}},
	{"open", {EINTR, EPERM, ENOMEM}},
	{"flock", {EINTR, EAGAIN, ENOMEM}},
	{"epoll_create1", {ENOMEM}},
	{"epoll_ctl", {EPERM, ENOMEM}},
	{"close", {EINTR}},
};

static void leave_binding(void)
{
	struct dataplane *plane = opened();

	CHECK(dataplane_record_set(plane, record()) == 0);
	CHECK(ranked_tunnel_change(
		      plane, false, bench_address(HOME), in6addr_any, tunnel(), NULL) == 0);
	dataplane_close(plane);
}

static void open_again(void)
{
	struct dataplane *plane;

	forget_home_address();
	int result = open_with_fault(&plane);
	CHECK(pins() == told->pins);
	CHECK(bench_is_attached(config.device, BPF_TC_EGRESS));
	if (result < 0)
		return;
	CHECK(dataplane_found(plane) && holds_the_binding(plane) && has_home_address());
	dataplane_close(plane);
}

static void find_binding(void)
{
	struct dataplane *plane = opened();

	CHECK(dataplane_found(plane) && holds_the_binding(plane));
	dataplane_close(plane);
}

/* A binding that is there is not given up because of an error that passes. */
static void next_daemon_finds_all_or_changes_nothing(void **state)
{
	(void)state;
	in_process(leave_binding);
	EACH_FAULT(of_open_again, open_again, find_binding);
	in_process(open_and_remove);
}

static const struct call of_replacing[] = {
	{"unlink", {EPERM, ENOMEM}},
	{"mkdir", {EPERM, ENOMEM}},
	{"statfs", {EINTR, ENOMEM}},
};

/* Half of the old maps may be gone then: they do not fit, and nothing of it is taken over. */
static void open_with_other_sizes(void)
{
	struct dataplane *plane = NULL;

	leave_binding();
	config.nodes_max++;
	if (open_with_fault(&plane) == 0) {
		CHECK(!dataplane_found(plane) && pins() == told->pins);
		dataplane_close(plane);
	} else {
		plane = opened();
		CHECK(!dataplane_found(plane) && !holds_the_binding(plane));
		dataplane_close(plane);
	}
	open_and_remove();
}

static void other_sizes_replace_all_or_are_refused(void **state)
{
	(void)state;
	EACH_FAULT(of_replacing, open_with_other_sizes, open_and_remove);
}

/* ---- what the daemon asks for ---- */

static const struct call of_commands[] = {
	{"syscall", {EAGAIN, EPERM, ENOMEM}},
	{"socket", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"bind", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"setsockopt", {ENOBUFS, ENETDOWN, EPERM}},
	{"getsockname", {ENOBUFS}},
	{"send", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"recvmsg", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
};

static const struct call of_attaching[] = {
	{"ioctl", {EAGAIN, ENETDOWN, EPERM}},
	{"close", {EINTR}},
};

/* A failed step reports its reason, and the next attempt succeeds. */
static void done(int result, int again)
{
	CHECK(result == 0 || (trial.nth != 0 && is_of_trial(result) && again == 0));
}

#define DONE(command)                                                                              \
	do {                                                                                       \
		int result_ = (command);                                                           \
		done(result_, result_ < 0 ? (command) : 0);                                        \
	} while (0)

static void set_all(struct dataplane *plane)
{
	DONE(dataplane_attach(plane, access_link));
	DONE(dataplane_record_set(plane, record()));
	DONE(ranked_tunnel_change(plane, false, bench_address(HOME), in6addr_any, tunnel(), NULL));
}

static void remove_all(struct dataplane *plane)
{
	DONE(dataplane_subject_remove(
		plane, ranked_subject(&record()->home_address, &in6addr_any)));
	DONE(dataplane_detach(plane, access_link));
}

static void check_all_set(const struct dataplane *plane)
{
	struct abi_link link;

	CHECK(holds_the_binding(plane) && has_home_address());
	CHECK(bench_is_attached(access_link, BPF_TC_INGRESS));
	CHECK(dataplane_link_counters(plane, access_link, &link) == 0);
}

static void check_all_removed(const struct dataplane *plane)
{
	struct abi_link link;

	CHECK(!holds_the_binding(plane) && !has_home_address());
	CHECK(!bench_is_attached(access_link, BPF_TC_INGRESS));
	check_no_qdisc_known(access_link);
	CHECK(dataplane_link_counters(plane, access_link, &link) == -ENOENT);
}

static void set_with_fault(struct dataplane *plane)
{
	size_t files = open_files();

	begin();
	set_all(plane);
	end();
	CHECK(open_files() == files);
	check_all_set(plane);
	remove_all(plane);
	check_all_removed(plane);
}

static void remove_with_fault(struct dataplane *plane)
{
	set_all(plane);
	size_t files = open_files();
	begin();
	remove_all(plane);
	end();
	CHECK(open_files() == files);
	check_all_removed(plane);
}

/* One process for all: there is nothing that libbpf finds out but when it loads. */
static void each_command_with_fault(
	const struct call *of, size_t count, void (*body)(struct dataplane *))
{
	struct dataplane *plane = opened();

	for (size_t i = 0; i < count; i++) {
		trial = (struct trial){.call = of[i].name};
		body(plane);
		long places = told->calls;
		CHECK(places > 0);
		for (const int *error = of[i].errors; *error != 0; error++) {
			for (long nth = 1; nth <= places; nth++) {
				trial = (struct trial){of[i].name, nth, *error};
				body(plane);
			}
		}
	}
	CHECK(dataplane_remove(plane) == 0);
}

static void commands_with_faults(void)
{
	const size_t all = sizeof(of_commands) / sizeof(of_commands[0]);
	const size_t attaching = sizeof(of_attaching) / sizeof(of_attaching[0]);

	each_command_with_fault(of_commands, all, set_with_fault);
	each_command_with_fault(of_commands, all, remove_with_fault);
	each_command_with_fault(of_attaching, attaching, set_with_fault);
}

static void commands_are_done_or_refused(void **state)
{
	(void)state;
	in_process(commands_with_faults);
}

/* ---- two links of one place ---- */

static void run(const char *command)
{
	CHECK(system(command) == 0);
}

static void attach_to_one_place(void)
{
	const int errors[] = {EAGAIN, ENOBUFS, ENETDOWN, EPERM};
	const uint32_t first = 5000, second = first + ABI_LINKS_MAX;
	struct dataplane *plane = opened();
	struct abi_link link;

	run("ip link add first index 5000 type veth peer name first-peer");
	run("ip link add second index 9096 type veth peer name second-peer");
	CHECK(if_nametoindex("second") == second);
	CHECK(dataplane_attach(plane, first) == 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		trial = (struct trial){"if_indextoname", 1, errors[i]};
		begin();
		CHECK(dataplane_attach(plane, second) == -errors[i]);
		end();
		CHECK(dataplane_link_counters(plane, first, &link) == 0);
		CHECK(dataplane_attach(plane, second) == -EEXIST);
	}
	run("ip link del first");
	CHECK(dataplane_attach(plane, second) == 0);
	run("ip link del second");
	CHECK(dataplane_remove(plane) == 0);
}

/* That a link is gone is what the kernel says, not that it could not be asked. */
static void no_link_takes_the_place_of_another(void **state)
{
	(void)state;
	in_process(attach_to_one_place);
}

/* ---- the end ---- */

static const struct call of_remove[] = {
	{"socket", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"bind", {EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"send", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"recvmsg", {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EPERM}},
	{"unlink", {EPERM, ENOMEM}},
	{"close", {EINTR}},
};

static void remove_plane_with_fault(void)
{
	size_t files = open_files();
	struct dataplane *plane = opened();

	CHECK(dataplane_attach(plane, access_link) == 0);
	begin();
	CHECK(dataplane_remove(plane) == 0);
	end();
	CHECK(open_files() == files && pins() == 0);
	CHECK(!bench_is_attached(config.device, BPF_TC_EGRESS));
	CHECK(has_no_qdisc(access_link));
}

static void nothing_stays_behind(void **state)
{
	(void)state;
	EACH_FAULT(of_remove, remove_plane_with_fault, open_and_remove);
}

static int prepare(void)
{
	if (bench_prepare() < 0)
		return -1;
	fault_small_programs();
	config = (struct dataplane_config){
		.pin_directory = PIN_DIRECTORY,
		.state = {.roles = ABI_ROLE_HOME_AGENT, .home_agent = bench_address(HOME_AGENT)},
		.device = if_nametoindex("monami0"),
		.probe_identifier = PROBE_IDENTIFIER,
		.nodes_max = 4,
		.tunnels_max = 16,
		.flows_max = 1024,
	};
	access_link = if_nametoindex("access");
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_daemon_leaves_nothing_or_works),
		cmocka_unit_test(next_daemon_finds_all_or_changes_nothing),
		cmocka_unit_test(other_sizes_replace_all_or_are_refused),
		cmocka_unit_test(commands_are_done_or_refused),
		cmocka_unit_test(no_link_takes_the_place_of_another),
		cmocka_unit_test(nothing_stays_behind),
	};

	if (prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
