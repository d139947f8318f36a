/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the boxes of the diagram, and the texts about the ways. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/diagram_int.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"

enum { LINES_OF_TEXT = 3, LINES_OF_TROUBLE = 4, CLAIMS_SHOWN = 2 };

/* ---- texts with places --------------------------------------------------- */

static const char *value_of(const json_t *report, const char *step, const char *place)
{
	const char *slash = strchr(place, '/');
	const char *value;

	if (slash) {
		autofree char *other = xstrndup(place, (size_t)(slash - place));

		value = report_output(report, other, slash + 1);
	} else if (strchr(place, '.')) {
		value = html_str(json_object_get(report, "parameters"), place);
	} else {
		value = report_output(report, step, place);
	}
	return value && *value ? value : "…";
}

char *diagram_fill(const json_t *report, const char *step, const char *text)
{
	const char *p = tr(text);
	struct buf out = BUF_INIT;

	while (*p) {
		size_t n = strcspn(p, "{");
		const char *end = p[n] ? strchr(p + n, '}') : NULL;

		(void)buf_add(&out, p, n);
		p += n;
		if (!end) {
			(void)buf_adds(&out, p);
			break;
		}
		{
			autofree char *place = xstrndup(p + 1, (size_t)(end - p - 1));

			(void)buf_adds(&out, value_of(report, step, place));
		}
		p = end + 1;
	}
	return buf_steal(&out);
}

/* ---- boxes --------------------------------------------------------------- */

enum html_face picture_face(enum line_kind kind)
{
	switch (kind) {
	case LINE_TITLE:
	case LINE_WRONG:
		return FACE_BOLD;
	case LINE_ID:
		return FACE_MONO;
	case LINE_PLAIN:
	case LINE_FAINT:
		break;
	}
	return FACE_SANS;
}

static void add_lines(struct picture_box *b, enum line_kind kind, const char *text, int width,
		      size_t most)
{
	auto_strv lines = { 0 };

	html_wrap(&lines, text, picture_face(kind), width * 1000 / PICTURE_FONT, most);
	b->lines = xreallocarray(b->lines, b->n_lines + lines.n + 1, sizeof(*b->lines));
	for (size_t i = 0; i < lines.n; i++)
		b->lines[b->n_lines++] = (struct picture_line){ xstrdup(lines.v[i]), kind };
}

static void add_claims(struct picture_box *b, const json_t *claims, int width)
{
	const json_t *claim;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)claims, i, claim) {
		autofree char *name = claim_name(html_str(claim, "claim"));
		autofree char *text = NULL;

		if (i == CLAIMS_SHOWN) {
			text = xasprintf(tr("and %zu more"), json_array_size(claims) - i);
			add_lines(b, LINE_WRONG, text, width, 1);
			return;
		}
		text = xasprintf(tr("%s is %s, not %s"), name, html_str(claim, "found"),
				 html_str(claim, "expected"));
		add_lines(b, LINE_WRONG, text, width, LINES_OF_TROUBLE);
	}
}

/* What is wrong with what a step made, in words: nobody has to tell red from another colour.
 * `what` is what it is about; NULL: the box. */
static void add_trouble(struct picture_box *b, const json_t *report, const char *step_id,
			const char *what, int width)
{
	const json_t *drift = report_drift(report, step_id);
	const json_t *error = json_object_get(report_step(report, step_id), "error");
	const char *reason = html_str(drift, "missing"), *word = tr("was left behind");
	autofree char *text = NULL;

	if (drift) {
		word = tr(html_str(drift, "verdict"));
	} else if (json_is_object(error)) {
		word = tr("failed");
		reason = html_str(error, "why") ? html_str(error, "why") : html_str(error, "what");
	}
	text = xasprintf("✗ %s%s%s%s%s", what ? what : "", what ? ": " : "", word,
			 reason ? ": " : "", reason ? reason : "");
	add_lines(b, LINE_WRONG, text, width, LINES_OF_TROUBLE);
	if (drift && !reason)
		add_claims(b, json_object_get(drift, "claims"), width);
}

static enum report_look look_of(const struct picture *p, const char *step)
{
	return p->planned ? LOOK_THERE : report_look(p->report, step);
}

