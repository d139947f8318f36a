/* SPDX-License-Identifier: Apache-2.0 */
/* Instance types: where they are offered, what they are, and the CPU credits of burstable ones. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

static const struct {
	const char *family, *architecture;
	const char *sizes; /* "SIZE:VCPUS ..." */
	const char
		*credits; /* of burstable types, when nothing is asked for; NULL: not burstable */
	bool old;	  /* offered in old zones too */
} FAMILIES[] = {
	{ "t2", "x86_64", "nano:1 micro:1 small:1 medium:2 large:2 xlarge:4 2xlarge:8", "standard",
	  true },
	{ "t3", "x86_64", "nano:2 micro:2 small:2 medium:2 large:2 xlarge:4 2xlarge:8", "unlimited",
	  false },
	{ "t3a", "x86_64", "nano:2 micro:2 small:2 medium:2 large:2 xlarge:4 2xlarge:8",
	  "unlimited", false },
	{ "t4g", "arm64", "nano:2 micro:2 small:2 medium:2 large:2 xlarge:4 2xlarge:8", "unlimited",
	  false },
	{ "m5", "x86_64", "large:2 xlarge:4 2xlarge:8 4xlarge:16 12xlarge:48", NULL, true },
	{ "m6i", "x86_64", "large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, false },
	{ "m6g", "arm64", "medium:1 large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, false },
	{ "m7g", "arm64", "medium:1 large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, false },
	{ "m7i", "x86_64", "large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, false },
	{ "c5", "x86_64", "large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, true },
	{ "c6g", "arm64", "medium:1 large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, false },
	{ "c7g", "arm64", "medium:1 large:2 xlarge:4 2xlarge:8 4xlarge:16", NULL, false },
	{ "r5", "x86_64", "large:2 xlarge:4 2xlarge:8", NULL, true },
};

/* The family's row and the vCPUs; false when there is no such type. */
static bool find_type(const char *type, size_t *ret_family, int *ret_vcpus)
{
	const char *dot = strchr(type, '.');

	for (size_t i = 0; dot && i < ARRAY_LEN(FAMILIES); i++) {
		size_t n = strlen(FAMILIES[i].family);

		if ((size_t)(dot - type) != n || strncmp(FAMILIES[i].family, type, n) != 0)
			continue;
		for (const char *p = FAMILIES[i].sizes; *p;) {
			size_t word = strcspn(p, " "), size = strcspn(p, ":");

			if (strlen(dot + 1) == size && !strncmp(dot + 1, p, size)) {
				*ret_family = i;
				*ret_vcpus = (int)strtol(p + size + 1, NULL, 10);
				return true;
			}
			p += word + (p[word] == ' ');
		}
	}
	return false;
}

const char *sec2_type_architecture(const char *type, int *ret_vcpus)
{
	size_t family;
	int vcpus;

	if (!find_type(type, &family, &vcpus))
		return NULL;
	if (ret_vcpus)
		*ret_vcpus = vcpus;
	return FAMILIES[family].architecture;
}

bool sec2_type_offered(const char *type, const char *zone)
{
	size_t family;
	int vcpus;

	return find_type(type, &family, &vcpus) &&
	       (FAMILIES[family].old || !sec2_zone_is_old(zone));
}

static void add_offerings(json_t *items, const char *kind, const char *location, const char *zone)
{
	for (size_t i = 0; i < ARRAY_LEN(FAMILIES); i++) {
		for (const char *p = FAMILIES[i].sizes; *p;) {
			size_t word = strcspn(p, " "), size = strcspn(p, ":");
			autofree char *type =
				xasprintf("%s.%.*s", FAMILIES[i].family, (int)size, p);

			if (!zone || sec2_type_offered(type, zone))
				json_array_append_new(items,
						      json_pack("{s:s, s:s, s:s}", "instanceType",
								type, "locationType", kind,
								"location", location));
			p += word + (p[word] == ' ');
		}
	}
}

static const struct sec2_filter OFFERING_FILTERS[] = {
	{ "instance-type", "instanceType" },
	{ "location", "location" },
	{ 0 },
};

void sec2_describe_instance_type_offerings(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "instanceTypeOfferingSet",
					       .filters = OFFERING_FILTERS };
	const char *kind = sec2_arg_or(c, "LocationType", "region");
	json_t *items = json_array();
	char zone[24], id[24];

	if (!strcmp(kind, "region"))
		add_offerings(items, kind, c->region, NULL);
	for (size_t i = 0; strcmp(kind, "region") != 0 && sec2_zone_nth(c->region, i, zone); i++) {
		(void)!sec2_zone(c->region, zone, id);
		if (!strcmp(kind, "availability-zone"))
			add_offerings(items, kind, zone, zone);
		else if (!strcmp(kind, "availability-zone-id"))
			add_offerings(items, kind, id, zone);
	}
	sec2_answer_list(c, &list, items);
}

static const struct sec2_filter TYPE_FILTERS[] = {
	{ "bare-metal", "bareMetal" },
	{ "burstable-performance-supported", "burstablePerformanceSupported" },
	{ "current-generation", "currentGeneration" },
	{ "hypervisor", "hypervisor" },
	{ "instance-type", "instanceType" },
	{ "processor-info.supported-architecture", "processorInfo/supportedArchitectures" },
	{ "vcpu-info.default-vcpus", "vCpuInfo/defaultVCpus" },
	{ 0 },
};

static json_t *type_view(size_t family, const char *type, int vcpus)
{
	return json_pack("{s:s, s:b, s:b, s:b, s:s, s:{s:[s]}, s:{s:i}}", "instanceType", type,
			 "currentGeneration", 1, "bareMetal", 0, "burstablePerformanceSupported",
			 (int)(FAMILIES[family].credits != NULL), "hypervisor",
			 strcmp(FAMILIES[family].family, "t2") == 0 ? "xen" : "nitro",
			 "processorInfo", "supportedArchitectures", FAMILIES[family].architecture,
			 "vCpuInfo", "defaultVCpus", vcpus);
}

void sec2_describe_instance_types(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "instanceTypeSet", .filters = TYPE_FILTERS };
	json_t *offered = json_array(), *items = json_array(), *offer;
	size_t i;

	add_offerings(offered, "region", c->region, NULL);
	json_array_foreach(offered, i, offer) {
		const char *type = sec2_str(offer, "instanceType");
		size_t family;
		int vcpus;

		if (find_type(type, &family, &vcpus))
			json_array_append_new(items, type_view(family, type, vcpus));
	}
	json_decref(offered);
	items = sec2_only_named(c, items, "InstanceType", "instanceType", "InvalidInstanceType");
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}

const char *sec2_type_credits(const char *type)
{
	size_t family;
	int vcpus;

	return find_type(type, &family, &vcpus) ? FAMILIES[family].credits : NULL;
}
