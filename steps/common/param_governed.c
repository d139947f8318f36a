/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What governed accounts ask for: tags on everything that is created, and a permissions boundary
 * on the role.
 *   source  EC2 User Guide and IAM User Guide, "Tag restrictions" and "Rules for tagging"; S3 User
 *           Guide, "Using cost allocation S3 bucket tags"; IAM API Reference, CreateRole
 */
#include <stdbool.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/param_checks.h"
#include "steps/common/param_rules.h"

enum {
	TAG_KEY_MAX = 128, /* characters */
	TAG_VALUE_MAX = 256,
	TAGS_MAX = 50,	  /* of a thing */
	TAGS_OF_OURS = 5, /* Name, runbook:stack, runbook:run, runbook:step, runbook:expires */
	POLICY_NAME_MAX = 128,
	BOUNDARY_MAX = 512,  /* path and name of a managed policy, and what stands before them */
	BOUNDARY_FIELDS = 6, /* of an ARN */
};

#define REFUSE(...) return rb_error_because(RB_USAGE, __VA_ARGS__)

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char boundary_param[] = "iam.permissions_boundary";

/* ---- tags ------------------------------------------------------------------ */

/* Characters, in UTF-8; -1: it is none, or has control characters. */
static int characters(const char *s)
{
	autofree char *shown = text_printable(s, strlen(s), strlen(s));
	int n = 0;

	if (!text_eq(shown, s))
		return -1;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* EC2 takes any character, IAM and S3 letters, digits, blanks and these; what of the rest of
 * Unicode is a letter is theirs to say. */
static bool is_tag_text(const char *s)
{
	static const char good[] = ALNUM " _.:/=+-@";

	for (; *s; s++)
		if ((unsigned char)*s < 0x80 && !strchr(good, *s))
			return false;
	return true;
}

/* Without regard to case: IAM's keys have none. */
static bool begins(const char *key, const char *prefix)
{
	autofree char *head = xstrndup(key, strlen(prefix));

	return text_eq_nocase(head, prefix);
}

struct rb_error *param_check_tag(const char *key, const char *value)
{
	int key_n = characters(key), value_n = characters(value);

	if (!*key)
		REFUSE("it names no tag: tags.KEY=VALUE");
	if (key_n < 0 || value_n < 0)
		REFUSE("it has control characters or is no UTF-8");
	if (key_n > TAG_KEY_MAX)
		REFUSE("a tag's key has %d characters at most, this one has %d", TAG_KEY_MAX,
		       key_n);
	if (value_n > TAG_VALUE_MAX)
		REFUSE("a tag's value has %d characters at most, this one has %d", TAG_VALUE_MAX,
		       value_n);
	if (!is_tag_text(key) || !is_tag_text(value))
		REFUSE("IAM and S3 take letters, digits, blanks and _ . : / = + - @ in tags");
	if (begins(key, "aws:"))
		REFUSE("AWS keeps keys that begin with aws: for itself");
	if (begins(key, "runbook:") || text_eq_nocase(key, "Name"))
		REFUSE("runbook writes this tag itself");
	return NULL;
}

static const struct param_member *same_but_case(const struct params *p,
						const struct param_member *m, size_t from)
{
	const struct param_member *other;

	while ((other = params_next(p, PARAM_TAGS, &from)))
		if (text_eq_nocase(other->name, m->name))
			return other;
	return NULL;
}

struct rb_error *param_check_tags(const struct params *p)
{
	const struct param_member *m, *other;
	size_t i = 0;
	int n = 0;

	while ((m = params_next(p, PARAM_TAGS, &i))) {
		n++;
		other = same_but_case(p, m, i);
		if (other)
			return rb_error_why(rb_error_new(RB_USAGE,
							 "%s and %s cannot be given together",
							 m->name, other->name),
					    "IAM takes no two keys that differ by case alone");
	}
	if (n > TAGS_MAX - TAGS_OF_OURS)
		return rb_error_why(rb_error_new(RB_USAGE, "%d tags are too many", n),
				    "AWS takes %d on a thing, and %d are runbook's own", TAGS_MAX,
				    TAGS_OF_OURS);
	return NULL;
}

/* ---- permissions boundary --------------------------------------------------- */

/* The fields of an ARN, as many as it has; the last one to its end. */
static size_t split_arn(char *arn, const char *ret[BOUNDARY_FIELDS])
{
	size_t n = 0;

	for (size_t i = 0; i < BOUNDARY_FIELDS; i++)
		ret[i] = "";
	ret[n++] = arn;
	for (char *colon; n < BOUNDARY_FIELDS && (colon = strchr(arn, ':')); arn = colon + 1) {
		*colon = '\0';
		ret[n++] = colon + 1;
	}
	return n;
}

static bool is_account(const char *s)
{
	return text_eq(s, "aws") || (strlen(s) == 12 && strspn(s, "0123456789") == 12);
}

/* "policy/NAME", "policy/a/path/NAME" */
static bool is_policy(const char *s)
{
	const char *name = strrchr(s, '/');

	if (!text_starts_with(s, "policy/"))
		return false;
	return name[1] && strlen(name + 1) <= POLICY_NAME_MAX && !strstr(s, "//") &&
	       s[strspn(s, ALNUM "_+=,.@-/")] == '\0';
}

struct rb_error *param_check_boundary(const char *value)
{
	autofree char *copy = xstrdup(value);
	const char *field[BOUNDARY_FIELDS];
	size_t n = split_arn(copy, field);

	if (!*value)
		return NULL;
	if (n < BOUNDARY_FIELDS || !text_eq(field[0], "arn") ||
	    !text_starts_with(field[1], "aws") || !text_eq(field[2], "iam") || *field[3] ||
	    !is_account(field[4]) || !is_policy(field[5]) || strlen(value) > BOUNDARY_MAX)
		REFUSE("it is no ARN of a managed policy such as "
		       "arn:aws:iam::123456789012:policy/boundary");
	return NULL;
}

struct rb_error *param_check_boundary_owner(const struct params *p, const char *region,
					    const char *account)
{
	const char *value = params_get(p, boundary_param);
	autofree char *copy = xstrdup(value);
	const char *field[BOUNDARY_FIELDS], *partition = aws_partition_of(region)->id;
	struct rb_error *err;

	if (!*value)
		return NULL;
	(void)split_arn(copy, field);
	err = rb_error_new(RB_USAGE, "%s cannot be '%s'", boundary_param, value);
	if (!text_eq(field[1], partition))
		return rb_error_why(err, "it is of partition %s, and '%s' is in %s", field[1],
				    region, partition);
	if (account && !text_eq(field[4], "aws") && !text_eq(field[4], account))
		return rb_error_why(err, "it is a policy of account %s, and the role is made in %s",
				    field[4], account);
	return rb_error_free(err);
}
