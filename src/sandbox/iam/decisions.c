/* SPDX-License-Identifier: Apache-2.0 */
/* A file of decisions; see decisions.h.  One a process, as the sandbox is. */
#include "sandbox/iam/decisions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

static FILE *file;

struct rb_error *sbx_decisions_open(const char *path)
{
	file = fopen(path, "ae");
	return file ? NULL : rb_error_sys(errno, "cannot write '%s'", path);
}

void sbx_decisions_note(const struct policy_request *ask, bool allowed)
{
	json_t *context, *line, *values;
	autofree char *text = NULL;

	if (!file)
		return;
	context = json_object();
	for (size_t i = 0; i < ask->n_facts; i++) {
		if (!ask->facts[i].value)
			continue;
		values = json_object_get(context, ask->facts[i].key);
		if (!values) {
			values = json_array();
			json_object_set_new(context, ask->facts[i].key, values);
		}
		json_array_append_new(values, json_string(ask->facts[i].value));
	}
	line = json_pack("{s:s?, s:s, s:s, s:o, s:b}", "caller", ask->caller_arn, "action",
			 ask->action, "resource", ask->resource ? ask->resource : "*", "context",
			 context, "allowed", (int)allowed);
	text = json_dumps(line, JSON_COMPACT);
	json_decref(line);
	fprintf(file, "%s\n", text);
	(void)fflush(file);
}
