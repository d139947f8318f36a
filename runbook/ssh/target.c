/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the endpoint to an instance. */
#include "runbook/ssh/target.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/config.h"
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "net/tunnel.h"

void target_clear(struct target *t)
{
	free(t->instance_id);
	free(t->private_ip);
	free(t->endpoint_id);
	free(t->endpoint_dns);
	*t = (struct target){ 0 };
}

/* ---- what may be a word of ssh's ----------------------------------------- */

static bool of_letters(const char *s, const char *prefix, const char *more, size_t max)
{
	size_t n = strlen(s);

	if (n > max || n <= strlen(prefix) || strncmp(s, prefix, strlen(prefix)) != 0)
		return false;
	for (s += strlen(prefix); *s; s++)
		if (!((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
		      (*s >= 'A' && *s <= 'Z') || strchr(more, *s)))
			return false;
	return true;
}

static bool is_instance_id(const char *s)
{
	return of_letters(s, "i-", "", 64);
}

static bool is_endpoint_id(const char *s)
{
	return of_letters(s, "eice-", "_", 128);
}

static bool is_host_name(const char *s)
{
	return of_letters(s, "", ".-", 253) && s[0] != '-' && s[0] != '.';
}

static bool is_address(const char *s)
{
	struct in6_addr any;

	return inet_pton(AF_INET, s, &any) == 1 || inet_pton(AF_INET6, s, &any) == 1;
}

struct rb_error *target_check(const char *instance_id, const char *private_ip,
			      const char *endpoint_id, const char *endpoint_dns)
{
	const struct {
		const char *what;
		const char *value;
		bool (*is)(const char *s);
	} parts[] = { { N_("instance id"), instance_id, is_instance_id },
		      { N_("private address"), private_ip, is_address },
		      { N_("endpoint id"), endpoint_id, is_endpoint_id },
		      { N_("endpoint name"), endpoint_dns, is_host_name } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!parts[i].value || parts[i].is(parts[i].value))
			continue;
		autofree char *shown = text_printable(parts[i].value, strlen(parts[i].value), 128);

		return rb_error_why(rb_error_new(RB_USAGE, "cannot connect"), "'%s' is no %-s",
				    shown, parts[i].what);
	}
	return NULL;
}

/* ---- looking it up -------------------------------------------------------- */

/* An update leaves the old configuration serving. */
#define USABLE_STATES                                                                              \
	{                                                                                          \
		"create-complete", "update-in-progress", "update-failed", "update-complete", NULL  \
	}

static struct rb_error *take_endpoint(struct aws_client *c, struct target *t,
				      const struct ec2_connect_endpoint *e)
{
	bool fips = aws_session_config(aws_client_session(c))->fips;
	const char *dns = fips ? e->fips_dns_name : e->dns_name;

	if (!dns || !*dns)
		return rb_error_why(
			rb_error_new(RB_USAGE, "cannot use endpoint '%s'", e->endpoint_id),
			fips ? "it has no FIPS name" : N_("it has no name yet"));
	set_str(&t->endpoint_id, e->endpoint_id);
	set_str(&t->endpoint_dns, dns);
	return NULL;
}

static struct rb_error *named_endpoint(struct aws_client *c, struct target *t)
{
	const struct aws_filter usable[] = { { "state", USABLE_STATES }, { 0 } };
	const char *ids[] = { t->endpoint_id, NULL };
	auto_ec2_connect_endpoints found = { 0 };

	TRY(ec2_describe_connect_endpoints(c, ids, usable, &found));
	if (!found.n)
		return rb_error_why(
			rb_error_new(RB_GONE, "cannot use endpoint '%s'", t->endpoint_id),
			"it is not (or not yet) in a state that serves");
	return take_endpoint(c, t, &found.v[0]);
}

static struct rb_error *endpoint_of(struct aws_client *c, struct target *t, const char *vpc_id,
				    const char *subnet_id)
{
	const struct aws_filter filters[] = { { "state", USABLE_STATES },
					      { "vpc-id", { vpc_id, NULL } },
					      { 0 } };
	auto_ec2_connect_endpoints found = { 0 };
	size_t chosen = 0;

	TRY(ec2_describe_connect_endpoints(c, NULL, filters, &found));
	if (!found.n)
		return rb_error_next(
			rb_error_hint(
				rb_error_why(rb_error_new(RB_GONE, "cannot reach instance '%s'",
							  t->instance_id),
					     "its VPC '%s' has no EC2 Instance Connect Endpoint "
					     "that is ready",
					     vpc_id),
				"a run makes the stack's own:"),
			RB_NEXT_RUN, NULL);
	for (size_t i = found.n; i-- > 0;)
		if (text_eq(found.v[i].subnet_id, subnet_id))
			chosen = i;
	return take_endpoint(c, t, &found.v[chosen]);
}

