/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client tokens: the same call again is the first one's answer, another call
 * with its token is an error.  Kept with the world, so a retry after a crash of
 * either side finds what the first try made.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

#define KIND "client-token"
#define MAX_TOKEN 64

static char *key_of(const struct sec2 *c, const char *scope)
{
	return xasprintf("%s/%s/%s", c->req->action, scope, sec2_arg(c, "ClientToken"));
}

/* What must be the same in a replay: all arguments but the token itself. */
static void hash_of(const struct sec2 *c, char out[65])
{
	json_t *args = json_deep_copy(c->args);
	autofree char *text = NULL;

	json_object_del(args, "ClientToken");
	text = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(args);
	text_sha256_hex(text, strlen(text), out);
}

enum sec2_token sec2_token_check(struct sec2 *c, const char *scope, char **ret_id)
{
	const char *token = sec2_arg(c, "ClientToken");
	autofree char *key = NULL;
	enum sec2_token answer = EC2_TOKEN_NEW;
	char hash[65];
	json_t *doc;

	if (!token || !*token)
		return EC2_TOKEN_NEW;
	if (strlen(token) > MAX_TOKEN) {
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter clientToken is invalid. Client token must be "
			  "shorter than or equal to %d characters.",
			  token, MAX_TOKEN);
		return EC2_TOKEN_FAILED;
	}
	key = key_of(c, scope);
	doc = store_get(c->st, KIND, c->region, key);
	if (!doc)
		return EC2_TOKEN_NEW;
	hash_of(c, hash);
	if (!strcmp(sec2_str(doc, "hash"), hash)) {
		*ret_id = xstrdup(sec2_str(doc, "id"));
		answer = EC2_TOKEN_REPLAY;
	} else {
		sec2_fail(
			c, "IdempotentParameterMismatch",
			"Arguments on this idempotent request are inconsistent with arguments used "
			"in previous request(s).");
		answer = EC2_TOKEN_FAILED;
	}
	json_decref(doc);
	return answer;
}

void sec2_token_bind(struct sec2 *c, const char *scope, const char *id)
{
	const char *token = sec2_arg(c, "ClientToken");
	autofree char *key = NULL;
	char hash[65];
	json_t *doc;

	if (!token || !*token)
		return;
	key = key_of(c, scope);
	hash_of(c, hash);
	doc = json_pack("{s:s, s:s}", "hash", hash, "id", id);
	store_put(c->st, KIND, c->region, key, doc, c->now_ms, /* lag_ms= */ 0);
	json_decref(doc);
}

void sec2_reply_created(struct sec2 *c, const struct sec2_kind *kind, const char *element,
			const json_t *doc)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *tree = json_pack("{s:o}", element, kind->view(&context, doc));
	const char *token = sec2_arg(c, "ClientToken");

	if (token)
		json_object_set_new(tree, "clientToken", json_string(token));
	sec2_reply(c, tree);
}

bool sec2_token_settles(struct sec2 *c, const struct sec2_kind *kind, const char *element)
{
	autofree char *id = NULL;
	enum sec2_token token = sec2_token_check(c, "", &id);
	/* What was deleted since is made anew. */
	json_t *doc = token == EC2_TOKEN_REPLAY ? sec2_get(c, kind, id) : NULL;
	bool settled = token == EC2_TOKEN_FAILED || doc;

	if (doc)
		sec2_reply_created(c, kind, element, doc);
	json_decref(doc);
	return settled;
}
