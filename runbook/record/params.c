/* SPDX-License-Identifier: Apache-2.0 */
/* The table of parameters, and the rules between them. */
#include "runbook/record/params.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/record/bucket_name.h"

/* Each check answers the why; params_set adds what was set. */
#define REFUSE(...) return rb_error_because(RB_USAGE, __VA_ARGS__)

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";
static const char lower_digits_dash[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

static bool made_of(const char *s, const char *set)
{
	return *s && s[strspn(s, set)] == '\0';
}

static struct rb_error *check_region(const char *value)
{
	return aws_region_check(value);
}

static bool in_block(uint32_t base, uint32_t block, int prefix)
{
	return (base ^ block) >> (32 - prefix) == 0;
}

static struct rb_error *check_cidr(const char *value)
{
	uint32_t base;
	int prefix;

	if (!text_parse_cidr(value, &base, &prefix))
		REFUSE("it is no IPv4 network such as 10.0.0.0/16 (host bits must be 0)");
	if (prefix < 16 || prefix > 28)
		REFUSE("AWS takes networks from /16 to /28, not /%d", prefix);
	if (in_block(base, 0, 8) || in_block(base, 0x7f000000u, 8) ||
	    in_block(base, 0xa9fe0000u, 16) || in_block(base, 0xe0000000u, 3))
		REFUSE("AWS does not take this range for a VPC");
	return NULL;
}

static struct rb_error *check_zone(const char *value)
{
	if (strlen(value) > 40 || !made_of(value, lower_digits_dash) ||
	    !strchr(lower, value[strlen(value) - 1]))
		REFUSE("it is no zone name such as ap-northeast-1a");
	return NULL;
}

static struct rb_error *check_instance_type(const char *value)
{
	const char *dot = strchr(value, '.');

	if (!dot || dot == value || strlen(value) > 40 || strchr(dot + 1, '.') ||
	    value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-.")] ||
	    !made_of(dot + 1, lower_digits_dash))
		REFUSE("it is no instance type such as t3.micro");
	return NULL;
}

static struct rb_error *check_architecture(const char *value)
{
	if (!text_eq(value, "x86_64") && !text_eq(value, "arm64"))
		REFUSE("it is neither x86_64 nor arm64");
	return NULL;
}

static struct rb_error *check_image(const char *value)
{
	if (!text_starts_with(value, "ami-") || strlen(value) > 30 ||
	    !made_of(value + 4, "0123456789abcdef"))
		REFUSE("it is no image id such as ami-0123456789abcdef0");
	return NULL;
}

static struct rb_error *check_user(const char *value)
{
	if (strlen(value) > 32 || !strchr("abcdefghijklmnopqrstuvwxyz_", value[0]) ||
	    value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_-")])
		REFUSE("it is no user name such as ec2-user");
	return NULL;
}

static struct rb_error *check_bucket(const char *value)
{
	const char *problem = bucket_name_problem(value);

	if (problem)
		REFUSE("%s", problem);
	return NULL;
}

static struct rb_error *check_namespace(const char *value)
{
	if (!text_eq(value, NAMESPACE_GLOBAL) && !text_eq(value, NAMESPACE_ACCOUNT))
		REFUSE("it is neither " NAMESPACE_GLOBAL " nor " NAMESPACE_ACCOUNT);
	return NULL;
}

/* The key is also a file's name on the instance and a word of a command there. */
static struct rb_error *check_key(const char *value)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "._-";

	if (strlen(value) > 200 || !made_of(value, good) || value[0] == '-' || value[0] == '.')
		REFUSE("a key here is made of letters, digits, '.', '_' and '-', begins with "
		       "none of '.' and '-', and has 200 characters at most");
	return NULL;
}

/* 4-2 reads a large upload back to compare it; this is a proof, no transfer of data. */
enum { UPLOAD_BYTES_MAX = 64 * 1024 * 1024 };

static struct rb_error *check_bytes(const char *value)
{
	int64_t n;

	if (!made_of(value, digits) || !text_parse_i64(value, 0, UPLOAD_BYTES_MAX, &n))
		REFUSE("it is no number from 0 to %d", UPLOAD_BYTES_MAX);
	return NULL;
}

enum param_index {
	SOURCE_REGION,
	SOURCE_VPC_CIDR,
	SOURCE_SUBNET_CIDR,
	SOURCE_ZONE,
	SOURCE_INSTANCE_TYPE,
	SOURCE_ARCHITECTURE,
	SOURCE_IMAGE,
	SOURCE_OS_USER,
	DESTINATION_REGION,
	DESTINATION_VPC_CIDR,
	DESTINATION_SUBNET_CIDR,
	DESTINATION_ZONE,
	DESTINATION_BUCKET,
	DESTINATION_BUCKET_NAMESPACE,
	UPLOAD_KEY,
	UPLOAD_BYTES,
	LAST_PARAM_,
};

const struct param all_params[PARAMS_N] = {
	[SOURCE_REGION] = { "source.region", "ap-northeast-1", "region of the instance",
			    "インスタンスのリージョン", check_region },
	[SOURCE_VPC_CIDR] = { "source.vpc_cidr", "10.0.0.0/16", "network of the source VPC",
			      "接続元 VPC のネットワーク", check_cidr },
	[SOURCE_SUBNET_CIDR] = { "source.subnet_cidr", "10.0.0.0/20",
				 "its private subnet, inside source.vpc_cidr",
				 "そのプライベートサブネット", check_cidr },
	[SOURCE_ZONE] = { "source.zone", "", "zone of that subnet (default: the region's 'a')",
			  "そのサブネットのゾーン (既定: リージョンの a)", check_zone },
	[SOURCE_INSTANCE_TYPE] = { "source.instance_type", "",
				   "instance type (default: t3.micro, for arm64 t4g.micro)",
				   "インスタンスタイプ (既定: t3.micro、arm64 では t4g.micro)",
				   check_instance_type },
	[SOURCE_ARCHITECTURE] = { "source.architecture", "x86_64",
				  "x86_64 or arm64; follows source.instance_type",
				  "x86_64 または arm64 (source.instance_type に従う)",
				  check_architecture },
	[SOURCE_IMAGE] = { "source.image", "", "image id (default: newest Amazon Linux 2023)",
			   "イメージ ID (既定: 最新の Amazon Linux 2023)", check_image },
	[SOURCE_OS_USER] = { "source.os_user", "ec2-user", "user to log in as on the instance",
			     "インスタンスにログインするユーザー", check_user },
	[DESTINATION_REGION] = { "destination.region", "us-east-1", "region of the bucket",
				 "バケットのリージョン", check_region },
	[DESTINATION_VPC_CIDR] = { "destination.vpc_cidr", "10.1.0.0/16",
				   "network of the destination VPC", "接続先 VPC のネットワーク",
				   check_cidr },
	[DESTINATION_SUBNET_CIDR] = { "destination.subnet_cidr", "10.1.0.0/20",
				      "its private subnet, inside destination.vpc_cidr",
				      "そのプライベートサブネット", check_cidr },
	[DESTINATION_ZONE] = { "destination.zone", "",
			       "zone of that subnet (default: the first that offers the "
			       "S3 endpoint)",
			       "そのサブネットのゾーン (既定: S3 "
			       "エンドポイントを提供する最初のゾーン)",
			       check_zone },
	[DESTINATION_BUCKET] = { "destination.bucket", "",
				 "bucket (default: made from stack and run id)",
				 "バケット (既定: スタックと実行 ID から作成)", check_bucket },
	[DESTINATION_BUCKET_NAMESPACE] = { "destination.bucket_namespace", "",
					   "global or account-regional (default: by the bucket's "
					   "name, account-regional when it ends with -an)",
					   "global または account-regional (既定: "
					   "バケット名が -an で終われば account-regional)",
					   check_namespace },
	[UPLOAD_KEY] = { "upload.key", "dummy.txt", "name of the object to upload",
			 "アップロードするオブジェクトの名前", check_key },
	[UPLOAD_BYTES] = { "upload.bytes", "0", "its size", "そのサイズ", check_bytes },
	[LAST_PARAM_] = { NULL, NULL, NULL, NULL, NULL },
};

static int index_of(const char *name)
{
	for (int i = 0; all_params[i].name; i++)
		if (strcmp(all_params[i].name, name) == 0)
			return i;
	return -1;
}

void params_init(struct params *p)
{
	memset(p, 0, sizeof(*p));
	for (int i = 0; all_params[i].name; i++)
		p->v[i] = xstrdup(all_params[i].fallback);
}

void params_clear(struct params *p)
{
	for (int i = 0; i < PARAMS_N; i++) {
		free(p->v[i]);
		free(p->given[i]);
	}
	memset(p, 0, sizeof(*p));
}

const char *params_get(const struct params *p, const char *name)
{
	int i = index_of(name);

	if (i < 0)
		abort(); /* a step or command of ours asks for what is not in the table */
	return p->v[i] ? p->v[i] : "";
}

const char *params_given(const struct params *p, const char *name)
{
	int i = index_of(name);

	return i < 0 ? NULL : p->given[i];
}

static struct rb_error *unknown_param(const char *name, const char *from)
{
	const char *names[PARAMS_N + 1] = { NULL };
	autofree char *shown = text_printable(name, strlen(name), 60);
	struct rb_error *err = rb_error_new(RB_USAGE, "unknown parameter '%s' (%s)", shown, from);
	const char *near;

	for (int i = 0; all_params[i].name; i++)
		names[i] = all_params[i].name;
	near = text_near(name, names);
	if (near)
		return rb_error_hint(err, "did you mean '%s'?", near);
	return rb_error_hint(err, "runbook plan --help lists the parameters");
}

struct rb_error *params_set(struct params *p, const char *name, const char *value, const char *from)
{
	int i = index_of(name);
	struct rb_error *err;

	if (i < 0)
		return unknown_param(name, from);
	err = all_params[i].check(value);
	if (err) {
		autofree char *shown = text_printable(value, strlen(value), 80);

		free(err->what);
		err->what = xasprintf("%s cannot be '%s' (%s)", name, shown, from);
		return err;
	}
	set_str(&p->v[i], value);
	set_str(&p->given[i], from);
	return NULL;
}

struct rb_error *params_set_pair(struct params *p, const char *pair)
{
	const char *eq = strchr(pair, '=');
	autofree char *name = NULL;

	if (!eq || eq == pair) {
		autofree char *shown = text_printable(pair, strlen(pair), 80);

		return rb_error_hint(rb_error_new(RB_USAGE, "--set '%s' is not KEY=VALUE", shown),
				     "for example: --set source.region=eu-west-1");
	}
	name = xstrndup(pair, (size_t)(eq - pair));
	return params_set(p, name, eq + 1, "--set");
}

static struct rb_error *load_value(struct params *p, const char *name, const json_t *value,
				   const char *path)
{
	if (json_is_string(value))
		return params_set(p, name, json_string_value(value), path);
	if (json_is_integer(value)) {
		autofree char *text = xasprintf("%lld", (long long)json_integer_value(value));

		return params_set(p, name, text, path);
	}
	if (index_of(name) < 0)
		return unknown_param(name, path);
	return rb_error_why(rb_error_new(RB_USAGE, "cannot use %s from '%s'", name, path),
			    "its value is neither a string nor a whole number");
}

struct rb_error *params_load(struct params *p, const char *path)
{
	auto_buf text = BUF_INIT;
	json_error_t jerr;
	json_t *root, *value, *inner;
	const char *key, *sub;
	struct rb_error *err;

	TRY(file_read_input(path, 1024 * 1024, &text));
	root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &jerr);
	if (!root) {
		autofree char *why = text_printable(jerr.text, strlen(jerr.text), 200);

		return rb_error_why(
			rb_error_new(RB_USAGE, "cannot use the configuration '%s'", path),
			"line %d: %s", jerr.line, why);
	}
	err = json_is_object(root)
		      ? NULL
		      : rb_error_why(
				rb_error_new(RB_USAGE, "cannot use the configuration '%s'", path),
				"it is no JSON object");
	json_object_foreach(root, key, value) {
		if (err)
			break;
		if (!json_is_object(value)) {
			err = load_value(p, key, value, path);
			continue;
		}
		json_object_foreach(value, sub, inner) {
			autofree char *name = xasprintf("%s.%s", key, sub);

			if (!err)
				err = load_value(p, name, inner, path);
		}
	}
	json_decref(root);
	return err;
}

