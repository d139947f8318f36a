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

static const char **slot(struct rb_error *err, enum rb_field field)
{
	const char **const slots[] = {
		[RB_WHAT] = &err->what,
		[RB_WHERE] = &err->where,
		[RB_WHY] = &err->why,
		[RB_HINT] = &err->hint,
	};

	return slots[field];
}

/* Takes `said`; the one before is freed. */
static void put(struct rb_error *err, enum rb_field field, struct said *said)
{
	said_free(err->said[field]);
	err->said[field] = said;
	*slot(err, field) = said_english(said);
}

static struct rb_error *make(enum rb_kind kind, enum rb_field field, const char *fmt, va_list ap)
	PRINTF_LIKE(3, 0);
static struct rb_error *make(enum rb_kind kind, enum rb_field field, const char *fmt, va_list ap)
{
	struct rb_error *err = xcalloc(1, sizeof(*err));

	err->kind = kind;
	put(err, field, said_vnew(fmt, ap));
	return err;
}

struct rb_error *rb_error_new(enum rb_kind kind, const char *fmt, ...)
{
	struct rb_error *err;
	va_list ap;

	va_start(ap, fmt);
	err = make(kind, RB_WHAT, fmt, ap);
	va_end(ap);
	return err;
}

struct rb_error *rb_error_because(enum rb_kind kind, const char *fmt, ...)
{
	struct rb_error *err;
	va_list ap;

	va_start(ap, fmt);
	err = make(kind, RB_WHY, fmt, ap);
	va_end(ap);
	return err;
}

struct rb_error *rb_error_vbecause(enum rb_kind kind, const char *fmt, va_list ap)
{
	return make(kind, RB_WHY, fmt, ap);
}

struct rb_error *rb_error_sys(int sys_errno, const char *fmt, ...)
{
	const char *text = strerrordesc_np(sys_errno); /* in English, whatever the locale */
	struct rb_error *err;
	va_list ap;

	va_start(ap, fmt);
	err = make(RB_IO, RB_WHAT, fmt, ap);
	va_end(ap);
	err->sys_errno = sys_errno;
	return text ? rb_error_why(err, "%-s", text) : rb_error_why(err, "error %d", sys_errno);
}

#define DEFINE_FILLER(field, number)                                                               \
	struct rb_error *rb_error_##field(struct rb_error *err, const char *fmt, ...)              \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (!err || err->field)                                                            \
			return err;                                                                \
		va_start(ap, fmt);                                                                 \
		put(err, number, said_vnew(fmt, ap));                                              \
		va_end(ap);                                                                        \
		return err;                                                                        \
	}

DEFINE_FILLER(what, RB_WHAT)
DEFINE_FILLER(where, RB_WHERE)
DEFINE_FILLER(why, RB_WHY)
DEFINE_FILLER(hint, RB_HINT)

void rb_error_replace(struct rb_error *err, enum rb_field field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(err, field, said_vnew(fmt, ap));
	va_end(ap);
}

void rb_error_drop(struct rb_error *err, enum rb_field field)
{
	put(err, field, NULL);
}

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
	put(err, RB_HINT, hint ? said_new("%-s", hint) : NULL);
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
	for (int i = 0; i < RB_FIELDS_N; i++)
		put(copy, (enum rb_field)i, said_copy(err->said[i]));
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
	for (int i = 0; i < RB_FIELDS_N; i++)
		said_free(err->said[i]);
	rb_error_clear_next(err);
	free(err->aws_code);
	free(err->request_id);
	free(err->host_id);
	free(err->denial);
	free(err->region);
	free(err);
	return NULL;
}
