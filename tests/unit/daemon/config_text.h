/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations as text: what the daemon reads, and its errors. */
#ifndef MONAMI_TESTS_CONFIG_TEXT_H
#define MONAMI_TESTS_CONFIG_TEXT_H

#include "../../../src/daemon/config/config.h"

#include <stddef.h>

/* Of the last text: "line: text\n" of each. */
extern char errors[1 << 16];
/* For config_read(): appends to `errors`. */
void collect_error(void *ctx, const struct config_error *);

/* The folder of the files; for cmocka, before and after a group. */
extern char directory[];
int make_directory(void **state);
int remove_directory(void **state);

/* A file of that folder; its path is valid until the next one. */
const char *write_file(const char *name, const char *text, size_t length);
/* config_read() of the text in test.conf. */
int read_text(const char *text, struct config **ret);
/* There are no errors. */
struct config *read_good(const char *text);
/* The errors, and nothing else, in this order. */
void expect_errors(const char *text, const char *expected);

#endif
