/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an HTTP request to an answer: whose it is, for which service, whether it
 * may, what goes wrong on purpose, and then the action itself.
 *
 *   claim -> service -> proof -> action -> intent -> faults -> parameters -> handler -> commit
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/inner.h"
#include "sandbox/iam/iam.h"
#include "sandbox/core/store.h"

/* Everything about one call, freed together. */
struct call {
	struct sbx_request req;
	struct sbx_claim claim;
	struct sbx_caller caller;
	struct sbx_fault fault;
	struct sbx_pairs query, params;
	char *path, *service, *region, *action, *host, *request_id, *bucket, *key;
	json_t *args, *json;
	const struct sbx_action *row;
	bool traced; /* an action was asked for, known or not */
};

static void call_clear(struct call *c)
{
	sbx_claim_clear(&c->claim);
	sbx_caller_clear(&c->caller);
	sbx_fault_clear(&c->fault);
	sbx_pairs_clear(&c->query);
	sbx_pairs_clear(&c->params);
	free(c->path);
	free(c->service);
	free(c->region);
	free(c->action);
	free(c->host);
	free(c->request_id);
	free(c->bucket);
	free(c->key);
	json_decref(c->args);
	json_decref(c->json);
}

/* ---- which service ------------------------------------------------------ */

static const struct {
	const char *service;
	const char *target;  /* JSON services: X-Amz-Target before the dot */
	const char *version; /* query services */
} SERVICES[] = {
	{ "ec2", NULL, "2016-11-15" },
	{ "iam", NULL, "2010-05-08" },
	{ "sts", NULL, "2011-06-15" },
	{ "ssm", "AmazonSSM", NULL },
	{ "ec2-instance-connect", "AWSEC2InstanceConnectService", NULL },
	{ "s3", NULL, NULL },
};

static const char *known_service(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(SERVICES); i++) {
		if (!strcmp(SERVICES[i].service, name))
			return SERVICES[i].service;
	}
	return NULL;
}

/* An unsigned request names its service by what it looks like. */
static const char *guess_service(const struct call *c, const struct sbx_http *http)
{
	const char *target = sbx_pairs_get(http->headers, "x-amz-target");
	const char *version = sbx_pairs_get(&c->params, "Version");

	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++) {
		if (target && SERVICES[i].target && text_starts_with(target, SERVICES[i].target))
			return SERVICES[i].service;
		if (version && SERVICES[i].version && !strcmp(version, SERVICES[i].version))
			return SERVICES[i].service;
	}
	return "s3";
}

static const struct sbx_action *table_of(const char *service)
{
	const struct {
		const char *service;
		const struct sbx_action *rows;
	} tables[] = {
		{ "ec2", sbx_ec2_actions }, { "iam", sbx_iam_actions },
		{ "sts", sbx_sts_actions }, { "s3", sbx_s3_actions },
		{ "ssm", sbx_ssm_actions }, { "ec2-instance-connect", sbx_eic_actions },
	};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		if (!strcmp(tables[i].service, service))
			return tables[i].rows;
	}
	return NULL;
}

static const struct sbx_action *find_action(const char *service, const char *action)
{
	const struct sbx_action *row = table_of(service);

	for (; row && row->name; row++) {
		if (!strcmp(row->name, action))
			return row;
	}
	return NULL;
}

static bool is_query(const char *service)
{
	return !strcmp(service, "ec2") || !strcmp(service, "iam") || !strcmp(service, "sts");
}

/* ---- reading ------------------------------------------------------------ */

/* The port is nobody's business but the connection's. */
static char *host_name(const char *host)
{
	char *name = xstrdup(host ? host : "");
	char *colon = strrchr(name, ':');

	if (colon && !strchr(colon, ']'))
		*colon = '\0';
	for (char *p = name; *p; p++)
		*p = text_lower(*p);
	return name;
}

