/*
 * What IAM and STS share, AWS's query protocol: parameters checked against a
 * table taken from the API model, and answers in their envelope.
 */
#ifndef SANDBOX_SBX_QUERY_H
#define SANDBOX_SBX_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/sbx.h"

/* What a value must look like. */
struct sbx_param_type {
	size_t min, max;      /* characters, or the number's range */
	bool number;
	const char *chars;    /* a class: every character must be in it; NULL: any */
	const char *pattern;  /* the model's words for it, for the message */
	bool (*fits)(const char *value); /* what a class cannot say; NULL: nothing more */
};

/* One scalar on the wire; "N" stands for an index from 1: "Tags.member.N.Key". */
struct sbx_param {
	const char *name;
	const struct sbx_param_type *type;
	bool required; /* within its list's entry, when it has an N */
};

/* Types that both services use. */
extern const struct sbx_param_type sbx_param_any, sbx_param_arn, sbx_param_document,
	sbx_param_tag_key, sbx_param_tag_value;

/*
 * Hold the request to its table (closed by a row without name).  On the first
 * parameter that is unknown, missing or wrong it answers for the service, and false.
 */
NODISCARD bool sbx_params_check(const struct sbx_request *req, struct sbx_reply *rep,
				const struct sbx_param *table);

/* The tags in PREFIX.member.N.{Key,Value}, an array of {Key, Value} objects.  New reference. */
json_t *sbx_params_tags(const struct sbx_request *req, const char *prefix);
/* The strings in PREFIX.member.N, an array.  New reference. */
json_t *sbx_params_strings(const struct sbx_request *req, const char *prefix);

/* <ActionResponse> around `result` (NULL: the action has none). */
void sbx_query_answer(const struct sbx_request *req, struct sbx_reply *rep, const char *xmlns,
		      const struct buf *result);

/* Append <Key>, <Value> members for an array of {Key, Value}. */
void sbx_query_add_tags(struct buf *out, const char *element, const json_t *tags);
/* <name>2026-11-23T04:05:06Z</name> */
void sbx_query_add_time(struct buf *out, const char *name, int64_t utc_ms);

#endif
