/* SPDX-License-Identifier: Apache-2.0 */
/* Preflight: the image that an instance starts from. */
#include "runbook/cli/preflight_check.h"

#include "aws/core/advice.h"
#include "aws/ssm.h"
#include "base/alloc.h"
#include "base/text.h"

/* What the run would launch; NULL: not known, and why is among the findings. */
static struct rb_error *find_image(struct preflight_check *l, const struct need *need,
				   const char *what, char **ret)
{
	autofree char *name =
		xasprintf("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-%s",
			  preflight_param(l, need, 1));
	struct rb_error *err;

	*ret = NULL;
	if (*preflight_param(l, need, 0)) {
		*ret = xstrdup(preflight_param(l, need, 0));
		return NULL;
	}
	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ssm_get_parameter(preflight_client(l, need), name, ret);
	return err ? preflight_failed(l, need, what, err) : NULL;
}

static bool names_type(const struct strv *list, const char *type)
{
	for (size_t i = 0; i < list->n; i++)
		if (advice_code_matches(list->v[i], type))
			return true;
	return false;
}

/* Does the rule hide it, or is it not there at all? */
static void tell_hidden(struct preflight_check *l, const struct need *need, const char *what,
			const char *image)
{
	auto_ec2_account_setting rule = { 0 };
	struct rb_error *err = NULL;

	if (preflight_may_ask(l->preflight))
		err = ec2_get_allowed_images(preflight_client(l, need), &rule);
	if (!err && text_eq(rule.value, "enabled"))
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("the account's Allowed AMIs rule (%s) does not admit image %s"),
				rule.managed_by ? rule.managed_by : "account", image),
			N_("aws ec2 get-allowed-images-settings shows the rule; 'source.image' "
			   "names an image that it admits"));
	else
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("image %s is not in %s, not shared with this account, or hidden by "
				   "its Allowed AMIs rule"),
				image, preflight_region(l, need)),
			N_("'source.image' names another image"));
	(void)rb_error_free(err);
}

static void tell_image(struct preflight_check *l, const struct need *need, const char *what,
		       const struct ec2_image *image)
{
	const char *architecture = preflight_param(l, need, 1), *type = preflight_param(l, need, 2);

	if (!text_eq(image->state, "available"))
		preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ, N_("image %s is '%s'"),
				image->image_id, image->state ? image->state : "");
	else if (!text_eq(image->architecture, architecture))
		preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("image %s is for %s, the instance is of %s"), image->image_id,
				image->architecture ? image->architecture : "", architecture);
	else if (names_type(&image->unsupported_types, type) ||
		 (image->supported_types.n && !names_type(&image->supported_types, type)))
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("image %s does not run on instance type %s: its owner says so"),
				image->image_id, type),
			N_("choose another type or image"));
	else if (image->not_allowed)
		preflight_found(
			l, need, what, PREFLIGHT_YES, HOW_READ,
			N_("image %s does not fit the account's Allowed AMIs rule, which is in "
			   "audit mode"),
			image->image_id);
	else
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				N_("image %s is there (%s)"), image->image_id,
				image->name ? image->name : "");
}

struct rb_error *preflight_check_image(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "image";
	autofree char *image = NULL;
	auto_ec2_images found = { 0 };
	struct rb_error *err;

	TRY(find_image(l, need, what, &image));
	if (!image || !preflight_may_check(l, need, what))
		return NULL;
	err = ec2_describe_images(preflight_client(l, need), (const char *const[]){ image, NULL },
				  NULL, NULL, &found);
	if (err && err->kind != RB_GONE)
		return preflight_failed(l, need, what, err);
	(void)rb_error_free(err);
	if (found.n)
		tell_image(l, need, what, &found.v[0]);
	else
		tell_hidden(l, need, what, image);
	return NULL;
}
