/* SPDX-License-Identifier: Apache-2.0 */
/* XML bodies, and S3's requests, against the models; see model_check.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/model_parts.h"

/* ---- XML bodies --------------------------------------------------------- */

static xmlNode *first_element(xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

static void check_element(struct model_check *c, const json_t *rows, const char *parent, xmlNode *e,
			  bool answer)
{
	autofree char *path =
		xasprintf("%s%s%s", parent, *parent ? "/" : "", (const char *)e->name);
	const json_t *row = json_object_get(rows, path);
	const char *t = model_text(row, "t");
	xmlNode *child = first_element(e->children);
	const char *name;
	const json_t *r;

	if (!row) {
		model_wrong(c, "element %s is not in the model", path);
		return;
	}
	if (strcmp(t, "map") == 0 || strcmp(t, "recursive") == 0)
		return;
	if (child) {
		bool whole = strcmp(t, "structure") == 0 || strcmp(t, "list") == 0;

		if (!whole)
			model_wrong(c, "%s: elements inside a %s", path, t);
		for (; child; child = first_element(child->next))
			check_element(c, rows, path, child, answer);
	} else {
		xmlChar *text = xmlNodeGetContent(e);

		if (model_flag(row, "flat") && strcmp(model_text(row, "of"), "string") == 0)
			;
		else if (strcmp(t, "structure") != 0 && strcmp(t, "list") != 0 &&
			 !(answer && text && !*text))
			model_scalar(c, path, row, (const char *)text, answer);
		xmlFree(text);
	}
	json_object_foreach((json_t *)rows, name, r) {
		size_t n = strlen(path);

		if (answer || !model_flag(r, "req") || strncmp(name, path, n) != 0 ||
		    name[n] != '/' || strchr(name + n + 1, '/'))
			continue;
		for (child = first_element(e->children); child; child = first_element(child->next))
			if (strcmp((const char *)child->name, name + n + 1) == 0)
				break;
		if (!child)
			model_wrong(c, "%s is missing", name);
	}
}

void model_xml(struct model_check *c, const json_t *rows, const char *xmlns, const char *body,
	       size_t n, bool answer)
{
	xmlDoc *doc =
		n > INT_MAX
			? NULL
			: xmlReadMemory(body, (int)n, NULL, NULL,
					XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	if (!root) {
		model_wrong(c, "the body is no XML");
		return;
	}
	if (xmlns && *xmlns && (!root->ns || strcmp((const char *)root->ns->href, xmlns) != 0))
		model_wrong(c, "root <%s> is not in namespace %s", (const char *)root->name, xmlns);
	check_element(c, rows, "", root, answer);
	xmlFreeDoc(doc);
}

/* ---- S3 ----------------------------------------------------------------- */

/* How well an operation fits the query: the number of its own marks, or -1. */
static int s3_fit(const json_t *op, const struct model_request *req, bool has_bucket, bool has_key,
		  const struct model_pairs *query)
{
	const char *uri = model_text(op, "uri");
	const char *mark = strchr(uri, '?');
	struct model_check ignored = { .wrong = BUF_INIT };
	struct model_pairs marks = mark ? model_split(&ignored, mark + 1, strlen(mark + 1), false)
					: (struct model_pairs){ 0 };
	const json_t *row;
	const char *name;
	int fit = (int)marks.n;
	size_t i;

	if (strcmp(model_text(op, "method"), req->method) != 0 ||
	    (strstr(uri, "{Bucket}") != NULL) != has_bucket ||
	    (strstr(uri, "{Key+}") != NULL) != has_key)
		fit = -1;
	for (i = 0; i < marks.n && fit >= 0; i++)
		if (!text_eq(model_pair_get(query, marks.v[i].name), marks.v[i].value))
			fit = -1;
	json_object_foreach(json_object_get(op, "query"), name, row) {
		if (fit < 0 || !model_flag(row, "req"))
			continue;
		fit = model_pair_get(query, name) ? fit + 1 : -1;
	}
	model_pairs_clear(&marks);
	return fit;
}

static void check_s3_headers(struct model_check *c, const struct model_request *req)
{
	static const char *const signing[] = { "x-amz-date", "x-amz-content-sha256",
					       "x-amz-security-token" };
	const json_t *header = json_object_get(c->op, "header");
	const char *name;
	const json_t *row;
	size_t i, j;

	for (i = 0; i < req->n_headers; i++) {
		bool known = !text_starts_with(req->headers[i].name, "x-amz-") ||
			     text_starts_with(req->headers[i].name, "x-amz-checksum-");

		for (j = 0; j < ARRAY_LEN(signing); j++)
			known |= strcasecmp(req->headers[i].name, signing[j]) == 0;
		json_object_foreach((json_t *)header, name, row) {
			if (strcasecmp(name, req->headers[i].name) != 0)
				continue;
			known = true;
			model_scalar(c, name, row, req->headers[i].value, false);
		}
		if (!known)
			model_wrong(c, "header %s is not in the model", req->headers[i].name);
	}
	json_object_foreach((json_t *)header, name, row)
		if (model_flag(row, "req") && !model_header_of(req, name))
			model_wrong(c, "header %s is missing", name);
}

static void check_digest(struct model_check *c, const struct model_request *req, const char *name,
			 const EVP_MD *md)
{
	const char *sent = model_header_of(req, name);
	unsigned char digest[EVP_MAX_MD_SIZE];
	autofree char *want = NULL;
	unsigned n = 0;

	if (!sent)
		return;
	if (!EVP_Digest(req->body, req->n, digest, &n, md, NULL))
		abort();
	want = text_base64(digest, n);
	if (strcmp(sent, want) != 0)
		model_wrong(c, "%s is '%s', the body's is '%s'", name, sent, want);
}

static void check_s3_body(struct model_check *c, const struct model_request *req)
{
	const json_t *checksum = json_object_get(c->op, "checksum");

	if (model_flag(checksum, "requestChecksumRequired") &&
	    !model_header_of(req, "content-md5") && !model_header_of(req, "x-amz-checksum-sha256"))
		model_wrong(c, "neither Content-MD5 nor x-amz-checksum-sha256");
	if (model_header_of(req, "x-amz-checksum-sha256") &&
	    !text_eq(model_header_of(req, "x-amz-sdk-checksum-algorithm"), "SHA256"))
		model_wrong(c, "x-amz-sdk-checksum-algorithm is missing");
	check_digest(c, req, "content-md5", EVP_md5());
	check_digest(c, req, "x-amz-checksum-sha256", EVP_sha256());
	if (json_object_get(c->op, "body_raw"))
		return;
	if (!json_object_get(c->op, "body")) {
		if (req->n)
			model_wrong(c, "a body where there is none");
	} else if (req->n) {
		model_xml(c, json_object_get(c->op, "body"), model_text(c->op, "body_xmlns"),
			  req->body, req->n, false);
	} else if (model_flag(c->op, "body_required")) {
		model_wrong(c, "the body is missing");
	}
}

void model_s3(struct model_check *c, const struct model_request *req, char **ret_operation)
{
	struct model_pairs query = req->query
					   ? model_split(c, req->query, strlen(req->query), false)
					   : (struct model_pairs){ 0 };
	const char *key = *req->path ? strchr(req->path + 1, '/') : NULL;
	bool has_bucket = *req->path && req->path[1] && req->path[1] != '/';
	const char *name, *best_name = NULL;
	const json_t *op;
	int best = -1;
	size_t i;

	json_object_foreach(json_object_get(c->service, "operations"), name, op) {
		int fit = s3_fit(op, req, has_bucket, key && key[1], &query);

		if (fit > best) {
			best = fit;
			best_name = name;
			c->op = op;
		}
	}
	if (!best_name) {
		model_wrong(c, "%s %s?%s is no operation", req->method, req->path,
			    req->query ? req->query : "");
		model_pairs_clear(&query);
		return;
	}
	*ret_operation = xstrdup(best_name);
	for (i = 0; i < query.n; i++) {
		const json_t *row =
			json_object_get(json_object_get(c->op, "query"), query.v[i].name);
		const char *mark = strchr(model_text(c->op, "uri"), '?');
		bool is_mark =
			mark && strncmp(mark + 1, query.v[i].name, strlen(query.v[i].name)) == 0;

		if (row)
			model_scalar(c, query.v[i].name, row, query.v[i].value, false);
		else if (!is_mark)
			model_wrong(c, "query '%s' is not in the model of %s", query.v[i].name,
				    best_name);
	}
	check_s3_headers(c, req);
	check_s3_body(c, req);
	model_pairs_clear(&query);
}
