/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters from a configuration file. */
#include "runbook/record/params_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/params.h"

static struct rb_error *load_value(struct params *p, const char *name, const json_t *value,
				   const char *path)
{
	if (json_is_string(value))
		return params_set(p, name, json_string_value(value), path);
	if (json_is_integer(value)) {
		autofree char *text = xasprintf("%lld", (long long)json_integer_value(value));

		return params_set(p, name, text, path);
	}
	if (!params_row(p, name) && !params_family(p, name))
		return params_unknown(p, name, path);
	return rb_error_why(rb_error_new(RB_USAGE, "cannot use %s from '%s'", name, path),
			    "its value is neither a string nor a whole number");
}

struct rb_error *params_load(struct params *p, const char *path)
{
	auto_buf text = BUF_INIT;
	json_error_t jerr;
	json_t *root, *value, *inner;
	const char *key, *sub;
	struct rb_error *err;

	TRY(file_read_input(path, 1024 * 1024, &text));
	root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &jerr);
	if (!root) {
		autofree char *why = text_printable(jerr.text, strlen(jerr.text), 200);

		return rb_error_why(
			rb_error_new(RB_USAGE, "cannot use the configuration '%s'", path),
			"line %d: %s", jerr.line, why);
	}
	err = json_is_object(root)
		      ? NULL
		      : rb_error_why(
				rb_error_new(RB_USAGE, "cannot use the configuration '%s'", path),
				"it is no JSON object");
	json_object_foreach(root, key, value) {
		if (err)
			break;
		if (!json_is_object(value)) {
			err = load_value(p, key, value, path);
			continue;
		}
		json_object_foreach(value, sub, inner) {
			autofree char *name = xasprintf("%s.%s", key, sub);

			if (!err)
				err = load_value(p, name, inner, path);
		}
	}
	json_decref(root);
	return err;
}