static bool zone_is_in(const char *zone, const char *region)
{
	size_t n = strlen(region);

	if (!text_starts_with(zone, region) || !zone[n])
		return false;
	/* "ap-northeast-1a", or a local zone's "us-west-2-lax-1a" */
	return zone[n] == '-' || (strchr(lower, zone[n]) && !zone[n + 1]);
}

/* "x86_64", "arm64", or NULL: the name does not say, and EC2 will. */
static const char *architecture_of_type(const char *type)
{
	size_t family = strcspn(type, ".-"), letters = strspn(type, lower);
	size_t number = strspn(type + letters, digits);

	if (!letters || !number || letters + number > family || text_starts_with(type, "mac"))
		return NULL;
	if (strncmp(type, "a1.", 3) == 0 ||
	    memchr(type + letters + number, 'g', family - letters - number))
		return "arm64"; /* the 'g' behind the generation's number is Graviton's */
	return type[family] == '-' ? NULL : "x86_64";
}

static struct rb_error *check_machine(const struct params *p)
{
	const char *type = p->v[SOURCE_INSTANCE_TYPE], *asked = p->v[SOURCE_ARCHITECTURE];
	const char *its = architecture_of_type(type);

	if (!its || text_eq(its, asked))
		return NULL;
	return rb_error_hint(
		rb_error_why(rb_error_new(RB_USAGE, "source.instance_type cannot be '%s'", type),
			     "it is of architecture %s, and source.architecture is '%s'", its,
			     asked),
		"leave one of the two out: the other follows");
}

