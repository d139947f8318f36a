/* SPDX-License-Identifier: Apache-2.0 */
/* Moving a stack from or to a bucket, run by run. */

#include "runbook/record/stack_s3_int.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "runbook/record/home_log.h"

struct rb_error *stack_s3_runs(struct stack *st, struct strv *ret)
{
	struct stack_s3 *s3 = st->s3;
	autofree char *prefix = home_s3_key(s3->home, st->name, "run/");
	struct rb_error *err = NULL;
	auto_strv keys = { 0 };
	struct buf *texts;

	TRY(s3_list_keys(s3->home->client, s3->home->place.bucket, prefix, NULL, NULL, &keys));
	texts = xcalloc(keys.n + 1, sizeof(*texts));
	for (size_t i = 0; i < keys.n; i++)
		buf_init(&texts[i]);
	err = home_s3_read_all(s3->home, &keys, texts);
	for (size_t i = 0; i < keys.n; i++) {
		json_t *o = err ? NULL : json_loadb(texts[i].p, texts[i].n, 0, NULL);
		const char *run = json_string_value(json_object_get(o, "run"));

		if (run)
			strv_add(ret, run);
		json_decref(o);
		buf_clear(&texts[i]);
	}
	free(texts);
	return err;
}

struct rb_error *stack_s3_run_text(struct stack *st, const char *run, struct buf *ret)
{
	struct home_log_end end;

	return home_log_read(st->s3->home, st->name, run, ret, &end);
}

struct rb_error *stack_s3_import_run(struct stack *st, const char *run, bool current,
				     const char *identity, const struct buf *text)
{
	struct home_log_end end;
	auto_buf none = BUF_INIT;

	(void)current; /* the last one is */
	TRY(stack_s3_write_identity(st, identity, strlen(identity)));
	TRY(home_log_read(st->s3->home, st->name, run, &none, &end));
	return home_log_append(&st->s3->lease, run, &end, text, NULL);
}

struct rb_error *stack_s3_mark_moved(struct stack *st, const char *to)
{
	return home_lease_mark_moved(&st->s3->lease, to);
}

struct rb_error *stack_s3_find_moved(const struct stack *st, char **ret_to)
{
	*ret_to = NULL;
	if (!st->s3 || !st->s3->home || st->offline)
		return NULL;
	return home_lease_find_moved(st->s3->home, st->name, ret_to);
}
