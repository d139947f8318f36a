/* SPDX-License-Identifier: Apache-2.0 */
/* The report: what it says a run came to, that nothing of it becomes markup, and what is masked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/report/chronicle.h"
#include "runbook/report/console.h"
#include "runbook/report/diagram.h"
#include "runbook/report/facts.h"
#include "runbook/report/html.h"
#include "runbook/report/mask.h"
#include "runbook/report/page.h"
#include "runbook/report/verdict.h"
#include "runbook/ui/lang.h"

/* A run of the default procedure, told record by record. */
struct told {
	struct run_state st;
	struct chronicle chronicle;
	json_int_t at_ms;
};

#define HOSTILE "<script>alert(\"1\")</script>&'"

static void tell(struct told *t, json_t *rec)
{
	assert_non_null(rec);
	t->at_ms += 100;
	json_object_set_new(rec, "at_ms", json_integer(t->at_ms));
	assert_null(state_apply(&t->st, rec));
	assert_null(chronicle_record(&t->chronicle, rec));
	json_decref(rec);
}

static void begin(struct told *t)
{
	memset(t, 0, sizeof(*t));
	t->at_ms = INT64_C(1795458901000);
	state_init(&t->st, all_procedures);
	chronicle_init(&t->chronicle);
	tell(t,
	     json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:{s:s}, s:s}", "type", "run", "run",
		       "20261123-5f0c2a91", "procedure", "peering", "stack", "default", "account",
		       "111122223333", "partition", "aws", "created_ms", (json_int_t)t->at_ms,
		       "parameters", "source.region", "eu-west-1", "version", "1.0.0"));
	tell(t, json_pack("{s:s, s:s, s:s, s:s}", "type", "command", "command", "run", "version",
			  "1.0.0", "principal", "arn:aws:iam::111122223333:user/alice"));
}

static void end(struct told *t)
{
	chronicle_clear(&t->chronicle);
	state_clear(&t->st);
}

static void state_of(struct told *t, const char *step, const char *state)
{
	tell(t, json_pack("{s:s, s:s, s:s}", "type", "state", "step", step, "state", state));
}

static void output(struct told *t, const char *step, const char *name, const char *value)
{
	tell(t, json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", step, "name", name,
			  "value", value));
}

static void evidence(struct told *t, const char *step, const char *verdict, const char *found)
{
	tell(t, json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:b}], s:i}", "type", "evidence",
			  "step", step, "verdict", verdict, "claims", "claim", "vpc.state",
			  "expected", "available", "found", found, "agrees",
			  text_eq(found, "available"), "busy_ms", 30));
}

static void hold(struct told *t, const char *step)
{
	state_of(t, step, "doing");
	state_of(t, step, "made");
	evidence(t, step, "holds", "available");
	state_of(t, step, "held");
}

static void hold_all(struct told *t)
{
	for (size_t i = 0; i < t->st.n; i++)
		hold(t, t->st.history[i].step->id);
}

static void failure(struct told *t, const char *step, const char *why)
{
	tell(t,
	     json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "type", "error", "step", step, "phase",
		       "do", "error", "kind", "denied", "what", "cannot accept it", "why", why));
}

/* A run whose journal was lost: its first `n` steps were found again. */
static void recovered(struct told *t, size_t n)
{
	tell(t, json_pack("{s:s, s:{}}", "type", "recovered", "parameters"));
	for (size_t i = 0; i < n; i++)
		tell(t, json_pack("{s:s, s:s, s:s}", "type", "state", "step",
				  t->st.history[i].step->id, "state", "made"));
}

static void sweep(struct told *t, bool clean)
{
	json_t *left = json_array();

	if (!clean)
		json_array_append_new(left, json_pack("{s:s, s:s, s:s}", "kind", "bucket", "id",
						      "a-bucket", "region", "us-east-1"));
	tell(t, json_pack("{s:s, s:s}", "type", "command", "command", "undo"));
	tell(t, json_pack("{s:s, s:b, s:o, s:[]}", "type", "sweep", "clean", clean, "left", left,
			  "fading"));
}

/* An undo that was asked to come so far. */
static void undo_down_to(struct told *t, const char *step)
{
	tell(t, json_pack("{s:s, s:s, s:s}", "type", "command", "command", "undo", "to", step));
	for (size_t i = t->st.n; i-- > 0;) {
		const char *id = t->st.history[i].step->id;

		if (strcmp(id, step) < 0)
			continue;
		state_of(t, id, "undoing");
		state_of(t, id, "undone");
	}
}

