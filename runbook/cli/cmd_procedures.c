/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook procedures`: which there are, the default first. */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

struct rb_error *cli_find_procedure(const char *name, const struct procedure **ret)
{
	const struct procedure *found = procedure_named(all_procedures, name);
	autofree char *shown = NULL;
	auto_strv names = { 0 };
	struct rb_error *err;
	const char *near;

	if (found) {
		*ret = found;
		return NULL;
	}
	for (const struct procedure *const *p = all_procedures; *p; p++)
		strv_add(&names, (*p)->name);
	shown = text_printable(name, strlen(name), 40);
	near = text_near(name, strv_list(&names));
	err = rb_error_new(RB_USAGE, "there is no procedure '%s'", shown);
	if (near)
		return rb_error_hint(err, "did you mean '%s'?", near);
	return rb_error_hint(err, "runbook procedures lists them");
}

struct rb_error *cmd_procedures(struct cli *cli, int *status)
{
	json_t *list = json_array();

	(void)status;
	for (const struct procedure *const *p = all_procedures; *p; p++) {
		if (!cli->json)
			row_text("%s  %s", (*p)->name, tr((*p)->title));
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "name", (*p)->name, "title", (*p)->title));
	}
	if (cli->json)
		return cli_print_json(json_pack("{s:o}", "procedures", list));
	json_decref(list);
	return NULL;
}
