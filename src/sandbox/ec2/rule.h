/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of security groups, as permission.c reads them and rule.c keeps them. */
#ifndef SANDBOX_EC2_RULE_H
#define SANDBOX_EC2_RULE_H

#include "sandbox/ec2/ec2.h"

bool permission_has_ports(const char *protocol);
/* Protocol and ports of a permission as a rule's members; NULL and failed. */
json_t *permission_traffic(struct sec2 *c, const json_t *permission);
bool permission_add_groups(struct sec2 *c, json_t *rules, const json_t *traffic,
			   const json_t *permission, const char *vpc_id);
bool permission_add_ranges(struct sec2 *c, json_t *rules, const json_t *traffic,
			   const json_t *permission);
/* The rules that the arguments describe, without ids; NULL and failed. */
json_t *rule_asked(struct sec2 *c, const char *vpc_id);
/* Do the two let the same traffic through?  Descriptions do not count. */
bool rule_same(const json_t *a, const json_t *b);
/* The group's rules one way. */
json_t *rule_list(const struct sec2 *c, const char *group_id, bool egress);
/* The group that GroupId names, or NULL and failed. */
json_t *rule_need_group(struct sec2 *c);

#endif
