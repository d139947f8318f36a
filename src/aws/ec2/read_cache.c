/* SPDX-License-Identifier: Apache-2.0 */
/* Things as they were read a moment ago; see ec2/read_cache.h. */
#include "aws/ec2/read_cache.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/session.h"
#include "aws/ec2/shared.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { MAX_AGE_MS = 20000, FRESH_MS = 5000 };

struct cached {
	char *region;
	char *action; /* "DescribeVpcs" */
	char *id;
	struct xml_reply item;
};

struct ec2_read_cache {
	struct cached *v;
	size_t n;
	int64_t begun_ms;
};

/* ---- what is held ------------------------------------------------------------- */

static void cached_clear(struct cached *l)
{
	free(l->region);
	free(l->action);
	free(l->id);
	xml_reply_clear(&l->item);
}

void ec2_cache_end(struct aws_session *s)
{
	struct ec2_read_cache *cache = s->read_cache;

	for (size_t i = 0; cache && i < cache->n; i++)
		cached_clear(&cache->v[i]);
	if (cache)
		free(cache->v);
	free(cache);
	s->read_cache = NULL;
}

void ec2_cache_begin(struct aws_session *s)
{
	ec2_cache_end(s);
	s->read_cache = xcalloc(1, sizeof(*s->read_cache));
	s->read_cache->begun_ms = clock_mono_ms();
}

bool ec2_cache_is_fresh(const struct aws_session *s)
{
	return s->read_cache && clock_mono_ms() - s->read_cache->begun_ms <= FRESH_MS;
}

void ec2_cache_invalidate(struct aws_session *s, const char *id)
{
	struct ec2_read_cache *cache = s->read_cache;

	for (size_t i = 0; cache && id && i < cache->n;) {
		if (strcmp(cache->v[i].id, id) != 0) {
			i++;
			continue;
		}
		cached_clear(&cache->v[i]);
		cache->v[i] = cache->v[--cache->n];
	}
}

void ec2_cache_fill(struct aws_client *c)
{
	c->fills_cache = true;
}

void ec2_cache_put(struct aws_client *c, const char *action, const char *id,
		   const struct xml_node *item)
{
	struct ec2_read_cache *cache = c->session->read_cache;
	struct cached *l;

	cache->v = xreallocarray(cache->v, cache->n + 1, sizeof(*cache->v));
	l = &cache->v[cache->n++];
	*l = (struct cached){ xstrdup(c->region), xstrdup(action), xstrdup(id), XML_REPLY_INIT };
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

void ec2_cache_put_listed(struct aws_client *c, const struct ec2_listing *how,
			  const struct xml_node *item)
{
	autofree char *id =
		c->fills_cache && c->session->read_cache ? ec2_item_id(how, item) : NULL;

	if (id)
		ec2_cache_put(c, how->action, id, item);
}

/* ---- what is answered ---------------------------------------------------------- */

static const struct cached *held(const struct ec2_question *q, const char *id)
{
	const struct ec2_read_cache *cache = q->client->session->read_cache;

	for (size_t i = 0; i < cache->n; i++)
		if (text_eq(cache->v[i].id, id) && text_eq(cache->v[i].action, q->how->action) &&
		    text_eq(cache->v[i].region, q->client->region))
			return &cache->v[i];
	return NULL;
}

bool ec2_cache_answers(const struct ec2_question *q, struct rb_error **ret_err)
{
	const struct ec2_read_cache *cache = q->client->session->read_cache;

	if (!cache || q->client->fills_cache || clock_mono_ms() - cache->begun_ms > MAX_AGE_MS)
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
