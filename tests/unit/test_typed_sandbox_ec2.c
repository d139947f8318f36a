/* SPDX-License-Identifier: Apache-2.0 */
/* The typed calls of EC2 against the sandbox; see test_typed_sandbox.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "aws/eic.h"
#include "aws/ssm.h"
#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/sbx_world.h"

/* ---- EC2 ---------------------------------------------------------------- */

/* A network to put things into. */
struct net {
	struct aws_client *c;
	char *vpc, *subnet, *table, *association, *group;
};

static struct aws_client *asked; /* the region that the checks below look at */

#define IS_THERE(name, list, describe, state_is)                                                   \
	static bool name##_is_there(const char *id)                                                \
	{                                                                                          \
		const char *const ids[] = { id, NULL };                                            \
		auto_##list l = { 0 };                                                             \
                                                                                                   \
		well(describe(asked, ids, NULL, &l));                                              \
		return l.n == 1 && (state_is);                                                     \
	}                                                                                          \
	static bool name##_is_gone(const char *id)                                                 \
	{                                                                                          \
		const char *const ids[] = { id, NULL };                                            \
		auto_##list l = { 0 };                                                             \
		auto_error struct rb_error *err = describe(asked, ids, NULL, &l);                  \
                                                                                                   \
		return rb_error_is(err, RB_GONE);                                                  \
	}

IS_THERE(vpc, ec2_vpcs, ec2_describe_vpcs, text_eq(l.v[0].state, "available"))
IS_THERE(subnet, ec2_subnets, ec2_describe_subnets, text_eq(l.v[0].state, "available"))
IS_THERE(table, ec2_route_tables, ec2_describe_route_tables, l.v[0].associations.n == 1)
IS_THERE(group, ec2_groups, ec2_describe_groups, true)

static void make_net(struct net *n, struct aws_client *c, const char *vpc_cidr,
		     const char *subnet_cidr, const char *zone)
{
	autofree char *zone_id = NULL;

	n->c = asked = c;
	well(ec2_create_vpc(c, vpc_cidr, &tags, &n->vpc));
	until(vpc_is_there, n->vpc, "available");
	well(ec2_modify_vpc_attribute(c, n->vpc, "EnableDnsSupport", true));
	well(ec2_modify_vpc_attribute(c, n->vpc, "EnableDnsHostnames", true));
	well(ec2_create_subnet(c, n->vpc, subnet_cidr, zone, &tags, &n->subnet, &zone_id));
	assert_non_null(zone_id);
	until(subnet_is_there, n->subnet, "available");
	well(ec2_create_route_table(c, n->vpc, /* token= */ n->vpc, &tags, &n->table));
	well(ec2_associate_route_table(c, n->table, n->subnet, &n->association));
	until(table_is_there, n->table, "associated");
	well(ec2_create_group(c, n->vpc, "typed", "For a test", &tags, &n->group));
	until(group_is_there, n->group, "there");
}

static void remove_net(struct net *n)
{
	asked = n->c;
	well(ec2_delete_group(n->c, n->group));
	until(group_is_gone, n->group, "gone");
	well(ec2_disassociate_route_table(n->c, n->association));
	ends(ec2_disassociate_route_table(n->c, n->association), RB_GONE);
	well(ec2_delete_route_table(n->c, n->table));
	well(ec2_delete_subnet(n->c, n->subnet));
	until(table_is_gone, n->table, "gone");
	until(subnet_is_gone, n->subnet, "gone");
	well(ec2_delete_vpc(n->c, n->vpc));
	until(vpc_is_gone, n->vpc, "gone");
	ends(ec2_delete_vpc(n->c, n->vpc), RB_GONE);
	free(n->vpc);
	free(n->subnet);
	free(n->table);
	free(n->association);
	free(n->group);
}

static bool has_hostnames(const char *id)
{
	bool on = false;

	well(ec2_describe_vpc_attribute(asked, id, "enableDnsHostnames", &on));
	return on;
}

static bool resource_found_by_tag(const char *id)
{
	const struct aws_filter filters[] = { { "tag:runbook:run", { RUN } }, { 0 } };
	auto_ec2_vpcs l = { 0 };

	well(ec2_describe_vpcs(asked, NULL, filters, &l));
	return l.n == 1 && text_eq(l.v[0].vpc_id, id) &&
	       text_eq(aws_tags_get(&l.v[0].tags, "Name"), "\xe3\x81\x82");
}