static struct rb_error *check_side(const struct params *p, int region, int vpc, int subnet,
				   int zone)
{
	if (*p->v[zone] && !zone_is_in(p->v[zone], p->v[region]))
		return rb_error_why(rb_error_new(RB_USAGE, "%s cannot be '%s'",
						 all_params[zone].name, p->v[zone]),
				    "it is not a zone of %s '%s'", all_params[region].name,
				    p->v[region]);
	if (!text_cidr_within(p->v[subnet], p->v[vpc]))
		return rb_error_why(rb_error_new(RB_USAGE, "%s cannot be '%s'",
						 all_params[subnet].name, p->v[subnet]),
				    "it is not inside %s '%s'", all_params[vpc].name, p->v[vpc]);
	return NULL;
}

/* Runs of before the parameter was there have it by their bucket's name, too. */
static void fill_namespace(struct params *p)
{
	if (!*p->v[DESTINATION_BUCKET_NAMESPACE])
		set_str(&p->v[DESTINATION_BUCKET_NAMESPACE],
			bucket_namespace_of(p->v[DESTINATION_BUCKET]));
}

static struct rb_error *bucket_cannot_be(const char *name, const char *why)
{
	return rb_error_why(rb_error_new(RB_USAGE, "destination.bucket cannot be '%s'", name), "%s",
			    why);
}

