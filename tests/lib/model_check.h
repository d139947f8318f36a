/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and answers against the API models in tests/data/model: names,
 * required members, types, enums, lengths, counts.  Written against the models'
 * README alone; shares nothing with the code that builds requests.
 */
#ifndef TESTS_MODEL_CHECK_H
#define TESTS_MODEL_CHECK_H

#include <stddef.h>

struct model;
/* `dir`: folder of the models; NULL: tests/data/model.  Aborts when it cannot be read. */
struct model *model_load(const char *dir);
struct model *model_free(struct model *m);

struct model_header {
	const char *name;
	const char *value;
};

/* As received; everything is borrowed. */
struct model_request {
	const char *service; /* signing name: ec2, iam, sts, s3, ssm, ... */
	const char *method;
	const char *path;  /* percent-encoded; S3: path style, "/BUCKET/KEY" */
	const char *query; /* without '?'; NULL: none */
	const struct model_header *headers;
	size_t n_headers;
	const char *body;
	size_t n;
};

/*
 * NULL when the request is right; else every mistake, one a line; caller frees.
 * *ret_operation (may be NULL) receives the operation's name, or NULL when none
 * fits; caller frees.
 */
char *model_check_request(const struct model *m, const struct model_request *req,
			  char **ret_operation);

/* The same for the body of a successful answer. */
char *model_check_answer(const struct model *m, const char *service, const char *operation,
			 const char *body, size_t n);

#endif
