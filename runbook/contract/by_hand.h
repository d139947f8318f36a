/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step does, described for a person and as data: why it is there, what it makes with which
 * settings, where the console has it, and the AWS CLI's commands that do and undo the same.
 * `runbook steps` and `runbook plan` print them (runbook/record/by_hand.h).
 *
 * A text with values names them in angle brackets:
 *
 *   <source.vpc_cidr>   a parameter
 *   <1-1.vpc_id>        an output of a step
 *   <.vpc_id>           an output of this step, or what an earlier command of it was asked for
 *   <a|b>               the first of them that has a value
 *   <region> <region:0> the region of the command's side, of side 0
 *   <run> <stack> <account> <partition> <step>
 *   <reach>             " --endpoint-url ..." in a rehearsal, else nothing
 *   <name:connect>      as step_name names what has no id of its own
 *
 * What is not known yet is a variable of the shell.
 */
#ifndef RUNBOOK_BY_HAND_H
#define RUNBOOK_BY_HAND_H

#include <stdbool.h>

#include "base/attr.h"

/* The run's tags, as an option takes them. */
enum cli_tags {
	CLI_TAGS_NONE,
	CLI_TAGS_SPECIFICATION, /* EC2's creating calls: `value` is the resource's type */
	CLI_TAGS_LIST,		/* IAM's, and ec2 create-tags */
	CLI_TAGS_SET,		/* s3api put-bucket-tagging */
};

struct cli_option {
	const char *name;    /* "--cidr-block"; "": an operand */
	const char *value;   /* NULL: a flag.  With values, as above */
	char *(*make)(void); /* instead of `value`, for a document; the caller frees */
	/* Only when a parameter has a value ("source.image") or this one ("a=b"); with '!' before
	 * it, only when not.  NULL: always. */
	const char *only_when;
	const char
		*since; /* as of a command: the version of the AWS CLI that first had the option */
	bool script_only; /* not for a person, who would have to think of another for the next try
			   */
	enum cli_tags tags;
	const char *what; /* the name that the tags give it, as step_tags */
};

struct cli_command {
	const char *about;     /* English: what it is for; its translation is looked up.  NULL */
	const char *operation; /* "ec2 create-vpc", "ec2 wait vpc-available" */
	int side;
	bool on_instance;
	/* How a program gets onto the instance, where others than this one run: a script leads what
	 * is `on_instance` through these, and `there`, which is what this one is to run there. */
	bool login;
	bool interactive; /* only for a person at a terminal: a script leaves it out */
	bool again;	  /* refused while AWS is not ready: asked again until it is not */
	const struct cli_option *options; /* ends with a row without name */
	const char *shell; /* another program than the AWS CLI, instead of `operation`: "ssh" */
	const char *there;
	const char *since;     /* the version of the AWS CLI that first had it, if that is young */
	const char *query;     /* what is wanted of the answer, a JMESPath */
	const char *output;    /* kept under this name; NULL: printed, or only read */
	const char *strip;     /* taken off the front of it */
	const char *until;     /* asked again until `query` answers this */
	const char *fails;     /* what it answers when that will never be: "failed|rejected" */
	const char *refused;   /* the error code that is the right answer */
	const char *only_when; /* as of an option */
};

/* A setting of something that the step makes. */
struct made_setting {
	const char *name;  /* English, "CIDR block"; its translation is looked up */
	const char *value; /* with values; English words are looked up */
};

struct made {
	const char *kind;		     /* English noun, "VPC"; its translation is looked up */
	const char *output;		     /* the output that is its id; NULL: it has none */
	const struct made_setting *settings; /* ends with a row without name */
};

/* The way through AWS's console, as its labels read in both languages. */
struct console_path {
	const char *en, *ja;
};

struct by_hand {
	/* What the step's own `why` leaves out, English; its translation is looked up. */
	const char *background;
	const char *const *troubles;	    /* what can go wrong, the same; ends with NULL */
	const struct made *makes;	    /* ends with a row without kind */
	const struct console_path *console; /* ends with a row without en */
	const struct cli_command *make; /* in order; ends with a row without operation and shell */
	const struct cli_command *unmake;
};

#endif
