/* SPDX-License-Identifier: Apache-2.0 */
/* One key is kept: a command logs in to one instance, nearly always as one user. */
#include "runbook/ssh/pushed_key.h"

#include <stdlib.h>

#include "aws/core/session.h"
#include "aws/eic.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/loop.h"

/* Of its 60 seconds, what ssh needs to come so far as to show it is kept back. */
enum { KEPT_MS = 45 * 1000 };

static struct {
	char *instance_id, *os_user;
	struct sshkey key;
	int64_t pushed_ms;
	bool under_way; /* it is being sent */
} kept;

void pushed_key_forget(void)
{
	sshkey_clear(&kept.key);
	set_str(&kept.instance_id, NULL);
	set_str(&kept.os_user, NULL);
	kept.pushed_ms = 0;
}

void pushed_key_refused(int64_t pushed_ms)
{
	if (kept.pushed_ms && kept.pushed_ms == pushed_ms)
		pushed_key_forget();
}

bool pushed_key_lasts(int64_t pushed_ms, int64_t now_ms)
{
	return pushed_ms && now_ms - pushed_ms < KEPT_MS;
}

static bool is_for(const struct pushed_key *k)
{
	return text_eq(kept.instance_id, k->instance_id) && text_eq(kept.os_user, k->os_user);
}

static bool will_do(const struct pushed_key *k)
{
	return !k->anew && is_for(k) && pushed_key_lasts(kept.pushed_ms, clock_mono_ms());
}

static struct rb_error *push(struct pushed_key *k)
{
	static bool to_be_wiped;
	struct rb_error *err;

	if (!to_be_wiped)
		to_be_wiped = atexit(pushed_key_forget) == 0;
	pushed_key_forget();
	TRY(sshkey_generate(&kept.key));
	set_str(&kept.instance_id, k->instance_id);
	set_str(&kept.os_user, k->os_user);
	kept.under_way = true;
	k->pushed_ms = clock_mono_ms();
	err = eic_send_ssh_public_key(k->aws, k->instance_id, k->os_user, kept.key.public_line);
	kept.under_way = false;
	if (err)
		pushed_key_forget();
	else
		kept.pushed_ms = k->pushed_ms;
	return err;
}

struct rb_error *pushed_key_get(struct pushed_key *k)
{
	struct loop *loop = http_loop(aws_session_http(aws_client_session(k->aws)));

	while (kept.under_way)
		TRY(loop_wait(loop, &kept));
	k->was_there = will_do(k);
	k->pushed_ms = kept.pushed_ms;
	if (!k->was_there) {
		struct rb_error *err = push(k);

		loop_wake(loop, &kept);
		TRY(err);
	}
	k->key = &kept.key;
	return NULL;
}
