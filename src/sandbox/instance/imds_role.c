/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of an instance's role.  They are kept while they are good, as on AWS,
 * where every reader of an instance sees the same ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/store.h"
#include "sandbox/iam/sts.h"
#include "sandbox/instance/imds_inner.h"

#define ROLE_S (6 * 3600)
#define RENEW_MS (15 * 60 * 1000) /* new ones are there that long before the old ones end */

/* The cached ones, or new ones; NULL when there is no role.  New reference. */
static json_t *role_credentials(struct sbx_path *p, const struct facts *f)
{
	struct store *st = sbx_store(p->sbx);
	auto_sts_session cred = { 0 };
	auto_error struct rb_error *err = NULL;
	char until[CLOCK_ISO_SIZE], updated[CLOCK_ISO_SIZE];
	json_t *doc;
	int64_t now;

	if (!f->role[0])
		return NULL;
	sbx_lock(p->sbx);
	now = sbx_now_ms(p->sbx);
	doc = json_incref(json_object_get(p->credentials, f->id));
	if (doc && (!text_eq(json_string_value(json_object_get(doc, "role")), f->role) ||
		    json_integer_value(json_object_get(doc, "expires_ms")) < now + RENEW_MS)) {
		json_decref(doc);
		doc = NULL;
	}
	if (!doc) {
		store_begin(st);
		if (sts_role_credentials(p->sbx, f->role, f->id, ROLE_S, now, &cred)) {
			clock_iso8601(cred.expires_ms / 1000, until);
			clock_iso8601(now / 1000, updated);
			doc = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "role", f->role,
					"expires_ms", (json_int_t)cred.expires_ms, "id",
					cred.access_key_id, "secret", cred.secret_key, "token",
					cred.token, "expiration", until, "updated", updated);
			json_object_set(p->credentials, f->id, doc);
		}
		err = store_commit(st);
		if (err) {
			json_object_del(p->credentials, f->id);
			json_decref(doc);
			doc = NULL;
		}
	}
	sbx_unlock(p->sbx);
	return doc;
}

static json_t *member(const json_t *doc, const char *name)
{
	return json_object_get(doc, name);
}

void imds_give_role(const struct imds_ask *a, const char *name)
{
	json_t *cred = strcmp(name, a->f->role) == 0 ? role_credentials(a->p, a->f) : NULL;

	if (!cred) {
		imds_not_found(a);
		return;
	}
	imds_answer_json(a, json_pack("{s:s, s:O, s:s, s:O, s:O, s:O, s:O}", "Code", "Success",
				      "LastUpdated", member(cred, "updated"), "Type", "AWS-HMAC",
				      "AccessKeyId", member(cred, "id"), "SecretAccessKey",
				      member(cred, "secret"), "Token", member(cred, "token"),
				      "Expiration", member(cred, "expiration")));
	json_decref(cred);
}

void imds_credentials(struct sbx_path *p, struct io *io, const char *instance_id)
{
	struct facts facts = { 0 };
	struct imds_ask a = { p, io, &facts };
	json_t *cred = NULL;

	if (facts_of(p->sbx, instance_id, &facts) && facts.metadata)
		cred = role_credentials(p, &facts);
	if (cred)
		imds_answer_json(&a,
				 json_pack("{s:O, s:O, s:O, s:O}", "AccessKeyId",
					   member(cred, "id"), "SecretAccessKey",
					   member(cred, "secret"), "Token", member(cred, "token"),
					   "Expiration", member(cred, "expiration")));
	else
		imds_not_found(&a);
	json_decref(cred);
	facts_clear(&facts);
}