static json_t *facts_of(struct told *t)
{
	chronicle_finish(&t->chronicle);
	return report_facts_of(&t->st, &t->chronicle);
}

static const char *page_of(json_t *facts, struct buf *out)
{
	buf_reset(out);
	report_to_html(facts, all_procedures[0], out);
	return out->p;
}

static void expect_verdict(struct told *t, const char *result, const char *first)
{
	json_t *verdict = report_verdict_json(&t->st);
	const json_t *steps = json_object_get(verdict, "steps");

	assert_string_equal(html_str(verdict, "result"), result);
	if (first)
		assert_string_equal(json_string_value(json_array_get(steps, 0)), first);
	else
		assert_int_equal(json_array_size(steps), 0);
	json_decref(verdict);
	end(t);
}

static void a_run_comes_to_one_of_nine_ends(void **state)
{
	struct told t;

	(void)state;
	begin(&t);
	hold_all(&t);
	expect_verdict(&t, "proven", NULL);

	begin(&t);
	hold(&t, "1-1");
	expect_verdict(&t, "half-done", "1-2");

	/* its things were found by tag, and that they are as they should be was not seen */
	begin(&t);
	recovered(&t, 2);
	expect_verdict(&t, "recovered", "1-1");

	begin(&t);
	recovered(&t, 2);
	hold(&t, "1-1");
	expect_verdict(&t, "recovered", "1-2");

	begin(&t);
	recovered(&t, 1);
	hold(&t, "1-1");
	expect_verdict(&t, "half-done", "1-2");

	begin(&t);
	hold(&t, "1-1");
	failure(&t, "1-2", "no");
	expect_verdict(&t, "failed", "1-2");

	begin(&t);
	hold_all(&t);
	evidence(&t, "2-1", "differs", "pending");
	expect_verdict(&t, "drifted", "2-1");

	begin(&t);
	hold_all(&t);
	tell(&t, json_pack("{s:s, s:s}", "type", "command", "command", "undo"));
	state_of(&t, "4-2", "undoing");
	state_of(&t, "4-2", "undone");
	expect_verdict(&t, "half-undone", "1-1");

	begin(&t);
	hold_all(&t);
	undo_down_to(&t, "4-1");
	expect_verdict(&t, "partly-undone", "4-1");

	/* what is built again is not there yet */
	begin(&t);
	hold_all(&t);
	undo_down_to(&t, "4-1");
	tell(&t, json_pack("{s:s, s:s}", "type", "command", "command", "run"));
	expect_verdict(&t, "half-done", "4-1");

	begin(&t);
	hold(&t, "1-1");
	state_of(&t, "1-1", "undone");
	sweep(&t, false);
	expect_verdict(&t, "left", NULL);

	begin(&t);
	hold(&t, "1-1");
	state_of(&t, "1-1", "undone");
	sweep(&t, true);
	expect_verdict(&t, "undone", NULL);
}

static const json_t *span_of(const json_t *facts, size_t step, size_t n)
{
	const json_t *one = json_array_get(json_object_get(facts, "steps"), step);

	return json_array_get(json_object_get(one, "timeline"), n);
}

static void the_timeline_tells_work_waiting_and_verify_apart(void **state)
{
	struct told t;
	json_t *facts;

	(void)state;
	begin(&t);		      /* at 901.100 and 901.200 */
	state_of(&t, "1-1", "doing"); /* .300 */
	tell(&t, json_pack("{s:s, s:s, s:s, s:i}", "type", "state", "step", "1-1", "state", "made",
			   "busy_ms", 40));	   /* .400 */
	evidence(&t, "1-1", "holds", "available"); /* .500 */
	state_of(&t, "1-1", "held");		   /* .600 */
	state_of(&t, "1-2", "doing");		   /* .700, and the program dies */
	tell(&t, json_pack("{s:s, s:s}", "type", "command", "command", "resume"));
	state_of(&t, "1-2", "doing");
	failure(&t, "1-2", "no");
	hold(&t, "1-2");
	facts = facts_of(&t);
	assert_string_equal(html_str(span_of(facts, 0, 0), "from"), "2026-11-23T18:35:01.300Z");
	assert_string_equal(html_str(span_of(facts, 0, 0), "made"), "2026-11-23T18:35:01.400Z");
	assert_string_equal(html_str(span_of(facts, 0, 0), "checked_from"),
			    "2026-11-23T18:35:01.470Z");
	assert_string_equal(html_str(span_of(facts, 0, 0), "until"), "2026-11-23T18:35:01.600Z");
	assert_string_equal(html_str(span_of(facts, 0, 0), "result"), "held");
	assert_int_equal(json_integer_value(json_object_get(span_of(facts, 0, 0), "busy_ms")), 40);
	assert_string_equal(html_str(span_of(facts, 1, 0), "result"), "interrupted");
	assert_string_equal(html_str(span_of(facts, 1, 0), "until"), "2026-11-23T18:35:01.700Z");
	assert_string_equal(html_str(span_of(facts, 1, 1), "result"), "failed");
	assert_string_equal(html_str(span_of(facts, 1, 2), "result"), "held");
	{ /* and what helped against the failure */
		const json_t *step = json_array_get(json_object_get(facts, "steps"), 1);
		const json_t *failure = json_array_get(json_object_get(step, "failures"), 0);

		assert_string_equal(html_str(json_object_get(failure, "overcome"), "command"),
				    "resume");
	}
	json_decref(facts);
	end(&t);
}

