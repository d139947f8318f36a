/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of a bucket's listing.  All three ways to list go through the keys in UTF-8
 * order from a marker, fold those below a delimiter into common prefixes, and stop
 * after a page; they differ in how the page is written.
 */
#include "sandbox/s3/list_inner.h"

#include <string.h>

#include "base/percent.h"

#define MAX_KEYS 1000

void ss3_add_key(struct ss3_call *c, const char *element, const char *text)
{
	auto_buf encoded = BUF_INIT;

	if (text_eq(ss3_query(c, "encoding-type"), "url")) {
		percent_encode(&encoded, text, strlen(text), /* keep_slash= */ true);
		text = encoded.p;
	}
	ss3_add(c, element, text);
}

void ss3_page_clear(struct ss3_page *p)
{
	free(p->last);
	free(p->last_version);
	free(p->folded);
	buf_clear(&p->prefixes);
}

bool ss3_page_read(struct ss3_call *c, const char *max_name, struct ss3_page *p)
{
	const char *encoding = ss3_query(c, "encoding-type");

	*p = (struct ss3_page){ .prefixes = BUF_INIT, .after = "" };
	p->prefix = ss3_query(c, "prefix");
	p->delimiter = ss3_query(c, "delimiter");
	if (p->delimiter && !*p->delimiter)
		p->delimiter = NULL;
	if (!p->prefix)
		p->prefix = "";
	if (encoding && !text_eq(encoding, "url")) {
		ss3_invalid_argument(c, "encoding-type", encoding,
				     "Invalid Encoding Method specified in Request");
		return false;
	}
	return ss3_query_int(c, max_name, MAX_KEYS, MAX_KEYS, &p->max);
}

/* The common prefix that `key` falls under; NULL when it is listed itself.  Caller frees. */
static char *fold(const struct ss3_page *p, const char *key)
{
	size_t n = strlen(p->prefix);
	const char *at = p->delimiter ? strstr(key + n, p->delimiter) : NULL;

	return at ? xstrndup(key, (size_t)(at - key) + strlen(p->delimiter)) : NULL;
}

bool ss3_page_take_place(struct ss3_page *p, const char *key, const char *version)
{
	if (p->count >= p->max) {
		p->truncated = p->max > 0;
		return false;
	}
	p->count++;
	set_str(&p->last, key);
	set_str(&p->last_version, version);
	return true;
}

bool ss3_page_fold_into_prefix(struct ss3_call *c, struct ss3_page *p, const char *key)
{
	autofree char *common = fold(p, key);
	struct buf body;

	if (!common)
		return false;
	/* Listed on this page already, or on the one that ended with it. */
	if (text_eq(common, p->folded) || strcmp(common, p->after) <= 0)
		return true;
	if (!ss3_page_take_place(p, common, NULL))
		return true;
	set_str(&p->folded, common);
	body = c->rep->body;
	c->rep->body = p->prefixes;
	(void)buf_adds(&c->rep->body, "<CommonPrefixes>");
	ss3_add_key(c, "Prefix", common);
	(void)buf_adds(&c->rep->body, "</CommonPrefixes>");
	p->prefixes = c->rep->body;
	c->rep->body = body;
	return true;
}

void ss3_page_head(struct ss3_call *c, const struct ss3_page *p)
{
	ss3_add(c, "Name", c->bucket);
	ss3_add_key(c, "Prefix", p->prefix);
	if (p->delimiter)
		ss3_add_key(c, "Delimiter", p->delimiter);
	ss3_add_int(c, "MaxKeys", p->max);
	if (ss3_query(c, "encoding-type"))
		ss3_add(c, "EncodingType", "url");
}
