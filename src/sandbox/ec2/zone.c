/* SPDX-License-Identifier: Apache-2.0 */
/* Regions, their zones, and what is offered there. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/settings.h"
#include "sandbox/ec2/ec2.h"

/* ---- zones -------------------------------------------------------------- */

/* Letters, and the number of each in the zone's id: letters are shuffled between accounts. */
static const struct {
	const char *region, *letters, *numbers;
} ZONES[] = {
	{ "ap-northeast-1", "acd", "412" },
	{ "us-east-1", "abcdef", "612435" },
	{ NULL, "abcd", "1234" },
};

static size_t row_of(const char *region)
{
	size_t i = 0;

	while (ZONES[i].region && strcmp(ZONES[i].region, region) != 0)
		i++;
	return i;
}

/* "apne1" of "ap-northeast-1" */
static void short_region(const char *region, char *out, size_t size)
{
	static const struct {
		const char *word, *abbreviation;
	} words[] = { { "northeast", "ne" }, { "northwest", "nw" }, { "southeast", "se" },
		      { "southwest", "sw" }, { "north", "n" },	    { "south", "s" },
		      { "east", "e" },	     { "west", "w" },	    { "central", "c" },
		      { "gov", "g" } };
	size_t used = 0;

	for (const char *p = region; *p;) {
		size_t n = strcspn(p, "-");
		const char *piece = p;
		size_t piece_n = n;

		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			if (strlen(words[i].word) == n && !strncmp(words[i].word, p, n)) {
				piece = words[i].abbreviation;
				piece_n = strlen(piece);
			}
		}
		if (used + piece_n + 1 < size) {
			memcpy(out + used, piece, piece_n);
			used += piece_n;
		}
		p += n + (p[n] == '-');
	}
	out[used] = '\0';
}

bool sec2_zone_nth(const char *region, size_t i, char ret_name[24])
{
	const char *letters = ZONES[row_of(region)].letters;

	if (i >= strlen(letters))
		return false;
	(void)snprintf(ret_name, 24, "%.20s%c", region, letters[i]);
	return true;
}

bool sec2_zone(const char *region, const char *name, char ret_id[24])
{
	char zone[24], region_id[16];

	for (size_t i = 0; sec2_zone_nth(region, i, zone); i++) {
		if (strcmp(zone, name) != 0)
			continue;
		short_region(region, region_id, sizeof(region_id));
		(void)snprintf(ret_id, 24, "%s-az%c", region_id, ZONES[row_of(region)].numbers[i]);
		return true;
	}
	return false;
}

/* The old zone of us-east-1 has few of the newer things. */
bool sec2_zone_is_old(const char *zone)
{
	return !strcmp(zone, "us-east-1e");
}

bool sec2_zone_has_endpoints(const char *zone)
{
	return !sec2_zone_is_old(zone);
}

static json_t *zone_view(const char *region, const char *name)
{
	autofree char *group = xasprintf("%s-zg-1", region);
	char id[24] = "";

	(void)!sec2_zone(region, name, id);
	return json_pack("{s:s, s:[], s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "optInStatus",
			 "opt-in-not-required", "messageSet", "regionName", region, "zoneName",
			 name, "zoneId", id, "groupName", group, "networkBorderGroup", region,
			 "zoneType", "availability-zone", "zoneState", "available");
}

static const struct sec2_filter ZONE_FILTERS[] = {
	{ "group-long-name", "groupLongName" },
	{ "group-name", "groupName" },
	{ "message", "messageSet/message" },
	{ "opt-in-status", "optInStatus" },
	{ "parent-zone-id", "parentZoneId" },
	{ "parent-zone-name", "parentZoneName" },
	{ "region-name", "regionName" },
	{ "state", "zoneState" },
	{ "zone-id", "zoneId" },
	{ "zone-name", "zoneName" },
	{ "zone-type", "zoneType" },
	{ 0 },
};

json_t *sec2_only_named(struct sec2 *c, json_t *items, const char *argument, const char *member,
			const char *code)
{
	const json_t *names = sec2_arg_tree(c, argument), *name;
	json_t *some, *item;
	size_t i, j;

	if (!json_array_size(names))
		return items;
	some = json_array();
	json_array_foreach(names, i, name) {
		size_t before = json_array_size(some);

		json_array_foreach(items, j, item) {
			if (!strcmp(sec2_str(item, member), json_string_value(name)))
				json_array_append(some, item);
		}
		if (json_array_size(some) == before && !sec2_failed(c))
			sec2_fail(c, code, "Invalid value: [%s]", json_string_value(name));
	}
	json_decref(items);
	return some;
}

