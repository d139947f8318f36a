/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the account declares for itself, in all regions alike, as POST /_sandbox/account says.
 * Absent: as in an account where nobody has set anything.
 *
 * Kind "account-setting", region "", id its name:
 *   allowed_images      state managed_by criteria[{providers names max_age_days}]
 *   instance_metadata   http_tokens http_tokens_enforced http_endpoint hop_limit managed_by
 *   ebs_encryption      key key_state: new volumes are encrypted, with this key
 *   block_public_access mode managed_by
 *   vpc_encryption      mode managed_by
 *   s3_public_access    BlockPublicAcls IgnorePublicAcls BlockPublicPolicy RestrictPublicBuckets
 *   regions_off         names: the regions that are not opted in
 */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include "base/attr.h"
#include "sandbox/core/sbx.h"

#define SBX_SETTING "account-setting"

/* New reference; NULL: not set.  With the world's lock taken. */
json_t *sbx_setting(struct store *st, const char *name);
/* Is the text in the list that a setting has as a member? */
bool sbx_setting_lists(struct store *st, const char *name, const char *member, const char *text);

/* Take {"ebs_encryption": {...}}: what is there replaces all that were set; null takes them back.
 * Answers NULL, or what is wrong (caller frees). */
NODISCARD char *sbx_settings_check(const json_t *wanted);
void sbx_settings_set(struct sbx *sbx, const json_t *wanted);

#endif
