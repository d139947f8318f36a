/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real answers, each read by the typed call that would get it, and shown as text:
 * every field.  tests/data/samples/expected.txt holds what each must say, as read
 * from the sample by a person.  With SHOW=1 in the environment it is printed anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "aws/eic.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "aws/ssm.h"
#include "aws/sts.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/aws_world.h"
#include "tests/lib/stub.h"

#define SAMPLES "tests/data/samples"

static struct stub *stub;
static struct aws_world world;
static struct buf expected = BUF_INIT;

/* What the stub answers next, once; other actions and further pages find nothing. */
static struct {
	int status;
	const char *body;
	bool json;
	bool told;
} next;

static void answer_sample(void *arg, const struct stub_request *req, struct stub_answer *answer)
{
	autofree char *root = xasprintf("<%sResponse", req->action);
	bool elsewhere = text_starts_with(req->action, "Describe") && next.status == 200 &&
			 !strstr(next.body, root);

	(void)arg;
	if (next.told || elsewhere) {
		answer->body = xasprintf("%s/>", root);
		return;
	}
	next.told = true;
	answer->status = next.status;
	answer->body = xstrdup(next.body);
	answer->type = next.json ? "application/x-amz-json-1.1" : "text/xml;charset=UTF-8";
	http_headers_add(&answer->headers, "x-amzn-RequestId", "header-id");
}

/* ---- showing ------------------------------------------------------------ */

static void put(struct buf *out, const char *name, const char *value)
{
	if (value)
		(void)buf_addf(out, " %s=%s", name, value);
}

static void put_bool(struct buf *out, const char *name, bool value)
{
	put(out, name, value ? "yes" : NULL);
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
	(void)buf_addf(out, " %s=%lld", name, (long long)value);
}

static void put_list(struct buf *out, const char *name, const struct strv *list)
{
	autofree char *joined = strv_join(list, ",");

	put(out, name, list->n ? joined : NULL);
}

static void put_tags(struct buf *out, const struct aws_tags *tags)
{
	size_t i;

	for (i = 0; i < tags->n; i++)
		(void)buf_addf(out, " tag:%s=%s", tags->v[i].key, tags->v[i].value);
}

/* True, and shown, when the call failed. */
static bool failed(struct buf *out, struct rb_error *err)
{
	if (!err)
		return false;
	(void)buf_addf(out, "error %s: %s: %s\n", rb_kind_name(err->kind), err->what, err->why);
	(void)rb_error_free(err);
	return true;
}

static void done(struct buf *out, struct rb_error *err)
{
	if (!failed(out, err))
		(void)buf_adds(out, "done\n");
}

/* `id` and `more` are what the call that answered `err` filled. */
static void made(struct buf *out, struct rb_error *err, char *const *id, char *const *more)
{
	if (failed(out, err))
		return;
	put(out, "made", *id ? *id : "something");
	put(out, "and", more ? *more : NULL);
	(void)buf_adds(out, "\n");
}

/* ---- EC2: reading ------------------------------------------------------- */

static void vpcs(struct aws_client *c, struct buf *out)
{
	auto_ec2_vpcs l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_vpcs(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "vpc", l.v[i].vpc_id);
		put(out, "state", l.v[i].state);
		put(out, "cidr", l.v[i].cidr_block);
		put(out, "owner", l.v[i].owner_id);
		put_bool(out, "default", l.v[i].is_default);
		put_list(out, "blocks", &l.v[i].cidr_blocks);
		put_tags(out, &l.v[i].tags);
		(void)buf_adds(out, "\n");
	}
}

static void vpc_dns_support(struct aws_client *c, struct buf *out)
{
	bool on;

	if (!failed(out, ec2_describe_vpc_attribute(c, "vpc-1", "enableDnsSupport", &on)))
		(void)buf_adds(out, on ? "on\n" : "off\n");
}

static void vpc_dns_hostnames(struct aws_client *c, struct buf *out)
{
	bool on;

	if (!failed(out, ec2_describe_vpc_attribute(c, "vpc-1", "enableDnsHostnames", &on)))
		(void)buf_adds(out, on ? "on\n" : "off\n");
}

