/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet's way through the sandbox's network: with everything in place it
 * arrives, and each single thing taken away stops it at the hop of that thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "sandbox/network/walk.h"

#define SRC "ap-northeast-1"
#define DST "us-east-1"

/* The published procedure's network, from the instance to the S3 endpoint; each test has its own.
 */
struct net {
	struct sbx_walk w;
	struct sbx_walk_rule rules[8];
	struct sbx_walk_acl_entry acl_entries[10];
	struct sbx_walk_table tables[4];
	struct sbx_walk_assoc assocs[2];
	struct sbx_walk_route routes[6];
	struct sbx_walk_peering peerings[2];
};

static void net_init(struct net *n)
{
	*n = (struct net){
		.w = { .from = { .id = "i-1",
				 .region = SRC,
				 .vpc_id = "vpc-s",
				 .subnet_id = "subnet-s",
				 .address = "10.0.0.10",
				 .group_ids = { "sg-inst" },
				 .n_groups = 1,
				 .up = true },
		       .to = { .id = "vpce-1",
			       .region = DST,
			       .vpc_id = "vpc-d",
			       .subnet_id = "subnet-d",
			       .address = "10.1.0.20",
			       .group_ids = { "sg-vpce" },
			       .n_groups = 1,
			       .up = true },
		       .port = 443,
		       .name_resolves = true },
		.rules = { { "sg-inst", true, "-1", -1, -1, "0.0.0.0/0", NULL },
			   { "sg-inst", false, "tcp", 22, 22, NULL, "sg-eice" },
			   { "sg-vpce", true, "-1", -1, -1, "0.0.0.0/0", NULL },
			   { "sg-vpce", false, "tcp", 443, 443, "10.0.0.0/16", NULL },
			   { "sg-eice", true, "-1", -1, -1, "0.0.0.0/0", NULL } },
		/* the two default ACLs, in and out, and a place for one entry more */
		.acl_entries = { { "vpc-s", 100, true, true, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-s", 100, false, true, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-s", 32767, true, false, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-s", 32767, false, false, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-d", 100, true, true, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-d", 100, false, true, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-d", 32767, true, false, "-1", 0, 65535, "0.0.0.0/0" },
				 { "vpc-d", 32767, false, false, "-1", 0, 65535, "0.0.0.0/0" } },
		.tables = { { "rtb-smain", "vpc-s", true },
			    { "rtb-s", "vpc-s", false },
			    { "rtb-dmain", "vpc-d", true },
			    { "rtb-d", "vpc-d", false } },
		.assocs = { { "rtb-s", "subnet-s" }, { "rtb-d", "subnet-d" } },
		.routes = { { "rtb-smain", "10.0.0.0/16", "local" },
			    { "rtb-s", "10.0.0.0/16", "local" },
			    { "rtb-s", "10.1.0.0/16", "pcx-1" },
			    { "rtb-dmain", "10.1.0.0/16", "local" },
			    { "rtb-d", "10.1.0.0/16", "local" },
			    { "rtb-d", "10.0.0.0/16", "pcx-1" } },
		.peerings = { { "pcx-1", { "vpc-s", "vpc-d" }, { true, true } },
			      { "pcx-2", { "vpc-s", "vpc-other" }, { true, true } } },
	};
	n->w.rules = n->rules;
	n->w.n_rules = 5;
	n->w.acl_entries = n->acl_entries;
	n->w.n_acl_entries = 8;
	n->w.tables = n->tables;
	n->w.n_tables = 4;
	n->w.assocs = n->assocs;
	n->w.n_assocs = 2;
	n->w.routes = n->routes;
	n->w.n_routes = 6;
	n->w.peerings = n->peerings;
	n->w.n_peerings = 2;
}

static void nothing(struct net *n)
{
	(void)n;
}

static void dns_support_off(struct net *n)
{
	n->w.name_resolves = false;
}

static void instance_stopped(struct net *n)
{
	n->w.from.up = false;
}

static void instance_egress_removed(struct net *n)
{
	n->rules[0].egress = false;
}

static void instance_egress_other_port(struct net *n)
{
	n->rules[0].protocol = "tcp";
	n->rules[0].from_port = 80;
	n->rules[0].to_port = 442;
}

static void instance_egress_udp_only(struct net *n)
{
	n->rules[0].protocol = "udp";
	n->rules[0].from_port = 0;
	n->rules[0].to_port = 65535;
}

static void instance_egress_other_network(struct net *n)
{
	n->rules[0].cidr = "10.2.0.0/16";
}

/* What a subnet's ACL says of tcp ports, before its rule 100. */
static void acl_denies(struct net *n, const char *vpc_id, bool egress, int from, int to,
		       const char *cidr)
{
	n->acl_entries[n->w.n_acl_entries++] =
		(struct sbx_walk_acl_entry){ vpc_id, 50, egress, false, "6", from, to, cidr };
}

static void source_acl_closed(struct net *n)
{
	acl_denies(n, "vpc-s", true, 443, 443, "10.1.0.0/16");
}

static void source_acl_without_its_allow(struct net *n)
{
	n->acl_entries[0].number = 32768;
}

