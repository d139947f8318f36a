/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the boxes of a diagram stand: each container puts what is in it in a row or a column, as
 * the format says, and is as large as that needs.  Nothing here knows a procedure.
 *
 * Ways come into a thing from above at its right side (PICTURE_LANE), so the texts of the boxes
 * around it end before that.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "runbook/report/diagram_int.h"

enum {
	THING_W = 206,
	NARROW_W = 360,
	TEXT_TOP = 8, /* above and below a box's lines */
	ROW_GAP = 46, /* room for an arrow and a number */
	COLUMN_GAP = 30,
	EDGE = 4,	/* of the picture */
	AROUND = 26,	/* more of it at the top and the right, for a way that goes around */
	TEXT_LANE = 24, /* what the texts leave free for ways */
};

bool picture_is_thing(const struct picture_box *b)
{
	return b->box->kind == DIAGRAM_THING || b->box->kind == DIAGRAM_OUTSIDE;
}

struct picture_box *picture_find(const struct picture *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (text_eq(p->boxes[i].box->name, name))
			return &p->boxes[i];
	return NULL;
}

/* Of the picture itself when `b` is NULL. */
static bool is_row(const struct picture *p, const struct picture_box *b)
{
	if (p->format == DIAGRAM_NARROW)
		return false;
	if (!b)
		return p->format == DIAGRAM_WIDE;
	switch (b->box->kind) {
	case DIAGRAM_GROUP:
	case DIAGRAM_REGION:
		return true;
	case DIAGRAM_SUBNET:
		return p->format == DIAGRAM_MEDIUM;
	case DIAGRAM_OUTSIDE:
	case DIAGRAM_NETWORK:
	case DIAGRAM_THING:
		break;
	}
	return false;
}

static int gap_of(const struct picture *p, const struct picture_box *b)
{
	return is_row(p, b) ? ROW_GAP : COLUMN_GAP;
}

static int pad_of(const struct picture_box *b)
{
	return b && b->box->kind != DIAGRAM_GROUP ? PICTURE_PAD : 0;
}

static struct picture_box *next_in(const struct picture *p, const struct picture_box *around,
				   const struct picture_box *after)
{
	struct picture_box *b = after ? p->boxes + (after - p->boxes) + 1 : p->boxes;

	for (; b < p->boxes + p->n; b++)
		if (b->around == around)
			return b;
	return NULL;
}

static size_t depth_of(const struct picture_box *b)
{
	size_t depth = 0;

	for (b = b->around; b; b = b->around)
		depth += b->box->kind != DIAGRAM_GROUP;
	return depth;
}

static int thing_width(const struct picture *p, const struct picture_box *b)
{
	return p->format == DIAGRAM_NARROW
		       ? NARROW_W - 2 * EDGE - AROUND - 2 * PICTURE_PAD * (int)depth_of(b)
		       : THING_W;
}

/* From a box's left side to the right side of the first thing in it. */
static int lead_of(const struct picture *p, const struct picture_box *b)
{
	const struct picture_box *first = next_in(p, b, NULL);

	return picture_is_thing(b) || !first ? thing_width(p, b) : pad_of(b) + lead_of(p, first);
}

static void measure(struct picture *p, struct picture_box *b);

/* The natural size of what is in a box. */
static void measure_inside(struct picture *p, struct picture_box *around, int *ret_w, int *ret_h)
{
	bool row = is_row(p, around);
	int w = 0, h = 0, n = 0;

	for (struct picture_box *c = NULL; (c = next_in(p, around, c)); n++) {
		measure(p, c);
		w = row ? w + c->w : c->w > w ? c->w : w;
		h = row ? (c->h > h ? c->h : h) : h + c->h;
	}
	if (n > 1 && row)
		w += (n - 1) * gap_of(p, around);
	else if (n > 1)
		h += (n - 1) * gap_of(p, around);
	*ret_w = w;
	*ret_h = h;
}