/* "8c6b4b8e-..." : what AWS's request ids look like. */
static char *new_request_id(void)
{
	autofree char *h = text_random_hex(16);

	return xasprintf("%.8s-%.4s-4%.3s-a%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
}

/* The form of a query service: its body, or the query of a GET. */
static bool read_form(struct call *c, const struct sbx_http *http, const char *query)
{
	const char *type = sbx_pairs_get(http->headers, "content-type");
	struct sbx_pairs all = { 0 };
	bool good = true;

	if (!strcmp(http->method, "GET"))
		good = sbx_form_decode(query, strlen(query), &all);
	else if (type && text_starts_with(type, "application/x-www-form-urlencoded"))
		good = sbx_form_decode(http->body->p, http->body->n, &all);
	for (size_t i = 0; i < all.n; i++) {
		const char *name = all.v[i].name;

		if (!text_starts_with(name, "X-Amz-"))
			sbx_pairs_add(&c->params, name, all.v[i].value);
	}
	sbx_pairs_clear(&all);
	return good;
}

static void drop_param(struct sbx_pairs *params, const char *name)
{
	for (size_t i = 0; i < params->n;) {
		struct sbx_pair *pair = &params->v[i];

		if (strcmp(pair->name, name) != 0) {
			i++;
			continue;
		}
		free(pair->name);
		free(pair->value);
		params->n--;
		memmove(pair, pair + 1, (params->n - i) * sizeof(*pair));
	}
}

/* Fills all of the request but who signed it; false when the request line makes no sense. */
static bool read_request(struct call *c, const struct sbx_http *http)
{
	struct sbx_request *req = &c->req;
	size_t n = strcspn(http->target, "?");
	const char *query = http->target[n] ? http->target + n + 1 : "";
	bool good;

	c->path = xstrndup(http->target, n);
	good = sbx_form_decode(query, strlen(query), &c->query);
	sbx_claim_read(http->headers, &c->query, &c->claim);
	good = read_form(c, http, query) && good;
	c->service = xstrdup(c->claim.service && known_service(c->claim.service)
				     ? c->claim.service
				     : guess_service(c, http));
	c->region = xstrdup(c->claim.region ? c->claim.region : "us-east-1");
	c->host = host_name(sbx_pairs_get(http->headers, "host"));
	c->request_id = new_request_id();
	*req = (struct sbx_request){ .service = c->service,
				     .region = c->region,
				     .action = "",
				     .request_id = c->request_id,
				     .params = &c->params,
				     .method = http->method,
				     .path = c->path,
				     .query = &c->query,
				     .headers = http->headers,
				     .host = c->host,
				     .body = http->body,
				     .vpc_endpoint_id = http->vpc_endpoint_id };
	return good;
}

/* ---- may it? ------------------------------------------------------------ */

/* Actions that anybody may ask for; S3's handlers look at the caller themselves. */
static bool may_be_unsigned(const struct call *c)
{
	return !strcmp(c->service, "s3") ||
	       (!strcmp(c->service, "sts") && !strcmp(c->action, "AssumeRoleWithWebIdentity"));
}

/*
 * Any region there is will do, for IAM too: with an endpoint of one's own, as this is
 * one, the AWS CLI and the SDKs sign IAM's requests for the client's region.
 */
static bool scope_fits(struct call *c)
{
	if (!known_service(c->claim.service)) {
		(void)buf_addf(&c->caller.why,
			       "Credential should be scoped to correct service: "
			       "'%s'. ",
			       c->service);
		return false;
	}
	if (!sbx_partition_of(c->region)) {
		(void)buf_addf(&c->caller.why,
			       "Credential should be scoped to a valid region, not "
			       "'%s'. ",
			       c->region);
		return false;
	}
	return true;
}

static bool check_caller(struct sbx *sbx, struct call *c, const struct sbx_http *http,
			 struct sbx_reply *rep)
{
	size_t n = strcspn(http->target, "?");
	struct sbx_proof proof = { .method = http->method,
				   .path = c->path,
				   .query = http->target[n] ? http->target + n + 1 : "",
				   .headers = http->headers,
				   .body = http->body->p,
				   .body_bytes = http->body->n };
	enum sbx_auth verdict;

	if (!c->claim.present && may_be_unsigned(c))
		return true;
	sbx_lock(sbx);
	verdict = sbx_claim_check(sbx, &c->claim, &proof, clock_utc_s(), &c->caller);
	sbx_unlock(sbx);
	if (verdict == SBX_AUTH_OK && !scope_fits(c))
		verdict = SBX_AUTH_BAD;
	if (verdict != SBX_AUTH_OK) {
		sbx_auth_refuse(verdict, &c->req, &c->caller, rep);
		return false;
	}
	c->req.caller_arn = c->caller.arn;
	c->req.caller_key_id = c->caller.key_id;
	return true;
}

/* ---- which action ------------------------------------------------------- */

static void name_action(struct call *c, const struct sbx_http *http)
{
	const char *target = sbx_pairs_get(http->headers, "x-amz-target");
	const char *dot = target ? strchr(target, '.') : NULL;
	const char *name = NULL;

	if (is_query(c->service))
		name = sbx_pairs_get(&c->params, "Action");
	else if (!strcmp(c->service, "s3"))
		name = sbx_s3_operation(&c->req, &c->bucket, &c->key);
	else if (dot)
		name = dot + 1;
	c->action = xstrdup(name ? name : "");
	c->req.action = c->action;
	c->req.bucket = c->bucket;
	c->req.key = c->key;
	c->row = find_action(c->service, c->action);
	if (is_query(c->service)) {
		drop_param(&c->params, "Action");
		drop_param(&c->params, "Version");
	}
}

static void refuse_action(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_request *req = &c->req;
	autofree char *shown = text_printable(c->action, strlen(c->action), 100);

	if (!strcmp(c->service, "s3"))
		sbx_fail(req, rep, 405, "MethodNotAllowed",
			 "The specified method is not allowed against this resource.");
	else if (!is_query(c->service))
		sbx_fail(req, rep, 400, "UnknownOperationException", "Unknown operation '%s'",
			 shown);
	else if (!*c->action)
		sbx_fail(req, rep, 400, "MissingAction",
			 "The request must contain the parameter Action");
	else
		sbx_fail(req, rep, 400, "InvalidAction",
			 "The action %s is not valid for this web service.", shown);
}

/* ---- faults ------------------------------------------------------------- */

/* Codes whose status is not 400. */
static const struct {
	const char *code;
	int status;
} STATUSES[] = {
	{ "RequestLimitExceeded", 503 },
	{ "EC2ThrottledException", 503 },
	{ "SlowDown", 503 },
	{ "ServiceUnavailable", 503 },
	{ "Unavailable", 503 },
	{ "InternalError", 500 },
	{ "InternalFailure", 500 },
	{ "ServerInternal", 500 },
	{ "RetryableError", 500 },
	{ "ServiceFailure", 500 },
	{ "TransactionInProgressException", 503 },
	{ "PriorRequestNotComplete", 503 },
	{ "BandwidthLimitExceeded", 509 },
	{ "TooManyRequestsException", 429 },
	{ "InsufficientInstanceCapacity", 500 },
	{ "UnauthorizedOperation", 403 },
	{ "AccessDenied", 403 },
	{ "InvalidClientTokenId", 403 },
	{ "SignatureDoesNotMatch", 403 },
	{ "InvalidAccessKeyId", 403 },
	{ "RequestTimeTooSkewed", 403 },
	{ "AuthFailure", 401 },
	{ "DryRunOperation", 412 },
	{ "NoSuchEntity", 404 },
	{ "NoSuchBucket", 404 },
	{ "NoSuchKey", 404 },
	{ "NoSuchBucketPolicy", 404 },
	{ "NoSuchTagSet", 404 },
	{ "NoSuchPublicAccessBlockConfiguration", 404 },
	{ "ServerSideEncryptionConfigurationNotFoundError", 404 },
	{ "EntityAlreadyExists", 409 },
	{ "DeleteConflict", 409 },
	{ "ConcurrentModification", 409 },
	{ "EntityTemporarilyUnmodifiable", 409 },
	{ "BucketAlreadyExists", 409 },
	{ "BucketAlreadyOwnedByYou", 409 },
	{ "BucketNotEmpty", 409 },
	{ "OperationAborted", 409 },
};

static int status_of(const struct call *c, const char *code)
{
	if (!strcmp(code, "ExpiredToken"))
		return is_query(c->service) ? 403 : 400;
	for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++) {
		if (!strcmp(STATUSES[i].code, code))
			return STATUSES[i].status;
	}
	return 400;
}

