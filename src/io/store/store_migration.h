/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the schemas before (store_schema.h): their rows are copies of the data plane's tunnels. A
 * binding's granted lifetime is not among them; it becomes what was left when the row was written.
 */
#ifndef MONAMI_IO_STORE_MIGRATION_H
#define MONAMI_IO_STORE_MIGRATION_H

#include "store_file.h"

/*
 * Inside a transaction, before store_rows_prepare(): creates the tables of today, and removes the
 * old one. What is missing is found out first (store_check_missing()). 0 or -errno.
 */
int store_migrate(struct store_file *, int version);

#endif
