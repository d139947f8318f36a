/* SPDX-License-Identifier: Apache-2.0 */
/* See step_world.h. */
#include "tests/lib/step_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "net/loop.h"
#include "runbook/contract/procedure.h"
#include "sandbox/core/server.h"
#include "sandbox/core/store.h"
#include "tests/lib/temp.h"

/* A request for peering expires after a minute, which no machine is too busy for. */
#define SPEED 10000.0
enum { DEADLINE_MS = 20000 };

struct step_world sw;

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

void sw_begin(void)
{
	(void)setenv("RUNBOOK_FAULT_SYNCED", "journal.sync", 1);
}

int sw_setup(void **state)
{
	struct sbx_options options = { .speed = SPEED };
	const struct server_listen listen = { .address = "127.0.0.1" };
	char name[TEMP_MAX], url[64];

	(void)state;
	memset(&sw, 0, sizeof(sw));
	assert_true(temp_folder(name, "test_steps"));
	sw.dir = xstrdup(name);
	options.journal_path = sw.dir;
	sbx_client_start_with(&sw.c, &options);
	sw.c.host = "localhost:1"; /* answers to others are not what is tested here */
	sw.c.agent = "Boto3/1.26.27";
	well(server_start(sw.c.sbx, &listen, &sw.server));
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)server_port(sw.server));
	aws_world_start(&sw.aws, url, "us-east-1");
	aws_session_set_speed(sw.aws.session, SPEED);
	params_init(&sw.params, all_procedures[0]);
	well(params_finish(&sw.params));
	sw.run = (struct run){ .stack = &sw.stack, .session = sw.aws.session, .speed = SPEED };
	well(stack_open(&sw.stack, sw.dir, "s", STACK_WRITE, all_procedures));
	well(stack_begin_run(&sw.stack, SANDBOX_ACCOUNT, "aws", &sw.params));
	return 0;
}

int sw_teardown(void **state)
{
	autofree char *missing = file_join(sw.dir, "intents-missing");
	bool unannounced = file_exists(missing);

	(void)state;
	stack_close(&sw.stack);
	params_clear(&sw.params);
	aws_world_stop(&sw.aws);
	sbx_stop(sw.c.sbx);
	server_stop(sw.server);
	sbx_client_stop(&sw.c);
	well(file_remove_tree(sw.dir));
	free(sw.dir);
	assert_false(unannounced); /* a change without a synced intent of its own */
	return 0;
}

void sw_restart(void)
{
	stack_close(&sw.stack);
	well(stack_open(&sw.stack, sw.dir, "s", STACK_WRITE, all_procedures));
}

static const struct step *step_named(const char *id)
{
	const struct step_history *history = state_history(&sw.stack.state, id);

	assert_non_null(history);
	return history->step;
}

static void pause_ms(int64_t ms)
{
	well(loop_sleep(sw.aws.loop, ms));
}

static struct rb_error *one_pass(const char *step_id, enum phase phase, bool fresh, bool *ret_waits)
{
	struct step_ctx ctx;
	struct rb_error *err;

	step_ctx_init(&ctx, &sw.run, step_named(step_id), phase);
	ctx.fresh = fresh;
	err = step_ctx_call(&ctx);
	*ret_waits = step_waits(&ctx);
	step_ctx_clear(&ctx);
	return err;
}

struct rb_error *sw_pass(const char *step_id, enum phase phase, bool *ret_waits)
{
	return one_pass(step_id, phase, /* fresh= */ false, ret_waits);
}

struct rb_error *sw_first_do(const char *step_id, bool *ret_waits)
{
	return one_pass(step_id, PHASE_DO, /* fresh= */ true, ret_waits);
}

static struct rb_error *passes(const char *step_id, enum phase phase)
{
	int64_t until_ms = clock_mono_ms() + DEADLINE_MS;

	for (;;) {
		bool waits;

		TRY(sw_pass(step_id, phase, &waits));
		if (!waits)
			return NULL;
		if (clock_mono_ms() > until_ms)
			fail_msg("%s of %s waits for ever", phase_name(phase), step_id);
		pause_ms(2);
	}
}

struct rb_error *sw_do(const char *step_id)
{
	return passes(step_id, PHASE_DO);
}

struct rb_error *sw_undo(const char *step_id)
{
	return passes(step_id, PHASE_UNDO);
}

static char *differences(const struct step_ctx *ctx)
{
	struct buf out = BUF_INIT;
	size_t i;
	json_t *claim;

	json_array_foreach(ctx->claims, i, claim) {
		const char *name = "", *expected = "", *found = "";
		int agrees = 1;

		(void)json_unpack(claim, "{s:s, s:s, s:s, s:b}", "claim", &name, "expected",
				  &expected, "found", &found, "agrees", &agrees);
		if (!agrees)
			(void)buf_addf(&out, "%s: %s, %s\n", name, expected, found);
	}
	return buf_steal(&out);
}

enum verdict sw_verify(const char *step_id, char **ret_differ)
{
	int64_t until_ms = clock_mono_ms() + DEADLINE_MS;

