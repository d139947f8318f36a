/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host that serves a service in a region: a configured URL, else the
 * partition's rules.
 *   source  the SDKs' endpoint rules, as of mid-2026
 */
#include "aws/core/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/partition.h"
#include "base/alloc.h"
#include "base/text.h"
#include "net/uri.h"

static const struct service {
	const char *name;	/* signing name, or the id of what is not signed */
	const char *label;	/* first label(s) of the host; "-fips" is added to it */
	bool plain_gov_fips;	/* GovCloud's standard host is a FIPS one */
	const char *dual_stack; /* label put in for it; NULL: the suffix changes instead */
	const char *no_fips_in; /* partition that has none; NULL: all have */
	const char *signed_as;	/* signing name where it is another one; NULL: `name` */
} services[] = {
	{ "ec2", "ec2", true, NULL, NULL, NULL },
	{ "ssm", "ssm", true, NULL, NULL, NULL },
	{ "sts", "sts", true, NULL, NULL, NULL },
	{ "ec2-instance-connect", "ec2-instance-connect", false, NULL, NULL, NULL },
	{ "s3", "s3", false, "dualstack", "aws-cn", NULL },
	{ "s3-control", "s3-control", false, "dualstack", "aws-cn", "s3" },
	{ "servicequotas", "servicequotas", true, NULL, NULL, NULL },
	{ "kms", "kms", false, NULL, NULL, NULL },
	{ "sso", "portal.sso", true, NULL, NULL, NULL },
	{ "sso-oidc", "oidc", true, NULL, NULL, NULL },
	{ "iam", NULL, false, NULL, NULL, NULL }, /* hosts by partition */
};

void aws_endpoint_clear(struct aws_endpoint *ep)
{
	free(ep->url_scheme);
	free(ep->host);
	free(ep->base_path);
	free(ep->signing_region);
	*ep = (struct aws_endpoint){ 0 };
}

static const struct service *service_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	return NULL;
}

/* "fips-us-east-1" and "us-east-1-fips" were once the way to ask for FIPS. */
static char *real_region(const char *region, bool *fips)
{
	size_t n = strlen(region);

	if (text_starts_with(region, "fips-")) {
		*fips = true;
		return xstrdup(region + 5);
	}
	if (n > 5 && text_ends_with(region, "-fips")) {
		*fips = true;
		return xstrndup(region, n - 5);
	}
	return xstrdup(region);
}

static char *host_by_rules(const struct service *s, const struct partition *p, const char *region,
			   bool fips, bool dual_stack)
{
	bool gov = strcmp(p->facts.id, "aws-us-gov") == 0;
	const char *dash_fips = fips ? "-fips" : "";
	const char *suffix = dual_stack ? p->facts.dual_stack_suffix : p->facts.dns_suffix;

	if (!s->label)
		return xstrdup(p->iam_host[(fips ? ENDPOINT_FIPS : 0) |
					   (dual_stack ? ENDPOINT_DUAL_STACK : 0)]);
	if (s->dual_stack)
		return xasprintf("%s%s.%s%s%s.%s", s->label, dash_fips,
				 dual_stack ? s->dual_stack : "", dual_stack ? "." : "", region,
				 p->facts.dns_suffix);
	if (gov && s->plain_gov_fips && !dual_stack)
		dash_fips = "";
	return xasprintf("%s%s.%s.%s", s->label, dash_fips, region, suffix);
}

static struct rb_error *by_url(const char *service, const char *url, struct aws_endpoint *ep)
{
	struct uri u = { 0 };
	struct rb_error *err = uri_parse(url, &u);
	size_t n;

	if (!err && u.query) {
		autofree char *shown = uri_shown(url);

		err = rb_error_new(RB_USAGE, "the endpoint URL '%s' holds a query", shown);
	}
	if (err) {
		uri_clear(&u);
		return rb_error_hint(err,
				     "write the endpoint of '%s' as https://HOST or "
				     "http://HOST:PORT",
				     service);
	}
	ep->url_scheme = steal_str(&u.scheme);
	ep->host = steal_str(&u.host);
	ep->port = u.port;
	for (n = strlen(u.path); n && u.path[n - 1] == '/'; n--)
		;
	ep->base_path = xstrndup(u.path, n);
	ep->custom = true;
	uri_clear(&u);
	return NULL;
}

struct rb_error *aws_endpoint_resolve(const struct aws_config *config, const char *service,
				      const char *region, struct aws_endpoint *ret)
{
	const struct service *s = service_of(service);
	bool fips = config->fips;
	autofree char *real = real_region(region, &fips);
	const struct partition *p = partition_of(real);
	struct aws_endpoint ep = { 0 };
	autofree char *url = NULL;

	if (!s)
		return rb_error_new(RB_USAGE, "there is no endpoint rule for the service '%s'",
				    service);
	TRY(aws_config_endpoint_url(config, service, &url));
	if (url) {
		/* FIPS and dual-stack are about built-in hosts; so is IAM's own region. */
		TRY(by_url(service, url, &ep));
		ep.signing_region = steal_str(&real);
	} else {
		if (fips && s->no_fips_in && strcmp(s->no_fips_in, p->facts.id) == 0)
			return rb_error_hint(rb_error_new(RB_USAGE,
							  "'%s' has no FIPS endpoint in '%s'",
							  service, real),
					     "unset AWS_USE_FIPS_ENDPOINT and use_fips_endpoint");
		ep.url_scheme = xstrdup("https");
		ep.host = host_by_rules(s, p, real, fips, config->dual_stack);
		ep.base_path = xstrdup("");
		ep.signing_region = s->label ? steal_str(&real) : xstrdup(p->iam_region);
	}
	ep.signing_name = s->signed_as ? s->signed_as : s->name;
	*ret = ep;
	return NULL;
}