/* In all charts of a page; the number of labels. */
static size_t labels_apart(const char *page)
{
	static const char of_grid[] = "<text class=\"t-m\" x=\"";
	size_t n = 0;
	int free_x = 0, last_x = 0;

	for (const char *p = page; (p = strstr(p, of_grid)); p++) {
		char *end;
		int x = (int)strtol(p + sizeof(of_grid) - 1, &end, 10);
		autofree char *text = NULL;

		if (!text_starts_with(end, "\" y=\"20\">")) /* beside a bar */
			continue;
		end = strchr(end, '>') + 1;
		text = xstrndup(end, strcspn(end, "<"));
		assert_true(x < last_x ||
			    x >= free_x); /* another chart, or behind the one before */
		free_x = x + html_width(text, FACE_SANS) * 12 / 1000;
		last_x = x;
		n++;
	}
	return n;
}

static void the_times_of_a_chart_do_not_overlap(void **state)
{
	struct buf page = BUF_INIT;

	(void)state;
	assert_null(lang_choose(LANG_JA));
	for (int64_t pause_ms = 0; pause_ms < 3000; pause_ms += 50) {
		struct told t;
		json_t *facts;

		begin(&t);
		hold(&t, "1-1");
		t.at_ms += pause_ms;
		hold(&t, "1-2");
		facts = facts_of(&t);
		assert_non_null(strstr(page_of(facts, &page), "秒"));
		assert_in_range(labels_apart(page.p), 2, 40);
		json_decref(facts);
		end(&t);
	}
	assert_null(lang_choose(LANG_EN));
	buf_clear(&page);
}

static void an_answer_belongs_to_the_last_call_of_its_name(void **state)
{
	struct told t;
	json_t *facts;
	const json_t *calls;

	(void)state;
	begin(&t);
	for (int i = 0; i < 2; i++)
		tell(&t, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "intent", "step",
				   "4-2", "phase", i ? "verify" : "do", "service", "s3", "action",
				   "PutObject", "region", "us-east-1"));
	tell(&t, json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "outcome", "step", "4-2", "call",
			   "s3 PutObject", "result", "failed", "code", "AccessDenied"));
	facts = facts_of(&t);
	calls = json_object_get(json_array_get(json_object_get(facts, "steps"), t.st.n - 1),
				"calls");
	assert_string_equal(html_str(json_array_get(calls, 0), "result"), "unanswered");
	assert_string_equal(html_str(json_array_get(calls, 1), "code"), "AccessDenied");
	json_decref(facts);
	end(&t);
}

/* EC2 does not know a new instance profile at first: the call is asked again until it does. */
static void what_became_of_a_call_is_its_last_answer(void **state)
{
	static const char *const codes[] = { "InvalidParameterValue", NULL };
	struct told t;
	json_t *facts;
	const json_t *call;

	(void)state;
	begin(&t);
	tell(&t,
	     json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "intent", "step", "1-1", "phase",
		       "do", "service", "ec2", "action", "RunInstances", "region", "us-east-1"));
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		tell(&t, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "type", "outcome", "step", "1-1",
				   "call", "ec2 RunInstances", "result", codes[i] ? "failed" : "ok",
				   "code", codes[i]));
	facts = facts_of(&t);
	call = json_array_get(
		json_object_get(json_array_get(json_object_get(facts, "steps"), 0), "calls"), 0);
	assert_string_equal(html_str(call, "result"), "ok");
	assert_null(json_object_get(call, "code"));
	json_decref(facts);
	end(&t);
}

