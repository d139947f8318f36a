/* SPDX-License-Identifier: Apache-2.0 */
/* EC2 Instance Connect: SendSSHPublicKey, and the keys that are good for a minute. */
#include "sandbox/path/eic.h"

#include <regex.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/iam/iam.h"

#define MIN_KEY_CHARS 80
#define MAX_KEY_CHARS 4096

/* ---- keys --------------------------------------------------------------- */

/* "TYPE BASE64" of an OpenSSH line, without its comment; NULL when it is none.  Caller frees. */
static char *bare_key(const char *line)
{
	size_t type_n = strcspn(line, " \t"), blanks, data_n;
	const char *data;

	blanks = strspn(line + type_n, " \t");
	data = line + type_n + blanks;
	data_n = strcspn(data, " \t\r\n");
	if (type_n == 0 || blanks == 0 || data_n == 0)
		return NULL;
	return xasprintf("%.*s %.*s", (int)type_n, line, (int)data_n, data);
}

/* The blob begins with its own type, as long as it says. */
static bool blob_is(const struct buf *blob, const char *type)
{
	const unsigned char *p = (const unsigned char *)blob->p;
	size_t n = strlen(type);

	return blob->n > 4 + n && p[0] == 0 && p[1] == 0 && p[2] == 0 && p[3] == n &&
	       memcmp(p + 4, type, n) == 0;
}

/* RSA from 2048 to 16384 bits, or Ed25519; nothing else is taken. */
static bool is_taken_key(const char *bare)
{
	const char *space = strchr(bare, ' ');
	autofree char *type = xstrndup(bare, (size_t)(space - bare));
	auto_buf blob = BUF_INIT;

	if (!text_base64_decode(space + 1, strlen(space + 1), &blob) || !blob_is(&blob, type))
		return false;
	if (text_eq(type, "ssh-ed25519"))
		return blob.n == 4 + 11 + 4 + 32;
	return text_eq(type, "ssh-rsa") && blob.n >= 4 + 7 + 256;
}

static char *key_id(const char *instance_id, const char *user, const char *bare)
{
	char hash[65];

	text_sha256_hex(bare, strlen(bare), hash);
	return xasprintf("%s/%s/%s", instance_id, user, hash);
}

bool eic_key_is_good(struct store *st, const char *region, const char *instance_id,
		     const char *user, const char *key, int64_t now_ms)
{
	autofree char *bare = bare_key(key);
	autofree char *id = bare ? key_id(instance_id, user, bare) : NULL;
	json_t *doc = id ? store_get(st, SBX_KEY, region, id) : NULL;
	int64_t pushed_ms = json_integer_value(json_object_get(doc, "pushed_ms"));
	bool good = doc && now_ms < pushed_ms + SBX_KEY_MS;

	json_decref(doc);
	return good;
}

static void drop_old_keys(struct store *st, const char *region, int64_t now_ms)
{
	json_t *all = store_list(st, SBX_KEY, region);
	size_t i;
	json_t *doc;

	json_array_foreach(all, i, doc) {
		if (json_integer_value(json_object_get(doc, "pushed_ms")) + SBX_KEY_MS <= now_ms)
			store_delete(st, SBX_KEY, region,
				     json_string_value(json_object_get(doc, "id")));
	}
	json_decref(all);
}

/* ---- the request -------------------------------------------------------- */

static bool matches(const char *pattern, const char *s)
{
	regex_t compiled;
	bool yes;

	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	yes = regexec(&compiled, s, 0, NULL, 0) == 0;
	regfree(&compiled);
	return yes;
}

static bool is_user(const char *s)
{
	return matches("^[A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?$", s) ||
	       matches("^[0-9]+[A-Za-z@._-][A-Za-z0-9@._-]*[A-Za-z0-9$_-]?$", s);
}

static const struct {
	const char *name;
	bool required;
	size_t min, max;
	const char *pattern;
	bool (*fits)(const char *s);
} fields[] = {
	{ "InstanceId", true, 10, 32, "^i-[a-f0-9]+$", NULL },
	{ "InstanceOSUser", true, 1, 32, NULL, is_user },
	{ "SSHPublicKey", true, MIN_KEY_CHARS, MAX_KEY_CHARS, NULL, NULL },
	{ "AvailabilityZone", false, 6, 32, "^([[:alnum:]_]+-){2,3}[0-9]+[[:alnum:]_]+$", NULL },
};

static bool refuse(const struct sbx_request *req, struct sbx_reply *rep, const char *what)
{
	sbx_fail(req, rep, 400, "InvalidArgsException", "%s", what);
	return false;
}

