/* SPDX-License-Identifier: Apache-2.0 */
/* What tests and the curious ask the sandbox itself, without a signature: the paths of /_sandbox/.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/core/settings.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/store.h"
#include "sandbox/iam/principal.h"

static void answer_json(struct sbx_reply *rep, int status, json_t *tree)
{
	autofree char *text = json_dumps(tree, JSON_INDENT(1));

	json_decref(tree);
	rep->status = status;
	rep->content_type = "application/json";
	(void)buf_adds(&rep->body, text ? text : "null");
	(void)buf_addc(&rep->body, '\n');
}

static void answer_error(struct sbx_reply *rep, int status, const char *message)
{
	answer_json(rep, status, json_pack("{s:s}", "error", message));
}

/* ---- the world ---------------------------------------------------------- */

struct world {
	struct sbx *sbx;
	json_t *tree;
	int64_t now_ms;
};

static json_t *child(json_t *tree, const char *name, bool list)
{
	json_t *node = json_object_get(tree, name);

	if (!node) {
		node = list ? json_array() : json_object();
		json_object_set_new(tree, name, node);
	}
	return node;
}

/* Secrets, and what is no thing of AWS but our memory of a call. */
static bool is_ours_alone(const char *kind)
{
	return !strcmp(kind, "credential") || !strcmp(kind, "client-token") ||
	       !strcmp(kind, "mfa-device") || !strcmp(kind, "ssh-key") ||
	       !strcmp(kind, "bucket-gone") || !strcmp(kind, SBX_PRINCIPAL) ||
	       !strcmp(kind, SBX_GUARDRAIL) || !strcmp(kind, SBX_QUOTA) ||
	       !strcmp(kind, SBX_SETTING) || !strcmp(kind, SBX_INNER_KIND);
}

/* IAM's and S3's tags, shown as EC2's are. */
static json_t *tags_of(const json_t *doc)
{
	json_t *tags = json_object(), *tag;
	size_t i;

	json_array_foreach(json_object_get(doc, "tags"), i, tag) {
		const char *key = json_string_value(json_object_get(tag, "Key"));

		if (key)
			json_object_set(tags, key, json_object_get(tag, "Value"));
	}
	return tags;
}

static void add_thing(void *arg, const char *kind, const char *region, const char *id,
		      const json_t *doc)
{
	struct world *w = arg;
	json_t *thing;

	if (is_ours_alone(kind))
		return;
	thing = sbx_ec2_describe_thing(w->sbx, kind, region, doc, w->now_ms);
	if (!thing)
		return;
	if (json_is_array(json_object_get(doc, "tags")))
		json_object_set_new(thing, "tags", tags_of(doc));
	json_object_set_new(thing, "id", json_string(id));
	json_array_append_new(child(child(w->tree, kind, false), *region ? region : "global", true),
			      thing);
}

static void get_world(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	struct world w = { .sbx = sbx, .tree = json_object() };

	(void)http;
	sbx_lock(sbx);
	w.now_ms = sbx_now_ms(sbx);
	store_each(sbx_store(sbx), add_thing, &w);
	sbx_unlock(sbx);
	answer_json(rep, 200, w.tree);
}

/* ---- requests, faults, info --------------------------------------------- */

static void get_requests(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	(void)http;
	answer_json(rep, 200, trace_list(sbx_trace(sbx)));
}

static void delete_requests(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	(void)http;
	trace_clear(sbx_trace(sbx));
	answer_json(rep, 200, json_object());
}

/* One spec a line. */
static void post_fault(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	const char *p = http->body->p;

	while (*p) {
		size_t n = strcspn(p, "\r\n");
		autofree char *spec = xstrndup(p, n);
		auto_error struct rb_error *err = NULL;

		if (n)
			err = faults_add(sbx_faults(sbx), spec);
		if (err) {
			answer_error(rep, 400, err->what);
			return;
		}
		p += n + (p[n] != '\0');
	}
	answer_json(rep, 200, json_object());
}

