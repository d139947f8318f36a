/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of the network for network_path is drawn from the store.
 *
 * Strings are borrowed from documents that the scene keeps alive; what a state is, is asked of
 * EC2's own views, so the path and a Describe never disagree.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/network/find.h"
#include "sandbox/network/scene.h"
#include "sandbox/network/way.h"

/* From `running` to an sshd that answers. */
#define BOOT_MS 15000

static const char *const RUNNING[] = { "running", NULL };

static const char *const ACTIVE[] = { "active", NULL };

const json_t *scene_keep(struct scene *s, json_t *doc)
{
	json_array_append_new(s->keep, doc);
	return doc;
}

#define GROW(array, n) ((array) = xreallocarray((array), (n) + 1, sizeof(*(array))))

static void draw_rules(struct scene *s, const char *region)
{
	const json_t *all =
		scene_keep(s, store_list(sbx_store(s->sbx), "security-group-rule", region));
	const json_t *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		GROW(s->rules, s->path.n_rules);
		s->rules[s->path.n_rules++] = (struct network_rule){
			.group_id = find_str(doc, "groupId"),
			.egress = find_flag(doc, "isEgress"),
			.protocol = find_str(doc, "ipProtocol"),
			.from_port = find_number(doc, "fromPort"),
			.to_port = find_number(doc, "toPort"),
			.cidr = find_str(doc, "cidrIpv4"),
			.peer_group =
				find_str(json_object_get(doc, "referencedGroupInfo"), "groupId"),
		};
	}
}

static void draw_acls(struct scene *s, const char *region)
{
	const json_t *all = scene_keep(s, store_list(sbx_store(s->sbx), "network-acl", region));
	const json_t *doc, *item;
	size_t i, j;

	json_array_foreach(all, i, doc)
		json_array_foreach(json_object_get(doc, "entrySet"), j, item) {
			const json_t *ports = json_object_get(item, "portRange");

			GROW(s->acl_entries, s->path.n_acl_entries);
			s->acl_entries[s->path.n_acl_entries++] = (struct network_acl_entry){
				.vpc_id = find_str(doc, "vpcId"),
				.number = find_number(item, "ruleNumber"),
				.egress = find_flag(item, "egress"),
				.allow = text_eq(find_str(item, "ruleAction"), "allow"),
				.protocol = find_str(item, "protocol"),
				.from_port = ports ? find_number(ports, "from") : 0,
				.to_port = ports ? find_number(ports, "to") : UINT16_MAX,
				.cidr = find_str(item, "cidrBlock"),
			};
		}
}

/* Whatever it leads to, it takes its block from larger ones. */
static void draw_route(struct scene *s, const char *table_id, const json_t *route)
{
	static const char *const targets[] = { "vpcPeeringConnectionId", "gatewayId",
					       "natGatewayId",		 "transitGatewayId",
					       "networkInterfaceId",	 "instanceId" };
	const char *target = NULL;

	for (size_t i = 0; i < ARRAY_LEN(targets) && !target; i++)
		target = find_str(route, targets[i]);
	if (!target || !find_str(route, "destinationCidrBlock"))
		return;
	GROW(s->routes, s->path.n_routes);
	s->routes[s->path.n_routes++] =
		(struct network_route){ .table_id = table_id,
					.cidr = find_str(route, "destinationCidrBlock"),
					.target = target };
}

/* True when the association holds now: the main one has no subnet. */
static void draw_assoc(struct scene *s, const char *table_id, const json_t *assoc)
{
	const char *state = find_str(json_object_get(assoc, "associationState"), "state");

	if (!find_str(assoc, "subnetId") || text_eq(state, "disassociated") ||
	    text_eq(state, "disassociating"))
		return;
	GROW(s->assocs, s->path.n_assocs);
	s->assocs[s->path.n_assocs++] =
		(struct network_table_association){ .table_id = table_id,
						    .subnet_id = find_str(assoc, "subnetId") };
}

static void draw_tables(struct scene *s, const char *region)
{
	const json_t *all = scene_keep(s, store_list(sbx_store(s->sbx), "route-table", region));
	const json_t *doc, *item;
	size_t i, j;

	json_array_foreach(all, i, doc) {
		const char *id = find_str(doc, "routeTableId");

		GROW(s->tables, s->path.n_tables);
		s->tables[s->path.n_tables++] = (struct network_route_table){
			.id = id, .vpc_id = find_str(doc, "vpcId"), .main = find_flag(doc, "_main")
		};
		json_array_foreach(json_object_get(doc, "routeSet"), j, item)
			draw_route(s, id, item);
		json_array_foreach(json_object_get(doc, "associationSet"), j, item)
			draw_assoc(s, id, item);
	}
}

