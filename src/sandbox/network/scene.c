/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing the picture.  Strings are borrowed from documents that the scene keeps
 * alive; what a state is, is asked of EC2's own views, so the path and a
 * Describe never disagree.
 */
#include "sandbox/network/scene.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/network/find.h"
#include "sandbox/iam/iam.h"

/* From `running` to an sshd that answers. */
#define BOOT_MS 15000
/* Whose address the instance sees when the endpoint keeps its client's: a documentation address. */
#define CLIENT_ADDRESS "203.0.113.25"

struct scene {
	struct sbx *sbx;
	int64_t now_ms;
	json_t *keep; /* documents whose strings are borrowed */
	struct sbx_walk w;
	struct sbx_walk_rule *rules;
	struct sbx_walk_acl_entry *acl_entries;
	struct sbx_walk_table *tables;
	struct sbx_walk_assoc *assocs;
	struct sbx_walk_route *routes;
	struct sbx_walk_peering *peerings;
};

static const char *const RUNNING[] = { "running", NULL };
static const char *const AVAILABLE[] = { "available", NULL };
static const char *const ACTIVE[] = { "active", NULL };
static const char *const EICE_SERVES[] = { "create-complete", "update-in-progress",
					   "update-complete", "update-failed", NULL };

/* ---- drawing ---------------------------------------------------------------- */

static const json_t *keep(struct scene *s, json_t *doc)
{
	json_array_append_new(s->keep, doc);
	return doc;
}

#define GROW(array, n) ((array) = xreallocarray((array), (n) + 1, sizeof(*(array))))

static void draw_rules(struct scene *s, const char *region)
{
	const json_t *all = keep(s, store_list(sbx_store(s->sbx), "security-group-rule", region));
	const json_t *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		GROW(s->rules, s->w.n_rules);
		s->rules[s->w.n_rules++] = (struct sbx_walk_rule){
			.group_id = sbx_find_str(doc, "groupId"),
			.egress = sbx_find_flag(doc, "isEgress"),
			.protocol = sbx_find_str(doc, "ipProtocol"),
			.from_port = sbx_find_number(doc, "fromPort"),
			.to_port = sbx_find_number(doc, "toPort"),
			.cidr = sbx_find_str(doc, "cidrIpv4"),
			.peer_group = sbx_find_str(json_object_get(doc, "referencedGroupInfo"),
						   "groupId"),
		};
	}
}

static void draw_acls(struct scene *s, const char *region)
{
	const json_t *all = keep(s, store_list(sbx_store(s->sbx), "network-acl", region));
	const json_t *doc, *item;
	size_t i, j;

	json_array_foreach(all, i, doc)
		json_array_foreach(json_object_get(doc, "entrySet"), j, item) {
			const json_t *ports = json_object_get(item, "portRange");

			GROW(s->acl_entries, s->w.n_acl_entries);
			s->acl_entries[s->w.n_acl_entries++] = (struct sbx_walk_acl_entry){
				.vpc_id = sbx_find_str(doc, "vpcId"),
				.number = sbx_find_number(item, "ruleNumber"),
				.egress = sbx_find_flag(item, "egress"),
				.allow = text_eq(sbx_find_str(item, "ruleAction"), "allow"),
				.protocol = sbx_find_str(item, "protocol"),
				.from_port = ports ? sbx_find_number(ports, "from") : 0,
				.to_port = ports ? sbx_find_number(ports, "to") : UINT16_MAX,
				.cidr = sbx_find_str(item, "cidrBlock"),
			};
		}
}

static void draw_route(struct scene *s, const char *table_id, const json_t *route)
{
	const char *target = sbx_find_str(route, "vpcPeeringConnectionId");

	if (!target)
		target = sbx_find_str(route, "gatewayId");
	if (!target || !sbx_find_str(route, "destinationCidrBlock"))
		return;
	GROW(s->routes, s->w.n_routes);
	s->routes[s->w.n_routes++] =
		(struct sbx_walk_route){ .table_id = table_id,
					 .cidr = sbx_find_str(route, "destinationCidrBlock"),
					 .target = target };
}

