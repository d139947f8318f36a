/* SPDX-License-Identifier: Apache-2.0 */
/* The page beside the files: what to do with them, and what is not in them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/export/tf_write.h"
#include "runbook/ui/lang.h"

static void paragraph(const char *text, struct buf *out)
{
	(void)buf_addf(out, "%s\n\n", text);
}

static void commands(const char *const *list, struct buf *out)
{
	(void)buf_adds(out, "```sh\n");
	for (; *list; list++)
		(void)buf_addf(out, "%s\n", *list);
	(void)buf_adds(out, "```\n\n");
}

/* Why a resource of a run is not written; NULL: it is, or is none. */
static const char *reason(const struct tf_item *item)
{
	if (!item->resource->kind->read || item->written)
		return NULL;
	if (item->look.left_out)
		return tr(item->look.left_out);
	return item->id ? tr("it is not there") : tr("the run has not recorded it");
}

static void write_left_out(const struct tf_world *w, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; w->live && i < w->n; i++) {
		const char *why = reason(&w->v[i]);
		autofree char *address = tf_address(&w->v[i]);

		if (!why)
			continue;
		if (!any)
			paragraph(tr("Not in it, of what the steps make:"), out);
		any = true;
		(void)buf_addf(out, "- `%s` (%s): %s\n", address, w->v[i].step->id, why);
	}
	if (any)
		(void)buf_addc(out, '\n');
}

static void write_of_run(const struct tf_world *w, struct buf *out)
{
	const char *const import[] = { "terraform init", "terraform plan", "terraform apply",
				       NULL };
	const char *const destroy[] = { "terraform destroy", NULL };

	(void)buf_addf(out,
		       tr("The things of run %s of the stack %s, for Terraform to go on with."),
		       w->run_id, w->stack);
	(void)buf_adds(out, "\n\n");
	paragraph(
		tr("The plan imports them, and adds, changes and destroys nothing; the apply notes "
		   "them in Terraform's state. After that `imports.tf` may go."),
		out);
	commands(import, out);
	paragraph(
		tr("What has drifted stands as it is, with a comment that says what the step made: "
		   "put it right there, and apply."),
		out);
	paragraph(
		tr("What somebody has set since that this program never reads is not in it. Look at "
		   "the plan before the apply: were there such a thing, it would be a change there."),
		out);
	paragraph(
		tr("Objects in the bucket are not Terraform's: it deletes no bucket that holds one. "
		   "Delete them first:"),
		out);
	commands(destroy, out);
	paragraph(tr("The journal says that the run was handed over: `runbook undo` stops there, "
		     "unless it is given --handed-over. `runbook verify`, `connect` and `report` "
		     "work as before."),
		  out);
}

static void write_of_parameters(struct buf *out)
{
	const char *const list[] = { "terraform init", "terraform apply", NULL };
	const char *const destroy[] = { "terraform destroy", NULL };

	paragraph(
		tr("Builds from nothing what a run of this program would, with the tags of a run."),
		out);
	commands(list, out);
	paragraph(tr("For a second one, `run` and what has its name in it must be another: export "
		     "again. It is taken down by:"),
		  out);
	commands(destroy, out);
}

void tf_write_readme(const struct tf_world *w, struct buf *out)
{
	(void)buf_addf(out, "%s\n\n", TF_FIRST_LINE);
	(void)buf_addf(out, "## %s\n\n", tr(w->state->procedure->title));
	if (tf_is_rehearsal(w))
		paragraph(tf_rehearsal_text(), out);
	if (w->live)
		write_of_run(w, out);
	else
		write_of_parameters(out);
	write_left_out(w, out);
	paragraph(
		tr("What stays with runbook: the login to the instance and the upload, which prove "
		   "the path and make nothing that lasts."),
		out);
}
