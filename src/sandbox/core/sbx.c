/* SPDX-License-Identifier: Apache-2.0 */
/* One sandbox: its options, its clock, its lock, and what it reports about itself. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/store.h"

#define LISTED_AT_LEAST_MS 60000

struct sbx {
	pthread_mutex_t world; /* the store, the clock's last value */
	struct store *store;
	int64_t last_ms;
	int64_t skipped_ms; /* how far the world is ahead of the wall clock */
	double speed;
	enum sbx_lag lag;
	int64_t lag_s;
	int64_t latency_ms;
	struct intents *intents;
	char *state_path;
	struct sbx_path *path;

	pthread_mutex_t ending;
	pthread_cond_t ended;
	bool stopping;

	pthread_mutex_t telling;
	json_t *info;

	struct faults *faults;
	struct throttle *throttle; /* NULL: nothing is limited */
	struct trace *trace;
};

static void init_waiting(struct sbx *sbx)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&sbx->world, NULL);
	pthread_mutex_init(&sbx->ending, NULL);
	pthread_mutex_init(&sbx->telling, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sbx->ended, &attr);
	pthread_condattr_destroy(&attr);
}

/* Kept with the world: its stored times are by this clock. */
static void recall_skipped(struct sbx *sbx)
{
	json_t *doc = store_get(sbx->store, SBX_INNER_KIND, "", "clock");

	sbx->skipped_ms = json_integer_value(json_object_get(doc, "skipped_ms"));
	json_decref(doc);
}

/* A name that no other world has, so that whoever comes back knows this one again. */
static struct rb_error *name_world(struct sbx *sbx)
{
	json_t *doc = store_get(sbx->store, SBX_INNER_KIND, "", "world");

	if (!doc) {
		autofree char *id = text_random_hex(8);

		doc = json_pack("{s:s}", "id", id);
		store_begin(sbx->store);
		store_put(sbx->store, SBX_INNER_KIND, "", "world", doc, 0, 0);
		TRY(store_commit(sbx->store));
		json_decref(doc);
		doc = store_get(sbx->store, SBX_INNER_KIND, "", "world");
	}
	json_object_set(sbx->info, "world", json_object_get(doc, "id"));
	json_decref(doc);
	return NULL;
}

struct rb_error *sbx_new(const struct sbx_options *opt, struct sbx **ret)
{
	struct sbx *sbx = xcalloc(1, sizeof(*sbx));
	struct rb_error *err;

	init_waiting(sbx);
	sbx->speed = opt->speed > 0 ? opt->speed : 1;
	sbx->lag = opt->lag;
	sbx->lag_s = opt->lag_s ? opt->lag_s : 1;
	sbx->latency_ms = opt->latency_ms;
	sbx->intents = opt->journal_path ? intents_new(opt->journal_path) : NULL;
	sbx->state_path = xstrdup_or_null(opt->state_path);
	sbx->info = json_object();
	sbx->faults = faults_new();
	sbx->throttle = throttle_new(opt->throttle, sbx->speed);
	sbx->trace = trace_new();
	err = store_open(opt->state_path, &sbx->store);
	if (!err)
		err = name_world(sbx);
	if (err) {
		sbx_free(sbx);
		return err;
	}
	recall_skipped(sbx);
	*ret = sbx;
	return NULL;
}

void sbx_free(struct sbx *sbx)
{
	if (!sbx)
		return;
	store_close(sbx->store);
	faults_free(sbx->faults);
	throttle_free(sbx->throttle);
	trace_free(sbx->trace);
	json_decref(sbx->info);
	intents_free(sbx->intents);
	free(sbx->state_path);
	pthread_cond_destroy(&sbx->ended);
	pthread_mutex_destroy(&sbx->ending);
	pthread_mutex_destroy(&sbx->telling);
	pthread_mutex_destroy(&sbx->world);
	free(sbx);
}

void sbx_lock(struct sbx *sbx)
{
	pthread_mutex_lock(&sbx->world);
}

