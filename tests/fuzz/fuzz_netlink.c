/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel says on its netlink sockets, as notifications and as answers to what the daemon
 * asks: links, addresses, routes and rules, made of the octets, in good form or in bad. Everything
 * above the sockets is the daemon's own: pictures of links, comparison with what it has set up.
 */
#include "fuzz.h"
#include "input.h"

#include "../../src/io/host/device.h"
#include "../../src/io/host/host.h"
#include "../../src/io/host/host_settings.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#define DEVICE 9
#define ROUNDS_MAX 8
#define PORT 4711

/* ---- the sockets: notifications and requests ---- */

struct mnl_socket {
	bool asks;
	uint32_t sequence;
	uint16_t type; /* of the last request */
	bool unanswered;
};

#define FD_OFFSET 100000 /* no descriptor of the process */
#define SOCKETS_MAX 4

static struct input input;
static struct mnl_socket sockets[SOCKETS_MAX];
static bool socket_used[SOCKETS_MAX];

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
int __wrap_mnl_socket_bind(struct mnl_socket *, unsigned int groups, pid_t port);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *, int type, void *, socklen_t);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *, const void *, size_t);
int __wrap_mnl_socket_close(struct mnl_socket *);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
char *__wrap_if_indextoname(unsigned int ifindex, char *name);
int __wrap_host_settings_read(const char *name, struct host_settings *ret);

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	for (int i = 0; i < SOCKETS_MAX; i++) {
		if (socket_used[i])
			continue;
		socket_used[i] = true;
		sockets[i] = (struct mnl_socket){.asks = false};
		return &sockets[i];
	}
	abort();
}

int __wrap_mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t port)
{
	(void)socket;
	(void)groups;
	(void)port;
	return 0;
}

int __wrap_mnl_socket_setsockopt(
	const struct mnl_socket *socket, int type, void *value, socklen_t length)
{
	(void)socket;
	(void)type;
	(void)value;
	(void)length;
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)length;
	return 0;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	return FD_OFFSET + (int)(socket - sockets);
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return PORT;
}

int __wrap_mnl_socket_close(struct mnl_socket *socket)
{
	REQUIRE(socket_used[socket - sockets]);
	socket_used[socket - sockets] = false;
	return 0;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *octets, size_t length)
{
	struct mnl_socket *place = &sockets[socket - sockets];
	const struct nlmsghdr *request = octets;

	REQUIRE(mnl_nlmsg_ok(request, (int)length));
	place->asks = request->nlmsg_type != NLMSG_NOOP;
	place->sequence = request->nlmsg_seq;
	place->type = request->nlmsg_type;
	place->unanswered = true;
	return (ssize_t)length;
}

char *__wrap_if_indextoname(unsigned int ifindex, char *name)
{
	(void)ifindex;
	return strcpy(name, "monami0");
}

int __wrap_host_settings_read(const char *name, struct host_settings *ret)
{
	(void)name;
	(void)ret;
	return -ENOENT;
}

/* ---- what the kernel says ---- */

static bool is_question(uint16_t type)
{
	return (type & 3) == 2; /* RTM_GET* */
}

static size_t header_octets(uint16_t type)
{
	switch (type & ~3) {
	case RTM_NEWLINK & ~3:
		return sizeof(struct ifinfomsg);
	case RTM_NEWADDR & ~3:
		return sizeof(struct ifaddrmsg);
	default:
		return sizeof(struct rtmsg);
	}
}

static void put_octets(struct nlmsghdr *message, size_t length)
{
	uint8_t *to = (uint8_t *)message + message->nlmsg_len;

	for (size_t i = 0; i < length; i++)
		to[i] = take(&input);
	message->nlmsg_len += (uint32_t)length;
}

/* Each with the length that it says, or another. */
static void put_attributes(struct nlmsghdr *message, unsigned int count, unsigned int depth)
{
	for (; count > 0; count--) {
		uint8_t type = take(&input), length = take(&input);
		struct nlattr *attribute = (void *)((uint8_t *)message + message->nlmsg_len);
		uint32_t begin = message->nlmsg_len;

		message->nlmsg_len += (uint32_t)sizeof(*attribute);
		if (type & 0x80 && depth < 3)
			put_attributes(message, length & 3, depth + 1);
		else
			put_octets(message, length & 31);
		attribute->nla_type = type & 0x7f;
		attribute->nla_len = (uint16_t)(message->nlmsg_len - begin);
		if (length & 0x40)
			attribute->nla_len = (uint16_t)(attribute->nla_len + (length >> 4) - 8);
		message->nlmsg_len = (message->nlmsg_len + 3) & ~3u;
	}
}

static void put_header(struct nlmsghdr *message, const struct mnl_socket *socket, uint16_t type)
{
	*message = (struct nlmsghdr){
		.nlmsg_len = sizeof(*message),
		.nlmsg_type = type,
		.nlmsg_seq = socket->sequence,
	};
}

static void put_end(struct nlmsghdr *message, struct mnl_socket *socket, int result)
{
	put_header(message, socket, result == 0 ? NLMSG_DONE : NLMSG_ERROR);
	memcpy(mnl_nlmsg_get_payload(message), &result, sizeof(result));
	message->nlmsg_len += (uint32_t)sizeof(result);
	socket->unanswered = false;
}

