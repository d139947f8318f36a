/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways through a diagram: lines with right angles from a box's side to the next one's.  Where
 * boxes are side by side a way is level, where one is below the other it is upright, and else it
 * turns in the gap between the boxes around them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/report/diagram_int.h"

enum {
	OVERLAP = 24, /* so much of two sides has to face each other for a straight way */
	APART = 9,    /* two ways between the same sides */
	ARROW = 7,
	RADIUS = 9,	 /* of a number's circle */
	FROM_START = 21, /* of a way to its number */
	EDGE_LANE = 11,	 /* from the picture's edge to a way around everything */
	POINTS = 6,
};

struct path {
	int x[POINTS], y[POINTS];
	size_t n;
};

static void add_point(struct path *path, int x, int y)
{
	path->x[path->n] = x;
	path->y[path->n++] = y;
}

static int middle(int a, int b)
{
	return (a + b) / 2;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int most(int a, int b)
{
	return a > b ? a : b;
}

static bool is_in(const struct picture_box *b, const struct picture_box *around)
{
	for (; b; b = b->around)
		if (b == around)
			return true;
	return false;
}

/* The largest box that `b` is in, and `other` is not. */
static const struct picture_box *apart_from(const struct picture_box *b,
					    const struct picture_box *other)
{
	while (b->around && !is_in(other, b->around))
		b = b->around;
	return b;
}

static struct path level(const struct picture_box *a, const struct picture_box *b)
{
	const struct picture_box *out = apart_from(a, b), *in = apart_from(b, a);
	int top = most(a->y, b->y), bottom = least(a->y + a->h, b->y + b->h);
	int x0 = a->x + a->w, x1 = b->x, turn = middle(out->x + out->w, in->x);
	struct path path = { .n = 0 };

	if (b->x < a->x) {
		x0 = a->x;
		x1 = b->x + b->w;
		turn = middle(in->x + in->w, out->x);
	}
	if (bottom - top >= OVERLAP) {
		add_point(&path, x0, middle(top, bottom));
		add_point(&path, x1, middle(top, bottom));
		return path;
	}
	add_point(&path, x0, a->y + a->h / 2);
	add_point(&path, turn, a->y + a->h / 2);
	add_point(&path, turn, b->y + b->h / 2);
	add_point(&path, x1, b->y + b->h / 2);
	return path;
}

static struct path upright(const struct picture_box *a, const struct picture_box *b)
{
	const struct picture_box *out = apart_from(a, b), *in = apart_from(b, a);
	int left = most(a->x, b->x), right = least(a->x + a->w, b->x + b->w);
	int y0 = a->y + a->h, y1 = b->y, turn = middle(out->y + out->h, in->y);
	int xa = a->x + a->w - PICTURE_LANE, xb = b->x + b->w - PICTURE_LANE;
	struct path path = { .n = 0 };

	if (b->y < a->y) {
		y0 = a->y;
		y1 = b->y + b->h;
		turn = middle(in->y + in->h, out->y);
	}
	if (right - left >= OVERLAP) {
		add_point(&path, right - PICTURE_LANE, y0);
		add_point(&path, right - PICTURE_LANE, y1);
		return path;
	}
	add_point(&path, xa, y0);
	add_point(&path, xa, turn);
	add_point(&path, xb, turn);
	add_point(&path, xb, y1);
	return path;
}

static struct path between(const struct picture_box *a, const struct picture_box *b)
{
	const struct picture_box *out = apart_from(a, b), *in = apart_from(b, a);

	/* what keeps them apart: boxes side by side, or one below the other */
	return out->x + out->w <= in->x || in->x + in->w <= out->x ? level(a, b) : upright(a, b);
}

/* By the top, where that is not the nearest, and the right. */
static struct path around(const struct picture *p, const struct picture_box *a,
			  const struct picture_box *b)
{
	int lane = p->width - EDGE_LANE;
	struct path path = { .n = 0 };

	if (p->format == DIAGRAM_NARROW) {
		add_point(&path, a->x + a->w, a->y + a->h / 2);
		add_point(&path, lane, a->y + a->h / 2);
	} else {
		add_point(&path, a->x + a->w / 2, a->y);
		add_point(&path, a->x + a->w / 2, EDGE_LANE);
		add_point(&path, lane, EDGE_LANE);
	}
	add_point(&path, lane, b->y + b->h / 2);
	add_point(&path, b->x + b->w, b->y + b->h / 2);
	return path;
}

/* ---- drawing ------------------------------------------------------------- */

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void draw_path(struct buf *out, const struct path *path, const char *class_name)
{
	(void)buf_addf(out, "<path class=\"d-way %s\" d=\"M%d %d", class_name, path->x[0],
		       path->y[0]);
	for (size_t i = 1; i < path->n; i++)
		(void)buf_addf(out, "L%d %d", path->x[i], path->y[i]);
	(void)buf_adds(out, "\"/>");
}

/* Where the path comes from, at its end. */
static void direction(const struct path *path, int *ret_dx, int *ret_dy)
{
	size_t last = path->n - 1;

	*ret_dx = sign(path->x[last] - path->x[last - 1]);
	*ret_dy = sign(path->y[last] - path->y[last - 1]);
}

static void draw_arrow(struct buf *out, const struct path *path, const char *class_name)
{
	int x = path->x[path->n - 1], y = path->y[path->n - 1], dx, dy;

	direction(path, &dx, &dy);
	(void)buf_addf(out, "<path class=\"d-head %s\" d=\"M%d %dL%d %dL%d %dZ\"/>", class_name, x,
		       y, x - dx * ARROW - dy * ARROW / 2, y - dy * ARROW - dx * ARROW / 2,
		       x - dx * ARROW + dy * ARROW / 2, y - dy * ARROW + dx * ARROW / 2);
}

/* Nobody comes through here. */
static void draw_stop(struct buf *out, const struct path *path, const char *class_name)
{
	int x = path->x[path->n - 1], y = path->y[path->n - 1], dx, dy;

	direction(path, &dx, &dy);
	x -= dx * RADIUS;
	y -= dy * RADIUS;
	(void)buf_addf(out,
		       "<circle class=\"d-dot %s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
		       "<path class=\"d-cross %s\" d=\"M%d %dL%d %dM%d %dL%d %d\"/>",
		       class_name, x, y, RADIUS - 1, class_name, x - 4, y - 4, x + 4, y + 4, x - 4,
		       y + 4, x + 4, y - 4);
}

void picture_draw_number(struct buf *out, int number, const char *class_name, int x, int y)
{
	(void)buf_addf(out,
		       "<circle class=\"d-dot %s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
		       "<text class=\"d-number\" x=\"%d\" y=\"%d\">%d</text>",
		       class_name, x, y, RADIUS, x, y + 4, number);
}

static void number_at(const struct path *path, bool in_the_middle, int *ret_x, int *ret_y)
{
	size_t best = 0;
	int longest = -1;

	if (!in_the_middle) {
		int dx = path->x[1] - path->x[0], dy = path->y[1] - path->y[0];

		*ret_x = path->x[0] + sign(dx) * least(FROM_START, (dx < 0 ? -dx : dx) / 2);
		*ret_y = path->y[0] + sign(dy) * least(FROM_START, (dy < 0 ? -dy : dy) / 2);
		return;
	}
	for (size_t i = 0; i + 1 < path->n; i++) {
		int length = most(path->x[i + 1] - path->x[i], path->x[i] - path->x[i + 1]) +
			     most(path->y[i + 1] - path->y[i], path->y[i] - path->y[i + 1]);

		if (length > longest) {
			longest = length;
			best = i;
		}
	}
	*ret_x = middle(path->x[best], path->x[best + 1]);
	*ret_y = middle(path->y[best], path->y[best + 1]);
}

static const char *class_of(const struct diagram_way *way, enum report_look look, int number)
{
	if (look == LOOK_WRONG)
		return "d-bad";
	if (way->is_refusal)
		return look == LOOK_THERE ? "d-shut" : "d-shut d-dash";
	if (number % 2)
		return look == LOOK_THERE ? "d-one" : "d-one d-dash";
	return look == LOOK_THERE ? "d-two" : "d-two d-dash";
}

static void draw_way(const struct picture *p, const struct diagram_way *way, int number,
		     struct buf *out)
{
	autofree char *text = NULL;
	enum report_look look = picture_way(p, way, &text);
	const char *class_name = class_of(way, look, number);

	for (size_t i = 0; way->through[i + 1]; i++) {
		const struct picture_box *a = picture_find(p, way->through[i]);
		const struct picture_box *b = picture_find(p, way->through[i + 1]);
		struct path path = way->is_around ? around(p, a, b) : between(a, b);
		int x, y;

		draw_path(out, &path, class_name);
		if (way->is_refusal && !way->through[i + 2])
			draw_stop(out, &path, class_name);
		else
			draw_arrow(out, &path, class_name);
		if (i)
			continue;
		number_at(&path, way->is_around, &x, &y);
		picture_draw_number(out, number, class_name, x, y);
	}
	(void)buf_addc(out, '\n');
}

void picture_draw_ways(const struct picture *p, struct buf *out)
{
	int number = 1;

	for (const struct diagram_way *way = p->diagram->ways; way->step; way++)
		draw_way(p, way, number++, out);
}