static void draw_peerings(struct scene *s)
{
	static const char *const sides[] = { "requesterVpcInfo", "accepterVpcInfo" };
	const json_t *all =
		scene_keep(s, store_list(sbx_store(s->sbx), "vpc-peering-connection", ""));
	const json_t *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		struct network_peering p = { .id = find_str(doc, "vpcPeeringConnectionId") };

		for (size_t k = 0; k < ARRAY_LEN(sides); k++) {
			const json_t *side = json_object_get(doc, sides[k]);
			const char *region = find_str(side, "region");

			p.vpc_id[k] = find_str(side, "vpcId");
			p.active[k] =
				region && find_state_is(s->sbx, s->now_ms, "vpc-peering-connection",
							region, doc, ACTIVE);
		}
		GROW(s->peerings, s->path.n_peerings);
		s->peerings[s->path.n_peerings++] = p;
	}
}

void scene_init(struct scene *s, struct sbx *sbx)
{
	*s = (struct scene){ .sbx = sbx, .now_ms = sbx_now_ms(sbx), .keep = json_array() };
}

void scene_forget_drawing(struct scene *s)
{
	free(s->rules);
	free(s->acl_entries);
	free(s->tables);
	free(s->assocs);
	free(s->routes);
	free(s->peerings);
	s->rules = NULL;
	s->acl_entries = NULL;
	s->tables = NULL;
	s->assocs = NULL;
	s->routes = NULL;
	s->peerings = NULL;
}

void scene_clear(struct scene *s)
{
	scene_forget_drawing(s);
	json_decref(s->keep);
}

static void draw_region(struct scene *s, const char *region)
{
	draw_rules(s, region);
	draw_acls(s, region);
	draw_tables(s, region);
}

void scene_trace(struct scene *s, struct way *ret)
{
	draw_region(s, s->path.from.region);
	if (!text_eq(s->path.from.region, s->path.to.region))
		draw_region(s, s->path.to.region);
	draw_peerings(s);
	s->path.rules = s->rules;
	s->path.acl_entries = s->acl_entries;
	s->path.tables = s->tables;
	s->path.assocs = s->assocs;
	s->path.routes = s->routes;
	s->path.peerings = s->peerings;
	ret->hop = network_path_trace(&s->path, ret->why);
	snprintf(ret->id, sizeof(ret->id), "%s", s->path.to.id ? s->path.to.id : "");
	snprintf(ret->region, sizeof(ret->region), "%s",
		 s->path.to.region ? s->path.to.region : "");
	snprintf(ret->address, sizeof(ret->address), "%s",
		 s->path.to.address ? s->path.to.address : "");
	snprintf(ret->from_address, sizeof(ret->from_address), "%s",
		 s->path.from.address ? s->path.from.address : "");
}

void way_stopped(struct way *ret, enum network_hop hop, const char *fmt, ...)
{
	va_list ap;

	*ret = (struct way){ .hop = hop };
	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
}

bool scene_end_from_eni(struct scene *s, const char *region, const char *owner_id,
			const char *eni_id, struct network_path_end *end)
{
	json_t *got =
		eni_id ? store_get(sbx_store(s->sbx), "network-interface", region, eni_id) : NULL;
	const json_t *eni, *group;
	size_t i;

	if (!got)
		return false;
	eni = scene_keep(s, got);
	*end = (struct network_path_end){ .id = owner_id,
					  .region = region,
					  .vpc_id = find_str(eni, "vpcId"),
					  .subnet_id = find_str(eni, "subnetId"),
					  .address = find_str(eni, "privateIpAddress") };
	json_array_foreach(json_object_get(eni, "groupSet"), i, group)
		if (end->n_groups < ARRAY_LEN(end->group_ids))
			end->group_ids[end->n_groups++] = find_str(group, "groupId");
	return true;
}

bool scene_is_running(const struct scene *s, const char *region, const json_t *doc)
{
	return find_state_is(s->sbx, s->now_ms, "instance", region, doc, RUNNING);
}

bool scene_has_booted(const struct scene *s, const json_t *doc)
{
	const json_t *since = json_object_get(doc, "_running_ms");

	return !since || s->now_ms >= json_integer_value(since) + sbx_scaled(s->sbx, BOOT_MS);
}

bool scene_end_from_instance(struct scene *s, const char *region, const json_t *doc, bool as_target,
			     struct network_path_end *end)
{
	if (!scene_end_from_eni(s, region, find_str(doc, "instanceId"), find_str(doc, "_eni"),
				end)) {
		*end = (struct network_path_end){ .id = find_str(doc, "instanceId"),
						  .region = region };
		return false;
	}
	end->up = scene_is_running(s, region, doc) && (!as_target || scene_has_booted(s, doc));
	return true;
}
