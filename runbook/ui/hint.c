/* SPDX-License-Identifier: Apache-2.0 */
/* From the data of an error's hint to its words; see hint.h. */
#include "runbook/ui/hint.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/ui/lang.h"

/* How a verb stands in the text. */
enum manner {
	MANNER_PHRASE,	/* "run the same command again" */
	MANNER_CARRIES, /* a command that goes on with the run */
	MANNER_LOOKS,	/* a command that only looks */
	MANNER_FIRST,	/* before the hint's words, which go on from it */
};

static const enum manner manners[] = {
	[RB_NEXT_NONE] = MANNER_PHRASE,	    [RB_NEXT_AGAIN] = MANNER_PHRASE,
	[RB_NEXT_WAIT] = MANNER_PHRASE,	    [RB_NEXT_SET] = MANNER_PHRASE,
	[RB_NEXT_RUN] = MANNER_CARRIES,	    [RB_NEXT_RESUME] = MANNER_CARRIES,
	[RB_NEXT_UNDO] = MANNER_CARRIES,    [RB_NEXT_VERIFY] = MANNER_LOOKS,
	[RB_NEXT_CONNECT] = MANNER_LOOKS,   [RB_NEXT_TUNNEL] = MANNER_LOOKS,
	[RB_NEXT_RECOVER] = MANNER_LOOKS,   [RB_NEXT_STEPS] = MANNER_FIRST,
	[RB_NEXT_HELP] = MANNER_FIRST,	    [RB_NEXT_EXPLAIN] = MANNER_LOOKS,
	[RB_NEXT_CHOOSE] = MANNER_FIRST,    [RB_NEXT_INSTALL] = MANNER_PHRASE,
	[RB_NEXT_AWS] = MANNER_LOOKS,	    [RB_NEXT_STATUS] = MANNER_LOOKS,
	[RB_NEXT_HOME_INIT] = MANNER_LOOKS, [RB_NEXT_EXPORT] = MANNER_LOOKS,
};

static void add_option(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	(void)buf_addf(b, " --%s ", name);
	text_shell_quote(b, value);
}

static void add_place(struct buf *b, const struct hint_place *place)
{
	add_option(b, "stack", place->stack);
	add_option(b, "home", place->home);
	add_option(b, "profile", place->profile);
	if (place->sandbox)
		(void)buf_adds(b, " --sandbox");
	add_option(b, "speed", place->speed);
}

static char *command(const struct hint_place *place, enum rb_next_verb verb, const char *args,
		     const char *to)
{
	bool last = args && text_starts_with(args, "-- "); /* no option comes after that */
	struct buf b = BUF_INIT;

	if (to && verb == RB_NEXT_RESUME)
		verb = RB_NEXT_RUN; /* resume takes no --to; run goes on as well */
	(void)buf_addf(&b, "runbook %s", rb_next_name(verb));
	add_option(&b, "to", to);
	if (args && !last)
		(void)buf_addf(&b, " %s", args);
	add_place(&b, place);
	if (last)
		(void)buf_addf(&b, " %s", args);
	return buf_steal(&b);
}

char *hint_aws_command(const struct hint_place *place, const char *words)
{
	bool rehearsal = aws_reach_is_needed(place->reach);

	return xasprintf("aws %s%s%s", words, rehearsal ? " " : "",
			 rehearsal ? place->reach->endpoint : "");
}

/* It is of no stack, and the home is its operand. */
static char *home_init_command(const struct hint_place *place, const char *url)
{
	struct buf b = BUF_INIT;

	(void)buf_adds(&b, "runbook home init ");
	text_shell_quote(&b, url);
	add_option(&b, "profile", place->profile);
	return buf_steal(&b);
}

char *hint_command(const struct hint_place *place, enum rb_next_verb verb, const char *args)
{
	bool ends = verb == (place->undoes ? RB_NEXT_UNDO : RB_NEXT_RESUME);

	if (verb == RB_NEXT_STEPS) /* it is of no stack, and neither is help */
		return xstrdup("runbook steps");
	if (verb == RB_NEXT_HELP)
		return xasprintf("runbook%s%s --help", args ? " " : "", args ? args : "");
	if (verb == RB_NEXT_AWS)
		return hint_aws_command(place, args);
	if (verb == RB_NEXT_HOME_INIT)
		return home_init_command(place, args);
	return command(place, verb, args, ends ? place->to : NULL);
}

