/* SPDX-License-Identifier: Apache-2.0 */
/* The one error value; see error.h for who fills which field. */
#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

static const struct {
	int exit_status;
	const char *name;
	unsigned traits;
} kinds[] = {
#define RB_KIND_ROW_(name_, status_, label_, traits_)                                              \
	[RB_##name_] = { .exit_status = (status_), .name = (label_), .traits = (traits_) },
	RB_ERROR_KINDS(RB_KIND_ROW_)
#undef RB_KIND_ROW_
};

struct rb_error *rb_error_new(enum rb_kind kind, const char *fmt, ...)
{
	struct rb_error *err = xcalloc(1, sizeof(*err));
	va_list ap;

	err->kind = kind;
	va_start(ap, fmt);
	err->what = xvasprintf(fmt, ap);
	va_end(ap);
	return err;
}

struct rb_error *rb_error_because(enum rb_kind kind, const char *fmt, ...)
{
	struct rb_error *err = xcalloc(1, sizeof(*err));
	va_list ap;

	err->kind = kind;
	va_start(ap, fmt);
	err->why = xvasprintf(fmt, ap);
	va_end(ap);
	return err;
}

struct rb_error *rb_error_sys(int sys_errno, const char *fmt, ...)
{
	struct rb_error *err = xcalloc(1, sizeof(*err));
	const char *text = strerrordesc_np(sys_errno); /* in English, whatever the locale */
	va_list ap;

	err->kind = RB_IO;
	err->sys_errno = sys_errno;
	va_start(ap, fmt);
	err->what = xvasprintf(fmt, ap);
	va_end(ap);
	err->why = text ? xstrdup(text) : xasprintf("error %d", sys_errno);
	return err;
}

static void fill(char **slot, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static void fill(char **slot, const char *fmt, va_list ap)
{
	if (!*slot)
		*slot = xvasprintf(fmt, ap);
}

#define DEFINE_FILLER(field)                                                                       \
	struct rb_error *rb_error_##field(struct rb_error *err, const char *fmt, ...)              \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (!err)                                                                          \
			return NULL;                                                               \
		va_start(ap, fmt);                                                                 \
		fill(&err->field, fmt, ap);                                                        \
		va_end(ap);                                                                        \
		return err;                                                                        \
	}

DEFINE_FILLER(what)
DEFINE_FILLER(where)
DEFINE_FILLER(why)
DEFINE_FILLER(hint)

bool rb_error_is_aws(const struct rb_error *err, const char *code)
{
	return err && err->aws_code && strcasecmp(err->aws_code, code) == 0;
}

static const char *const next_names[] = {
#define RB_NEXT_ROW_(name_, label_) [RB_NEXT_##name_] = (label_),
	RB_NEXT_VERBS(RB_NEXT_ROW_)
#undef RB_NEXT_ROW_
};

static void add_next(struct rb_error *err, enum rb_next_verb verb, const char *args)
{
	if (verb != RB_NEXT_NONE && err->next_n < RB_NEXT_MAX)
		err->next[err->next_n++] = (struct rb_next){ verb, xstrdup_or_null(args) };
}

struct rb_error *rb_error_next(struct rb_error *err, enum rb_next_verb verb, const char *args)
{
	if (err)
		add_next(err, verb, args);
	return err;
}

void rb_error_clear_next(struct rb_error *err)
{
	for (size_t i = 0; i < err->next_n; i++) {
		free(err->next[i].args);
		err->next[i].args = NULL;
	}
	err->next_n = 0;
}

void rb_error_advise(struct rb_error *err, const char *hint, enum rb_next_verb verb,
		     const char *args)
{
	char *copy = xstrdup_or_null(hint);

	free(err->hint);
	err->hint = copy;
	rb_error_clear_next(err);
	add_next(err, verb, args);
}

bool rb_error_has_next(const struct rb_error *err, enum rb_next_verb verb)
{
	for (size_t i = 0; err && i < err->next_n; i++)
		if (err->next[i].verb == verb)
			return true;
	return false;
}

enum rb_next_verb rb_next_verb_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(next_names); i++)
		if (strcmp(next_names[i], name) == 0)
			return (enum rb_next_verb)i;
	return RB_NEXT_NONE;
}

const char *rb_next_name(enum rb_next_verb verb)
{
	return next_names[verb];
}

bool rb_error_is(const struct rb_error *err, enum rb_kind kind)
{
	return err && err->kind == kind;
}

bool rb_error_has_trait(const struct rb_error *err, enum rb_trait trait)
{
	return err && (kinds[err->kind].traits & trait);
}

int rb_error_exit_status(const struct rb_error *err)
{
	return err ? kinds[err->kind].exit_status : 0;
}

const char *rb_kind_name(enum rb_kind kind)
{
	return kinds[kind].name;
}

struct rb_error *rb_error_copy(const struct rb_error *err)
{
	struct rb_error *copy;

	if (!err)
		return NULL;
	copy = xcalloc(1, sizeof(*copy));
	copy->kind = err->kind;
	copy->http_status = err->http_status;
	copy->sys_errno = err->sys_errno;
	copy->of_run = err->of_run;
	for (size_t i = 0; i < err->next_n; i++)
		add_next(copy, err->next[i].verb, err->next[i].args);
	copy->what = xstrdup_or_null(err->what);
	copy->where = xstrdup_or_null(err->where);
	copy->why = xstrdup_or_null(err->why);
	copy->hint = xstrdup_or_null(err->hint);
	copy->aws_code = xstrdup_or_null(err->aws_code);
	copy->request_id = xstrdup_or_null(err->request_id);
	copy->host_id = xstrdup_or_null(err->host_id);
	copy->denial = xstrdup_or_null(err->denial);
	copy->region = xstrdup_or_null(err->region);
	return copy;
}

struct rb_error *rb_error_free(struct rb_error *err)
{
	if (!err)
		return NULL;
	free(err->what);
	free(err->where);
	free(err->why);
	free(err->hint);
	rb_error_clear_next(err);
	free(err->aws_code);
	free(err->request_id);
	free(err->host_id);
	free(err->denial);
	free(err->region);
	free(err);
	return NULL;
}
