/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be asked of a configuration that has been read, and its end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

size_t config_replayable(const struct config *config)
{
	size_t count = 0;

	if (config->store.text[0] != '\0')
		return 0;
	for (size_t i = 0; i < config->nodes_count; i++)
		count += config->nodes[i].auth.mode == AUTH_MODE_MN_HA &&
			 !config->nodes[i].auth.replay;
	return count;
}

const struct in6_addr *config_home_agent(const struct config *config, unsigned int index)
{
	return &config->core.mobile_nodes[index].home_agent;
}

const struct in6_addr *config_home_address(const struct config *config, unsigned int index)
{
	return &config->core.mobile_nodes[index].home_address;
}

bool config_optimizes(const struct config *config)
{
	for (unsigned int i = 0; i < config->mobile_nodes_count; i++)
		if (config->mobile_nodes[i].thresholds_count > 0)
			return true;
	return false;
}

bool config_leads_through(const struct config *config)
{
	for (unsigned int n = 0; n < config->mobile_nodes_count; n++)
		for (unsigned int i = 0; i < config->mobile_nodes[n].links_count; i++)
			if (config->mobile_nodes[n].links[i].through[0] != '\0')
				return true;
	return false;
}

bool config_is_home_address(const struct config *config, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < config->mobile_nodes_count; i++)
		if (IN6_ARE_ADDR_EQUAL(address, config_home_address(config, i)))
			return true;
	return false;
}

static void forget_key(struct auth *auth)
{
	explicit_bzero(auth->key, sizeof(auth->key));
	auth->key_length = 0;
}

void config_forget_keys(struct config *config)
{
	for (size_t i = 0; i < config->nodes_count; i++)
		forget_key(&config->nodes[i].auth);
	for (unsigned int i = 0; i < config->core.mobile_nodes_count; i++)
		forget_key(&config->core.mobile_nodes[i].auth);
}

void config_free(struct config *config)
{
	if (config->nodes)
		explicit_bzero(config->nodes, config->nodes_count * sizeof(*config->nodes));
	free(config->nodes);
	explicit_bzero(config, sizeof(*config));
	free(config);
}