static void zones(struct aws_client *c, struct buf *out)
{
	auto_ec2_zones l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_zones(c, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "zone", l.v[i].name);
		put(out, "id", l.v[i].id);
		put(out, "state", l.v[i].state);
		put(out, "type", l.v[i].type);
		(void)buf_adds(out, "\n");
	}
}

static void subnets(struct aws_client *c, struct buf *out)
{
	auto_ec2_subnets l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_subnets(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "subnet", l.v[i].subnet_id);
		put(out, "state", l.v[i].state);
		put(out, "vpc", l.v[i].vpc_id);
		put(out, "cidr", l.v[i].cidr_block);
		put(out, "zone", l.v[i].zone);
		put(out, "zone_id", l.v[i].zone_id);
		put_bool(out, "public", l.v[i].map_public_ip);
		put_tags(out, &l.v[i].tags);
		(void)buf_adds(out, "\n");
	}
}

static void route_tables(struct aws_client *c, struct buf *out)
{
	auto_ec2_route_tables l = { 0 };
	size_t i, j;

	if (failed(out, ec2_describe_route_tables(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "table", l.v[i].route_table_id);
		put(out, "vpc", l.v[i].vpc_id);
		put_tags(out, &l.v[i].tags);
		for (j = 0; j < l.v[i].routes.n; j++) {
			const struct ec2_route *r = &l.v[i].routes.v[j];

			(void)buf_adds(out, "\n ");
			put(out, "to", r->destination);
			put(out, "by", r->target);
			put(out, "state", r->state);
			put(out, "origin", r->origin);
		}
		for (j = 0; j < l.v[i].associations.n; j++) {
			const struct ec2_association *a = &l.v[i].associations.v[j];

			(void)buf_adds(out, "\n ");
			put(out, "association", a->association_id);
			put(out, "subnet", a->subnet_id);
			put(out, "gateway", a->gateway_id);
			put_bool(out, "main", a->main);
			put(out, "state", a->state);
		}
		(void)buf_adds(out, "\n");
	}
}

static void groups(struct aws_client *c, struct buf *out)
{
	auto_ec2_groups l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_groups(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "group", l.v[i].group_id);
		put(out, "name", l.v[i].name);
		put(out, "description", l.v[i].description);
		put(out, "vpc", l.v[i].vpc_id);
		for (size_t k = 0; k < l.v[i].rules.n; k++) {
			const struct ec2_rule *r = &l.v[i].rules.v[k];

			(void)buf_addf(out, " rule=%s/%s/%d-%d/%s%s", r->egress ? "out" : "in",
				       r->protocol, r->from_port, r->to_port,
				       r->cidr		   ? r->cidr
				       : r->group_id	   ? r->group_id
				       : r->prefix_list_id ? r->prefix_list_id
							   : "nobody",
				       r->description ? "(described)" : "");
		}
		put_tags(out, &l.v[i].tags);
		(void)buf_adds(out, "\n");
	}
}

static void images(struct aws_client *c, struct buf *out)
{
	auto_ec2_images l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_images(c, NULL, "amazon", NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "image", l.v[i].image_id);
		put(out, "name", l.v[i].name);
		put(out, "state", l.v[i].state);
		put(out, "arch", l.v[i].architecture);
		put(out, "date", l.v[i].creation_date);
		put(out, "owner", l.v[i].owner_id);
		put(out, "root", l.v[i].root_device_name);
		(void)buf_adds(out, "\n");
	}
}

static void instances(struct aws_client *c, struct buf *out)
{
	auto_ec2_instances l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_instances(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		const struct ec2_instance *v = &l.v[i];

		put(out, "instance", v->instance_id);
		put(out, "state", v->state);
		put(out, "reason_code", v->state_reason_code);
		put(out, "reason_message", v->state_reason_message);
		put(out, "transition", v->state_transition_reason);
		put(out, "image", v->image_id);
		put(out, "type", v->instance_type);
		put(out, "arch", v->architecture);
		put(out, "private_ip", v->private_ip);
		put(out, "public_ip", v->public_ip);
		put(out, "ipv6", v->ipv6);
		put(out, "vpc", v->vpc_id);
		put(out, "subnet", v->subnet_id);
		put(out, "zone", v->zone);
		put(out, "key", v->key_name);
		put(out, "profile", v->profile_arn);
		put(out, "http_tokens", v->http_tokens);
		put(out, "http_endpoint", v->http_endpoint);
		put_int(out, "hops", v->hop_limit);
		put(out, "token", v->client_token);
		put(out, "launched", v->launch_time);
		put_list(out, "groups", &v->group_ids);
		put_list(out, "interfaces", &v->interface_ids);
		put_list(out, "volumes", &v->volume_ids);
		put_bool(out, "root_goes", v->root_deleted_on_termination);
		put_tags(out, &v->tags);
		(void)buf_adds(out, "\n");
	}
}