static struct rb_error *resolve_instance(struct aws_client *c, struct target *t)
{
	const char *ids[] = { t->instance_id, NULL };
	auto_ec2_instances found = { 0 };
	const struct ec2_instance *i;

	TRY(ec2_describe_instances(c, ids, NULL, &found));
	if (!found.n)
		return rb_error_why(
			rb_error_new(RB_GONE, "cannot reach instance '%s'", t->instance_id),
			"there is no such instance in %s", aws_client_region(c));
	i = &found.v[0];
	if (!t->private_ip && !i->private_ip)
		return rb_error_why(
			rb_error_new(RB_USAGE, "cannot reach instance '%s'", t->instance_id),
			"it has no private IPv4 address (it is %-s)",
			i->state ? i->state : N_("of unknown state"));
	if (!t->private_ip)
		t->private_ip = xstrdup(i->private_ip);
	if (!t->endpoint_id)
		return endpoint_of(c, t, i->vpc_id, i->subnet_id);
	return t->endpoint_dns ? NULL : named_endpoint(c, t);
}

/* The name's region must be the one we sign for, else every answer would be a puzzling 403. */
static struct rb_error *check_region(struct aws_client *c, const struct target *t)
{
	autofree char *label =
		xasprintf(".ec2-instance-connect-endpoint.%s.", aws_client_region(c));

	assert(t->endpoint_dns); /* target_resolve came this far */

	if (!strstr(t->endpoint_dns, ".ec2-instance-connect-endpoint.") ||
	    strstr(t->endpoint_dns, label))
		return NULL;
	return rb_error_why(rb_error_new(RB_USAGE, "cannot use endpoint '%s'", t->endpoint_id),
			    "its name '%s' is of another region than %s", t->endpoint_dns,
			    aws_client_region(c));
}

struct rb_error *target_resolve(struct aws_client *c, struct target *t)
{
	/* What was given, before anybody is asked about it; at the end, what the answers say. */
	TRY(target_check(t->instance_id, t->private_ip, t->endpoint_id, t->endpoint_dns));
	if (t->endpoint_dns && !t->endpoint_id)
		return rb_error_new(RB_USAGE, "an endpoint's name needs its id beside it "
					      "(--endpoint-id)");
	if (!t->private_ip || !t->endpoint_id || !t->endpoint_dns) {
		if (t->instance_id)
			TRY(resolve_instance(c, t));
		else if (!t->private_ip)
			return rb_error_new(RB_USAGE, "no instance was named (--instance-id), and "
						      "this stack has none");
		else if (!t->endpoint_id)
			return rb_error_new(RB_USAGE, "an address needs an endpoint beside it "
						      "(--endpoint-id)");
		else
			TRY(named_endpoint(c, t));
	}
	TRY(target_check(t->instance_id, t->private_ip, t->endpoint_id, t->endpoint_dns));
	return check_region(c, t);
}

/* ---- why it cannot be reached --------------------------------------------- */

/* What an instance that does not run can look like from here. */
static bool may_be_down(const struct rb_error *err)
{
	return rb_error_is_aws(err, "EC2InstanceStateInvalidException") ||
	       rb_error_is_aws(err, "EC2InstanceNotFoundException") ||
	       rb_error_is_aws(err, TUNNEL_UNREACHABLE) || rb_error_is(err, RB_RETRY) ||
	       rb_error_is(err, RB_LOST);
}

struct rb_error *target_explain(struct aws_client *c, const struct target *t, struct rb_error *err)
{
	const char *ids[] = { t->instance_id, NULL };
	auto_ec2_instances found = { 0 };
	auto_error struct rb_error *blind = NULL;
	struct rb_error *better;
	const char *state;

	if (!t->instance_id || !may_be_down(err))
		return err;
	blind = ec2_describe_instances(c, ids, NULL, &found);
	state = found.n ? found.v[0].state : NULL;
	if (blind && !rb_error_is(blind, RB_GONE))
		return err; /* who may not look has the first word, at least */
	if (state && strcmp(state, "running") == 0)
		return err;
	better = rb_error_new(RB_FAILED, "cannot reach instance '%s'", t->instance_id);
	better->aws_code = xstrdup_or_null(err->aws_code);
	better->request_id = xstrdup_or_null(err->request_id);
	(void)rb_error_free(err);
	if (!state)
		return rb_error_why(better, "there is no such instance in %s any more",
				    aws_client_region(c));
	better = rb_error_why(better, "it is %-s, not running", state);
	if (strcmp(state, "stopped") == 0 || strcmp(state, "stopping") == 0)
		return rb_error_next(
			rb_error_hint(better, "start it; a stack's own is started by:"),
			RB_NEXT_RESUME, NULL);
	if (strcmp(state, "pending") == 0)
		return rb_error_next(rb_error_hint(better, "it is starting"), RB_NEXT_WAIT, NULL);
	return rb_error_next(rb_error_hint(better, "for a stack another is made by:"),
			     RB_NEXT_RESUME, NULL);
}