/* True when the association holds now: the main one has no subnet. */
static void draw_assoc(struct scene *s, const char *table_id, const json_t *assoc)
{
	const char *state = sbx_find_str(json_object_get(assoc, "associationState"), "state");

	if (!sbx_find_str(assoc, "subnetId") || text_eq(state, "disassociated") ||
	    text_eq(state, "disassociating"))
		return;
	GROW(s->assocs, s->w.n_assocs);
	s->assocs[s->w.n_assocs++] =
		(struct sbx_walk_assoc){ .table_id = table_id,
					 .subnet_id = sbx_find_str(assoc, "subnetId") };
}

static void draw_tables(struct scene *s, const char *region)
{
	const json_t *all = keep(s, store_list(sbx_store(s->sbx), "route-table", region));
	const json_t *doc, *item;
	size_t i, j;

	json_array_foreach(all, i, doc) {
		const char *id = sbx_find_str(doc, "routeTableId");

		GROW(s->tables, s->w.n_tables);
		s->tables[s->w.n_tables++] =
			(struct sbx_walk_table){ .id = id,
						 .vpc_id = sbx_find_str(doc, "vpcId"),
						 .main = sbx_find_flag(doc, "_main") };
		json_array_foreach(json_object_get(doc, "routeSet"), j, item)
			draw_route(s, id, item);
		json_array_foreach(json_object_get(doc, "associationSet"), j, item)
			draw_assoc(s, id, item);
	}
}

static void draw_peerings(struct scene *s)
{
	static const char *const sides[] = { "requesterVpcInfo", "accepterVpcInfo" };
	const json_t *all = keep(s, store_list(sbx_store(s->sbx), "vpc-peering-connection", ""));
	const json_t *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		struct sbx_walk_peering p = { .id = sbx_find_str(doc, "vpcPeeringConnectionId") };

		for (size_t k = 0; k < ARRAY_LEN(sides); k++) {
			const json_t *side = json_object_get(doc, sides[k]);
			const char *region = sbx_find_str(side, "region");

			p.vpc_id[k] = sbx_find_str(side, "vpcId");
			p.active[k] = region &&
				      sbx_find_state_is(s->sbx, s->now_ms, "vpc-peering-connection",
							region, doc, ACTIVE);
		}
		GROW(s->peerings, s->w.n_peerings);
		s->peerings[s->w.n_peerings++] = p;
	}
}

static void scene_init(struct scene *s, struct sbx *sbx)
{
	*s = (struct scene){ .sbx = sbx, .now_ms = sbx_now_ms(sbx), .keep = json_array() };
}

static void forget_drawing(struct scene *s)
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

static void scene_clear(struct scene *s)
{
	forget_drawing(s);
	json_decref(s->keep);
}

static void draw_region(struct scene *s, const char *region)
{
	draw_rules(s, region);
	draw_acls(s, region);
	draw_tables(s, region);
}

/* What lies between two regions (maybe the same), and the walk itself. */
static void scene_walk(struct scene *s, struct sbx_way *ret)
{
	draw_region(s, s->w.from.region);
	if (!text_eq(s->w.from.region, s->w.to.region))
		draw_region(s, s->w.to.region);
	draw_peerings(s);
	s->w.rules = s->rules;
	s->w.acl_entries = s->acl_entries;
	s->w.tables = s->tables;
	s->w.assocs = s->assocs;
	s->w.routes = s->routes;
	s->w.peerings = s->peerings;
	ret->hop = sbx_walk_run(&s->w, ret->why);
	snprintf(ret->id, sizeof(ret->id), "%s", s->w.to.id ? s->w.to.id : "");
	snprintf(ret->region, sizeof(ret->region), "%s", s->w.to.region ? s->w.to.region : "");
	snprintf(ret->address, sizeof(ret->address), "%s", s->w.to.address ? s->w.to.address : "");
}

