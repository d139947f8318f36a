/* SPDX-License-Identifier: Apache-2.0 */
/* The diagram as SVG: boxes, ways and the legend. */
#include "runbook/report/diagram.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/diagram_int.h"
#include "runbook/report/style.h"
#include "runbook/ui/lang.h"

enum {
	LEGEND_TOP = 14,
	LEGEND_LEFT = 30,
	LEGEND_ROW = 8, /* between its entries */
	CORNER = 6,
	MORE = 1, /* a box's first line of text, below the top of the row */
};

const char diagram_style[] =
	".d{font:12px/1 system-ui,sans-serif;max-width:100%;height:auto}"
	".d text{fill:var(--fg);font-size:12px}"
	".d .d-t{font-weight:600}.d .d-i{font-family:ui-monospace,SFMono-Regular,Menlo,"
	"\"DejaVu Sans Mono\",Consolas,monospace}"
	".d .d-f{fill:var(--muted)}.d .d-no{fill:var(--bad);font-weight:600}"
	".d rect{fill:var(--bg);stroke:var(--line);stroke-width:1.25}"
	".d .d-region{fill:var(--card);stroke:var(--muted)}"
	".d .d-network{fill:var(--net);stroke:var(--one)}"
	".d .d-subnet{fill:var(--sub);stroke:var(--two)}"
	".d .d-thing{stroke:var(--fg);stroke-width:1.5}"
	".d .d-outside{fill:var(--card);stroke:var(--muted)}"
	".d rect.d-planned{stroke-dasharray:6 4;stroke:var(--muted)}"
	".d rect.d-gone{stroke-dasharray:2 4;stroke:var(--muted);fill:none}"
	".d rect.d-wrong{stroke:var(--bad);stroke-width:2.5}"
	".d .d-way{fill:none;stroke-width:2.25;stroke-linejoin:round}"
	".d .d-dash{stroke-dasharray:6 5}"
	".d .d-way.d-one{stroke:var(--one)}.d .d-way.d-two{stroke:var(--two)}"
	".d .d-way.d-shut{stroke:var(--shut)}.d .d-way.d-bad{stroke:var(--bad)}"
	".d .d-head.d-one,.d .d-dot.d-one{fill:var(--one)}"
	".d .d-head.d-two,.d .d-dot.d-two{fill:var(--two)}"
	".d .d-head.d-shut,.d .d-dot.d-shut{fill:var(--shut)}"
	".d .d-head.d-bad,.d .d-dot.d-bad{fill:var(--bad)}"
	".d .d-cross{fill:none;stroke:var(--bg);stroke-width:2;stroke-dasharray:none}"
	".d .d-number{fill:var(--bg);font-weight:700;font-size:12px;text-anchor:middle}";

/* ---- boxes --------------------------------------------------------------- */

static const char *kind_class(enum diagram_kind kind)
{
	switch (kind) {
	case DIAGRAM_GROUP:
		break;
	case DIAGRAM_OUTSIDE:
		return "d-outside";
	case DIAGRAM_REGION:
		return "d-region";
	case DIAGRAM_NETWORK:
		return "d-network";
	case DIAGRAM_SUBNET:
		return "d-subnet";
	case DIAGRAM_THING:
		return "d-thing";
	}
	return "";
}

static const char *look_class(enum report_look look)
{
	switch (look) {
	case LOOK_THERE:
		break;
	case LOOK_PLANNED:
		return " d-planned";
	case LOOK_WRONG:
		return " d-wrong";
	case LOOK_GONE:
		return " d-gone";
	}
	return "";
}

static const char *line_class(enum line_kind kind)
{
	switch (kind) {
	case LINE_TITLE:
		return "d-t";
	case LINE_ID:
		return "d-i";
	case LINE_PLAIN:
		return "d-l";
	case LINE_FAINT:
		return "d-f";
	case LINE_WRONG:
		break;
	}
	return "d-no";
}

static void draw_text(struct buf *out, const char *class_name, int x, int y, const char *text)
{
	(void)buf_addf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class_name, x, y);
	html_text(out, text);
	(void)buf_adds(out, "</text>");
}

