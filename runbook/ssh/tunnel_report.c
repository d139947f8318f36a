/* SPDX-License-Identifier: Apache-2.0 */
/* A failed tunnel's report, written by one process and read by another. */
#include "runbook/ssh/tunnel_report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/file.h"
#include "base/text.h"

/* Under its own name at once: whoever removes the directory knows no other. */
static bool write_new(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct rb_error *err;

	if (fd < 0)
		return false;
	err = file_write_all(fd, text, strlen(text), /* point= */ NULL);
	if (!err)
		return true;
	(void)rb_error_free(err);
	return false;
}

/* As it is; JSON takes no text that is not UTF-8, as the name of a file may be. */
static json_t *as_text(const char *s)
{
	json_t *text = s ? json_string(s) : json_null();
	autofree char *safe = s && !text ? text_printable(s, strlen(s), 4000) : NULL;

	return safe ? json_string(safe) : text;
}

static json_t *next_to_json(const struct rb_error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < err->next_n; i++)
		json_array_append_new(list, json_pack("[i o]", (int)err->next[i].verb,
						      as_text(err->next[i].args)));
	return list;
}

static struct rb_error *next_from_json(struct rb_error *err, const json_t *list)
{
	const json_t *next;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, next) {
		json_int_t verb = json_integer_value(json_array_get(next, 0));

		if (verb > RB_NEXT_NONE && verb <= RB_NEXT_INSTALL)
			err = rb_error_next(err, (enum rb_next_verb)verb,
					    json_string_value(json_array_get(next, 1)));
	}
	return err;
}

bool tunnel_report_write(const struct rb_error *err)
{
	const char *path = getenv(TUNNEL_REPORT_ENV);
	bool written = false;
	json_t *json;
	char *text;

	if (!path || !*path || !err)
		return false;
	json = json_pack("{s:i s:o s:o s:o s:s? s:i s:o}", "kind", (int)err->kind, "what",
			 as_text(err->what), "why", as_text(err->why), "hint", as_text(err->hint),
			 "code", err->aws_code, "status", err->http_status, "next",
			 next_to_json(err));
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (text)
		written = write_new(path, text);
	free(text);
	json_decref(json);
	return written;
}

static void fill(struct rb_error *err, enum rb_field field, const json_t *text)
{
	if (json_is_string(text))
		rb_error_replace(err, field, "%-s", json_string_value(text));
}

struct rb_error *tunnel_report_parse(const char *text)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_int_t kind = json_integer_value(json_object_get(json, "kind"));
	const char *what = json_string_value(json_object_get(json, "what"));
	struct rb_error *err = NULL;

	if (what && kind >= 0 && kind <= RB_INTERRUPTED) {
		err = rb_error_new((enum rb_kind)kind, "%-s", what);
		fill(err, RB_WHY, json_object_get(json, "why"));
		fill(err, RB_HINT, json_object_get(json, "hint"));
		err->aws_code = xstrdup_or_null(json_string_value(json_object_get(json, "code")));
		err->http_status = (int)json_integer_value(json_object_get(json, "status"));
		err = next_from_json(err, json_object_get(json, "next"));
	}
	json_decref(json);
	return err;
}
