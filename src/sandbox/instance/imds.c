/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instance metadata service: version 2 alone unless the instance was started
 * otherwise, and silent when it was switched off.  A token is made of the instance and the time it
 * ends, so nothing is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/instance/imds_inner.h"

#define MAX_TTL_S 21600
#define TOKEN "x-aws-ec2-metadata-token"

void imds_answer(const struct imds_ask *a, int status, const char *fields, const char *text)
{
	io_answer(a->io, a->p->stop_fd, status, "text/plain", fields, text, strlen(text));
}

void imds_not_found(const struct imds_ask *a)
{
	imds_answer(a, 404, NULL, "");
}

/* ---- the token ------------------------------------------------------------------- */

/* "EXPIRY.PROOF" */
static char *make_token(const struct sbx_path *p, const char *instance_id, int64_t expires_s)
{
	autofree char *text = xasprintf("imds %s %lld", instance_id, (long long)expires_s);
	autofree char *proof = path_token(p, text);

	return xasprintf("%lld.%s==", (long long)expires_s, proof);
}

static bool token_holds(const struct sbx_path *p, const char *instance_id, const char *token)
{
	autofree char *expected = NULL, *number = NULL;
	int64_t expires_s;

	if (!token || !strchr(token, '.'))
		return false;
	number = xstrndup(token, strcspn(token, "."));
	if (!text_parse_i64(number, 0, INT64_MAX, &expires_s) || clock_utc_s() >= expires_s)
		return false;
	expected = make_token(p, instance_id, expires_s);
	return strlen(token) == strlen(expected) &&
	       CRYPTO_memcmp(token, expected, strlen(expected)) == 0;
}

static void give_token(const struct imds_ask *a, const struct head *head)
{
	const char *ttl = head_field(head, "x-aws-ec2-metadata-token-ttl-seconds");
	autofree char *token = NULL, *fields = NULL;
	int64_t ttl_s;

	if (head_field(head, "x-forwarded-for")) {
		imds_answer(a, 403, NULL, ""); /* as AWS guards against open reverse proxies */
		return;
	}
	if (!ttl || !text_parse_i64(ttl, 1, MAX_TTL_S, &ttl_s)) {
		imds_answer(a, 400, NULL, "");
		return;
	}
	token = make_token(a->p, a->f->id, clock_utc_s() + ttl_s);
	fields = xasprintf("X-aws-ec2-metadata-token-ttl-seconds: %lld\r\n", (long long)ttl_s);
	imds_answer(a, 200, fields, token);
}

void imds_answer_json(const struct imds_ask *a, json_t *tree)
{
	autofree char *text = json_dumps(tree, JSON_INDENT(2));

	json_decref(tree);
	io_answer(a->io, a->p->stop_fd, 200, "application/json", NULL, text, strlen(text));
	OPENSSL_cleanse(text, strlen(text));
}

/* ---- the tree ------------------------------------------------------------------------ */

static void give_text(const struct imds_ask *a, const char *value)
{
	if (*value)
		imds_answer(a, 200, NULL, value);
	else
		imds_not_found(a);
}

static void give_names(const struct imds_ask *a, const json_t *names)
{
	auto_buf out = BUF_INIT;
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		buf_addf(&out, "%s%s", i ? "\n" : "", json_string_value(name));
	give_text(a, out.p);
}

static void give_document(const struct imds_ask *a)
{
	const struct facts *f = a->f;

	imds_answer_json(a, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "accountId",
				      SANDBOX_ACCOUNT, "architecture", f->architecture,
				      "availabilityZone", f->zone, "imageId", f->image,
				      "instanceId", f->id, "instanceType", f->type, "privateIp",
				      f->address, "region", f->region, "version", "2017-09-30"));
}

static void give_profile(const struct imds_ask *a)
{
	if (!a->f->profile[0]) {
		imds_not_found(a);
		return;
	}
	imds_answer_json(
		a, json_pack("{s:s, s:s}", "Code", "Success", "InstanceProfileArn", a->f->profile));
}

