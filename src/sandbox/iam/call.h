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

struct siam_call {
	struct sbx *sbx;
	struct store *st;
	const struct sbx_request *req;
	struct sbx_reply *rep;
	struct buf out; /* what goes into <ActionResult> */
};

/* Fills c->out, or answers the failure and false. */
typedef bool siam_fn(struct siam_call *c);

struct siam_action {
	const char *name;
	siam_fn *run;
	bool has_result;
};
/* One table a file, closed by a row without name. */
extern const struct siam_action siam_role_actions[], siam_profile_actions[],
	siam_role_policy_actions[], siam_managed_actions[], siam_account_actions[],
	siam_simulate_actions[];

const char *siam_param(const struct siam_call *c, const char *name);
#define siam_fail(c, ...) (sbx_fail((c)->req, (c)->rep, __VA_ARGS__), false)

/* Readers lag behind writers; what a creation answered is visible at once, unless lags are harsh.
 */
void siam_put_visible(struct siam_call *c, const char *kind, const char *name, const json_t *doc);
/* Readers lag behind writers. */
void siam_put(struct siam_call *c, const char *kind, const char *name, const json_t *doc);

/* The role or profile that a parameter names, as it truly is or as readers see it; answers
 * NoSuchEntity and NULL when there is none.  New reference. */
enum siam_view { SIAM_TRUTH, SIAM_SEEN };
json_t *siam_role(struct siam_call *c, enum siam_view view);
json_t *siam_profile(struct siam_call *c, enum siam_view view);
/* Is there one of this name?  IAM's names differ by more than letter case. */
bool siam_taken(struct siam_call *c, const char *kind, const char *name);

/* "AROA" and enough random characters to make 21. */
NODISCARD char *siam_new_id(const char *prefix);
/* A new thing's name, path, arn, id, created_ms, tags; NULL after an answer. */
json_t *siam_new_thing(struct siam_call *c, const char *name_param, const char *kind_in_arn,
		       const char *id_prefix);

/* Set, replace or take away tags of a thing; false after an answer. */
bool siam_check_tags(struct siam_call *c, const json_t *tags);
bool siam_merge_tags(struct siam_call *c, json_t *thing, const json_t *tags);
void siam_remove_tags(json_t *thing, const json_t *keys);

/* The elements of one role or profile, without the <Role> around. */
void siam_add_role(struct buf *out, const json_t *role, bool whole);
void siam_add_profile(struct siam_call *c, struct buf *out, const json_t *profile);

/*
 * A page of `items` (an array), each written by `add`, inside <element>, with
 * IsTruncated and Marker.
 */
typedef void siam_add_fn(struct siam_call *c, struct buf *out, const json_t *item);
bool siam_add_page(struct siam_call *c, const char *element, const json_t *items, siam_add_fn *add);
void siam_add_tag(struct siam_call *c, struct buf *out, const json_t *tag);
void siam_add_string(struct siam_call *c, struct buf *out, const json_t *string);
/* Things of a kind, by name, whose path begins with PathPrefix.  New reference. */
json_t *siam_list(struct siam_call *c, const char *kind);

/* A document as answers carry it: percent-encoded. */
void siam_add_document(struct buf *out, const char *element, const char *text);

/* AWS's own policies: the text of the one with this ARN, or NULL. */
struct siam_managed {
	const char *name, *path, *id, *created, *updated, *version, *description, *document;
};
const struct siam_managed *siam_managed_find(const char *arn);
/* The text of a managed policy, AWS's or the account's own; NULL: there is none.  Caller frees. */
NODISCARD char *siam_managed_text(struct store *st, const char *arn);
/* "arn:PARTITION:iam::OWNER:policy/..." */
bool siam_is_policy_arn(const char *arn);
/* The managed policy in PolicyArn; answers the failure and NULL. */
const struct siam_managed *siam_managed_param(struct siam_call *c);
/* Where `s` is in a list of texts; the list's length when it is not. */
size_t siam_find_string(const json_t *list, const char *s);

#endif