static bool check_fields(const struct sbx_request *req, struct sbx_reply *rep)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)req->json, name, value) {
		for (i = 0; i < ARRAY_LEN(fields) && !text_eq(fields[i].name, name); i++)
			;
		if (i == ARRAY_LEN(fields)) {
			autofree char *shown = text_printable(name, strlen(name), 100);
			autofree char *what = xasprintf("Unknown field '%s'", shown);

			return refuse(req, rep, what);
		}
		if (!json_is_string(value) && !json_is_null(value)) {
			sbx_fail(req, rep, 400, "SerializationException",
				 "Unexpected type for field '%s'", name);
			return false;
		}
	}
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		const char *s = json_string_value(json_object_get(req->json, fields[i].name));
		size_t n = s ? strlen(s) : 0;
		autofree char *what = NULL;

		if (!s && !fields[i].required)
			continue;
		if (!s)
			what = xasprintf("The field '%s' must not be null", fields[i].name);
		else if (n < fields[i].min || n > fields[i].max)
			what = xasprintf("The field '%s' must have between %zu and %zu characters",
					 fields[i].name, fields[i].min, fields[i].max);
		else if ((fields[i].pattern && !matches(fields[i].pattern, s)) ||
			 (fields[i].fits && !fields[i].fits(s)))
			what = xasprintf("The value of the field '%s' is not valid",
					 fields[i].name);
		if (what)
			return refuse(req, rep, what);
	}
	return true;
}

static const char *field(const struct sbx_request *req, const char *name)
{
	return json_string_value(json_object_get(req->json, name));
}

/* The instance runs, and where the client says it does; false after an answer. */
static bool check_instance(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	const struct sec2_kind *kind = sec2_kind_named("instance");
	const char *id = field(req, "InstanceId"), *zone = field(req, "AvailabilityZone");
	struct sec2_view_context context = { sbx, sbx_store(sbx), req->region, req->now_ms };
	json_t *doc = kind ? store_get_visible(context.st, kind->kind, req->region, id, req->now_ms)
			   : NULL;
	json_t *view = doc ? sec2_view(&context, kind, doc) : NULL;
	const char *state =
		json_string_value(json_object_get(json_object_get(view, "instanceState"), "name"));
	const char *its_zone = json_string_value(
		json_object_get(json_object_get(view, "placement"), "availabilityZone"));
	bool good = false;

	if (!state)
		sbx_fail(req, rep, 400, "EC2InstanceNotFoundException",
			 "The instance ID '%s' does not exist in this region", id);
	else if (zone && !text_eq(zone, its_zone))
		(void)refuse(req, rep,
			     "The instance is not in the Availability Zone that was given");
	else if (!text_eq(state, "running"))
		sbx_fail(req, rep, 400, "EC2InstanceStateInvalidException",
			 "The instance '%s' is not running: its state is '%s'", id, state);
	else
		good = true;
	json_decref(view);
	json_decref(doc);
	return good;
}

/* By the caller's policies; false after an answer.  An instance that is not there is reported next.
 */
static bool check_permission(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	static const char action[] = "ec2-instance-connect:SendSSHPublicKey";
	auto_principal_blame blame = { 0 };
	struct required_permissions needs = { 0 };
	struct required_permission *need;
	bool yes;

	sec2_require_thing(sbx, req, action, field(req, "InstanceId"), &needs);
	need = needs.n ? needs.v
		       : required_permissions_add(&needs, action,
						  sbx_arn("ec2", req->region, "instance/%s",
							  field(req, "InstanceId")));
	required_permission_fact(need, "ec2:osuser", field(req, "InstanceOSUser"));
	yes = siam_permits(sbx, req, need, &blame);
	if (!yes) {
		autofree char *why = siam_denial(req, need, &blame);

		sbx_fail(req, rep, 400, "AccessDeniedException", "%s", why);
	}
	required_permissions_clear(&needs);
	return yes;
}

static void send_key(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	autofree char *bare = NULL, *id = NULL, *text = NULL;
	const char *instance_id, *user;
	int64_t pushed_ms = req->now_ms;
	json_t *doc, *answer;

	if (!check_fields(req, rep))
		return;
	instance_id = field(req, "InstanceId");
	user = field(req, "InstanceOSUser");
	if (!check_permission(sbx, req, rep))
		return;
	bare = bare_key(field(req, "SSHPublicKey"));
	if (!bare || !is_taken_key(bare)) {
		(void)refuse(req, rep,
			     "The SSH public key is not valid: RSA of 2048 bits or more, or "
			     "Ed25519, in OpenSSH's format");
		return;
	}
	if (!check_instance(sbx, req, rep))
		return;
	drop_old_keys(sbx_store(sbx), req->region, req->now_ms);
	id = key_id(instance_id, user, bare);
	if (text_eq(req->fault_state, "expired")) /* so that nobody has to wait for it */
		pushed_ms -= SBX_KEY_MS;
	doc = json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", id, "instance", instance_id, "user",
			user, "key", bare, "pushed_ms", (json_int_t)pushed_ms);
	store_put(sbx_store(sbx), SBX_KEY, req->region, id, doc, req->now_ms, /* lag_ms= */ 0);
	json_decref(doc);
	answer = json_pack("{s:s, s:b}", "RequestId", req->request_id, "Success", 1);
	text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	(void)buf_adds(&rep->body, text);
}

const struct sbx_action sbx_eic_actions[] = {
	{ "ec2-instance-connect", "SendSSHPublicKey", send_key, false },
	{ 0 },
};
