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
#include "sandbox/network/path_trace.h"

#define SRC "ap-northeast-1"
#define DST "us-east-1"

/* The published procedure's network, from the instance to the S3 endpoint; each test has its own.
 */
struct net {
	struct network_path path;
	struct network_rule rules[8];
	struct network_acl_entry acl_entries[10];
	struct network_route_table tables[4];
	struct network_table_association assocs[2];
	struct network_route routes[6];
	struct network_peering peerings[2];
};

static void net_init(struct net *n)
{
	*n = (struct net){
		.path = { .from = { .id = "i-1",
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
	n->path.rules = n->rules;
	n->path.n_rules = 5;
	n->path.acl_entries = n->acl_entries;
	n->path.n_acl_entries = 8;
	n->path.tables = n->tables;
	n->path.n_tables = 4;
	n->path.assocs = n->assocs;
	n->path.n_assocs = 2;
	n->path.routes = n->routes;
	n->path.n_routes = 6;
	n->path.peerings = n->peerings;
	n->path.n_peerings = 2;
}

static void nothing(struct net *n)
{
	(void)n;
}

static void dns_support_off(struct net *n)
{
	n->path.name_resolves = false;
}

static void instance_stopped(struct net *n)
{
	n->path.from.up = false;
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
	n->acl_entries[n->path.n_acl_entries++] =
		(struct network_acl_entry){ vpc_id, 50, egress, false, "6", from, to, cidr };
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
	n->acl_entries[n->path.n_acl_entries++] =
		(struct network_acl_entry){ "vpc-s", 110,   false, true,
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
	n->routes[0] = (struct network_route){ "rtb-s", "10.1.0.0/20", "nat-1" };
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
	n->path.to.group_ids[0] = "sg-default";
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
	n->path.to.up = false;
}

static const struct {
	const char *name;
	void (*take_away)(struct net *n);
	enum network_hop hop;
} cases[] = {
	{ "nothing", nothing, NETWORK_HOP_OK },
	{ "dns support", dns_support_off, NETWORK_HOP_NAME },
	{ "running instance", instance_stopped, NETWORK_HOP_SOURCE_STATE },
	{ "egress", instance_egress_removed, NETWORK_HOP_SOURCE_EGRESS },
	{ "egress port", instance_egress_other_port, NETWORK_HOP_SOURCE_EGRESS },
	{ "egress protocol", instance_egress_udp_only, NETWORK_HOP_SOURCE_EGRESS },
	{ "egress network", instance_egress_other_network, NETWORK_HOP_SOURCE_EGRESS },
	{ "source ACL", source_acl_closed, NETWORK_HOP_SOURCE_ACL },
	{ "source ACL's allow", source_acl_without_its_allow, NETWORK_HOP_SOURCE_ACL },
	{ "nothing (ACL for others)", source_acl_closed_to_others, NETWORK_HOP_OK },
	{ "target ACL", target_acl_closed, NETWORK_HOP_TARGET_ACL },
	{ "target ACL's answers", target_acl_keeps_answers, NETWORK_HOP_RETURN_ACL },
	{ "source ACL's answers", source_acl_keeps_answers, NETWORK_HOP_RETURN_ACL },
	{ "one port of the answers", source_acl_with_a_gap, NETWORK_HOP_RETURN_ACL },
	{ "nothing (ACL of two parts)", source_acl_without_a_gap, NETWORK_HOP_OK },
	{ "source route", source_route_removed, NETWORK_HOP_SOURCE_ROUTE },
	{ "source association", source_association_removed, NETWORK_HOP_SOURCE_ROUTE },
	{ "source target", source_route_to_gateway, NETWORK_HOP_SOURCE_ROUTE },
	{ "longest prefix", source_longer_route_elsewhere, NETWORK_HOP_SOURCE_ROUTE },
	{ "main table", source_main_table_missing, NETWORK_HOP_SOURCE_ROUTE },
	{ "right peering", source_route_by_other_peering, NETWORK_HOP_PEERING },
	{ "peering", peering_gone, NETWORK_HOP_PEERING },
	{ "peering here", peering_not_active_here, NETWORK_HOP_PEERING },
	{ "peering there", peering_not_active_there, NETWORK_HOP_PEERING },
	{ "endpoint rule", endpoint_rule_removed, NETWORK_HOP_TARGET_INGRESS },
	{ "endpoint port", endpoint_rule_other_port, NETWORK_HOP_TARGET_INGRESS },
	{ "endpoint network", endpoint_rule_other_network, NETWORK_HOP_TARGET_INGRESS },
	{ "group across regions", endpoint_rule_names_the_peers_group, NETWORK_HOP_TARGET_INGRESS },
	{ "endpoint group", endpoint_has_another_group, NETWORK_HOP_TARGET_INGRESS },
	{ "return route", return_route_removed, NETWORK_HOP_RETURN_ROUTE },
	{ "return association", return_association_removed, NETWORK_HOP_RETURN_ROUTE },
	{ "return peering", return_by_dead_peering, NETWORK_HOP_PEERING },
	{ "endpoint", endpoint_not_available, NETWORK_HOP_TARGET_STATE },
};

static void each_thing_taken_away_stops_the_packet_at_its_hop(void **state)
{
	char why[NETWORK_PATH_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum network_hop hop;
		struct net n;

		net_init(&n);
		cases[i].take_away(&n);
		hop = network_path_trace(&n.path, why);
		if (hop != cases[i].hop)
			fail_msg("without %s: stops at '%s', expected '%s' (%s)", cases[i].name,
				 network_hop_name(hop), network_hop_name(cases[i].hop), why);
		assert_int_equal(hop == NETWORK_HOP_OK, why[0] == 0);
	}
}

/* From the Instance Connect Endpoint to the instance, inside one VPC. */
static void net_init_ssh(struct net *n)
{
	net_init(n);
	n->path.to = n->path.from;
	n->path.from.id = "eice-1";
	n->path.from.address = "10.0.0.5";
	n->path.from.group_ids[0] = "sg-eice";
	n->path.port = 22;
}

static void inside_a_vpc_a_rule_may_name_the_senders_group(void **state)
{
	char why[NETWORK_PATH_WHY_MAX];
	struct net n;

	(void)state;
	net_init_ssh(&n);
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_OK);
	/* one subnet: no ACL is met; another one: it is */
	acl_denies(&n, "vpc-s", false, 22, 22, "0.0.0.0/0");
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_OK);
	n.path.from.subnet_id = "subnet-s2";
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_TARGET_ACL);
	n.path.n_acl_entries = 0;
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_OK);

	n.rules[1].peer_group = "sg-other";
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_TARGET_INGRESS);
	n.rules[1].peer_group = NULL;
	n.rules[1].cidr = "10.0.0.0/20";
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_OK);
	n.rules[4].group_id = "sg-other";
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_SOURCE_EGRESS);
}