/* The text after the first `tag` of the sample. */
static char *first_text(const char *tag)
{
	const char *at = strstr(next.body, tag);

	if (!at)
		return xstrdup("none");
	at += strlen(tag);
	return xstrndup(at, strcspn(at, "<"));
}

static void instance_status(struct aws_client *c, struct buf *out)
{
	autofree char *instance = NULL;
	autofree char *system = NULL;
	autofree char *id = first_text("<instanceId>");

	if (failed(out, ec2_describe_instance_status(c, id, &instance, &system)))
		return;
	put(out, "of", id);
	put(out, "instance", instance);
	put(out, "system", system);
	(void)buf_adds(out, "\n");
}

static void profile_association(struct aws_client *c, struct buf *out)
{
	autofree char *state = NULL;
	autofree char *arn = NULL;

	if (failed(out, ec2_describe_profile_association(c, "i-1", &state, &arn)))
		return;
	put(out, "state", state ? state : "none");
	put(out, "arn", arn);
	(void)buf_adds(out, "\n");
}

static void console(struct aws_client *c, struct buf *out)
{
	autofree char *text = NULL;
	autofree char *shown = NULL;

	if (failed(out, ec2_get_console_output(c, "i-1", &text)))
		return;
	shown = text_printable(text, strlen(text), 100);
	(void)buf_addf(out, "%zu bytes: %s\n", strlen(text), shown);
}

static void volumes(struct aws_client *c, struct buf *out)
{
	auto_ec2_volumes l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_volumes(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "volume", l.v[i].volume_id);
		put(out, "state", l.v[i].state);
		put_tags(out, &l.v[i].tags);
		(void)buf_adds(out, "\n");
	}
}

static void vpc_endpoints(struct aws_client *c, struct buf *out)
{
	auto_ec2_vpc_endpoints l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_vpc_endpoints(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		const struct ec2_vpc_endpoint *v = &l.v[i];

		put(out, "endpoint", v->vpc_endpoint_id);
		put(out, "type", v->type);
		put(out, "state", v->state);
		put(out, "vpc", v->vpc_id);
		put(out, "service", v->service_name);
		put_bool(out, "private_dns", v->private_dns);
		put(out, "policy", v->policy);
		put(out, "error_code", v->last_error_code);
		put(out, "error_message", v->last_error_message);
		put_list(out, "subnets", &v->subnet_ids);
		put_list(out, "groups", &v->group_ids);
		put_list(out, "interfaces", &v->interface_ids);
		put_list(out, "dns", &v->dns_names);
		put_tags(out, &v->tags);
		(void)buf_adds(out, "\n");
	}
}

static void service_zones(struct aws_client *c, struct buf *out)
{
	auto_strv l = { 0 };

	if (failed(out, ec2_interface_service_zones(c, "com.amazonaws.us-east-1.ssm", &l)))
		return;
	put_list(out, "zones", &l);
	(void)buf_adds(out, "\n");
}

static void peerings(struct aws_client *c, struct buf *out)
{
	auto_ec2_peerings l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_peerings(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		const struct ec2_peering *v = &l.v[i];

		put(out, "peering", v->peering_id);
		put(out, "status", v->status);
		put(out, "message", v->status_message);
		put(out, "from", v->requester_vpc_id);
		put(out, "from_owner", v->requester_owner_id);
		put(out, "from_region", v->requester_region);
		put(out, "from_cidr", v->requester_cidr);
		put(out, "to", v->accepter_vpc_id);
		put(out, "to_owner", v->accepter_owner_id);
		put(out, "to_region", v->accepter_region);
		put(out, "to_cidr", v->accepter_cidr);
		put_tags(out, &v->tags);
		(void)buf_adds(out, "\n");
	}
}

