/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which values a parameter can have at all: the checks of struct param.  Each answers why not
 * (USAGE), without what; NULL: the value is possible.
 */
#ifndef STEPS_PARAM_CHECKS_H
#define STEPS_PARAM_CHECKS_H

#include "base/attr.h"
#include "base/error.h"

NODISCARD struct rb_error *param_check_region(const char *value);
NODISCARD struct rb_error *param_check_cidr(const char *value);
NODISCARD struct rb_error *param_check_zone(const char *value);
NODISCARD struct rb_error *param_check_instance_type(const char *value);
NODISCARD struct rb_error *param_check_architecture(const char *value);
NODISCARD struct rb_error *param_check_image(const char *value);
NODISCARD struct rb_error *param_check_user(const char *value);
NODISCARD struct rb_error *param_check_bucket(const char *value);
NODISCARD struct rb_error *param_check_namespace(const char *value);
NODISCARD struct rb_error *param_check_key(const char *value);
NODISCARD struct rb_error *param_check_bytes(const char *value);
/* A tag that EC2, IAM and S3 all take, and that is not one of ours. */
/* price.KEY: USD with a point, six digits after it at most, less than 1000. */
NODISCARD struct rb_error *param_check_price(const char *key, const char *value);
NODISCARD struct rb_error *param_check_tag(const char *key, const char *value);
/* "" is none. */
NODISCARD struct rb_error *param_check_boundary(const char *value);

#endif