static void delete_fault(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	static const char one[] = "?action=";
	const char *query = strchr(http->target, '?');

	if (query && !text_starts_with(query, one)) {
		answer_error(rep, 400, "DELETE /_sandbox/fault takes ?action=ACTION alone");
		return;
	}
	faults_clear(sbx_faults(sbx), query ? query + strlen(one) : NULL);
	answer_json(rep, 200, json_object());
}

/* Milliseconds of AWS's time, not divided by --speed. */
#define MAX_SKIP_MS (400LL * 24 * 3600 * 1000)

static void post_skip(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	auto_error struct rb_error *err = NULL;
	int64_t ms;

	if (!text_parse_i64(http->body->p, 0, MAX_SKIP_MS, &ms)) {
		answer_error(rep, 400, "the body is no number of milliseconds");
		return;
	}
	sbx_lock(sbx);
	err = sbx_skip_ms(sbx, sbx_scaled(sbx, ms));
	sbx_unlock(sbx);
	if (err)
		answer_error(rep, 500, err->what);
	else
		answer_json(rep, 200, json_object());
}

static void post_account(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	json_t *wanted = json_loadb(http->body->p, http->body->n, JSON_REJECT_DUPLICATES, NULL);
	struct store *st = sbx_store(sbx);
	auto_error struct rb_error *err = NULL;
	autofree char *why = NULL;

	sbx_lock(sbx);
	store_begin(st);
	why = account_set(sbx, wanted);
	err = store_commit(st);
	sbx_unlock(sbx);
	json_decref(wanted);
	if (why || err)
		answer_error(rep, why ? 400 : 500, why ? why : err->what);
	else
		answer_json(rep, 200, json_object());
}

static void get_info(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	json_t *info = sbx_info(sbx);

	(void)http;
	json_object_set_new(info, "version", json_string(RUNBOOK_VERSION));
	json_object_set_new(info, "account", json_string(SANDBOX_ACCOUNT));
	answer_json(rep, 200, info);
}

/* ---- the path ----------------------------------------------------------- */

static void answer_question(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep,
			    json_t *(*ask)(struct sbx *sbx, const struct sbx_pairs *query))
{
	const char *query = strchr(http->target, '?');
	struct sbx_pairs pairs = { 0 };
	json_t *tree = NULL;

	if (sbx_form_decode(query ? query + 1 : "", query ? strlen(query + 1) : 0, &pairs))
		tree = ask(sbx, &pairs);
	sbx_pairs_clear(&pairs);
	if (tree)
		answer_json(rep, 200, tree);
	else
		answer_error(rep, 404, "there is nothing by that name, or no such question");
}

static void get_path_trace(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	answer_question(sbx, http, rep, path_trace_json);
}

static void get_ssh(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	answer_question(sbx, http, rep, path_ssh_json);
}

static const struct {
	const char *method, *path;
	void (*answer)(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep);
} ROUTES[] = {
	{ "GET", "/_sandbox/world", get_world },
	{ "GET", "/_sandbox/requests", get_requests },
	{ "DELETE", "/_sandbox/requests", delete_requests },
	{ "POST", "/_sandbox/fault", post_fault },
	{ "DELETE", "/_sandbox/fault", delete_fault },
	{ "POST", "/_sandbox/skip", post_skip },
	{ "POST", "/_sandbox/account", post_account },
	{ "GET", "/_sandbox/info", get_info },
	{ "GET", "/_sandbox/walk", get_path_trace },
	{ "GET", "/_sandbox/ssh", get_ssh },
};

void sbx_admin(struct sbx *sbx, const struct sbx_http *http, const char *path,
	       struct sbx_reply *rep)
{
	bool path_known = false;

	for (size_t i = 0; i < ARRAY_LEN(ROUTES); i++) {
		if (strcmp(ROUTES[i].path, path) != 0)
			continue;
		path_known = true;
		if (strcmp(ROUTES[i].method, http->method) != 0)
			continue;
		ROUTES[i].answer(sbx, http, rep);
		return;
	}
	answer_error(rep, path_known ? 405 : 404, path_known ? "wrong method" : "no such path");
}
