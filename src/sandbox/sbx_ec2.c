/* EC2: its tables. */
#include "sandbox/sbx_ec2.h"

#include <string.h>

#include "sandbox/inner.h"

static const struct ec2_kind *const KINDS[] = {
	&EC2_VPC,
};

const struct ec2_kind *ec2_kind_named(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
		if (!strcmp(KINDS[i]->kind, kind))
			return KINDS[i];
	}
	return NULL;
}

const struct ec2_kind *ec2_kind_of_id(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
		size_t n = strlen(KINDS[i]->prefix);

		if (!strncmp(id, KINDS[i]->prefix, n) && id[n] == '-' &&
		    strspn(id + n + 1, "0123456789abcdef") == strlen(id + n + 1))
			return KINDS[i];
	}
	return NULL;
}

json_t *sbx_ec2_describe_thing(struct sbx *sbx, const char *kind, const char *region,
			       const json_t *doc, int64_t now_ms)
{
	const struct ec2_kind *row = ec2_kind_named(kind);
	struct ec2_look look = { sbx, sbx_store(sbx), region, now_ms };
	json_t *view, *tags, *tag;
	size_t i;

	if (!row)
		return NULL;
	view = row->view(&look, doc);
	tags = json_object();
	json_array_foreach(json_object_get(doc, "tagSet"), i, tag)
		json_object_set(tags, ec2_str(tag, "key"), json_object_get(tag, "value"));
	return json_pack("{s:b, s:o, s:o}", "listed", view != NULL, "tags", tags, "doc",
			 view ? view : json_incref((json_t *)(uintptr_t)doc));
}

const struct sbx_action sbx_ec2_actions[] = {
	{ "ec2", "CreateVpc", sbx_ec2_create_vpc, true },
	{ "ec2", "DescribeVpcs", sbx_ec2_describe_vpcs, false },
	{ 0 },
};