static void a_kept_client_address_hides_the_endpoints_group(void **state)
{
	char why[NETWORK_PATH_WHY_MAX];
	struct net n;

	(void)state;
	net_init_ssh(&n);
	n.path.seen_address = "203.0.113.9";
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_TARGET_INGRESS);
	n.rules[1].cidr = "203.0.113.0/24";
	assert_int_equal(network_path_trace(&n.path, why), NETWORK_HOP_OK);
}

static void only_an_address_of_the_network_is_in_it(void **state)
{
	(void)state;
	assert_true(network_address_in("10.0.0.1", "0.0.0.0/0"));
	assert_true(network_address_in("10.0.15.255", "10.0.0.0/20"));
	assert_false(network_address_in("10.0.16.0", "10.0.0.0/20"));
	assert_true(network_address_in("10.0.0.7", "10.0.0.7/32"));
	assert_false(network_address_in("10.0.0.7", "10.0.0.7"));
	assert_false(network_address_in("10.0.0.7", "10.0.0.7/33"));
	assert_false(network_address_in("10.0.0.7", "10.0.0.0.0.0.0.0.0.0/8"));
	assert_false(network_address_in("::1", "::/0"));
	assert_false(network_address_in("", "0.0.0.0/0"));
	assert_false(network_address_in(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thing_taken_away_stops_the_packet_at_its_hop),
		cmocka_unit_test(inside_a_vpc_a_rule_may_name_the_senders_group),
		cmocka_unit_test(a_kept_client_address_hides_the_endpoints_group),
		cmocka_unit_test(only_an_address_of_the_network_is_in_it),
	};

	return cmocka_run_group_tests_name("sbx_path_trace", tests, NULL, NULL);
}