static void interfaces(struct aws_client *c, struct buf *out)
{
	auto_ec2_interfaces l = { 0 };
	size_t i;

	if (failed(out, ec2_describe_interfaces(c, NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		const struct ec2_interface *v = &l.v[i];

		put(out, "interface", v->interface_id);
		put(out, "status", v->status);
		put(out, "description", v->description);
		put(out, "type", v->type);
		put(out, "requester", v->requester_id);
		put_bool(out, "managed", v->requester_managed);
		put(out, "private_ip", v->private_ip);
		put(out, "vpc", v->vpc_id);
		put(out, "subnet", v->subnet_id);
		put(out, "instance", v->instance_id);
		put_list(out, "groups", &v->group_ids);
		put_tags(out, &v->tags);
		(void)buf_adds(out, "\n");
	}
}

static void acl_entries(struct aws_client *c, struct buf *out)
{
	auto_ec2_acls l = { 0 };
	size_t i, k;

	if (failed(out, ec2_describe_subnet_acl(c, "subnet-1", &l)))
		return;
	for (k = 0; k < l.n; k++) {
		put(out, "acl", l.v[k].acl_id);
		put(out, "vpc", l.v[k].vpc_id);
		put_bool(out, "default", l.v[k].is_default);
		(void)buf_adds(out, "\n");
		for (i = 0; i < l.v[k].entries.n; i++) {
			const struct ec2_acl_entry *e = &l.v[k].entries.v[i];

			put_int(out, "rule", e->rule_number);
			put(out, "protocol", e->protocol);
			put(out, "action", e->action);
			put_bool(out, "egress", e->egress);
			put(out, "cidr", e->cidr);
			put_int(out, "from", e->from_port);
			put_int(out, "to", e->to_port);
			(void)buf_adds(out, "\n");
		}
	}
}

static void gateways(struct aws_client *c, struct buf *out)
{
	auto_strv l = { 0 };

	if (failed(out, ec2_internet_gateways(c, "vpc-1", &l)))
		return;
	put_list(out, "gateways", &l);
	(void)buf_adds(out, "\n");
}

/* ---- EC2: changing ------------------------------------------------------ */

static void create_vpc(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, ec2_create_vpc(c, "10.0.0.0/16", NULL, &id), &id, NULL);
}

static void create_subnet(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;
	autofree char *zone = NULL;

	made(out, ec2_create_subnet(c, "vpc-1", "10.0.0.0/20", NULL, NULL, &id, &zone), &id, &zone);
}

static void create_route_table(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, ec2_create_route_table(c, "vpc-1", NULL, NULL, &id), &id, NULL);
}

static void associate(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, ec2_associate_route_table(c, "rtb-1", "subnet-1", &id), &id, NULL);
}

static void create_group(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, ec2_create_group(c, "vpc-1", "name", "text", NULL, &id), &id, NULL);
}

static void authorize_in(struct aws_client *c, struct buf *out)
{
	static char tcp[] = "tcp", cidr[] = "10.0.0.0/16";
	autofree char *id = NULL;
	const struct ec2_rule rule = {
		.protocol = tcp, .from_port = 1, .to_port = 2, .cidr = cidr
	};

	made(out, ec2_authorize(c, "sg-1", &rule, NULL, &id), &id, NULL);
}

static void authorize_out(struct aws_client *c, struct buf *out)
{
	static char tcp[] = "tcp", cidr[] = "10.0.0.0/16";
	autofree char *id = NULL;
	const struct ec2_rule rule = {
		.egress = true, .protocol = tcp, .from_port = 1, .to_port = 2, .cidr = cidr
	};

	made(out, ec2_authorize(c, "sg-1", &rule, NULL, &id), &id, NULL);
}

static void create_connect_endpoint(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, ec2_create_connect_endpoint(c, "subnet-1", "sg-1", false, NULL, NULL, &id), &id,
	     NULL);
}

static void run_instance(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;
	const struct ec2_run_instance launch = { .image_id = "ami-1", .subnet_id = "subnet-1" };

	made(out, ec2_run_instance(c, &launch, &id), &id, NULL);
}

static void create_endpoint(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out,
	     ec2_create_interface_endpoint(
		     c, &(struct ec2_interface_endpoint){ "vpc-1", "s3", NULL, "subnet-1", "sg-1" },
		     NULL, NULL, &id),
	     &id, NULL);
}