/* Of all that AWS or a user may have put there nothing is markup, and nothing is fetched. */
static void the_page_is_one_file_and_its_texts_are_texts(void **state)
{
	struct told t;
	auto_buf page = BUF_INIT;
	json_t *facts;
	const char *p;

	(void)state;
	begin(&t);
	hold_all(&t);
	output(&t, "1-1", "vpc_id", HOSTILE);
	output(&t, "2-4", "bucket", HOSTILE);
	output(&t, "1-4", "instance_id", "\"onload=\"alert(1)");
	evidence(&t, "2-1", "differs", HOSTILE);
	failure(&t, "3-3", HOSTILE);
	tell(&t, json_pack("{s:s, s:s, s:s}", "type", "note", "step", "1-1", "text", HOSTILE));
	facts = facts_of(&t);
	p = page_of(facts, &page);
	assert_null(strstr(p, "<script"));
	assert_null(strstr(p, "\"onload"));
	assert_non_null(strstr(p, "&lt;script&gt;"));
	assert_null(strstr(p, " src="));
	assert_null(strstr(p, "url("));
	assert_null(strstr(p, "@import"));
	for (const char *at = p; (at = strstr(at, "://")); at++) {
		bool is_console = strncmp(at, "://eu-west-1.console.aws.amazon.com/", 36) == 0 ||
				  strncmp(at, "://us-east-1.console.aws.amazon.com/", 36) == 0;

		if (!is_console && strncmp(at, "://www.w3.org/2000/svg", 22) != 0)
			fail_msg("an address: %.60s", at);
	}
	assert_true(page.n < 500 * 1000);
	json_decref(facts);
	end(&t);
}

static void what_is_wrong_is_said_in_the_diagram_too(void **state)
{
	struct told t;
	auto_buf out = BUF_INIT;
	json_t *facts;

	(void)state;
	begin(&t);
	hold(&t, "1-1");
	output(&t, "1-1", "vpc_id", "vpc-0123456789abcdef0");
	facts = facts_of(&t);
	diagram_svg(facts, all_procedures[0], DIAGRAM_WIDE, false, &out);
	assert_non_null(strstr(out.p, "vpc-0123456789abcdef0"));
	assert_non_null(strstr(out.p, "class=\"d-subnet d-planned\""));
	assert_non_null(strstr(out.p, "class=\"d-network\""));
	assert_non_null(strstr(out.p, "not tried yet"));
	buf_reset(&out); /* as it will be, nothing is missing */
	diagram_svg(facts, all_procedures[0], DIAGRAM_WIDE, true, &out);
	assert_null(strstr(out.p, "d-planned"));
	json_decref(facts);

	evidence(&t, "1-1", "differs", "pending");
	facts = facts_of(&t);
	buf_reset(&out);
	diagram_svg(facts, all_procedures[0], DIAGRAM_NARROW, false, &out);
	assert_non_null(strstr(out.p, "class=\"d-network d-wrong\""));
	assert_non_null(strstr(out.p, "vpc.state is pending, not available"));
	json_decref(facts);

	state_of(&t, "1-1", "undone");
	facts = facts_of(&t);
	buf_reset(&out);
	diagram_svg(facts, all_procedures[0], DIAGRAM_MEDIUM, false, &out);
	assert_non_null(strstr(out.p, "class=\"d-network d-gone\""));
	json_decref(facts);
	end(&t);
}

static void what_was_taken_down_is_no_more_to_come(void **state)
{
	struct told t;
	auto_buf out = BUF_INIT;
	json_t *facts;
	const char *p;

	(void)state;
	begin(&t);
	hold_all(&t);
	undo_down_to(&t, "3-1");
	facts = facts_of(&t);
	p = page_of(facts, &out);
	assert_non_null(strstr(p, "Taken down in part, at 2026-11-23"));
	assert_non_null(strstr(p, "3-1, 3-2, 3-3 and 3 more undone"));
	assert_non_null(strstr(p, "<p>taken down at 2026-11-23"));
	assert_non_null(strstr(p, "(removed)")); /* a route in a subnet that stands */
	assert_null(strstr(p, "not yet"));
	json_decref(facts);
	end(&t);
}

