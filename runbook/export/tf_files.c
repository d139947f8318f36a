/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a configuration for Terraform. */
#include "runbook/export/tf_write.h"

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/run_names.h"
#include "runbook/ui/lang.h"

static void begin_file(struct buf *out)
{
	(void)buf_addf(out, "%s\n", TF_FIRST_LINE);
}

bool tf_is_rehearsal(const struct tf_world *w)
{
	return w->live && w->state->rehearsal;
}

const char *tf_rehearsal_text(void)
{
	return tr("The run is a rehearsal, in the sandbox: its ids do not exist on AWS, and with "
		  "an account's credentials the plan finds nothing to import. For an account, "
		  "export a run that was made there, or from a stack without a run.");
}

void tf_write_main(struct tf_world *w, struct buf *out)
{
	const struct step *step = NULL;

	begin_file(out);
	for (size_t i = 0; i < w->n; i++) {
		const struct tf_item *item = &w->v[i];

		if (!item->written)
			continue;
		if (item->step != step) {
			step = item->step;
			autofree char *heading =
				xasprintf("---- %s  %s", step->id, step_title(step));

			(void)buf_addc(out, '\n');
			hcl_comment(heading, "", out);
			if (step->why)
				hcl_comment(tr(step->why), "", out);
		}
		tf_write_resource(w, item, out);
	}
}

void tf_write_imports(const struct tf_world *w, struct buf *out)
{
	if (!w->live)
		return;
	begin_file(out);
	for (size_t i = 0; i < w->n; i++) {
		const struct tf_item *item = &w->v[i];
		autofree char *address = tf_address(item);

		if (!item->written)
			continue;
		(void)buf_addf(out,
			       "\nimport {\n  provider = aws.%s\n  to       = %s\n  id       = ",
			       tf_side_name(w, item), address);
		hcl_quote(tf_import_id(item), out);
		(void)buf_adds(out, "\n}\n");
	}
}

void tf_write_providers(struct tf_world *w, struct buf *out)
{
	begin_file(out);
	if (tf_is_rehearsal(w)) {
		(void)buf_addc(out, '\n');
		hcl_comment(tf_rehearsal_text(), "", out);
	}
	(void)buf_adds(out, "\nterraform {\n"
			    "  required_version = \">= 1.5\" # import blocks\n"
			    "  required_providers {\n"
			    "    aws = {\n"
			    "      source  = \"hashicorp/aws\"\n"
			    "      version = \">= 5.100, < 7\"\n"
			    "    }\n"
			    "  }\n"
			    "}\n");
	for (const struct procedure_side *s = w->state->procedure->sides; s->name; s++) {
		autofree char *variable = hcl_name(s->region);

		strv_add_once(&w->variables, s->region);
		(void)buf_addf(out,
			       "\nprovider \"aws\" {\n  alias  = \"%s\"\n  region = var.%s\n}\n",
			       s->name, variable);
	}
}

static void write_variable(const char *name, const char *about, const char *value, struct buf *out)
{
	(void)buf_addf(out, "\nvariable \"%s\" {\n  description = ", name);
	hcl_quote(about, out);
	(void)buf_adds(out, "\n  type        = string\n  default     = ");
	hcl_quote(value, out);
	(void)buf_adds(out, "\n}\n");
}

/* What all things carry; the rest is each one's. */
static void write_locals(const struct tf_world *w, struct buf *out)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };

	run_tags(&w->state->params, w->stack, w->run_id, w->state->expires, "", "", &tags);
	(void)buf_adds(out, "\nlocals {\n  tags = {\n");
	for (size_t i = 0; i < tags.n; i++) {
		if (tf_is_own_tag(tags.v[i].key))
			continue;
		tf_indent(2, out);
		hcl_key(tags.v[i].key, out);
		(void)buf_adds(out, " = ");
		if (text_eq(tags.v[i].key, "runbook:run"))
			(void)buf_adds(out, "var.run");
		else
			hcl_quote(tags.v[i].value, out);
		(void)buf_addc(out, '\n');
	}
	(void)buf_adds(out, "  }\n}\n");
}

void tf_write_variables(const struct tf_world *w, struct buf *out)
{
	const struct params *params = &w->state->params;

	begin_file(out);
	write_variable("run", tr("the id of the run, by which its tags tell it from others"),
		       w->run_id, out);
	for (size_t i = 0; i < params->n; i++) {
		const struct param *row = params->procedure->params[i];
		autofree char *name = hcl_name(row->name);

		if (strv_has(&w->variables, row->name))
			write_variable(name, tr(row->help), params->v[i], out);
	}
	write_locals(w, out);
}
