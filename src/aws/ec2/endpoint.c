/* SPDX-License-Identifier: Apache-2.0 */
/* EC2 Instance Connect Endpoints and VPC interface endpoints. */
#include "aws/ec2/parse.h"

#include "aws/core/advice.h"
#include "base/text.h"
#include "net/loop.h"

/* ---- EC2 Instance Connect Endpoint -------------------------------------- */

static void ec2_connect_endpoint_clear(struct ec2_connect_endpoint *e)
{
	free(e->endpoint_id);
	free(e->state);
	free(e->state_message);
	free(e->dns_name);
	free(e->fips_dns_name);
	free(e->vpc_id);
	free(e->subnet_id);
	strv_clear(&e->group_ids);
	strv_clear(&e->interface_ids);
	free(e->created_at);
	aws_tags_clear(&e->tags);
}
EC2_DEFINE_LIST(ec2_connect_endpoint, ec2_connect_endpoints)

/* A name that is said, and not as "". */
static char *said_name(const struct xml_node *item, const char *path)
{
	char *name = xml_text(item, path);

	if (name && !*name) {
		free(name);
		name = NULL;
	}
	return name;
}

/*
 * The first name that is there.  `member` at the top is the IPv4 one; publicDnsNames has it too,
 * and beside it the dual-stack one, which alone an endpoint of an IPv6 subnet has.
 */
static char *public_name(const struct xml_node *item, const char *member)
{
	static const char *const places[] = { "", "publicDnsNames/ipv4/",
					      "publicDnsNames/dualstack/" };
	char *name = NULL;

	for (size_t i = 0; i < ARRAY_LEN(places) && !name; i++) {
		autofree char *path = xasprintf("%s%s", places[i], member);

		name = said_name(item, path);
	}
	return name;
}

static struct rb_error *add_connect_endpoint(void *list, const struct xml_node *item)
{
	struct ec2_connect_endpoint *e = ec2_connect_endpoints_push(list);

	e->endpoint_id = xml_text(item, "instanceConnectEndpointId");
	e->state = xml_text(item, "state");
	e->state_message = xml_text(item, "stateMessage");
	e->dns_name = public_name(item, "dnsName");
	e->fips_dns_name = public_name(item, "fipsDnsName");
	e->vpc_id = xml_text(item, "vpcId");
	e->subnet_id = xml_text(item, "subnetId");
	e->preserve_client_ip = xml_bool(item, "preserveClientIp");
	xml_strv(item, "securityGroupIdSet/item", &e->group_ids);
	xml_strv(item, "networkInterfaceIdSet/item", &e->interface_ids);
	e->created_at = xml_text(item, "createdAt");
	xml_tags(item, "tagSet/item", &e->tags);
	return NULL;
}

struct rb_error *ec2_create_connect_endpoint(struct aws_client *c, const char *subnet_id,
					     const char *group_id, bool preserve_client_ip,
					     const char *token, const struct aws_tags *tags,
					     char **ret_endpoint_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "SubnetId", subnet_id);
	params_add(&p, "SecurityGroupId.1", group_id);
	/* always said: the documents do not agree on the default */
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
		.noun = "EC2 Instance Connect Endpoint",
		.add = add_connect_endpoint,
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

static void ec2_vpc_endpoint_clear(struct ec2_vpc_endpoint *e)
{
	free(e->vpc_endpoint_id);
	free(e->type);
	free(e->state);
	free(e->vpc_id);
	free(e->service_name);
	free(e->policy);
	free(e->last_error_code);
	free(e->last_error_message);
	strv_clear(&e->subnet_ids);
	strv_clear(&e->group_ids);
	strv_clear(&e->interface_ids);
	strv_clear(&e->dns_names);
	aws_tags_clear(&e->tags);
}
EC2_DEFINE_LIST(ec2_vpc_endpoint, ec2_vpc_endpoints)

static struct rb_error *add_vpc_endpoint(void *list, const struct xml_node *item)
{
	struct ec2_vpc_endpoint *e = ec2_vpc_endpoints_push(list);

	e->vpc_endpoint_id = xml_text(item, "vpcEndpointId");
	e->type = xml_text(item, "vpcEndpointType");
	e->state = xml_text(item, "state");
	e->vpc_id = xml_text(item, "vpcId");
	e->service_name = xml_text(item, "serviceName");
	e->private_dns = xml_bool(item, "privateDnsEnabled");
	e->policy = xml_text(item, "policyDocument");
	e->last_error_code = xml_text(item, "lastError/code");
	e->last_error_message = xml_text(item, "lastError/message");
	xml_strv(item, "subnetIdSet/item", &e->subnet_ids);
	xml_strv(item, "groupSet/item/groupId", &e->group_ids);
	xml_strv(item, "networkInterfaceIdSet/item", &e->interface_ids);
	xml_strv(item, "dnsEntrySet/item/dnsName", &e->dns_names);
	xml_tags(item, "tagSet/item", &e->tags);
	return NULL;
}

struct rb_error *ec2_create_interface_endpoint(struct aws_client *c, const char *vpc_id,
					       const char *service_name, const char *subnet_id,
					       const char *group_id, const char *token,
					       const struct aws_tags *tags,
					       char **ret_vpc_endpoint_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcId", vpc_id);
	params_add(&p, "VpcEndpointType", "Interface"); /* the default is Gateway */
	params_add(&p, "ServiceName", service_name);
	params_add(&p, "SubnetId.1", subnet_id);
	params_add(&p, "SecurityGroupId.1", group_id);
	params_add_bool(&p, "PrivateDnsEnabled", false);
	params_add(&p, "IpAddressType", "ipv4");
	params_add(&p, "ClientToken", token);
	params_add_tag_spec(&p, "vpc-endpoint", tags);
	return rb_error_what(ec2_make(c, "CreateVpcEndpoint", &p, token != NULL,
				      "vpcEndpoint/vpcEndpointId", NULL, ret_vpc_endpoint_id),
			     "cannot create the interface endpoint for '%s' in VPC '%s'",
			     service_name, vpc_id);
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
		.noun = "VPC endpoint",
		.add = add_vpc_endpoint,
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
	TRY(aws_query_call(c, "ec2", "DeleteVpcEndpoints", &p, AWS_CHANGES | AWS_AGAIN, &reply));
	return unsuccessful(&reply);
}

/* True when a describing call, which waits for young things, finds it and not on its way out. */
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
 * for young things is done here: an endpoint that bills by the hour must not be
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
	if (!err || rb_error_is(err, RB_GONE))
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
