/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sbx_ec2_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"

struct sbx_client c;

int ec2_world_setup(void **state)
{
	(void)state;
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1 });
	return 0;
}

int ec2_world_setup_lag(void **state)
{
	(void)state;
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1, .lag = SBX_LAG_USUAL });
	return 0;
}

int ec2_world_setup_harsh(void **state)
{
	(void)state;
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1, .lag = SBX_LAG_HARSH });
	return 0;
}

int ec2_world_teardown(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	return 0;
}

char *ec2_made(const char *element, const char *fmt, ...)
{
	autofree char *form = NULL;
	char *id;
	va_list ap;

	va_start(ap, fmt);
	form = xvasprintf(fmt, ap);
	va_end(ap);
	GOOD(EC2("%s", form));
	id = sbx_answer_element(&c, element);
	if (!id)
		fail_msg("%s: no <%s> in %s", form, element, c.rep.body.p);
	return id;
}

size_t ec2_count(const char *text)
{
	size_t n = 0;

	for (const char *p = strstr(c.rep.body.p, text); p; p = strstr(p + 1, text))
		n++;
	return n;
}

void skip_s(int64_t seconds)
{
	assert_null(sbx_skip_ms(c.sbx, seconds * 1000));
}

struct ec2_net ec2_net_new(const char *vpc_cidr, const char *subnet_cidr, const char *zone)
{
	struct ec2_net net = { 0 };

	net.vpc = ec2_made("vpcId", "CreateVpc&CidrBlock=%s", vpc_cidr);
	net.subnet = ec2_made("subnetId", "CreateSubnet&VpcId=%s&CidrBlock=%s&AvailabilityZone=%s",
			      net.vpc, subnet_cidr, zone);
	net.table = ec2_made("routeTableId", "CreateRouteTable&VpcId=%s", net.vpc);
	net.group = ec2_made(
		"groupId", "CreateSecurityGroup&GroupName=g&GroupDescription=d&VpcId=%s", net.vpc);
	return net;
}

void ec2_net_clear(struct ec2_net *net)
{
	free(net->vpc);
	free(net->subnet);
	free(net->table);
	free(net->group);
}

#define TRUST                                                                                      \
	"%%7B%%22Version%%22:%%222012-10-17%%22,%%22Statement%%22:%%5B%%7B%%22Effect%%22:"         \
	"%%22Allow%%22,%%22Principal%%22:%%7B%%22Service%%22:%%22ec2.amazonaws.com%%22"            \
	"%%7D,%%22Action%%22:%%22sts:AssumeRole%%22%%7D%%5D%%7D"

void ec2_profile_new(void)
{
	GOOD(sbx_query_call(&c, "iam", "CreateRole&RoleName=r&AssumeRolePolicyDocument=" TRUST));
	GOOD(sbx_query_call(&c, "iam", "CreateInstanceProfile&InstanceProfileName=p"));
	GOOD(sbx_query_call(&c, "iam",
			    "AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r"));
	skip_s(11);
}
