/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a recording, which may come from anybody. */
#include "sandbox/compare/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum {
	VERSION = 1,
	MAX_BYTES = 256 << 20,
	MAX_LINE_BYTES = 32 << 20,
	MAX_EXCHANGES = 1000000,
};
#define MAX_MS (INT64_C(1000) * 86400 * 366) /* a year */

static struct rb_error *wrong(size_t line, const char *what)
{
	return rb_error_why(rb_error_new(RB_USAGE, "cannot read the recording"), "line %zu: %s",
			    line, what);
}

/* A number of milliseconds that can be worked with. */
static bool is_time(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) <= MAX_MS;
}

static bool is_word(const json_t *value)
{
	const char *s = json_string_value(value);

	return s && *s && strlen(s) <= 64 && strlen(s) == json_string_length(value) &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")];
}

/* NULL, or an object whose members are all strings. */
static bool is_strings(const json_t *value)
{
	const char *name;
	json_t *member;

	if (!value)
		return true;
	if (!json_is_object(value))
		return false;
	json_object_foreach((json_t *)value, name, member)
		if (!json_is_string(member))
			return false;
	return true;
}

/* The body's members: each NULL or of its type. */
static bool is_body(const json_t *m)
{
	const json_t *xml = json_object_get(m, "xml"), *bytes = json_object_get(m, "bytes");

	return (!xml || json_is_string(xml)) && (!bytes || json_is_integer(bytes)) &&
	       json_integer_value(bytes) >= 0 && json_integer_value(bytes) <= MAX_BYTES;
}

static const char *check_request(const json_t *request)
{
	const char *method = json_string_value(json_object_get(request, "method"));
	const char *path = json_string_value(json_object_get(request, "path"));

	if (!json_is_object(request))
		return "it has no 'request'";
	if (!method || !*method || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return "'request.method' is none";
	if (!path || *path != '/')
		return "'request.path' is none";
	if (!is_strings(json_object_get(request, "params")) ||
	    !is_strings(json_object_get(request, "query")) ||
	    !is_strings(json_object_get(request, "headers")))
		return "'request' holds something else than texts";
	return is_body(request) ? NULL : "the body of 'request' has a wrong type";
}

static const char *check_answer(const json_t *answer)
{
	const json_t *status = json_object_get(answer, "status");

	if (!json_is_object(answer))
		return "'answer' is no object";
	if (!json_is_integer(status) || json_integer_value(status) < 100 ||
	    json_integer_value(status) > 599)
		return "'answer.status' is none";
	if (!is_strings(json_object_get(answer, "headers")))
		return "'answer.headers' holds something else than texts";
	return is_body(answer) ? NULL : "the body of 'answer' has a wrong type";
}

/* NULL, or what is wrong with it.  Takes the reference. */
static const char *add_exchange(struct recording *r, json_t *line)
{
	static const char *const words[] = { "service", "action", "region" };
	const json_t *answer = json_object_get(line, "answer");
	const char *why = NULL;
	struct recorded e;

	for (size_t i = 0; i < ARRAY_LEN(words) && !why; i++)
		if (!is_word(json_object_get(line, words[i])))
			why = "it lacks 'service', 'action' or 'region'";
	if (!why && (!is_time(json_object_get(line, "at_ms")) ||
		     !is_time(json_object_get(line, "took_ms"))))
		why = "'at_ms' or 'took_ms' is no time";
	if (!why)
		why = check_request(json_object_get(line, "request"));
	if (!why && answer)
		why = check_answer(answer);
	if (!why && !answer && !json_is_string(json_object_get(line, "error")))
		why = "it has neither 'answer' nor 'error'";
	if (!why && r->n >= MAX_EXCHANGES)
		why = "there are too many";
	if (why) {
		json_decref(line);
		return why;
	}
	e = (struct recorded){ .line = line,
			       .service = json_string_value(json_object_get(line, "service")),
			       .action = json_string_value(json_object_get(line, "action")),
			       .region = json_string_value(json_object_get(line, "region")),
			       .at_ms = json_integer_value(json_object_get(line, "at_ms")),
			       .took_ms = json_integer_value(json_object_get(line, "took_ms")),
			       .changes = json_is_true(json_object_get(line, "changes")),
			       .request = json_object_get(line, "request"),
			       .answer = answer,
			       .status =
				       (int)json_integer_value(json_object_get(answer, "status")) };
	if ((r->n & (r->n - 1)) == 0)
		r->v = xreallocarray(r->v, r->n ? 2 * r->n : 1, sizeof(*r->v));
	r->v[r->n++] = e;
	return NULL;
}

static const char *take_header(struct recording *r, const json_t *line)
{
	const json_t *version = json_object_get(line, "runbook_recording");
	const json_t *speed = json_object_get(line, "speed");

	if (!json_is_integer(version))
		return "this is no recording of runbook's: 'runbook_recording' is not there";
	if (json_integer_value(version) != VERSION)
		return "its version is not 1, the one that this program knows";
	r->speed = speed ? json_number_value(speed) : 1;
	if (!(r->speed >= 0.01 && r->speed <= 1e6))
		return "'speed' is no number from 0.01 to 1000000";
	return NULL;
}

static int by_time(const void *a, const void *b)
{
	const struct recorded *x = a, *y = b;
	json_int_t nx, ny;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	nx = json_integer_value(json_object_get(x->line, "n"));
	ny = json_integer_value(json_object_get(y->line, "n"));
	return nx < ny ? -1 : nx > ny;
}

static const char *take_line(struct recording *r, size_t number, const char *p, size_t n)
{
	json_t *line;
	const char *why = NULL;

	if (n > MAX_LINE_BYTES)
		return "it is longer than 32 MiB";
	if (r->whole)
		return "something follows the last line";
	line = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(line))
		why = "it is no JSON object";
	else if (number == 1)
		why = take_header(r, line);
	else if (json_is_true(json_object_get(line, "end")))
		r->whole = true;
	else
		return add_exchange(r, line);
	if (!why && r->whole &&
	    json_integer_value(json_object_get(line, "exchanges")) != (json_int_t)r->n)
		why = "it counts other exchanges than there are";
	json_decref(line);
	return why;
}

struct rb_error *recording_parse(const char *p, size_t n, struct recording *ret)
{
	struct recording r = { .speed = 1 };
	const char *why = n ? NULL : "it is empty";
	size_t number = 1;

	for (; n && !why; number++) {
		const char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n;

		why = end ? take_line(&r, number, p, len)
			  : "it is cut off in the middle of a line (the file was not copied whole)";
		if (why)
			break;
		p += len + 1;
		n -= len + 1;
	}
	if (why) {
		recording_clear(&r);
		return wrong(number, why);
	}
	if (r.n)
		qsort(r.v, r.n, sizeof(*r.v), by_time);
	*ret = r;
	return NULL;
}

struct rb_error *recording_read(const char *path, struct recording *ret)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err;

	err = file_read_input(path, MAX_BYTES, &text);
	if (err) {
		if (err->kind == RB_GONE)
			err->kind = RB_USAGE;
		return err;
	}
	err = recording_parse(text.p, text.n, ret);
	if (err)
		rb_error_replace(err, RB_WHAT, "cannot read the recording '%s'", path);
	return err;
}

void recording_clear(struct recording *r)
{
	for (size_t i = 0; i < r->n; i++)
		json_decref(r->v[i].line);
	free(r->v);
	*r = (struct recording){ 0 };
}