/* What a path answers: text of the facts, or a function. */
static const struct {
	const char *path;
	size_t text;
	void (*give)(const struct imds_ask *a);
} leaves[] = {
	{ "meta-data/ami-id", offsetof(struct facts, image), NULL },
	{ "meta-data/hostname", offsetof(struct facts, dns), NULL },
	{ "meta-data/iam/info", 0, give_profile },
	{ "meta-data/instance-id", offsetof(struct facts, id), NULL },
	{ "meta-data/instance-type", offsetof(struct facts, type), NULL },
	{ "meta-data/local-hostname", offsetof(struct facts, dns), NULL },
	{ "meta-data/local-ipv4", offsetof(struct facts, address), NULL },
	{ "meta-data/mac", offsetof(struct facts, mac), NULL },
	{ "meta-data/placement/availability-zone", offsetof(struct facts, zone), NULL },
	{ "meta-data/placement/region", offsetof(struct facts, region), NULL },
	{ "meta-data/reservation-id", offsetof(struct facts, reservation), NULL },
	{ "dynamic/instance-identity/document", 0, give_document },
};

#define ROLES "meta-data/iam/security-credentials/"

/* The names right below a path, as a directory lists them; false when there is nothing below. */
static bool list_below(const struct imds_ask *a, const char *path)
{
	static const char *const others[] = { ROLES, "meta-data/security-groups",
					      "meta-data/services/domain" };
	const char *all[ARRAY_LEN(leaves) + ARRAY_LEN(others)];
	autofree char *prefix = NULL;
	auto_buf out = BUF_INIT;
	size_t n = strlen(path);

	prefix = xasprintf("%s%s", path, n && path[n - 1] != '/' ? "/" : "");
	n = strlen(prefix);
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++)
		all[i] = leaves[i].path;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		all[ARRAY_LEN(leaves) + i] = others[i];
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		autofree char *name = NULL;
		const char *rest = all[i] + n;

		if (!text_starts_with(all[i], prefix) || !*rest)
			continue;
		name = xstrndup(rest, strcspn(rest, "/") + (strchr(rest, '/') != NULL));
		if (out.n && text_ends_with(out.p, name))
			continue;
		buf_addf(&out, "%s%s", out.n ? "\n" : "", name);
	}
	if (!out.n)
		return false;
	imds_answer(a, 200, NULL, out.p);
	return true;
}

static void give_path(const struct imds_ask *a, const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		if (strcmp(leaves[i].path, path) != 0)
			continue;
		if (leaves[i].give)
			leaves[i].give(a);
		else
			give_text(a, (const char *)a->f + leaves[i].text);
		return;
	}
	if (!strcmp(path, ROLES) || !strcmp(path, "meta-data/iam/security-credentials"))
		give_text(a, a->f->role);
	else if (text_starts_with(path, ROLES))
		imds_give_role(a, path + strlen(ROLES));
	else if (!strcmp(path, "meta-data/security-groups"))
		give_names(a, a->f->groups);
	else if (!strcmp(path, "meta-data/services/domain"))
		imds_answer(a, 200, NULL, region_partition(a->f->region)->dns_suffix);
	else if (!list_below(a, path))
		imds_not_found(a);
}

void imds_serve(struct sbx_path *p, struct io *io, const char *instance_id, const struct head *head,
		const char *path)
{
	struct facts facts = { 0 };
	struct imds_ask a = { p, io, &facts };
	bool put = !strcmp(head->method, "PUT");

	if (!facts_of(p->sbx, instance_id, &facts) || !facts.metadata)
		io_hang(io, p->stop_fd, clock_mono_ms() + PATH_HANG_MS);
	else if (put && !strcmp(path, "/latest/api/token"))
		give_token(&a, head);
	else if (put || strcmp(head->method, "GET") != 0)
		imds_answer(&a, 405, NULL, "");
	else if ((facts.needs_token || head_field(head, TOKEN)) &&
		 !token_holds(p, instance_id, head_field(head, TOKEN)))
		imds_answer(&a, 401, NULL, "");
	else if (text_starts_with(path, "/latest/"))
		give_path(&a, path + strlen("/latest/"));
	else
		imds_not_found(&a);
	facts_clear(&facts);
}