static void throttle(const struct call *c, struct sbx_reply *rep)
{
	if (!strcmp(c->service, "ec2"))
		sbx_fail(&c->req, rep, 503, "RequestLimitExceeded", "Request limit exceeded.");
	else if (!strcmp(c->service, "s3"))
		sbx_fail(&c->req, rep, 503, "SlowDown", "Please reduce your request rate.");
	else if (is_query(c->service))
		sbx_fail(&c->req, rep, 400, "Throttling", "Rate exceeded");
	else
		sbx_fail(&c->req, rep, 400, "ThrottlingException", "Rate exceeded");
}

static void answer_page(const struct call *c, struct sbx_reply *rep)
{
	buf_reset(&rep->body);
	rep->status = c->fault.http_status;
	rep->content_type = "text/html";
	set_str(&rep->code, "HTML");
	(void)buf_addf(&rep->body,
		       "<html><head><title>%d</title></head><body><h1>%d</h1></body></html>\n",
		       rep->status, rep->status);
}

/* A fault's message, with the request's own values for what it names in braces. */
static void tell(const struct call *c, const char *message, struct buf *ret)
{
	while (*message) {
		size_t plain = strcspn(message, "{"), n = strcspn(message + plain, "}");
		autofree char *name = NULL;
		const char *value;

		(void)buf_add(ret, message, plain);
		message += plain;
		if (!*message)
			break;
		name = xstrndup(message + 1, n - 1);
		value = sbx_pairs_get(&c->params, name);
		(void)buf_adds(ret, value ? value : "?");
		message += message[n] ? n + 1 : n;
	}
}

