/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KMS: the one key that the setting "ebs_encryption" names, as far as DescribeKey describes it.
 *   source  AWS KMS API Reference, DescribeKey
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/settings.h"

static const char *text_or(const json_t *doc, const char *member, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(doc, member));

	return text ? text : otherwise;
}

static void describe_key(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	const char *asked = text_or(req->json, "KeyId", "");
	json_t *doc = sbx_setting(sbx_store(sbx), "ebs_encryption");
	const char *key = text_or(doc, "key", ""), *state = text_or(doc, "key_state", "Enabled");
	const char *id = strrchr(key, '/') ? strrchr(key, '/') + 1 : key;
	json_t *answer;

	if (*asked && (text_eq(asked, key) || text_eq(asked, id))) {
		answer = json_pack("{s:{s:s, s:s, s:s, s:b, s:s, s:s}}", "KeyMetadata",
				   "AWSAccountId", SANDBOX_ACCOUNT, "KeyId", id, "Arn", key,
				   "Enabled", text_eq(state, "Enabled"), "KeyState", state,
				   "KeyManager", "CUSTOMER");
		autofree char *text = json_dumps(answer, JSON_COMPACT);

		(void)buf_adds(&rep->body, text);
		json_decref(answer);
	} else {
		sbx_fail(req, rep, 400, "NotFoundException", "Key '%s' does not exist", asked);
	}
	json_decref(doc);
}

const struct sbx_action sbx_kms_actions[] = {
	{ "kms", "DescribeKey", describe_key, false },
	{ 0 },
};
