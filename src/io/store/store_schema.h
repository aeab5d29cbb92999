/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of the store, and the views that show them as text (ADR 50). PRAGMA user_version is
 * the schema's version.
 */
#ifndef MONAMI_IO_STORE_SCHEMA_H
#define MONAMI_IO_STORE_SCHEMA_H

#include "store_file.h"

#define STORE_VERSION 4
/* It has no table `flows`. */
#define STORE_VERSION_NO_FLOWS 3
/* Its bindings have no lifetime and another layout (store_migration.h). */
#define STORE_VERSION_TUNNELS 2
/* It has no table `total` either. */
#define STORE_VERSION_NO_TOTAL 1

/* The schema's version, 0: the file is empty. -EUCLEAN: not a store of a known version; -errno. */
int store_schema_identify(struct store_file *);
/* Both inside a transaction; 0 or -errno. */
int store_schema_create(struct store_file *);
/* Creates the views of this version. */
int store_schema_views(struct store_file *);

/* Of an older schema: its only table, and the one that version 1 lacks. */
#define STORE_TABLE_TUNNELS                                                                        \
	"CREATE TABLE node (home_address BLOB PRIMARY KEY, sequence INTEGER NOT NULL,"             \
	" replay_accepted INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,"         \
	" boot INTEGER NOT NULL, bindings BLOB NOT NULL, checksum INTEGER NOT NULL)"               \
	" WITHOUT ROWID, STRICT"
/* One row: struct store_total, and its checksum. */
#define STORE_TABLE_TOTAL                                                                          \
	"CREATE TABLE total (commits INTEGER NOT NULL, rows INTEGER NOT NULL,"                     \
	" sum INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT"
/* One row for each home address (store_row.h). */
#define STORE_TABLE_RECORDS                                                                        \
	"CREATE TABLE records (home_address BLOB PRIMARY KEY, home_agent BLOB NOT NULL,"           \
	" subject INTEGER NOT NULL, sequence INTEGER NOT NULL, timestamp INTEGER NOT NULL,"        \
	" mono INTEGER NOT NULL, wall INTEGER NOT NULL, boot INTEGER NOT NULL,"                    \
	" bindings BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID, STRICT"

/* One row for each flow binding (store_flows.h). */
#define STORE_TABLE_FLOWS                                                                          \
	"CREATE TABLE flows (home_address BLOB, fid INTEGER, priority INTEGER NOT NULL,"           \
	" bids TEXT NOT NULL, format INTEGER NOT NULL,"                                            \
	" source BLOB, source_last BLOB, destination BLOB, destination_last BLOB,"                 \
	" spi INTEGER, spi_last INTEGER, flow_label INTEGER, flow_label_last INTEGER,"             \
	" source_port INTEGER, source_port_last INTEGER, destination_port INTEGER,"                \
	" destination_port_last INTEGER, traffic_class INTEGER, traffic_class_last INTEGER,"       \
	" protocol INTEGER, protocol_last INTEGER, checksum INTEGER NOT NULL,"                     \
	" PRIMARY KEY (home_address, fid)) WITHOUT ROWID, STRICT"

#define STORE_TEXT_OF(x) #x
#define STORE_TEXT(x) STORE_TEXT_OF(x)
#define STORE_SET_VERSION "PRAGMA user_version = " STORE_TEXT(STORE_VERSION)

#endif