/* No record tells of the end: what the sum leaves out is said. */
static void an_interrupted_wait_is_told_as_not_known(void **state)
{
	struct told t;
	auto_buf out = BUF_INIT;
	json_t *facts;
	const json_t *commands;

	(void)state;
	begin(&t);
	hold(&t, "1-1");
	state_of(&t, "1-3", "doing"); /* at 901.700, and then nobody wrote any more */
	tell(&t, json_pack("{s:s, s:s}", "type", "command", "command", "resume"));
	hold(&t, "1-3");
	tell(&t, json_pack("{s:s, s:s}", "type", "command", "command", "resume"));
	state_of(&t, "2-1", "doing");
	state_of(&t, "2-2", "doing");
	failure(&t, "2-2", "no");
	facts = facts_of(&t);
	commands = json_object_get(facts, "commands");
	assert_true(json_is_true(json_object_get(json_array_get(commands, 0), "interrupted")));
	assert_null(json_object_get(json_array_get(commands, 1), "interrupted"));
	/* a failure ends what waits as well, and says so itself */
	assert_null(json_object_get(json_array_get(commands, 2), "interrupted"));
	assert_non_null(strstr(page_of(facts, &out), "was interrupted, or goes on: its last record "
						     "is of 2026-11-23"));
	json_decref(facts);
	end(&t);
}

static bool gives(const struct step *step, const char *output)
{
	for (const char *const *g = step->gives; g && *g; g++)
		if (text_eq(*g, output))
			return true;
	return false;
}

/* Every {place} of a text is a parameter of the procedure, or an output of one of its steps. */
static void check_places(const struct procedure *p, const char *step_id, const char *text)
{
	for (const char *at = text; at && (at = strchr(at, '{')); at++) {
		autofree char *place = xstrndup(at + 1, strcspn(at + 1, "}"));
		char *slash = strchr(place, '/');
		bool known = false;

		if (slash || !strchr(place, '.')) {
			const struct step *step;

			if (slash)
				*slash = '\0';
			step = procedure_step(p, slash ? place : step_id);
			known = step && gives(step, slash ? slash + 1 : place);
		} else {
			for (const struct param *const *row = p->params; *row; row++)
				known |= text_eq((*row)->name, place);
		}
		if (!known)
			fail_msg("%s: nobody knows '%s' of \"%s\"", p->name, place, text);
	}
}

static const struct diagram_box *box_named(const struct diagram *d, const char *name)
{
	for (const struct diagram_box *b = d->boxes; b->name; b++)
		if (text_eq(b->name, name))
			return b;
	return NULL;
}

static void a_diagram_names_only_what_its_procedure_has(void **state)
{
	size_t drawn = 0;

	(void)state;
	for (const struct procedure *const *p = all_procedures; *p; p++) {
		const struct diagram *d = (*p)->diagram;

		if (!d)
			continue;
		drawn++;
		check_places(*p, NULL, d->promise);
		for (const struct diagram_box *b = d->boxes; b->name; b++) {
			const struct step *step = procedure_step(*p, b->step);

			assert_ptr_equal(box_named(d, b->name), b);
			assert_true(!b->in || box_named(d, b->in) < b);
			assert_true(!b->step || step);
			assert_true(!b->output || gives(step, b->output));
			check_places(*p, b->step, b->title);
			for (const struct diagram_line *l = b->lines; l && l->text; l++)
				check_places(*p, l->step ? l->step : b->step, l->text);
		}
		for (const struct diagram_way *w = d->ways; w->step; w++) {
			assert_non_null(procedure_step(*p, w->step));
			assert_true(w->through[0] && w->through[1]);
			for (const char *const *name = w->through; *name; name++)
				assert_non_null(box_named(d, *name));
		}
	}
	assert_true(drawn >= 1);
}

static void proof(struct told *t, bool refused)
{
	for (int i = 0; i < 2; i++)
		tell(t, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "intent", "step", "4-2",
				  "phase", i ? "verify" : "do", "service", "s3", "action",
				  "PutObject", "region", "us-east-1"));
	tell(t, json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "outcome", "step", "4-2", "call",
			  "s3 PutObject", "result", "failed", "code", "AccessDenied"));
	tell(t,
	     json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:b}], s:i}", "type", "evidence", "step",
		       "4-2", "verdict", refused ? "holds" : "differs", "claims", "claim",
		       "PutObject by the public endpoint", "expected", "403 AccessDenied", "found",
		       refused ? "403 AccessDenied" : "200 OK", "agrees", refused, "busy_ms", 30));
}