static void measure(struct picture *p, struct picture_box *b)
{
	int pad = pad_of(b), w, h;

	if (picture_is_thing(b)) {
		b->w = thing_width(p, b);
		picture_words(p, b, b->w - 2 * PICTURE_INSET);
		b->text_h = 2 * TEXT_TOP + (int)b->n_lines * PICTURE_LINE;
		b->h = b->text_h;
		return;
	}
	measure_inside(p, b, &w, &h);
	picture_words(p, b, lead_of(p, b) - TEXT_LANE - PICTURE_INSET);
	b->text_h = b->n_lines ? 2 * TEXT_TOP + (int)b->n_lines * PICTURE_LINE : pad;
	b->w = w + 2 * pad;
	b->h = b->text_h + h + pad;
}

/* ---- placing ------------------------------------------------------------- */

/* What stands in a row takes all of its height, what stands in a column all of its width, but a
 * thing among larger boxes keeps its size. */
static bool is_stretched(const struct picture *p, const struct picture_box *c)
{
	if (!picture_is_thing(c))
		return true;
	return !is_row(p, c->around) && (p->format == DIAGRAM_NARROW || c->around);
}

static void place_inside(struct picture *p, struct picture_box *around, int x, int y, int w, int h);

static void place(struct picture *p, struct picture_box *b, int x, int y, int w, int h)
{
	int pad = pad_of(b);

	b->x = x;
	b->y = y;
	b->w = w;
	b->h = h;
	if (!picture_is_thing(b))
		place_inside(p, b, x + pad, y + b->text_h, w - 2 * pad, h - b->text_h - pad);
}

static void place_inside(struct picture *p, struct picture_box *around, int x, int y, int w, int h)
{
	bool row = is_row(p, around);
	int gap = gap_of(p, around), used = -gap, n = 0;

	for (struct picture_box *c = NULL; (c = next_in(p, around, c)); n++)
		used += gap + (row ? c->w : c->h);
	if (row && n > 1 && w > used) /* what is over goes between them */
		gap += (w - used) / (n - 1);
	for (struct picture_box *c = NULL; (c = next_in(p, around, c));) {
		bool stretched = is_stretched(p, c);

		if (row) {
			place(p, c, x, y, n == 1 && stretched ? w : c->w, stretched ? h : c->h);
			x += c->w + gap;
		} else {
			place(p, c, x, y, stretched ? w : c->w, c->h);
			y += c->h + gap;
		}
	}
}

/* The box before this one on the first way through it, or the one after it. */
static const struct picture_box *neighbour(const struct picture *p, const struct picture_box *b)
{
	for (const struct diagram_way *way = p->diagram->ways; way->step; way++)
		for (size_t i = 0; way->through[i]; i++)
			if (text_eq(way->through[i], b->box->name))
				return picture_find(p, way->through[i ? i - 1 : i + 1]);
	return NULL;
}

static int clamp(int v, int low, int high)
{
	return v > high ? (high < low ? low : high) : v < low ? low : v;
}

/* A thing that has room stands where the way comes from, so that the way is straight. */
static void align(struct picture *p, struct picture_box *b, int left, int top, int right,
		  int bottom)
{
	const struct picture_box *other = neighbour(p, b);
	const struct picture_box *around = b->around;

	if (!other || is_stretched(p, b))
		return;
	if (around) {
		top = around->y + around->text_h;
		bottom = around->y + around->h - pad_of(around);
	}
	if (is_row(p, around))
		b->y = clamp(other->y + other->h / 2 - b->h / 2, top, bottom - b->h);
	else
		b->x = clamp(other->x + other->w - b->w, left, right - b->w);
}

static bool goes_around(const struct diagram *d)
{
	for (const struct diagram_way *way = d->ways; way->step; way++)
		if (way->is_around)
			return true;
	return false;
}

void picture_layout(struct picture *p)
{
	int more = goes_around(p->diagram) ? AROUND : 0;
	int top = p->format == DIAGRAM_NARROW ? EDGE : EDGE + more;
	int w, h;

	measure_inside(p, NULL, &w, &h);
	if (p->format == DIAGRAM_NARROW)
		w = NARROW_W - 2 * EDGE - AROUND;
	place_inside(p, NULL, EDGE, top, w, h);
	for (size_t i = 0; i < p->n; i++)
		if (picture_is_thing(&p->boxes[i]))
			align(p, &p->boxes[i], EDGE, top, EDGE + w, top + h);
	p->width = w + 2 * EDGE + more;
	p->height = h + top + EDGE;
}
