/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of security groups are revoked, by their ids or by their values. */
#include <string.h>

#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/rule.h"

/* Ids of the rules that are to go; NULL and failed when one of them is not there. */
static json_t *revoked_by_id(struct sec2 *c, const json_t *old)
{
	json_t *gone = json_array(), *rule;
	const json_t *id;
	size_t i, j;

	json_array_foreach(sec2_arg_tree(c, "SecurityGroupRuleId"), i, id) {
		bool found = false;

		json_array_foreach(old, j, rule) {
			if (!strcmp(sec2_str(rule, "securityGroupRuleId"), json_string_value(id))) {
				json_array_append(gone, rule);
				found = true;
			}
		}
		if (!found) {
			sec2_fail_not_found(c, &EC2_RULE, json_string_value(id));
			json_decref(gone);
			return NULL;
		}
	}
	return gone;
}

static json_t *revoked_by_value(struct sec2 *c, const json_t *old, const char *vpc_id)
{
	json_t *asked = rule_asked(c, vpc_id), *gone, *rule, *other;
	size_t i, j;

	if (!asked)
		return NULL;
	gone = json_array();
	json_array_foreach(asked, i, rule) {
		bool found = false;

		json_array_foreach(old, j, other) {
			if (rule_same(rule, other)) {
				json_array_append(gone, other);
				found = true;
			}
		}
		if (!found && !sec2_failed(c))
			sec2_fail(c, "InvalidPermission.NotFound",
				  "The specified rule does not exist in this security group.");
	}
	json_decref(asked);
	if (sec2_failed(c)) {
		json_decref(gone);
		return NULL;
	}
	return gone;
}

static json_t *revoked_view(const json_t *rule)
{
	static const char *const members[] = { "securityGroupRuleId",
					       "groupId",
					       "isEgress",
					       "ipProtocol",
					       "fromPort",
					       "toPort",
					       "cidrIpv4",
					       "cidrIpv6",
					       "prefixListId",
					       "description" };
	const json_t *group = json_object_get(rule, "referencedGroupInfo");
	json_t *view = json_object();

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		json_t *value = json_object_get(rule, members[i]);

		if (value)
			json_object_set(view, members[i], value);
	}
	if (group)
		json_object_set(view, "referencedGroupId", json_object_get(group, "groupId"));
	return view;
}

static void revoke(struct sec2 *c, bool egress)
{
	json_t *group = rule_need_group(c), *old, *gone, *views, *rule;
	size_t i;

	if (!group)
		return;
	old = rule_list(c, sec2_str(group, "groupId"), egress);
	gone = json_array_size(sec2_arg_tree(c, "SecurityGroupRuleId"))
		       ? revoked_by_id(c, old)
		       : revoked_by_value(c, old, sec2_str(group, "vpcId"));
	if (gone) {
		views = json_array();
		json_array_foreach(gone, i, rule) {
			sec2_drop(c, &EC2_RULE, sec2_str(rule, "securityGroupRuleId"));
			json_array_append_new(views, revoked_view(rule));
		}
		sec2_reply(c, json_pack("{s:b, s:o}", "return", 1, "revokedSecurityGroupRuleSet",
					views));
	}
	json_decref(gone);
	json_decref(old);
	json_decref(group);
}

void sec2_revoke_ingress(struct sec2 *c)
{
	revoke(c, false);
}

void sec2_revoke_egress(struct sec2 *c)
{
	revoke(c, true);
}
