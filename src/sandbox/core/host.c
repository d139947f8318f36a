/* SPDX-License-Identifier: Apache-2.0 */
/* Host names, taken apart by their labels. */
#include "sandbox/core/host.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *const host_suffixes[] = {
	"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu",   "c2s.ic.gov",
	"sc2s.sgov.gov", "cloud.adc-e.uk",   "csp.hci.ic.gov", NULL,
};

#define MAX_LABELS 32

struct labels {
	const char *at[MAX_LABELS]; /* each label's start; runs on to the end of the name */
	size_t len[MAX_LABELS];
	size_t n; /* the suffix not counted */
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* The length of `name` without ".SUFFIX", or 0 when it has none of ours. */
static size_t without_suffix(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; host_suffixes[i]; i++) {
		size_t k = strlen(host_suffixes[i]);

		if (n > k + 1 && name[n - k - 1] == '.' &&
		    strcmp(name + n - k, host_suffixes[i]) == 0)
			return n - k - 1;
	}
	return 0;
}

static void split(const char *name, size_t n, struct labels *l)
{
	size_t start = 0;

	l->n = 0;
	for (size_t i = 0; i <= n && l->n < MAX_LABELS; i++) {
		if (i < n && name[i] != '.')
			continue;
		l->at[l->n] = name + start;
		l->len[l->n] = i - start;
		l->n++;
		start = i + 1;
	}
}

static bool label_is(const struct labels *l, size_t i, const char *s)
{
	return l->len[i] == strlen(s) && memcmp(l->at[i], s, l->len[i]) == 0;
}

static bool label_starts(const struct labels *l, size_t i, const char *s)
{
	return l->len[i] > strlen(s) && memcmp(l->at[i], s, strlen(s)) == 0;
}

static void copy_label(const struct labels *l, size_t i, char *out, size_t size)
{
	size_t n = l->len[i] < size ? l->len[i] : size - 1;

	memcpy(out, l->at[i], n);
	out[n] = 0;
}

/* "vpce-0123-abcd" and "vpce-0123-abcd-us-east-1a" are both of "vpce-0123". */
static void copy_id(const struct labels *l, size_t i, char *out, size_t size)
{
	char *dash;

	copy_label(l, i, out, size);
	dash = strchr(out, '-');
	dash = dash ? strchr(dash + 1, '-') : NULL;
	if (dash)
		*dash = 0;
}

static void classify(struct host *h)
{
	struct labels l;
	size_t n = without_suffix(h->name);

	if (!n)
		return;
	split(h->name, n, &l);
	h->kind = HOST_API;
	for (size_t i = 0; i < l.n; i++) {
		if (i > 0 && label_is(&l, i, "ec2-instance-connect-endpoint") && i + 2 == l.n &&
		    label_starts(&l, 0, "eice-")) {
			h->kind = HOST_EICE;
			copy_label(&l, 0, h->id, sizeof(h->id));
			copy_label(&l, l.n - 1, h->region, sizeof(h->region));
			return;
		}
		if (label_starts(&l, i, "vpce-") && i + 4 == l.n && label_is(&l, i + 1, "s3") &&
		    label_is(&l, i + 3, "vpce")) {
			h->kind = HOST_S3_ENDPOINT;
			copy_id(&l, i, h->id, sizeof(h->id));
			copy_label(&l, i + 2, h->region, sizeof(h->region));
			snprintf(h->base, sizeof(h->base), "%s", l.at[i]);
			return;
		}
	}
	for (size_t i = l.n; i-- > 0;) {
		if (label_is(&l, i, "s3") || label_is(&l, i, "s3-fips")) {
			snprintf(h->base, sizeof(h->base), "%s", l.at[i]);
			if (i + 1 < l.n)
				copy_label(&l, l.n - 1, h->region, sizeof(h->region));
			return;
		}
	}
	if (l.n > 1)
		copy_label(&l, l.n - 1, h->region, sizeof(h->region));
}

bool host_parse(const char *name, struct host *ret)
{
	struct host h = { .kind = HOST_OTHER };
	size_t n = strlen(name);

	if (n && name[n - 1] == '.')
		n--;
	if (n == 0 || n >= sizeof(h.name))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text_lower(name[i]);

		if (!is_name_char(c) ||
		    (c == '.' && (i == 0 || i == n - 1 || h.name[i - 1] == '.')))
			return false;
		h.name[i] = c;
	}
	h.name[n] = 0;
	snprintf(h.base, sizeof(h.base), "%s", h.name);
	classify(&h);
	*ret = h;
	return true;
}
