/* Choices and names, as pure functions. */
#include "steps/common/pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
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

enum { BUCKET_NAME_MAX = 63, BUCKET_NAME_MIN = 3 };

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char *bucket_name(const char *stack, const char *run_id)
{
	auto_buf name = BUF_INIT;
	size_t run_n = strlen(run_id);
	size_t room; /* for the stack's part: it gives way, for the run id is what is unique */

	buf_adds(&name, "runbook");
	room = BUCKET_NAME_MAX - name.n - 2;
	room = run_n < room ? room - run_n : 0;
	if (room)
		buf_addc(&name, '-');
	for (const char *p = stack; *p && room; p++) {
		char c = text_lower(*p);

		if (!is_name_char(c))
			c = '-';
		if (c == '-' && name.p[name.n - 1] == '-')
			continue;
		buf_addc(&name, c);
		room--;
	}
	if (name.p[name.n - 1] != '-')
		buf_addc(&name, '-');
	buf_adds(&name, run_id);
	buf_truncate(&name, name.n < BUCKET_NAME_MAX ? name.n : BUCKET_NAME_MAX);
	return buf_steal(&name);
}

static bool looks_like_address(const char *name)
{
	return strspn(name, "0123456789.") == strlen(name);
}

const char *bucket_name_problem(const char *name)
{
	static const char *const starts[] = { "xn--", "sthree-", "amzn-s3-demo-" };
	static const char *const ends[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3" };
	size_t n = strlen(name);

	if (n < BUCKET_NAME_MIN || n > BUCKET_NAME_MAX)
		return "it must have 3 to 63 characters";
	if (looks_like_address(name))
		return "it must not look like an address";
	for (const char *p = name; *p; p++) {
		if (*p == '.')
			return "a dot in it breaks the endpoint's one-label certificate";
		if (!is_name_char(*p) && *p != '-')
			return "only lower-case letters, digits and '-' may be in it";
	}
	if (name[0] == '-' || name[n - 1] == '-')
		return "it must begin and end with a letter or a digit";
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (text_starts_with(name, starts[i]))
			return "AWS keeps this beginning for itself";
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (text_ends_with(name, ends[i]))
			return "AWS keeps this ending for itself";
	return NULL;
}
