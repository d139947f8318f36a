/* SPDX-License-Identifier: Apache-2.0 */
/* See sbx_world.h. */
#include "tests/lib/sbx_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/iam.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/server.h"
#include "sandbox/iam/principal.h"
#include "tests/lib/aws_world.h"

#define SPEED 500.0
#define DEADLINE_MS 20000

static struct sbx *sbx;
static struct server *server;
static struct aws_world world;
struct aws_client *tokyo, *virginia;
struct aws_tags tags;

void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what, err->why);
}

void ends(struct rb_error *err, enum rb_kind kind)
{
	if (!err)
		fail_msg("expected %s", rb_kind_name(kind));
	else if (err->kind != kind)
		fail_msg("%s: %s (%s, not %s)", err->what, err->why, rb_kind_name(err->kind),
			 rb_kind_name(kind));
	(void)rb_error_free(err);
}

void until(bool (*holds)(const char *id), const char *id, const char *what)
{
	int64_t give_up_ms = clock_mono_ms() + DEADLINE_MS;

	while (!holds(id)) {
		if (clock_mono_ms() > give_up_ms)
			fail_msg("%s: not so after %d s: %s", id, DEADLINE_MS / 1000, what);
		well(loop_sleep(world.loop, /* ms= */ 5));
	}
}

int sbx_world_start(void **state)
{
	const struct sbx_options options = { .speed = SPEED, .lag = SBX_LAG_USUAL };
	const struct server_listen listen = { .address = "127.0.0.1" };
	char url[64];

	(void)state;
	well(sbx_new(&options, &sbx));
	well(server_start(sbx, &listen, &server));
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)server_port(server));
	aws_world_start(&world, url, "ap-northeast-1");
	aws_session_set_speed(world.session, SPEED);
	tokyo = world.client;
	virginia = aws_world_client(&world, "us-east-1");
	aws_tags_add(&tags, "Name", "\xe3\x81\x82");
	aws_tags_add(&tags, "runbook:run", RUN);
	return 0;
}

int sbx_world_stop(void **state)
{
	(void)state;
	aws_tags_clear(&tags);
	aws_client_free(virginia);
	aws_world_stop(&world);
	sbx_stop(sbx);
	server_stop(server);
	sbx_free(sbx);
	return 0;
}

void sbx_world_account(const char *quoted)
{
	autofree char *text = xstrdup(quoted), *why = NULL;
	json_t *wanted;

	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	wanted = json_loads(text, 0, NULL);
	assert_non_null(wanted);
	sbx_lock(sbx);
	why = account_set(sbx, wanted);
	sbx_unlock(sbx);
	json_decref(wanted);
	assert_null(why);
}

/* ---- a role in a profile ------------------------------------------------ */

const char trust[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	"\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";
static const char full_access[] = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

static bool has_the_policy(const char *name)
{
	auto_strv found = { 0 };

	well(iam_list_attached_role_policies(tokyo, name, &found));
	return strv_has(&found, full_access);
}

static bool has_no_policy(const char *name)
{
	auto_strv found = { 0 };

	well(iam_list_attached_role_policies(tokyo, name, &found));
	return !found.n;
}

static bool holds_the_role(const char *name)
{
	auto_iam_profile profile = { 0 };

	well(iam_get_instance_profile(tokyo, name, &profile));
	return profile.role_names.n == 1;
}

static bool holds_no_role(const char *name)
{
	auto_iam_profile profile = { 0 };

	well(iam_get_instance_profile(tokyo, name, &profile));
	return !profile.role_names.n;
}

static bool role_is_gone(const char *name)
{
	auto_iam_role role = { 0 };
	auto_error struct rb_error *err = iam_get_role(tokyo, name, &role);

	return rb_error_is(err, RB_GONE);
}

static bool profile_is_gone(const char *name)
{
	auto_iam_profile profile = { 0 };
	auto_error struct rb_error *err = iam_get_instance_profile(tokyo, name, &profile);

	return rb_error_is(err, RB_GONE);
}

void make_profile(const char *role, const char *profile)
{
	autofree char *role_id = NULL;
	autofree char *profile_id = NULL;

	well(iam_create_role(tokyo, role, "/runbook/t/", trust, "For a test", NULL, &tags,
			     &role_id));
	assert_true(text_starts_with(role_id, "AROA"));
	well(iam_attach_role_policy(tokyo, role, full_access));
	well(iam_create_instance_profile(tokyo, profile, "/runbook/t/", &tags, &profile_id));
	assert_true(text_starts_with(profile_id, "AIPA"));
	well(iam_add_role_to_instance_profile(tokyo, profile, role));
	until(has_the_policy, role, "the policy is attached");
	until(holds_the_role, profile, "the role is in the profile");
}

void remove_profile(const char *role, const char *profile)
{
	well(iam_remove_role_from_instance_profile(tokyo, profile, role));
	until(holds_no_role, profile, "the role is out of the profile");
	well(iam_delete_instance_profile(tokyo, profile));
	well(iam_detach_role_policy(tokyo, role, full_access));
	until(has_no_policy, role, "the policy is detached");
	well(iam_delete_role(tokyo, role));
	until(profile_is_gone, profile, "the profile is gone");
	until(role_is_gone, role, "the role is gone");
}
