/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: a page of an answer, with the members that it can have. */
#include "sandbox/iam/call.h"

#include <inttypes.h>
#include <string.h>

#include "base/percent.h"

/* A marker is the position in base64, with a word that distinguishes it from other text. */
static bool parse_marker(const char *marker, int64_t *ret)
{
	auto_buf text = BUF_INIT;

	return text_base64_decode(marker, strlen(marker), &text) &&
	       text_starts_with(text.p, "iam:") && text_parse_i64(text.p + 4, 0, INT32_MAX, ret);
}

bool siam_add_page(struct siam_call *c, const char *element, const json_t *items, siam_add_fn *add)
{
	const char *marker = siam_param(c, "Marker"), *max = siam_param(c, "MaxItems");
	int64_t start = 0, count = 100, n = (int64_t)json_array_size(items);

	if (max && !text_parse_i64(max, 1, 1000, &count))
		return siam_fail(c, 400, "ValidationError", "MaxItems is not a number");
	if (marker && !parse_marker(marker, &start))
		return siam_fail(c, 400, "ValidationError", "Invalid Marker.");
	(void)buf_addf(&c->out, "<%s>", element);
	for (int64_t i = start; i < n && i < start + count; i++) {
		(void)buf_adds(&c->out, "<member>");
		add(c, &c->out, json_array_get(items, (size_t)i));
		(void)buf_adds(&c->out, "</member>");
	}
	(void)buf_addf(&c->out, "</%s><IsTruncated>%s</IsTruncated>", element,
		       start + count < n ? "true" : "false");
	if (start + count < n) {
		autofree char *next = xasprintf("iam:%" PRId64, start + count);
		autofree char *text = text_base64(next, strlen(next));

		sbx_xml_element(&c->out, "Marker", text);
	}
	return true;
}

void siam_add_tag(struct siam_call *c, struct buf *out, const json_t *tag)
{
	(void)c;
	sbx_xml_element(out, "Key", json_string_value(json_object_get(tag, "Key")));
	sbx_xml_element(out, "Value", json_string_value(json_object_get(tag, "Value")));
}

void siam_add_string(struct siam_call *c, struct buf *out, const json_t *string)
{
	(void)c;
	sbx_xml_add(out, json_string_value(string));
}

void siam_add_document(struct buf *out, const char *element, const char *text)
{
	(void)buf_addf(out, "<%s>", element);
	percent_encode(out, text, strlen(text), /* keep_slash= */ false);
	(void)buf_addf(out, "</%s>", element);
}