static void stopped(struct sbx_way *ret, enum sbx_walk_hop hop, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void stopped(struct sbx_way *ret, enum sbx_walk_hop hop, const char *fmt, ...)
{
	va_list ap;

	*ret = (struct sbx_way){ .hop = hop };
	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
}

/* One end from its network interface.  `region` must outlive the scene. */
static bool end_from_eni(struct scene *s, const char *region, const char *owner_id,
			 const char *eni_id, struct sbx_walk_end *end)
{
	json_t *got =
		eni_id ? store_get(sbx_store(s->sbx), "network-interface", region, eni_id) : NULL;
	const json_t *eni, *group;
	size_t i;

	if (!got)
		return false;
	eni = keep(s, got);
	*end = (struct sbx_walk_end){ .id = owner_id,
				      .region = region,
				      .vpc_id = sbx_find_str(eni, "vpcId"),
				      .subnet_id = sbx_find_str(eni, "subnetId"),
				      .address = sbx_find_str(eni, "privateIpAddress") };
	json_array_foreach(json_object_get(eni, "groupSet"), i, group)
		if (end->n_groups < ARRAY_LEN(end->group_ids))
			end->group_ids[end->n_groups++] = sbx_find_str(group, "groupId");
	return true;
}

/* ---- instances ---------------------------------------------------------------- */

static bool has_booted(const struct scene *s, const json_t *doc)
{
	const json_t *since = json_object_get(doc, "_running_ms");

	return !since || s->now_ms >= json_integer_value(since) + sbx_scaled(s->sbx, BOOT_MS);
}

static bool end_from_instance(struct scene *s, const char *region, const json_t *doc,
			      bool as_target, struct sbx_walk_end *end)
{
	if (!end_from_eni(s, region, sbx_find_str(doc, "instanceId"), sbx_find_str(doc, "_eni"),
			  end)) {
		*end = (struct sbx_walk_end){ .id = sbx_find_str(doc, "instanceId"),
					      .region = region };
		return false;
	}
	end->up = sbx_find_state_is(s->sbx, s->now_ms, "instance", region, doc, RUNNING) &&
		  (!as_target || has_booted(s, doc));
	return true;
}

/* ---- endpoints ---------------------------------------------------------------- */

/* Does one of the endpoint's names, "*.vpce-...", cover this one?  A view has them, once it may. */
static bool endpoint_has_name(const json_t *view, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(view, "dnsEntrySet"), i, entry) {
		const char *dns = sbx_find_str(entry, "dnsName");
		const char *base = dns && text_starts_with(dns, "*.") ? dns + 2 : dns;

		if (base && (!strcmp(name, base) || (text_ends_with(name, base) &&
						     name[strlen(name) - strlen(base) - 1] == '.')))
			return true;
	}
	return false;
}

/* The endpoint of that name with its region; NULL: the name is nobody's.  New reference. */
static json_t *endpoint_by_name(struct sbx *sbx, const struct sbx_host *host, char region[32])
{
	json_t *doc, *view;

	if (host->kind != SBX_HOST_S3_ENDPOINT)
		return NULL;
	doc = sbx_find_thing(sbx, "vpc-endpoint", "vpcEndpointId", host->id, region);
	view = doc ? sbx_find_view(sbx, sbx_now_ms(sbx), "vpc-endpoint", region, doc) : NULL;
	if (!endpoint_has_name(view, host->name)) {
		json_decref(doc);
		doc = NULL;
	}
	json_decref(view);
	return doc;
}

static void walk_to_endpoint(struct scene *s, const json_t *endpoint, const char *region,
			     const char *eni_id, struct sbx_way *ret)
{
	s->w.to.id = sbx_find_str(endpoint, "vpcEndpointId");
	if (!end_from_eni(s, region, sbx_find_str(endpoint, "vpcEndpointId"), eni_id, &s->w.to)) {
		stopped(ret, SBX_WALK_TARGET_STATE, "'%s' has no network interface",
			sbx_find_str(endpoint, "vpcEndpointId"));
		return;
	}
	s->w.to.up =
		sbx_find_state_is(s->sbx, s->now_ms, "vpc-endpoint", region, endpoint, AVAILABLE);
	scene_walk(s, ret);
}

static bool owned_by_endpoint(const json_t *eni, const char *region, const void *arg)
{
	const char *owner = sbx_find_str(eni, "_owner");

	(void)region;
	return owner && text_starts_with(owner, "vpce-") &&
	       text_eq(sbx_find_str(eni, "privateIpAddress"), arg);
}

