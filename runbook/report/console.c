/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console's addresses: a host for each region in the domain of its partition, and a page for
 * each kind of thing, as the console's own address bar has them.
 */
#include "runbook/report/console.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

static const struct {
	const char *partition, *domain;
} consoles[] = {
	{ "aws", "console.aws.amazon.com" },
	{ "aws-cn", "console.amazonaws.cn" },
	{ "aws-us-gov", "console.amazonaws-us-gov.com" },
};

/* Before the region, and before the id. */
static const struct {
	const char *output, *page, *fragment;
} pages[] = {
	{ "vpc_id", "vpcconsole/home?region=", "#VpcDetails:VpcId=" },
	{ "main_route_table_id", "vpcconsole/home?region=", "#RouteTableDetails:RouteTableId=" },
	{ "route_table_id", "vpcconsole/home?region=", "#RouteTableDetails:RouteTableId=" },
	{ "subnet_id", "vpcconsole/home?region=", "#SubnetDetails:subnetId=" },
	{ "security_group_id", "ec2/home?region=", "#SecurityGroup:groupId=" },
	{ "instance_connect_endpoint_id",
	  "vpcconsole/home?region=", "#InstanceConnectEndpointDetails:instanceConnectEndpointId=" },
	{ "image_id", "ec2/home?region=", "#ImageDetails:imageId=" },
	{ "instance_id", "ec2/home?region=", "#InstanceDetails:instanceId=" },
	{ "role_name", "iam/home?region=", "#/roles/details/" },
	{ "vpc_endpoint_id", "vpcconsole/home?region=", "#EndpointDetails:vpcEndpointId=" },
	{ "vpc_peering_connection_id",
	  "vpcconsole/home?region=", "#PeeringConnectionDetails:VpcPeeringConnectionId=" },
};

/* Whatever a journal holds: nothing of it becomes syntax of the address. */
static void add_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("-._~", *s) || (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z'))
			(void)buf_addc(out, *s);
		else
			(void)buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static const char *domain_of(const char *partition)
{
	for (size_t i = 0; partition && i < ARRAY_LEN(consoles); i++)
		if (strcmp(consoles[i].partition, partition) == 0)
			return consoles[i].domain;
	return NULL;
}

char *console_url(const char *partition, const char *region, const char *output, const char *value)
{
	const char *domain = domain_of(partition);
	auto_buf url = BUF_INIT;
	size_t i = 0;

	if (!domain || !region || !*region || !value || !*value)
		return NULL;
	(void)buf_adds(&url, "https://");
	add_escaped(&url, region);
	(void)buf_addf(&url, ".%s/", domain);
	if (text_eq(output, "bucket")) { /* the one whose id comes before the region */
		(void)buf_adds(&url, "s3/buckets/");
		add_escaped(&url, value);
		(void)buf_adds(&url, "?region=");
		add_escaped(&url, region);
		return buf_steal(&url);
	}
	while (i < ARRAY_LEN(pages) && !text_eq(pages[i].output, output))
		i++;
	if (i == ARRAY_LEN(pages))
		return NULL;
	(void)buf_adds(&url, pages[i].page);
	add_escaped(&url, region);
	(void)buf_adds(&url, pages[i].fragment);
	add_escaped(&url, value);
	return buf_steal(&url);
}