static void create_peering(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, ec2_create_peering(c, "vpc-1", "vpc-2", "us-east-1", NULL, &id), &id, NULL);
}

#define DONE(name, call)                                                                           \
	static void name(struct aws_client *c, struct buf *out)                                    \
	{                                                                                          \
		done(out, call);                                                                   \
	}

DONE(delete_vpc, ec2_delete_vpc(c, "vpc-1"))
DONE(modify_vpc, ec2_modify_vpc_attribute(c, "vpc-1", "EnableDnsSupport", true))
DONE(delete_subnet, ec2_delete_subnet(c, "subnet-1"))
DONE(delete_route_table, ec2_delete_route_table(c, "rtb-1"))
DONE(disassociate, ec2_disassociate_route_table(c, "rtbassoc-1"))
DONE(create_route, ec2_create_peering_route(c, "rtb-1", "10.1.0.0/16", "pcx-1"))
DONE(replace_route, ec2_replace_peering_route(c, "rtb-1", "10.1.0.0/16", "pcx-1"))
DONE(delete_route, ec2_delete_route(c, "rtb-1", "10.1.0.0/16"))
DONE(delete_group, ec2_delete_group(c, "sg-1"))
DONE(revoke_in, ec2_revoke(c, "sg-1", false, "sgr-1"))
DONE(revoke_out, ec2_revoke(c, "sg-1", true, "sgr-1"))
DONE(delete_connect_endpoint, ec2_delete_connect_endpoint(c, "eice-1"))
DONE(terminate, ec2_terminate_instance(c, "i-1"))
DONE(delete_volume, ec2_delete_volume(c, "vol-1"))
DONE(delete_endpoint, ec2_delete_vpc_endpoint(c, "vpce-1"))
DONE(accept_peering, ec2_accept_peering(c, "pcx-1"))
DONE(delete_peering, ec2_delete_peering(c, "pcx-1"))
DONE(create_tags, ec2_create_tags(c, "vpc-1", &(struct aws_tags){ 0 }))

/* ---- IAM, STS, SSM, Instance Connect ------------------------------------ */

static void create_role(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, iam_create_role(c, "r", NULL, "{}", NULL, NULL, NULL, &id), &id, NULL);
}

static void role(struct aws_client *c, struct buf *out)
{
	auto_iam_role r = { 0 };

	if (failed(out, iam_get_role(c, "r", &r)))
		return;
	put(out, "role", r.name);
	put(out, "id", r.id);
	put(out, "arn", r.arn);
	put(out, "path", r.path);
	put(out, "trust", r.trust_policy);
	put_tags(out, &r.tags);
	(void)buf_adds(out, "\n");
}

static void roles(struct aws_client *c, struct buf *out)
{
	auto_strv l = { 0 };

	if (failed(out, iam_list_roles(c, "/", &l)))
		return;
	put_list(out, "roles", &l);
	(void)buf_adds(out, "\n");
}

static void create_profile(struct aws_client *c, struct buf *out)
{
	autofree char *id = NULL;

	made(out, iam_create_instance_profile(c, "p", NULL, NULL, &id), &id, NULL);
}

static void profile(struct aws_client *c, struct buf *out)
{
	auto_iam_profile p = { 0 };

	if (failed(out, iam_get_instance_profile(c, "p", &p)))
		return;
	put(out, "profile", p.name);
	put(out, "id", p.id);
	put(out, "arn", p.arn);
	put(out, "path", p.path);
	put_list(out, "roles", &p.role_names);
	put_tags(out, &p.tags);
	(void)buf_adds(out, "\n");
}

static void profiles(struct aws_client *c, struct buf *out)
{
	auto_strv l = { 0 };

	if (failed(out, iam_list_instance_profiles(c, "/", &l)))
		return;
	put_list(out, "profiles", &l);
	(void)buf_adds(out, "\n");
}

DONE(attach_policy, iam_attach_role_policy(c, "r", "arn"))
DONE(detach_policy, iam_detach_role_policy(c, "r", "arn"))
DONE(delete_role, iam_delete_role(c, "r"))
DONE(add_role, iam_add_role_to_instance_profile(c, "p", "r"))
DONE(remove_role, iam_remove_role_from_instance_profile(c, "p", "r"))

