/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a procedure for its ways, and adds up what they are found to be. */
#include "runbook/explain/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

struct job {
	struct run *run;
	const struct hop_way *way;
	const char *caller;
	bool probe;
	struct explanation *ret;
};

/* What stops one question about the instance does not take away what was read. */
static struct rb_error *ask_instance(struct step_ctx *ctx, const struct job *j)
{
	struct rb_error *err = j->way->probe(ctx, j->way, &j->ret->probes);

	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	j->ret->probe_err = err;
	return NULL;
}

static struct rb_error *read_way(void *arg)
{
	const struct job *j = arg;
	const struct procedure *procedure = j->run->stack->state.procedure;
	struct step_ctx ctx;
	struct rb_error *err;

	step_ctx_init(&ctx, j->run, procedure_step(procedure, j->way->step), PHASE_VERIFY);
	err = hops_describe(&ctx, j->way, j->caller, &j->ret->hops);
	if (!err && j->probe && j->way->probe)
		err = ask_instance(&ctx, j);
	step_ctx_clear(&ctx);
	return err;
}

struct rb_error *explain_way(struct run *run, const struct engine_options *opt,
			     const struct hop_way *way, const char *caller, bool probe,
			     struct explanations *ret)
{
	struct job job = { run, way, caller, probe, NULL };

	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	job.ret = &ret->v[ret->n++];
	*job.ret = (struct explanation){ .way = way };
	return engine_watch(opt, read_way, &job);
}

void explanations_clear(struct explanations *l)
{
	for (size_t i = 0; i < l->n; i++) {
		hops_clear(&l->v[i].hops);
		probes_clear(&l->v[i].probes);
		(void)rb_error_free(l->v[i].probe_err);
	}
	free(l->v);
	*l = (struct explanations){ 0 };
}

/* A break counts more than what is not known, and that more than what is well. */
static enum hop_state worse(enum hop_state a, enum hop_state b)
{
	if (a == HOP_BROKEN || b == HOP_BROKEN)
		return HOP_BROKEN;
	return a == HOP_UNKNOWN ? a : b;
}

enum hop_state explain_verdict(const struct explanation *e)
{
	enum hop_state all = e->probe_err ? HOP_UNKNOWN : HOP_OK;

	for (size_t i = 0; i < e->hops.n; i++)
		all = worse(all, e->hops.v[i].state);
	for (size_t i = 0; i < e->probes.n; i++)
		all = worse(all, e->probes.v[i].state);
	return all;
}

enum hop_state explain_verdict_of_all(const struct explanations *l)
{
	enum hop_state all = HOP_OK;

	for (size_t i = 0; i < l->n; i++)
		all = worse(all, explain_verdict(&l->v[i]));
	return all;
}

static size_t place_of(const struct procedure *procedure, const char *step)
{
	size_t i = 0;

	while (procedure->steps[i] && strcmp(procedure->steps[i]->id, step) != 0)
		i++;
	return i;
}

const char *explain_resume_from(const struct explanations *l, const struct procedure *procedure,
				bool *ret_resumes)
{
	const char *first = NULL;

	*ret_resumes = false;
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < l->v[i].hops.n; k++) {
			const struct hop *h = &l->v[i].hops.v[k];

			if (h->state != HOP_BROKEN ||
			    (h->mend.kind != MEND_RESUME && !h->mend.then_resume))
				continue;
			*ret_resumes = true;
			if (h->mend.step && (!first || place_of(procedure, h->mend.step) <
							       place_of(procedure, first)))
				first = h->mend.step;
		}
	return first;
}
