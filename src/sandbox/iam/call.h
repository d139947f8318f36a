/* SPDX-License-Identifier: Apache-2.0 */
/* One IAM call, as the files of IAM hand it to each other. */
#ifndef SANDBOX_SBX_IAM_CALL_H
#define SANDBOX_SBX_IAM_CALL_H

#include <stdbool.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"
#include "sandbox/iam/iam.h"
#include "sandbox/core/query.h"
#include "sandbox/core/xml.h"

struct iam_call {
	struct sbx *sbx;
	struct sbx_store *st;
	const struct sbx_request *req;
	struct sbx_reply *rep;
	struct buf out; /* what goes into <ActionResult> */
};

/* Fills c->out, or answers the failure and false. */
typedef bool iam_fn(struct iam_call *c);

struct iam_action {
	const char *name;
	iam_fn *run;
	bool has_result;
};
/* One table a file, closed by a row without name. */
extern const struct iam_action iam_role_actions[], iam_profile_actions[], iam_policy_actions[],
	iam_account_actions[], iam_simulate_actions[];

const char *iam_param(const struct iam_call *c, const char *name);
#define iam_fail(c, ...) (sbx_fail((c)->req, (c)->rep, __VA_ARGS__), false)

/* Readers lag behind writers; what a creation told is seen at once, unless lags are harsh. */
void iam_put_told(struct iam_call *c, const char *kind, const char *name, const json_t *doc);
/* Readers lag behind writers. */
void iam_put(struct iam_call *c, const char *kind, const char *name, const json_t *doc);

/* The role or profile that a parameter names, as it truly is or as readers see it; answers
 * NoSuchEntity and NULL when there is none.  New reference. */
enum iam_view { IAM_TRUTH, IAM_SEEN };
json_t *iam_role(struct iam_call *c, enum iam_view view);
json_t *iam_profile(struct iam_call *c, enum iam_view view);
/* Is there one of this name?  IAM's names differ by more than letter case. */
bool iam_taken(struct iam_call *c, const char *kind, const char *name);

/* "AROA" and enough random characters to make 21. */
NODISCARD char *iam_new_id(const char *prefix);
/* A new thing's name, path, arn, id, created_ms, tags; NULL after an answer. */
json_t *iam_new_thing(struct iam_call *c, const char *name_param, const char *kind_in_arn,
		      const char *id_prefix);

/* Set, replace or take away tags of a thing; false after an answer. */
bool iam_check_tags(struct iam_call *c, const json_t *tags);
bool iam_merge_tags(struct iam_call *c, json_t *thing, const json_t *tags);
void iam_remove_tags(json_t *thing, const json_t *keys);

/* The elements of one role or profile, without the <Role> around. */
void iam_add_role(struct buf *out, const json_t *role, bool whole);
void iam_add_profile(struct iam_call *c, struct buf *out, const json_t *profile);

/*
 * A page of `items` (an array), each written by `add`, inside <element>, with
 * IsTruncated and Marker.
 */
typedef void iam_add_fn(struct iam_call *c, struct buf *out, const json_t *item);
bool iam_add_page(struct iam_call *c, const char *element, const json_t *items, iam_add_fn *add);
void iam_add_tag(struct iam_call *c, struct buf *out, const json_t *tag);
void iam_add_string(struct iam_call *c, struct buf *out, const json_t *string);
/* Things of a kind, by name, whose path begins with PathPrefix.  New reference. */
json_t *iam_list(struct iam_call *c, const char *kind);

/* A document as answers carry it: percent-encoded. */
void iam_add_document(struct buf *out, const char *element, const char *text);

/* AWS's own policies: the text of the one with this ARN, or NULL. */
struct iam_managed {
	const char *name, *path, *id, *created, *updated, *version, *description, *document;
};
const struct iam_managed *iam_managed_find(const char *arn);

#endif