/* `account` NULL: it is not known yet. */
static struct rb_error *check_bucket_namespace(const struct params *p, const char *account)
{
	const char *name = p->v[DESTINATION_BUCKET], *region = p->v[DESTINATION_REGION];
	bool asked = text_eq(p->v[DESTINATION_BUCKET_NAMESPACE], NAMESPACE_ACCOUNT);
	autofree char *problem = NULL;

	if (!asked && !text_eq(bucket_namespace_of(name), NAMESPACE_ACCOUNT))
		return NULL;
	if (!asked)
		return bucket_cannot_be(name, "S3 keeps the ending '-an' for the account-regional "
					      "namespace, and destination.bucket_namespace is "
					      "'" NAMESPACE_GLOBAL "'");
	if (!bucket_namespace_is_offered(region))
		return rb_error_why(rb_error_new(RB_USAGE, "destination.bucket_namespace cannot "
							   "be '" NAMESPACE_ACCOUNT "'"),
				    "'%s' has no account-regional bucket names", region);
	if (*name) {
		problem = bucket_regional_problem(name, account, region);
		return problem ? bucket_cannot_be(name, problem) : NULL;
	}
	return NULL;
}

struct rb_error *params_finish(struct params *p)
{
	const char *src = p->v[SOURCE_REGION], *dst = p->v[DESTINATION_REGION];