/* Of all that have this address (VPCs may share numbers) the first that can be reached. */
static void way_to_address(struct scene *s, const char *address, struct sbx_way *ret)
{
	json_t *found = sbx_find_all(s->sbx, "network-interface", owned_by_endpoint, address);
	const struct sbx_walk_end from = s->w.from;
	const json_t *pair;
	size_t i;

	stopped(ret, SBX_WALK_SOURCE_ROUTE, "there is nothing at '%s'", address);
	keep(s, found);
	json_array_foreach(found, i, pair) {
		const json_t *eni = json_array_get(pair, 1);
		char region[32];
		json_t *endpoint = sbx_find_thing(s->sbx, "vpc-endpoint", "vpcEndpointId",
						  sbx_find_str(eni, "_owner"), region);

		if (!endpoint)
			continue;
		keep(s, endpoint);
		forget_drawing(s);
		s->w = (struct sbx_walk){ .from = from, .port = s->w.port, .name_resolves = true };
		walk_to_endpoint(s, endpoint, json_string_value(json_array_get(pair, 0)),
				 sbx_find_str(eni, "networkInterfaceId"), ret);
		if (ret->hop == SBX_WALK_OK)
			return;
	}
}

static void way_to_name(struct scene *s, const struct sbx_host *host, struct sbx_way *ret)
{
	char region[32] = "";
	json_t *got = endpoint_by_name(s->sbx, host, region);
	json_t *vpc = store_get(sbx_store(s->sbx), "vpc", s->w.from.region,
				s->w.from.vpc_id ? s->w.from.vpc_id : "");
	bool dns = sbx_find_flag(vpc, "_dns_support");
	const json_t *endpoint;

	json_decref(vpc);
	s->w.name_resolves = dns && (got || host->kind == SBX_HOST_API);
	if (got) {
		endpoint = keep(s, got);
		walk_to_endpoint(s, endpoint, region,
				 sbx_find_first(endpoint, "networkInterfaceIdSet"), ret);
		return;
	}
	if (!dns)
		stopped(ret, SBX_WALK_NAME, "'%s' does not resolve: the VPC has no DNS support",
			host->name);
	else if (host->kind == SBX_HOST_S3_ENDPOINT)
		stopped(ret, SBX_WALK_NAME, "'%s' is no endpoint's name", host->name);
	else
		stopped(ret, SBX_WALK_SOURCE_ROUTE,
			"'%s' is on the internet, and there is no way there", host->name);
}

void sbx_way_from_instance(struct sbx *sbx, const char *instance_id, const char *host, int port,
			   struct sbx_way *ret)
{
	struct in_addr literal;
	struct sbx_host parsed;
	struct scene s;
	char region[32] = "";
	json_t *instance;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	s.w.port = port;
	instance = sbx_find_thing(sbx, "instance", "instanceId", instance_id, region);
	if (!instance) {
		stopped(ret, SBX_WALK_SOURCE_STATE, "there is no instance '%s'", instance_id);
	} else if (!end_from_instance(&s, region, keep(&s, instance), false, &s.w.from)) {
		stopped(ret, SBX_WALK_SOURCE_STATE, "'%s' has no network interface", instance_id);
	} else if (inet_pton(AF_INET, host, &literal) == 1) {
		s.w.name_resolves = true;
		way_to_address(&s, host, ret);
	} else if (!sbx_host_parse(host, &parsed)) {
		stopped(ret, SBX_WALK_NAME, "what was asked for is no host name");
	} else {
		way_to_name(&s, &parsed, ret);
	}
	scene_clear(&s);
	sbx_unlock(sbx);
}

bool sbx_name_exists(struct sbx *sbx, const struct sbx_host *host)
{
	char region[32];
	json_t *doc;
	bool exists;

	sbx_lock(sbx);
	doc = endpoint_by_name(sbx, host, region);
	sbx_unlock(sbx);
	exists = doc != NULL;
	json_decref(doc);
	return exists;
}

