/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of the table `flows`: one for each flow binding, with a column for each end of each
 * range of its selector (RFC 6088 3). They are not part of the total of the store (store_total.h):
 * a mobile node hears of a flow binding that is missing, and sends it again (RFC 6089 5.3.3).
 */
#ifndef MONAMI_IO_STORE_FLOWS_H
#define MONAMI_IO_STORE_FLOWS_H

#include "store_file.h"

#include "../../core/api/record.h"

#define STORE_FLOWS_COLUMNS                                                                        \
	"home_address, fid, priority, bids, format, source, source_last, destination,"             \
	" destination_last, spi, spi_last, flow_label, flow_label_last, source_port,"              \
	" source_port_last, destination_port, destination_port_last, traffic_class,"               \
	" traffic_class_last, protocol, protocol_last, checksum"
#define STORE_FLOWS_PUT                                                                            \
	("INSERT OR REPLACE INTO flows (" STORE_FLOWS_COLUMNS ")"                                  \
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
#define STORE_FLOWS_EACH ("SELECT " STORE_FLOWS_COLUMNS " FROM flows")

/* Inside a transaction; 0 or -errno. */
int store_flows_put(
	struct store_file *, const struct in6_addr *home_address, const struct flow_binding *);
int store_flows_remove(struct store_file *, const struct in6_addr *home_address, uint16_t fid);
int store_flows_clear(struct store_file *);
/* Skips rows that differ from those that were written. 0 or -errno. */
int store_flows_each(
	struct store_file *, void (*each)(void *ctx, const struct record_flow *), void *ctx);

#endif
