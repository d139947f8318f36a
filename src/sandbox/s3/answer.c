/* SPDX-License-Identifier: Apache-2.0 */
/* S3's answers: errors in its envelope, and the elements of its documents. */
#include <stdarg.h>
#include <string.h>

#include "sandbox/s3/s3.h"

void s3_fail(struct s3_call *c, int status, const char *code, const char *fmt, ...)
{
	autofree char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	sbx_fail(c->req, c->rep, status, code, "%s", message);
}

void s3_fail_more(struct s3_call *c, const char *element, const char *text)
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

void s3_deny(struct s3_call *c)
{
	s3_fail(c, 403, "AccessDenied", "Access Denied");
}

void s3_no_key(struct s3_call *c)
{
	s3_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
}

void s3_malformed_xml(struct s3_call *c)
{
	s3_fail(c, 400, "MalformedXML",
		"The XML you provided was not well-formed or did not validate against our "
		"published "
		"schema");
}

void s3_invalid_argument(struct s3_call *c, const char *name, const char *value, const char *why)
{
	s3_fail(c, 400, "InvalidArgument", "%s", why);
	s3_fail_more(c, "ArgumentName", name);
	s3_fail_more(c, "ArgumentValue", value ? value : "");
}

void s3_xml_begin(struct s3_call *c, const char *root)
{
	(void)buf_addf(&c->rep->body,
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" S3_XMLNS "\">",
		       root);
}

void s3_xml_end(struct s3_call *c, const char *root)
{
	(void)buf_addf(&c->rep->body, "</%s>", root);
}

void s3_add(struct s3_call *c, const char *element, const char *text)
{
	sbx_xml_element(&c->rep->body, element, text);
}

void s3_add_int(struct s3_call *c, const char *element, int64_t value)
{
	(void)buf_addf(&c->rep->body, "<%s>%lld</%s>", element, (long long)value, element);
}

void s3_add_bool(struct s3_call *c, const char *element, bool value)
{
	s3_add(c, element, value ? "true" : "false");
}

void s3_add_time(struct s3_call *c, const char *element, int64_t utc_ms)
{
	char text[CLOCK_ISO_SIZE];

	clock_iso8601_ms(utc_ms - utc_ms % 1000, text);
	s3_add(c, element, text);
}

void s3_add_owner(struct s3_call *c, const char *element)
{
	(void)buf_addf(&c->rep->body, "<%s><ID>" S3_OWNER "</ID></%s>", element, element);
}