	if (!*p->v[SOURCE_ZONE]) {
		free(p->v[SOURCE_ZONE]);
		p->v[SOURCE_ZONE] = xasprintf("%sa", src);
	}
	if (!p->given[SOURCE_ARCHITECTURE] && *p->v[SOURCE_INSTANCE_TYPE] &&
	    architecture_of_type(p->v[SOURCE_INSTANCE_TYPE]))
		set_str(&p->v[SOURCE_ARCHITECTURE],
			architecture_of_type(p->v[SOURCE_INSTANCE_TYPE]));
	if (!*p->v[SOURCE_INSTANCE_TYPE])
		set_str(&p->v[SOURCE_INSTANCE_TYPE],
			text_eq(p->v[SOURCE_ARCHITECTURE], "arm64") ? "t4g.micro" : "t3.micro");
	if (text_eq(src, dst))
		return rb_error_why(rb_error_new(RB_USAGE,
						 "source.region and destination.region "
						 "are both '%s'",
						 src),
				    "the procedure joins two regions: its peering is one between "
				    "regions");
	if (!text_eq(aws_partition_of(src)->id, aws_partition_of(dst)->id))
		return rb_error_why(
			rb_error_new(RB_USAGE, "regions '%s' and '%s' cannot be joined", src, dst),
			"they are in different partitions (%s and %s)", aws_partition_of(src)->id,
			aws_partition_of(dst)->id);
	TRY(check_machine(p));
	TRY(check_side(p, SOURCE_REGION, SOURCE_VPC_CIDR, SOURCE_SUBNET_CIDR, SOURCE_ZONE));
	TRY(check_side(p, DESTINATION_REGION, DESTINATION_VPC_CIDR, DESTINATION_SUBNET_CIDR,
		       DESTINATION_ZONE));
	if (text_cidrs_overlap(p->v[SOURCE_VPC_CIDR], p->v[DESTINATION_VPC_CIDR]))
		return rb_error_why(rb_error_new(RB_USAGE,
						 "source.vpc_cidr '%s' and "
						 "destination.vpc_cidr '%s' overlap",
						 p->v[SOURCE_VPC_CIDR], p->v[DESTINATION_VPC_CIDR]),
				    "a peering cannot join overlapping networks");
	fill_namespace(p);
	return check_bucket_namespace(p, NULL);
}

struct rb_error *params_check_account(const struct params *p, const char *account)
{
	return check_bucket_namespace(p, account);
}

struct rb_error *params_name_bucket(struct params *p, const char *stack, const char *run_id,
				    const char *account)
{
	const char *region = p->v[DESTINATION_REGION];
	char *name;

	if (*p->v[DESTINATION_BUCKET])
		return NULL;
	if (!text_eq(p->v[DESTINATION_BUCKET_NAMESPACE], NAMESPACE_ACCOUNT))
		name = bucket_name(stack, run_id);
	else
		name = bucket_regional_name(stack, run_id, account, region);
	if (!name)
		return rb_error_why(rb_error_new(RB_USAGE, "the bucket cannot be named"),
				    "'-%s-%s-an' leaves no room for the run's id in %d characters",
				    account, region, BUCKET_NAME_MAX);
	free(p->v[DESTINATION_BUCKET]);
	p->v[DESTINATION_BUCKET] = name;
	return NULL;
}

json_t *params_to_json(const struct params *p)
{
	json_t *o = json_object();

	for (int i = 0; all_params[i].name; i++)
		json_object_set_new(o, all_params[i].name, json_string(p->v[i]));
	return o;
}

struct rb_error *params_from_json(struct params *p, const json_t *values)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)values, key, value) {
		int i = index_of(key);

		if (i < 0 || !json_is_string(value))
			REFUSE("it has a parameter '%.60s' that this runbook does not know", key);
		set_str(&p->v[i], json_string_value(value));
	}
	fill_namespace(p);
	return NULL;
}

struct rb_error *params_agree(const struct params *p, const struct params *recorded,
			      const char *run_id)
{
	for (int i = 0; all_params[i].name; i++) {
		struct rb_error *err;

		if (!p->given[i] || text_eq(p->v[i], recorded->v[i]))
			continue;
		err = rb_error_new(RB_USAGE, "%s is '%s' here (%s), but '%s' in run %s",
				   all_params[i].name, p->v[i], p->given[i], recorded->v[i],
				   run_id);
		err = rb_error_why(err, "a run's parameters are fixed when it begins");
		return rb_error_hint(err,
				     "leave it out to carry on; or runbook undo, then run again "
				     "with --set %s=%s; or use another --stack",
				     all_params[i].name, p->v[i]);
	}
	return NULL;
}