void sbx_unlock(struct sbx *sbx)
{
	pthread_mutex_unlock(&sbx->world);
}

int64_t sbx_now_ms(struct sbx *sbx)
{
	int64_t now = clock_utc_ms() + sbx->skipped_ms;

	if (now < sbx->last_ms)
		now = sbx->last_ms;
	sbx->last_ms = now;
	return now;
}

struct rb_error *sbx_skip_ms(struct sbx *sbx, int64_t ms)
{
	json_t *doc = json_pack("{s:I}", "skipped_ms", (json_int_t)sbx->skipped_ms + ms);
	struct rb_error *err;

	store_begin(sbx->store);
	store_put(sbx->store, SBX_INNER_KIND, "", "clock", doc, 0, 0);
	json_decref(doc);
	err = store_commit(sbx->store);
	if (!err)
		sbx->skipped_ms += ms;
	return err;
}

bool sbx_pause(struct sbx *sbx, int64_t real_ms)
{
	int64_t until_ms = clock_mono_ms() + (real_ms > 0 ? real_ms : 0);
	struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
				  .tv_nsec = (long)(until_ms % 1000) * 1000000 };
	bool stopping;

	pthread_mutex_lock(&sbx->ending);
	while (!sbx->stopping && clock_mono_ms() < until_ms)
		(void)pthread_cond_timedwait(&sbx->ended, &sbx->ending, &until);
	stopping = sbx->stopping;
	pthread_mutex_unlock(&sbx->ending);
	return !stopping;
}

void sbx_stop(struct sbx *sbx)
{
	pthread_mutex_lock(&sbx->ending);
	sbx->stopping = true;
	pthread_cond_broadcast(&sbx->ended);
	pthread_mutex_unlock(&sbx->ending);
}

void sbx_info_set(struct sbx *sbx, const char *name, json_t *value)
{
	pthread_mutex_lock(&sbx->telling);
	json_object_set_new(sbx->info, name, value);
	pthread_mutex_unlock(&sbx->telling);
}

json_t *sbx_info(struct sbx *sbx)
{
	json_t *copy;

	pthread_mutex_lock(&sbx->telling);
	copy = json_deep_copy(sbx->info);
	pthread_mutex_unlock(&sbx->telling);
	return copy;
}

struct store *sbx_store(struct sbx *sbx)
{
	return sbx->store;
}

struct faults *sbx_faults(struct sbx *sbx)
{
	return sbx->faults;
}

struct throttle *sbx_throttle(struct sbx *sbx)
{
	return sbx->throttle;
}

struct trace *sbx_trace(struct sbx *sbx)
{
	return sbx->trace;
}

int64_t sbx_latency_ms(const struct sbx *sbx)
{
	return sbx->latency_ms;
}

struct intents *sbx_intents(struct sbx *sbx)
{
	return sbx->intents;
}

const char *sbx_state_path(const struct sbx *sbx)
{
	return sbx->state_path;
}

struct sbx_path **sbx_path_slot(struct sbx *sbx)
{
	return &sbx->path;
}

int64_t sbx_scaled(const struct sbx *sbx, int64_t real_ms)
{
	double ms = (double)real_ms / sbx->speed;

	return ms > 0 ? (int64_t)ms : 0;
}

int64_t sbx_listed_ms(const struct sbx *sbx, int64_t real_ms)
{
	int64_t ms = sbx_scaled(sbx, real_ms);

	return ms > LISTED_AT_LEAST_MS ? ms : LISTED_AT_LEAST_MS;
}

int64_t sbx_lag_ms(const struct sbx *sbx)
{
	return sbx->lag ? sbx_scaled(sbx, sbx->lag_s * INT64_C(1000)) : 0;
}

bool sbx_lag_is_harsh(const struct sbx *sbx)
{
	return sbx->lag == SBX_LAG_HARSH;
}

char *sbx_new_id(const char *prefix)
{
	autofree char *hex = text_random_hex(8);

	return xasprintf("%s-0%s", prefix, hex);
}
