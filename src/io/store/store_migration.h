/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Migrates from older schemas (store_schema.h), whose rows are copies of the data plane's tunnels.
 * They have no granted lifetime; it becomes the lifetime that was left when the row was written.
 */
#ifndef MONAMI_IO_STORE_MIGRATION_H
#define MONAMI_IO_STORE_MIGRATION_H

#include "store_file.h"

/*
 * Inside a transaction, before store_rows_prepare(): creates the present tables, and removes the
 * old one. Call store_check_missing() before. 0 or -errno.
 */
int store_migrate(struct store_file *, int version);
/* The same of version 3, whose records are those of today: creates the table of flow bindings. */
int store_migrate_flows(struct store_file *);

#endif