void sec2_describe_availability_zones(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "availabilityZoneInfo",
					       .filters = ZONE_FILTERS };
	json_t *items = json_array();
	char name[24];

	for (size_t i = 0; sec2_zone_nth(c->region, i, name); i++)
		json_array_append_new(items, zone_view(c->region, name));
	items = sec2_only_named(c, items, "ZoneName", "zoneName", "InvalidParameterValue");
	items = sec2_only_named(c, items, "ZoneId", "zoneId", "InvalidParameterValue");
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}

/* ---- regions ------------------------------------------------------------ */

static const struct sec2_filter REGION_FILTERS[] = {
	{ "endpoint", "regionEndpoint" },
	{ "opt-in-status", "optInStatus" },
	{ "region-name", "regionName" },
	{ 0 },
};

/* AWS enables its regions of before March 2019 for everybody. */
static const char *opt_in_status(const struct sec2 *c, const char *region)
{
	static const char old[] =
		" ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 "
		"ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 "
		"eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2 ";
	autofree char *word = xasprintf(" %s ", region);

	if (sbx_setting_lists(c->st, "regions_off", "names", region))
		return "not-opted-in";
	return text_eq(region_partition(region)->id, "aws") && !strstr(old, word)
		       ? "opted-in"
		       : "opt-in-not-required";
}

void sec2_describe_regions(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "regionInfo", .filters = REGION_FILTERS };
	const struct region_partition *part = region_partition(c->region);
	bool all = sec2_arg_bool(c, "AllRegions", false);
	json_t *items = json_array();

	for (const char *p = part->regions; *p;) {
		size_t n = strcspn(p, " ");
		autofree char *name = xstrndup(p, n);
		autofree char *endpoint = xasprintf("ec2.%s.%s", name, part->dns_suffix);

		const char *status = opt_in_status(c, name);

		if (all || !text_eq(status, "not-opted-in"))
			json_array_append_new(items, json_pack("{s:s, s:s, s:s}", "optInStatus",
							       status, "regionName", name,
							       "regionEndpoint", endpoint));
		p += n + (p[n] == ' ');
	}
	items = sec2_only_named(c, items, "RegionName", "regionName", "InvalidParameterValue");
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}

void sec2_describe_account_attributes(struct sec2 *c)
{
	static const struct {
		const char *name, *value;
	} attributes[] = {
		{ "supported-platforms", "VPC" }, { "default-vpc", "none" },
		{ "max-instances", "20" },	  { "vpc-max-security-groups-per-interface", "5" },
		{ "max-elastic-ips", "5" },	  { "vpc-max-elastic-ips", "5" }
	};
	json_t *items = json_array();

	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		json_array_append_new(items, json_pack("{s:s, s:[{s:s}]}", "attributeName",
						       attributes[i].name, "attributeValueSet",
						       "attributeValue", attributes[i].value));
	items = sec2_only_named(c, items, "AttributeName", "attributeName",
				"InvalidParameterValue");
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_reply(c, json_pack("{s:o}", "accountAttributeSet", items));
}

/* ---- what this account has none of -------------------------------------- */

static void describe_none(struct sec2 *c, const char *set, const char *ids, const char *code,
			  const char *noun)
{
	const json_t *asked = sec2_arg_tree(c, ids);

	if (json_array_size(asked))
		sec2_fail(c, code, "The %s '%s' does not exist", noun,
			  json_string_value(json_array_get(asked, 0)));
	else
		sec2_reply(c, json_pack("{s:[]}", set));
}

void sec2_describe_internet_gateways(struct sec2 *c)
{
	describe_none(c, "internetGatewaySet", "InternetGatewayId",
		      "InvalidInternetGatewayID.NotFound", "internetGateway ID");
}

void sec2_describe_nat_gateways(struct sec2 *c)
{
	describe_none(c, "natGatewaySet", "NatGatewayId", "NatGatewayNotFound", "NAT gateway");
}
