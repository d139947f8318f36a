/* SPDX-License-Identifier: Apache-2.0 */
/* EC2 Instance Connect Endpoints and VPC interface endpoints. */
#include "aws/ec2/parse.h"

#include "aws/core/advice.h"
#include "aws/ec2/read_cache.h"
#include "base/text.h"
#include "net/loop.h"

/* ---- EC2 Instance Connect Endpoint -------------------------------------- */

static const struct ec2_field connect_endpoint_fields[] = {
	EC2_TEXT(ec2_connect_endpoint, endpoint_id, "instanceConnectEndpointId"),
	EC2_TEXT(ec2_connect_endpoint, state, "state"),
	EC2_TEXT(ec2_connect_endpoint, state_message, "stateMessage"),
	EC2_TEXT(ec2_connect_endpoint, vpc_id, "vpcId"),
	EC2_TEXT(ec2_connect_endpoint, subnet_id, "subnetId"),
	EC2_TEXT(ec2_connect_endpoint, created_at, "createdAt"),
	EC2_BOOL(ec2_connect_endpoint, preserve_client_ip, "preserveClientIp"),
	EC2_TEXTS(ec2_connect_endpoint, group_ids, "securityGroupIdSet/item"),
	EC2_TEXTS(ec2_connect_endpoint, interface_ids, "networkInterfaceIdSet/item"),
	/* At the top stands the IPv4 name; publicDnsNames has it too, and beside it the dual-stack
	 * one, which alone an endpoint of an IPv6 subnet has. */
	EC2_TEXT(ec2_connect_endpoint, dns_name, "dnsName"),
	EC2_TEXT(ec2_connect_endpoint, dns_name, "publicDnsNames/ipv4/dnsName"),
	EC2_TEXT(ec2_connect_endpoint, dns_name, "publicDnsNames/dualstack/dnsName"),
	EC2_TEXT(ec2_connect_endpoint, fips_dns_name, "fipsDnsName"),
	EC2_TEXT(ec2_connect_endpoint, fips_dns_name, "publicDnsNames/ipv4/fipsDnsName"),
	EC2_TEXT(ec2_connect_endpoint, fips_dns_name, "publicDnsNames/dualstack/fipsDnsName"),
	EC2_TAGS(ec2_connect_endpoint, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_connect_endpoint, ec2_connect_endpoints, connect_endpoint_fields)

struct rb_error *ec2_create_connect_endpoint(struct aws_client *c, const char *subnet_id,
					     const char *group_id, bool preserve_client_ip,
					     const char *token, const struct aws_tags *tags,
					     char **ret_endpoint_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "SubnetId", subnet_id);
	params_add(&p, "SecurityGroupId.1", group_id);
	/* always sent: the documents do not agree on the default */
	params_add_bool(&p, "PreserveClientIp", preserve_client_ip);
	params_add(&p, "ClientToken", token);
	params_add_tag_spec(&p, "instance-connect-endpoint", tags);
	return rb_error_what(ec2_make(c, "CreateInstanceConnectEndpoint", &p, token != NULL,
				      "instanceConnectEndpoint/instanceConnectEndpointId", NULL,
				      ret_endpoint_id),
			     "cannot create an EC2 Instance Connect Endpoint in subnet '%s'",
			     subnet_id);
}

struct rb_error *ec2_describe_connect_endpoints(struct aws_client *c, const char *const *ids,
						const struct aws_filter *filters,
						struct ec2_connect_endpoints *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeInstanceConnectEndpoints",
		.id_param = "InstanceConnectEndpointId",
		.items = "instanceConnectEndpointSet/item",
		.page = 50,
		.noun = N_("EC2 Instance Connect Endpoint"),
		.type = &ec2_connect_endpoints_type,
	};
	auto_ec2_connect_endpoints found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_delete_connect_endpoint(struct aws_client *c, const char *endpoint_id)
{
	return rb_error_what(ec2_remove(c, "DeleteInstanceConnectEndpoint",
					"InstanceConnectEndpointId", endpoint_id),
			     "cannot delete EC2 Instance Connect Endpoint '%s'", endpoint_id);
}

/* ---- VPC endpoints ------------------------------------------------------ */