/* Who reads "failed" and "unanswered" where all is well looks for a fault that is none. */
static void a_refusal_that_is_wanted_is_no_failure(void **state)
{
	(void)state;
	for (int refused = 0; refused < 2; refused++) {
		auto_buf page = BUF_INIT;
		struct told t;
		json_t *facts;
		const char *p;

		begin(&t);
		proof(&t, refused);
		facts = facts_of(&t);
		p = page_of(facts, &page);
		assert_int_equal(strstr(p, "refused, as it has to be: AccessDenied") != NULL,
				 refused);
		assert_int_equal(strstr(p, "sent by the instance; what it did") != NULL, refused);
		assert_int_equal(strstr(p, "failed AccessDenied") != NULL, !refused);
		json_decref(facts);
		end(&t);
	}
}

/* Settings come before tags, whatever their names are: the kind says which is which. */
static void tags_stand_below_settings(void **state)
{
	auto_buf page = BUF_INIT;
	struct told t;
	json_t *facts;
	const char *p, *tag, *setting;

	(void)state;
	begin(&t);
	tell(&t, json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:b, s:s}, {s:s, s:s, s:s, s:b}], "
			   "s:i}",
			   "type", "evidence", "step", "1-1", "verdict", "holds", "claims", "claim",
			   "vpc.label", "expected", "a", "found", "a", "agrees", 1, "kind", "tag",
			   "claim", "vpc.tag.setting", "expected", "b", "found", "b", "agrees", 1,
			   "busy_ms", 30));
	facts = facts_of(&t);
	p = page_of(facts, &page);
	tag = strstr(p, ">vpc.label<");
	setting = strstr(p, ">vpc.tag.setting<");
	assert_non_null(tag);
	assert_non_null(setting);
	assert_true(setting < tag);
	json_decref(facts);
	end(&t);
}

static void the_page_tells_who_did_which_command(void **state)
{
	auto_buf page = BUF_INIT;
	auto_buf past = BUF_INIT;
	struct told t;
	json_t *facts;
	const char *p;

	(void)state;
	begin(&t);
	hold_all(&t);
	tell(&t,
	     json_pack("{s:s, s:s, s:s}", "type", "command", "command", "run", "operator", "Ann"));
	facts = facts_of(&t);
	p = page_of(facts, &page);
	assert_non_null(strstr(p, "<dd>Ann</dd>"));
	assert_non_null(strstr(p, " reaches bucket "));
	json_decref(facts);
	tell(&t,
	     json_pack("{s:s, s:s, s:s}", "type", "command", "command", "undo", "operator", "Bob"));
	sweep(&t, /* clean= */ true);
	facts = facts_of(&t);
	p = page_of(facts, &past);
	assert_non_null(strstr(p, "<dd>Ann (run), Bob (undo)</dd>"));
	assert_non_null(strstr(p, "This was so until it was undone:"));
	assert_non_null(strstr(p, " reached bucket "));
	assert_null(strstr(p, " reaches bucket "));
	json_decref(facts);
	end(&t);
}

static void the_search_says_where_it_was(void **state)
{
	(void)state;
	for (int clean = 0; clean < 2; clean++) {
		auto_buf page = BUF_INIT;
		struct told t;
		json_t *facts;
		const char *p;

		begin(&t);
		sweep(&t, clean);
		facts = facts_of(&t);
		p = page_of(facts, &page);
		assert_non_null(strstr(p, "leftovers by tag and name in the run"));
		assert_null(strstr(p, "every region"));
		json_decref(facts);
		end(&t);
	}
}

static void a_rehearsal_claims_no_bill(void **state)
{
	(void)state;
	for (int rehearsal = 0; rehearsal < 2; rehearsal++) {
		auto_buf page = BUF_INIT;
		struct told t;
		json_t *facts;
		const char *p;

		begin(&t);
		output(&t, "2-3", "vpc_endpoint_id", "vpce-00112233445566778");
		t.st.rehearsal = rehearsal;
		facts = facts_of(&t);
		p = page_of(facts, &page);
		assert_int_equal(strstr(p, "Still billed") != NULL, !rehearsal);
		assert_int_equal(strstr(p, "Would be billed on an account") != NULL, rehearsal);
		json_decref(facts);
		end(&t);
	}
}

