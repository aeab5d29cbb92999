/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memberships in multicast and anycast groups. They belong to sockets, and end with these. The
 * kernel limits the memberships of one socket, so several sockets are used. When no socket can
 * join, the interface receives all multicast.
 */
#include "host_internal.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Its default ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->count = 0)
#include <uthash.h>

#define NO_SOCKET (-1)
/* The kernel walks the groups of an interface at each join: with so many, that takes 0.1 ms. With a
 * hundred thousand, joining them takes minutes. */
#define MEMBERSHIPS_MAX 10000

struct group_key {
	struct in6_addr group;
	uint32_t ifindex;
};

/* Two home addresses may have the same solicited-node group (RFC 4291 2.7.1). */
struct membership {
	struct group_key key;
	unsigned int count; /* how often it was joined */
	int fd;             /* NO_SOCKET: all multicast is received */
	UT_hash_handle hh;
};

struct host_groups {
	struct membership *memberships;
	size_t sockets_count;
	int *sockets;
	int packet_fd; /* holds the memberships in all multicast */
	size_t all_count;
	uint32_t *all; /* the interfaces that receive it */
	int anycast_fd;
};

int host_groups_new(struct host_groups **ret)
{
	struct host_groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	groups->packet_fd = NO_SOCKET;
	groups->anycast_fd = NO_SOCKET;
	*ret = groups;
	return 0;
}

static void close_if_open(int fd)
{
	if (fd != NO_SOCKET)
		close(fd);
}

void host_groups_free(struct host_groups *groups)
{
	struct membership *membership, *next;

	if (!groups)
		return;
	HASH_ITER(hh, groups->memberships, membership, next)
	{
		HASH_DEL(groups->memberships, membership);
		free(membership);
	}
	for (size_t i = 0; i < groups->sockets_count; i++)
		close(groups->sockets[i]);
	free(groups->sockets);
	free(groups->all);
	close_if_open(groups->packet_fd);
	close_if_open(groups->anycast_fd);
	free(groups);
}

/* ---- sockets ---- */