static void identity(struct aws_client *c, struct buf *out)
{
	auto_sts_identity id = { 0 };

	if (failed(out, sts_get_caller_identity(c, &id)))
		return;
	put(out, "account", id.account);
	put(out, "arn", id.arn);
	put(out, "user", id.user_id);
	(void)buf_adds(out, "\n");
}

static void parameter(struct aws_client *c, struct buf *out)
{
	autofree char *value = NULL;

	if (!failed(out, ssm_get_parameter(c, "/a", &value)))
		(void)buf_addf(out, "%s\n", value);
}

DONE(send_key, eic_send_ssh_public_key(c, "i-1", "ec2-user", "ssh-ed25519 AAAA"))

/* ---- S3 ----------------------------------------------------------------- */

static void encryption(struct aws_client *c, struct buf *out)
{
	autofree char *algorithm = NULL;

	if (!failed(out, s3_get_bucket_encryption(c, "bucket", NULL, &algorithm)))
		(void)buf_addf(out, "'%s'\n", algorithm);
}

static void versioning(struct aws_client *c, struct buf *out)
{
	autofree char *status = NULL;

	if (!failed(out, s3_get_bucket_versioning(c, "bucket", NULL, &status)))
		(void)buf_addf(out, "'%s'\n", status);
}

static void policy_status(struct aws_client *c, struct buf *out)
{
	bool is_public;

	if (!failed(out, s3_get_bucket_policy_status(c, "bucket", NULL, &is_public)))
		(void)buf_adds(out, is_public ? "public\n" : "not public\n");
}

static void bucket_tags(struct aws_client *c, struct buf *out)
{
	struct aws_tags tags = { 0 };

	if (failed(out, s3_get_bucket_tagging(c, "bucket", NULL, &tags)))
		return;
	put_tags(out, &tags);
	(void)buf_adds(out, "\n");
	aws_tags_clear(&tags);
}

static void public_access(struct aws_client *c, struct buf *out)
{
	struct s3_public_access_block b;

	if (failed(out, s3_get_public_access_block(c, "bucket", NULL, &b)))
		return;
	put_bool(out, "block_acls", b.block_public_acls);
	put_bool(out, "ignore_acls", b.ignore_public_acls);
	put_bool(out, "block_policy", b.block_public_policy);
	put_bool(out, "restrict", b.restrict_public_buckets);
	(void)buf_adds(out, "\n");
}

