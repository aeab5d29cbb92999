/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rule a flow follows, by which link its packets leave, and why (`monami why`). */
#ifndef MONAMI_DAEMON_FLOW_EXPLANATION_H
#define MONAMI_DAEMON_FLOW_EXPLANATION_H

#include "control/show.h"

struct daemon;

/* -ESRCH: the host's own routes choose the home address of a new flow; -ENODEV: there is no such
 * interface; else -errno of the data plane. `ret` borrows names from the configuration. */
int flow_explain(struct daemon *, const struct flow_question *, struct flow_answer *ret);

#endif
