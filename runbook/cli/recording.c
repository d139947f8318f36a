/* SPDX-License-Identifier: Apache-2.0 */
/* --record: the file that was named, and the key that hides what is in it. */
#include "runbook/cli/recording.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/file.h"

static void new_key(unsigned char key[REDACT_KEY_BYTES])
{
	if (RAND_bytes(key, REDACT_KEY_BYTES) != 1)
		abort();
}

/* What is too short or too long is no key of ours. */
static struct rb_error *read_key(const char *path, unsigned char key[REDACT_KEY_BYTES])
{
	auto_secret_buf bytes = BUF_INIT;

	TRY(file_read(path, REDACT_KEY_BYTES, &bytes));
	if (bytes.n != REDACT_KEY_BYTES)
		return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "cannot use '%s'", path),
						  "it is no key: %zu bytes, not %d", bytes.n,
						  REDACT_KEY_BYTES),
				     "remove it; recordings made before and after then differ in "
				     "what they call a thing");
	memcpy(key, bytes.p, REDACT_KEY_BYTES);
	return NULL;
}

static struct rb_error *find_key(const struct stack *stack, unsigned char key[REDACT_KEY_BYTES])
{
	autofree char *path = stack_path(stack, "record.key");
	struct rb_error *err = read_key(path, key);

	if (!err || err->kind != RB_GONE)
		return err;
	(void)rb_error_free(err);
	new_key(key);
	if (!file_exists(stack->dir))
		return NULL;
	return file_write_atomic(path, key, REDACT_KEY_BYTES, 0600);
}

struct rb_error *recording_open(struct cli *cli, const struct stack *stack, struct recorder **ret)
{
	unsigned char key[REDACT_KEY_BYTES];
	struct recorder_options options = { .key = key,
					    .command = cli->command->name,
					    .speed = cli->speed_n,
					    .sandbox = cli->sandbox };
	auto_strv regions = { 0 };
	autofree char *path = NULL;
	struct rb_error *err;

	params_regions(&cli->params, &regions);
	options.regions = strv_list(&regions);
	*ret = NULL;
	if (!cli->record)
		return NULL;
	TRY(file_expand_home(cli->record, &path));
	err = find_key(stack, key);
	if (!err)
		err = recorder_open(path, &options, ret);
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}
