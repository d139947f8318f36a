/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image that 1-4 launches: the one asked for, else the newest full Amazon Linux
 * 2023 (the minimal one has neither the AWS CLI nor EC2 Instance Connect).
 */
#include "steps/common/image.h"

#include "aws/core/advice.h"
#include "aws/ec2/ec2.h"
#include "aws/ssm.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/pick.h"

/* "t3.micro", or a family as "t3.*". */
static bool names_type(const struct strv *list, const char *type)
{
	for (size_t i = 0; i < list->n; i++)
		if (advice_code_matches(list->v[i], type))
			return true;
	return false;
}

/* An image may name the types that it runs on, or those that it does not (since August 2026). */
static struct rb_error *check_types(struct step_ctx *ctx, const struct ec2_image *image)
{
	const char *type = step_param(ctx, "source.instance_type");
	struct rb_error *err;

	if (!names_type(&image->unsupported_types, type) &&
	    (!image->supported_types.n || names_type(&image->supported_types, type)))
		return NULL;
	err = rb_error_new(RB_USAGE, "image '%s' does not run on 'source.instance_type' %s",
			   image->image_id, type);
	if (image->supported_types.n) {
		autofree char *names = strv_join(&image->supported_types, ", ");

		err = rb_error_why(err, "the image's owner lets it run on: %s", names);
	} else {
		err = rb_error_why(err, "the image's owner excludes this type");
	}
	return rb_error_next(err, RB_NEXT_SET, "source.instance_type source.image");
}

static struct rb_error *check_found(struct step_ctx *ctx, const struct ec2_image *image)
{
	const char *architecture = step_param(ctx, "source.architecture");

	if (!text_eq(image->state, "available"))
		return rb_error_new(RB_FAILED, "image '%s' is '%-s', not available",
				    image->image_id,
				    image->state ? image->state : N_("(no state)"));
	if (!text_eq(image->architecture, architecture))
		return rb_error_next(
			rb_error_hint(
				rb_error_new(RB_USAGE,
					     "image '%s' is for '%-s', 'source.architecture' "
					     "is '%s'",
					     image->image_id,
					     image->architecture ? image->architecture
								 : "(nothing)",
					     architecture),
				"choose an architecture that fits, and an instance type of it"),
			RB_NEXT_SET, "source.architecture source.instance_type");
	if (image->not_allowed)
		step_note(
			ctx,
			"image %s does not fit the account's Allowed AMIs rule, which is in audit "
			"mode: once it is enforced the image cannot be launched",
			image->image_id);
	return check_types(ctx, image);
}

/* What is wrong would only show as a launch that is refused, or as an instance that ends at once.
 */
static struct rb_error *check_asked(struct step_ctx *ctx, const char *image_id)
{
	auto_ec2_images found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_images(step_aws(ctx), ONE_ID(image_id), NULL, NULL, &found)));
	if (found.n)
		return check_found(ctx, &found.v[0]);
	return rb_error_next(
		rb_error_hint(
			rb_error_why(
				rb_error_new(RB_USAGE, "'source.image' %s is not in '%s'", image_id,
					     aws_client_region(step_aws(ctx))),
				"it is not there, not shared with this account, or hidden by the "
				"account's Allowed AMIs rule"),
			"aws ec2 get-allowed-images-settings shows the rule"),
		RB_NEXT_SET, "source.image");
}

/* One that AWS's own parameter or list names is there: who cannot see it is kept from it. */
static struct rb_error *check_newest(struct step_ctx *ctx, const char *image_id)
{
	auto_ec2_images found = { 0 };
	struct rb_error *err = resource_unless_gone(
		ec2_describe_images(step_aws(ctx), ONE_ID(image_id), NULL, NULL, &found));

