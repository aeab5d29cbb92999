/* SPDX-License-Identifier: BSD-2-Clause */
/* effects.c: what the data plane is asked for each effect about subjects, tunnels and traffic. */
#include "../../../src/daemon/daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char asked[512]; /* a word for each call of the data plane */
static int refusal;

static int __attribute__((format(printf, 1, 2))) ask(const char *format, ...)
{
	size_t length = strlen(asked);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(asked + length, sizeof(asked) - length, format, arguments);
	va_end(arguments);
	return refusal;
}

int __wrap_dataplane_subject_set(struct dataplane *, const struct effect_subject *);
int __wrap_dataplane_subject_remove(struct dataplane *, uint32_t subject);
int __wrap_dataplane_subject(
	const struct dataplane *, uint32_t subject, struct effect_subject *ret);
int __wrap_dataplane_prefix_set(struct dataplane *, const struct effect_prefix *);
int __wrap_dataplane_prefix_remove(struct dataplane *, const struct effect_prefix *);
int __wrap_dataplane_traffic_set(struct dataplane *, const struct effect_traffic *);
int __wrap_dataplane_traffic_remove(struct dataplane *, uint32_t subject, uint16_t rule);
int __wrap_dataplane_tunnel_set(
	struct dataplane *, const struct effect_tunnel *, const struct in6_addr *next_hop);
int __wrap_dataplane_tunnel_remove(struct dataplane *, uint32_t subject, uint16_t tunnel);
int __wrap_dataplane_publish_rules(struct dataplane *);

int __wrap_dataplane_subject_set(struct dataplane *plane, const struct effect_subject *subject)
{
	(void)plane;
	return ask("subject+%u ", subject->subject);
}

int __wrap_dataplane_subject_remove(struct dataplane *plane, uint32_t subject)
{
	(void)plane;
	return ask("subject-%u ", subject);
}

int __wrap_dataplane_subject(
	const struct dataplane *plane, uint32_t subject, struct effect_subject *ret)
{
	(void)plane, (void)subject, (void)ret;
	return -ENOENT;
}

static int ask_prefix(const char *what, const struct effect_prefix *prefix)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &prefix->prefix, text, sizeof(text));
	return ask("prefix%s%u=%s/%u ", what, prefix->subject, text, prefix->length);
}

int __wrap_dataplane_prefix_set(struct dataplane *plane, const struct effect_prefix *prefix)
{
	(void)plane;
	return ask_prefix("+", prefix);
}

int __wrap_dataplane_prefix_remove(struct dataplane *plane, const struct effect_prefix *prefix)
{
	(void)plane;
	return ask_prefix("-", prefix);
}

int __wrap_dataplane_traffic_set(struct dataplane *plane, const struct effect_traffic *traffic)
{
	(void)plane;
	return ask("traffic+%u.%u ", traffic->subject, traffic->rule);
}

int __wrap_dataplane_traffic_remove(struct dataplane *plane, uint32_t subject, uint16_t rule)
{
	(void)plane;
	return ask("traffic-%u.%u ", subject, rule);
}

int __wrap_dataplane_tunnel_set(struct dataplane *plane, const struct effect_tunnel *tunnel,
	const struct in6_addr *next_hop)
{
	(void)plane, (void)next_hop;
	return ask("tunnel+%u.%u ", tunnel->subject, tunnel->tunnel);
}

int __wrap_dataplane_tunnel_remove(struct dataplane *plane, uint32_t subject, uint16_t tunnel)
{
	(void)plane;
	return ask("tunnel-%u.%u ", subject, tunnel);
}

int __wrap_dataplane_publish_rules(struct dataplane *plane)
{
	(void)plane;
	ask("rules ");
	return 0;
}

static void carry_out(struct daemon *daemon, const char *expected)
{
	asked[0] = '\0';
	effects_carry_out(daemon);
	assert_string_equal(asked, expected);
	assert_int_equal(daemon->outbox.count, 0);
}

/* The data plane is asked in the core's order. What it refuses does not stop the rest. */
static void test_traffic(void **state)
{
	static struct daemon daemon;
	struct outbox *outbox = &daemon.outbox;
	const struct in6_addr network = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
	const struct effect_prefix prefix = {.subject = 5, .prefix = network, .length = 48};

	(void)state;
	assert_int_equal(outbox_reserve(outbox, CALL_EFFECTS_MAX), 0);
	for (int refused = 0; refused <= 1; refused++) {
		refusal = refused ? -ENOENT : 0;
		outbox_add(outbox, EFFECT_SUBJECT_SET)->subject.subject = 5;
		outbox_add(outbox, EFFECT_PREFIX_SET)->prefix = prefix;
		outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel =
			(struct effect_tunnel){.subject = 5, .tunnel = 2};
		outbox_add(outbox, EFFECT_TRAFFIC_SET)->traffic =
			(struct effect_traffic){.subject = 5, .rule = 3};
		carry_out(&daemon,
			"subject+5 prefix+5=2001:db8::/48 tunnel+5.2 traffic+5.3 rules ");
		outbox_add(outbox, EFFECT_TRAFFIC_REMOVE)->traffic =
			(struct effect_traffic){.subject = 5, .rule = 3};
		outbox_add(outbox, EFFECT_PREFIX_REMOVE)->prefix = prefix;
		outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel =
			(struct effect_tunnel){.subject = 5, .tunnel = 2};
		outbox_add(outbox, EFFECT_SUBJECT_REMOVE)->subject.subject = 5;
		carry_out(&daemon,
			"traffic-5.3 prefix-5=2001:db8::/48 tunnel-5.2 subject-5 rules ");
	}
	outbox_fini(outbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traffic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
