/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a run as one document. */
#include "runbook/report/facts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/bill.h"
#include "runbook/report/console.h"
#include "runbook/report/verdict.h"

static json_t *list_of(const struct strv *items)
{
	json_t *list = json_array();

	for (size_t i = 0; i < items->n; i++)
		json_array_append_new(list, json_string(items->v[i]));
	return list;
}

static json_t *time_json(int64_t at_ms)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso8601(at_ms / 1000, at);
	return json_string(at);
}

/* ---- a step -------------------------------------------------------------- */

static json_t *evidence_json(const struct step_history *history)
{
	const json_t *rec = history->evidence;

	if (!rec)
		return json_null();
	return json_pack("{s:o, s:O?, s:O*, s:O?}", "at",
			 time_json(json_integer_value(json_object_get(rec, "at_ms"))), "verdict",
			 json_object_get(rec, "verdict"), "missing",
			 json_object_get(rec, "missing"), "claims", json_object_get(rec, "claims"));
}

static const char *region_of(const struct run_state *st, const struct step *step)
{
	return step->side == SIDE_LOCAL ? NULL : params_region(&st->params, step->side);
}

/* Of what is recorded, and of what was. */
static json_t *console_json(const struct run_state *st, const struct step_history *history)
{
	const char *region = region_of(st, history->step);
	json_t *console = json_object();

	for (size_t i = 0; i < history->n_outputs; i++) {
		const struct history_output *o = &history->outputs[i];
		autofree char *url = console_url(st->partition, region, o->name,
						 o->value ? o->value : o->former);

		if (url)
			json_object_set_new(console, o->name, json_string(url));
	}
	return console;
}

static void add_step(json_t *step, const struct run_state *st, const struct step_history *history,
		     struct chronicle *chronicle)
{
	const char *region = region_of(st, history->step);
	int side = history->step->side;

	json_object_set_new(step, "why",
			    history->step->why ? json_string(history->step->why) : json_null());
	json_object_set_new(
		step, "side",
		json_string(side == SIDE_LOCAL ? "local" : st->procedure->sides[side].name));
	json_object_set_new(step, "region", region ? json_string(region) : json_null());
	json_object_set_new(step, "usual_s", json_integer(history->step->usual_s));
	json_object_set_new(step, "console", console_json(st, history));
	json_object_set_new(step, "evidence", evidence_json(history));
	json_object_set_new(step, "notes", list_of(&history->notes));
	json_object_set_new(step, "kept", list_of(&history->kept));
	(void)json_object_update(step, chronicle_step(chronicle, history->step->id));
}

/* ---- the run ------------------------------------------------------------- */

static json_t *usd(long micros)
{
	return json_real((double)micros / 1e6);
}

/* What is billed now, thing by thing. */
static json_t *price_json(const struct run_state *st)
{
	struct bill bill = bill_of(st, clock_utc_ms());
	json_t *items = json_array();

	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		for (const struct step_price *p = history->step->prices; p && p->output; p++) {
			const struct history_output *row = history_output_row(history, p->output);
			long micros = bill_price(p, &st->params);

			if (!bill_stands(history, p))
				continue;
			json_array_append_new(items,
					      json_pack("{s:s, s:s, s:s, s:o, s:o}", "step",
							history->step->id, "output", p->output,
							"id", row->value, "usd_per_hour",
							micros < 0 ? json_null() : usd(micros),
							"since", time_json(row->at_ms)));
		}
	}
	return json_pack("{s:o, s:s, s:o}", "usd_per_hour",
			 bill.unknown ? json_null() : usd(bill.usd_micros), "list_prices_of",
			 BILL_PRICES_OF, "items", items);
}

static json_t *regions_json(const struct run_state *st)
{
	json_t *regions = json_array();

	for (int i = 0; i < SIDES_MAX && st->procedure->sides[i].name; i++)
		json_array_append_new(regions,
				      json_pack("{s:s, s:s}", "side", st->procedure->sides[i].name,
						"region", params_region(&st->params, i)));
	return regions;
}

