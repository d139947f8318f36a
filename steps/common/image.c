/*
 * The image that 1-4 launches: the one asked for, else the newest full Amazon Linux
 * 2023 (the minimal one has neither the AWS CLI nor EC2 Instance Connect).
 */
#include "steps/common/image.h"

#include "aws/ec2/ec2.h"
#include "aws/ssm.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/common.h"
#include "steps/common/pick.h"

/* A mismatch would only show as an instance that ends at once. */
static struct rb_error *check_image(struct step_ctx *ctx, const char *image_id)
{
	const char *architecture = step_param(ctx, "source.architecture");
	auto_ec2_images found = { 0 };

	TRY(unless_gone(
		ec2_describe_images(step_aws(ctx), ONE_ID(image_id), NULL, NULL, &found)));
	if (!found.n)
		return rb_error_of_parameter(rb_error_new(RB_USAGE,
							  "'source.image' %s is not in '%s'",
							  image_id,
							  aws_client_region(step_aws(ctx))));
	if (!text_eq(found.v[0].state, "available"))
		return rb_error_new(RB_FAILED, "image '%s' is '%s', not available", image_id,
				    found.v[0].state);
	if (!text_eq(found.v[0].architecture, architecture))
		return rb_error_of_parameter(rb_error_hint(
			rb_error_new(RB_USAGE,
				     "image '%s' is for '%s', 'source.architecture' is '%s'",
				     image_id, found.v[0].architecture, architecture),
			"set source.architecture, and an instance type that fits"));
	return NULL;
}

static struct rb_error *newest_by_parameter(struct step_ctx *ctx, char **ret)
{
	autofree char *name = xasprintf(
		"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-%s",
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
		return rb_error_hint(rb_error_new(RB_FAILED,
						  "no Amazon Linux 2023 image for '%s' in '%s'",
						  architecture,
						  aws_client_region(step_aws(ctx))),
				     "name one: --set source.image=ami-...");
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
		TRY(check_image(ctx, asked));
		id = xstrdup(asked);
	} else {
		err = newest_by_parameter(ctx, &id);
		if (rb_error_is(err, RB_DENIED) || rb_error_is(err, RB_GONE)) {
			err = rb_error_free(err);
			TRY(newest_by_list(ctx, &id));
		}
		TRY(err);
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
