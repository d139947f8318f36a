/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in braces in a permit, for one account, region and run. */
#include "runbook/cli/grant_text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/policy_write.h"

static const char *param(const struct grant_place *at, const char *name)
{
	return params_get(at->s->params, name);
}

static char *ec2_principal(const struct grant_place *at)
{
	return xstrdup(text_eq(at->s->partition, "aws-cn")
			       ? "ec2.amazonaws.com|ec2.amazonaws.com.cn"
			       : "ec2.amazonaws.com");
}

static const char *image_of(const struct grant_place *at)
{
	const char *name = at->s->procedure->parts.image;

	return name ? param(at, name) : "";
}

static char *image_pattern(const struct grant_place *at)
{
	const char *given = image_of(at);

	return xstrdup(*given ? given : "*");
}

/* An image of one's own is named; any other is Amazon's. */
static char *image_owner(const struct grant_place *at)
{
	return xstrdup(*image_of(at) ? "" : "StringEquals ec2:Owner amazon");
}

/* Keys of our tags and of those that were given. */
static char *tag_keys(const struct grant_place *at)
{
	auto_buf b = BUF_INIT;
	const struct param_member *m;
	size_t i = 0;

	(void)buf_adds(&b, "Name|runbook:expires|runbook:run|runbook:stack|runbook:step");
	while ((m = params_next(at->s->params, PARAM_TAGS, &i)))
		(void)buf_addf(&b, "|%s", m->name + strlen(PARAM_TAGS));
	return buf_steal(&b);
}

static char *bounded(const struct grant_place *at)
{
	const char *arn = param(at, PARAM_BOUNDARY);

	return *arn ? xasprintf("ArnEquals iam:PermissionsBoundary %s", arn) : xstrdup("");
}

/* S3 is told the account's own namespace alone: the other one is meant without a word. */
static char *bucket_namespace(const struct grant_place *at)
{
	const char *space = param(at, PARAM_BUCKET_NAMESPACE);

	return text_eq(space, "account-regional")
		       ? xasprintf("StringEquals s3:x-amz-bucket-namespace %s", space)
		       : xstrdup("");
}

static char *value_of(const struct grant_place *at, const char *name)
{
	static const struct {
		const char *name;
		char *(*work_out)(const struct grant_place *at);
	} rows[] = {
		{ "ec2", ec2_principal },	{ "image", image_pattern },
		{ "image-owner", image_owner }, { "tag-keys", tag_keys },
		{ "bounded", bounded },		{ "namespace", bucket_namespace },
	};

	if (text_eq(name, "account"))
		return xstrdup(at->s->account);
	if (text_eq(name, "partition"))
		return xstrdup(at->s->partition);
	if (text_eq(name, "region"))
		return xstrdup(at->region ? at->region : "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (text_eq(rows[i].name, name))
			return rows[i].work_out(at);
	for (const struct procedure_side *side = at->s->procedure->sides; side->name; side++)
		if (text_eq(side->name, name))
			return xstrdup(param(at, side->region));
	return xstrdup(param(at, name));
}

char *grant_fill(const struct grant_place *at, const char *text)
{
	auto_buf b = BUF_INIT;

	for (const char *open; (open = strchr(text, '{'));) {
		size_t n = strcspn(open, "}");
		autofree char *name = xstrndup(open + 1, n - 1);
		autofree char *value = value_of(at, name);

		(void)buf_add(&b, text, (size_t)(open - text));
		(void)buf_adds(&b, value);
		text = open + n + 1;
	}
	(void)buf_adds(&b, text);
	return buf_steal(&b);
}