static void object_versions(struct aws_client *c, struct buf *out)
{
	auto_s3_objects l = { 0 };
	size_t i;

	if (failed(out, s3_list_object_versions(c, "bucket", NULL, NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "key", l.v[i].key);
		put(out, "version", l.v[i].version_id);
		put_bool(out, "marker", l.v[i].delete_marker);
		put_bool(out, "latest", l.v[i].is_latest);
		put_int(out, "size", l.v[i].size_bytes);
		put(out, "etag", l.v[i].etag);
		(void)buf_adds(out, "\n");
	}
}

static void uploads(struct aws_client *c, struct buf *out)
{
	auto_s3_uploads l = { 0 };
	size_t i;

	if (failed(out, s3_list_multipart_uploads(c, "bucket", NULL, &l)))
		return;
	for (i = 0; i < l.n; i++) {
		put(out, "key", l.v[i].key);
		put(out, "upload", l.v[i].upload_id);
		(void)buf_adds(out, "\n");
	}
}

DONE(create_bucket, s3_create_bucket(c, "bucket", NULL, NULL))

/* ---- who reads what ------------------------------------------------------ */

static const struct row {
	const char *sample; /* up to the first dot: .2, .3 and so on belong to it too */
	void (*show)(struct aws_client *c, struct buf *out);
	int status; /* 0: 200 */
} rows[] = {
	{ "ec2/AcceptVpcPeeringConnection", accept_peering, 0 },
	{ "ec2/AnyAction.error.DryRunOperation", create_vpc, 412 },
	{ "ec2/AssociateRouteTable", associate, 0 },
	{ "ec2/AuthorizeSecurityGroupEgress", authorize_out, 0 },
	{ "ec2/AuthorizeSecurityGroupIngress", authorize_in, 0 },
	{ "ec2/CreateInstanceConnectEndpoint", create_connect_endpoint, 0 },
	{ "ec2/CreateRoute", create_route, 0 },
	{ "ec2/CreateRouteTable", create_route_table, 0 },
	{ "ec2/CreateSecurityGroup", create_group, 0 },
	{ "ec2/CreateSubnet", create_subnet, 0 },
	{ "ec2/CreateTags", create_tags, 0 },
	{ "ec2/CreateVpc", create_vpc, 0 },
	{ "ec2/CreateVpcEndpoint", create_endpoint, 0 },
	{ "ec2/CreateVpcPeeringConnection", create_peering, 0 },
	{ "ec2/DeleteInstanceConnectEndpoint", delete_connect_endpoint, 0 },
	{ "ec2/DeleteRoute", delete_route, 0 },
	{ "ec2/DeleteRouteTable", delete_route_table, 0 },
	{ "ec2/DeleteSecurityGroup.error.DependencyViolation", delete_group, 400 },
	{ "ec2/DeleteSecurityGroup", delete_group, 0 },
	{ "ec2/DeleteSubnet", delete_subnet, 0 },
	{ "ec2/DeleteVolume", delete_volume, 0 },
	{ "ec2/DeleteVpc", delete_vpc, 0 },
	{ "ec2/DeleteVpcEndpoints", delete_endpoint, 0 },
	{ "ec2/DeleteVpcPeeringConnection", delete_peering, 0 },
	{ "ec2/DescribeAvailabilityZones", zones, 0 },
	{ "ec2/DescribeIamInstanceProfileAssociations", profile_association, 0 },
	{ "ec2/DescribeImages", images, 0 },
	{ "ec2/DescribeInstanceStatus", instance_status, 0 },
	{ "ec2/DescribeInstances.error.InvalidInstanceID.Malformed", instances, 400 },
	{ "ec2/DescribeInstances.error.InvalidInstanceID.NotFound", instances, 400 },
	{ "ec2/DescribeInstances", instances, 0 },
	{ "ec2/DescribeInternetGateways", gateways, 0 },
	{ "ec2/DescribeNatGateways", gateways, 0 },
	{ "ec2/DescribeNetworkAcls", acl_entries, 0 },
	{ "ec2/DescribeNetworkInterfaces", interfaces, 0 },
	{ "ec2/DescribeRouteTables", route_tables, 0 },
	{ "ec2/DescribeSecurityGroups", groups, 0 },
	{ "ec2/DescribeSubnets", subnets, 0 },
	{ "ec2/DescribeVolumes", volumes, 0 },
	{ "ec2/DescribeVpcAttribute.xml", vpc_dns_support, 0 },
	{ "ec2/DescribeVpcAttribute.2.xml", vpc_dns_hostnames, 0 },
	{ "ec2/DescribeVpcAttribute.3.xml", vpc_dns_hostnames, 0 },
	{ "ec2/DescribeVpcEndpointServices", service_zones, 0 },
	{ "ec2/DescribeVpcEndpoints", vpc_endpoints, 0 },
	{ "ec2/DescribeVpcPeeringConnections", peerings, 0 },
	{ "ec2/DescribeVpcs", vpcs, 0 },
	{ "ec2/DisassociateRouteTable", disassociate, 0 },
	{ "ec2/GetConsoleOutput", console, 0 },
	{ "ec2/ModifyVpcAttribute", modify_vpc, 0 },
	{ "ec2/ReplaceRoute", replace_route, 0 },
	{ "ec2/RevokeSecurityGroupEgress", revoke_out, 0 },
	{ "ec2/RevokeSecurityGroupIngress", revoke_in, 0 },
	{ "ec2/RunInstances.error.IdempotentParameterMismatch", run_instance, 400 },
	{ "ec2/RunInstances", run_instance, 0 },
	{ "ec2/TerminateInstances", terminate, 0 },
	{ "iam/AddRoleToInstanceProfile", add_role, 0 },
	{ "iam/AttachRolePolicy", attach_policy, 0 },
	{ "iam/CreateInstanceProfile", create_profile, 0 },
	{ "iam/CreateRole", create_role, 0 },
	{ "iam/DeleteRole", delete_role, 0 },
	{ "iam/DetachRolePolicy", detach_policy, 0 },
	{ "iam/GetInstanceProfile", profile, 0 },
	{ "iam/GetRole", role, 0 },
	{ "iam/GetUser.error.NoSuchEntity", role, 404 },
	{ "iam/ListInstanceProfiles", profiles, 0 },
	{ "iam/ListRoles", roles, 0 },
	{ "iam/RemoveRoleFromInstanceProfile", remove_role, 0 },
	{ "s3/AnyAction.error.AuthorizationHeaderMalformed", create_bucket, 400 },
	{ "s3/CreateBucket.error.BucketAlreadyOwnedByYou", create_bucket, 409 },
	{ "s3/GetBucketEncryption", encryption, 0 },
	{ "s3/GetBucketPolicyStatus", policy_status, 0 },
	{ "s3/GetBucketTagging", bucket_tags, 0 },
	{ "s3/GetBucketVersioning", versioning, 0 },
	{ "s3/GetPublicAccessBlock", public_access, 0 },
	{ "s3/ListMultipartUploads", uploads, 0 },
	{ "s3/ListObjectVersions", object_versions, 0 },
	{ "s3/ListObjects.error.AccessDenied", object_versions, 403 },
	{ "ssm/GetParameter", parameter, 0 },
	{ "sts/GetCallerIdentity", identity, 0 },
	{ "sts/GetSessionToken.error.AccessDenied", identity, 403 },
	{ "ec2-instance-connect/SendSSHPublicKey", send_key, 0 },
};

/* The row that names most of `file`: up to a dot. */
static const struct row *row_of(const char *file)
{
	const struct row *best = NULL;
	size_t i, longest = 0;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].sample);

		if (n > longest && text_starts_with(file, rows[i].sample) &&
		    (file[n] == '.' || !file[n])) {
			longest = n;
			best = &rows[i];
		}
	}
	return best;
}

