/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gives keys: STS's XML, JSON of SSO, agents, metadata and programs, the line
 * of credential_process, the URL of a container's agent.  The first byte chooses.
 */
#include <string.h>

#include "aws/cred/source.h"
#include "aws/core/words.h"
#include "tests/fuzz/answers.h"

static struct cred_ctx *context(void)
{
	static struct cred_ctx *ctx;

	if (!ctx)
		ctx = cred_chain_ctx(aws_session_creds(aws_client_session(client())));
	return ctx;
}

/* All or nothing. */
static void check(struct rb_error *err, const struct cred *c)
{
	if (err ? !err->why && !err->what : !c->access_key_id || !secret_is_set(&c->secret_key))
		abort();
	(void)rb_error_free(err);
}

static void as_xml(const char *text)
{
	const struct cred_assume_role role = { .role_arn = "arn:aws:iam::1:role/R",
					       .session_name = "s",
					       .web_token = "t" };
	auto_cred c = { 0 };

	(void)text;
	check(cred_sts_assume_role(context(), NULL, &role, &c), &c);
}

static void as_json(const char *text)
{
	static const struct cred_fields fields[] = {
		{ .id = "AccessKeyId",
		  .secret = "SecretAccessKey",
		  .token = "Token",
		  .expiry = "Expiration",
		  .account = "AccountId" },
		{ .id = "accessKeyId",
		  .secret = "secretAccessKey",
		  .token = "sessionToken",
		  .expiry = "expiration",
		  .expiry_in_ms = true },
	};
	json_auto_t *object = NULL;
	struct rb_error *err =
		cred_parse_json((struct span){ text, answer.n }, "the answer", &object);

	if (err) {
		(void)rb_error_free(err);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		auto_cred c = { 0 };

		check(cred_from_json(object, &fields[i], "the answer", &c), &c);
	}
}

static void as_url(const char *text)
{
	autofree char *relative = NULL;
	autofree char *full = NULL;

	(void)rb_error_free(cred_container_url(text, NULL, &relative));
	(void)rb_error_free(cred_container_url(NULL, text, &full));
	if (relative && strncmp(relative, "http://169.254.170.2/", 21) != 0)
		abort();
}

static void as_words(const char *text)
{
	auto_strv words = { 0 };

	if (!words_split(text, &words) && words.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const ways[])(const char *) = { as_xml, as_json, as_url, as_words };
	autofree char *text = NULL;

	if (!n)
		return 0;
	answer.status = 200;
	answer.body = data + 1;
	answer.n = n - 1;
	answer.type = "text/xml";
	answer.asked = 0;
	text = xstrndup((const char *)data + 1, n - 1);
	if (data[0] % ARRAY_LEN(ways) == 1)
		as_json((const char *)data + 1);
	else
		ways[data[0] % ARRAY_LEN(ways)](text);
	return 0;
}
