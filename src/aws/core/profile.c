/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sections mean, and the merge of the two files.
 *
 * Config file: [default], [profile NAME], [sso-session NAME], [services NAME]; the
 * name is split off as a shell would.  Like the AWS CLI we look only at how the
 * first word begins.  [profile default] and [default] are one profile, and the
 * later section replaces the earlier as a whole.
 * Credentials file: every section is a profile, its name taken as it stands, and
 * its keys are laid over those of the config file's profile.
 */
#include "aws/core/profile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "aws/core/ini.h"
#include "aws/core/words.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#define NAMES_MAX 1000 /* for a message; a hostile file may have 100000 */

struct entry { /* what a section of a file is to us */
	enum aws_section_kind kind;
	char *name;
	const struct ini_section *section;
};

struct shared_file {
	struct ini ini;
	struct entry *entries; /* one for each section */
};

struct aws_profiles {
	struct shared_file files[2]; /* by enum aws_shared_file */
};

/* ---- reading ---------------------------------------------------------------- */

static const struct {
	const char *prefix;
	enum aws_section_kind kind;
} headers[] = {
	{ "profile", AWS_SECTION_PROFILE },
	{ "sso-session", AWS_SECTION_SSO_SESSION },
	{ "services", AWS_SECTION_SERVICES },
};

static struct entry entry_of_config(const struct ini_section *section)
{
	struct entry entry = { .kind = AWS_SECTION_OTHER, .section = section };
	auto_strv words = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		if (!text_starts_with(section->name, headers[i].prefix))
			continue;
		if (words_split(section->name, &words) && words.n == 2) {
			entry.kind = headers[i].kind;
			entry.name = xstrdup(words.v[1]);
			return entry;
		}
		break;
	}
	if (strcmp(section->name, "default") == 0)
		entry.kind = AWS_SECTION_PROFILE;
	entry.name = xstrdup(section->name);
	return entry;
}

static struct entry entry_of_credentials(const struct ini_section *section)
{
	return (struct entry){ .kind = AWS_SECTION_PROFILE,
			       .name = xstrdup(section->name),
			       .section = section };
}

static struct rb_error *parse_file(struct span text, const char *name,
				   struct entry (*entry_of)(const struct ini_section *),
				   struct strv *warnings, struct shared_file *ret)
{
	TRY(ini_parse(text, name, warnings, &ret->ini));
	ret->entries = xcalloc(ret->ini.n_sections + 1, sizeof(*ret->entries));
	for (size_t i = 0; i < ret->ini.n_sections; i++) {
		const struct ini_section *section = &ret->ini.sections[i];

		if (section != ret->ini.inherited) /* [DEFAULT] is no profile of its own */
			ret->entries[i] = entry_of(section);
		else
			ret->entries[i].kind = AWS_SECTION_OTHER;
	}
	return NULL;
}

struct rb_error *aws_profiles_parse(struct span config, const char *config_name,
				    struct span credentials, const char *credentials_name,
				    struct strv *warnings, struct aws_profiles **ret)
{
	struct aws_profiles *p = xcalloc(1, sizeof(*p));
	struct rb_error *err;

	err = parse_file(config, config_name, entry_of_config, warnings,
			 &p->files[AWS_FILE_CONFIG]);
	if (!err)
		err = parse_file(credentials, credentials_name, entry_of_credentials, warnings,
				 &p->files[AWS_FILE_CREDENTIALS]);
	if (err)
		aws_profiles_free(p);
	else
		*ret = p;
	return err;
}

static struct rb_error *read_shared_file(const char *path, struct strv *warnings, struct buf *ret)
{
	struct rb_error *err;
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !file_is_stream(path)) {
		if (S_ISDIR(st.st_mode))
			strv_addf(warnings, N_("%s: a directory, not a settings file: not read"),
				  path);
		return NULL;
	}
	err = file_read_input(path, AWS_SHARED_FILE_MAX, ret);
	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	if (err)
		err->kind = RB_USAGE;
	return rb_error_hint(err, "make it readable, or name another file in AWS_CONFIG_FILE or "
				  "AWS_SHARED_CREDENTIALS_FILE");
}

struct rb_error *aws_profiles_load(const char *config_path, const char *credentials_path,
				   struct strv *warnings, struct aws_profiles **ret)
{
	auto_secret_buf config = BUF_INIT;
	auto_secret_buf credentials = BUF_INIT;

