/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_refusal.h"

#include "../../wire/packet.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CHAIN "input"
#define BATCH_OCTETS 16384
#define ANSWER_OCTETS 8192
#define ADMINISTRATIVELY_PROHIBITED 1

/* One transaction. */
struct batch {
	uint32_t sequence;
	size_t used;
	struct nlmsghdr *last;
	_Alignas(struct nlmsghdr) uint8_t octets[BATCH_OCTETS];
};

static struct nlmsghdr *put_message(
	struct batch *batch, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(batch->octets + batch->used);
	struct nfgenmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = ++batch->sequence;
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	header->res_id = htons(resource);
	return message;
}

static void end_message(struct batch *batch, struct nlmsghdr *message)
{
	batch->used += message->nlmsg_len;
	batch->last = message;
	assert(batch->used <= sizeof(batch->octets));
}

static void put_limit(struct batch *batch, uint16_t type)
{
	batch->used += put_message(batch, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES)->nlmsg_len;
}

static struct nlmsghdr *begin(struct batch *batch, uint16_t type, uint16_t flags)
{
	return put_message(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
		(uint16_t)(flags | NLM_F_ACK), NFPROTO_IPV6, 0);
}

static void put_table(struct batch *batch, uint16_t type, const char *table)
{
	struct nlmsghdr *message = begin(batch, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, table);
	end_message(batch, message);
}

static void put_number(struct nlmsghdr *message, uint16_t type, uint32_t number)
{
	mnl_attr_put_u32(message, type, htonl(number));
}

static void put_chain(struct batch *batch, const char *table)
{
	struct nlmsghdr *message = begin(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, CHAIN);
	struct nlattr *hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
	put_number(message, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
	put_number(message, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_nest_end(message, hook);
	mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
	end_message(batch, message);
}

/* ---- rules ---- */

struct expression {
	struct nlmsghdr *message;
	struct nlattr *element, *data;
};

static struct expression begin_expression(struct nlmsghdr *message, const char *name)
{
	struct expression expression = {message, NULL, NULL};

	expression.element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	expression.data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return expression;
}

static void end_expression(const struct expression *expression)
{
	mnl_attr_nest_end(expression->message, expression->data);
	mnl_attr_nest_end(expression->message, expression->element);
}

static void put_value(struct nlmsghdr *message, uint16_t type, const void *value, size_t size)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, size, value);
	mnl_attr_nest_end(message, nest);
}

static void put_compare(
	struct nlmsghdr *message, enum nft_cmp_ops how, const void *value, size_t size)
{
	const struct expression compare = begin_expression(message, "cmp");

	put_number(message, NFTA_CMP_SREG, NFT_REG_1);
	put_number(message, NFTA_CMP_OP, how);
	put_value(message, NFTA_CMP_DATA, value, size);
	end_expression(&compare);
}

