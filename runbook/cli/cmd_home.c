/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook home init URL` makes or checks a bucket for stacks; `runbook home copy FROM TO` moves
 * one. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/record/home_copy.h"
#include "runbook/record/home_init.h"
#include "runbook/ui/lang.h"

static const char *const finding_names[] = { "holds", "differs", "unknown" };

static json_t *findings_json(const struct home_findings *f)
{
	json_t *list = json_array();

	for (int i = 0; i < HOME_TRAITS_N; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s?}", "check",
						      home_trait_name((enum home_trait)i),
						      "verdict", finding_names[f->v[i]], "why",
						      f->why[i] ? f->why[i]->why : NULL));
	return json_pack("{s:s, s:s, s:b, s:o}", "bucket", f->bucket, "region", f->region, "made",
			 (int)f->made, "checks", list);
}

static void print_findings(const struct home_findings *f)
{
	static const char *const marks[] = { N_("ok"), N_("no"), N_("unknown") };

	(void)printf(f->made ? tr("bucket %s was made in %s\n") : tr("bucket %s is in %s\n"),
		     f->bucket, f->region);
	for (int i = 0; i < HOME_TRAITS_N; i++) {
		autofree char *why = f->why[i] ? tr_reason(f->why[i]) : NULL;

		(void)printf("  %s: %s%s%s\n", tr(home_trait_text((enum home_trait)i)),
			     tr(marks[f->v[i]]), why ? "; " : "", why ? why : "");
	}
}

static struct rb_error *init(const struct cli *cli, const char *home, int *status)
{
	auto_home_findings f = { 0 };
	size_t wrong = 0;

	TRY(home_init(home, &f));
	for (int i = 0; i < HOME_TRAITS_N; i++)
		wrong += f.v[i] != HOME_HOLDS;
	*status = wrong ? 3 : 0;
	if (cli->json)
		TRY(cli_print_json(findings_json(&f)));
	else
		print_findings(&f);
	if (f.v[HOME_CONDITIONS] == HOME_DIFFERS) {
		struct rb_error *err = f.why[HOME_CONDITIONS];

		f.why[HOME_CONDITIONS] = NULL;
		return err;
	}
	return NULL;
}

static struct rb_error *copy(const struct cli *cli, const char *given_from, const char *given_to)
{
	autofree char *from = NULL, *to = NULL;
	const char *name = cli_stack_name(cli);
	struct home_copied copied;

	TRY(file_expand_home(given_from, &from));
	TRY(file_expand_home(given_to, &to));
	TRY(home_copy_stack(from, to, name, all_procedures, &copied));
	if (cli->json)
		return cli_print_json(json_pack("{s:s, s:s, s:s, s:I, s:I}", "stack", name, "from",
						from, "to", to, "runs", (json_int_t)copied.runs,
						"records", (json_int_t)copied.records));
	(void)printf(tr_n(copied.runs,
			  "stack %s: %zu run with %zu records is in '%s' now, and was read there "
			  "again; what is in '%s' is marked as moved\n",
			  "stack %s: %zu runs with %zu records are in '%s' now, and were read "
			  "there again; what is in '%s' is marked as moved\n"),
		     name, copied.runs, copied.records, to, from);
	return NULL;
}

struct rb_error *cmd_home(struct cli *cli, int *status)
{
	const struct strv *words = &cli->operands;

	if (words->n == 2 && strcmp(words->v[0], "init") == 0)
		return init(cli, words->v[1], status);
	if (words->n == 3 && strcmp(words->v[0], "copy") == 0)
		return copy(cli, words->v[1], words->v[2]);
	return rb_error_hint(rb_error_new(RB_USAGE, "'home' is told what to do"),
			     "runbook home init s3://BUCKET/PREFIX, or runbook home copy FROM TO");
}
