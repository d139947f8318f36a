/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: option, then environment, then profile in the shared files, then the
 * built-in default.  Read once; the environment is read here alone.
 */
#ifndef AWS_CONFIG_H
#define AWS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"

struct aws_profiles; /* the two shared files, parsed; profile.c */

struct aws_config_options {
	const char *profile;	  /* --profile; NULL: environment, then "default" */
	const char *region;	  /* NULL: environment, profile, IMDS */
	const char *endpoint_url; /* for every service; NULL: environment, profile */
	const char *ca_bundle;
	/* "NAME=value", all that stands for the environment of the process; NULL: that itself */
	const char *const *environment;
};

struct aws_config {
	char *profile;	       /* never NULL */
	bool profile_explicit; /* by option: the environment's keys are then skipped */
	struct aws_profiles *profiles;
	char *region;	     /* NULL: none configured; "fips-REGION" sets `fips` and is cut */
	char *ca_bundle;     /* a file or a hashed directory; NULL: the system's */
	char *ca_pem;	     /* what it held, when it is a pipe, which is read once; else NULL */
	bool shared_streams; /* a shared file is a pipe: what it says is here alone, and a child of
			      * ours would find nothing in it, or somebody else's bytes */
	bool fips;
	bool dual_stack;
	int max_attempts; /* first try included; RETRY_ATTEMPTS unless configured */
	char *retry_mode; /* "standard"; others are named in `warnings` and taken as it */
	bool imds_disabled;
	char *imds_endpoint; /* "http://169.254.169.254" unless set otherwise; no final '/' */
	int imds_timeout_s;
	int imds_attempts;
	char *app_id;
	bool ignore_endpoint_urls;
	char *endpoint_url_option; /* options' endpoint_url */
	bool own_environment;	   /* `environment` stands for that of the process */
	struct strv environment;
	struct strv warnings; /* odd but usable: for --debug and stderr */
};

/*
 *   fails  USAGE  a file that cannot be read or parsed (why: file, line, reason),
 *                 a named profile that is not there (hint: those that are), a
 *                 value that is none
 */
NODISCARD struct rb_error *aws_config_load(const struct aws_config_options *options,
					   struct aws_config **ret);
void aws_config_free(struct aws_config *config);

/* An environment variable of AWS's; NULL when unset or empty.  Borrowed.  Nothing else of aws/
 * reads the environment. */
const char *aws_config_env(const struct aws_config *config, const char *name);
/* "true" in any letter case. */
bool aws_config_truth(const char *value); /* NULL: false */

/* A key of the active profile, credentials file over config file; NULL when absent.  Borrowed. */
const char *aws_config_profile_key(const struct aws_config *config, const char *key);

/* The overriding URL for a service ("ec2", "s3", "ec2-instance-connect", "sts", "iam", "ssm",
 * "servicequotas", "kms", "s3-control", "sso", "sso-oidc"), by option, environment or files; NULL
 * in *ret when there is none. */
NODISCARD struct rb_error *aws_config_endpoint_url(const struct aws_config *config,
						   const char *service, char **ret);

#endif
