/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow blocks of a file, taken by the running daemon. */
#include "mobile_host.h"

#include "../base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct load {
	const char *file;
	void (*error)(void *ctx, const struct config_error *);
	void *ctx;
	int result;
};

__attribute__((format(printf, 2, 3))) static void complain(
	struct load *load, const char *format, ...)
{
	char text[160];
	const struct config_error error = {load->file, 0, 0, text};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	load->error(load->ctx, &error);
	load->result = -EINVAL;
}

/* The mobile node of this home address in the file; NULL: there is none. */
static const struct config_mobile_node *block_of(
	const struct config *config, const struct mobile_host *host)
{
	for (unsigned int i = 0; i < config->mobile_nodes_count; i++)
		if (IN6_ARE_ADDR_EQUAL(
			    config_home_address(config, i), mobile_host_home_address(host)))
			return &config->mobile_nodes[i];
	return NULL;
}

static void check_links(
	struct load *load, struct mobile_host *host, const struct config_mobile_node *block)
{
	for (unsigned int i = 0; i < block->links_count; i++) {
		const struct config_link *link = &block->links[i];
		const struct mobile_link *running = mobile_links_named(host, link->name);

		if (!running || running->config->bid != link->bid)
			complain(load, "link %s: the running daemon %s: restart it to change links",
				link->name, running ? "has another bid for it" : "has none");
	}
}

static void check(struct load *load, struct mobile_hosts *hosts, const struct config *config)
{
	for (unsigned int i = 0; i < hosts->count; i++) {
		const struct config_mobile_node *block = block_of(config, &hosts->at[i]);

		if (block)
			check_links(load, &hosts->at[i], block);
		else
			complain(load,
				"no mobile_node block for mobile node %u of the running "
				"daemon",
				i + 1);
	}
}

static void change(struct load *load, struct mobile_hosts *hosts, const struct config *config,
	struct policy_change *ret)
{
	for (unsigned int i = 0; i < hosts->count; i++) {
		const struct config_mobile_node *block = block_of(config, &hosts->at[i]);
		struct policy_change one;
		const char *refused;
		int error = policy_change(
			&hosts->at[i], block->flows, block->flows_count, &one, &refused);

		if (error < 0)
			complain(load, "flow %s is refused, the others are set: %s", refused,
				strerror(-error));
		ret->set += one.set;
		ret->removed += one.removed;
		ret->kept += one.kept;
	}
}

int policy_load(struct mobile_hosts *hosts, const char *file,
	void (*error)(void *ctx, const struct config_error *), void *ctx, struct policy_change *ret)
{
	struct load load = {file, error, ctx, 0};
	struct config *config;
	int result = config_read(file, error, ctx, &config);

	if (result < 0)
		return result;
	*ret = (struct policy_change){.set = 0};
	config_forget_keys(config);
	check(&load, hosts, config);
	if (load.result == 0)
		change(&load, hosts, config, ret);
	if (load.result == 0)
		log_info("policy of %s: %u rules set, %u removed, %u kept", file, ret->set,
			ret->removed, ret->kept);
	config_free(config);
	return load.result;
}
