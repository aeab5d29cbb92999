/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads the tc programs under every value of the constants that change their code, by
 * dataplane_open() with a TUN device as the daemon has it; and with a device that has a link
 * header, as in the tests. Prints a line for each: the constants, and whether it loaded or why not.
 *
 *   load_programs [--ethernet]
 *   load_programs --features     names what the kernel lacks, a line each
 */
#include "../../src/io/dataplane/dataplane.h"
#include "../../src/io/host/device.h"
#include "../../src/io/dataplane/kernel_features.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#define DIRECTORY "/tmp/load"

static int prepare(struct device *ret)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", "/tmp", "tmpfs", 0, NULL) < 0)
		return -1;
	if (system("mkdir " DIRECTORY " && mount -t bpf bpf " DIRECTORY
		   " && ip link add ether0 type veth peer name ether1") != 0)
		return -1;
	return device_open("monami0", ret);
}

/* 1: refused */
static int load(const struct dataplane_config *config, bool ethernet)
{
	struct dataplane *plane;
	char reason[1280] = "";
	int result = dataplane_open(config, &plane, reason, sizeof(reason));

	printf("all roles%s%s: %s\n", config->keep_flows ? ", keep_flows" : "",
		ethernet ? ", link header" : "", result < 0 ? reason : "loaded");
	fflush(stdout);
	if (result < 0)
		return 1;
	return dataplane_remove(plane) < 0;
}

static int load_all(uint32_t device, bool ethernet)
{
	struct dataplane_config config = {
		.pin_directory = DIRECTORY "/pins",
		.device = device,
		.probe_identifier = 0x4d50,
		.nodes_max = 16,
		.tunnels_max = 64,
		.flows_max = 1024,
	};
	int failures = load(&config, ethernet);

	config.keep_flows = true;
	return failures + load(&config, ethernet);
}

static int show_features(void)
{
	struct kernel_feature features[KERNEL_FEATURES_MAX];
	size_t count = kernel_features_probe(features);

	for (size_t i = 0; i < count; i++)
		if (features[i].state != KERNEL_FEATURE_PRESENT)
			printf("%s\n", features[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--features") == 0)
		return show_features();
	struct device device;
	int result = prepare(&device);

	if (result < 0) {
		fprintf(stderr,
			"load_programs: a network namespace, a bpf file system and a TUN device "
			"are needed: run it as root\n");
		return 77;
	}
	int failures = load_all(device.ifindex, false);
	if (argc > 1 && strcmp(argv[1], "--ethernet") == 0)
		failures += load_all(if_nametoindex("ether0"), true);
	device_remove(&device);
	return failures > 0;
}