static void a_mask_hides_whose_it_is_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *masked;
	} cases[] = {
		{ "VPC vpc-0123456789abcdef0 and vpc-0fedcba9876543210", "VPC vpc-1 and vpc-2" },
		{ "vpc-0123456789abcdef0 again", "vpc-1 again" },
		{ "arn:aws:s3:::the-bucket/*", "arn:aws:s3:::bucket-1/*" },
		{ "{\"aws:sourceVpce\":\"vpce-00112233445566778\"}",
		  "{\"aws:sourceVpce\":\"vpce-1\"}" },
		{ "vpce-00112233445566778-0a1b2c3d.s3.us-east-1.vpce.amazonaws.com",
		  "vpce-1.s3.us-east-1.vpce.amazonaws.com" },
		{ "eice-00112233445566778.0a1b2c3d.ec2-instance-connect-endpoint.x",
		  "eice-1.ec2-instance-connect-endpoint.x" },
		{ "User: arn:aws:iam::111122223333:user/alice is not authorized",
		  "User: principal-1 is not authorized" },
		{ "arn:aws:sts::111122223333:assumed-role/Admin/bob", "principal-2" },
		{ "arn:aws:iam::aws:policy/AmazonS3FullAccess",
		  "arn:aws:iam::aws:policy/AmazonS3FullAccess" },
		{ "owner 111122223333, not 444455556666", "owner account-1, not account-2" },
		{ "runbook-20261123-5f0c2a91-s3", "runbook-run-1-s3" },
		{ "10.1.5.156 of 10.1.0.0/16", "10.1.5.156 of 10.1.0.0/16" },
		{ "from 203.0.113.7", "from address-1" },
		{ "AKIAIOSFODNN7EXAMPLE", "iam-1" },
		{ "43243ec2-5dff-4ef3-a4be-93542becb815", "request-1" },
		{ "us-east-1a, t3.micro, ec2-user", "us-east-1a, t3.micro, ec2-user" },
		{ "runbook-default-1-1-vpc, default", "runbook-default-1-1-vpc, default" },
		{ "s3://the-bucket/minutes.pdf", "s3://bucket-1/file-2" },
	};
	struct told t;
	json_t *facts, *notes;

	(void)state;
	begin(&t);
	output(&t, "2-4", "bucket", "the-bucket");
	output(&t, "4-2", "object_key", "minutes.pdf");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tell(&t, json_pack("{s:s, s:s, s:s}", "type", "note", "step", "1-1", "text",
				   cases[i].text));
	facts = facts_of(&t);
	report_mask(facts);
	notes = json_object_get(json_array_get(json_object_get(facts, "steps"), 0), "notes");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(json_string_value(json_array_get(notes, i)), cases[i].masked);
	assert_string_equal(html_str(facts, "account"), "account-1");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(facts, "principals"), 0)),
		"principal-1");
	assert_true(json_is_true(json_object_get(facts, "masked")));
	json_decref(facts);
	/* a stack that somebody named, also inside of the tags Name */
	tell(&t, json_pack("{s:s, s:s, s:s}", "type", "note", "step", "1-2", "text",
			   "runbook-acme-1-1-vpc of acme"));
	facts = facts_of(&t);
	json_object_set_new(facts, "stack", json_string("acme"));
	report_mask(facts);
	notes = json_object_get(json_array_get(json_object_get(facts, "steps"), 1), "notes");
	assert_string_equal(json_string_value(json_array_get(notes, 0)),
			    "runbook-stack-1-1-1-vpc of stack-1");
	json_decref(facts);
	end(&t);
}

static void each_partition_has_its_console(void **state)
{
	static const struct {
		const char *partition, *region, *output, *value, *url;
	} cases[] = {
		{ "aws", "eu-west-1", "vpc_id", "vpc-1",
		  "https://eu-west-1.console.aws.amazon.com/vpcconsole/home?region=eu-west-1"
		  "#VpcDetails:VpcId=vpc-1" },
		{ "aws-cn", "cn-north-1", "instance_id", "i-1",
		  "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"
		  "#InstanceDetails:instanceId=i-1" },
		{ "aws-us-gov", "us-gov-west-1", "bucket", "b\"<",
		  "https://us-gov-west-1.console.amazonaws-us-gov.com/s3/buckets/b%22%3C"
		  "?region=us-gov-west-1" },
		{ "aws-iso", "us-iso-east-1", "vpc_id", "vpc-1", NULL },
		{ "aws", "eu-west-1", "object_md5", "0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *url = console_url(cases[i].partition, cases[i].region,
						 cases[i].output, cases[i].value);

		if (cases[i].url)
			assert_string_equal(url, cases[i].url);
		else
			assert_null(url);
	}
}

