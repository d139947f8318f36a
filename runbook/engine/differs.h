/* SPDX-License-Identifier: Apache-2.0 */
/* What a verify found that is not as it should be, and what that comes to. */
#ifndef RUNBOOK_ENGINE_DIFFERS_H
#define RUNBOOK_ENGINE_DIFFERS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/engine/engine_int.h"

/* "step 1-1 does not hold", with what is missing or the first claim that does not agree. */
NODISCARD RETURNS_NONNULL struct rb_error *differs_error(const struct slot *s, enum rb_kind kind);
/* An event for each claim that does not agree. */
void differs_tell(struct engine *e, const struct slot *s);
/* The same once it is seen twice: a person may be at it. */
void differs_tell_twice(struct engine *e, struct slot *s);
/*
 * Do was just called.  What is not there, or is in a state that no setting puts it in, AWS could
 * not make: its reason is reported, and do replaces it.  A setting that differs again is
 * somebody's.  A literal, to be translated.
 */
const char *differs_hint(const struct slot *s);
/*
 * The run was given another time to live since the step was last seen: that its tags say the old
 * one is no drift.  What else differs is.
 */
bool differs_by_life(const struct engine *e, const struct slot *s);

#endif
