/* SPDX-License-Identifier: Apache-2.0 */
/* Which runs of the account `runbook recover` finds without their journals. */
#include "runbook/cli/recover_list.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { LOOK_AGAIN_MS = 4000, LOOK_FLOOR_MS = 20 };

static void clear_row(struct recover_row *row)
{
	if (row->recovery)
		recovery_clear(row->recovery);
	free(row->recovery);
	strv_clear(&row->procedures);
}

void recover_list_clear(struct recover_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		clear_row(&l->v[i]);
	free(l->v);
	found_runs_clear(&l->found);
	memset(l, 0, sizeof(*l));
}

/* A stack that was named has to be without a run; the default one may have another. */
bool recover_names_stack(const struct cli *cli)
{
	return cli->stack || cli->sandbox;
}

static bool is_meant(const struct cli *cli, const struct found_run *found)
{
	if (cli->run_id && !text_eq(cli->run_id, found->run_id))
		return false;
	/* what carries no such tag may be of any stack */
	return !recover_names_stack(cli) || !found->stack ||
	       text_eq(found->stack, cli_stack_name(cli));
}

const char *recover_stack_of(const struct cli *cli, const struct found_run *found)
{
	return found->stack ? found->stack : cli_stack_name(cli);
}

/* A procedure that does not know what was given is not meant. */
static bool is_of(struct cli *cli, const struct found_run *found, const struct procedure *procedure)
{
	struct rb_error *err = cli_use_procedure(cli, procedure);
	bool fits = !err && recover_fits(found, &cli->params);

	(void)rb_error_free(err);
	return fits;
}

/* The procedures that its things may be of, by steps and regions; the parameters are those of the
 * first. */
static struct rb_error *find_procedures(struct cli *cli, const struct procedure *asked,
					struct recover_row *row)
{
	for (const struct procedure *const *p = all_procedures; *p; p++)
		if ((!cli->procedure || *p == asked) && is_of(cli, row->found, *p))
			strv_add(&row->procedures, (*p)->name);
	return cli_use_procedure(
		cli,
		row->procedures.n ? procedure_named(all_procedures, row->procedures.v[0]) : asked);
}

static struct rb_error *read_run(struct command_ctx *ctx, struct recover_row *row)
{
	const struct cli *cli = ctx->cli;

	if (row->elsewhere || !row->procedures.n)
		return NULL;
	row->recovery = xcalloc(1, sizeof(*row->recovery));
	return recover_read_steps(&ctx->run, &ctx->options, row->found,
				  recover_stack_of(cli, row->found), ctx->aws.account,
				  aws_partition_of(params_region(&cli->params, 0))->id,
				  &cli->params, row->recovery);
}

/* What is dead stays listed for an hour. */
static bool is_over(const struct recover_row *row)
{
	return row->recovery && !row->recovery->n_standing && !row->recovery->candidates.n;
}

static struct rb_error *read_found(struct command_ctx *ctx, const struct procedure *asked,
				   const struct found_run *found, struct recover_list *list)
{
	struct recover_row row = { .found = found, .elsewhere = !found->here };
	struct rb_error *err = find_procedures(ctx->cli, asked, &row);

	if (!err)
		err = read_run(ctx, &row);
	list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
	list->v[list->n++] = row;
	if (err || is_over(&row))
		clear_row(&list->v[--list->n]);
	return err;
}

static struct rb_error *find_once(struct command_ctx *ctx, const struct procedure *asked,
				  struct recover_list *list)
{
	TRY(cli_use_procedure(ctx->cli, asked));
	TRY(recover_find(ctx->aws.session, &ctx->options, &ctx->cli->params, ctx->aws.account,
			 &list->found));
	for (size_t i = 0; i < list->found.n; i++)
		if (is_meant(ctx->cli, &list->found.v[i]))
			TRY(read_found(ctx, asked, &list->found.v[i], list));
	return NULL;
}

static struct rb_error *wait_a_little(void *arg)
{
	const struct command_ctx *ctx = arg;

	return loop_sleep(ctx->aws.loop, (int64_t)(LOOK_AGAIN_MS / ctx->run.speed) + LOOK_FLOOR_MS);
}

/* What was made a moment ago may not be listed yet: that there is none is believed only then. */
struct rb_error *recover_list_find(struct command_ctx *ctx, struct recover_list *list)
{
	const struct procedure *asked = ctx->cli->params.procedure;
	int64_t settled_ms = clock_mono_ms() + run_settle_ms(&ctx->run);

	for (;;) {
		TRY(find_once(ctx, asked, list));
		if (list->n || clock_mono_ms() >= settled_ms)
			return NULL;
		TRY(engine_watch(&ctx->options, wait_a_little, ctx));
		recover_list_clear(list);
	}
}