static void no_line_is_wider_than_its_box(void **state)
{
	static const char *const texts[] = {
		"a few words that go on in the next line",
		"an-identifier-without-any-place-to-break-it-that-is-long",
		"接続先の承諾は許可されていません。もう一度、確認してください。",
		"S3 インターフェース VPC エンドポイント",
	};
	enum { WIDTH = 9000, MOST = 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_strv lines = { 0 };

		html_wrap(&lines, texts[i], FACE_BOLD, WIDTH, MOST);
		assert_in_range(lines.n, 2, MOST);
		for (size_t k = 0; k < lines.n; k++) {
			assert_true(html_width(lines.v[k], FACE_BOLD) <= WIDTH);
			assert_false(text_starts_with(lines.v[k], "、"));
			assert_false(text_starts_with(lines.v[k], " "));
		}
	}
	{
		auto_strv lines = { 0 };

		html_wrap(&lines, texts[1], FACE_MONO, WIDTH, 1);
		assert_int_equal(lines.n, 1);
		assert_true(text_ends_with(lines.v[0], "…"));
	}
}

/* What is printed on A4 between its margins: 182 mm, of which an inch has 96 pixels. */
static void assert_printed(const char *page, const char *picture)
{
	enum { PAPER = 182 * 960 / 254, FONT = 12, LEAST = 9 };
	const char *svg = strstr(page, picture);
	const char *width = svg ? strstr(svg, " width=\"") : NULL;

	if (!width)
		fail_msg("no %s", picture);
	else if (FONT * PAPER < LEAST * strtol(width + strlen(" width=\""), NULL, 10))
		fail_msg("%s is printed in less than %d pixels: %.12s", picture, LEAST, width);
	/* and no letter in a picture is smaller than that font */
	for (const char *p = page; (p = strstr(p, "font-size:")); p++) {
		char *unit;
		long size = strtol(p + strlen("font-size:"), &unit, 10);

		if (strncmp(unit, "px", 2) == 0)
			assert_true(size >= FONT);
	}
}

static void what_is_printed_can_be_read(void **state)
{
	auto_buf page = BUF_INIT;
	struct told t;
	json_t *facts;

	(void)state;
	begin(&t);
	hold_all(&t);
	facts = facts_of(&t);
	(void)page_of(facts, &page);
	assert_printed(page.p, " class=\"d d-medium\"");
	assert_printed(page.p, " class=\"t t-wide\"");
	for (size_t i = 0; all_procedures[i]; i++) { /* of each, as it will be */
		auto_buf picture = BUF_INIT;

		if (!all_procedures[i]->diagram)
			continue;
		diagram_svg(facts, all_procedures[i], DIAGRAM_MEDIUM, true, &picture);
		assert_printed(picture.p, " class=\"d d-medium\"");
	}
	json_decref(facts);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_comes_to_one_of_nine_ends),
		cmocka_unit_test(the_timeline_tells_work_waiting_and_verify_apart),
		cmocka_unit_test(the_times_of_a_chart_do_not_overlap),
		cmocka_unit_test(what_is_printed_can_be_read),
		cmocka_unit_test(an_answer_belongs_to_the_last_call_of_its_name),
		cmocka_unit_test(what_became_of_a_call_is_its_last_answer),
		cmocka_unit_test(the_page_is_one_file_and_its_texts_are_texts),
		cmocka_unit_test(what_was_taken_down_is_no_more_to_come),
		cmocka_unit_test(an_interrupted_wait_is_told_as_not_known),
		cmocka_unit_test(what_is_wrong_is_said_in_the_diagram_too),
		cmocka_unit_test(a_diagram_names_only_what_its_procedure_has),
		cmocka_unit_test(a_refusal_that_is_wanted_is_no_failure),
		cmocka_unit_test(the_page_tells_who_did_which_command),
		cmocka_unit_test(tags_stand_below_settings),
		cmocka_unit_test(the_search_says_where_it_was),
		cmocka_unit_test(a_rehearsal_claims_no_bill),
		cmocka_unit_test(a_mask_hides_whose_it_is_and_nothing_else),
		cmocka_unit_test(each_partition_has_its_console),
		cmocka_unit_test(no_line_is_wider_than_its_box),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