static void a_network_comes_and_goes(void **state)
{
	const struct aws_filter of_zone[] = { { "zone-type", { "availability-zone" } }, { 0 } };
	struct net n = { 0 };
	auto_ec2_zones zones = { 0 };
	auto_ec2_acls acls = { 0 };
	auto_strv gateways = { 0 };
	autofree char *again = NULL;

	(void)state;
	well(ec2_describe_zones(tokyo, of_zone, &zones));
	assert_true(zones.n >= 2);
	make_net(&n, tokyo, "10.0.0.0/16", "10.0.0.0/20", "ap-northeast-1a");
	until(has_hostnames, n.vpc, "DNS hostnames are on");
	until(resource_found_by_tag, n.vpc, "found by its tag");
	well(ec2_create_route_table(tokyo, n.vpc, n.vpc, &tags, &again));
	assert_string_equal(again, n.table); /* the same token: the same table */
	well(ec2_describe_subnet_acl(tokyo, n.subnet, &acls));
	assert_int_equal(acls.n, 1);
	assert_true(acls.v[0].is_default);
	assert_int_equal(acls.v[0].entries.n, 4); /* allow and the last deny, both ways */
	well(ec2_internet_gateways(tokyo, n.vpc, &gateways));
	assert_int_equal(gateways.n, 0);
	ends(ec2_delete_vpc(tokyo, n.vpc), RB_DEPENDENCY);
	ends(ec2_create_subnet(tokyo, n.vpc, "10.0.0.0/24", NULL, NULL, NULL, NULL), RB_EXISTS);
	remove_net(&n);
}

/* ---- rules -------------------------------------------------------------- */

static size_t wanted_rules;

static bool has_that_many_rules(const char *group)
{
	const struct aws_filter filters[] = { { "group-id", { group } }, { 0 } };
	auto_ec2_rules l = { 0 };

	well(ec2_describe_rules(asked, filters, &l));
	return l.n == wanted_rules;
}

static void rules_come_and_go(void **state)
{
	static char tcp[] = "tcp", all[] = "-1", cidr[] = "10.0.0.0/16", why[] = "from there";
	struct ec2_rule ssh = {
		.protocol = tcp, .from_port = 22, .to_port = 22, .description = why
	};
	const struct ec2_rule https = {
		.protocol = tcp, .from_port = 443, .to_port = 443, .cidr = cidr
	};
	const struct ec2_rule out = {
		.egress = true, .protocol = all, .from_port = -1, .to_port = -1, .cidr = cidr
	};
	autofree char *ssh_id = NULL;
	autofree char *https_id = NULL;
	autofree char *out_id = NULL;
	auto_ec2_rules l = { 0 };
	struct net n = { 0 };
	size_t i, seen = 0;

	(void)state;
	make_net(&n, virginia, "10.1.0.0/16", "10.1.0.0/20", NULL);
	ssh.group_id = n.group;
	well(ec2_authorize(virginia, n.group, &ssh, &tags, &ssh_id));
	well(ec2_authorize(virginia, n.group, &https, NULL, &https_id));
	well(ec2_authorize(virginia, n.group, &out, NULL, &out_id));
	ends(ec2_authorize(virginia, n.group, &https, NULL, NULL), RB_EXISTS);
	wanted_rules = 4; /* with the one outbound rule of every new group */
	until(has_that_many_rules, n.group, "four rules");
	well(ec2_describe_rules(
		virginia, (const struct aws_filter[]){ { "group-id", { n.group } }, { 0 } }, &l));
	for (i = 0; i < l.n; i++) {
		const struct ec2_rule *r = &l.v[i];

		if (text_eq(r->rule_id, ssh_id)) {
			assert_string_equal(r->group_id, n.group);
			assert_string_equal(r->description, why);
			assert_int_equal(r->from_port, 22);
			assert_string_equal(aws_tags_get(&r->tags, "runbook:run"), RUN);
			seen++;
		} else if (text_eq(r->rule_id, out_id)) {
			assert_true(r->egress);
			assert_string_equal(r->protocol, "-1");
			assert_int_equal(r->to_port, -1);
			seen++;
		}
	}
	assert_int_equal(seen, 2);
	well(ec2_revoke(virginia, n.group, false, ssh_id));
	well(ec2_revoke(virginia, n.group, true, out_id));
	ends(ec2_revoke(virginia, n.group, false, ssh_id), RB_GONE);
	wanted_rules = 2;
	until(has_that_many_rules, n.group, "two rules");
	remove_net(&n);
}

