/* SPDX-License-Identifier: Apache-2.0 */
/* Whose run it is: the record that names it, read. */
#include "runbook/record/state_inner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "runbook/contract/params.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step_state.h"
#include "runbook/contract/way.h"
#include "runbook/record/params.h"
#include "runbook/record/state.h"

/* "this run needs the runbook that began it (1.2.0)": for what a later version added. */
struct rb_error *state_needs_version(const struct run_state *st, const char *what, const char *name)
{
	autofree char *shown = text_printable(name, strlen(name), 40);
	autofree char *version =
		text_printable(st->version ? st->version : "unknown",
			       st->version ? strlen(st->version) : strlen("unknown"), 40);
	struct rb_error *err = rb_error_new(RB_USAGE, "this runbook (%s) knows no %-s '%s'",
					    RUNBOOK_VERSION, what, shown);

	err = rb_error_why(err, "version %s of runbook began the run", version);
	return rb_error_hint(err, "use that version or a later one; nothing was touched");
}

/* Format 1 knew one procedure, and did not name it: the default of today. */
static struct rb_error *set_procedure(struct run_state *st, const char *name)
{
	const struct procedure *p = st->procedures[0];

	if (name)
		p = procedure_named(st->procedures, name);
	if (name && !p)
		return state_needs_version(st, N_("procedure"), name);
	if (p == st->procedure)
		return NULL;
	if (st->run_id)
		STATE_DAMAGED("it names the procedure '%s', but the run is of '%s'", p->name,
			      st->procedure->name);
	state_choose(st, p);
	return NULL;
}

struct rb_error *state_set_identity(struct run_state *st, const json_t *rec)
{
	const char *run = state_record_text(rec, "run"), *stack = state_record_text(rec, "stack");
	const char *account = state_record_text(rec, "account"),
		   *partition = state_record_text(rec, "partition");
	const json_t *params = json_object_get(rec, "parameters");

	if (!run || !*run || run[strspn(run, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !stack ||
	    !account || !partition || !json_is_object(params))
		STATE_DAMAGED(N_("it does not tell run, stack, account, partition and parameters"));
	if (st->run_id && !text_eq(st->run_id, run))
		STATE_DAMAGED("it belongs to run %.40s, not to run %s", run, st->run_id);
	set_str(&st->version, state_record_text(rec, "version"));
	TRY(set_procedure(st, state_record_text(rec, "procedure")));
	set_str(&st->run_id, run);
	set_str(&st->stack, stack);
	set_str(&st->account, account);
	/* Whoever serves it, this is an account of examples only. */
	st->rehearsal |= text_eq(account, SANDBOX_ACCOUNT);
	set_str(&st->partition, partition);
	st->created_ms = json_integer_value(json_object_get(rec, "created_ms"));
	return params_from_json(&st->params, params);
}
