/* SPDX-License-Identifier: Apache-2.0 */
/* The pure looks at rules, ACLs, tables and routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "steps/common/reach.h"

/* What is parsed owns its strings; what a table here holds are literals that nobody frees. */
#define S(literal) ((char *)(uintptr_t)(literal))

static void a_rule_lets_through_what_it_names_and_nothing_else(void **state)
{
	struct ec2_rule v[] = {
		{ .protocol = S("tcp"),
		  .from_port = 443,
		  .to_port = 443,
		  .cidr = S("10.0.0.0/16") },
		{ .protocol = S("tcp"), .from_port = 22, .to_port = 22, .group_id = S("sg-a") },
		{ .egress = true,
		  .protocol = S("-1"),
		  .from_port = -1,
		  .to_port = -1,
		  .cidr = S("0.0.0.0/0") },
		{ .protocol = S("udp"), .from_port = 0, .to_port = 65535, .cidr = S("0.0.0.0/0") },
	};
	const struct ec2_rules rules = { v, ARRAY_LEN(v) };

	(void)state;
	assert_true(reach_rules_allow(&rules, false, 443, "10.0.3.4", NULL));
	assert_false(reach_rules_allow(&rules, false, 443, "10.1.3.4", NULL));
	assert_false(reach_rules_allow(&rules, false, 80, "10.0.3.4", NULL));
	assert_true(reach_rules_allow(&rules, false, 22, NULL, "sg-a"));
	assert_false(reach_rules_allow(&rules, false, 22, NULL, "sg-b"));
	assert_true(reach_rules_allow(&rules, true, 443, "10.1.3.4", NULL));
	assert_false(reach_rules_allow(&rules, false, 53, "10.1.3.4", NULL));
}

static void the_lowest_number_of_an_acl_decides(void **state)
{
	struct ec2_acl_entry v[] = {
		{ .rule_number = 32767,
		  .protocol = S("-1"),
		  .action = S("deny"),
		  .cidr = S("0.0.0.0/0") },
		{ .rule_number = 100,
		  .protocol = S("-1"),
		  .action = S("allow"),
		  .cidr = S("0.0.0.0/0") },
		{ .rule_number = 50,
		  .protocol = S("6"),
		  .action = S("deny"),
		  .cidr = S("10.1.0.0/16"),
		  .from_port = 2000,
		  .to_port = 3000 },
	};
	struct ec2_acl_entries acl = { v, 2 };

	(void)state;
	assert_true(reach_acl_allows(&acl, false, 443, 443, "10.1.0.5"));
	assert_false(reach_acl_allows(&acl, true, 443, 443, "10.1.0.5"));
	acl.n = 3;
	assert_true(reach_acl_allows(&acl, false, 443, 443, "10.1.0.5"));
	assert_false(reach_acl_allows(&acl, false, 1024, 65535, "10.1.0.5"));
	assert_true(reach_acl_allows(&acl, false, 1024, 65535, "10.2.0.5"));
}

static void entries_of_an_acl_may_share_a_range(void **state)
{
	struct ec2_acl_entry v[] = {
		{ .rule_number = 100,
		  .protocol = S("6"),
		  .action = S("allow"),
		  .cidr = S("0.0.0.0/0"),
		  .from_port = 1024,
		  .to_port = 40000 },
		{ .rule_number = 110,
		  .protocol = S("6"),
		  .action = S("allow"),
		  .cidr = S("0.0.0.0/0"),
		  .from_port = 40001,
		  .to_port = 65535 },
		{ .rule_number = 120,
		  .protocol = S("-1"),
		  .action = S("deny"),
		  .cidr = S("0.0.0.0/0") },
		{ .rule_number = 90,
		  .protocol = S("6"),
		  .action = S("deny"),
		  .cidr = S("0.0.0.0/0"),
		  .from_port = 50000,
		  .to_port = 50000 },
		{ .rule_number = 80,
		  .protocol = S("17"),
		  .action = S("deny"),
		  .cidr = S("0.0.0.0/0") },
	};
	struct ec2_acl_entries acl = { v, 3 };

	(void)state;
	assert_true(reach_acl_allows(&acl, false, 32768, 60999, "10.1.0.5"));
	assert_false(reach_acl_allows(&acl, false, 1023, 1030, "10.1.0.5"));
	acl.n = 5; /* one port of them is enough; what is said of UDP is not about us */
	assert_false(reach_acl_allows(&acl, false, 32768, 60999, "10.1.0.5"));
	assert_true(reach_acl_allows(&acl, false, 50001, 60999, "10.1.0.5"));
	assert_true(reach_acl_allows(&acl, false, 49999, 49999, "10.1.0.5"));
	v[1].from_port = 40002; /* the gap falls to the deny */
	assert_false(reach_acl_allows(&acl, false, 32768, 49999, "10.1.0.5"));
}

static void a_subnet_without_association_goes_by_the_main_table(void **state)
{
	struct ec2_association main_a = { .main = true, .state = S("associated") };
	struct ec2_association own_a = { .subnet_id = S("subnet-1"), .state = S("associated") };
	struct ec2_route routes[] = { { .destination = S("10.0.0.0/16"), .target = S("local") },
				      { .destination = S("10.1.0.0/16"), .target = S("pcx-1") },
				      { .destination = S("10.1.4.0/24"), .target = S("pcx-2") } };
	struct ec2_route_table v[] = {
		{ .route_table_id = S("rtb-main"), .associations = { &main_a, 1 } },
		{ .route_table_id = S("rtb-own"),
		  .associations = { &own_a, 1 },
		  .routes = { routes, 3 } },
	};
	const struct ec2_route_tables tables = { v, 2 };

	(void)state;
	assert_string_equal(reach_effective_table(&tables, "subnet-1")->route_table_id, "rtb-own");
	assert_string_equal(reach_effective_table(&tables, "subnet-2")->route_table_id, "rtb-main");
	assert_string_equal(reach_route_for(&v[1], "10.1.0.9")->target, "pcx-1");
	assert_string_equal(reach_route_for(&v[1], "10.1.4.9")->target, "pcx-2");
	assert_null(reach_route_for(&v[1], "10.9.0.1"));
	own_a.state = S("disassociated");
	assert_string_equal(reach_effective_table(&tables, "subnet-1")->route_table_id, "rtb-main");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_lets_through_what_it_names_and_nothing_else),
		cmocka_unit_test(the_lowest_number_of_an_acl_decides),
		cmocka_unit_test(entries_of_an_acl_may_share_a_range),
		cmocka_unit_test(a_subnet_without_association_goes_by_the_main_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