/* ---- endpoints ---------------------------------------------------------- */

static bool connect_endpoint_is_complete(const char *id)
{
	const char *const ids[] = { id, NULL };
	auto_ec2_connect_endpoints l = { 0 };

	well(ec2_describe_connect_endpoints(asked, ids, NULL, &l));
	return l.n == 1 && text_eq(l.v[0].state, "create-complete") && l.v[0].dns_name &&
	       !l.v[0].preserve_client_ip && l.v[0].group_ids.n == 1;
}

static bool connect_endpoint_is_gone(const char *id)
{
	const char *const ids[] = { id, NULL };
	auto_ec2_connect_endpoints l = { 0 };
	auto_error struct rb_error *err = ec2_describe_connect_endpoints(asked, ids, NULL, &l);

	return rb_error_is(err, RB_GONE) ||
	       (!err && l.n && text_eq(l.v[0].state, "delete-complete"));
}

static bool endpoint_is_available(const char *id)
{
	const char *const ids[] = { id, NULL };
	auto_ec2_vpc_endpoints l = { 0 };

	well(ec2_describe_vpc_endpoints(asked, ids, NULL, &l));
	return l.n == 1 && text_eq_nocase(l.v[0].state, "available") && l.v[0].dns_names.n &&
	       l.v[0].interface_ids.n == 1;
}

static bool endpoint_is_gone(const char *id)
{
	const char *const ids[] = { id, NULL };
	auto_ec2_vpc_endpoints l = { 0 };
	auto_error struct rb_error *err = ec2_describe_vpc_endpoints(asked, ids, NULL, &l);

	return rb_error_is(err, RB_GONE) ||
	       (!err && l.n && text_eq_nocase(l.v[0].state, "deleted"));
}

static bool no_interface_is_left(const char *subnet)
{
	const struct aws_filter filters[] = { { "subnet-id", { subnet } }, { 0 } };
	auto_ec2_interfaces l = { 0 };

	well(ec2_describe_interfaces(asked, NULL, filters, &l));
	return !l.n;
}

static void an_instance_connect_endpoint_comes_and_goes(void **state)
{
	struct net n = { 0 };
	autofree char *id = NULL;
	autofree char *again = NULL;

	(void)state;
	make_net(&n, tokyo, "10.0.0.0/16", "10.0.0.0/20", "ap-northeast-1a");
	well(ec2_create_connect_endpoint(tokyo, n.subnet, n.group, false, "token-of-eice", &tags,
					 &id));
	well(ec2_create_connect_endpoint(tokyo, n.subnet, n.group, false, "token-of-eice", &tags,
					 &again));
	assert_string_equal(id, again);
	until(connect_endpoint_is_complete, id, "create-complete");
	well(ec2_delete_connect_endpoint(tokyo, id));
	until(connect_endpoint_is_gone, id, "gone");
	until(no_interface_is_left, n.subnet, "its interface is gone");
	remove_net(&n);
}

static void an_interface_endpoint_comes_and_goes(void **state)
{
	const char *service = "com.amazonaws.us-east-1.s3";
	autofree char *zone = NULL;
	autofree char *id = NULL;
	auto_ec2_vpc_endpoints l = { 0 };
	auto_ec2_interfaces interfaces = { 0 };
	auto_strv zones = { 0 };
	struct net n = { 0 };

	(void)state;
	well(ec2_interface_service_zones(virginia, service, &zones));
	assert_true(zones.n > 0);
	zone = xstrdup(zones.v[0]);
	make_net(&n, virginia, "10.1.0.0/16", "10.1.0.0/20", zone);
	well(ec2_create_interface_endpoint(
		virginia,
		&(struct ec2_interface_endpoint){ n.vpc, service, NULL, n.subnet, n.group },
		"token", &tags, &id));
	until(endpoint_is_available, id, "available");
	well(ec2_describe_vpc_endpoints(virginia, (const char *const[]){ id, NULL }, NULL, &l));
	assert_string_equal(l.v[0].type, "Interface");
	assert_false(l.v[0].private_dns);
	assert_string_equal(l.v[0].group_ids.v[0], n.group);
	assert_true(text_starts_with(l.v[0].dns_names.v[0], "*.vpce-"));
	well(ec2_describe_interfaces(virginia, strv_list(&l.v[0].interface_ids), NULL,
				     &interfaces));
	assert_int_equal(interfaces.n, 1);
	assert_true(interfaces.v[0].requester_managed);
	assert_true(text_starts_with(interfaces.v[0].private_ip, "10.1."));
	well(ec2_delete_vpc_endpoint(virginia, id));
	until(endpoint_is_gone, id, "gone");
	ends(ec2_delete_vpc_endpoint(virginia, id), RB_GONE);
	until(no_interface_is_left, n.subnet, "its interface is gone");
	remove_net(&n);
}

