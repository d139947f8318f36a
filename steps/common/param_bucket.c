/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket's name and its namespace; see param_rules.h. */
#include <stdbool.h>

#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/bucket_name.h"
#include "steps/common/param_rules.h"

static const char bucket_param[] = "destination.bucket";
static const char namespace_param[] = "destination.bucket_namespace";
static const char region_param[] = "destination.region";

void param_fill_namespace(struct params *p)
{
	if (!*params_get(p, namespace_param))
		params_fill(p, namespace_param, bucket_namespace_of(params_get(p, bucket_param)));
}

static struct rb_error *bucket_cannot_be(const char *name, const char *why)
{
	return rb_error_why(rb_error_new(RB_USAGE, "%s cannot be '%s'", bucket_param, name), "%-s",
			    why);
}

struct rb_error *param_check_bucket_namespace(const struct params *p, const char *account)
{
	const char *name = params_get(p, bucket_param), *region = params_get(p, region_param);
	bool asked = text_eq(params_get(p, namespace_param), NAMESPACE_ACCOUNT);
	auto_said *problem = NULL;

	if (!asked && !text_eq(bucket_namespace_of(name), NAMESPACE_ACCOUNT))
		return NULL;
	if (!asked)
		return bucket_cannot_be(name, "S3 keeps the ending '-an' for the account-regional "
					      "namespace, and destination.bucket_namespace is "
					      "'" NAMESPACE_GLOBAL "'");
	if (!bucket_namespace_is_offered(region))
		return rb_error_why(rb_error_new(RB_USAGE, "%s cannot be '%s'", namespace_param,
						 NAMESPACE_ACCOUNT),
				    "'%s' has no account-regional bucket names", region);
	if (*name) {
		problem = bucket_regional_problem(name, account, region);
		return problem ? bucket_cannot_be(name, said_english(problem)) : NULL;
	}
	return NULL;
}

struct rb_error *param_name_bucket(struct params *p, const char *stack, const char *run_id,
				   const char *account)
{
	const char *region = params_get(p, region_param);
	autofree char *name = NULL;

	if (*params_get(p, bucket_param))
		return NULL;
	if (!text_eq(params_get(p, namespace_param), NAMESPACE_ACCOUNT))
		name = bucket_name(stack, run_id);
	else
		name = bucket_regional_name(stack, run_id, account, region);
	if (!name)
		return rb_error_why(rb_error_new(RB_USAGE, "the bucket cannot be named"),
				    "'-%s-%s-an' leaves no room for the run's id in %d characters",
				    account, region, BUCKET_NAME_MAX);
	params_fill(p, bucket_param, name);
	return NULL;
}