/* "source.zone or destination.zone" of names, "--set a=b --set c=d" of values. */
static char *parameters(const char *args, bool *ret_values)
{
	struct buf b = BUF_INIT;

	*ret_values = strchr(args, '=') != NULL;
	while (*args) {
		size_t n = strcspn(args, " ");
		autofree char *word = xstrndup(args, n);

		if (*ret_values)
			add_option(&b, "set", word);
		else
			(void)buf_addf(&b, "%s%s", b.n ? tr(" or ") : "", word);
		args += n + strspn(args + n, " ");
	}
	return buf_steal(&b);
}

/* Another value of a parameter: a run's are fixed, so it is undone first. */
static char *set_phrase(const struct hint_place *place, const char *args, bool of_run)
{
	autofree char *undo = command(place, RB_NEXT_UNDO, NULL, NULL);
	autofree char *run = command(place, RB_NEXT_RUN, NULL, NULL);
	bool values;
	autofree char *set = parameters(args, &values);

	if (values)
		return of_run ? xasprintf(tr("a run's parameters are fixed, so first: %s, "
					     "then: %s%s"),
					  undo, run, set)
			      : xasprintf("%s%s", run, set);
	return of_run ? xasprintf(tr("a run's parameters are fixed, so first: %s, then run again "
				     "with another %s"),
				  undo, set)
		      : xasprintf(tr("run again with another %s"), set);
}

static char *phrase(const struct hint_place *place, const struct rb_error *err, size_t i)
{
	const struct rb_next *next = &err->next[i];

	switch (next->verb) {
	case RB_NEXT_AGAIN:
		return next->args ? xasprintf(tr("run the same command again with %s"), next->args)
				  : xstrdup(tr("run the same command again"));
	case RB_NEXT_WAIT:
		return xstrdup(i + 1 < err->next_n
				       ? tr("wait a few minutes")
				       : tr("run the same command again in a few minutes"));
	case RB_NEXT_SET:
		return set_phrase(place, next->args, err->of_run);
	case RB_NEXT_CHOOSE:
		return xasprintf(tr("did you mean '%s'?"), next->args);
	case RB_NEXT_INSTALL:
		return xasprintf(tr("install %s"), next->args);
	case RB_NEXT_NONE:
	case RB_NEXT_RUN:
	case RB_NEXT_RESUME:
	case RB_NEXT_UNDO:
	case RB_NEXT_VERIFY:
	case RB_NEXT_STATUS:
	case RB_NEXT_HOME_INIT:
	case RB_NEXT_RECOVER:
	case RB_NEXT_CONNECT:
	case RB_NEXT_TUNNEL:
	case RB_NEXT_EXPORT:
	case RB_NEXT_STEPS:
	case RB_NEXT_EXPLAIN:
	case RB_NEXT_AWS:
	case RB_NEXT_HELP:
		break;
	}
	return hint_command(place, next->verb, next->args);
}

/* `before`: what stands there already; NULL: nothing.  Words that end in ':' lead up to it. */
static char *joined(const struct hint_place *place, const char *before, enum rb_next_verb verb,
		    const char *text, bool after_aws)
{
	enum manner manner = manners[verb];

	if (verb == RB_NEXT_AWS)
		return before ? xasprintf(tr("%s; this mends it: %s"), before, text)
			      : xasprintf(tr("this mends it: %s"), text);
	if (!before)
		return manner == MANNER_CARRIES ? xasprintf(tr("to carry on: %s"), text)
						: xstrdup(text);
	if (text_ends_with(before, ":"))
		return xasprintf("%s %s", before, text);
	if (verb == RB_NEXT_EXPLAIN && after_aws && aws_reach_is_needed(place->reach))
		return xasprintf(tr("%s; how the AWS CLI reaches the rehearsal, and all of the "
				    "way: %s"),
				 before, text);
	if (verb == RB_NEXT_EXPLAIN)
		return xasprintf(tr("%s; all of the way: %s"), before, text);
	if (verb == RB_NEXT_AGAIN)
		return xasprintf(tr("%s, then %s"), before, text);
	if (manner == MANNER_PHRASE)
		return xasprintf("%s; %s", before, text);
	return xasprintf(tr("%s; then: %s"), before, text);
}

