/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a run's bucket, where none was given. */
#include "steps/common/bucket_name.h"

#include <stdbool.h>
#include <string.h>

#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char *bucket_name_within(const char *stack, const char *run_id, size_t max)
{
	auto_buf name = BUF_INIT;
	size_t run_n = strlen(run_id);
	size_t room; /* for the stack's part: it gives way, for the run id is what is unique */

	buf_adds(&name, "runbook");
	if (name.n + 1 + run_n > max)
		return xstrndup(run_id, max);
	room = max > name.n + 2 ? max - name.n - 2 : 0;
	room = run_n < room ? room - run_n : 0;
	if (room)
		buf_addc(&name, '-');
	for (const char *p = stack; *p && room; p++) {
		char c = text_lower(*p);

		if (!is_name_char(c))
			c = '-';
		if (c == '-' && name.p[name.n - 1] == '-')
			continue;
		buf_addc(&name, c);
		room--;
	}
	if (name.p[name.n - 1] != '-')
		buf_addc(&name, '-');
	buf_adds(&name, run_id);
	return buf_steal(&name);
}

char *bucket_name(const char *stack, const char *run_id)
{
	return bucket_name_within(stack, run_id, BUCKET_NAME_MAX);
}

char *bucket_regional_name(const char *stack, const char *run_id, const char *account,
			   const char *region)
{
	autofree char *tail = xasprintf("-%s-%s-an", account, region);
	size_t room = strlen(tail) < BUCKET_NAME_MAX ? BUCKET_NAME_MAX - strlen(tail) : 0;
	autofree char *prefix = NULL;

	if (room < strlen(run_id))
		return NULL;
	prefix = bucket_name_within(stack, run_id, room);
	return xasprintf("%s%s", prefix, tail);
}
