/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.json: whose run a stack holds.
 *
 * {"format":1, identity..., "sum":"..."}; the sum is over all the rest.
 */
#include "runbook/record/stack_ops.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

static struct rb_error *identity_damaged(const char *path, const char *why)
{
	struct rb_error *err = rb_error_new(RB_DAMAGED, "'%s' is damaged", path);

	err = rb_error_why(err, "%-s", why);
	return rb_error_hint(err,
			     "nothing was touched; restore the file from a copy: it tells by which "
			     "tag the run's resources are found");
}

static void identity_sum(const json_t *identity, char out[65])
{
	char *text = json_dumps(identity, JSON_COMPACT | JSON_SORT_KEYS);

	if (!text)
		abort();
	text_sha256_hex(text, strlen(text), out);
	free(text);
}

struct rb_error *stack_read_identity(struct stack *st)
{
	autofree char *path = st->ops->identity_name(st);
	auto_buf text = BUF_INIT;
	struct rb_error *err = st->ops->read_identity(st, &text);
	autofree char *sum = NULL;
	char ours[65];
	json_t *o;

	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	TRY(err);
	o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	sum = xstrdup_or_null(json_string_value(json_object_get(o, "sum")));
	json_object_del(o, "sum");
	if (!o || !sum) {
		json_decref(o);
		return identity_damaged(path, N_("it is no record of a run"));
	}
	identity_sum(o, ours);
	if (strcmp(ours, sum) != 0)
		err = identity_damaged(path, N_("its checksum does not agree"));
	else if (!journal_knows_format(json_integer_value(json_object_get(o, "format"))))
		err = identity_damaged(path, N_("it has a format that this runbook does not know"));
	else
		err = state_set_identity(&st->state, o);
	json_decref(o);
	if (err && !err->what) {
		struct rb_error *named = identity_damaged(path, err->why ? err->why : "");

		(void)rb_error_free(err);
		err = named;
	}
	return err;
}

char *stack_identity_text(const struct run_state *state)
{
	json_t *o = state_identity(state);
	char sum[65];
	char *text;

	json_object_set_new(o, "format", json_integer(JOURNAL_FORMAT));
	identity_sum(o, sum);
	json_object_set_new(o, "sum", json_string(sum));
	text = json_dumps(o, JSON_INDENT(1));
	if (!text)
		abort();
	json_decref(o);
	return text;
}

struct rb_error *stack_write_identity(struct stack *st)
{
	autofree char *text = stack_identity_text(&st->state);

	return st->ops->write_identity(st, text, strlen(text));
}
