/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences with their parts. */
#include "runbook/cli/finding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "runbook/ui/lang.h"

const char *preflight_word(enum preflight_verdict verdict)
{
	switch (verdict) {
	case PREFLIGHT_YES:
		return N_("yes");
	case PREFLIGHT_NO:
		return N_("no");
	case PREFLIGHT_UNKNOWN:
		break;
	}
	return N_("unknown");
}

void findings_clear(struct findings *l)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < FINDING_ARGS; k++)
			free(l->v[i].args[k]);
	free(l->v);
	*l = (struct findings){ 0 };
}

struct finding *findings_add(struct findings *l, const char *step, unsigned ways, const char *what,
			     enum preflight_verdict verdict, const char *how, const char *text, ...)
{
	struct finding *f;
	const char *arg;
	va_list ap;

	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	f = &l->v[l->n++];
	*f = (struct finding){ .step = step,
			       .ways = ways,
			       .what = what,
			       .verdict = verdict,
			       .how = how,
			       .text = text };
	va_start(ap, text);
	for (size_t i = 0; i < FINDING_ARGS && (arg = va_arg(ap, const char *)); i++)
		f->args[i] = xstrdup(arg);
	va_end(ap);
	return f;
}

/* The number before "$s" at a '%', counted from 0; -1: there is none. */
static int position_of(const char *percent)
{
	return percent[1] >= '1' && percent[1] <= '9' && percent[2] == '$' ? percent[1] - '1' : -1;
}

char *finding_fill(const struct finding *f, const char *text, bool translated)
{
	auto_buf b = BUF_INIT;
	int next = 0;

	text = translated ? tr(text) : text;
	for (const char *percent; (percent = strchr(text, '%'));) {
		int at = position_of(percent), part = at < 0 ? next++ : at;
		const char *arg = part < FINDING_ARGS ? f->args[part] : NULL;

		(void)buf_add(&b, text, (size_t)(percent - text));
		(void)buf_adds(&b, arg ? (translated ? tr(arg) : arg) : "");
		text = percent + (at < 0 ? 2 : 4);
	}
	(void)buf_adds(&b, text);
	return buf_steal(&b);
}
