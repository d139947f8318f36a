/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook export terraform`: reads what is there, writes the files, and notes the hand-over. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/command.h"
#include "runbook/cli/export.h"
#include "runbook/cli/world.h"
#include "runbook/export/tf_write.h"
#include "runbook/ui/lang.h"

enum { FILE_MODE = 0644, FILE_MAX_BYTES = 1 << 20 };

/* An account that is none, where a name would be made of it. */
#define NO_ACCOUNT "000000000000"

/* ---- files ------------------------------------------------------------------- */

struct exported {
	char *dir;
	struct strv written; /* paths */
};

static void exported_clear(struct exported *e)
{
	free(e->dir);
	strv_clear(&e->written);
}

static struct rb_error *find_dir(const struct cli *cli, char **ret)
{
	autofree char *dir = NULL;

	if (cli->out_file)
		TRY(file_expand_home(cli->out_file, &dir));
	else
		dir = xasprintf("terraform-%s", cli_stack_name(cli));
	if (mkdir(dir, 0777) && errno != EEXIST)
		return rb_error_sys(errno, "cannot make the folder '%s'", dir);
	*ret = steal_str(&dir);
	return NULL;
}

/* What is there by that name has to be from an earlier export. */
static struct rb_error *check_ours(const char *path, bool *ret_there)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err = file_read(path, FILE_MAX_BYTES, &text);

	*ret_there = !rb_error_is(err, RB_GONE);
	if (!*ret_there)
		return rb_error_free(err);
	TRY(err);
	if (text_starts_with(text.p, TF_FIRST_LINE "\n"))
		return NULL;
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "cannot write '%s'", path),
					  "it is there, and not from an earlier export"),
			     "name another folder with -o");
}

/* A file that this export does not have goes. */
static struct rb_error *put_file(struct exported *e, const char *name, const struct buf *raw)
{
	auto_buf aligned = BUF_INIT;
	const struct buf *text = raw;
	autofree char *path = file_join(e->dir, name);
	bool is_file, there;

	TRY(check_ours(path, &there));
	if (text_ends_with(name, ".tf")) {
		hcl_align(raw->p, &aligned);
		text = &aligned;
	}
	if (!text->n) {
		if (there && unlink(path))
			return rb_error_sys(errno, "cannot remove '%s'", path);
		return NULL;
	}
	TRY(file_write_output(path, text->p, text->n, FILE_MODE, &is_file));
	strv_add(&e->written, path);
	return NULL;
}

static struct rb_error *put_files(struct exported *e, struct tf_world *w)
{
	auto_buf main = BUF_INIT, imports = BUF_INIT, providers = BUF_INIT;
	auto_buf variables = BUF_INIT, readme = BUF_INIT;

	tf_write_main(w, &main);
	tf_write_imports(w, &imports);
	tf_write_providers(w, &providers);
	tf_write_variables(w, &variables);
	tf_write_readme(w, &readme);
	TRY(put_file(e, "providers.tf", &providers));
	TRY(put_file(e, "variables.tf", &variables));
	TRY(put_file(e, "main.tf", &main));
	TRY(put_file(e, "imports.tf", &imports));
	return put_file(e, "README.md", &readme);
}

/* ---- what is told -------------------------------------------------------------- */

static bool is_left_out(const struct tf_item *item)
{
	return item->resource->kind->read && !item->written;
}

static struct rb_error *print_json(const struct cli *cli, const struct exported *e,
				   const struct tf_world *w)
{
	json_t *files = json_array(), *resources = json_array(), *left_out = json_array();

	for (size_t i = 0; i < e->written.n; i++)
		json_array_append_new(files, json_string(e->written.v[i]));
	for (size_t i = 0; i < w->n; i++) {
		const struct tf_item *item = &w->v[i];
		autofree char *address = tf_address(item);

		if (item->written && item->resource->kind->read)
			json_array_append_new(resources,
					      json_pack("{s:s, s:s, s:s?}", "address", address,
							"step", item->step->id, "id",
							w->live ? tf_import_id(item) : NULL));
		else if (is_left_out(item))
			json_array_append_new(left_out, json_pack("{s:s, s:s}", "address", address,
								  "step", item->step->id));
	}
	return cli_print_json(json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o}", "stack",
					cli_stack_name(cli), "run", w->run_id, "handed_over",
					(int)w->live, "rehearsal", (int)tf_is_rehearsal(w), "files",
					files, "resources", resources, "left_out", left_out));
}

static struct rb_error *tell(const struct cli *cli, const struct exported *e,
			     const struct tf_world *w)
{
	size_t left_out = 0;

	if (cli->json)
		return print_json(cli, e, w);
	for (size_t i = 0; i < e->written.n; i++)
		printf("%s\n", e->written.v[i]);
	TRY(cli_flush_stdout());
	for (size_t i = 0; i < w->n; i++)
		left_out += is_left_out(&w->v[i]);
	if (left_out)
		cli_say(cli,
			tr_n(left_out, "%zu resource is not in it: README.md says why",
			     "%zu resources are not in it: README.md says why"),
			left_out);
	if (tf_is_rehearsal(w))
		cli_say(cli, "%s", tf_rehearsal_text());
	if (w->live)
		cli_say(cli, tr("run %s is handed over to Terraform: undo stops there now"),
			w->run_id);
	return NULL;
}

/* ---- of a run --------------------------------------------------------------------- */

struct reading {
	struct command_ctx *ctx;
	struct tf_world *w;
	struct aws_client *clients[SIDES_MAX];
};

static struct aws_client *client_of(void *arg, int side)
{
	struct reading *r = arg;
	struct aws_client **c = &r->clients[side];

	if (!*c)
		*c = aws_client_new(r->ctx->aws.session,
				    params_region(&r->ctx->stack.state.params, side));
	return *c;
}

static struct rb_error *read_all(void *arg)
{
	struct reading *r = arg;

	return tf_world_read(r->w, client_of, r);
}

static struct rb_error *read_world(struct command_ctx *ctx, struct tf_world *w)
{
	struct reading r = { .ctx = ctx, .w = w };
	struct rb_error *err = engine_watch(&ctx->options, read_all, &r);

	for (size_t i = 0; i < SIDES_MAX; i++)
		aws_client_free(r.clients[i]);
	return err;
}

static struct rb_error *export_run(struct cli *cli)
{
	CLEANUP(exported_clear) struct exported e = { 0 };
	auto_command_ctx ctx;
	auto_tf_world w = { 0 };

	TRY(command_open(
		&ctx, cli, STACK_WRITE,
		rb_error_new(RB_USAGE, "there is no run in stack '%s'", cli_stack_name(cli))));
	TRY(world_check(cli, &ctx.stack));
	TRY(tf_world_init(&w, &ctx.stack.state, ctx.stack.name, NULL));
	TRY(command_connect(&ctx));
	TRY(read_world(&ctx, &w));
	TRY(find_dir(cli, &e.dir));
	TRY(put_files(&e, &w));
	TRY(stack_record(&ctx.stack,
			 json_pack("{s:s, s:s, s:s}", "type", "handed-over", "to", "terraform",
				   "folder", e.dir),
			 /* sync= */ true));
	return tell(cli, &e, &w);
}

/* ---- from nothing ------------------------------------------------------------------- */

/* Names as a run's that begins now. */
static struct rb_error *name_things(struct run_state *state, const char *stack, const char *run_id)
{
	TRY(params_begin(&state->params, stack, run_id, NO_ACCOUNT));
	for (size_t i = 0; i < state->params.n; i++)
		if (strstr(state->params.v[i], NO_ACCOUNT))
			return rb_error_hint(
				rb_error_new(RB_USAGE,
					     "%s has the account's number in it, which "
					     "is not known",
					     state->params.procedure->params[i]->name),
				"give it with --set");
	return NULL;
}

/* Another run's things would take the place of those that Terraform has made from here. */
static struct rb_error *check_no_state(const char *dir)
{
	autofree char *path = file_join(dir, "terraform.tfstate");

	if (!file_exists(path))
		return NULL;
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "cannot export into '%s'", dir),
					  "Terraform has its state there, of another run"),
			     "name another folder with -o");
}

static struct rb_error *export_parameters(struct cli *cli)
{
	CLEANUP(exported_clear) struct exported e = { 0 };
	autofree char *run_id = stack_new_run_id();
	auto_state state = { 0 };
	auto_tf_world w = { 0 };
	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	state_init(&state, all_procedures);
	export_take_parameters(cli, &st, &state);
	TRY(name_things(&state, cli_stack_name(cli), run_id));
	TRY(tf_world_init(&w, &state, cli_stack_name(cli), run_id));
	TRY(find_dir(cli, &e.dir));
	TRY(check_no_state(e.dir));
	TRY(put_files(&e, &w));
	return tell(cli, &e, &w);
}

struct rb_error *export_terraform(struct cli *cli)
{
	autofree char *home = NULL;
	auto_stack st;
	bool live;

	TRY(cli_home(cli, &home));
	TRY(stack_open(&st, home, cli_stack_name(cli), STACK_READ, all_procedures));
	live = stack_has_run(&st);
	return live ? export_run(cli) : export_parameters(cli);
}