json_t *sbx_resolve(struct sbx *sbx, const char *instance_id, const char *name)
{
	json_t *addresses = json_array();
	json_t *endpoint = NULL, *instance, *vpc, *eni;
	const json_t *id;
	char at[32] = "", region[32] = "";
	struct sbx_host host;
	size_t i;

	sbx_lock(sbx);
	instance = sbx_find_thing(sbx, "instance", "instanceId", instance_id, at);
	vpc = instance ? store_get(sbx_store(sbx), "vpc", at, sec2_str(instance, "vpcId")) : NULL;
	if (sbx_find_flag(vpc, "_dns_support") && sbx_host_parse(name, &host))
		endpoint = endpoint_by_name(sbx, &host, region);
	json_array_foreach(json_object_get(endpoint, "networkInterfaceIdSet"), i, id) {
		eni = store_get(sbx_store(sbx), "network-interface", region, json_string_value(id));
		if (sbx_find_str(eni, "privateIpAddress"))
			json_array_append(addresses, json_object_get(eni, "privateIpAddress"));
		json_decref(eni);
	}
	sbx_unlock(sbx);
	json_decref(endpoint);
	json_decref(instance);
	json_decref(vpc);
	return addresses;
}

/* ---- from an Instance Connect Endpoint ------------------------------------------ */

struct place {
	const char *region, *vpc_id, *address;
};

static bool lives_at(const json_t *doc, const char *region, const void *arg)
{
	const struct place *p = arg;

	return text_eq(region, p->region) && text_eq(sbx_find_str(doc, "vpcId"), p->vpc_id) &&
	       text_eq(sbx_find_str(doc, "privateIpAddress"), p->address);
}

/* The instance at that address: one that runs before one that only ran. */
static json_t *instance_at(struct scene *s, const struct place *place)
{
	json_t *found = sbx_find_all(s->sbx, "instance", lives_at, place);
	json_t *best = NULL, *doc;
	const json_t *pair;
	size_t i;

	json_array_foreach(found, i, pair) {
		doc = json_array_get(pair, 1);
		if (!best ||
		    sbx_find_state_is(s->sbx, s->now_ms, "instance", place->region, doc, RUNNING))
			best = doc;
	}
	json_incref(best);
	json_decref(found);
	return best;
}

void sbx_way_from_eice(struct sbx *sbx, const char *region, const char *eice_id,
		       const char *address, int port, struct sbx_way *ret)
{
	struct place place = { .region = region, .address = address };
	json_t *instance = NULL, *got;
	const json_t *eice;
	struct scene s;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	s.w.port = port;
	s.w.name_resolves = true;
	got = store_get(sbx_store(sbx), "instance-connect-endpoint", region, eice_id);
	eice = got ? keep(&s, got) : NULL;
	place.vpc_id = sbx_find_str(eice, "vpcId");
	if (place.vpc_id)
		instance = instance_at(&s, &place);
	if (!eice || !end_from_eni(&s, region, eice_id,
				   sbx_find_first(eice, "networkInterfaceIdSet"), &s.w.from)) {
		stopped(ret, SBX_WALK_SOURCE_STATE, "there is no endpoint '%s'", eice_id);
	} else if (!instance) {
		stopped(ret, SBX_WALK_TARGET_STATE, "there is nothing at '%s'", address);
	} else if (!end_from_instance(&s, region, keep(&s, json_incref(instance)), true, &s.w.to)) {
		stopped(ret, SBX_WALK_TARGET_STATE, "'%s' has no network interface",
			sec2_str(instance, "instanceId"));
	} else {
		s.w.from.up = sbx_find_state_is(s.sbx, s.now_ms, "instance-connect-endpoint",
						region, eice, EICE_SERVES);
		if (sbx_find_flag(eice, "preserveClientIp"))
			s.w.seen_address = CLIENT_ADDRESS;
		scene_walk(&s, ret);
	}
	json_decref(instance);
	scene_clear(&s);
	sbx_unlock(sbx);
}

/* ---- facts ---------------------------------------------------------------------- */

static void put(char *out, size_t size, const char *value)
{
	snprintf(out, size, "%s", value ? value : "");
}

/* "arn:aws:iam::123456789012:instance-profile/path/NAME" -> NAME */
static const char *last_part(const char *arn)
{
	const char *slash = arn ? strrchr(arn, '/') : NULL;

	return slash ? slash + 1 : arn;
}

static void read_profile(struct sbx *sbx, const json_t *view, struct sbx_facts *f)
{
	const char *arn = sbx_find_str(json_object_get(view, "iamInstanceProfile"), "arn");
	const char *name = last_part(arn);
	json_t *profile = name ? store_get(sbx_store(sbx), SBX_PROFILE, "", name) : NULL;

	put(f->profile, sizeof(f->profile), arn);
	put(f->role, sizeof(f->role), sbx_find_str(profile, "role"));
	json_decref(profile);
}