static const struct ec2_field vpc_endpoint_fields[] = {
	EC2_TEXT(ec2_vpc_endpoint, vpc_endpoint_id, "vpcEndpointId"),
	EC2_TEXT(ec2_vpc_endpoint, type, "vpcEndpointType"),
	EC2_TEXT(ec2_vpc_endpoint, state, "state"),
	EC2_TEXT(ec2_vpc_endpoint, vpc_id, "vpcId"),
	EC2_TEXT(ec2_vpc_endpoint, service_name, "serviceName"),
	EC2_TEXT(ec2_vpc_endpoint, service_region, "serviceRegion"),
	EC2_TEXT(ec2_vpc_endpoint, policy, "policyDocument"),
	EC2_TEXT(ec2_vpc_endpoint, last_error_code, "lastError/code"),
	EC2_TEXT(ec2_vpc_endpoint, last_error_message, "lastError/message"),
	EC2_TEXT(ec2_vpc_endpoint, created_at, "creationTimestamp"),
	EC2_BOOL(ec2_vpc_endpoint, private_dns, "privateDnsEnabled"),
	EC2_TEXTS(ec2_vpc_endpoint, subnet_ids, "subnetIdSet/item"),
	EC2_TEXTS(ec2_vpc_endpoint, group_ids, "groupSet/item/groupId"),
	EC2_TEXTS(ec2_vpc_endpoint, interface_ids, "networkInterfaceIdSet/item"),
	EC2_TEXTS(ec2_vpc_endpoint, dns_names, "dnsEntrySet/item/dnsName"),
	EC2_TAGS(ec2_vpc_endpoint, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_vpc_endpoint, ec2_vpc_endpoints, vpc_endpoint_fields)

struct rb_error *ec2_create_interface_endpoint(struct aws_client *c,
					       const struct ec2_interface_endpoint *wanted,
					       const char *token, const struct aws_tags *tags,
					       char **ret_vpc_endpoint_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcId", wanted->vpc_id);
	params_add(&p, "VpcEndpointType", "Interface"); /* the default is Gateway */
	params_add(&p, "ServiceName", wanted->service_name);
	params_add(&p, "ServiceRegion", wanted->service_region);
	params_add(&p, "SubnetId.1", wanted->subnet_id);
	params_add(&p, "SecurityGroupId.1", wanted->group_id);
	params_add_bool(&p, "PrivateDnsEnabled", false);
	params_add(&p, "IpAddressType", "ipv4");
	params_add(&p, "ClientToken", token);
	params_add_tag_spec(&p, "vpc-endpoint", tags);
	return rb_error_what(ec2_make(c, "CreateVpcEndpoint", &p, token != NULL,
				      "vpcEndpoint/vpcEndpointId", NULL, ret_vpc_endpoint_id),
			     "cannot create the interface endpoint for '%s' in VPC '%s'",
			     wanted->service_name, wanted->vpc_id);
}

struct rb_error *ec2_describe_vpc_endpoints(struct aws_client *c, const char *const *ids,
					    const struct aws_filter *filters,
					    struct ec2_vpc_endpoints *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVpcEndpoints",
		.id_param = "VpcEndpointId",
		.items = "vpcEndpointSet/item",
		.page = 1000,
		.noun = N_("VPC endpoint"),
		.type = &ec2_vpc_endpoints_type,
	};
	auto_ec2_vpc_endpoints found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* The refusal that stands inside a successful answer; NULL: it was taken. */
static struct rb_error *unsuccessful(const struct xml_reply *reply)
{
	const struct xml_node *error = xml_first(reply->root, "unsuccessful/item/error");
	autofree char *code = xml_text(error, "code");
	autofree char *message = xml_text(error, "message");
	struct advice advice;
	struct rb_error *err;

	if (!code)
		return NULL;
	advice = advice_for("ec2", "DeleteVpcEndpoints", code, message, /* http_status= */ 400);
	err = rb_error_because(advice.kind, "%s: %s", code, message ? message : "");
	err = advice_give(err, &advice);
	err->aws_code = steal_str(&code);
	err->request_id = xstrdup_or_null(reply->request_id);
	err->http_status = 200;
	return err;
}

static struct rb_error *delete_vpc_endpoint(struct aws_client *c, const char *vpc_endpoint_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;

	params_add(&p, "VpcEndpointId.1", vpc_endpoint_id);
	ec2_cache_invalidate(aws_client_session(c), vpc_endpoint_id);
	TRY(ec2_send(c, "DeleteVpcEndpoints", &p, AWS_CHANGES | AWS_AGAIN, &reply));
	return unsuccessful(&reply);
}

/* True when a describing call, which waits for things just made, finds it and not on its way out.
 */
static bool vpc_endpoint_lives(struct aws_client *c, const char *vpc_endpoint_id)
{
	const char *const ids[] = { vpc_endpoint_id, NULL };
	auto_ec2_vpc_endpoints found = { 0 };
	auto_error struct rb_error *err = ec2_describe_vpc_endpoints(c, ids, NULL, &found);

	return !err && found.n && found.v[0].state &&
	       !text_eq_nocase(found.v[0].state, "deleting") &&
	       !text_eq_nocase(found.v[0].state, "deleted");
}

#define DELETE_TRIES 5
#define DELETE_PAUSE_MS 3000

/*
 * "Not found" inside the answer is not seen by the generic call, so what it does
 * for things just made is done here: an endpoint that bills by the hour must not be
 * taken for gone because EC2 does not know it yet.
 */
struct rb_error *ec2_delete_vpc_endpoint(struct aws_client *c, const char *vpc_endpoint_id)
{
	struct aws_session *session = aws_client_session(c);
	struct rb_error *err;
	int tries;

	for (tries = 1;; tries++) {
		err = delete_vpc_endpoint(c, vpc_endpoint_id);
		if (!rb_error_is(err, RB_GONE) || tries >= DELETE_TRIES ||
		    !vpc_endpoint_lives(c, vpc_endpoint_id))
			break;
		(void)rb_error_free(err);
		err = loop_sleep(http_loop(aws_session_http(session)),
				 (int64_t)(DELETE_PAUSE_MS / aws_session_speed(session)));
		if (err)
			break;
	}
	if (!aws_client_is_dry(c) && (!err || rb_error_is(err, RB_GONE)))
		aws_session_forget_id(session, vpc_endpoint_id);
	return rb_error_what(err, "cannot delete VPC endpoint '%s'", vpc_endpoint_id);
}

/* The zones of one service, as they are found. */
struct service_zones {
	const char *service_name; /* borrowed */
	struct strv zones;
};

static void service_zones_clear(struct service_zones *z)
{
	strv_clear(&z->zones);
}

/* S3 has two services under one name: a Gateway and an Interface flavour. */
static struct rb_error *add_service_zones(void *arg, const struct xml_node *item)
{
	struct service_zones *z = arg;

	if (!xml_is(item, "serviceName", z->service_name))
		return NULL;
	xml_each(type, item, "serviceType/item/serviceType") {
		if (!xml_is(type, "", "Interface"))
			continue;
		xml_strv(item, "availabilityZoneSet/item", &z->zones);
		break;
	}
	return NULL;
}

struct rb_error *ec2_interface_service_zones(struct aws_client *c, const char *service_name,
					     struct strv *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVpcEndpointServices",
		.items = "serviceDetailSet/item",
		.add = add_service_zones,
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	CLEANUP(service_zones_clear) struct service_zones found = { .service_name = service_name };

	params_add(&p, "ServiceName.1", service_name);
	TRY(rb_error_what(ec2_list(c, &how, &p, NULL, NULL, &found),
			  "cannot read endpoint service '%s'", service_name));
	EC2_GIVE(ret, found.zones);
	return NULL;
}

/* One service, as it is found. */
struct service_offer {
	const char *service_name, *service_region; /* borrowed */
	bool offered;
};

static struct rb_error *add_service_offer(void *arg, const struct xml_node *item)
{
	struct service_offer *o = arg;

	if (!xml_is(item, "serviceName", o->service_name) ||
	    !xml_is(item, "serviceRegion", o->service_region))
		return NULL;
	xml_each(type, item, "serviceType/item/serviceType")
		o->offered = o->offered || xml_is(type, "", "Interface");
	return NULL;
}

struct rb_error *ec2_interface_service_offered(struct aws_client *c, const char *service_name,
					       const char *service_region, bool *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeVpcEndpointServices",
		.items = "serviceDetailSet/item",
		.add = add_service_offer,
	};
	/* not by its name: one that is not offered would be an error */
	const struct aws_filter filters[] = {
		{ .name = "service-name", .values = { service_name, NULL } }, { .name = NULL }
	};
	struct service_offer found = { service_name, service_region, false };
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "ServiceRegion.1", service_region);
	TRY(rb_error_what(ec2_list(c, &how, &p, NULL, filters, &found),
			  "cannot read endpoint service '%s'", service_name));
	*ret = found.offered;
	return NULL;
}