/* One message; what it is about is mostly what was asked for. */
static void put_message(struct nlmsghdr *message, struct mnl_socket *socket, uint8_t kind)
{
	uint16_t type = (uint16_t)(socket->type & ~3);

	if (kind & 0x80 || !socket->asks)
		type = (uint16_t)(RTM_BASE + 4 * (take(&input) % 24) + (kind >> 3 & 1));
	put_header(message, socket, type);
	if (kind & 0x40)
		message->nlmsg_flags = take(&input);
	if (kind & 0x20)
		message->nlmsg_seq += kind;
	put_octets(message, header_octets(type));
	if (kind & 0x10)
		put_octets(message, take(&input));
	else
		put_attributes(message, kind & 7, 0);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *space, int flags)
{
	struct mnl_socket *socket = &sockets[fd - FD_OFFSET];
	struct nlmsghdr *message = space->msg_iov[0].iov_base;
	struct sockaddr_nl *from = space->msg_name;

	REQUIRE(fd >= FD_OFFSET && fd < FD_OFFSET + SOCKETS_MAX);
	*from = (struct sockaddr_nl){.nl_family = AF_NETLINK};
	space->msg_flags = 0;
	if (socket->asks && socket->unanswered && !is_question(socket->type)) {
		put_end(message, socket, 0);
		return (ssize_t)message->nlmsg_len;
	}
	if (input.left == 0 && socket->asks && socket->unanswered) {
		put_end(message, socket, 0);
		return (ssize_t)message->nlmsg_len;
	}
	uint8_t kind = take(&input);
	if (input.left == 0 || kind == 0) {
		errno = flags & MSG_DONTWAIT ? EAGAIN : EWOULDBLOCK;
		socket->unanswered = false;
		return -1;
	}
	if (kind == 1 && socket->asks)
		put_end(message, socket, -(take(&input) & 0x7f));
	else if (kind == 2)
		from->nl_pid = 1; /* not the kernel */
	else if (kind == 3)
		space->msg_flags = MSG_TRUNC;
	else
		put_message(message, socket, kind);
	return kind == 2 || kind == 3 ? (ssize_t)sizeof(*message) : (ssize_t)message->nlmsg_len;
}

/* ---- what must hold ---- */

static void changed(void *ctx, const struct host_interface *picture)
{
	(void)ctx;
	REQUIRE(strcmp(picture->name, "eth0") == 0 || strcmp(picture->name, "wlan0") == 0);
	REQUIRE(picture->addresses_count <= HOST_ADDRESSES_MAX);
	REQUIRE(picture->default_routers_count <= HOST_ROUTERS_MAX);
	REQUIRE(!picture->up || picture->enabled);
	for (unsigned int i = 0; i < HOST_TARGETS_MAX; i++)
		REQUIRE(!picture->next_hops[i].exists || picture->up);
}

static void told(void *ctx, const char *what, const struct put_back *object)
{
	(void)ctx;
	(void)object;
	REQUIRE(strlen(what) > 0 && strlen(what) < 512);
}

static void look_at_rules(const struct host *host)
{
	const struct host_foreign_rule *rules;
	size_t count = host_foreign_rules(host, &rules);

	for (size_t i = 0; i < count; i++)
		REQUIRE(rules[i].priority <= rules[i].our_priority);
}

static void look_at_device(void)
{
	struct device_look look;

	if (device_look("monami0", &look) == 0)
		REQUIRE(memchr(look.kind, '\0', sizeof(look.kind)));
}

static struct host *start(void)
{
	const struct in6_addr target = address(1, 1), home = address(1, 16);
	const struct host_route route = {.prefix = home,
		.prefix_length = 128,
		.ifindex = DEVICE,
		.metric = 1,
		.table = RT_TABLE_MAIN};
	struct host *host;

	REQUIRE(host_new(changed, NULL, &host) == 0);
	REQUIRE(host_target_set(host, 0, &target) == 0 && host_target_set(host, 1, &home) == 0);
	REQUIRE(host_watch(host, "eth0") == 0 && host_watch(host, "wlan0") == 0);
	host_device_set(host, DEVICE);
	REQUIRE(host_mtu_set(host, DEVICE, 1460) == 0);
	REQUIRE(host_address_set(host, DEVICE, &home, 128) == 0);
	REQUIRE(host_route_set(host, &route) == 0);
	REQUIRE(host_rule_set(host, &(const struct host_rule){.source = home,
					    .source_length = 128,
					    .table = 1000,
					    .priority = 500}) == 0);
	host_rule_first(host, &home);
	return host;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	input = (struct input){octets, length};
	struct host *host = start();
	uint64_t now = UINT64_C(1000000000000), again = UINT64_MAX;

	for (unsigned int i = 0; i < ROUNDS_MAX && input.left > 0; i++) {
		uint8_t what = take(&input);

		if (what & 1)
			host_resynchronize(host);
		if (what & 2)
			(void)host_reconcile(host, now, told, NULL, &again);
		if (what & 4)
			look_at_device();
		(void)host_read(host);
		(void)host_hinted(host);
		host_each_intended(host, true, told, NULL);
		look_at_rules(host);
		now += UINT64_C(10000000000);
	}
	host_free(host);
	for (int i = 0; i < SOCKETS_MAX; i++)
		REQUIRE(!socket_used[i]);
	return 0;
}