static void read_facts(struct sbx *sbx, const json_t *view, const char *region, struct sbx_facts *f)
{
	json_t *eni =
		store_get(sbx_store(sbx), "network-interface", region, sec2_str(view, "_eni"));
	const json_t *options = json_object_get(view, "metadataOptions");
	const json_t *group;
	size_t i;

	put(f->region, sizeof(f->region), region);
	put(f->zone, sizeof(f->zone),
	    sbx_find_str(json_object_get(view, "placement"), "availabilityZone"));
	put(f->type, sizeof(f->type), sbx_find_str(view, "instanceType"));
	put(f->image, sizeof(f->image), sbx_find_str(view, "imageId"));
	put(f->address, sizeof(f->address), sbx_find_str(view, "privateIpAddress"));
	put(f->dns, sizeof(f->dns), sbx_find_str(view, "privateDnsName"));
	put(f->vpc, sizeof(f->vpc), sbx_find_str(view, "vpcId"));
	put(f->subnet, sizeof(f->subnet), sbx_find_str(view, "subnetId"));
	put(f->architecture, sizeof(f->architecture), sbx_find_str(view, "architecture"));
	put(f->reservation, sizeof(f->reservation), sbx_find_str(view, "_reservation_id"));
	put(f->mac, sizeof(f->mac), sbx_find_str(eni, "macAddress"));
	f->metadata = !text_eq(sbx_find_str(options, "httpEndpoint"), "disabled");
	f->needs_token = !text_eq(sbx_find_str(options, "httpTokens"), "optional");
	f->groups = json_array();
	f->group_ids = json_array();
	json_array_foreach(json_object_get(view, "groupSet"), i, group) {
		if (sbx_find_str(group, "groupName"))
			json_array_append(f->groups, json_object_get(group, "groupName"));
		if (sbx_find_str(group, "groupId"))
			json_array_append(f->group_ids, json_object_get(group, "groupId"));
	}
	read_profile(sbx, view, f);
	json_decref(eni);
}

bool sbx_facts_of(struct sbx *sbx, const char *instance_id, struct sbx_facts *ret)
{
	struct sbx_facts f = { 0 };
	json_t *doc, *view = NULL;
	char region[32] = "";
	struct scene s;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	put(f.id, sizeof(f.id), instance_id);
	doc = sbx_find_thing(sbx, "instance", "instanceId", instance_id, region);
	if (doc)
		view = sbx_find_view(sbx, s.now_ms, "instance", region, doc);
	if (view) {
		f.running = sbx_find_state_is(s.sbx, s.now_ms, "instance", region, doc, RUNNING);
		f.reachable = f.running && has_booted(&s, doc);
		read_facts(sbx, view, region, &f);
	}
	scene_clear(&s);
	sbx_unlock(sbx);
	json_decref(doc);
	json_decref(view);
	if (!view)
		return false;
	*ret = f;
	return true;
}

void sbx_facts_clear(struct sbx_facts *facts)
{
	json_decref(facts->groups);
	json_decref(facts->group_ids);
	*facts = (struct sbx_facts){ 0 };
}

static bool any(const json_t *doc, const char *region, const void *arg)
{
	(void)doc;
	(void)region;
	(void)arg;
	return true;
}

json_t *sbx_running_instances(struct sbx *sbx)
{
	json_t *out = json_array(), *all;
	const json_t *pair;
	struct scene s;
	size_t i;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	all = sbx_find_all(sbx, "instance", any, NULL);
	json_array_foreach(all, i, pair) {
		const char *region = json_string_value(json_array_get(pair, 0));
		const json_t *doc = json_array_get(pair, 1);

		if (sbx_find_state_is(s.sbx, s.now_ms, "instance", region, doc, RUNNING))
			json_array_append_new(out, json_pack("{s:O, s:s}", "id",
							     json_object_get(doc, "instanceId"),
							     "region", region));
	}
	json_decref(all);
	scene_clear(&s);
	sbx_unlock(sbx);
	return out;
}
