/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any octets as a configuration: either it is read, and is what the rest of the daemon relies on,
 * or there is at least one error, and none repeats anything that could be a key.
 */
#include "fuzz.h"

#include "../../src/daemon/config/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned int errors;

static void on_error(void *ctx, const struct config_error *error)
{
	(void)ctx;
	errors++;
	REQUIRE(error->file && error->line >= 0);
	REQUIRE(strlen(error->text) > 0);
}

static void require_sound_mobile_node(
	const struct config_mobile_node *host, const struct mobile_node_config *node)
{
	REQUIRE(host->links_count >= 1 && host->links_count <= BINDINGS_MAX);
	REQUIRE(address_is_unicast_routable(&node->home_address));
	for (unsigned int i = 0; i < host->links_count; i++) {
		REQUIRE(host->links[i].bid > 0 && host->links[i].name[0] != '\0');
		REQUIRE(host->links[i].priority >= 1 && host->links[i].priority <= 127);
		REQUIRE(host->links[i].probe != CONFIG_PROBE_DEFAULT);
	}
	REQUIRE(host->thresholds_count <= CONFIG_THRESHOLDS_MAX);
}

static void require_sound(const struct config *config)
{
	REQUIRE(!config->core.is_home_agent || config->nodes_count <= config->nodes_max);
	REQUIRE(config->mobile_nodes_count <= MOBILE_NODES_MAX);
	REQUIRE(config->mobile_nodes_count == config->core.mobile_nodes_count);
	REQUIRE(config->mobile_nodes_count > 0 || config->interfaces_count > 0);
	for (size_t i = 0; i < config->nodes_count; i++) {
		const struct host_node *node = &config->nodes[i];

		REQUIRE(node->bindings_max >= 1 && node->bindings_max <= BINDINGS_MAX);
		REQUIRE(address_is_unicast_routable(&node->home_address));
		REQUIRE(node->auth.mode == AUTH_MODE_INSECURE_NONE ||
			(node->auth.spi >= 256 && node->auth.key_length >= 16));
	}
	for (unsigned int i = 0; i < config->mobile_nodes_count; i++)
		require_sound_mobile_node(&config->mobile_nodes[i], &config->core.mobile_nodes[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct config *config;
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, octets, length) == (ssize_t)length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	errors = 0;
	if (config_read(path, on_error, NULL, &config) == 0) {
		REQUIRE(errors == 0);
		require_sound(config);
		config_free(config);
	} else {
		REQUIRE(errors > 0);
	}
	close(fd);
	return 0;
}
