/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of all kinds share. */
#include "steps/common/terraform.h"

#include <string.h>

#include "base/strv.h"
#include "base/text.h"
#include "steps/common/policy.h"

json_t *tf_tags(const struct aws_tags *tags)
{
	json_t *object = json_object();

	for (size_t i = 0; i < tags->n; i++)
		if (!text_starts_with(tags->v[i].key, "aws:"))
			json_object_set_new(object, tags->v[i].key, json_string(tags->v[i].value));
	if (json_object_size(object))
		return object;
	json_decref(object);
	return NULL;
}

json_t *tf_list(const struct strv *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, json_string(list->v[i]));
	return array;
}

void tf_set(json_t *found, const char *name, const char *value)
{
	if (value)
		json_object_set_new(found, name, json_string(value));
}

void tf_set_tags(json_t *found, const struct aws_tags *tags)
{
	json_t *object = tf_tags(tags);

	if (object)
		json_object_set_new(found, "tags", object);
}

const char *tf_wanted(const struct tf_look *look, const char *name)
{
	const char *text = json_string_value(json_object_get(look->wanted, name));

	return text ? text : "";
}

struct rb_error *tf_unless_gone(struct rb_error *err)
{
	return rb_error_is(err, RB_GONE) ? rb_error_free(err) : err;
}

char *tf_trust_policy(void)
{
	return policy_for_trust("<partition>");
}

/* ---- data sources: who begins anew asks for what a run has recorded ----------------- */

const struct tf_kind tf_data_parameter = { .type = "aws_ssm_parameter" };
const struct tf_kind tf_data_endpoint_service = { .type = "aws_vpc_endpoint_service" };
