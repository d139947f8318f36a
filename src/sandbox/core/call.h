/* SPDX-License-Identifier: Apache-2.0 */
/* One call on its way through the dispatcher, and the stations that it passes. */
#ifndef SANDBOX_CORE_CALL_H
#define SANDBOX_CORE_CALL_H

#include <stdbool.h>

#include "sandbox/core/auth.h"
#include "sandbox/core/inner.h"

/* Everything about one call, freed together. */
struct call {
	struct sbx_request req;
	struct claim claim;
	struct sbx_caller caller;
	struct sbx_fault fault;
	struct sbx_pairs query, params;
	char *path, *service, *region, *action, *host, *request_id, *bucket, *key;
	json_t *args, *json;
	const struct sbx_action *row;
	bool traced; /* an action was asked for, known or not */
};

/* ---- actions.c ---- */

/* The service's own static name, or NULL when there is none of this name. */
const char *service_named(const char *name);

/* What X-Amz-Target begins with for a JSON service; "" for any other.  Static. */
const char *service_target(const char *name);

/* The service that an unsigned request seems to be for, by its headers and its form. */
const char *service_guess(const struct call *c, const struct sbx_http *http);

/* NULL when the service has no such action. */
const struct sbx_action *action_find(const char *service, const char *action);

/* True for the services whose parameters are a form and whose answers are XML. */
bool service_is_query(const char *service);

/*
 * Fills all of the request but its caller and its action. False when its target or its
 * form is malformed.
 */
bool call_read(struct call *c, const struct sbx_http *http);

/*
 * Finds the action that the request asks for; `row` stays NULL when there is none of that
 * name.
 */
void call_name_action(struct call *c, const struct sbx_http *http);

/* Checks the signature. False when the call was refused; `rep` has the answer then. */
bool call_check_caller(struct sbx *sbx, struct call *c, const struct sbx_http *http,
		       struct sbx_reply *rep);

/* Takes one of EC2's tokens (--throttle). True when there is none, and the call ends here. */
bool call_is_throttled(struct sbx *sbx, const struct call *c, struct sbx_reply *rep);

/* Applies a fault that comes in place of the action. True when the call ends here. */
bool call_fault_before(const struct call *c, struct sbx_reply *rep);

/* Applies a fault that comes after the action. An error that the action gave by itself stays. */
void call_fault_after(const struct call *c, struct sbx_reply *rep);

/*
 * Uses up the intent of this try of the call. True when it had none; `rep` has the refusal
 * then.
 */
bool call_intent_missing(struct sbx *sbx, const struct call *c, struct sbx_reply *rep);

#endif