static void put_destination(struct nlmsghdr *message, const struct in6_addr *address)
{
	const struct expression load = begin_expression(message, "payload");

	put_number(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_number(message, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_number(message, NFTA_PAYLOAD_OFFSET, IPV6_DESTINATION_AT);
	put_number(message, NFTA_PAYLOAD_LEN, sizeof(*address));
	end_expression(&load);
	put_compare(message, NFT_CMP_EQ, address, sizeof(*address));
}

/* Makes the kernel track connections from the time when the rule is there. */
static void put_state(struct nlmsghdr *message)
{
	const struct expression state = begin_expression(message, "ct");

	put_number(message, NFTA_CT_DREG, NFT_REG_1);
	put_number(message, NFTA_CT_KEY, NFT_CT_STATE);
	end_expression(&state);
}

static void put_is_new(struct nlmsghdr *message)
{
	static const uint32_t mask = NF_CT_STATE_BIT(IP_CT_NEW), none = 0;

	put_state(message);
	const struct expression select = begin_expression(message, "bitwise");
	put_number(message, NFTA_BITWISE_SREG, NFT_REG_1);
	put_number(message, NFTA_BITWISE_DREG, NFT_REG_1);
	put_number(message, NFTA_BITWISE_LEN, sizeof(mask));
	put_value(message, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_value(message, NFTA_BITWISE_XOR, &none, sizeof(none));
	end_expression(&select);
	put_compare(message, NFT_CMP_NEQ, &none, sizeof(none));
}

static void put_reject(struct nlmsghdr *message)
{
	const struct expression reject = begin_expression(message, "reject");

	put_number(message, NFTA_REJECT_TYPE, NFT_REJECT_ICMP_UNREACH);
	mnl_attr_put_u8(message, NFTA_REJECT_ICMP_CODE, ADMINISTRATIVELY_PROHIBITED);
	end_expression(&reject);
}

/* NULL: only tracks. */
static void put_rule(struct batch *batch, const char *table, const struct in6_addr *address)
{
	struct nlmsghdr *message = begin(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, CHAIN);
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	if (address) {
		put_destination(message, address);
		put_is_new(message);
		put_reject(message);
	} else {
		put_state(message);
	}
	mnl_attr_nest_end(message, list);
	end_message(batch, message);
}

/* ---- transactions ---- */

/* The first error of the answers, which end with that to the message `last`. */
static int read_answers(const struct mnl_socket *socket, uint32_t last)
{
	_Alignas(struct nlmsghdr) uint8_t octets[ANSWER_OCTETS];
	int result = 0;
	bool ended = false;

	while (!ended) {
		ssize_t received = mnl_socket_recvfrom(socket, octets, sizeof(octets));
		int left = (int)received;

		if (received < 0)
			return -errno;
		for (const struct nlmsghdr *message = (const struct nlmsghdr *)octets;
			mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_type != NLMSG_ERROR)
				continue;
			const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
			if (error->error < 0 && result == 0)
				result = error->error;
			/* a batch that is refused as a whole is answered at its first message */
			ended = ended || message->nlmsg_seq == last || message->nlmsg_seq == 1;
		}
	}
	return result;
}

static int ask(const void *octets, size_t length, uint32_t last)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
	int result = 0;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_sendto(socket, octets, length) < 0)
		result = -errno;
	else
		result = read_answers(socket, last);
	mnl_socket_close(socket);
	return result;
}

static int commit(struct batch *batch)
{
	const uint32_t last = batch->last->nlmsg_seq;

	put_limit(batch, NFNL_MSG_BATCH_END);
	return ask(batch->octets, batch->used, last);
}

int flow_refusal_set(const char *table, const struct in6_addr *addresses, size_t count)
{
	struct batch batch = {.sequence = 0};

	assert(count <= FLOW_REFUSAL_MAX);
	put_limit(&batch, NFNL_MSG_BATCH_BEGIN);
	put_table(&batch, NFT_MSG_NEWTABLE, table); /* so that there is one to delete */
	put_table(&batch, NFT_MSG_DELTABLE, table);
	put_table(&batch, NFT_MSG_NEWTABLE, table);
	put_chain(&batch, table);
	put_rule(&batch, table, NULL);
	for (size_t i = 0; i < count; i++)
		put_rule(&batch, table, &addresses[i]);
	return commit(&batch);
}

int flow_refusal_remove(const char *table)
{
	struct batch batch = {.sequence = 0};

	put_limit(&batch, NFNL_MSG_BATCH_BEGIN);
	put_table(&batch, NFT_MSG_NEWTABLE, table);
	put_table(&batch, NFT_MSG_DELTABLE, table);
	return commit(&batch);
}

int flow_refusal_check(const char *table)
{
	struct batch batch = {.sequence = 0};

	put_table(&batch, NFT_MSG_GETTABLE, table);
	return ask(batch.octets, batch.used, batch.last->nlmsg_seq);
}