static void answer_code(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_fault *f = &c->fault;
	auto_buf message = BUF_INIT;

	tell(c, f->message ? f->message : "made to fail by --fault", &message);
	sbx_fail(&c->req, rep, f->hidden ? 200 : status_of(c, f->code), f->code, "%s", message.p);
}

/* What AWS calls the kind of policy that the ARN is of. */
static const char *policy_kind(const char *arn)
{
	if (!arn || strstr(arn, "/service_control_policy/"))
		return "a service control policy";
	return strstr(arn, "/resource_control_policy/") ? "a resource control policy"
							: "an identity-based policy";
}

/* As AWS writes a denial since 2026: the policy that denied is named at the end. */
static void answer_denial(const struct call *c, struct sbx_reply *rep)
{
	const char *arn = c->fault.policy;
	autofree char *why = xasprintf(
		"User: %s is not authorized to perform: %s:%s with an explicit deny in %s%s%s",
		c->req.caller_arn, c->service, c->action, policy_kind(arn), arn ? ": " : "",
		arn ? arn : "");

	if (!strcmp(c->service, "ec2"))
		sbx_fail(&c->req, rep, 403, "UnauthorizedOperation",
			 "You are not authorized to perform this operation. %s", why);
	else if (is_query(c->service) || !strcmp(c->service, "s3"))
		sbx_fail(&c->req, rep, 403, "AccessDenied", "%s", why);
	else
		sbx_fail(&c->req, rep, 400, "AccessDeniedException", "%s", why);
}

/* True when the call ends here. */
static bool fails_before(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_fault *f = &c->fault;

	if (f->after)
		return false;
	if (f->lost_before || f->reset)
		rep->delivery = f->reset ? SBX_RESET : SBX_DROP;
	else if (f->http_status)
		answer_page(c, rep);
	else if (f->throttle)
		throttle(c, rep);
	else if (f->denied)
		answer_denial(c, rep);
	else if (f->code)
		answer_code(c, rep);
	else
		return false;
	return true;
}

/* What was refused by itself keeps its own answer. */
static void fails_after(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_fault *f = &c->fault;

	if (f->lost_after)
		rep->delivery = SBX_DROP;
	else if (f->torn)
		rep->delivery = SBX_TORN;
	else if (f->after && !rep->code && f->http_status)
		answer_page(c, rep);
	else if (f->after && !rep->code)
		answer_code(c, rep);
}

/* ---- the crash rule ----------------------------------------------------- */

/*
 * Which calls need no intent: those of programs that a test uses beside the one that it is about,
 * what somebody does on an instance (4-2's upload is the one call from there that has one), and
 * STS's, whose credentials end by themselves and leave nothing.
 */
