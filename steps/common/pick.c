/* SPDX-License-Identifier: Apache-2.0 */
/* Choices and names, as pure functions. */
#include "steps/common/pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static bool zone_is_usable(const struct ec2_zone *z)
{
	return z->name && text_eq(z->state, "available") &&
	       (!z->type || text_eq(z->type, "availability-zone"));
}

const struct ec2_zone *pick_zone(const struct ec2_zones *zones, const struct strv *offered)
{
	const struct ec2_zone *best = NULL;

	for (size_t i = 0; i < zones->n; i++) {
		const struct ec2_zone *z = &zones->v[i];

		if (!zone_is_usable(z) || (offered->n && !strv_has(offered, z->name)))
			continue;
		if (!best || strcmp(z->name, best->name) < 0)
			best = z;
	}
	return best;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *zone_names(const struct ec2_zones *zones)
{
	auto_strv names = { 0 };

	for (size_t i = 0; i < zones->n; i++)
		if (zone_is_usable(&zones->v[i]))
			strv_add(&names, zones->v[i].name);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_name);
	return strv_join(&names, ", ");
}

/* True for "*.ENDPOINT-HASH.s3...", false for "*.ENDPOINT-HASH-ZONE.s3...". */
static bool is_regional(const char *dns_name, const char *endpoint_id)
{
	const char *p = dns_name;

	if (text_starts_with(p, "*."))
		p += 2;
	if (!text_starts_with(p, endpoint_id) || p[strlen(endpoint_id)] != '-')
		return false;
	p += strlen(endpoint_id) + 1;
	return p[strcspn(p, "-.")] != '-';
}

char *pick_endpoint_dns(const struct strv *dns_names, const char *endpoint_id)
{
	const char *best = dns_names->n ? dns_names->v[0] : NULL;

	for (size_t i = 0; i < dns_names->n; i++) {
		if (is_regional(dns_names->v[i], endpoint_id)) {
			best = dns_names->v[i];
			break;
		}
	}
	if (best && text_starts_with(best, "*."))
		best += 2;
	return xstrdup_or_null(best);
}

const struct ec2_image *pick_image(const struct ec2_images *images, const char *architecture)
{
	const struct ec2_image *best = NULL;

	for (size_t i = 0; i < images->n; i++) {
		const struct ec2_image *m = &images->v[i];

		if (!m->image_id || !m->creation_date || !text_eq(m->state, "available") ||
		    !text_eq(m->architecture, architecture))
			continue;
		/* ISO 8601 in one time zone: the order of the text is the order of time */
		if (!best || strcmp(m->creation_date, best->creation_date) > 0)
			best = m;
	}
	return best;
}
