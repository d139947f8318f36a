/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ways of procedures have in common: two ends in subnets with their groups, network ACLs,
 * route tables and perhaps a peering between them; behind it S3, its policies and the role.
 *
 * A procedure says in a `struct path_plan` which of its steps make what, and in its table of hops
 * which of the judges below it goes by.
 *   source  Amazon VPC User Guide; docs of VPC peering and interface endpoints; IAM User Guide,
 *           "Policy evaluation logic"
 */
#ifndef STEPS_COMMON_PATH_H
#define STEPS_COMMON_PATH_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"

enum { END_FROM, END_TO, ENDS_N };

enum end_kind { END_INSTANCE, END_CONNECT_ENDPOINT, END_S3_ENDPOINT };

struct end_plan {
	enum end_kind kind;
	int side;
	const char *step;	 /* makes it and its group */
	const char *subnet_step; /* its subnet, with a table of its own */
	const char *vpc_step;
	const char *route_step;	      /* its route to the other end; NULL: both are in one VPC */
	const char *route_cidr_param; /* that route's block */
	const char *cidr_param;	      /* its subnet's block */
};

struct path_plan {
	int port;
	struct end_plan ends[ENDS_N];
	const char *peering_step; /* NULL: nothing is peered */
	const char *accept_step;
	const char *bucket_step; /* NULL: the way ends at its second end */
	int bucket_side;
	const char *key_param;	   /* with it: the object's key */
	const char *os_user_param; /* without: whose login it is */
};

/* What one look found. */
struct look {
	bool made;	      /* there was something to look at: it is recorded */
	struct rb_error *err; /* owned; NULL: it was seen.  GONE: it is not there */
};

struct path_end {
	const struct end_plan *plan;
	struct aws_client *client;
	/* Recorded; NULL: not made.  Borrowed. */
	const char *id, *group_id, *subnet_id, *vpc_id, *table_id;

	/* The thing itself. */
	struct look thing;
	char *state, *state_reason;
	char *subnet, *vpc; /* where it is */
	char *address;	    /* its own, else the recorded, else one of its subnet */
	bool address_known;
	char *profile_arn;     /* of an instance; NULL: it has none */
	bool preserves_client; /* of a connect endpoint */
	char *policy;	       /* of an S3 endpoint */
	struct strv group_ids;
	struct strv addresses; /* of an S3 endpoint, in any subnet */
	struct strv dns_names; /* the same */
	struct aws_tags tags;

	struct look rules_look, acl_look, tables_look;
	struct ec2_rules rules; /* of all its groups */
	struct ec2_acls acls;
	struct ec2_route_tables tables; /* of its VPC */
	struct look peering_look;
	struct ec2_peerings peerings; /* as its region sees it */
};

/* What a policy's conditions ask for: the request's, as far as it is known. */
struct path_role {
	struct look profile_look, role_look, attached_look, inline_look, ask_look;
	struct iam_profile profile;
	struct iam_role role;
	struct strv attached, inlined;
	char *decision; /* of iam_simulate: "allowed", ...; NULL: it was not asked */
	bool by_organisation, by_boundary;
};

struct path_bucket {
	struct look head, policy_look, block_look, key_look;
	char *region; /* where it is */
	char *policy; /* NULL: it has none */
	struct s3_public_access_block block;
	char *algorithm, *key;
	struct look use_look; /* made: the role was asked about a customer's key */
	char *use;	      /* as decision of struct path_role */
};

struct path_operator {
	struct look ask_look; /* not made: nobody knows who asks */
	char *principal;      /* ARN of the user or role; NULL: the account's own key */
	struct strv refused;  /* actions */
	bool by_organisation;
};

struct path {
	struct step_ctx *ctx;
	const struct path_plan *plan;
	struct path_end ends[ENDS_N];
	const char *peering_id;
	struct look dns_look;
	bool dns_support;		/* of the first end's VPC */
	struct aws_client *s3;		/* of the bucket's side, for which it is signed */
	const char *bucket_name;	/* recorded; NULL: not made */
	char *object_arn;		/* what is uploaded */
	char *profile_name, *role_name; /* the instance's, else the recorded */
	char *association_id; /* of a profile that is not the recorded one; NULL: it is that */
	char *named_profile;  /* "Name=" and the recorded one */
	struct path_role role;
	struct path_bucket bucket;
	struct path_operator op;
};

/*
 * Reads all that the plan names, side by side.  `caller`: as in struct hop_way.
 *   fails  as describe of struct hop_way; *ret is cleared by the caller, also then
 */
NODISCARD struct rb_error *path_read(struct step_ctx *ctx, const struct path_plan *plan,
				     const char *caller, struct path *ret);
void path_clear(struct path *p);
#define auto_path CLEANUP(path_clear) struct path

/* describe of struct hop_way for a plan that is a struct path_plan. */
NODISCARD struct rb_error *path_describe(struct step_ctx *ctx, const struct hop_way *way,
					 const char *caller, struct hops *ret);

/* What a failure of the connection is blamed on: the hop that bites. */
struct path_blame {
	struct said *problem; /* owned; NULL: no hop is broken */
	enum mend_kind mend_kind;
	const char *step;	/* of MEND_RESUME: from there; NULL: as far as the run is */
	const char *how;	/* of MEND_RESUME: what that does */
	char *command;		/* owned; of MEND_AWS */
	struct rb_error *blind; /* owned: no hop is broken, and one could not be looked at */
};
/* Fails as describe of struct hop_way. */
NODISCARD struct rb_error *path_find_blame(struct step_ctx *ctx, const struct hop_way *way,
					   struct path_blame *ret);
/* Adds it to the failure (taken, and answered): why, and what mends it.  `said` (NULL: nothing):
 * what a program said. */
NODISCARD struct rb_error *path_blamed(struct rb_error *err, const struct path_blame *blame,
				       const char *said);
void path_blame_clear(struct path_blame *b);
#define auto_path_blame CLEANUP(path_blame_clear) struct path_blame

/* ---- judges, for the rows of a table ------------------------------------------------ */

typedef void hop_judge(const struct path *p, const struct hop_row *row, struct hop *hop);

hop_judge judge_operator;    /* may the caller log in? */
hop_judge judge_end;	     /* the thing at row->end is there and serves */
hop_judge judge_egress;	     /* its group lets the connection out; from END_FROM */
hop_judge judge_ingress;     /* its group lets it in; to END_TO */
hop_judge judge_acl;	     /* its subnet's ACL, on this leg */
hop_judge judge_association; /* which table its subnet goes by */
hop_judge judge_route;	     /* where that table sends it */
hop_judge judge_peering;     /* both ends of it */
hop_judge judge_dns;	     /* names resolve in the first end's VPC */
hop_judge judge_addresses;   /* the endpoint's name leads into its subnet */
hop_judge judge_endpoint_policy;
hop_judge judge_region;	       /* the signature's is the bucket's */
hop_judge judge_profile;       /* the instance gets credentials */
hop_judge judge_role;	       /* they may put the object */
hop_judge judge_bucket;	       /* it is there */
hop_judge judge_bucket_policy; /* it admits them */
hop_judge judge_public_access;
hop_judge judge_encryption;

#endif
