/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service Quotas: what the account may have, read only.  Quotas of services that are global are
 * reported in every region.
 *   source  Service Quotas API Reference
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"

enum { USUAL_PAGE = 100 };

static void answer(struct sbx_reply *rep, json_t *body)
{
	autofree char *text = json_dumps(body, JSON_COMPACT);

	(void)buf_adds(&rep->body, text);
	json_decref(body);
}

static json_t *view(struct sbx *sbx, const struct sbx_request *req, size_t i, bool usual)
{
	const struct sbx_quota_row *row = sbx_quota_row(i);
	size_t value = usual ? row->usual : sbx_quota(sbx_store(sbx), (enum sbx_quota)i);
	autofree char *arn =
		sbx_arn("servicequotas", req->region, "%s/%s", row->service, row->code);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:s, s:b, s:b}", "ServiceCode",
			 row->service, "ServiceName", row->service, "QuotaArn", arn, "QuotaCode",
			 row->code, "QuotaName", row->name, "Value", (double)value, "Unit", "None",
			 "Adjustable", 1, "GlobalQuota",
			 text_eq(row->service, "iam") || text_eq(row->service, "s3"));
}

static const char *text_of(const struct sbx_request *req, const char *member)
{
	return json_string_value(json_object_get(req->json, member));
}

/* False when a text that the action needs is missing. */
static bool has(const struct sbx_request *req, struct sbx_reply *rep, const char *member)
{
	if (text_of(req, member))
		return true;
	sbx_fail(req, rep, 400, "IllegalArgumentException", "%s is required", member);
	return false;
}

static void get(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep, bool usual)
{
	const struct sbx_quota_row *row;

	if (!has(req, rep, "ServiceCode") || !has(req, rep, "QuotaCode"))
		return;
	for (size_t i = 0; (row = sbx_quota_row(i)); i++) {
		if (!text_eq(row->service, text_of(req, "ServiceCode")) ||
		    !text_eq(row->code, text_of(req, "QuotaCode")))
			continue;
		answer(rep, json_pack("{s:o}", "Quota", view(sbx, req, i, usual)));
		return;
	}
	sbx_fail(req, rep, 400, "NoSuchResourceException",
		 "The request failed because the specified quota code does not exist.");
}

/* A page's token is the number of the row that it begins with. */
static void list(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep, bool usual)
{
	const json_t *most = json_object_get(req->json, "MaxResults");
	size_t page = most ? (size_t)json_integer_value(most) : USUAL_PAGE;
	const char *token = text_of(req, "NextToken");
	const struct sbx_quota_row *row;
	bool known = false;
	int64_t from = 0;
	json_t *all;

	if (!has(req, rep, "ServiceCode"))
		return;
	if (token && !text_parse_i64(token, 1, 1000, &from)) {
		sbx_fail(req, rep, 400, "InvalidPaginationTokenException",
			 "The request failed because the pagination token is invalid.");
		return;
	}
	all = json_array();
	for (size_t i = 0; (row = sbx_quota_row(i)); i++) {
		if (!text_eq(row->service, text_of(req, "ServiceCode")))
			continue;
		known = true;
		if (i < (size_t)from)
			continue;
		if (json_array_size(all) == page) {
			autofree char *next = xasprintf("%zu", i);

			answer(rep, json_pack("{s:o, s:s}", "Quotas", all, "NextToken", next));
			return;
		}
		json_array_append_new(all, view(sbx, req, i, usual));
	}
	if (known) {
		answer(rep, json_pack("{s:o}", "Quotas", all));
		return;
	}
	json_decref(all);
	sbx_fail(req, rep, 400, "NoSuchResourceException",
		 "The request failed because the specified service does not exist.");
}

static void get_applied(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	get(sbx, req, rep, /* usual= */ false);
}

static void get_usual(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	get(sbx, req, rep, /* usual= */ true);
}

static void list_applied(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	list(sbx, req, rep, /* usual= */ false);
}

static void list_usual(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	list(sbx, req, rep, /* usual= */ true);
}

const struct sbx_action sbx_quotas_actions[] = {
	{ "servicequotas", "GetServiceQuota", get_applied, false },
	{ "servicequotas", "GetAWSDefaultServiceQuota", get_usual, false },
	{ "servicequotas", "ListServiceQuotas", list_applied, false },
	{ "servicequotas", "ListAWSDefaultServiceQuotas", list_usual, false },
	{ 0 },
};