static void source_acl_closed_to_others(struct net *n)
{
	acl_denies(n, "vpc-s", true, 443, 443, "10.2.0.0/16");
	acl_denies(n, "vpc-s", false, 443, 443, "10.1.0.0/16");
}

static void target_acl_closed(struct net *n)
{
	acl_denies(n, "vpc-d", false, 0, 1023, "10.0.0.0/16");
}

static void target_acl_keeps_answers(struct net *n)
{
	acl_denies(n, "vpc-d", true, 60000, 65535, "10.0.0.0/16");
}

static void source_acl_keeps_answers(struct net *n)
{
	acl_denies(n, "vpc-s", false, 1024, 40000, "10.1.0.0/16");
}

static void source_acl_with_a_gap(struct net *n)
{
	n->acl_entries[1].protocol = "6";
	n->acl_entries[1].from_port = 1024;
	n->acl_entries[1].to_port = 50000;
	n->acl_entries[n->w.n_acl_entries++] =
		(struct sbx_walk_acl_entry){ "vpc-s", 110,   false, true,
					     "6",     50002, 65535, "0.0.0.0/0" };
}

static void source_acl_without_a_gap(struct net *n)
{
	source_acl_with_a_gap(n);
	n->acl_entries[8].from_port = 50001;
}

static void source_route_removed(struct net *n)
{
	n->routes[2].cidr = "10.2.0.0/16";
}

static void source_association_removed(struct net *n)
{
	n->assocs[0].subnet_id = "subnet-x";
}

static void source_route_to_gateway(struct net *n)
{
	n->routes[2].target = "igw-1";
}

static void source_longer_route_elsewhere(struct net *n)
{
	n->routes[0] = (struct sbx_walk_route){ "rtb-s", "10.1.0.0/20", "nat-1" };
}

static void source_route_by_other_peering(struct net *n)
{
	n->routes[2].target = "pcx-2";
}

static void source_main_table_missing(struct net *n)
{
	n->assocs[0].subnet_id = "subnet-x";
	n->tables[0].main = false;
}

static void peering_gone(struct net *n)
{
	n->peerings[0].id = "pcx-9";
}

static void peering_not_active_here(struct net *n)
{
	n->peerings[0].active[0] = false;
}

static void peering_not_active_there(struct net *n)
{
	n->peerings[0].active[1] = false;
}

static void endpoint_rule_removed(struct net *n)
{
	n->rules[3].group_id = "sg-x";
}

static void endpoint_rule_other_port(struct net *n)
{
	n->rules[3].from_port = n->rules[3].to_port = 80;
}

static void endpoint_rule_other_network(struct net *n)
{
	n->rules[3].cidr = "10.1.0.0/16";
}

static void endpoint_rule_names_the_peers_group(struct net *n)
{
	n->rules[3].cidr = NULL;
	n->rules[3].peer_group = "sg-inst";
}

static void endpoint_has_another_group(struct net *n)
{
	n->w.to.group_ids[0] = "sg-default";
}

static void return_route_removed(struct net *n)
{
	n->routes[5].table_id = "rtb-dmain-other";
}

static void return_association_removed(struct net *n)
{
	n->assocs[1].table_id = "rtb-dmain";
}

static void return_by_dead_peering(struct net *n)
{
	n->routes[5].target = "pcx-dead";
}

static void endpoint_not_available(struct net *n)
{
	n->w.to.up = false;
}

static const struct {
	const char *name;
	void (*take_away)(struct net *n);
	enum sbx_walk_hop hop;
} cases[] = {
	{ "nothing", nothing, SBX_WALK_OK },
	{ "dns support", dns_support_off, SBX_WALK_NAME },
	{ "running instance", instance_stopped, SBX_WALK_SOURCE_STATE },
	{ "egress", instance_egress_removed, SBX_WALK_SOURCE_EGRESS },
	{ "egress port", instance_egress_other_port, SBX_WALK_SOURCE_EGRESS },
	{ "egress protocol", instance_egress_udp_only, SBX_WALK_SOURCE_EGRESS },
	{ "egress network", instance_egress_other_network, SBX_WALK_SOURCE_EGRESS },
	{ "source ACL", source_acl_closed, SBX_WALK_SOURCE_ACL },
	{ "source ACL's allow", source_acl_without_its_allow, SBX_WALK_SOURCE_ACL },
	{ "nothing (ACL for others)", source_acl_closed_to_others, SBX_WALK_OK },
	{ "target ACL", target_acl_closed, SBX_WALK_TARGET_ACL },
	{ "target ACL's answers", target_acl_keeps_answers, SBX_WALK_RETURN_ACL },
	{ "source ACL's answers", source_acl_keeps_answers, SBX_WALK_RETURN_ACL },
	{ "one port of the answers", source_acl_with_a_gap, SBX_WALK_RETURN_ACL },
	{ "nothing (ACL of two parts)", source_acl_without_a_gap, SBX_WALK_OK },
	{ "source route", source_route_removed, SBX_WALK_SOURCE_ROUTE },
	{ "source association", source_association_removed, SBX_WALK_SOURCE_ROUTE },
	{ "source target", source_route_to_gateway, SBX_WALK_SOURCE_ROUTE },
	{ "longest prefix", source_longer_route_elsewhere, SBX_WALK_SOURCE_ROUTE },
	{ "main table", source_main_table_missing, SBX_WALK_SOURCE_ROUTE },
	{ "right peering", source_route_by_other_peering, SBX_WALK_PEERING },
	{ "peering", peering_gone, SBX_WALK_PEERING },
	{ "peering here", peering_not_active_here, SBX_WALK_PEERING },
	{ "peering there", peering_not_active_there, SBX_WALK_PEERING },
	{ "endpoint rule", endpoint_rule_removed, SBX_WALK_TARGET_INGRESS },
	{ "endpoint port", endpoint_rule_other_port, SBX_WALK_TARGET_INGRESS },
	{ "endpoint network", endpoint_rule_other_network, SBX_WALK_TARGET_INGRESS },
	{ "group across regions", endpoint_rule_names_the_peers_group, SBX_WALK_TARGET_INGRESS },
	{ "endpoint group", endpoint_has_another_group, SBX_WALK_TARGET_INGRESS },
	{ "return route", return_route_removed, SBX_WALK_RETURN_ROUTE },
	{ "return association", return_association_removed, SBX_WALK_RETURN_ROUTE },
	{ "return peering", return_by_dead_peering, SBX_WALK_PEERING },
	{ "endpoint", endpoint_not_available, SBX_WALK_TARGET_STATE },
};

