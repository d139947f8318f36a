/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences that the journal has in English, in the language of the page. */
#include "base/alloc.h"
#include "runbook/report/html.h"
#include "runbook/report/page_int.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"

static void translate_member(json_t *object, const char *key)
{
	const char *text = html_str(object, key);
	autofree char *own = text ? tr_recorded(text) : NULL;

	if (own)
		json_object_set_new(object, key, json_string(own));
}

static void translate_list(json_t *list)
{
	json_t *text;
	size_t i;

	json_array_foreach(list, i, text) {
		autofree char *own = tr_recorded(json_string_value(text));

		if (json_is_string(text))
			json_array_set_new(list, i, json_string(own));
	}
}

static void translate_claim(json_t *claim)
{
	static const char *const keys[] = { "expected", "found" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		autofree char *own = claim_text(claim, keys[i]);

		json_object_set_new(claim, keys[i], json_string(own));
	}
}

/* Sentences are found by the members that have them, wherever they stand. */
void page_translate(json_t *value)
{
	static const char *const sentences[] = { "what", "why", "where", "hint", "missing" };
	static const char *const lists[] = { "notes", "kept" };
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_object(value) && json_object_get(value, "claim"))
		translate_claim(value);
	else if (json_is_object(value))
		for (i = 0; i < ARRAY_LEN(sentences); i++)
			translate_member(value, sentences[i]);
	for (i = 0; i < ARRAY_LEN(lists); i++)
		translate_list(json_object_get(value, lists[i]));
	json_array_foreach(value, i, member)
		page_translate(member);
	json_object_foreach(value, key, member)
		page_translate(member);
}