static void draw_box(const struct picture_box *b, struct buf *out)
{
	if (b->box->kind == DIAGRAM_GROUP)
		return;
	(void)buf_addf(out,
		       "<rect class=\"%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		       "rx=\"%d\"/>",
		       kind_class(b->box->kind), look_class(b->look), b->x, b->y, b->w, b->h,
		       CORNER);
	for (size_t i = 0; i < b->n_lines; i++)
		draw_text(out, line_class(b->lines[i].kind), b->x + PICTURE_INSET,
			  b->y + PICTURE_INSET + PICTURE_FONT + MORE + (int)i * PICTURE_LINE - 2,
			  b->lines[i].text);
	(void)buf_addc(out, '\n');
}

/* ---- legend -------------------------------------------------------------- */

/* Appends `text` in lines below *y, which moves on. */
static void draw_entry(const struct picture *p, struct buf *out, const char *class_name,
		       const char *text, int *y)
{
	auto_strv lines = { 0 };

	html_wrap(&lines, text, FACE_SANS, (p->width - LEGEND_LEFT - 8) * 1000 / PICTURE_FONT, 4);
	for (size_t i = 0; i < lines.n; i++) {
		draw_text(out, class_name, LEGEND_LEFT, *y + PICTURE_FONT, lines.v[i]);
		*y += PICTURE_LINE;
	}
	*y += LEGEND_ROW;
}

static void draw_way_entries(const struct picture *p, struct buf *out, int *y)
{
	int number = 1;

	for (const struct diagram_way *way = p->diagram->ways; way->step; way++, number++) {
		autofree char *result = NULL;
		enum report_look look = picture_way(p, way, &result);
		autofree char *title = diagram_fill(p->report, way->step, way->title);
		autofree char *text = xasprintf("%s: %s", title, result);

		picture_draw_number(out, number,
				    look == LOOK_WRONG ? "d-bad"
				    : way->is_refusal  ? "d-shut"
				    : number % 2       ? "d-one"
						       : "d-two",
				    LEGEND_LEFT - 17, *y + 8);
		draw_entry(p, out, look == LOOK_WRONG ? "d-no" : "d-l", text, y);
	}
}

static bool any_looks(const struct picture *p, enum report_look look)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->boxes[i].look == look && p->boxes[i].box->kind != DIAGRAM_GROUP)
			return true;
	return false;
}

/* What the outlines mean, of those that are there. */
static void draw_look_entries(const struct picture *p, struct buf *out, int *y)
{
	static const struct {
		enum report_look look;
		const char *text;
	} rows[] = {
		{ LOOK_PLANNED, N_("not made, or not all of it") },
		{ LOOK_WRONG, N_("not as it should be") },
		{ LOOK_GONE, N_("removed again") },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!any_looks(p, rows[i].look))
			continue;
		(void)buf_addf(out,
			       "<rect class=\"d-thing%s\" x=\"4\" y=\"%d\" width=\"18\" "
			       "height=\"12\" rx=\"2\"/>",
			       look_class(rows[i].look), *y + 1);
		draw_entry(p, out, "d-l", tr(rows[i].text), y);
	}
}

/* ---- the whole ----------------------------------------------------------- */

/* All that is drawn, in words. */
static void describe(const struct picture *p, struct buf *out)
{
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->boxes[i].n_lines; k++) {
			html_text(out, p->boxes[i].lines[k].text);
			(void)buf_adds(out, k + 1 < p->boxes[i].n_lines ? " " : ". ");
		}
	}
	for (const struct diagram_way *way = p->diagram->ways; way->step; way++) {
		autofree char *result = NULL;
		autofree char *title = diagram_fill(p->report, way->step, way->title);

		(void)picture_way(p, way, &result);
		html_text(out, title);
		(void)buf_adds(out, ": ");
		html_text(out, result);
		(void)buf_adds(out, ". ");
	}
}