	for (;;) {
		struct step_ctx ctx;
		enum verdict verdict;

		step_ctx_init(&ctx, &sw.run, step_named(step_id), PHASE_VERIFY);
		well(step_ctx_call(&ctx));
		verdict = step_ctx_verdict(&ctx);
		if (verdict != VERDICT_PENDING || clock_mono_ms() > until_ms) {
			if (ret_differ)
				*ret_differ = differences(&ctx);
			step_ctx_clear(&ctx);
			return verdict;
		}
		step_ctx_clear(&ctx);
		pause_ms(2);
	}
}

void sw_build(const char *last_step_id)
{
	const struct step *const *steps = all_procedures[0]->steps;

	for (size_t i = 0; steps[i]; i++) {
		autofree char *differ = NULL;
		enum verdict verdict;

		well(sw_do(steps[i]->id));
		verdict = sw_verify(steps[i]->id, &differ);
		if (verdict != VERDICT_HOLDS)
			fail_msg("step %s: %s\n%s", steps[i]->id, verdict_name(verdict), differ);
		if (strcmp(steps[i]->id, last_step_id) == 0)
			return;
	}
	fail_msg("no step %s", last_step_id);
}

void sw_make_up_to(const char *step_id)
{
	const struct step *const *steps = all_procedures[0]->steps;

	for (size_t i = 0; strcmp(steps[i]->id, step_id) != 0; i++)
		well(sw_do(steps[i]->id));
}

void sw_bend(const char *kind, const char *region, const char *id, const char *members)
{
	struct store *st = sbx_store(sw.c.sbx);
	json_t *doc, *changes = json_loads(members, 0, NULL);

	assert_non_null(changes);
	sbx_lock(sw.c.sbx);
	doc = store_get(st, kind, region, id);
	assert_non_null(doc);
	json_object_update(doc, changes);
	store_begin(st);
	store_put(st, kind, region, id, doc, /* now_ms= */ 1, /* lag_ms= */ 0);
	well(store_commit(st));
	sbx_unlock(sw.c.sbx);
	json_decref(doc);
	json_decref(changes);
}

void sw_record_output(const char *step_id, const char *name, const char *value)
{
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", step_id,
				    "name", name, "value", value),
			  true));
}

void sw_record_forget(const char *step_id, const char *name)
{
	well(stack_record(
		&sw.stack,
		json_pack("{s:s, s:s, s:s}", "type", "forget", "step", step_id, "name", name),
		true));
}

const char *sw_output(const char *step_id, const char *name)
{
	const char *value = history_output(state_history(&sw.stack.state, step_id), name);

	if (!value)
		fail_msg("step %s has no %s", step_id, name);
	return value;
}

void sw_other(const char *region, const char *service, const char *fmt, ...)
{
	autofree char *text = NULL;
	const char *code;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	sw.c.region = region;
	code = sbx_query_call(&sw.c, service, "%s", text);
	if (code)
		fail_msg("%s: %s\n%s", text, code, sw.c.rep.body.p);
}

void sw_other_s3(const char *method, const char *target, const char *body)
{
	autofree char *sum = NULL, *headers = NULL;
	unsigned char md[32];
	const char *code;

	text_sha256(body, strlen(body), md);
	sum = text_base64(md, sizeof(md));
	headers = xasprintf("x-amz-checksum-sha256: %s\n", sum);
	sw.c.region = "us-east-1";
	code = sbx_s3_call(&sw.c, method, target, *body ? headers : "", body, strlen(body));
	if (code)
		fail_msg("%s %s: %s\n%s", method, target, code, sw.c.rep.body.p);
}

size_t sw_calls(const char *action)
{
	json_t *list = trace_list(sbx_trace(sw.c.sbx));
	size_t i, n = 0;
	json_t *call;

	json_array_foreach(list, i, call) {
		const char *name = json_string_value(json_object_get(call, "action"));

		/* `c` has connection 1, which the server numbers as well: so its calls are made
		 * before sw_forget_calls */
		n += name && strcmp(name, action) == 0;
	}
	json_decref(list);
	return n;
}

void sw_forget_calls(void)
{
	trace_clear(sbx_trace(sw.c.sbx));
}

size_t sw_alive(const char *kind)
{
	struct buf body = BUF_INIT;
	struct sbx_pairs none = { 0 };
	struct sbx_reply rep = { .body = BUF_INIT };
	struct sbx_http http = {
		.method = "GET", .target = "/_sandbox/world", .headers = &none, .body = &body
	};
	json_t *world, *list;
	const char *region;
	size_t n = 0, i;
	json_t *thing;

	sbx_answer(sw.c.sbx, &http, &rep);
	world = json_loads(rep.body.p, 0, NULL);
	assert_non_null(world);
	json_object_foreach(json_object_get(world, kind), region, list)
		json_array_foreach(list, i, thing)
			n += !json_is_false(json_object_get(thing, "live"));
	json_decref(world);
	sbx_reply_clear(&rep);
	return n;
}
