/* SPDX-License-Identifier: Apache-2.0 */
/* One look at all things, and which questions it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "aws/ec2/look.h"
#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/fault_world.h"

#define TAG(id, type, key, value)                                                                  \
	"<item><resourceId>" id "</resourceId><resourceType>" type "</resourceType><key>" key      \
	"</key><value>" value "</value></item>"

static void add_answer(struct fault_world *f, const char *action, const char *set,
		       const char *items)
{
	autofree char *body = xasprintf("<%sResponse><requestId>r-ok</requestId><%s>%s</%s>"
					"</%sResponse>",
					action, set, items, set, action);

	fw_add_http(f, 200, "Content-Type: text/xml\r\n", 0, body);
}

/* A look at the route tables, which holds rtb-1 and rtb-2; the next answer has no route. */
static void start_with_tables(struct fault_world *f)
{
	auto_ec2_route_tables list = { 0 };
	struct aws_client *filling;

	add_answer(f, "DescribeRouteTables", "routeTableSet",
		   "<item><routeTableId>rtb-1</routeTableId><routeSet><item><destinationCidrBlock>"
		   "10.0.0.0/16</destinationCidrBlock></item></routeSet></item>"
		   "<item><routeTableId>rtb-2</routeTableId></item>");
	add_answer(f, "DescribeRouteTables", "routeTableSet",
		   "<item><routeTableId>rtb-1</routeTableId></item>");
	fw_start(f);
	ec2_look_begin(f->session);
	filling = aws_client_new(f->session, "eu-west-1");
	ec2_look_fill(filling);
	fw_assert_well(ec2_describe_route_tables(filling, NULL, NULL, &list));
	assert_int_equal(list.n, 2);
	aws_client_free(filling);
}

static void end(struct fault_world *f)
{
	ec2_look_end(f->session);
	fw_stop(f);
}

/* How many requests it takes to read these tables. */
static size_t calls_to_read(struct fault_world *f, struct aws_client *c, const char *first,
			    const char *second, size_t *ret_routes)
{
	const char *const ids[] = { first, second, NULL };
	auto_ec2_route_tables list = { 0 };
	size_t before = faultd_count(f->d);

	fw_assert_well(ec2_describe_route_tables(c, ids, NULL, &list));
	*ret_routes = list.n ? list.v[0].routes.n : 0;
	return faultd_count(f->d) - before;
}

static void what_it_holds_costs_no_call(void **state)
{
	struct fault_world f = { 0 };
	size_t routes;

	(void)state;
	start_with_tables(&f);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-1", NULL, &routes), 0);
	assert_int_equal(routes, 1);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-2", "rtb-1", &routes), 0);
	end(&f);
}

static void what_it_does_not_hold_is_asked_for(void **state)
{
	const struct aws_filter filters[] = { { "tag:runbook:run", { "r" } }, { 0 } };
	auto_ec2_route_tables list = { 0 };
	struct fault_world f = { 0 };
	struct aws_client *other;
	size_t routes;

	(void)state;
	start_with_tables(&f);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-3", NULL, &routes), 1);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-1", "rtb-3", &routes), 1);
	/* another region's, though it bears the same id */
	other = aws_client_new(f.session, "eu-west-2");
	assert_int_equal(calls_to_read(&f, other, "rtb-1", NULL, &routes), 1);
	aws_client_free(other);
	/* by tag: what else there may be */
	fw_assert_well(ec2_describe_route_tables(f.client, NULL, filters, &list));
	assert_int_equal(faultd_count(f.d), 5);
	end(&f);
}

static void what_is_removed_or_forgotten_is_asked_for_again(void **state)
{
	struct fault_world f = { 0 };
	size_t routes;

	(void)state;
	start_with_tables(&f);
	ec2_look_forget(f.session, "rtb-2");
	assert_int_equal(calls_to_read(&f, f.client, "rtb-1", NULL, &routes), 0);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-2", NULL, &routes), 1);
	/* whatever becomes of the delete (its answer here is another's) */
	(void)rb_error_free(ec2_delete_route_table(f.client, "rtb-1"));
	assert_int_equal(calls_to_read(&f, f.client, "rtb-1", NULL, &routes), 1);
	assert_int_equal(routes, 0);
	end(&f);
}

static void after_its_end_everything_is_asked_for(void **state)
{
	struct fault_world f = { 0 };
	size_t routes;

	(void)state;
	start_with_tables(&f);
	ec2_look_end(f.session);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-1", NULL, &routes), 1);
	end(&f);
}

/* Of a VPC, a subnet and a group the tags alone say whose it is. */
static void tags_tell_whose_a_thing_is(void **state)
{
	static const char *const mine[] = { "vpc-1", NULL }, *const others[] = { "vpc-2", NULL },
				 *const untagged[] = { "vpc-3", NULL },
				 *const odd[] = { "vpc-4", NULL },
				 *const group[] = { "sg-1", NULL };
	struct fault_world f = { 0 };
	auto_ec2_groups groups = { 0 };
	auto_ec2_vpcs vpcs = { 0 };

	(void)state;
	add_answer(
		&f, "DescribeTags", "tagSet",
		TAG("vpc-1", "vpc", "runbook:step", "1-1") TAG("vpc-1", "vpc", "runbook:run", "r")
			TAG("vpc-2", "vpc", "runbook:run",
			    "another") TAG("vpc-2", "vpc", "runbook:step",
					   "1-1") TAG("vpc-3", "vpc", "runbook:run",
						      "r") TAG("vpc-4", "vpc", "runbook:run", "r")
				TAG("vpc-4", "vpc", "runbook:step",
				    "&lt;1-1&gt;") TAG("sg-1", "security-group", "runbook:run", "r")
					TAG("sg-1", "security-group", "runbook:step", "1-3"));
	add_answer(&f, "DescribeVpcs", "vpcSet", "");
	fw_start(&f);
	ec2_look_begin(f.session);
	fw_assert_well(ec2_look_tags(f.client, "r"));
	fw_assert_well(ec2_describe_vpcs(f.client, mine, NULL, &vpcs));
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(vpcs.v[0].vpc_id, "vpc-1");
	assert_string_equal(aws_tags_get(&vpcs.v[0].tags, "runbook:run"), "r");
	assert_string_equal(aws_tags_get(&vpcs.v[0].tags, "runbook:step"), "1-1");
	fw_assert_well(ec2_describe_groups(f.client, group, NULL, &groups));
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(groups.v[0].group_id, "sg-1");
	/* another run's, one whose step nobody knows, and what would need quoting */
	for (int i = 0; i < 3; i++) {
		ec2_vpcs_clear(&vpcs);
		fw_assert_well(ec2_describe_vpcs(f.client,
						 i == 0	  ? others
						 : i == 1 ? untagged
							  : odd,
						 NULL, &vpcs));
		assert_int_equal(faultd_count(f.d), 2 + i);
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_holds_costs_no_call),
		cmocka_unit_test(what_it_does_not_hold_is_asked_for),
		cmocka_unit_test(what_is_removed_or_forgotten_is_asked_for_again),
		cmocka_unit_test(after_its_end_everything_is_asked_for),
		cmocka_unit_test(tags_tell_whose_a_thing_is),
	};

	fw_clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
