/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two shared files, config and credentials, read with the grammar of the
 * AWS CLI (which is that of Python's RawConfigParser, and full of surprises:
 * see profile.c).
 *
 * Values may be secrets: they are wiped when the files are freed, and no
 * message shows one.
 */
#ifndef AWS_PROFILE_H
#define AWS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "base/strv.h"

struct aws_profiles;

enum aws_shared_file {
	AWS_FILE_CONFIG,
	AWS_FILE_CREDENTIALS,
};

enum aws_section_kind {
	AWS_SECTION_PROFILE,	 /* [profile NAME], [default]; in the credentials file all */
	AWS_SECTION_SSO_SESSION, /* [sso-session NAME], config file only, as the next */
	AWS_SECTION_SERVICES,	 /* [services NAME] */
	AWS_SECTION_OTHER,	 /* not for us; its name is the whole header */
};

#define AWS_SHARED_FILE_MAX ((size_t)1 << 20) /* bytes; more is refused */

/*
 * A missing file is an empty one; so is what is no regular file (/dev/null), with
 * a warning for a directory.  Odd but usable things are appended to `warnings`.
 *   fails  USAGE  unreadable, too large, or broken: why is "FILE:LINE: reason"
 */
NODISCARD struct rb_error *aws_profiles_load(const char *config_path, const char *credentials_path,
					     struct strv *warnings, struct aws_profiles **ret);
/* The same from memory; the names are for messages. */
NODISCARD struct rb_error *aws_profiles_parse(struct span config, const char *config_name,
					      struct span credentials, const char *credentials_name,
					      struct strv *warnings, struct aws_profiles **ret);
void aws_profiles_free(struct aws_profiles *p);

/* All that follow answer borrowed strings that live as long as `p`. */

const char *aws_profiles_path(const struct aws_profiles *p, enum aws_shared_file file);

bool aws_profiles_has(const struct aws_profiles *p, const char *profile);
/* The names of all profiles (of the first 1000), those of the config file first, appended. */
void aws_profiles_names(const struct aws_profiles *p, struct strv *ret);

/* A plain value: credentials file over config file.  NULL when absent (or a nested block). */
const char *aws_profiles_get(const struct aws_profiles *p, const char *profile, const char *key);
/* The same from one file alone. */
const char *aws_profiles_get_from(const struct aws_profiles *p, enum aws_shared_file file,
				  const char *profile, const char *key);
/* "s3 =" / "  use_dualstack_endpoint = true": key "s3", subkey "use_dualstack_endpoint". */
const char *aws_profiles_get_nested(const struct aws_profiles *p, const char *profile,
				    const char *key, const char *subkey);

/* Sections of the config file other than profiles. */
bool aws_section_has(const struct aws_profiles *p, enum aws_section_kind kind, const char *name);
const char *aws_section_get(const struct aws_profiles *p, enum aws_section_kind kind,
			    const char *name, const char *key);
const char *aws_section_get_nested(const struct aws_profiles *p, enum aws_section_kind kind,
				   const char *name, const char *key, const char *subkey);

#endif
