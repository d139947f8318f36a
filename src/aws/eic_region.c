/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a region has EC2 Instance Connect, by the names of its hosts. */
#include "aws/eic_region.h"

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "net/proxy.h"

/* The host that this machine must find by itself; NULL: somebody else does, or nobody knows it. */
static char *own_host(const struct aws_config *config, const char *service, const char *region)
{
	struct aws_endpoint ep = { 0 };
	auto_proxy proxy = { 0 };
	char *host = NULL;
	struct rb_error *err = aws_endpoint_resolve(config, service, region, &ep);

	if (!err && !ep.custom)
		err = proxy_for(ep.url_scheme, ep.host, &proxy);
	if (!err && !ep.custom && !proxy.scheme)
		host = steal_str(&ep.host);
	(void)rb_error_free(err); /* whoever calls the service says it better */
	aws_endpoint_clear(&ep);
	return host;
}

struct rb_error *eic_check_region(const struct aws_config *config, const char *region,
				  enum name_state (*lookup)(const char *host))
{
	autofree char *host = own_host(config, "ec2-instance-connect", region);
	autofree char *ec2 = own_host(config, "ec2", region);
	struct rb_error *err;

	if (!host || !ec2 || lookup(host) != NAME_MISSING || lookup(ec2) != NAME_EXISTS)
		return NULL;
	err = rb_error_new(RB_USAGE, "region '%s' has no EC2 Instance Connect", region);
	err = rb_error_why(err,
			   "there is no host '%s', which would take the keys to log in to the "
			   "instance",
			   host);
	err = rb_error_hint(err, "nothing was changed");
	return rb_error_next(err, RB_NEXT_SET, "source.region");
}