static void picture_init(struct picture *p, const json_t *report, const struct diagram *diagram,
			 enum diagram_format format, bool planned)
{
	*p = (struct picture){
		.diagram = diagram, .report = report, .format = format, .planned = planned
	};
	while (diagram->boxes[p->n].name)
		p->n++;
	p->boxes = xcalloc(p->n + 1, sizeof(*p->boxes));
	for (size_t i = 0; i < p->n; i++) {
		p->boxes[i].box = &diagram->boxes[i];
		p->boxes[i].around =
			diagram->boxes[i].in ? picture_find(p, diagram->boxes[i].in) : NULL;
	}
	picture_layout(p);
}

static void picture_clear(struct picture *p)
{
	for (size_t i = 0; i < p->n; i++)
		picture_words_clear(&p->boxes[i]);
	free(p->boxes);
}

/* `format`: what it is for, whatever it is laid out as. */
static void draw(const struct picture *p, enum diagram_format format, const char *style,
		 struct buf *out)
{
	static const char *const names[] = {
		[DIAGRAM_WIDE] = "wide", [DIAGRAM_MEDIUM] = "medium", [DIAGRAM_NARROW] = "narrow"
	};
	const char *name = names[format];
	auto_buf inner = BUF_INIT;
	int y = p->height + LEGEND_TOP;

	for (size_t i = 0; i < p->n; i++)
		draw_box(&p->boxes[i], &inner);
	picture_draw_ways(p, &inner);
	draw_way_entries(p, &inner, &y);
	draw_look_entries(p, &inner, &y);
	(void)buf_addf(out,
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"d d-%s\" role=\"img\" "
		       "aria-labelledby=\"d-%s-title\" aria-describedby=\"d-%s-desc\" "
		       "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">",
		       name, name, name, p->width, y, p->width, y);
	(void)buf_addf(out, "<title id=\"d-%s-title\">", name);
	html_text(out, p->planned ? tr("What will be built") : tr("What was built"));
	(void)buf_addf(out, "</title><desc id=\"d-%s-desc\">", name);
	describe(p, out);
	(void)buf_adds(out, "</desc>\n");
	if (style)
		(void)buf_addf(out, "<style>%s%s.d{background:var(--bg)}</style>\n", style_colours,
			       style);
	(void)buf_add(out, inner.p, inner.n);
	(void)buf_adds(out, "</svg>\n");
}

void diagram_proofs(const json_t *report, const struct diagram *diagram, struct buf *out)
{
	const struct picture p = { .diagram = diagram, .report = report };

	for (const struct diagram_way *way = diagram->ways; way->step; way++) {
		autofree char *result = NULL;
		autofree char *title = diagram_fill(report, way->step, way->title);
		enum report_look look = picture_way(&p, way, &result);
		autofree char *text = xasprintf("%s: %s", title, result);

		if (look == LOOK_PLANNED) /* there is no proof */
			continue;
		html_element(out, look == LOOK_WRONG ? "p class=\"no\"" : "p class=\"proof\"",
			     text);
	}
}

/* What has one region needs less width with its parts side by side than one below the other: the
 * wider a picture is, the smaller its letters are printed. */
static void fit_on_paper(struct picture *p)
{
	struct picture wide, wider;

	picture_init(&wide, p->report, p->diagram, DIAGRAM_WIDE, p->planned);
	wider = wide;
	if (wide.width < p->width) {
		wider = *p;
		*p = wide;
	}
	picture_clear(&wider);
}

void diagram_svg(const json_t *report, const struct procedure *procedure,
		 enum diagram_format format, bool planned, struct buf *out)
{
	struct picture p;

	picture_init(&p, report, procedure->diagram, format, planned);
	if (format == DIAGRAM_MEDIUM)
		fit_on_paper(&p);
	draw(&p, format, NULL, out);
	picture_clear(&p);
}

void diagram_file(const json_t *report, const struct procedure *procedure, bool planned,
		  struct buf *out)
{
	struct picture p;

	picture_init(&p, report, procedure->diagram, DIAGRAM_WIDE, planned);
	draw(&p, DIAGRAM_WIDE, diagram_style, out);
	picture_clear(&p);
}