static enum line_kind kind_of(enum report_look look, enum line_kind usual)
{
	return look == LOOK_PLANNED || look == LOOK_GONE ? LINE_FAINT : usual;
}

static void add_line(struct picture *p, struct picture_box *b, const struct diagram_line *line,
		     int width)
{
	const char *step = line->step ? line->step : b->box->step;
	enum report_look look = look_of(p, step);
	const json_t *evidence = json_object_get(report_step(p->report, step), "evidence");
	autofree char *filled = diagram_fill(p->report, step, line->text);
	autofree char *later = NULL;

	if (line->step && look == LOOK_GONE && !json_is_object(evidence))
		return; /* undone, and never was */
	if (line->step && look == LOOK_WRONG) {
		add_trouble(b, p->report, line->step, filled, width);
		return;
	}
	if (line->step && look == LOOK_PLANNED)
		later = xasprintf("%s (%s)", filled, tr("not yet"));
	else if (line->step && look == LOOK_GONE && b->look != LOOK_GONE)
		later = xasprintf("%s (%s)", filled, tr("removed"));
	add_lines(b, kind_of(look, LINE_PLAIN), later ? later : filled, width, LINES_OF_TEXT);
}

void picture_words(struct picture *p, struct picture_box *b, int width)
{
	const struct diagram_box *box = b->box;
	const char *id = box->output ? report_output(p->report, box->step, box->output) : NULL;

	picture_words_clear(b);
	b->look = look_of(p, box->step);
	if (box->title) {
		autofree char *title = diagram_fill(p->report, box->step, box->title);

		add_lines(b, LINE_TITLE, title, width, LINES_OF_TEXT);
	}
	if (id)
		add_lines(b, LINE_ID, id, width, LINES_OF_TROUBLE);
	for (const struct diagram_line *l = box->lines; l && l->text; l++)
		add_line(p, b, l, width);
	if (b->look == LOOK_WRONG)
		add_trouble(b, p->report, box->step, NULL, width);
	else if (b->look == LOOK_GONE && picture_is_thing(b))
		add_lines(b, LINE_FAINT, tr("removed"), width, 1);
}

void picture_words_clear(struct picture_box *b)
{
	for (size_t i = 0; i < b->n_lines; i++)
		free(b->lines[i].text);
	free(b->lines);
	b->lines = NULL;
	b->n_lines = 0;
}

/* ---- ways ---------------------------------------------------------------- */

enum report_look picture_way(const struct picture *p, const struct diagram_way *way,
			     char **ret_text)
{
	const json_t *step = report_step(p->report, way->step);
	const json_t *evidence = json_object_get(step, "evidence");
	const json_t *claim = way->claim ? report_claim(p->report, way->step, way->claim) : NULL;
	autofree char *at = html_time(html_str(evidence, "at"));
	enum report_look look = look_of(p, way->step);
	bool proven = *at && (claim ? json_is_true(json_object_get(claim, "agrees"))
				    : text_eq(html_str(evidence, "verdict"), "holds"));

	if (way->claim && !claim)
		proven = false;
	if (p->planned) {
		*ret_text =
			xstrdup(way->is_refusal ? tr("has to be refused") : tr("will be tried"));
		return LOOK_THERE;
	}
	if (claim && !proven && look != LOOK_GONE) {
		*ret_text = xasprintf(tr("not refused: %s"), html_str(claim, "found"));
		return LOOK_WRONG;
	}
	if (look == LOOK_WRONG && claim && proven)
		look = LOOK_THERE; /* the last look tried it again, whatever else differs */
	if (!proven && look != LOOK_WRONG) {
		*ret_text = xstrdup(look == LOOK_GONE ? tr("never tried") : tr("not tried yet"));
		return LOOK_PLANNED;
	}
	if (look == LOOK_WRONG) {
		*ret_text =
			report_drift(p->report, way->step)
				? xstrdup(tr("proven once, and no longer sure: see what differs"))
				: xstrdup(tr("failed"));
		return LOOK_WRONG;
	}
	if (way->is_refusal)
		*ret_text = xasprintf(tr("refused (%s), %s"), claim ? html_str(claim, "found") : "",
				      at);
	else
		*ret_text = xasprintf(tr("worked, %s"), at);
	return look;
}