/* Each of them once, in the order of the commands: who `key` was. */
static json_t *people_json(const json_t *commands, const char *key)
{
	json_t *people = json_array(), *command, *known;
	size_t i, k;

	json_array_foreach(commands, i, command) {
		json_t *who = json_object_get(command, key);
		bool is_known = !json_is_string(who);

		json_array_foreach(people, k, known)
			is_known |= json_equal(known, who);
		if (!is_known)
			json_array_append(people, who);
	}
	return people;
}

json_t *report_facts_of(const struct run_state *st, struct chronicle *chronicle)
{
	json_t *doc = state_to_json(st);
	json_t *steps = json_object_get(doc, "steps");

	for (size_t i = 0; i < st->n; i++)
		add_step(json_array_get(steps, i), st, &st->history[i], chronicle);
	json_object_set_new(doc, "report", json_integer(1));
	json_object_set_new(doc, "verdict", report_verdict_json(st));
	json_object_set_new(doc, "procedure", json_string(st->procedure->name));
	json_object_set_new(doc, "partition",
			    st->partition ? json_string(st->partition) : json_null());
	json_object_set_new(doc, "regions", regions_json(st));
	json_object_set_new(doc, "principals", people_json(chronicle->commands, "principal"));
	json_object_set_new(doc, "operators", people_json(chronicle->commands, "operator"));
	json_object_set_new(doc, "witnesses", people_json(chronicle->commands, "witness"));
	json_object_set_new(doc, "price", price_json(st));
	json_object_set(doc, "commands", chronicle->commands);
	json_object_set(doc, "sweeps", chronicle->sweeps);
	json_object_set_new(doc, "reported_at", time_json(clock_utc_ms()));
	json_object_set_new(doc, "created_at",
			    st->run_id ? time_json(st->created_ms) : json_null());
	json_object_set_new(doc, "program", json_string("runbook " RUNBOOK_VERSION));
	json_object_set_new(doc, "begun_by", st->version ? json_string(st->version) : json_null());
	json_object_set_new(doc, "expires_at",
			    st->expires ? json_string(st->expires) : json_null());
	json_object_set_new(doc, "recovered_at",
			    st->recovered_ms ? time_json(st->recovered_ms) : json_null());
	json_object_set_new(doc, "masked", json_false());
	json_object_set_new(doc, "journal", json_null());
	return doc;
}

/* The bytes as they are kept, which is what sha256sum reads. */
static struct rb_error *journal_json(const struct stack *st, const struct chronicle *chronicle,
				     json_t **ret)
{
	auto_buf text = BUF_INIT;
	autofree char *path = NULL;
	char sha256[65];
	struct rb_error *err = stack_journal_text(st, &text, &path);

	if (rb_error_is(err, RB_GONE)) { /* only run.json is left: the times are unknown */
		*ret = json_null();
		return rb_error_free(err);
	}
	TRY(err);
	text_sha256_hex(text.p, text.n, sha256);
	*ret = json_pack("{s:s, s:I, s:I, s:s, s:s}", "file", path, "bytes", (json_int_t)text.n,
			 "records", chronicle->records, "sha256", sha256, "last_sum",
			 chronicle->last_sum);
	return NULL;
}

struct rb_error *report_facts(const struct stack *st, json_t **ret)
{
	auto_chronicle chronicle;
	autofree char *moved_to = NULL;
	json_t *journal = NULL;

	chronicle_init(&chronicle);
	TRY(stack_find_moved(st, &moved_to));
	TRY(stack_read_journal(st, chronicle_record, &chronicle));
	chronicle_finish(&chronicle);
	TRY(journal_json(st, &chronicle, &journal));
	*ret = report_facts_of(&st->state, &chronicle);
	json_object_set_new(*ret, "journal", journal);
	if (moved_to) { /* what stands, and so what is billed, is known there */
		json_t *price = json_object_get(*ret, "price");

		json_object_set_new(*ret, "moved_to", json_string(moved_to));
		json_object_set_new(price, "usd_per_hour", json_null());
		json_object_set_new(price, "items", json_array());
	}
	return NULL;
}