/* Of a record: the command that failed was another one, so what comes next is the reader's to say.
 */
static char *text_of(const struct hint_place *place, const struct rb_error *err, bool of_record)
{
	char *text = !of_record	 ? tr_error(err, RB_HINT)
		     : err->hint ? tr_recorded(err->hint)
				 : NULL;

	for (size_t i = 0; i < err->next_n; i++) {
		enum rb_next_verb verb = err->next[i].verb;
		if (of_record && verb == RB_NEXT_AGAIN)
			continue;

		autofree char *before = text;
		autofree char *own = of_record && verb == RB_NEXT_WAIT
					     ? xstrdup(tr("wait a few minutes"))
					     : phrase(place, err, i);

		if (manners[verb] == MANNER_FIRST)
			text = xasprintf("%s%s%s", own, before ? " " : "", before ? before : "");
		else
			text = joined(place, before, verb, own,
				      i && err->next[i - 1].verb == RB_NEXT_AWS);
	}
	return text;
}

char *hint_text(const struct hint_place *place, const struct rb_error *err)
{
	return text_of(place, err, /* of_record= */ false);
}

/* What of a journal's error a hint is made of.  Caller frees. */
static struct rb_error *error_of_record(const json_t *error)
{
	const char *hint = json_string_value(json_object_get(error, "hint"));
	struct rb_error *err = rb_error_new(RB_FAILED, "it failed");
	const json_t *next;
	size_t i;

	if (hint)
		err = rb_error_hint(err, "%-s", hint);
	err->of_run = true;
	json_array_foreach(json_object_get(error, "next"), i, next) {
		const char *verb = json_string_value(json_object_get(next, "verb"));

		err = rb_error_next(err, rb_next_verb_of(verb ? verb : ""),
				    json_string_value(json_object_get(next, "arguments")));
	}
	return err;
}

char *hint_text_of_record(const struct hint_place *place, const json_t *error)
{
	struct rb_error *err = error_of_record(error);
	char *text = text_of(place, err, /* of_record= */ true);

	(void)rb_error_free(err);
	return text;
}

static bool is_command(enum rb_next_verb verb)
{
	return manners[verb] == MANNER_CARRIES || manners[verb] == MANNER_LOOKS ||
	       verb == RB_NEXT_STEPS || verb == RB_NEXT_HELP;
}

/* Those of set_phrase(). */
static void add_set_commands(const struct hint_place *place, const struct rb_next *next,
			     bool of_run, struct strv *ret)
{
	autofree char *run = command(place, RB_NEXT_RUN, NULL, NULL);
	bool values;
	autofree char *set = parameters(next->args, &values);

	if (of_run)
		strv_add_owned(ret, command(place, RB_NEXT_UNDO, NULL, NULL));
	if (values)
		strv_addf(ret, "%s%s", run, set);
}

void hint_commands(const struct hint_place *place, const struct rb_error *err, struct strv *ret)
{
	for (size_t i = 0; i < err->next_n; i++) {
		const struct rb_next *next = &err->next[i];

		if (next->verb == RB_NEXT_SET)
			add_set_commands(place, next, err->of_run, ret);
		else if (is_command(next->verb))
			strv_add_owned(ret, hint_command(place, next->verb, next->args));
	}
}

void hint_commands_of_record(const struct hint_place *place, const json_t *error, struct strv *ret)
{
	struct rb_error *err = error_of_record(error);

	hint_commands(place, err, ret);
	(void)rb_error_free(err);
}

json_t *hint_next_json(const struct hint_place *place, const struct rb_error *err)
{
	json_t *list = err->next_n ? json_array() : NULL;

	for (size_t i = 0; i < err->next_n; i++) {
		const struct rb_next *next = &err->next[i];
		autofree char *text =
			is_command(next->verb) ? hint_command(place, next->verb, next->args) : NULL;
		json_t *one = json_pack("{s:s}", "verb", rb_next_name(next->verb));
		autofree char *args =
			next->args ? text_printable(next->args, strlen(next->args), 2000) : NULL;
		autofree char *shown = text ? text_printable(text, strlen(text), 4000) : NULL;

		if (args)
			json_object_set_new(one, "arguments", json_string(args));
		if (shown)
			json_object_set_new(one, "command", json_string(shown));
		json_array_append_new(list, one);
	}
	return list;
}
