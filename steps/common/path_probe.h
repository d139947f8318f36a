/* SPDX-License-Identifier: Apache-2.0 */
/* Asks from inside the instance what the upload would meet: the name, TCP, TLS, a signed request.
 */
#ifndef STEPS_COMMON_PATH_PROBE_H
#define STEPS_COMMON_PATH_PROBE_H

#include "base/attr.h"
#include "runbook/contract/way.h"

/* probe of struct hop_way, of a plan that is a struct path_plan with a bucket.  Changes nothing:
 * what is signed is a read of the object. */
NODISCARD struct rb_error *path_probe(struct step_ctx *ctx, const struct hop_way *way,
				      struct probes *ret);

#endif
