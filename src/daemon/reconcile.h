/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts back objects that another program removes (ADR 28): the device, the programs on it and on
 * the links, its addresses, the routes and rules. Compares them with the kernel's as soon as the
 * kernel notifies of a change, and once a minute.
 */
#ifndef MONAMI_DAEMON_RECONCILE_H
#define MONAMI_DAEMON_RECONCILE_H

#include "../io/host/host.h"

struct daemon;
struct event;

#define RECONCILE_RULES_MAX 8

struct reconcile {
	struct comparison comparison;
	struct event *on_due;
	bool started;
	struct put_back device;
	struct put_back pins;
	struct put_back control;
	uint32_t put_back; /* how often, of all objects */
	/* foreign rules that the log has named */
	size_t named_count;
	struct host_foreign_rule named[RECONCILE_RULES_MAX];
};

int reconcile_start(struct daemon *);
void reconcile_stop(struct daemon *);
/* After host_read(). */
void reconcile_heard(struct daemon *);
/* The device's descriptor is dead. */
void reconcile_device_lost(struct daemon *);
/* "rule 100 (from all lookup 100) comes before ours (priority 10)" */
#define RECONCILE_TEXT_MAX 200
void reconcile_rule_text(const struct host_foreign_rule *, char ret[RECONCILE_TEXT_MAX]);
/* What is missing at present. */
void reconcile_each_missing(const struct daemon *, put_back_handler *each, void *ctx);

#endif
