/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a hand-over to Terraform. */
#ifndef RUNBOOK_EXPORT_TF_WRITE_H
#define RUNBOOK_EXPORT_TF_WRITE_H

#include "base/buf.h"
#include "runbook/export/tf_world.h"

/* The first line of each file; one that has none is somebody's own. */
#define TF_FIRST_LINE "# Written by runbook export terraform."

/* Blanks for a line so deep. */
void tf_indent(int depth, struct buf *out);
/* The tag is one thing's own, not one that all of the run have. */
bool tf_is_own_tag(const char *key);
/* The provider of the side where the resource is. */
const char *tf_side_name(const struct tf_world *w, const struct tf_item *item);
/* Added to `out`: one resource as a block, with its comments. */
void tf_write_resource(struct tf_world *w, const struct tf_item *item, struct buf *out);
/* All resources and data sources, by step. */
void tf_write_main(struct tf_world *w, struct buf *out);
/* An import block for each resource of a run; nothing without one. */
void tf_write_imports(const struct tf_world *w, struct buf *out);
/* Of a run that was made in a sandbox: its ids are none of AWS's, and the text, static, says so. */
bool tf_is_rehearsal(const struct tf_world *w);
const char *tf_rehearsal_text(void);
/* The provider of each side. */
void tf_write_providers(struct tf_world *w, struct buf *out);
/* What the text refers to: after all else was written. */
void tf_write_variables(const struct tf_world *w, struct buf *out);
/* For a person: the commands, and what is not in it. */
void tf_write_readme(const struct tf_world *w, struct buf *out);

#endif