	if (rb_error_is(err, RB_DENIED)) /* the launch needs no right to look */
		return rb_error_free(err);
	TRY(err);
	if (found.n)
		return check_found(ctx, &found.v[0]);
	return rb_error_next(
		rb_error_hint(
			rb_error_why(
				rb_error_new(RB_USAGE,
					     "image '%s', the newest Amazon Linux 2023, is hidden "
					     "from this account",
					     image_id),
				"AWS names it, so it is there: the account's Allowed AMIs rule does "
				"not admit it (aws ec2 get-allowed-images-settings)"),
			"let the rule admit it, or choose an image that it admits"),
		RB_NEXT_SET, "source.image");
}

static struct rb_error *newest_by_parameter(struct step_ctx *ctx, char **ret)
{
	autofree char *name =
		xasprintf("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-%s",
			  step_param(ctx, "source.architecture"));

	return ssm_get_parameter(step_aws(ctx), name, ret);
}

static struct rb_error *newest_by_list(struct step_ctx *ctx, char **ret)
{
	const char *architecture = step_param(ctx, "source.architecture");
	autofree char *pattern = xasprintf("al2023-ami-2023.*-%s", architecture);
	const struct aws_filter filters[] = {
		{ .name = "name", .values = { pattern } },
		{ .name = "architecture", .values = { architecture } },
		{ .name = "state", .values = { "available" } },
		{ .name = "root-device-type", .values = { "ebs" } },
		{ .name = "virtualization-type", .values = { "hvm" } },
		{ .name = NULL },
	};
	auto_ec2_images found = { 0 };
	const struct ec2_image *newest;

	TRY(ec2_describe_images(step_aws(ctx), NULL, "amazon", filters, &found));
	newest = pick_image(&found, architecture);
	if (!newest)
		return rb_error_next(rb_error_new(RB_FAILED,
						  "no Amazon Linux 2023 image for '%s' in '%s'",
						  architecture, aws_client_region(step_aws(ctx))),
				     RB_NEXT_SET, "source.image=ami-...");
	*ret = xstrdup(newest->image_id);
	return NULL;
}

struct rb_error *image_choose(struct step_ctx *ctx, char **ret_image_id)
{
	const char *recorded = step_output(ctx, "image_id");
	const char *asked = step_param(ctx, "source.image");
	autofree char *id = NULL;
	struct rb_error *err;

	if (recorded) {
		*ret_image_id = xstrdup(recorded);
		return NULL;
	}
	if (*asked) {
		TRY(check_asked(ctx, asked));
		id = xstrdup(asked);
	} else {
		err = newest_by_parameter(ctx, &id);
		if (rb_error_is(err, RB_DENIED) || rb_error_is(err, RB_GONE)) {
			err = rb_error_free(err);
			TRY(newest_by_list(ctx, &id));
		}
		TRY(err);
		TRY(check_newest(ctx, id));
	}
	TRY(step_record(ctx, "image_id", id));
	*ret_image_id = steal_str(&id);
	return NULL;
}

struct rb_error *image_root_volume(struct step_ctx *ctx, const char *image_id, char **ret_device,
				   int64_t *ret_gib)
{
	auto_ec2_images found = { 0 };

	TRY(ec2_describe_images(step_aws(ctx), ONE_ID(image_id), NULL, NULL, &found));
	if (!found.n || !found.v[0].root_device_name)
		return rb_error_new(RB_FAILED, "image '%s' tells no root device", image_id);
	*ret_device = xstrdup(found.v[0].root_device_name);
	*ret_gib = found.v[0].root_volume_gib;
	return NULL;
}

struct rb_error *image_is_of_default_kind(struct step_ctx *ctx, const char *image_id, bool *ret)
{
	const struct aws_filter filters[] = {
		{ .name = "name", .values = { "al2023-ami-2023.*" } },
		{ .name = NULL },
	};
	auto_ec2_images found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_images(step_aws(ctx), ONE_ID(image_id), "amazon", filters, &found)));
	*ret = found.n > 0;
	return NULL;
}