	TRY(read_shared_file(config_path, warnings, &config));
	TRY(read_shared_file(credentials_path, warnings, &credentials));
	return aws_profiles_parse((struct span){ config.p, config.n }, config_path,
				  (struct span){ credentials.p, credentials.n }, credentials_path,
				  warnings, ret);
}

void aws_profiles_free(struct aws_profiles *p)
{
	if (!p)
		return;
	for (size_t f = 0; f < ARRAY_LEN(p->files); f++) {
		struct shared_file *file = &p->files[f];

		for (size_t i = 0; file->entries && i < file->ini.n_sections; i++)
			free(file->entries[i].name);
		free(file->entries);
		ini_clear(&file->ini);
	}
	free(p);
}

/* ---- looking up ------------------------------------------------------------- */

const char *aws_profiles_path(const struct aws_profiles *p, enum aws_shared_file file)
{
	return p->files[file].ini.path;
}

static const struct ini_section *find_section(const struct shared_file *file,
					      enum aws_section_kind kind, const char *name)
{
	for (size_t i = file->ini.n_sections; i > 0; i--) { /* the later replaces the earlier */
		const struct entry *entry = &file->entries[i - 1];

		if (entry->kind == kind && text_eq(entry->name, name))
			return entry->section;
	}
	return NULL;
}

bool aws_profiles_has(const struct aws_profiles *p, const char *profile)
{
	return find_section(&p->files[AWS_FILE_CONFIG], AWS_SECTION_PROFILE, profile) ||
	       find_section(&p->files[AWS_FILE_CREDENTIALS], AWS_SECTION_PROFILE, profile);
}

void aws_profiles_names(const struct aws_profiles *p, struct strv *ret)
{
	for (size_t f = 0; f < ARRAY_LEN(p->files); f++) {
		const struct shared_file *file = &p->files[f];

		for (size_t i = 0; i < file->ini.n_sections; i++) {
			const struct entry *entry = &file->entries[i];

			if (ret->n >= NAMES_MAX)
				return;
			if (entry->kind == AWS_SECTION_PROFILE && !strv_has(ret, entry->name))
				strv_add(ret, entry->name);
		}
	}
}

static const struct ini_key *find_key(const struct aws_profiles *p, enum aws_shared_file file,
				      enum aws_section_kind kind, const char *name, const char *key)
{
	const struct shared_file *f = &p->files[file];

	return ini_find(&f->ini, find_section(f, kind, name), key);
}

/* Of the two files' values for a profile's key, the one that counts. */
static const struct ini_key *find_merged(const struct aws_profiles *p, const char *profile,
					 const char *key)
{
	const struct ini_key *over =
		find_key(p, AWS_FILE_CREDENTIALS, AWS_SECTION_PROFILE, profile, key);

	return over ? over : find_key(p, AWS_FILE_CONFIG, AWS_SECTION_PROFILE, profile, key);
}

const char *aws_profiles_get(const struct aws_profiles *p, const char *profile, const char *key)
{
	const struct ini_key *found = find_merged(p, profile, key);

	return found ? found->value : NULL;
}

const char *aws_profiles_get_from(const struct aws_profiles *p, enum aws_shared_file file,
				  const char *profile, const char *key)
{
	const struct ini_key *found = find_key(p, file, AWS_SECTION_PROFILE, profile, key);

	return found ? found->value : NULL;
}

const char *aws_profiles_get_nested(const struct aws_profiles *p, const char *profile,
				    const char *key, const char *subkey)
{
	return ini_pair_value(find_merged(p, profile, key), subkey);
}

bool aws_section_has(const struct aws_profiles *p, enum aws_section_kind kind, const char *name)
{
	return find_section(&p->files[AWS_FILE_CONFIG], kind, name) != NULL;
}

const char *aws_section_get(const struct aws_profiles *p, enum aws_section_kind kind,
			    const char *name, const char *key)
{
	const struct ini_key *found = find_key(p, AWS_FILE_CONFIG, kind, name, key);

	return found ? found->value : NULL;
}

const char *aws_section_get_nested(const struct aws_profiles *p, enum aws_section_kind kind,
				   const char *name, const char *key, const char *subkey)
{
	return ini_pair_value(find_key(p, AWS_FILE_CONFIG, kind, name, key), subkey);
}
