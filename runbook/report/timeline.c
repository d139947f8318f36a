/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline: a row for each step and one for the sweep, all on the same scale. */
#include "runbook/report/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/report/html.h"
#include "runbook/ui/lang.h"

enum {
	WIDE_W = 880, /* on A4 its letters are still 9 pixels high */
	WIDE_LABEL = 376,
	NARROW_W = 340,
	NARROW_LABEL = 40,
	TAIL = 84, /* room for the time beside a bar */
	ROW = 22,
	BAR = 12,
	THIN = 4, /* of a bar that only waits */
	TOP = 34,
	FONT = 12,
	GAP = 8,
	TICKS = 6,
	LEAST = 2, /* a bar is seen, however short */
};

const char timeline_style[] =
	".t{font:12px/1 system-ui,sans-serif;max-width:100%;height:auto;margin:.4rem 0 1.2rem}"
	".t text{fill:var(--fg);font-size:12px}.t .t-m{fill:var(--muted)}"
	".t .t-grid{stroke:var(--line);stroke-width:1}"
	".t .t-do{fill:var(--one)}.t .t-wait{fill:var(--wait)}.t .t-check{fill:var(--two)}"
	".t .t-undo{fill:var(--undo)}.t .t-bad{fill:var(--bad);font-weight:600}";

struct chart {
	const json_t *report;
	size_t command;
	int64_t begin_ms, end_ms;
	int label_w, width;
	int y; /* of the row that is next */
	struct buf *out;
};

int64_t timeline_ms(const char *at)
{
	const char *dot = at ? strchr(at, '.') : NULL;
	int64_t utc_s = 0, ms = 0;

	if (!at || !clock_parse_iso8601(at, &utc_s))
		return 0;
	if (dot && strlen(dot) >= 4) {
		autofree char *digits = xstrndup(dot + 1, 3);

		if (!text_parse_i64(digits, 0, 999, &ms))
			ms = 0;
	}
	return utc_s * 1000 + ms;
}

static int64_t time_of(const json_t *object, const char *key)
{
	return timeline_ms(html_str(object, key));
}

static bool is_of(const json_t *item, size_t command)
{
	return (size_t)json_integer_value(json_object_get(item, "command")) == command;
}

bool timeline_has(const json_t *report, size_t command)
{
	const json_t *step, *span;
	size_t i, k;

	json_array_foreach(json_object_get(report, "steps"), i, step) {
		json_array_foreach(json_object_get(step, "timeline"), k, span)
			if (is_of(span, command) && !text_eq(html_str(span, "direction"), "verify"))
				return true;
	}
	return false;
}

static int x_of(const struct chart *c, int64_t at_ms)
{
	int64_t all = c->end_ms - c->begin_ms, room = c->width - c->label_w - TAIL;

	if (at_ms < c->begin_ms)
		at_ms = c->begin_ms;
	if (at_ms > c->end_ms)
		at_ms = c->end_ms;
	return c->label_w + (int)((at_ms - c->begin_ms) * room / all);
}

static void draw_bar(const struct chart *c, const char *class_name, int64_t from_ms,
		     int64_t until_ms, int height)
{
	int x = x_of(c, from_ms), w = x_of(c, until_ms) - x;

	(void)buf_addf(c->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
		       class_name, x, c->y + (ROW - height) / 2, w < LEAST ? LEAST : w, height);
}

static void draw_text(const struct chart *c, const char *class_name, int x, int y, const char *text)
{
	(void)buf_addf(c->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class_name, x, y);
	html_text(c->out, text);
	(void)buf_adds(c->out, "</text>");
}

static void draw_label(const struct chart *c, const char *text)
{
	auto_strv lines = { 0 };

	html_wrap(&lines, text, FACE_SANS, (c->label_w - 8) * 1000 / FONT, 1);
	if (lines.n)
		draw_text(c, "t-l", 0, c->y + ROW / 2 + 4, lines.v[0]);
}

/* The program's own work, AWS's waiting, and the verify that ended it. */
static void draw_span(const struct chart *c, const json_t *span)
{
	int64_t from = time_of(span, "from"), until = time_of(span, "until");
	int64_t made = time_of(span, "made"), check = time_of(span, "checked_from");
	const json_t *busy = json_object_get(span, "busy_ms");
	bool undo = text_eq(html_str(span, "direction"), "undo");
	int64_t work_end = made ? made : until;

	if (text_eq(html_str(span, "direction"), "verify")) {
		draw_bar(c, "t-check", from, until, BAR);
		return;
	}
	if (busy && from + json_integer_value(busy) < work_end)
		work_end = from + json_integer_value(busy);
	draw_bar(c, "t-wait", from, until, THIN);
	draw_bar(c, undo ? "t-undo" : "t-do", from, work_end, BAR);
	if (check)
		draw_bar(c, "t-check", check > work_end ? check : work_end, until, BAR);
}

/* Beside the last bar: how long it all took, or what became of it. */
static void draw_end(const struct chart *c, const json_t *span, int64_t first_ms)
{
	const char *result = html_str(span, "result");
	int64_t until = time_of(span, "until");
	autofree char *took = html_duration(until - first_ms);
	bool bad = text_eq(result, "failed") || text_eq(result, "interrupted");

	draw_text(c, bad ? "t-bad" : "t-m", x_of(c, until) + 6, c->y + ROW / 2 + 4,
		  bad ? tr(result) : took);
}

