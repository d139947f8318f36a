/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 bodies look like on the wire: checksums, aws-chunked framing, XML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/chunk.h"
#include "sandbox/core/sum.h"
#include "sandbox/core/xml.h"

static void checksums_agree_with_their_published_check_values(void **state)
{
	static const struct {
		enum sum kind;
		const char *text, *hex;
	} cases[] = {
		{ SUM_CRC32, "123456789", "cbf43926" },
		{ SUM_CRC32C, "123456789", "e3069283" },
		{ SUM_CRC64NVME, "123456789", "ae8b14860a799888" },
		{ SUM_CRC64NVME, "", "0000000000000000" },
		{ SUM_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ SUM_SHA256, "", SIGV4_EMPTY_SHA256 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned char bytes[SUM_MAX_BYTES];
		char hex[2 * SUM_MAX_BYTES + 1];
		size_t n = sum_bytes(cases[i].kind, cases[i].text, strlen(cases[i].text), bytes);

		text_hex(bytes, n, hex);
		assert_string_equal(hex, cases[i].hex);
	}
	assert_int_equal(sum_by_name("crc64nvme"), SUM_CRC64NVME);
	assert_int_equal(sum_by_name("CRC128"), SUM_NONE);
	autofree char *etag = sbx_md5_hex("", 0);
	autofree char *md5 = sbx_md5_base64("", 0);

	assert_string_equal(etag, "d41d8cd98f00b204e9800998ecf8427e");
	assert_string_equal(md5, "1B2M2Y8AsgTpgAmY7PhCfg==");
}

/* Decode `body` in the form that `sha256` announces; answers the error's code or NULL. */
static const char *decode(const char *sha256, const char *body, size_t n,
			  const struct chunk_key *key, struct buf *out, struct buf *trailers)
{
	struct chunk_form form;
	struct chunk_fault fault;
	auto_buf in = BUF_INIT;

	assert_true(chunk_form(sha256, &form));
	/* A copy that ends exactly at its end, so that reading past it is seen. */
	autofree char *exact = xmalloc(n ? n : 1);

	memcpy(exact, body, n);
	in.p = exact;
	in.n = n;
	bool ok = chunk_decode(&in, form, key, out, trailers, &fault);

	in = (struct buf)BUF_INIT;
	return ok ? NULL : fault.code;
}

#define UNSIGNED "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

static void unsigned_chunks_and_their_trailer_are_taken_apart(void **state)
{
	/* As AWS CLI v2 and current boto3 send an upload. */
	static const char body[] = "9\r\n123456789\r\n"
				   "2\r\n\r\n\r\n"
				   "0\r\nX-Amz-Checksum-Crc64nvme: rosUhgp5mIg=\r\n\r\n";
	auto_buf out = BUF_INIT, trailers = BUF_INIT;

	(void)state;
	assert_null(decode(UNSIGNED, body, sizeof(body) - 1, NULL, &out, &trailers));
	assert_string_equal(out.p, "123456789\r\n");
	assert_string_equal(trailers.p, "x-amz-checksum-crc64nvme:rosUhgp5mIg=\n");
}

static void torn_or_malformed_framing_is_refused(void **state)
{
	static const struct {
		const char *body, *code;
	} cases[] = {
		{ "", "IncompleteBody" },
		{ "9\r\n1234", "IncompleteBody" },
		{ "9\r\n123456789", "IncompleteBody" },
		{ "9\r\n123456789xx0\r\n\r\n", "IncompleteBody" },
		{ "9\r\n123456789\r\n", "IncompleteBody" },
		{ "\r\n\r\n", "IncompleteBody" },
		{ "-1\r\n\r\n", "IncompleteBody" },
		{ "zz\r\n\r\n", "IncompleteBody" },
		{ "ffffffffffffffffffffff\r\n", "IncompleteBody" },
		{ "ffffffffffffffff\r\nx\r\n0\r\n\r\n", "IncompleteBody" },
		{ "0\r\nno-colon\r\n\r\n", "MalformedTrailerError" },
		{ "0\r\n:value\r\n\r\n", "MalformedTrailerError" },
		{ "0\r\na:b\r\n\r\nmore", "MalformedTrailerError" },
		{ "0\r\na:b", "MalformedTrailerError" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out = BUF_INIT, trailers = BUF_INIT;
		const char *code = decode(UNSIGNED, cases[i].body, strlen(cases[i].body), NULL,
					  &out, &trailers);

		if (!text_eq(code, cases[i].code))
			fail_msg("case %zu: %s", i, code ? code : "accepted");
	}
}

/* The example of the S3 API Reference: 65 KiB of 'a', as 64 KiB and 1 KiB. */
static const struct {
	const char *sha256, *seed, *sig[3], *trailer, *trailer_sig;
} vectors[] = {
	{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
	  "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
	  { "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
	    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
	    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9" },
	  "",
	  NULL },
	{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
	  "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
	  { "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
	    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
	    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992" },
	  "x-amz-checksum-crc32c:sOO8/Q==\r\n",
	  "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435" },
};

static void build_signed(size_t which, struct buf *body)
{
	static const size_t sizes[] = { 65536, 1024, 0 };

	for (size_t i = 0; i < 3; i++) {
		(void)buf_addf(body, "%zx;chunk-signature=%s\r\n", sizes[i], vectors[which].sig[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			(void)buf_addc(body, 'a');
		if (sizes[i])
			(void)buf_adds(body, "\r\n");
	}
	(void)buf_adds(body, vectors[which].trailer);
	if (vectors[which].trailer_sig)
		(void)buf_addf(body, "x-amz-trailer-signature:%s\r\n", vectors[which].trailer_sig);
	(void)buf_adds(body, "\r\n");
}

static void signed_chunks_are_held_to_awss_own_example(void **state)
{
	int64_t utc_s;

	(void)state;
	assert_true(clock_parse_amz_date("20130524T000000Z", &utc_s));
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct chunk_key key = { "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
					 { utc_s, "us-east-1", "s3" },
					 vectors[i].seed };
		auto_buf body = BUF_INIT, out = BUF_INIT, trailers = BUF_INIT;
		const char *code;

		build_signed(i, &body);
		code = decode(vectors[i].sha256, body.p, body.n, &key, &out, &trailers);
		if (code)
			fail_msg("%s: %s", vectors[i].sha256, code);
		assert_int_equal(out.n, 66560);

		/* One byte of payload, or another key, and it no longer holds. */
		body.p[200] = 'b';
		buf_reset(&out);
		buf_reset(&trailers);
		assert_string_equal(
			decode(vectors[i].sha256, body.p, body.n, &key, &out, &trailers),
			"SignatureDoesNotMatch");
		body.p[200] = 'a';
		key.secret_key = "another";
		assert_string_equal(
			decode(vectors[i].sha256, body.p, body.n, &key, &out, &trailers),
			"SignatureDoesNotMatch");
	}
}

static void a_signed_trailer_that_was_changed_is_refused(void **state)
{
	int64_t utc_s;
	auto_buf body = BUF_INIT, out = BUF_INIT, trailers = BUF_INIT;

	(void)state;
	assert_true(clock_parse_amz_date("20130524T000000Z", &utc_s));
	struct chunk_key key = { "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
				 { utc_s, "us-east-1", "s3" },
				 vectors[1].seed };

	build_signed(1, &body);
	char *sum = strstr(body.p + 66000, "sOO8");

	assert_non_null(sum);
	*sum = 'S';
	assert_string_equal(decode(vectors[1].sha256, body.p, body.n, &key, &out, &trailers),
			    "SignatureDoesNotMatch");
}

static xmlDoc *parse(const char *text)
{
	auto_buf body = BUF_INIT;

	(void)buf_adds(&body, text);
	return sbx_xml_parse(&body, "Tagging");
}

static void xml_is_read_by_local_name_and_without_entities(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"<Tagging>",
		"<Other/>",
		"<!DOCTYPE Tagging [<!ENTITY a \"b\">]><Tagging>&a;</Tagging>",
		"<!DOCTYPE Tagging SYSTEM \"file:///etc/passwd\"><Tagging/>",
		"<Tagging>&unknown;</Tagging>",
		"<Tagging>\xff</Tagging>",
		"<Tagging/><Tagging/>",
	};
	static const char *const tag_fields[] = { "Key", "Value", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		xmlDoc *doc = parse(bad[i]);

		if (doc)
			fail_msg("accepted: %s", bad[i]);
	}
	auto_xml_doc xmlDoc *doc = parse(
		"<?xml version=\"1.0\"?><Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
		"<TagSet><Tag><Key>a&amp;b</Key><Value/></Tag><Tag><Key>c</Key><Extra/></Tag></"
		"TagSet>"
		"</Tagging>");

	assert_non_null(doc);
	const xmlNode *tag =
		sbx_xml_child(sbx_xml_child(xmlDocGetRootElement(doc), "TagSet"), "Tag");
	autofree char *key = sbx_xml_child_text(tag, "Key");
	autofree char *value = sbx_xml_child_text(tag, "Value");
	autofree char *none = sbx_xml_child_text(tag, "None");

	assert_string_equal(key, "a&b");
	assert_string_equal(value, "");
	assert_null(none);
	assert_true(sbx_xml_only(tag, tag_fields));
	tag = sbx_xml_next(tag);
	assert_non_null(tag);
	assert_false(sbx_xml_only(tag, tag_fields));
	assert_null(sbx_xml_next(tag));
}

static void text_goes_into_xml_escaped(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	sbx_xml_element(&out, "Key", "<a&\"b\">\n\001");
	assert_string_equal(out.p, "<Key>&lt;a&amp;&quot;b&quot;&gt;&#10;\xef\xbf\xbd</Key>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_agree_with_their_published_check_values),
		cmocka_unit_test(unsigned_chunks_and_their_trailer_are_taken_apart),
		cmocka_unit_test(torn_or_malformed_framing_is_refused),
		cmocka_unit_test(signed_chunks_are_held_to_awss_own_example),
		cmocka_unit_test(a_signed_trailer_that_was_changed_is_refused),
		cmocka_unit_test(xml_is_read_by_local_name_and_without_entities),
		cmocka_unit_test(text_goes_into_xml_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
