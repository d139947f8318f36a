/* SPDX-License-Identifier: Apache-2.0 */
/* Which stacks a bucket holds. */
#include "runbook/record/stack_ops.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/home_s3.h"
#include "runbook/record/stack.h"

struct rb_error *stack_s3_is_there(const char *home, const char *name, bool *ret_there)
{
	autofree char *prefix = NULL, *copy = NULL, *dir = NULL;
	struct home_s3 *h;
	struct rb_error *err = home_s3_open(home, &h);
	auto_strv keys = { 0 };

	if (!err) {
		prefix = home_s3_key(h, name, "run/");
		err = home_s3_missing(
			h, s3_list_keys(h->client, h->place.bucket, prefix, NULL, NULL, &keys));
	}
	*ret_there = keys.n > 0;
	if (!err)
		return NULL;
	TRY(home_s3_local(home, name, &dir));
	copy = file_join(dir, "journal.jsonl");
	*ret_there = file_exists(copy); /* opening it says what is wrong, or goes on with that */
	return *ret_there ? rb_error_free(err) : err;
}

struct rb_error *stack_s3_list(const char *home, struct strv *ret)
{
	autofree char *prefix = NULL;
	auto_strv keys = { 0 };
	struct home_s3 *h;

	TRY(home_s3_open(home, &h));
	prefix = xasprintf("%s%s", h->place.prefix, *h->place.prefix ? "/" : "");
	TRY(home_s3_missing(h, s3_list_keys(h->client, h->place.bucket, prefix, NULL, "/", &keys)));
	for (size_t i = 0; i < keys.n; i++) {
		const char *name = keys.v[i] + strlen(prefix);
		autofree char *stack = xstrndup(name, strcspn(name, "/"));

		if (text_ends_with(name, "/") && stack_name_is_good(stack))
			strv_add(ret, stack);
	}
	return NULL;
}