/* ---- instances ---------------------------------------------------------- */

static bool instance_runs_well(const char *id)
{
	const char *const ids[] = { id, NULL };
	autofree char *instance = NULL;
	autofree char *system = NULL;
	auto_ec2_instances l = { 0 };

	well(ec2_describe_instances(asked, ids, NULL, &l));
	if (l.n != 1 || !text_eq(l.v[0].state, "running"))
		return false;
	well(ec2_describe_instance_status(asked, id, &instance, &system));
	return text_eq(instance, "ok") && text_eq(system, "ok");
}

static bool instance_is_terminated(const char *id)
{
	const struct aws_filter living[] = {
		{ "instance-id", { id } },
		{ "instance-state-name", { "pending", "running", "shutting-down", "stopping" } },
		{ 0 },
	};
	auto_ec2_instances l = { 0 };

	well(ec2_describe_instances(asked, NULL, living, &l));
	return !l.n;
}

static bool profile_is_associated(const char *id)
{
	autofree char *association = NULL;
	autofree char *arn = NULL;

	well(ec2_describe_profile_association(asked, id, &association, &arn));
	return text_eq(association, "associated") && text_ends_with(arn, "/typed-profile");
}

static bool no_tagged_volume_is_left(const char *run)
{
	const struct aws_filter filters[] = { { "tag:runbook:run", { run } }, { 0 } };
	auto_ec2_volumes l = { 0 };

	well(ec2_describe_volumes(asked, NULL, filters, &l));
	return !l.n;
}

