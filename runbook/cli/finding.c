/* SPDX-License-Identifier: Apache-2.0 */
/* A list of what was found out. */
#include "runbook/cli/finding.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"

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
	for (size_t i = 0; i < l->n; i++) {
		said_free(l->v[i].text);
		said_free(l->v[i].advice);
	}
	free(l->v);
	*l = (struct findings){ 0 };
}

struct finding *findings_add(struct findings *l, const char *step, unsigned ways, const char *what,
			     enum preflight_verdict verdict, const char *how, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	f = &l->v[l->n++];
	*f = (struct finding){
		.step = step, .ways = ways, .what = what, .verdict = verdict, .how = how
	};
	va_start(ap, fmt);
	f->text = said_vnew(fmt, ap);
	va_end(ap);
	return f;
}

void finding_advise(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	said_free(f->advice);
	va_start(ap, fmt);
	f->advice = said_vnew(fmt, ap);
	va_end(ap);
}
