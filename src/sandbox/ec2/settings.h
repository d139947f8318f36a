/* SPDX-License-Identifier: Apache-2.0 */
/* What the account's own settings mean for a launch. */
#ifndef SANDBOX_EC2_SETTINGS_H
#define SANDBOX_EC2_SETTINGS_H

#include "sandbox/ec2/ami.h"
#include "sandbox/ec2/ec2.h"

/* By the Allowed AMIs rule: one that is hidden is as if it were not there. */
enum sec2_image_rule { SEC2_IMAGE_ALLOWED, SEC2_IMAGE_AUDITED, SEC2_IMAGE_HIDDEN };
enum sec2_image_rule sec2_image_rule(const struct sec2 *c, const struct ami *ami);

/* A launch that asks for what the account's enforcement forbids: failed then. */
NODISCARD bool sec2_metadata_is_refused(struct sec2 *c);
/* A text of the setting "instance_metadata" (NULL: not set); borrowed. */
const char *sec2_metadata_default(const json_t *settings, const char *member,
				  const char *otherwise);

bool sec2_ebs_is_encrypted(const struct sec2 *c);
/* The key that new volumes are encrypted with is not enabled: instances do not come up. */
bool sec2_ebs_key_fails(const struct sec2 *c);

#endif
