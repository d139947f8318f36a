/* SPDX-License-Identifier: Apache-2.0 */
/* What route tables are associated with. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/ec2/table_inner.h"

json_t *sec2_new_association(const char *table_id, const char *subnet_id)
{
	autofree char *id = sbx_new_id("rtbassoc");

	return json_pack("{s:s, s:s, s:s*, s:b, s:{s:s}}", "routeTableAssociationId", id,
			 "routeTableId", table_id, "subnetId", subnet_id, "main", !subnet_id,
			 "associationState", "state", "associated");
}

/* The table whose association has `value` in `member`, and which one it is; NULL when none. */
static json_t *find_association(const struct sec2 *c, const char *member, const char *value,
				size_t *ret_at)
{
	json_t *all = sec2_all(c, &EC2_ROUTE_TABLE), *table, *association, *found = NULL;
	size_t i, j;

	json_array_foreach(all, i, table) {
		json_array_foreach(json_object_get(table, "associationSet"), j, association) {
			if (!found && !strcmp(sec2_str(association, member), value)) {
				found = json_incref(table);
				*ret_at = j;
			}
		}
	}
	json_decref(all);
	return found;
}

static json_t *association_at(const json_t *table, size_t at)
{
	return json_array_get(json_object_get(table, "associationSet"), at);
}

static void take_association(struct sec2 *c, json_t *table, size_t at)
{
	json_array_remove(json_object_get(table, "associationSet"), at);
	sec2_put(c, &EC2_ROUTE_TABLE, table);
}

void sec2_subnet_disassociate(struct sec2 *c, const char *subnet_id)
{
	size_t at = 0;
	json_t *table = find_association(c, "subnetId", subnet_id, &at);

	if (table)
		take_association(c, table, at);
	json_decref(table);
}

static void associate(struct sec2 *c, json_t *table, const char *subnet_id)
{
	const char *table_id = sec2_str(table, "routeTableId");
	size_t at = 0;
	json_t *other = find_association(c, "subnetId", subnet_id, &at);
	json_t *association;

	if (other && strcmp(sec2_str(other, "routeTableId"), table_id) != 0) {
		sec2_fail(c, "Resource.AlreadyAssociated",
			  "the specified association for route table %s conflicts with an existing "
			  "association",
			  table_id);
		json_decref(other);
		return;
	}
	if (other) {
		association = json_incref(association_at(other, at));
	} else {
		association = sec2_new_association(table_id, subnet_id);
		json_array_append(json_object_get(table, "associationSet"), association);
		sec2_put(c, &EC2_ROUTE_TABLE, table);
	}
	sec2_reply(c,
		   json_pack("{s:O, s:O}", "associationId",
			     json_object_get(association, "routeTableAssociationId"),
			     "associationState", json_object_get(association, "associationState")));
	json_decref(association);
	json_decref(other);
}

void sec2_associate_route_table(struct sec2 *c)
{
	const char *subnet_id;
	json_t *table, *subnet;

	if (!sec2_require(c, "SubnetId"))
		return;
	subnet_id = sec2_arg(c, "SubnetId");
	table = sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId"));
	subnet = table ? sec2_need(c, &EC2_SUBNET, subnet_id) : NULL;
	if (subnet && strcmp(sec2_str(subnet, "vpcId"), sec2_str(table, "vpcId")) != 0)
		sec2_fail(c, "InvalidParameterValue",
			  "route table %s and subnet %s belong to different networks",
			  sec2_str(table, "routeTableId"), subnet_id);
	else if (subnet)
		associate(c, table, subnet_id);
	json_decref(table);
	json_decref(subnet);
}

/* The table of AssociationId, or NULL and failed. */
static json_t *need_association(struct sec2 *c, size_t *ret_at)
{
	const char *id = sec2_arg(c, "AssociationId");
	json_t *table = find_association(c, "routeTableAssociationId", id, ret_at);

	if (!table)
		sec2_fail(c, "InvalidAssociationID.NotFound",
			  "The association ID '%s' does not exist", id);
	return table;
}

void sec2_disassociate_route_table(struct sec2 *c)
{
	size_t at = 0;
	json_t *table = need_association(c, &at);

	if (!table)
		return;
	if (json_is_true(json_object_get(association_at(table, at), "main"))) {
		sec2_fail(c, "InvalidParameterValue",
			  "cannot disassociate the main route table association %s",
			  sec2_arg(c, "AssociationId"));
	} else {
		take_association(c, table, at);
		sec2_reply_true(c);
	}
	json_decref(table);
}

void sec2_replace_route_table_association(struct sec2 *c)
{
	size_t at = 0;
	json_t *from = need_association(c, &at);
	json_t *to = from ? sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId")) : NULL;
	autofree char *subnet_id = NULL;
	json_t *association;

	if (!to) {
		json_decref(from);
		return;
	}
	if (strcmp(sec2_str(from, "vpcId"), sec2_str(to, "vpcId")) != 0) {
		sec2_fail(c, "InvalidParameterValue",
			  "route table %s and association %s belong to different networks",
			  sec2_str(to, "routeTableId"), sec2_arg(c, "AssociationId"));
		goto out;
	}
	if (!json_is_true(json_object_get(association_at(from, at), "main"))) {
		subnet_id = xstrdup(sec2_str(association_at(from, at), "subnetId"));
	} else {
		json_object_set_new(from, "_main", json_false());
		json_object_set_new(to, "_main", json_true());
	}
	association = sec2_new_association(sec2_str(to, "routeTableId"), subnet_id);
	if (strcmp(sec2_str(from, "routeTableId"), sec2_str(to, "routeTableId")) != 0)
		take_association(c, from, at);
	else
		json_array_remove(json_object_get(to, "associationSet"), at);
	json_array_append_new(json_object_get(to, "associationSet"), association);
	if (!subnet_id)
		json_object_set_new(to, "_main", json_true());
	sec2_put(c, &EC2_ROUTE_TABLE, to);
	sec2_reply(c,
		   json_pack("{s:O, s:O}", "newAssociationId",
			     json_object_get(association, "routeTableAssociationId"),
			     "associationState", json_object_get(association, "associationState")));
out:
	json_decref(from);
	json_decref(to);
}