static void each_thing_taken_away_stops_the_packet_at_its_hop(void **state)
{
	char why[SBX_WALK_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum sbx_walk_hop hop;
		struct net n;

		net_init(&n);
		cases[i].take_away(&n);
		hop = sbx_walk_run(&n.w, why);
		if (hop != cases[i].hop)
			fail_msg("without %s: stops at '%s', expected '%s' (%s)", cases[i].name,
				 sbx_walk_hop_name(hop), sbx_walk_hop_name(cases[i].hop), why);
		assert_int_equal(hop == SBX_WALK_OK, why[0] == 0);
	}
}

/* From the Instance Connect Endpoint to the instance, inside one VPC. */
static void net_init_ssh(struct net *n)
{
	net_init(n);
	n->w.to = n->w.from;
	n->w.from.id = "eice-1";
	n->w.from.address = "10.0.0.5";
	n->w.from.group_ids[0] = "sg-eice";
	n->w.port = 22;
}

static void inside_a_vpc_a_rule_may_name_the_senders_group(void **state)
{
	char why[SBX_WALK_TEXT];
	struct net n;

	(void)state;
	net_init_ssh(&n);
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_OK);
	/* one subnet: no ACL is met; another one: it is */
	acl_denies(&n, "vpc-s", false, 22, 22, "0.0.0.0/0");
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_OK);
	n.w.from.subnet_id = "subnet-s2";
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_TARGET_ACL);
	n.w.n_acl_entries = 0;
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_OK);

	n.rules[1].peer_group = "sg-other";
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_TARGET_INGRESS);
	n.rules[1].peer_group = NULL;
	n.rules[1].cidr = "10.0.0.0/20";
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_OK);
	n.rules[4].group_id = "sg-other";
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_SOURCE_EGRESS);
}

static void a_kept_client_address_hides_the_endpoints_group(void **state)
{
	char why[SBX_WALK_TEXT];
	struct net n;

	(void)state;
	net_init_ssh(&n);
	n.w.seen_address = "203.0.113.9";
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_TARGET_INGRESS);
	n.rules[1].cidr = "203.0.113.0/24";
	assert_int_equal(sbx_walk_run(&n.w, why), SBX_WALK_OK);
}

static void only_an_address_of_the_network_is_in_it(void **state)
{
	(void)state;
	assert_true(sbx_walk_address_in("10.0.0.1", "0.0.0.0/0"));
	assert_true(sbx_walk_address_in("10.0.15.255", "10.0.0.0/20"));
	assert_false(sbx_walk_address_in("10.0.16.0", "10.0.0.0/20"));
	assert_true(sbx_walk_address_in("10.0.0.7", "10.0.0.7/32"));
	assert_false(sbx_walk_address_in("10.0.0.7", "10.0.0.7"));
	assert_false(sbx_walk_address_in("10.0.0.7", "10.0.0.7/33"));
	assert_false(sbx_walk_address_in("10.0.0.7", "10.0.0.0.0.0.0.0.0.0/8"));
	assert_false(sbx_walk_address_in("::1", "::/0"));
	assert_false(sbx_walk_address_in("", "0.0.0.0/0"));
	assert_false(sbx_walk_address_in(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thing_taken_away_stops_the_packet_at_its_hop),
		cmocka_unit_test(inside_a_vpc_a_rule_may_name_the_senders_group),
		cmocka_unit_test(a_kept_client_address_hides_the_endpoints_group),
		cmocka_unit_test(only_an_address_of_the_network_is_in_it),
	};

	return cmocka_run_group_tests_name("sbx_walk", tests, NULL, NULL);
}
