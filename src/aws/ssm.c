/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of Systems Manager: where AWS publishes its newest images. */
#include "aws/ssm.h"

#include <jansson.h>

#include "aws/core/call.h"
#include "base/alloc.h"

struct rb_error *ssm_get_parameter(struct aws_client *c, const char *name, char **ret_value)
{
	json_auto_t *in = json_pack("{s:s}", "Name", name);
	json_auto_t *out = NULL;
	const char *value;
	struct rb_error *err;

	if (!in)
		return rb_error_new(RB_USAGE, "parameter name '%s' is not UTF-8", name);
	err = aws_json_call(c, "ssm", "GetParameter", in, AWS_READS, &out);
	if (err)
		return rb_error_what(err, "cannot read parameter '%s'", name);
	value = json_string_value(json_object_get(json_object_get(out, "Parameter"), "Value"));
	if (!value)
		return rb_error_what(rb_error_because(RB_PROTOCOL, "the answer holds no value"),
				     "cannot read parameter '%s'", name);
	*ret_value = xstrdup(value);
	return NULL;
}
