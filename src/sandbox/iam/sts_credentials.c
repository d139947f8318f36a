/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary credentials.
 *
 * A session's keys are things of the world like any other: they outlive the
 * sandbox's process, and the signature check finds them there.
 */
#include "sandbox/iam/sts.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"
#include "sandbox/iam/iam.h"
#include "sandbox/iam/policy.h"
#include "sandbox/iam/sts_call.h"

#define KEEP_EXPIRED_MS (3600 * 1000) /* long enough for ExpiredToken to be answered */

void sts_session_clear(struct sts_session *cred)
{
	if (cred->secret_key)
		OPENSSL_cleanse(cred->secret_key, strlen(cred->secret_key));
	free(cred->access_key_id);
	free(cred->secret_key);
	free(cred->token);
	free(cred->arn);
	free(cred->user_id);
	*cred = (struct sts_session){ 0 };
}

static char *random_base64(size_t n)
{
	unsigned char bytes[256];

	if (n > sizeof(bytes) || RAND_bytes(bytes, (int)n) != 1)
		abort();
	return text_base64(bytes, n);
}

static char *new_key_id(void)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char bytes[16];
	char id[21] = "ASIA";

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		id[4 + i] = alphabet[bytes[i] % 32];
	return xstrdup(id);
}

static void drop_expired(struct store *st, int64_t now_ms)
{
	json_t *all = store_list(st, SBX_CREDENTIAL, "");
	size_t i;
	json_t *cred;

	json_array_foreach(all, i, cred) {
		int64_t expires_ms = json_integer_value(json_object_get(cred, "expires_ms"));

		if (expires_ms && expires_ms + KEEP_EXPIRED_MS < now_ms) /* a user's never do */
			store_delete(st, SBX_CREDENTIAL, "",
				     json_string_value(json_object_get(cred, "id")));
	}
	json_decref(all);
}

/* As long as AWS's may be, and of what a URL writes as three bytes each: whoever has room for 1 KiB
 * only, or for a presigned URL of 4, is to find out here. */
enum { TOKEN_BYTES = 4096 };

/* Fill in the rest of `ret`, whose arn and user_id say for whom; role and policy may be NULL. */
void sts_issue(struct sbx *sbx, const char *role, const char *policy, int64_t duration_s,
	       int64_t now_ms, struct sts_session *ret)
{
	autofree char *tail = random_base64(192);
	char filler[TOKEN_BYTES - 16 - 256 + 1];
	json_t *doc;

	drop_expired(sbx_store(sbx), now_ms);
	ret->access_key_id = new_key_id();
	ret->secret_key = random_base64(30);
	for (size_t i = 0; i < sizeof(filler); i++)
		filler[i] = i % 2 ? '+' : '/';
	filler[sizeof(filler) - 1] = '\0';
	ret->token = xasprintf("IQoJb3JpZ2luX2Vj%s%s", tail, filler);
	ret->expires_ms = now_ms + duration_s * 1000;
	doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:I}", "id", ret->access_key_id,
			"secret", ret->secret_key, "token", ret->token, "arn", ret->arn, "user_id",
			ret->user_id, "role", role, "policy", policy, "expires_ms",
			(json_int_t)ret->expires_ms);
	store_put(sbx_store(sbx), SBX_CREDENTIAL, "", ret->access_key_id, doc, now_ms,
		  /* lag_ms= */ 0);
	json_decref(doc);
}

/* Issue for a session of `role`. */
void sts_issue_for_role(struct sbx *sbx, const json_t *role, const char *session,
			const char *policy, int64_t duration_s, int64_t now_ms,
			struct sts_session *ret)
{
	const char *name = json_string_value(json_object_get(role, "name"));
	const char *role_arn = json_string_value(json_object_get(role, "arn"));

	ret->arn = xasprintf("%.*s:sts::" SANDBOX_ACCOUNT ":assumed-role/%s/%s",
			     (int)(strstr(role_arn, ":iam::") - role_arn), role_arn, name, session);
	ret->user_id = xasprintf("%s:%s", json_string_value(json_object_get(role, "id")), session);
	sts_issue(sbx, name, policy, duration_s, now_ms, ret);
}

static bool names_ec2(const json_t *service)
{
	const json_t *item;
	size_t i;

	json_array_foreach(service, i, item) {
		if (names_ec2(item))
			return true;
	}
	return text_eq(json_string_value(service), "ec2.amazonaws.com") ||
	       text_eq(json_string_value(service), "ec2.amazonaws.com.cn");
}

/* EC2 takes a role on for an instance by the role's trust policy, as anybody does. */
static bool trusts_ec2(const json_t *role)
{
	const char *text = json_string_value(json_object_get(role, "trust"));
	json_t *doc = text ? json_loads(text, 0, NULL) : NULL;
	json_t *list = json_object_get(doc, "Statement");
	json_t *statement;
	bool trusts = false;
	size_t i;

	list = json_is_object(list) ? json_pack("[O]", list) : json_incref(list);
	json_array_foreach(list, i, statement) {
		bool allows =
			text_eq(json_string_value(json_object_get(statement, "Effect")), "Allow");

		trusts = trusts ||
			 (allows && names_ec2(json_object_get(
					    json_object_get(statement, "Principal"), "Service")));
	}
	json_decref(list);
	json_decref(doc);
	return trusts;
}

bool sts_role_credentials(struct sbx *sbx, const char *role_name, const char *session,
			  int64_t duration_s, int64_t now_ms, struct sts_session *ret)
{
	json_t *role = store_get(sbx_store(sbx), SBX_ROLE, "", role_name);

	bool may = trusts_ec2(role);

	if (may)
		sts_issue_for_role(sbx, role, session, NULL, duration_s, now_ms, ret);
	json_decref(role);
	return may;
}