/* What expected.txt says between "== FILE" and the next "== ". */
static char *expectation(const char *file)
{
	autofree char *head = xasprintf("== %s\n", file);
	const char *at = strstr(expected.p, head);
	const char *end;

	if (!at)
		return xstrdup("(nothing)");
	at += strlen(head);
	end = strstr(at, "== ");
	return xstrndup(at, end ? (size_t)(end - at) : strlen(at));
}

static void show(const struct row *row, const char *file, struct buf *out)
{
	autofree char *path = xasprintf("%s/%s", SAMPLES, file);
	auto_buf body = BUF_INIT;

	assert_null(file_read(path, 1 << 20, &body));
	next.status = row->status ? row->status : 200;
	next.body = body.p;
	next.json = text_ends_with(file, ".json");
	next.told = false;
	row->show(world.client, out);
}

static void every_sample_says_what_a_person_reads_in_it(void **state)
{
	static const char *const folders[] = { "ec2", "iam", "sts",
					       "s3",  "ssm", "ec2-instance-connect" };
	size_t i, n = 0, bad = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(folders); i++) {
		autofree char *dir = xasprintf("%s/%s", SAMPLES, folders[i]);
		struct dirent **names;
		int count = scandir(dir, &names, NULL, alphasort);
		int j;

		assert_true(count >= 0);
		for (j = 0; j < count; j++) {
			autofree char *file = xasprintf("%s/%s", folders[i], names[j]->d_name);
			autofree char *want = expectation(file);
			const struct row *row = row_of(file);
			auto_buf got = BUF_INIT;
			bool hidden = names[j]->d_name[0] == '.';

			free(names[j]);
			if (hidden)
				continue;
			if (!row)
				fail_msg("%s: no row reads it", file);
			show(row, file, &got);
			n++;
			if (getenv("SHOW"))
				(void)printf("== %s\n%s", file, got.p);
			else if (strcmp(got.p, want) != 0) {
				print_error("%s:\ngot\n%swanted\n%s", file, got.p, want);
				bad++;
			}
		}
		free(names);
	}
	assert_int_equal(bad, 0);
	assert_true(n > 140); /* the folders were there */
}

static int set_up(void **state)
{
	(void)state;
	stub = stub_new(answer_sample, NULL);
	aws_world_start(&world, stub_url(stub), "us-east-1");
	if (getenv("SHOW"))
		return 0;
	assert_null(file_read(SAMPLES "/expected.txt", 1 << 20, &expected));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_clear(&expected);
	aws_world_stop(&world);
	stub = stub_free(stub);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_says_what_a_person_reads_in_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
