/* SPDX-License-Identifier: Apache-2.0 */
/* What the sandbox's core files share and the services do not see. */
#ifndef SANDBOX_INNER_H
#define SANDBOX_INNER_H

#include "sandbox/core/sbx.h"

struct faults;	/* faults.c */
struct intents; /* intents.c */
struct trace;	/* trace.c */

struct faults *sbx_faults(struct sbx *sbx);
struct trace *sbx_trace(struct sbx *sbx);
int64_t sbx_latency_ms(const struct sbx *sbx);
struct intents *sbx_intents(struct sbx *sbx);	   /* NULL without --journal */
const char *sbx_state_path(const struct sbx *sbx); /* or NULL */
/* All that sbx_info_set has set.  New reference. */
json_t *sbx_info(struct sbx *sbx);

/* What the sandbox stores for itself in its world: no thing of AWS. */
#define SBX_INNER_KIND "sandbox"
/* The world's clock jumps ahead, for good, so that a test need not wait.  With the lock taken. */
NODISCARD struct rb_error *sbx_skip_ms(struct sbx *sbx, int64_t ms);

/* ---- faults.c ----------------------------------------------------------- */

struct faults *faults_new(void);
void faults_free(struct faults *faults);
/* 'Action[:n[-m]]=what'; fails (kind USAGE) when it is none. */
NODISCARD struct rb_error *faults_add(struct faults *faults, const char *spec);
/* Takes back those of an action; NULL: all. */
void faults_clear(struct faults *faults, const char *action);

/* What is to go wrong with one call.  All empty: nothing. */
struct sbx_fault {
	int64_t slow_ms;
	bool held; /* it waits until the fault is taken back */
	bool lost_before, lost_after, torn, reset, throttle;
	bool after;	   /* the call is done, and then answered so: */
	int http_status;   /* an HTML page of this status; 0: none */
	bool hidden;	   /* the error comes under status 200, as S3 may send it */
	bool denied;	   /* by a policy, ... */
	char *policy;	   /* ... this one; NULL: the answer does not name it */
	char *retry_after; /* x-amz-retry-after of whatever is answered; NULL: none */
	char *code;	   /* this error; NULL: none */
	char *message;
	char *state; /* what the call makes ends in it; NULL: none */
};
/* Counts the call.  sbx_fault_clear when done. */
void faults_take(struct faults *faults, const char *action, struct sbx_fault *ret);
void sbx_fault_clear(struct sbx_fault *fault);
/* Waits while a fault holds calls of this action up.  False when the sandbox ends meanwhile. */
bool sbx_fault_hold(struct sbx *sbx, const char *action, const struct sbx_fault *fault);

/* ---- throttle.c --------------------------------------------------------- */

struct throttle;
/* NULL when nothing is limited. */
struct throttle *throttle_new(enum sbx_throttle how, double speed);
void throttle_free(struct throttle *t);
struct throttle *sbx_throttle(struct sbx *sbx);
/* Takes a token of EC2's action in this region; false: there is none, and the request is refused.
 * `narrowed`: it has a filter or asks for a page. */
bool throttle_takes(struct throttle *t, const char *region, const char *action, bool narrowed,
		    int64_t now_ms);

/* ---- trace.c ------------------------------------------------------------ */

struct trace_entry {
	int64_t utc_ms;
	const char *service, *region, *action, *code, *key_id; /* copied, cut to fit */
	int status;					       /* 0: no answer */
	uint64_t connection;
};
struct trace *trace_new(void);
void trace_free(struct trace *trace);
void trace_add(struct trace *trace, const struct trace_entry *entry);
/* The last ones, oldest first, as a JSON array.  New reference. */
json_t *trace_list(struct trace *trace);
void trace_clear(struct trace *trace);

/* ---- intents.c ---------------------------------------------------------- */

/* `path` is a journal, or a folder with journals in it or in folders below it. */
struct intents *intents_new(const char *path);
void intents_free(struct intents *in);
/* What a call that changes the world says of itself; each NULL when it does not say. */
struct sbx_change {
	const char *service, *action, *region, *step, *token;
	const char *invocation; /* amz-sdk-invocation-id: the same for all tries of one call */
};
/*
 * True when a synced intent that nothing has used yet agrees with the call, and it is used up now;
 * also for another try of a call that had one.
 */
NODISCARD bool intents_use(struct intents *in, const struct sbx_change *change);
/* Kept in the file `intents-missing` of that folder, or beside that journal. */
void intents_complain(struct intents *in, const struct sbx_change *change);

/* ---- dispatch.c, admin.c ------------------------------------------------ */

/* One HTTP request as it came, before anything is parsed. */
struct sbx_http {
	const char *method;
	const char *target;		 /* path and query as sent */
	const struct sbx_pairs *headers; /* names in lower case */
	struct buf *body;
	uint64_t connection;			     /* numbered from 1 by the process */
	const char *vpc_endpoint_id, *vpc_source_ip; /* as in struct sbx_request */
};
/* Answers whatever comes; `rep` is empty before.  Sleeps for slow answers. */
void sbx_answer(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep);
void sbx_reply_clear(struct sbx_reply *rep);
/* reply.c: what the service answers with unless its handler says otherwise */
const char *sbx_content_type(const char *service);

/* The paths below /_sandbox/. */
void sbx_admin(struct sbx *sbx, const struct sbx_http *http, const char *path,
	       struct sbx_reply *rep);

/* A thing for the curious (ec2/ec2.c): {"live", "state", "tags", "doc"}; NULL when EC2 lists it no
 * more.  A peering is seen from region "". */
json_t *sbx_ec2_describe_thing(struct sbx *sbx, const char *kind, const char *region,
			       const json_t *doc, int64_t now_ms);

/* ---- path/path.c, path/questions.c ---------------------------------------  */

/* Where path_start stores what it started; NULL before and after. */
struct sbx_path **sbx_path_slot(struct sbx *sbx);
/* {"ok", "hop", "why", ...} of ?from=i-...|eice-...&to=NAME-or-address[&port=][&region=]; NULL: no
 * such question.  New reference. */
json_t *path_trace_json(struct sbx *sbx, const struct sbx_pairs *query);
/* {"address", "port", "host_key"} of ?instance=i-...: SSH without a tunnel; NULL: no such instance.
 */
json_t *path_ssh_json(struct sbx *sbx, const struct sbx_pairs *query);

/* ---- params.c ----------------------------------------------------------- */

/* One row of a model: NAME is the wire name with N for an index. */
struct model_param {
	const char *name;
	char type; /* s string, b boolean, i integer, t time, B blob, S structure, L list */
	bool required;
	int64_t min, max;	   /* of an integer or a list's length; both 0: none */
	const char *const *values; /* NULL: any */
};
struct sbx_model {
	const char *service, *action;
	const struct model_param *params;
	size_t n_params;
	bool dry_run;
	const char *const *filters; /* NULL: none are taken */
};
extern const struct sbx_model sbx_models[];
extern const size_t sbx_n_models;
const struct sbx_model *sbx_model_find(const char *service, const char *action);

/*
 * The tree of `params`, checked.  On an error answers NULL and fills *ret_code
 * (static) and `message`.  Otherwise a new reference.
 */
NODISCARD json_t *model_params_tree(const struct sbx_model *model, const struct sbx_pairs *params,
				    const char **ret_code, struct buf *message);

#endif