static bool is_others(const struct call *c)
{
	static const char *const programs[] = { "aws-cli/", "Boto3/", "Botocore/" };
	const char *agent = sbx_pairs_get(c->req.headers, "user-agent");

	if (!strcmp(c->service, "sts"))
		return true;
	for (size_t i = 0; agent && i < ARRAY_LEN(programs); i++)
		if (text_starts_with(agent, programs[i]))
			return true;
	return c->req.vpc_endpoint_id && strcmp(c->action, "PutObject") != 0;
}

/* `runbook verify` has no journal to write to, and tries whether the bucket can be written to from
 * outside: its policy refuses that, and what came to be all the same is removed. */
static bool is_proof(const struct call *c)
{
	return c->key && text_ends_with(c->key, ".from-outside") &&
	       (!strcmp(c->action, "PutObject") || !strcmp(c->action, "DeleteObject"));
}

/* The value of the tag runbook:step that the call itself gives to something; NULL: none. */
static char *step_tag(const struct call *c)
{
	static const char in_xml[] = "<Key>runbook:step</Key><Value>";
	const char *found =
		c->req.body->n ? memmem(c->req.body->p, c->req.body->n, in_xml, sizeof(in_xml) - 1)
			       : NULL;

	for (size_t i = 0; i < c->params.n; i++) {
		const struct sbx_pair *pair = &c->params.v[i];
		autofree char *value = NULL;

		if (strcmp(pair->value, "runbook:step") != 0 || !text_ends_with(pair->name, ".Key"))
			continue;
		value = xasprintf("%.*s.Value", (int)strlen(pair->name) - 4, pair->name);
		return xstrdup_or_null(sbx_pairs_get(&c->params, value));
	}
	if (!found)
		return NULL;
	found += sizeof(in_xml) - 1;
	return xstrndup(found, strcspn(found, "<"));
}

/* Asked of every try as it comes, whatever becomes of it. */
static bool intent_missing(struct sbx *sbx, const struct call *c, struct sbx_reply *rep)
{
	struct sbx_intents *intents = sbx_intents(sbx);
	autofree char *step = NULL;
	struct sbx_change change = {
		.service = c->service,
		.action = c->action,
		.region = c->region,
		.token = sbx_pairs_get(&c->params, "ClientToken"),
		.invocation = sbx_pairs_get(c->req.headers, "amz-sdk-invocation-id"),
	};

	if (!intents || !c->row->writes || is_others(c) ||
	    text_eq(sbx_pairs_get(&c->params, "DryRun"), "true"))
		return false;
	step = step_tag(c);
	change.step = step;
	if (sbx_intents_use(intents, &change) || is_proof(c))
		return false;
	sbx_intents_complain(intents, &change);
	sbx_fail(&c->req, rep, 500, "SandboxIntentMissing",
		 "The journal has no synced intent of this %s: a crash now would lose what it "
		 "makes.",
		 c->action);
	return true;
}

/* ---- the action itself -------------------------------------------------- */

static bool read_args(struct call *c, struct sbx_reply *rep)
{
	const struct sbx_model *model = sbx_model_find(c->service, c->action);
	const char *code = NULL;
	auto_buf message = BUF_INIT;

	if (!is_query(c->service)) {
		if (!strcmp(c->service, "s3"))
			return true;
		c->json = json_loadb(c->req.body->p, c->req.body->n, JSON_REJECT_DUPLICATES, NULL);
		c->req.json = c->json;
		if (json_is_object(c->json))
			return true;
		sbx_fail(&c->req, rep, 400, "SerializationException", "The body is no JSON object");
		return false;
	}
	if (!model) { /* an action beyond the models: its handler reads params itself */
		c->args = json_object();
	} else {
		c->args = sbx_params_tree(model, &c->params, &code, &message);
		if (!c->args) {
			sbx_fail(&c->req, rep, 400, code, "%s", message.p);
			return false;
		}
	}
	c->req.args = c->args;
	return true;
}

/* By the caller's own policies: a role's session may only what they say. */
static bool is_allowed(struct sbx *sbx, struct call *c, struct sbx_reply *rep)
{
	bool allowed;

	sbx_lock(sbx);
	c->req.now_ms = sbx_now_ms(sbx);
	allowed = sbx_iam_authorize(sbx, &c->req, rep);
	sbx_unlock(sbx);
	return allowed;
}

