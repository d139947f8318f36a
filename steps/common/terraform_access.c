/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups, their rules and the endpoints, as Terraform's AWS provider reads them. */
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/terraform.h"

static struct rb_error *read_group(struct aws_client *c, struct tf_look *look)
{
	auto_ec2_groups list = { 0 };

	TRY(tf_unless_gone(ec2_describe_groups(c, ONE_ID(look->id), NULL, &list)));
	if (!list.n)
		return NULL;
	look->found = json_object();
	tf_set(look->found, "name", list.v[0].name);
	tf_set(look->found, "description", list.v[0].description);
	tf_set(look->found, "vpc_id", list.v[0].vpc_id);
	tf_set_tags(look->found, &list.v[0].tags);
	return NULL;
}

static json_t *rule_found(const char *group_id, const struct ec2_rule *rule)
{
	json_t *found = json_object();

	tf_set(found, "security_group_id", group_id);
	tf_set(found, "ip_protocol", rule->protocol);
	if (!text_eq(rule->protocol, "-1")) {
		json_object_set_new(found, "from_port", json_integer(rule->from_port));
		json_object_set_new(found, "to_port", json_integer(rule->to_port));
	}
	tf_set(found, rule->cidr && strchr(rule->cidr, ':') ? "cidr_ipv6" : "cidr_ipv4",
	       rule->cidr);
	tf_set(found, "referenced_security_group_id", rule->group_id);
	tf_set(found, "prefix_list_id", rule->prefix_list_id);
	if (rule->description && *rule->description)
		tf_set(found, "description", rule->description);
	tf_set_tags(found, &rule->tags);
	return found;
}

/* How many of the step's arguments a rule has, tags aside; the one with all of them is its. */
static size_t likeness(const struct tf_look *look, const json_t *found)
{
	json_t *wanted = json_deep_copy(look->wanted), *value;
	const char *name;
	size_t n = 0;

	json_object_foreach(wanted, name, value) {
		if (json_equal(value, json_object_get(found, name)))
			n++;
	}
	json_decref(wanted);
	return n;
}

/* The group's rule of that direction that is likest to the step's.  The others are nobody's. */
static struct rb_error *read_rule(struct aws_client *c, struct tf_look *look, bool egress)
{
	auto_ec2_rules list = { 0 };
	size_t best = 0;

	TRY(tf_unless_gone(ec2_describe_rules(c, ONE_FILTER("group-id", look->id), &list)));
	for (size_t i = 0; i < list.n; i++) {
		json_t *found;
		size_t n;

		if (list.v[i].egress != egress || !list.v[i].rule_id)
			continue;
		found = rule_found(look->id, &list.v[i]);
		n = likeness(look, found);
		if (n <= best) {
			json_decref(found);
			continue;
		}
		best = n;
		json_decref(look->found);
		free(look->import_id);
		look->found = found;
		look->import_id = xstrdup(list.v[i].rule_id);
	}
	return NULL;
}

static struct rb_error *read_ingress_rule(struct aws_client *c, struct tf_look *look)
{
	return read_rule(c, look, /* egress= */ false);
}

static struct rb_error *read_egress_rule(struct aws_client *c, struct tf_look *look)
{
	return read_rule(c, look, /* egress= */ true);
}

static struct rb_error *read_connect_endpoint(struct aws_client *c, struct tf_look *look)
{
	auto_ec2_connect_endpoints list = { 0 };
	const struct ec2_connect_endpoint *e = NULL;

	TRY(tf_unless_gone(ec2_describe_connect_endpoints(c, ONE_ID(look->id), NULL, &list)));
	if (list.n && list.v[0].state && !text_starts_with(list.v[0].state, "delete-"))
		e = &list.v[0];
	if (!e)
		return NULL;
	look->found = json_pack("{s:b, s:o}", "preserve_client_ip", (int)e->preserve_client_ip,
				"security_group_ids", tf_list(&e->group_ids));
	tf_set(look->found, "subnet_id", e->subnet_id);
	tf_set_tags(look->found, &e->tags);
	return NULL;
}

static struct rb_error *read_vpc_endpoint(struct aws_client *c, struct tf_look *look)
{
	auto_ec2_vpc_endpoints list = { 0 };
	const struct ec2_vpc_endpoint *e;

	TRY(tf_unless_gone(ec2_describe_vpc_endpoints(c, ONE_ID(look->id), NULL, &list)));
	if (!list.n || text_eq_nocase(list.v[0].state, "deleting") ||
	    text_eq_nocase(list.v[0].state, "deleted"))
		return NULL;
	e = &list.v[0];
	look->found = json_pack("{s:b, s:o, s:o}", "private_dns_enabled", (int)e->private_dns,
				"subnet_ids", tf_list(&e->subnet_ids), "security_group_ids",
				tf_list(&e->group_ids));
	tf_set(look->found, "vpc_id", e->vpc_id);
	tf_set(look->found, "service_name", e->service_name);
	if (*tf_wanted(look, "service_region"))
		tf_set(look->found, "service_region", e->service_region);
	tf_set(look->found, "vpc_endpoint_type", e->type);
	tf_set_tags(look->found, &e->tags);
	return NULL;
}

const struct tf_kind tf_group = { "aws_security_group", "id", read_group };
const struct tf_kind tf_ingress_rule = { "aws_vpc_security_group_ingress_rule", NULL,
					 read_ingress_rule };
const struct tf_kind tf_egress_rule = { "aws_vpc_security_group_egress_rule", NULL,
					read_egress_rule };
const struct tf_kind tf_connect_endpoint = { "aws_ec2_instance_connect_endpoint", "id",
					     read_connect_endpoint };
const struct tf_kind tf_vpc_endpoint = { "aws_vpc_endpoint", "id", read_vpc_endpoint };
