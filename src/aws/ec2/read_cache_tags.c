/* SPDX-License-Identifier: Apache-2.0 */
/* The read cache filled with tags alone, which one call tells of all things. */
#include "aws/ec2/read_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* A thing with the two tags that say whose it is. */
struct tagged {
	char *id, *type, *run, *step;
};
struct taggeds {
	struct tagged *v;
	size_t n;
};

static void taggeds_clear(struct taggeds *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].id);
		free(l->v[i].type);
		free(l->v[i].run);
		free(l->v[i].step);
	}
	free(l->v);
}

static struct rb_error *add_tag(void *list, const struct xml_node *item)
{
	autofree char *id = xml_text(item, "resourceId"), *key = xml_text(item, "key");
	struct taggeds *l = list;
	struct tagged *t = NULL;

	if (!id || !key)
		return NULL;
	for (size_t i = 0; i < l->n && !t; i++)
		if (text_eq(l->v[i].id, id))
			t = &l->v[i];
	if (!t) {
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
		t = &l->v[l->n++];
		*t = (struct tagged){ .id = steal_str(&id),
				      .type = xml_text(item, "resourceType") };
	}
	if (text_eq(key, "runbook:run") && !t->run)
		t->run = xml_exact(item, "value");
	else if (text_eq(key, "runbook:step") && !t->step)
		t->step = xml_exact(item, "value");
	return NULL;
}

/* Nothing that would need quoting. */
static bool is_plain(const char *s)
{
	return s && *s &&
	       s[strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_")] ==
		       0;
}

/* Puts it in as the kind's describe would show it, if that showed no more than the tags. */
static void put_tagged(struct aws_client *c, const struct tagged *t)
{
	static const struct {
		const char *type, *action, *id;
	} kinds[] = {
		{ "vpc", "DescribeVpcs", "vpcId" },
		{ "subnet", "DescribeSubnets", "subnetId" },
		{ "security-group", "DescribeSecurityGroups", "groupId" },
		{ "instance", "DescribeInstances", "instanceId" },
		{ "instance-connect-endpoint", "DescribeInstanceConnectEndpoints",
		  "instanceConnectEndpointId" },
		{ "vpc-endpoint", "DescribeVpcEndpoints", "vpcEndpointId" },
		{ "vpc-peering-connection", "DescribeVpcPeeringConnections",
		  "vpcPeeringConnectionId" },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		auto_xml_reply item = XML_REPLY_INIT;
		autofree char *text = NULL;
		struct rb_error *err;

		if (!text_eq(kinds[i].type, t->type))
			continue;
		text = xasprintf("<item><%s>%s</%s><tagSet><item><key>runbook:run</key><value>%s"
				 "</value></item><item><key>runbook:step</key><value>%s</value>"
				 "</item></tagSet></item>",
				 kinds[i].id, t->id, kinds[i].id, t->run, t->step);
		err = xml_parse(text, strlen(text), &item);
		if (!err)
			ec2_cache_put(c, kinds[i].action, t->id, item.root);
		(void)rb_error_free(err);
	}
}

struct rb_error *ec2_cache_tags(struct aws_client *c, const char *run_id, const struct strv *ids)
{
	static const struct ec2_listing how = {
		.action = "DescribeTags",
		.items = "tagSet/item",
		.page = 1000,
		.noun = N_("tag"),
		.add = add_tag,
	};
	const struct aws_filter filters[] = {
		{ "key", { "runbook:run", "runbook:step" } },
		{ 0 },
	};
	CLEANUP(taggeds_clear) struct taggeds found = { 0 };

	TRY(ec2_list(c, &how, NULL, NULL, filters, &found));
	for (size_t i = 0; i < found.n; i++)
		if (text_eq(found.v[i].run, run_id) && strv_has(ids, found.v[i].id) &&
		    is_plain(found.v[i].id) && is_plain(found.v[i].run) &&
		    is_plain(found.v[i].step))
			put_tagged(c, &found.v[i]);
	return NULL;
}