/* For the membership only: it receives nothing. */
static int member_socket(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int change(int fd, int option, const struct group_key *key)
{
	const struct ipv6_mreq request = {
		.ipv6mr_multiaddr = key->group,
		.ipv6mr_interface = key->ifindex,
	};

	return setsockopt(fd, IPPROTO_IPV6, option, &request, sizeof(request)) < 0 ? -errno : 0;
}

static bool is_shortage(int error)
{
	switch (-error) {
	case ENOBUFS:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return true;
	default:
		return false;
	}
}

static int add_socket(struct host_groups *groups)
{
	int *sockets = realloc(groups->sockets, (groups->sockets_count + 1) * sizeof(*sockets));
	int fd;

	if (!sockets)
		return -ENOMEM;
	groups->sockets = sockets;
	fd = member_socket();
	if (fd >= 0)
		sockets[groups->sockets_count++] = fd;
	return fd;
}

/* Joins by the newest socket, or by a new one. The older sockets are full. */
static int join_by_socket(struct host_groups *groups, struct membership *membership)
{
	int result = -ENOBUFS, fd = NO_SOCKET;

	if (HASH_COUNT(groups->memberships) > MEMBERSHIPS_MAX)
		return -ENOBUFS;
	if (groups->sockets_count > 0) {
		fd = groups->sockets[groups->sockets_count - 1];
		result = change(fd, IPV6_JOIN_GROUP, &membership->key);
	}
	if (is_shortage(result)) {
		fd = add_socket(groups);
		result = fd < 0 ? fd : change(fd, IPV6_JOIN_GROUP, &membership->key);
	}
	if (result == 0)
		membership->fd = fd;
	return result;
}

/* ---- all multicast ---- */

static bool receives_all(const struct host_groups *groups, uint32_t ifindex)
{
	for (size_t i = 0; i < groups->all_count; i++)
		if (groups->all[i] == ifindex)
			return true;
	return false;
}

/* Opened early, so that it exists when no more sockets can be opened. Protocol 0: it receives
 * nothing. */
static int open_packet_socket(struct host_groups *groups)
{
	int fd;

	if (groups->packet_fd != NO_SOCKET)
		return 0;
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	groups->packet_fd = fd;
	return 0;
}

static int receive_all(struct host_groups *groups, uint32_t ifindex)
{
	const struct packet_mreq request = {
		.mr_ifindex = (int)ifindex,
		.mr_type = PACKET_MR_ALLMULTI,
	};
	uint32_t *all = realloc(groups->all, (groups->all_count + 1) * sizeof(*groups->all));

	if (!all)
		return -ENOMEM;
	groups->all = all;
	if (setsockopt(groups->packet_fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request,
		    sizeof(request)) < 0)
		return -errno;
	all[groups->all_count++] = ifindex;
	return HOST_ALL_MULTICAST;
}

/* ---- memberships ---- */

static struct membership *find_membership(
	const struct host_groups *groups, const struct group_key *key)
{
	struct membership *found;

	HASH_FIND(hh, groups->memberships, key, sizeof(*key), found);
	return found;
}

static struct membership *add(struct host_groups *groups, const struct group_key *key)
{
	struct membership *membership = calloc(1, sizeof(*membership));

	if (!membership)
		return NULL;
	membership->key = *key;
	membership->count = 1;
	membership->fd = NO_SOCKET;
	HASH_ADD(hh, groups->memberships, key, sizeof(membership->key), membership);
	if (membership->count == 0) {
		free(membership);
		return NULL;
	}
	return membership;
}

static void forget(struct host_groups *groups, struct membership *membership)
{
	HASH_DEL(groups->memberships, membership);
	free(membership);
}

static int join(struct host_groups *groups, struct membership *membership)
{
	uint32_t ifindex = membership->key.ifindex;
	int result;

	if (receives_all(groups, ifindex))
		return 0;
	result = open_packet_socket(groups);
	if (result < 0)
		return result;
	result = join_by_socket(groups, membership);
	return is_shortage(result) ? receive_all(groups, ifindex) : result;
}

int host_group_join(struct host *host, uint32_t ifindex, const struct in6_addr *group)
{
	const struct group_key key = {*group, ifindex};
	struct membership *membership = find_membership(host->groups, &key);
	int result;

	if (membership) {
		membership->count++;
		return 0;
	}
	membership = add(host->groups, &key);
	if (!membership)
		return -ENOMEM;
	result = join(host->groups, membership);
	if (result < 0)
		forget(host->groups, membership);
	return result;
}

int host_group_leave(struct host *host, uint32_t ifindex, const struct in6_addr *group)
{
	const struct group_key key = {*group, ifindex};
	struct membership *membership = find_membership(host->groups, &key);
	int result = 0;

	if (!membership)
		return 0;
	if (membership->count > 0 && --membership->count > 0)
		return 0;
	if (membership->fd != NO_SOCKET)
		result = change(membership->fd, IPV6_LEAVE_GROUP, &key);
	/* The kernel ends a membership with its interface. */
	if (result == -EADDRNOTAVAIL || result == -ENODEV)
		result = 0;
	/* Otherwise it is still a member, and a later call must find it. */
	if (result == 0)
		forget(host->groups, membership);
	return result;
}

static void leave_anycast(struct host_groups *groups)
{
	close_if_open(groups->anycast_fd);
	groups->anycast_fd = NO_SOCKET;
}

/* When an interface goes down the kernel takes the address from it, but not from the socket. So the
 * group is left first, by closing the socket, which cannot fail. */
int host_anycast_join(struct host *host, uint32_t ifindex, const struct in6_addr *address)
{
	struct host_groups *groups = host->groups;
	const struct ipv6_mreq request = {*address, ifindex};

	leave_anycast(groups);
	int fd = member_socket();
	if (fd < 0)
		return fd;
	groups->anycast_fd = fd;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &request, sizeof(request)) < 0) {
		int result = -errno;

		leave_anycast(groups);
		return result;
	}
	return 0;
}
