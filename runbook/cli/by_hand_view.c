/* SPDX-License-Identifier: Apache-2.0 */
/* How a step is done by hand, as a person reads it and as JSON. */
#include "runbook/cli/by_hand_view.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/ui/by_hand_how.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/width.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* ---- what it makes --------------------------------------------------------------- */

/* "VPC: CIDR block 10.0.0.0/16, DNS support on". */
static char *made_text(const json_t *made)
{
	const json_t *settings = json_object_get(made, "settings"), *s;
	auto_buf text = BUF_INIT;
	size_t i;

	(void)buf_adds(&text, tr(text_of(made, "kind")));
	json_array_foreach(settings, i, s) {
		const char *value = text_of(s, "value");

		(void)buf_addf(&text, "%s %s %s", i ? "," : ":", tr(text_of(s, "name")),
			       *value ? value : tr("(found out on the way)"));
	}
	return buf_steal(&text);
}

void by_hand_print_makes(const struct by_hand_values *values)
{
	json_t *makes = by_hand_makes_in(values, tr), *made;
	size_t i;

	json_array_foreach(makes, i, made) {
		autofree char *text = made_text(made);

		row_detail("%s", text);
	}
	json_decref(makes);
}

/* ---- commands -------------------------------------------------------------------- */

static void print_line(const char *text)
{
	(void)fputs(text, stdout);
	(void)fputc('\n', stdout);
}

static void print_commands(const struct by_hand_values *values, enum by_hand_way way,
			   const char *heading)
{
	auto_buf out = BUF_INIT;

	by_hand_add_commands(values, way, heading, terminal_columns(STDOUT_FILENO), &out);
	(void)fputs(out.p, stdout);
}

/* "ec2 CreateVpc" of "ec2 create-vpc"; what is the CLI's own alone stays as it is. */
static char *call_name(const char *operation)
{
	size_t service_n = strcspn(operation, " ");
	auto_buf name = BUF_INIT;
	bool upper = true;

	if (strncmp(operation, "s3 ", strlen("s3 ")) == 0)
		return xstrdup(operation);
	(void)buf_addf(
		&name, "%.*s ",
		(int)(strncmp(operation, "s3api", service_n) == 0 ? strlen("s3") : service_n),
		operation);
	for (const char *p = operation + service_n + 1; *p; p++) {
		if (upper && strncmp(p, "ssh", strlen("ssh")) == 0) {
			(void)buf_adds(&name, "SSH");
			p += strlen("ssh") - 1;
		} else if (*p != '-') {
			(void)buf_addc(&name, upper ? (char)toupper((unsigned char)*p) : *p);
		}
		upper = *p == '-';
	}
	return buf_steal(&name);
}

/* Waiting, and what the CLI does by itself, are no calls to be planned. */
static bool is_call(const json_t *command)
{
	const char *operation = text_of(command, "operation");

	return *operation && !strstr(operation, " wait ") && !strstr(operation, " ssh") &&
	       strncmp(text_of(command, "shell"), "until STATE=", strlen("until STATE=")) != 0;
}

/* Tags are on everything, and a plan that listed them each time would hide the rest. */
static bool is_main_option(const json_t *option)
{
	return strncmp(text_of(option, "name"), "--tag", strlen("--tag")) != 0;
}

json_t *by_hand_calls(const struct by_hand_values *values)
{
	json_t *commands = by_hand_commands(values, BY_HAND_MAKE), *command, *option;
	json_t *calls = json_array();
	size_t i, k;

	json_array_foreach(commands, i, command) {
		autofree char *name = NULL;
		json_t *options = json_array();

		if (is_call(command))
			name = call_name(text_of(command, "operation"));
		json_array_foreach(json_object_get(command, "options"), k, option) {
			if (is_main_option(option))
				json_array_append(options, option);
		}
		if (name)
			json_array_append_new(calls,
					      json_pack("{s:s, s:O, s:O}", "call", name, "region",
							json_object_get(command, "region"),
							"options", options));
		json_decref(options);
	}
	json_decref(commands);
	return calls;
}

/* Several words, or such with quotes, are shown as one. */
static void add_value(struct buf *text, const char *value)
{
	(void)buf_addc(text, ' ');
	if (strpbrk(value, " \"'"))
		text_shell_quote(text, value);
	else
		(void)buf_adds(text, value);
}

void by_hand_print_calls(const struct by_hand_values *values)
{
	json_t *calls = by_hand_calls(values), *call, *option;
	size_t i, k;

	json_array_foreach(calls, i, call) {
		auto_buf text = BUF_INIT;

		(void)buf_adds(&text, text_of(call, "call"));
		json_array_foreach(json_object_get(call, "options"), k, option) {
			if (*text_of(option, "name"))
				(void)buf_addf(&text, " %s", text_of(option, "name"));
			if (*text_of(option, "value"))
				add_value(&text, text_of(option, "value"));
		}
		row_detail("%s", text.p);
	}
	json_decref(calls);
}

static void print_console(const struct by_hand_values *values)
{
	auto_buf out = BUF_INIT;

	by_hand_add_console(values, terminal_columns(STDOUT_FILENO), &out);
	(void)fputs(out.p, stdout);
}

static void print_reach(const struct by_hand_values *values)
{
	auto_buf out = BUF_INIT;

	by_hand_add_reach(values, BY_HAND_MAKE, terminal_columns(STDOUT_FILENO), &out);
	(void)fputs(out.p, stdout);
}

void by_hand_print(const struct by_hand_values *values)
{
	const struct by_hand *by_hand = values->step->by_hand;

	if (!by_hand)
		return;
	print_line("");
	if (values->step->why)
		row_text("%s", tr(values->step->why));
	row_text("%s", tr(by_hand->background));
	print_line("");
	if (by_hand->makes->kind)
		row_text("%s", tr("What it makes:"));
	by_hand_print_makes(values);
	row_text("%s", tr("What can go wrong:"));
	for (const char *const *t = by_hand->troubles; t && *t; t++)
		row_detail("%s", tr(*t));
	print_console(values);
	print_reach(values);
	print_commands(values, BY_HAND_MAKE, tr("By hand, with the AWS CLI:"));
	print_commands(values, BY_HAND_UNMAKE, tr("To undo it by hand:"));
}

/* ---- JSON ------------------------------------------------------------------------ */

void by_hand_add_json(const struct by_hand_values *values, json_t *step)
{
	const struct by_hand *by_hand = values->step->by_hand;
	json_t *troubles = json_array();

	for (const char *const *t = by_hand ? by_hand->troubles : NULL; t && *t; t++)
		json_array_append_new(troubles, json_string(*t));
	json_object_set_new(step, "why",
			    values->step->why ? json_string(values->step->why) : json_null());
	json_object_set_new(step, "background",
			    by_hand ? json_string(by_hand->background) : json_null());
	json_object_set_new(step, "troubles", troubles);
	json_object_set_new(step, "console", by_hand_console_json(values->step));
	json_object_set_new(step, "resources", by_hand_makes(values));
	json_object_set_new(step, "by_hand", by_hand_way_json(values, BY_HAND_MAKE));
	json_object_set_new(step, "undo_by_hand", by_hand_way_json(values, BY_HAND_UNMAKE));
}
