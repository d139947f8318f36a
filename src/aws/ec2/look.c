/* SPDX-License-Identifier: Apache-2.0 */
/* Things as they were seen a moment ago; see ec2/look.h. */
#include "aws/ec2/look.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/session.h"
#include "aws/ec2/shared.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { LOOK_MS = 20000, YOUNG_MS = 5000 };

struct looked {
	char *region;
	char *action; /* "DescribeVpcs" */
	char *id;
	struct xml_reply item;
};

struct ec2_look {
	struct looked *v;
	size_t n;
	int64_t begun_ms;
};

/* ---- what is held ------------------------------------------------------------- */

static void looked_clear(struct looked *l)
{
	free(l->region);
	free(l->action);
	free(l->id);
	xml_reply_clear(&l->item);
}

void ec2_look_end(struct aws_session *s)
{
	struct ec2_look *look = s->look;

	for (size_t i = 0; look && i < look->n; i++)
		looked_clear(&look->v[i]);
	if (look)
		free(look->v);
	free(look);
	s->look = NULL;
}

void ec2_look_begin(struct aws_session *s)
{
	ec2_look_end(s);
	s->look = xcalloc(1, sizeof(*s->look));
	s->look->begun_ms = clock_mono_ms();
}

bool ec2_look_is_young(const struct aws_session *s)
{
	return s->look && clock_mono_ms() - s->look->begun_ms <= YOUNG_MS;
}

void ec2_look_forget(struct aws_session *s, const char *id)
{
	struct ec2_look *look = s->look;

	for (size_t i = 0; look && id && i < look->n;) {
		if (strcmp(look->v[i].id, id) != 0) {
			i++;
			continue;
		}
		looked_clear(&look->v[i]);
		look->v[i] = look->v[--look->n];
	}
}

void ec2_look_fill(struct aws_client *c)
{
	c->fills_look = true;
}

static void keep(struct aws_client *c, const char *action, const char *id,
		 const struct xml_node *item)
{
	struct ec2_look *look = c->session->look;
	struct looked *l;

	look->v = xreallocarray(look->v, look->n + 1, sizeof(*look->v));
	l = &look->v[look->n++];
	*l = (struct looked){ xstrdup(c->region), xstrdup(action), xstrdup(id), XML_REPLY_INIT };
	xml_copy(item, &l->item);
}

/* "VpcId" names what an item calls vpcId. */
char *ec2_item_id(const struct ec2_listing *how, const struct xml_node *item)
{
	autofree char *path = xstrdup_or_null(how->id_param);

	if (!path)
		return NULL;
	path[0] = (char)tolower((unsigned char)path[0]);
	return xml_text(item, path);
}

void ec2_look_keep(struct aws_client *c, const struct ec2_listing *how, const struct xml_node *item)
{
	autofree char *id = c->fills_look && c->session->look ? ec2_item_id(how, item) : NULL;

	if (id)
		keep(c, how->action, id, item);
}

/* ---- what is answered ---------------------------------------------------------- */

static const struct looked *held(const struct ec2_question *q, const char *id)
{
	const struct ec2_look *look = q->client->session->look;

	for (size_t i = 0; i < look->n; i++)
		if (text_eq(look->v[i].id, id) && text_eq(look->v[i].action, q->how->action) &&
		    text_eq(look->v[i].region, q->client->region))
			return &look->v[i];
	return NULL;
}

bool ec2_look_answers(const struct ec2_question *q, struct rb_error **ret_err)
{
	const struct ec2_look *look = q->client->session->look;

	if (!look || q->client->fills_look || clock_mono_ms() - look->begun_ms > LOOK_MS)
		return false;
	if (!q->ids || !q->ids[0] || (q->filters && q->filters[0].name))
		return false;
	for (const char *const *id = q->ids; *id; id++)
		if (!held(q, *id))
			return false;
	*ret_err = NULL;
	for (const char *const *id = q->ids; *id && !*ret_err; id++)
		*ret_err = q->add(q->list, held(q, *id)->item.root);
	return true;
}

/* ---- tags alone ------------------------------------------------------------------ */

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

/* Keeps it as the kind's describe would show it, if that showed no more than the tags. */
static void keep_tagged(struct aws_client *c, const struct tagged *t)
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
			keep(c, kinds[i].action, t->id, item.root);
		(void)rb_error_free(err);
	}
}

struct rb_error *ec2_look_tags(struct aws_client *c, const char *run_id, const struct strv *ids)
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
			keep_tagged(c, &found.v[i]);
	return NULL;
}
