/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a tags option of the AWS CLI: in its shorthand, or as JSON where a value needs it.
 */
#include "runbook/record/by_hand_text.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/client.h"
#include "aws/core/tags.h"
#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "base/text.h"
#include "net/loop.h"
#include "runbook/contract/by_hand.h"
#include "runbook/contract/params.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"
#include "runbook/record/run_names.h"

/* The CLI's shorthand takes these in a value as they are. */
static bool is_shorthand(const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-_./:@+";

	return *s && !s[strspn(s, plain)];
}

struct tag_form {
	bool json;
	const char *open, *close; /* around all */
};

static struct tag_form form_of(enum cli_tags kind, bool json)
{
	if (kind == CLI_TAGS_SPECIFICATION)
		return json ? (struct tag_form){ true, "{\"ResourceType\":\"%s\",\"Tags\":[", "]}" }
			    : (struct tag_form){ false, "ResourceType=%s,Tags=[", "]" };
	if (kind == CLI_TAGS_SET)
		return json ? (struct tag_form){ true, "{\"TagSet\":[", "]}" }
			    : (struct tag_form){ false, "TagSet=[", "]" };
	return json ? (struct tag_form){ true, "[", "]" } : (struct tag_form){ false, "", "" };
}

static void add_json_text(struct shell_text *out, const char *s)
{
	json_t *value = json_string(s);
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	shell_text_add(out, false, text ? text : "\"\"");
	free(text);
	json_decref(value);
}

/* One tag; a value that is not known is the run's id. */
static void add_tag(struct by_hand_filling *f, const struct aws_tag *tag,
		    const struct tag_form *form, bool braces, struct shell_text *out)
{
	bool is_run = text_eq(tag->key, "runbook:run");

	if (form->json) {
		shell_text_add(out, false, "{\"Key\":");
		add_json_text(out, tag->key);
		shell_text_add(out, false, ",\"Value\":");
		shell_text_add(out, false, is_run ? "\"" : "");
		if (is_run)
			by_hand_fill_run(f, out);
		else
			add_json_text(out, tag->value);
		shell_text_add(out, false, is_run ? "\"}" : "}");
		return;
	}
	shell_text_add(out, false, braces ? "{Key=" : "Key=");
	shell_text_add(out, false, tag->key);
	shell_text_add(out, false, ",Value=");
	if (is_run)
		by_hand_fill_run(f, out);
	else
		shell_text_add(out, false, tag->value);
	shell_text_add(out, false, braces ? "}" : "");
}

void shell_text_add_word(struct strv *words, const struct shell_text *text)
{
	auto_buf word = BUF_INIT;

	shell_text_quote(text, &word);
	strv_add(words, word.p);
}

/* The words of a tags option: `type` is the resource's, for a specification. */
void by_hand_tag_words(struct by_hand_filling *f, const struct cli_option *option, const char *type,
		       struct strv *words, struct buf *plain)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	bool json = false;

	run_tags(&f->values->state->params, f->values->stack, "", f->values->state->expires,
		 f->values->step->id, option->what, &tags);
	for (size_t i = 0; i < tags.n; i++)
		json |= !text_eq(tags.v[i].key, "runbook:run") &&
			(!is_shorthand(tags.v[i].value) || !is_shorthand(tags.v[i].key));

	struct tag_form form = form_of(option->tags, json);
	bool apart = option->tags == CLI_TAGS_LIST && !json; /* a word each */
	auto_shell_text all = { 0 };
	const char *hole = strstr(form.open, "%s");
	autofree char *open = hole ? xasprintf("%.*s%s%s", (int)(hole - form.open), form.open, type,
					       hole + strlen("%s"))
				   : xstrdup(form.open);

	shell_text_add(&all, false, open);
	for (size_t i = 0; i < tags.n; i++) {
		if (i && !apart)
			shell_text_add(&all, false, ",");
		add_tag(f, &tags.v[i], &form, !apart, &all);
		if (!apart)
			continue;
		shell_text_add_word(words, &all);
		(void)buf_adds(plain, i ? " " : "");
		shell_text_plain(&all, plain);
		shell_text_clear(&all);
	}
	if (apart)
		return;
	shell_text_add(&all, false, form.close);
	shell_text_add_word(words, &all);
	(void)buf_adds(plain, plain->n ? " " : "");
	shell_text_plain(&all, plain);
}
