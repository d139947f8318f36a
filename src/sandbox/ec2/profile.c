/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instance profiles as EC2 sees them: later than IAM, and only those that have a
 * role.  An association is not a thing of its own here but part of the instance.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/instance.h"
#include "sandbox/iam/iam.h"

#define PROPAGATION_MS 10000
#define ASSOCIATING_MS 3000

/* ---- finding ------------------------------------------------------------ */

/* "" for none. */
static const char *name_in_arn(const char *arn)
{
	const char *slash = arn ? strrchr(arn, '/') : NULL;

	return slash ? slash + 1 : "";
}

/* Has EC2 heard of what happened at `ms`? */
static bool has_heard(const struct sec2 *c, int64_t ms)
{
	return c->now_ms >= ms + sbx_scaled(c->sbx, PROPAGATION_MS);
}

static void fail_unknown(struct sec2 *c, const char *name, const char *arn)
{
	if (name)
		sec2_fail(
			c, "InvalidParameterValue",
			"Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM "
			"Instance Profile name",
			name);
	else
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter iamInstanceProfile.arn is invalid. Invalid IAM "
			  "Instance Profile ARN",
			  arn);
}

bool sec2_find_profile(struct sec2 *c, json_t **ret)
{
	const char *name = sec2_arg(c, "IamInstanceProfile.Name");
	const char *arn = sec2_arg(c, "IamInstanceProfile.Arn");
	json_t *doc;

	if (!name && !arn)
		return true;
	if (name && arn) {
		sec2_fail(
			c, "InvalidParameterCombination",
			"The parameter iamInstanceProfile.name may not be used in combination with "
			"iamInstanceProfile.arn");
		return false;
	}
	doc = store_get(c->st, SBX_PROFILE, "", name ? name : name_in_arn(arn));
	if (!doc || (arn && strcmp(sec2_str(doc, "arn"), arn) != 0) ||
	    !has_heard(c, sec2_ms(doc, "created_ms")))
		fail_unknown(c, name, arn);
	else if (!json_object_get(doc, "role") || !has_heard(c, sec2_ms(doc, "role_added_ms")))
		sec2_fail(c, "InvalidParameterValue",
			  "IAM Instance Profile \"%s\" has no associated IAM Roles",
			  sec2_str(doc, "arn"));
	else
		*ret = json_pack("{s:O, s:O, s:O}", "arn", json_object_get(doc, "arn"), "id",
				 json_object_get(doc, "id"), "name", json_object_get(doc, "name"));
	json_decref(doc);
	return !sec2_failed(c);
}

void sec2_profile_stamp(struct sec2 *c, json_t *doc)
{
	json_t *profile = json_object_get(doc, "_profile");
	autofree char *id = sbx_new_id("iip-assoc");

	json_object_set_new(profile, "association", json_string(id));
	json_object_set_new(profile, "since_ms", json_integer(c->now_ms));
	json_object_set_new(profile, "ready_ms", json_integer(sec2_after(c, ASSOCIATING_MS)));
}

/* ---- associations ------------------------------------------------------- */

static json_t *association_view(const json_t *doc, const char *state)
{
	const json_t *profile = json_object_get(doc, "_profile");

	return json_pack("{s:O, s:O, s:{s:O, s:O}, s:s, s:o}", "associationId",
			 json_object_get(profile, "association"), "instanceId",
			 json_object_get(doc, "instanceId"), "iamInstanceProfile", "arn",
			 json_object_get(profile, "arn"), "id", json_object_get(profile, "id"),
			 "state", state, "timestamp", sec2_time(sec2_ms(profile, "since_ms")));
}

static const char *state_of(const struct sec2 *c, const json_t *doc)
{
	return c->now_ms < sec2_ms(json_object_get(doc, "_profile"), "ready_ms") ? "associating"
										 : "associated";
}

static bool is_over(const struct sec2 *c, const json_t *doc)
{
	const char *state = sec2_instance_state(doc, c->now_ms);

	return !strcmp(state, "terminated") || !json_object_get(doc, "_profile");
}

static const struct sec2_filter ASSOCIATION_FILTERS[] = {
	{ "instance-id", "instanceId" },
	{ "state", "state" },
	{ 0 },
};

static bool is_asked_for(const struct sec2 *c, const json_t *doc)
{
	const json_t *ids = sec2_arg_tree(c, "AssociationId"), *id;
	const char *own = sec2_str(json_object_get(doc, "_profile"), "association");
	size_t i;

	json_array_foreach(ids, i, id) {
		if (!strcmp(json_string_value(id), own))
			return true;
	}
	return !json_array_size(ids);
}

void sec2_describe_profile_associations(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "iamInstanceProfileAssociationSet",
					       .filters = ASSOCIATION_FILTERS };
	json_t *all = store_list_visible(c->st, "instance", c->region, c->now_ms), *doc;
	json_t *items = json_array();
	size_t i;

	json_array_foreach(all, i, doc) {
		if (!is_over(c, doc) && is_asked_for(c, doc))
			json_array_append_new(items, association_view(doc, state_of(c, doc)));
	}
	json_decref(all);
	sec2_answer_list(c, &list, items);
}

/* The instance with the association that AssociationId names; NULL and failed. */
static json_t *need_association(struct sec2 *c)
{
	const char *id = sec2_arg(c, "AssociationId");
	json_t *all = sec2_all(c, &EC2_INSTANCE), *doc, *found = NULL;
	size_t i;

	json_array_foreach(all, i, doc) {
		if (!is_over(c, doc) &&
		    !strcmp(sec2_str(json_object_get(doc, "_profile"), "association"), id))
			found = json_incref(doc);
	}
	json_decref(all);
	if (!found)
		sec2_fail(c, "NoSuchAssociation", "An invalid association-id of '%s' was given",
			  id);
	return found;
}

static void reply_association(struct sec2 *c, const json_t *doc, const char *state)
{
	sec2_reply(c, json_pack("{s:o}", "iamInstanceProfileAssociation",
				association_view(doc, state)));
}

/* Gives the instance the profile that the call names. */
static void put_profile(struct sec2 *c, json_t *doc)
{
	json_t *profile = NULL;

	if (!sec2_find_profile(c, &profile))
		return;
	if (!profile) {
		sec2_fail(c, "MissingParameter",
			  "The request must contain the parameter IamInstanceProfile");
		return;
	}
	json_object_set_new(doc, "_profile", profile);
	sec2_profile_stamp(c, doc);
	sec2_put_told(c, &EC2_INSTANCE, doc);
	reply_association(c, doc, "associating");
}

void sec2_associate_profile(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_INSTANCE, sec2_arg(c, "InstanceId"));

	if (!doc)
		return;
	if (json_object_get(doc, "_profile"))
		sec2_fail(c, "IncorrectState", "There is an existing association for instance %s",
			  sec2_arg(c, "InstanceId"));
	else
		put_profile(c, doc);
	json_decref(doc);
}

void sec2_replace_profile(struct sec2 *c)
{
	json_t *doc = need_association(c);

	if (doc)
		put_profile(c, doc);
	json_decref(doc);
}

void sec2_disassociate_profile(struct sec2 *c)
{
	json_t *doc = need_association(c);

	if (!doc)
		return;
	reply_association(c, doc, "disassociating");
	json_object_del(doc, "_profile");
	sec2_put_told(c, &EC2_INSTANCE, doc);
	json_decref(doc);
}
