/* SPDX-License-Identifier: Apache-2.0 */
/* A client: a session, a region and an observer. */
#include <stdlib.h>

#include "aws/core/client.h"
#include "aws/core/session.h"
#include "base/alloc.h"

struct aws_client *aws_client_new(struct aws_session *session, const char *region)
{
	struct aws_client *c = xcalloc(1, sizeof(*c));

	c->session = session;
	c->region = xstrdup(region);
	return c;
}

void aws_client_free(struct aws_client *c)
{
	if (!c)
		return;
	free(c->region);
	free(c);
}

const char *aws_client_region(const struct aws_client *c)
{
	return c->region;
}

struct aws_session *aws_client_session(struct aws_client *c)
{
	return c->session;
}

void aws_client_observe(struct aws_client *c, const struct aws_observer *observer)
{
	c->observer = observer;
}

void aws_client_set_dry(struct aws_client *c)
{
	c->dry = true;
}

bool aws_client_is_dry(const struct aws_client *c)
{
	return c->dry;
}
