/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook procedures`: which there are, the default first, and how to choose between them. */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/procedure_facts.h"

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

static bool has_param(const struct procedure *procedure, const char *pair)
{
	size_t n = strcspn(pair, "=");

	for (const struct param *const *p = procedure->params; *p; p++) {
		size_t k = strlen((*p)->name);
		bool is_family = (*p)->name[k - 1] == '.';

		if ((is_family ? n > k : n == k) && !strncmp((*p)->name, pair, k))
			return true;
	}
	return false;
}

/* Each --set is a parameter of some procedure. */
static struct rb_error *check_sets(struct cli *cli)
{
	for (size_t i = 0; i < cli->sets.n; i++) {
		bool found = false;

		for (const struct procedure *const *p = all_procedures; *p; p++)
			found = found || has_param(*p, cli->sets.v[i]);
		if (!found)
			TRY(params_set_pair(&cli->params, cli->sets.v[i])); /* says what is near */
	}
	return NULL;
}

/* The facts of one, with the parameters that were given where they are its own. */
static struct rb_error *take_facts(const struct cli *cli, const struct procedure *procedure,
				   struct procedure_facts *ret)
{
	auto_state state;

	state_init(&state, all_procedures);
	state_choose(&state, procedure);
	for (size_t i = 0; i < cli->sets.n; i++)
		if (has_param(procedure, cli->sets.v[i]))
			TRY(params_set_pair(&state.params, cli->sets.v[i]));
	TRY(params_finish(&state.params));
	procedure_facts_of(&state, ret);
	return NULL;
}

struct rb_error *cmd_procedures(struct cli *cli, int *status)
{
	size_t n = 0;

	(void)status;
	TRY(check_sets(cli));
	while (all_procedures[n])
		n++;

	autofree struct procedure_facts *facts = xcalloc(n, sizeof(*facts));
	json_t *list;

	for (size_t i = 0; i < n; i++)
		TRY(take_facts(cli, all_procedures[i], &facts[i]));
	if (!cli->json) {
		procedure_facts_print(facts, n);
		return NULL;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, procedure_facts_json(&facts[i]));
	return cli_print_json(json_pack("{s:o}", "procedures", list));
}