static void an_instance_comes_and_goes(void **state)
{
	struct ec2_run_instance launch = { .instance_type = "t3.micro",
					   .profile_name = "typed-profile",
					   .token = "token-of-instance",
					   .tags = &tags,
					   .root_device_name = "/dev/xvda" };
	autofree char *image = NULL;
	autofree char *id = NULL;
	autofree char *again = NULL;
	autofree char *console = NULL;
	auto_ec2_instances l = { 0 };
	auto_ec2_images images = { 0 };
	struct net n = { 0 };
	bool offered = false;

	(void)state;
	make_net(&n, tokyo, "10.0.0.0/16", "10.0.0.0/20", "ap-northeast-1a");
	make_profile("typed-role", "typed-profile");
	well(ec2_type_offered(tokyo, "t3.micro", "ap-northeast-1a", &offered));
	assert_true(offered);
	well(ssm_get_parameter(
		tokyo, "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
		&image));
	well(ec2_describe_images(tokyo, (const char *const[]){ image, NULL }, NULL, NULL, &images));
	assert_string_equal(images.v[0].state, "available");
	assert_string_equal(images.v[0].root_device_name, launch.root_device_name);
	launch.image_id = image;
	launch.subnet_id = n.subnet;
	launch.group_id = n.group;
	well(ec2_run_instance(tokyo, &launch, &id)); /* waits until EC2 knows the profile */
	well(ec2_run_instance(tokyo, &launch, &again));
	assert_string_equal(id, again);
	until(instance_runs_well, id, "running, both checks ok");
	until(profile_is_associated, id, "the profile is associated");
	well(ec2_describe_instances(tokyo, (const char *const[]){ id, NULL }, NULL, &l));
	assert_string_equal(l.v[0].image_id, image);
	assert_string_equal(l.v[0].http_tokens, "required");
	assert_int_equal(l.v[0].hop_limit, 2);
	assert_true(text_starts_with(l.v[0].private_ip, "10.0."));
	assert_null(l.v[0].public_ip);
	assert_int_equal(l.v[0].volume_ids.n, 1);
	assert_int_equal(l.v[0].interface_ids.n, 1);
	assert_true(l.v[0].root_deleted_on_termination);
	assert_string_equal(l.v[0].client_token, "token-of-instance");
	assert_string_equal(aws_tags_get(&l.v[0].tags, "runbook:run"), RUN);
	well(ec2_get_console_output(tokyo, id, &console));
	well(eic_send_ssh_public_key(
		tokyo, id, "ec2-user",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQ3Y2Fy0mP5mV8bJ8kq0y4cVvI4h0kS0pZcJz5yqk1G"));
	well(ec2_terminate_instance(tokyo, id));
	until(instance_is_terminated, id, "terminated");
	until(no_interface_is_left, n.subnet, "its interface is gone");
	until(no_tagged_volume_is_left, RUN, "its volume is gone");
	remove_profile("typed-role", "typed-profile");
	remove_net(&n);
	ends(ec2_delete_volume(tokyo, l.v[0].volume_ids.v[0]), RB_GONE);
}

/* ---- peering ------------------------------------------------------------ */

static const char *wanted_status;

static bool peering_has_that_status(const char *id)
{
	const char *const ids[] = { id, NULL };
	auto_ec2_peerings l = { 0 };
	auto_error struct rb_error *err = ec2_describe_peerings(asked, ids, NULL, &l);

	if (rb_error_is(err, RB_GONE)) /* not known in the other region yet */
		return text_eq(wanted_status, "deleted");
	if (err)
		fail_msg("%s: %s", err->what, err->why);
	return l.n == 1 && text_eq(l.v[0].status, wanted_status);
}

static void until_peering(struct aws_client *c, const char *id, const char *status)
{
	asked = c;
	wanted_status = status;
	until(peering_has_that_status, id, status);
}

static const char *wanted_route_state;

static bool route_has_that_state(const char *table)
{
	const char *const ids[] = { table, NULL };
	auto_ec2_route_tables l = { 0 };
	size_t i;

	well(ec2_describe_route_tables(asked, ids, NULL, &l));
	for (i = 0; i < l.v[0].routes.n; i++)
		if (text_eq(l.v[0].routes.v[i].destination, "10.1.0.0/16"))
			return text_starts_with(l.v[0].routes.v[i].target, "pcx-") &&
			       text_eq(l.v[0].routes.v[i].state, wanted_route_state);
	return !wanted_route_state;
}

static void until_route(struct aws_client *c, const char *table, const char *route_state)
{
	asked = c;
	wanted_route_state = route_state;
	until(route_has_that_state, table, route_state ? route_state : "no route");
}

static void a_peering_and_its_route_come_and_go(void **state)
{
	struct net from = { 0 }, to = { 0 };
	autofree char *id = NULL;

	(void)state;
	make_net(&from, tokyo, "10.0.0.0/16", "10.0.0.0/20", "ap-northeast-1a");
	make_net(&to, virginia, "10.1.0.0/16", "10.1.0.0/20", NULL);
	well(ec2_create_peering(tokyo, from.vpc, to.vpc, "us-east-1", &tags, &id));
	until_peering(tokyo, id, "pending-acceptance");
	well(ec2_create_peering_route(tokyo, from.table, "10.1.0.0/16", id));
	ends(ec2_create_peering_route(tokyo, from.table, "10.1.0.0/16", id), RB_EXISTS);
	until_route(tokyo, from.table, "blackhole");
	until_peering(virginia, id, "pending-acceptance");
	well(ec2_accept_peering(virginia, id));
	until_peering(virginia, id, "active");
	until_peering(tokyo, id, "active");
	until_route(tokyo, from.table, "active");
	well(ec2_replace_peering_route(tokyo, from.table, "10.1.0.0/16", id));
	well(ec2_create_tags(virginia, id, &tags));
	well(ec2_delete_route(tokyo, from.table, "10.1.0.0/16"));
	until_route(tokyo, from.table, NULL);
	ends(ec2_delete_route(tokyo, from.table, "10.1.0.0/16"), RB_GONE);
	well(ec2_delete_peering(tokyo, id));
	until_peering(tokyo, id, "deleted");
	until_peering(virginia, id, "deleted");
	remove_net(&from);
	remove_net(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_comes_and_goes),
		cmocka_unit_test(rules_come_and_go),
		cmocka_unit_test(an_instance_connect_endpoint_comes_and_goes),
		cmocka_unit_test(an_interface_endpoint_comes_and_goes),
		cmocka_unit_test(an_instance_comes_and_goes),
		cmocka_unit_test(a_peering_and_its_route_come_and_go),
	};

	return cmocka_run_group_tests(tests, sbx_world_start, sbx_world_stop);
}
