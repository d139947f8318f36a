/* SPDX-License-Identifier: Apache-2.0 */
/* The diagram's parts, for each other.  All lengths are in units of the SVG, a pixel at full size.
 */
#ifndef RUNBOOK_REPORT_DIAGRAM_INT_H
#define RUNBOOK_REPORT_DIAGRAM_INT_H

#include <stddef.h>

#include "base/buf.h"
#include "runbook/contract/diagram.h"
#include "runbook/report/diagram.h"
#include "runbook/report/html.h"
#include "runbook/report/lookup.h"

enum {
	PICTURE_PAD = 12,   /* inside of a box that has others in it */
	PICTURE_INSET = 10, /* from a box's side to its text */
	PICTURE_LINE = 17,  /* from one line of text to the next */
	PICTURE_FONT = 12,
	PICTURE_LANE = 16, /* of a way, from the right side of a box */
};

enum line_kind {
	LINE_TITLE,
	LINE_ID,
	LINE_PLAIN,
	LINE_FAINT, /* not made yet, or removed */
	LINE_WRONG,
};

struct picture_line {
	char *text;
	enum line_kind kind;
};

struct picture_box {
	const struct diagram_box *box;
	struct picture_box *around; /* NULL: the picture itself */
	enum report_look look;
	struct picture_line *lines;
	size_t n_lines;
	int x, y, w, h;
	int text_h; /* of the lines, with the space above and below */
};

struct picture {
	const struct diagram *diagram;
	const json_t *report;
	enum diagram_format format;
	bool planned;
	struct picture_box *boxes; /* as the diagram's */
	size_t n;
	int width, height;
};

enum html_face picture_face(enum line_kind kind);
struct picture_box *picture_find(const struct picture *p, const char *name);
/* Ways lead through it, and no box is in it. */
bool picture_is_thing(const struct picture_box *b);

/* diagram_words.c: the lines of a box, for `width`, and how it looks. */
void picture_words(struct picture *p, struct picture_box *b, int width);
void picture_words_clear(struct picture_box *b);
/* Whether a way was proven, and the text about it.  Caller frees *ret_text. */
enum report_look picture_way(const struct picture *p, const struct diagram_way *way,
			     char **ret_text);

/* diagram_layout.c: where every box stands. */
void picture_layout(struct picture *p);

/* diagram_ways.c: the ways, with their numbers. */
void picture_draw_ways(const struct picture *p, struct buf *out);
/* A way's number in its circle. */
void picture_draw_number(struct buf *out, int number, const char *class_name, int x, int y);

#endif