static void draw_step(struct chart *c, const json_t *step, const struct procedure *procedure)
{
	const json_t *span, *last = NULL;
	const struct step *row = procedure_step(procedure, html_str(step, "id"));
	int64_t first_ms = 0;
	autofree char *label = NULL;
	size_t i;

	json_array_foreach(json_object_get(step, "timeline"), i, span) {
		if (!is_of(span, c->command))
			continue;
		first_ms = first_ms ? first_ms : time_of(span, "from");
		draw_span(c, span);
		last = span;
	}
	if (!last)
		return;
	label = c->label_w > NARROW_LABEL
			? xasprintf("%s  %s", html_str(step, "id"),
				    row ? step_title(row) : html_str(step, "title"))
			: xstrdup(html_str(step, "id"));
	draw_label(c, label);
	draw_end(c, last, first_ms);
	c->y += ROW;
	(void)buf_addc(c->out, '\n');
}

static void draw_sweeps(struct chart *c)
{
	const json_t *sweep;
	size_t i;

	json_array_foreach(json_object_get(c->report, "sweeps"), i, sweep) {
		autofree char *took = NULL;

		if (!is_of(sweep, c->command))
			continue;
		took = html_duration(time_of(sweep, "until") - time_of(sweep, "from"));
		draw_bar(c, "t-check", time_of(sweep, "from"), time_of(sweep, "until"), BAR);
		draw_label(c, c->label_w > NARROW_LABEL ? tr("search for leftovers") : "…");
		draw_text(c, "t-m", x_of(c, time_of(sweep, "until")) + 6, c->y + ROW / 2 + 4, took);
		c->y += ROW;
	}
}

/* The smallest step of 1, 2 or 5 times a power of ten, or of whole minutes, that gives few ticks.
 */
static int64_t tick_ms(int64_t all_ms)
{
	static const int64_t steps[] = { 10,	  20,	   50,	     100,     200,     500,
					 1000,	  2000,	   5000,     10000,   15000,   30000,
					 60000,	  120000,  300000,   600000,  1200000, 1800000,
					 3600000, 7200000, 14400000, 43200000 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (all_ms / steps[i] <= TICKS)
			return steps[i];
	return all_ms / TICKS;
}

static void draw_grid(const struct chart *c, int bottom)
{
	int64_t all = c->end_ms - c->begin_ms, tick = tick_ms(all);
	int free_x = -NARROW_W;

	for (int64_t at = 0; at <= all; at += tick) {
		autofree char *text = html_duration(at);
		int x = x_of(c, c->begin_ms + at);

		(void)buf_addf(c->out, "<path class=\"t-grid\" d=\"M%d %dV%d\"/>", x, TOP - 8,
			       bottom);
		if (x < free_x)
			continue;
		draw_text(c, "t-m", x, TOP - 14, text);
		free_x = x + html_width(text, FACE_SANS) * FONT / 1000 + GAP;
	}
}

static void describe(const json_t *report, size_t command, struct buf *out)
{
	const json_t *step, *span;
	size_t i, k;

	json_array_foreach(json_object_get(report, "steps"), i, step) {
		json_array_foreach(json_object_get(step, "timeline"), k, span) {
			autofree char *took = NULL;

			if (!is_of(span, command))
				continue;
			took = html_duration(time_of(span, "until") - time_of(span, "from"));
			html_text(out, html_str(step, "id"));
			(void)buf_adds(out, ": ");
			html_text(out, took);
			(void)buf_adds(out, ". ");
		}
	}
}

void timeline_svg(const json_t *report, const struct procedure *procedure, size_t command,
		  bool narrow, struct buf *out)
{
	const json_t *of = json_array_get(json_object_get(report, "commands"), command);
	auto_buf rows = BUF_INIT, grid = BUF_INIT;
	struct chart c = { .report = report,
			   .command = command,
			   .begin_ms = time_of(of, "at"),
			   .end_ms = time_of(of, "until"),
			   .label_w = narrow ? NARROW_LABEL : WIDE_LABEL,
			   .width = narrow ? NARROW_W : WIDE_W,
			   .y = TOP,
			   .out = &rows };
	const char *name = narrow ? "narrow" : "wide";
	const json_t *step;
	size_t i;

	if (c.end_ms <= c.begin_ms)
		c.end_ms = c.begin_ms + 1;
	json_array_foreach(json_object_get(report, "steps"), i, step)
		draw_step(&c, step, procedure);
	draw_sweeps(&c);
	c.out = &grid;
	draw_grid(&c, c.y);
	(void)buf_addf(out,
		       "<svg class=\"t t-%s\" role=\"img\" aria-labelledby=\"t-%s-%zu\" "
		       "aria-describedby=\"t-%s-%zu-desc\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		       "height=\"%d\"><title id=\"t-%s-%zu\">",
		       name, name, command, name, command, c.width, c.y + 4, c.width, c.y + 4, name,
		       command);
	html_text(out, tr("When each step was worked on"));
	(void)buf_addf(out, "</title><desc id=\"t-%s-%zu-desc\">", name, command);
	describe(report, command, out);
	(void)buf_adds(out, "</desc>\n");
	(void)buf_add(out, grid.p, grid.n);
	(void)buf_add(out, rows.p, rows.n);
	(void)buf_adds(out, "</svg>\n");
}
