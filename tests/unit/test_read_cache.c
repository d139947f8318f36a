/* SPDX-License-Identifier: Apache-2.0 */
/* The read cache: which questions it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "aws/ec2/read_cache.h"
#include "base/alloc.h"
#include "base/strv.h"
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

/* A read cache of the route tables, which holds rtb-1 and rtb-2; the next answer has no route. */
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
	ec2_cache_begin(f->session);
	filling = aws_client_new(f->session, "eu-west-1");
	ec2_cache_fill(filling);
	fw_assert_well(ec2_describe_route_tables(filling, NULL, NULL, &list));
	assert_int_equal(list.n, 2);
	aws_client_free(filling);
}

static void end(struct fault_world *f)
{
	ec2_cache_end(f->session);
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
	ec2_cache_invalidate(f.session, "rtb-2");
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
	ec2_cache_end(f.session);
	assert_int_equal(calls_to_read(&f, f.client, "rtb-1", NULL, &routes), 1);
	end(&f);
}

static struct strv ids_of(const char *const *ids)
{
	struct strv s = { 0 };

	for (; *ids; ids++)
		strv_add(&s, *ids);
	return s;
}

/* Tags alone say whose a thing is. */
static void tags_tell_whose_a_thing_is(void **state)
{
	static const char *const mine[] = { "vpc-1", NULL }, *const others[] = { "vpc-2", NULL },
				 *const untagged[] = { "vpc-3", NULL },
				 *const odd[] = { "vpc-4", NULL },
				 *const unasked[] = { "vpc-5", NULL },
				 *const group[] = { "sg-1", NULL };
	auto_strv wanted =
		ids_of((const char *const[]){ "vpc-1", "vpc-2", "vpc-3", "vpc-4", "sg-1", NULL });
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
				    "&lt;1-1&gt;") TAG("vpc-5", "vpc", "runbook:run", "r")
					TAG("vpc-5", "vpc", "runbook:step", "1-1")
						TAG("sg-1", "security-group", "runbook:run", "r")
							TAG("sg-1", "security-group",
							    "runbook:step", "1-3"));
	add_answer(&f, "DescribeVpcs", "vpcSet", "");
	fw_start(&f);
	ec2_cache_begin(f.session);
	fw_assert_well(ec2_cache_tags(f.client, "r", &wanted));
	fw_assert_well(ec2_describe_vpcs(f.client, mine, NULL, &vpcs));
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(vpcs.v[0].vpc_id, "vpc-1");
	assert_string_equal(aws_tags_get(&vpcs.v[0].tags, "runbook:run"), "r");
	assert_string_equal(aws_tags_get(&vpcs.v[0].tags, "runbook:step"), "1-1");
	fw_assert_well(ec2_describe_groups(f.client, group, NULL, &groups));
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(groups.v[0].group_id, "sg-1");
	/* another run's, one whose step nobody knows, what would need quoting, and what nobody
	 * wanted to have read */
	for (size_t i = 0; i < 4; i++) {
		const char *const *ids[] = { others, untagged, odd, unasked };

		ec2_vpcs_clear(&vpcs);
		fw_assert_well(ec2_describe_vpcs(f.client, ids[i], NULL, &vpcs));
		assert_int_equal(faultd_count(f.d), 2 + i);
	}
	end(&f);
}

/* How a thing stands, its tags do not say. */
static void tags_tell_no_state(void **state)
{
	static const char *const ids[] = { "i-1", "eice-1", "vpce-1", "pcx-1", NULL };
	auto_strv wanted = ids_of(ids);
	auto_ec2_connect_endpoints connect = { 0 };
	auto_ec2_vpc_endpoints endpoints = { 0 };
	auto_ec2_instances instances = { 0 };
	auto_ec2_peerings peerings = { 0 };
	struct fault_world f = { 0 };

	(void)state;
	add_answer(&f, "DescribeTags", "tagSet",
		   TAG("i-1", "instance", "runbook:run", "r") TAG("i-1", "instance", "runbook:step",
								  "1-4")
			   TAG("eice-1", "instance-connect-endpoint", "runbook:run",
			       "r") TAG("eice-1", "instance-connect-endpoint", "runbook:step",
					"1-3") TAG("vpce-1", "vpc-endpoint", "runbook:run", "r")
				   TAG("vpce-1", "vpc-endpoint", "runbook:step", "2-3")
					   TAG("pcx-1", "vpc-peering-connection", "runbook:run",
					       "r") TAG("pcx-1", "vpc-peering-connection",
							"runbook:step", "3-1"));
	fw_start(&f);
	ec2_cache_begin(f.session);
	fw_assert_well(ec2_cache_tags(f.client, "r", &wanted));
	fw_assert_well(ec2_describe_instances(f.client, (const char *const[]){ "i-1", NULL }, NULL,
					      &instances));
	fw_assert_well(ec2_describe_connect_endpoints(
		f.client, (const char *const[]){ "eice-1", NULL }, NULL, &connect));
	fw_assert_well(ec2_describe_vpc_endpoints(f.client, (const char *const[]){ "vpce-1", NULL },
						  NULL, &endpoints));
	fw_assert_well(ec2_describe_peerings(f.client, (const char *const[]){ "pcx-1", NULL }, NULL,
					     &peerings));
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(instances.v[0].instance_id, "i-1");
	assert_null(instances.v[0].state);
	assert_string_equal(connect.v[0].endpoint_id, "eice-1");
	assert_null(connect.v[0].state);
	assert_string_equal(endpoints.v[0].vpc_endpoint_id, "vpce-1");
	assert_null(endpoints.v[0].state);
	assert_string_equal(peerings.v[0].peering_id, "pcx-1");
	assert_null(peerings.v[0].status);
	assert_string_equal(aws_tags_get(&peerings.v[0].tags, "runbook:step"), "3-1");
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
		cmocka_unit_test(tags_tell_no_state),
	};

	fw_clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
