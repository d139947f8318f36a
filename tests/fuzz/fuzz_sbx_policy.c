/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a policy: checked as each kind, decided by, asked whether it is public. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sandbox/iam/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum policy_kind kinds[] = { POLICY_OF_BUCKET, POLICY_OF_TRUST,
						  POLICY_OF_IDENTITY };
	static const struct request_fact facts[] = {
		{ "aws:SourceVpce", "vpce-1" }, { "aws:SourceIp", "10.0.0.1" },
		{ "aws:username", "a*b" },	{ "aws:CurrentTime", "2026-11-23T00:00:00Z" },
		{ "s3:max-keys", "10" },	{ "aws:PrincipalArn", "arn:aws:iam::1:role/a" },
	};
	const struct policy_request ask = {
		.caller_arn = "arn:aws:sts::123456789012:assumed-role/a/b",
		.role_arn = "arn:aws:iam::123456789012:role/a",
		.action = "s3:PutObject",
		.resource = "arn:aws:s3:::b/k",
		.facts = facts,
		.n_facts = ARRAY_LEN(facts),
	};
	json_t *raw = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct policy_rules rules = { kinds[i], "b", NULL, NULL };
		json_t *policy = NULL;
		autofree char *why = policy_check((const char *)data, size, &rules, &policy);

		if ((why == NULL) != (policy != NULL))
			abort();
		json_decref(policy);
	}
	(void)policy_decide(raw, &ask);
	(void)policy_is_public(raw);
	json_decref(raw);
	return 0;
}
