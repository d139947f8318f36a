/* SPDX-License-Identifier: Apache-2.0 */
/* S3's answers: errors in its envelope, and the elements of its documents. */
#include <stdarg.h>
#include <string.h>

#include "sandbox/s3/s3.h"

void ss3_fail(struct ss3_call *c, int status, const char *code, const char *fmt, ...)
{
	autofree char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	sbx_fail(c->req, c->rep, status, code, "%s", message);
}

void ss3_fail_more(struct ss3_call *c, const char *element, const char *text)
{
	char *at = strstr(c->rep->body.p, "<RequestId>");
	auto_buf whole = BUF_INIT;

	if (!at)
		return;
	(void)buf_add(&whole, c->rep->body.p, (size_t)(at - c->rep->body.p));
	sbx_xml_element(&whole, element, text);
	(void)buf_adds(&whole, at);
	buf_reset(&c->rep->body);
	(void)buf_add(&c->rep->body, whole.p, whole.n);
}

void ss3_deny(struct ss3_call *c)
{
	ss3_fail(c, 403, "AccessDenied", "Access Denied");
}

void ss3_no_key(struct ss3_call *c)
{
	ss3_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
}

void ss3_malformed_xml(struct ss3_call *c)
{
	ss3_fail(c, 400, "MalformedXML",
		 "The XML you provided was not well-formed or did not validate against our "
		 "published "
		 "schema");
}

void ss3_invalid_argument(struct ss3_call *c, const char *name, const char *value, const char *why)
{
	ss3_fail(c, 400, "InvalidArgument", "%s", why);
	ss3_fail_more(c, "ArgumentName", name);
	ss3_fail_more(c, "ArgumentValue", value ? value : "");
}

void ss3_xml_begin(struct ss3_call *c, const char *root)
{
	(void)buf_addf(&c->rep->body,
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" SS3_XMLNS "\">",
		       root);
}

void ss3_xml_end(struct ss3_call *c, const char *root)
{
	(void)buf_addf(&c->rep->body, "</%s>", root);
}

void ss3_add(struct ss3_call *c, const char *element, const char *text)
{
	sbx_xml_element(&c->rep->body, element, text);
}

void ss3_add_int(struct ss3_call *c, const char *element, int64_t value)
{
	(void)buf_addf(&c->rep->body, "<%s>%lld</%s>", element, (long long)value, element);
}

void ss3_add_bool(struct ss3_call *c, const char *element, bool value)
{
	ss3_add(c, element, value ? "true" : "false");
}

void ss3_add_time(struct ss3_call *c, const char *element, int64_t utc_ms)
{
	char text[CLOCK_ISO_SIZE];

	clock_iso8601_ms(utc_ms - utc_ms % 1000, text);
	ss3_add(c, element, text);
}

void ss3_add_owner(struct ss3_call *c, const char *element)
{
	(void)buf_addf(&c->rep->body, "<%s><ID>" SS3_OWNER "</ID></%s>", element, element);
}
