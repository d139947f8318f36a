/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step makes, as resources of Terraform's AWS provider, so that a run can be handed over
 * to it (runbook/export/).
 *
 * A text has values as in by_hand.h: <source.vpc_cidr>, <1-1.vpc_id>, <.vpc_id>, <a|b>, <region>,
 * <region:0>, <run>, <stack>, <partition>, <step>, <name:connect>; and <s3-service:1>, what the
 * endpoint service of side 1's S3 is called where the resource is.  In HCL a parameter is a
 * variable, and an output is a reference to the resource of which it is the `output`.
 *   source  registry.terraform.io/providers/hashicorp/aws/5.100.0/docs
 */
#ifndef RUNBOOK_TERRAFORM_H
#define RUNBOOK_TERRAFORM_H

#include <stdbool.h>

#include <jansson.h>

#include "aws/core/client.h"
#include "aws/core/tags.h"
#include "base/attr.h"
#include "base/error.h"

enum tf_form {
	TF_TEXT,
	TF_BARE,     /* true, 22 */
	TF_LIST,     /* of one text */
	TF_DOCUMENT, /* JSON, for jsonencode */
	TF_TAGS,     /* those of the run; `value` is what they name */
	TF_HCL,	     /* an expression as it stands */
	TF_AFTER,    /* the address of a resource that must be there before, if it is written */
};

struct tf_argument {
	const char *name; /* "cidr_block"; of a block in it "metadata_options.http_tokens" */
	enum tf_form form;
	bool new_only;	     /* for who builds from nothing; after an import it would be a change */
	const char *value;   /* NULL: `make` */
	char *(*make)(void); /* a document; the caller frees */
	const char *otherwise; /* an expression, where a value in it is not known yet */
	const char *only_when; /* as of a cli_option */
};

/* What a kind's reader is asked, and what it answers. */
struct tf_look {
	const char *id;	      /* the import id that the step leads one to expect */
	const char *account;  /* NULL: not known */
	const json_t *wanted; /* what the step makes: an object, argument to value */
	json_t *found;	      /* the same as it is now; NULL: it is not there */
	char *import_id;      /* where it is another than `id` */
	const char *left_out; /* why it is not handed over, static; NULL: it is, or is not there */
};

/* A kind of thing. */
struct tf_kind {
	const char *type;      /* "aws_vpc" */
	const char *attribute; /* by which others refer to it: "id"; NULL: none does */
	/* Reads only.  `look` is zeroed but for what is asked.  NULL: a data source. */
	struct rb_error *(*read)(struct aws_client *c, struct tf_look *look);
};

struct tf_resource {
	const struct tf_kind *kind;
	const char *name; /* after the type: "source" */
	int side;
	const char *output; /* the step's output that it is; NULL: it is part of another */
	/* How it is imported, a text with values; NULL: by its output.  While one of them is not
	 * recorded it is not there. */
	const char *import_id;
	const struct tf_argument *arguments; /* ends with a row without name */
	const char *only_when; /* as of a cli_option: a data source of who begins anew */
};

#endif
