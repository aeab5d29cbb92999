/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load Balancing options (draft-montavont-mip6-mmi-02 7) in messages of the machines' targets. The
 * targets always read and write them; the core knows them in one variation only.
 */
#ifndef MONAMI_FUZZ_SHARES_H
#define MONAMI_FUZZ_SHARES_H

#include "input.h"

#include "../../src/wire/message.h"

#define SHARES_OPTION 18

const struct dialect *shares_dialect(void);
/* As many options as the input says, most of them about `care_of` and these identifiers. */
void shares_add(struct input *, struct message *, struct in6_addr (*care_of)(uint8_t octet));
/* What a core may send: none unless it `knows` them, and none without S and D. */
void shares_check(const struct message *, bool knows);

#endif
