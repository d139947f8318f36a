/* SPDX-License-Identifier: Apache-2.0 */
/* The image that 1-4 launches. */
#ifndef STEPS_COMMON_IMAGE_H
#define STEPS_COMMON_IMAGE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/*
 * The image of this run, recorded as output image_id: the one asked for, else the newest
 * Amazon Linux 2023.  "Newest" changes from week to week, so it is resolved once in a run.
 * Caller frees.
 */
NODISCARD struct rb_error *image_choose(struct step_ctx *ctx, char **ret_image_id);

/* For a run whose parameters are not known: *ret is true for a full Amazon Linux 2023 of Amazon's,
 * which is what a run has that names none.  One that nobody can look at any more is another. */
NODISCARD struct rb_error *image_is_of_default_kind(struct step_ctx *ctx, const char *image_id,
						    bool *ret);

/* Its root volume: the device ("/dev/xvda") and size, which an image fixes.  Caller frees. */
NODISCARD struct rb_error *image_root_volume(struct step_ctx *ctx, const char *image_id,
					     char **ret_device, int64_t *ret_gib);

#endif
