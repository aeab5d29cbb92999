/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of `monami why`: udp peer 2001:db8:c::1 5060 own 16384 */
#ifndef MONAMI_CLI_FLOW_WORDS_H
#define MONAMI_CLI_FLOW_WORDS_H

#include <jansson.h>

/* The request that these words are, up to the first NULL. NULL: they are none; `ret_wrong` is the
 * reason, and stays until the next call. */
json_t *flow_words(char **words, const char **ret_wrong);

#endif
