/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyword `interfaces`, which a home agent and a correspondent have. */
#include "config_reader.h"

#include <stdio.h>
#include <string.h>

bool config_set_interfaces(const char *value, struct why *why)
{
	struct config *config = config_reader.config;
	unsigned int room = sizeof(config->interfaces) / sizeof(config->interfaces[0]);
	char name[IFNAMSIZ];
	unsigned int i;

	if (!value_interface(value, name, sizeof(name), why))
		return false;
	for (i = 0; i < config->interfaces_count; i++) {
		if (strcmp(config->interfaces[i], name) == 0) {
			snprintf(why->text, sizeof(why->text), "%s stands there twice", name);
			return false;
		}
	}
	if (config->interfaces_count == room) {
		snprintf(why->text, sizeof(why->text), "more than %u", room);
		return false;
	}
	memcpy(config->interfaces[config->interfaces_count++], name, sizeof(name));
	return true;
}
