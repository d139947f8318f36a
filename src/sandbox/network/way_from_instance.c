/* SPDX-License-Identifier: Apache-2.0 */
/* From an instance to an interface endpoint, by one of its names or its address. */
#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/network/find.h"
#include "sandbox/network/scene.h"
#include "sandbox/network/way.h"

static const char *const AVAILABLE[] = { "available", NULL };

/* Does one of the endpoint's names, "*.vpce-...", cover this one?  A view has them, once it may. */
static bool endpoint_has_name(const json_t *view, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(view, "dnsEntrySet"), i, entry) {
		const char *dns = find_str(entry, "dnsName");
		const char *base = dns && text_starts_with(dns, "*.") ? dns + 2 : dns;

		if (base && (!strcmp(name, base) || (text_ends_with(name, base) &&
						     name[strlen(name) - strlen(base) - 1] == '.')))
			return true;
	}
	return false;
}

/* The endpoint of that name with its region; NULL: the name is nobody's.  New reference. */
static json_t *endpoint_by_name(struct sbx *sbx, const struct host *host, char region[32])
{
	json_t *doc, *view;

	if (host->kind != HOST_S3_ENDPOINT)
		return NULL;
	doc = find_thing(sbx, "vpc-endpoint", "vpcEndpointId", host->id, region);
	view = doc ? find_view(sbx, sbx_now_ms(sbx), "vpc-endpoint", region, doc) : NULL;
	if (!endpoint_has_name(view, host->name)) {
		json_decref(doc);
		doc = NULL;
	}
	json_decref(view);
	return doc;
}

static void trace_to_endpoint(struct scene *s, const json_t *endpoint, const char *region,
			      const char *eni_id, struct way *ret)
{
	s->path.to.id = find_str(endpoint, "vpcEndpointId");
	if (!scene_end_from_eni(s, region, find_str(endpoint, "vpcEndpointId"), eni_id,
				&s->path.to)) {
		way_stopped(ret, NETWORK_HOP_TARGET_STATE, "'%s' has no network interface",
			    find_str(endpoint, "vpcEndpointId"));
		return;
	}
	s->path.to.up =
		find_state_is(s->sbx, s->now_ms, "vpc-endpoint", region, endpoint, AVAILABLE);
	scene_trace(s, ret);
}

static bool owned_by_endpoint(const json_t *eni, const char *region, const void *arg)
{
	const char *owner = find_str(eni, "_owner");

	(void)region;
	return owner && text_starts_with(owner, "vpce-") &&
	       text_eq(find_str(eni, "privateIpAddress"), arg);
}

/* Of all that have this address (VPCs may share numbers) the first that can be reached. */
static void way_to_address(struct scene *s, const char *address, struct way *ret)
{
	json_t *found = find_all(s->sbx, "network-interface", owned_by_endpoint, address);
	const struct network_path_end from = s->path.from;
	const json_t *pair;
	size_t i;

	way_stopped(ret, NETWORK_HOP_SOURCE_ROUTE, "there is nothing at '%s'", address);
	scene_keep(s, found);
	json_array_foreach(found, i, pair) {
		const json_t *eni = json_array_get(pair, 1);
		char region[32];
		json_t *endpoint = find_thing(s->sbx, "vpc-endpoint", "vpcEndpointId",
					      find_str(eni, "_owner"), region);

		if (!endpoint)
			continue;
		scene_keep(s, endpoint);
		scene_forget_drawing(s);
		s->path = (struct network_path){ .from = from,
						 .port = s->path.port,
						 .name_resolves = true };
		trace_to_endpoint(s, endpoint, json_string_value(json_array_get(pair, 0)),
				  find_str(eni, "networkInterfaceId"), ret);
		if (ret->hop == NETWORK_HOP_OK)
			return;
	}
}

static void way_to_name(struct scene *s, const struct host *host, struct way *ret)
{
	char region[32] = "";
	json_t *got = endpoint_by_name(s->sbx, host, region);
	json_t *vpc = store_get(sbx_store(s->sbx), "vpc", s->path.from.region,
				s->path.from.vpc_id ? s->path.from.vpc_id : "");
	bool dns = find_flag(vpc, "_dns_support");
	const json_t *endpoint;

	json_decref(vpc);
	s->path.name_resolves = dns && (got || host->kind == HOST_API);
	if (got) {
		endpoint = scene_keep(s, got);
		trace_to_endpoint(s, endpoint, region,
				  find_first(endpoint, "networkInterfaceIdSet"), ret);
		return;
	}
	if (!dns)
		way_stopped(ret, NETWORK_HOP_NAME,
			    "'%s' does not resolve: the VPC has no DNS support", host->name);
	else if (host->kind == HOST_S3_ENDPOINT)
		way_stopped(ret, NETWORK_HOP_NAME, "'%s' is no endpoint's name", host->name);
	else
		way_stopped(ret, NETWORK_HOP_SOURCE_ROUTE,
			    "'%s' is on the internet, and there is no way there", host->name);
}

void way_from_instance(struct sbx *sbx, const char *instance_id, const char *host, int port,
		       struct way *ret)
{
	struct in_addr literal;
	struct host parsed;
	struct scene s;
	char region[32] = "";
	json_t *instance;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	s.path.port = port;
	instance = find_thing(sbx, "instance", "instanceId", instance_id, region);
	if (!instance) {
		way_stopped(ret, NETWORK_HOP_SOURCE_STATE, "there is no instance '%s'",
			    instance_id);
	} else if (!scene_end_from_instance(&s, region, scene_keep(&s, instance), false,
					    &s.path.from)) {
		way_stopped(ret, NETWORK_HOP_SOURCE_STATE, "'%s' has no network interface",
			    instance_id);
	} else if (inet_pton(AF_INET, host, &literal) == 1) {
		s.path.name_resolves = true;
		way_to_address(&s, host, ret);
	} else if (!host_parse(host, &parsed)) {
		way_stopped(ret, NETWORK_HOP_NAME, "what was asked for is no host name");
	} else {
		way_to_name(&s, &parsed, ret);
	}
	scene_clear(&s);
	sbx_unlock(sbx);
}

bool sbx_name_exists(struct sbx *sbx, const struct host *host)
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
	struct host host;
	size_t i;

	sbx_lock(sbx);
	instance = find_thing(sbx, "instance", "instanceId", instance_id, at);
	vpc = instance ? store_get(sbx_store(sbx), "vpc", at, sec2_str(instance, "vpcId")) : NULL;
	if (find_flag(vpc, "_dns_support") && host_parse(name, &host))
		endpoint = endpoint_by_name(sbx, &host, region);
	json_array_foreach(json_object_get(endpoint, "networkInterfaceIdSet"), i, id) {
		eni = store_get(sbx_store(sbx), "network-interface", region, json_string_value(id));
		if (find_str(eni, "privateIpAddress"))
			json_array_append(addresses, json_object_get(eni, "privateIpAddress"));
		json_decref(eni);
	}
	sbx_unlock(sbx);
	json_decref(endpoint);
	json_decref(instance);
	json_decref(vpc);
	return addresses;
}
