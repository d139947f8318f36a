/* SPDX-License-Identifier: Apache-2.0 */
/* What every EC2 action does: check arguments, find things, answer or fail. */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/xml.h"
#include "sandbox/ec2/ec2.h"

struct sec2_view_context sec2_view_context_of(const struct sec2 *c)
{
	return (struct sec2_view_context){ c->sbx, c->st, c->region, c->now_ms };
}

/* ---- arguments ---------------------------------------------------------- */

const json_t *sec2_arg_tree(const struct sec2 *c, const char *path)
{
	const json_t *node = c->args;

	while (node) {
		size_t n = strcspn(path, ".");

		node = json_object_getn(node, path, n);
		if (!path[n])
			break;
		path += n + 1;
	}
	return node;
}

const char *sec2_arg(const struct sec2 *c, const char *path)
{
	return json_string_value(sec2_arg_tree(c, path));
}

const char *sec2_arg_or(const struct sec2 *c, const char *path, const char *otherwise)
{
	const char *value = sec2_arg(c, path);

	return value ? value : otherwise;
}

bool sec2_arg_bool(const struct sec2 *c, const char *path, bool otherwise)
{
	const char *value = sec2_arg(c, path);

	return value ? !strcmp(value, "true") : otherwise;
}

int64_t sec2_arg_int(const struct sec2 *c, const char *path, int64_t otherwise)
{
	const char *value = sec2_arg(c, path);
	int64_t number;

	return value && text_parse_i64(value, INT64_MIN, INT64_MAX, &number) ? number : otherwise;
}

bool sec2_require(struct sec2 *c, const char *path)
{
	const json_t *value = sec2_arg_tree(c, path);

	if (value && !(json_is_string(value) && !*json_string_value(value)))
		return true;
	sec2_fail(c, "MissingParameter", "The request must contain the parameter %s", path);
	return false;
}

/* ---- answers ------------------------------------------------------------ */

void sec2_fail(struct sec2 *c, const char *code, const char *fmt, ...)
{
	autofree char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	sbx_fail(c->req, c->rep, 400, code, "%s", message);
}

void sec2_reply(struct sec2 *c, json_t *tree)
{
	struct buf *out = &c->rep->body;

	assert(tree); /* a format string of ours that does not fit its arguments */
	(void)buf_addf(out,
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%sResponse "
		       "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">",
		       c->req->action);
	sbx_xml_element(out, "requestId", c->req->request_id);
	sbx_xml_tree(out, tree, "item");
	(void)buf_addf(out, "</%sResponse>", c->req->action);
	json_decref(tree);
}

void sec2_reply_true(struct sec2 *c)
{
	sec2_reply(c, json_pack("{s:b}", "return", 1));
}

json_t *sec2_time(int64_t utc_ms)
{
	char text[CLOCK_ISO_SIZE];

	clock_iso8601_ms(utc_ms, text);
	return json_string(text);
}

/* ---- tags --------------------------------------------------------------- */
