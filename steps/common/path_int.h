/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of path.h, for each other. */
#ifndef STEPS_COMMON_PATH_INT_H
#define STEPS_COMMON_PATH_INT_H

#include "base/attr.h"
#include "steps/common/path.h"
#include "steps/common/policy_decide.h"

/* ---- reading: path_read.c, path_read_end.c, path_read_access.c ---------------------- */

/* Keeps what a look met (takes err), or answers it when it ends all others, too. */
NODISCARD struct rb_error *path_looked(struct look *look, struct rb_error *err);
/* GONE: "'ID' is not there". */
NODISCARD struct rb_error *path_not_there(const char *id);
/* Takes the rules of `from`. */
void path_rules_add(struct ec2_rules *rules, struct ec2_rules *from);
/* The first address of a block that AWS gives to anybody.  Caller frees. */
NODISCARD char *path_example_address(const char *cidr);

struct path_caller {
	struct path *p;
	const char *arn; /* NULL: not known */
};
/* The upload, as policies see it.  Borrowed from the path. */
struct path_request {
	const char *action, *resource;
	struct policy_fact keys[16];
	size_t n;
};
void path_request_of(const struct path *p, struct path_request *ret);
/* What the role's own policies, and the bucket's, say of the way's upload. */
enum policy_says path_role_says(const struct path *p);
enum policy_says path_bucket_says(const struct path *p);
/* "allows it": a literal, to be translated. */
const char *path_policy_word(enum policy_says says);

/* Branches of a step: of a struct path_end, of a struct path, and of a struct path_caller. */
NODISCARD struct rb_error *path_read_end(struct step_ctx *ctx, void *arg);
NODISCARD struct rb_error *path_read_bucket(struct step_ctx *ctx, void *arg);
NODISCARD struct rb_error *path_read_role(struct step_ctx *ctx, void *arg);
NODISCARD struct rb_error *path_read_operator(struct step_ctx *ctx, void *arg);
void path_access_clear(struct path *p);

/* A key of the customer's: may the role encrypt with it? */
NODISCARD struct rb_error *path_read_key(struct step_ctx *ctx, struct path *p);
void path_judge_key(const struct path *p, struct hop *hop);

/* What was seen of it is in a state in which it carries connections. */
bool path_end_serves(const struct path_end *end);

/* ---- judging ------------------------------------------------------------------------ */

/* What decides at this hop.  `setting` is static. */
void hop_is_of(struct hop *hop, const struct aws_client *client, const char *thing,
	       const char *setting);
/* The sentences are taken. */
void hop_saw(struct hop *hop, struct said *expected, struct said *found);
/* Taken, too. */
void hop_break(struct hop *hop, struct said *problem);
void hop_mend_by_step(struct hop *hop, const char *step); /* static; NULL: as far as the run is */
/* Words as "ec2", "delete-route", "--x", "y", then NULL; the hop's region is added. */
void hop_mend_by_words(struct hop *hop, const char *const *words);
#define hop_mend_by_aws(hop, ...)                                                                  \
	hop_mend_by_words((hop), (const char *const[]){ __VA_ARGS__, NULL })

/* True, and the hop is not OK any more, when the look shows nothing that could be judged: what was
 * not made, what is gone, what could not be seen.  `noun`: N_("the peering"). */
bool hop_is_blind(struct hop *hop, const struct look *look, const char *noun, const char *step);
/* The hop hangs on another that is broken. */
void hop_hangs_on(struct hop *hop, const char *noun);

#endif