/* RunInstances says more in a dry run, so it answers that itself. */
static bool is_dry_run(const struct call *c, struct sbx_reply *rep)
{
	const char *dry = json_string_value(json_object_get(c->args, "DryRun"));

	if (!dry || strcmp(dry, "true") != 0 || !strcmp(c->action, "RunInstances"))
		return false;
	sbx_fail(&c->req, rep, 412, "DryRunOperation",
		 "Request would have succeeded, but DryRun flag is set.");
	return true;
}

static void act(struct sbx *sbx, struct call *c, struct sbx_reply *rep)
{
	auto_error struct rb_error *err = NULL;
	struct sbx_store *st = sbx_store(sbx);

	sbx_lock(sbx);
	c->req.now_ms = sbx_now_ms(sbx);
	store_begin(st);
	c->row->handler(sbx, &c->req, rep);
	if (rep->code)
		store_rollback(st);
	else
		err = store_commit(st);
	sbx_unlock(sbx);
	if (err)
		sbx_fail(&c->req, rep, 500, "InternalError", "%s: %s", err->what,
			 err->why ? err->why : "");
}

static void serve(struct sbx *sbx, struct call *c, const struct sbx_http *http,
		  struct sbx_reply *rep)
{
	bool readable = read_request(c, http);

	c->traced = true;
	name_action(c, http);
	if (!check_caller(sbx, c, http, rep))
		return;
	if (!readable) {
		sbx_fail(&c->req, rep, 400, "MalformedQueryString",
			 "The query string contains a syntax error.");
		return;
	}
	if (!c->row) {
		refuse_action(c, rep);
		return;
	}
	if (intent_missing(sbx, c, rep))
		return;
	sbx_faults_take(sbx_faults(sbx), c->action, &c->fault);
	c->req.fault_state = c->fault.state;
	if (!sbx_fault_hold(sbx, c->action, &c->fault)) {
		rep->delivery = SBX_DROP;
		return;
	}
	if (c->fault.retry_after)
		sbx_reply_header(rep, "x-amz-retry-after", "%s", c->fault.retry_after);
	if (fails_before(c, rep) || !read_args(c, rep) || !is_allowed(sbx, c, rep) ||
	    is_dry_run(c, rep))
		return;
	act(sbx, c, rep);
	fails_after(c, rep);
}

static void trace(struct sbx *sbx, const struct call *c, const struct sbx_http *http,
		  const struct sbx_reply *rep)
{
	struct sbx_trace_entry entry = {
		.utc_ms = clock_utc_ms(),
		.service = c->service,
		.region = c->region,
		.action = c->action,
		.code = rep->code,
		.key_id = c->claim.key_id,
		.status = rep->delivery == SBX_ANSWER ? (rep->status ? rep->status : 200) : 0,
		.connection = http->connection,
	};

	sbx_trace_add(sbx_trace(sbx), &entry);
}

/* Asked by its own address.  By any other name the path is S3's: a key may be called so. */
static bool is_admin(const struct sbx_http *http)
{
	const char *host = sbx_pairs_get(http->headers, "host");

	return text_starts_with(http->target, "/_sandbox/") &&
	       (!host || text_starts_with(host, "127.") || text_starts_with(host, "[::1]") ||
		text_starts_with(host, "localhost"));
}

void sbx_answer(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	struct call c = { .caller.why = BUF_INIT };
	int64_t late_ms = sbx_latency_ms(sbx);

	if (is_admin(http)) {
		autofree char *path = xstrndup(http->target, strcspn(http->target, "?"));

		sbx_admin(sbx, http, path, rep);
		return;
	}
	serve(sbx, &c, http, rep);
	if (!rep->content_type)
		rep->content_type = sbx_content_type(c.service);
	sbx_reply_header(rep, "x-amzn-RequestId", "%s", c.request_id);
	if (!strcmp(c.service, "s3")) {
		sbx_reply_header(rep, "x-amz-request-id", "%s", c.request_id);
		sbx_reply_header(rep, "x-amz-id-2", "%s", c.request_id);
	}
	trace(sbx, &c, http, rep);
	late_ms += c.fault.slow_ms;
	if (late_ms > 0 && !sbx_pause(sbx, late_ms))
		rep->delivery = SBX_DROP;
	call_clear(&c);
}
