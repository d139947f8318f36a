/* SPDX-License-Identifier: Apache-2.0 */
/* The last requests, for GET /_sandbox/requests: a ring, so memory stays as it is. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/inner.h"

#define KEPT 20000

struct slot {
	int64_t utc_ms;
	uint64_t number, connection;
	int status;
	char service[24], region[24], action[48], code[64], key_id[32];
};

struct trace {
	pthread_mutex_t lock;
	uint64_t n;    /* ever added */
	uint64_t from; /* before this one they were cleared */
	struct slot *ring;
};

struct trace *trace_new(void)
{
	struct trace *trace = xcalloc(1, sizeof(*trace));

	pthread_mutex_init(&trace->lock, NULL);
	/* Untouched pages cost nothing. */
	trace->ring = xcalloc(KEPT, sizeof(*trace->ring));
	return trace;
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	pthread_mutex_destroy(&trace->lock);
	free(trace->ring);
	free(trace);
}

static void put(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

void trace_add(struct trace *trace, const struct trace_entry *e)
{
	struct slot *s;

	pthread_mutex_lock(&trace->lock);
	s = &trace->ring[trace->n % KEPT];
	s->number = ++trace->n;
	s->utc_ms = e->utc_ms;
	s->connection = e->connection;
	s->status = e->status;
	put(s->service, sizeof(s->service), e->service);
	put(s->region, sizeof(s->region), e->region);
	put(s->action, sizeof(s->action), e->action);
	put(s->code, sizeof(s->code), e->code);
	put(s->key_id, sizeof(s->key_id), e->key_id);
	pthread_mutex_unlock(&trace->lock);
}

void trace_clear(struct trace *trace)
{
	pthread_mutex_lock(&trace->lock);
	trace->from = trace->n;
	pthread_mutex_unlock(&trace->lock);
}

/* What came from the network may be cut inside a character: then it is left out. */
static json_t *text(const char *s)
{
	json_t *value = *s ? json_string(s) : json_null();

	return value ? value : json_null();
}

json_t *trace_list(struct trace *trace)
{
	json_t *list = json_array();
	uint64_t i;

	pthread_mutex_lock(&trace->lock);
	i = trace->n > KEPT ? trace->n - KEPT : 0;
	if (i < trace->from)
		i = trace->from;
	for (; i < trace->n; i++) {
		const struct slot *s = &trace->ring[i % KEPT];

		json_array_append_new(
			list, json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:i, s:o, s:o}", "number",
					(json_int_t)s->number, "utc_ms", (json_int_t)s->utc_ms,
					"connection", (json_int_t)s->connection, "service",
					text(s->service), "region", text(s->region), "action",
					text(s->action), "status", s->status, "code", text(s->code),
					"access_key_id", text(s->key_id)));
	}
	pthread_mutex_unlock(&trace->lock);
	return list;
}
