/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks, and the date forms that AWS and HTTP use. */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock_us(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts))
		abort();
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_utc_ms(void)
{
	return read_clock_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_utc_s(void)
{
	return read_clock_us(CLOCK_REALTIME) / 1000000;
}

int64_t clock_mono_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
	return read_clock_us(CLOCK_BOOTTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

static struct tm split(int64_t utc_s)
{
	time_t t = (time_t)utc_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		abort();
	return tm;
}

void clock_iso8601(int64_t utc_s, char out[CLOCK_ISO_SIZE])
{
	struct tm tm = split(utc_s);

	if (!strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
		abort();
}

void clock_iso8601_ms(int64_t utc_ms, char out[CLOCK_ISO_SIZE])
{
	struct tm tm = split(utc_ms / 1000);
	char day[24];

	if (!strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		abort();
	(void)snprintf(out, CLOCK_ISO_SIZE, "%s.%03dZ", day, (int)(utc_ms % 1000));
}

void clock_amz_date(int64_t utc_s, char out[CLOCK_ISO_SIZE])
{
	struct tm tm = split(utc_s);

	if (!strftime(out, CLOCK_ISO_SIZE, "%Y%m%dT%H%M%SZ", &tm))
		abort();
}

static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

void clock_http_date(int64_t utc_s, char out[CLOCK_ISO_SIZE])
{
	struct tm tm = split(utc_s);

	(void)snprintf(out, CLOCK_ISO_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT",
		       weekdays[tm.tm_wday % 7], tm.tm_mday % 100, months[tm.tm_mon % 12],
		       (tm.tm_year + 1900) % 10000, tm.tm_hour % 100, tm.tm_min % 100,
		       tm.tm_sec % 100);
}

/* `n` digits at *s, moved past; -1 when they are not there. */
static int digits(const char **s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		char c = (*s)[i];

		if (c < '0' || c > '9')
			return -1;
		v = v * 10 + (c - '0');
	}
	*s += n;
	return v;
}

static bool literal(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool to_utc(int y, int mon, int d, int h, int min, int s, int64_t *ret_utc_s)
{
	struct tm tm = { .tm_year = y - 1900,
			 .tm_mon = mon - 1,
			 .tm_mday = d,
			 .tm_hour = h,
			 .tm_min = min,
			 .tm_sec = s };

	if (y < 1970 || y > 9999 || mon < 1 || mon > 12 || d < 1 || d > 31 || h < 0 || h > 23 ||
	    min < 0 || min > 59 || s < 0 || s > 60)
		return false;
	*ret_utc_s = (int64_t)timegm(&tm);
	return true;
}

/* A fraction of any length is allowed and cut. */
static bool skip_fraction(const char **s)
{
	if (**s != '.' && **s != ',')
		return true;
	(*s)++;
	if (**s < '0' || **s > '9')
		return false;
	while (**s >= '0' && **s <= '9')
		(*s)++;
	return true;
}

bool clock_parse_iso8601(const char *s, int64_t *ret_utc_s)
{
	int y = digits(&s, 4), mon, d, h, min, sec, sign, oh, om;
	int64_t t;

	if (y < 0 || !literal(&s, '-') || (mon = digits(&s, 2)) < 0 || !literal(&s, '-') ||
	    (d = digits(&s, 2)) < 0)
		return false;
	if (*s != 'T' && *s != 't' && *s != ' ')
		return false;
	s++;
	if ((h = digits(&s, 2)) < 0 || !literal(&s, ':') || (min = digits(&s, 2)) < 0 ||
	    !literal(&s, ':') || (sec = digits(&s, 2)) < 0 || !skip_fraction(&s))
		return false;
	if (!to_utc(y, mon, d, h, min, sec, &t))
		return false;
	if (*s == 'Z' || *s == 'z') {
		s++;
	} else if (strncmp(s, "UTC", 3) == 0) { /* some SSO caches write this */
		s += 3;
	} else {
		if (*s != '+' && *s != '-')
			return false;
		sign = *s++ == '-' ? 1 : -1;
		if ((oh = digits(&s, 2)) < 0)
			return false;
		(void)literal(&s, ':');
		if ((om = digits(&s, 2)) < 0)
			return false;
		t += (int64_t)sign * (oh * 60 + om) * 60;
	}
	if (*s)
		return false;
	*ret_utc_s = t;
	return true;
}

bool clock_parse_amz_date(const char *s, int64_t *ret_utc_s)
{
	int y = digits(&s, 4), mon, d, h, min, sec;

	if (y < 0 || (mon = digits(&s, 2)) < 0 || (d = digits(&s, 2)) < 0 || !literal(&s, 'T') ||
	    (h = digits(&s, 2)) < 0 || (min = digits(&s, 2)) < 0 || (sec = digits(&s, 2)) < 0 ||
	    !literal(&s, 'Z') || *s)
		return false;
	return to_utc(y, mon, d, h, min, sec, ret_utc_s);
}

bool clock_parse_http_date(const char *s, int64_t *ret_utc_s)
{
	int d, mon = 0, y, h, min, sec;

	if (strlen(s) < 29 || s[3] != ',' || s[4] != ' ')
		return false;
	s += 5;
	if ((d = digits(&s, 2)) < 0 || !literal(&s, ' '))
		return false;
	for (size_t i = 0; i < 12; i++)
		if (strncmp(s, months[i], 3) == 0)
			mon = (int)i + 1;
	if (!mon)
		return false;
	s += 3;
	if (!literal(&s, ' ') || (y = digits(&s, 4)) < 0 || !literal(&s, ' ') ||
	    (h = digits(&s, 2)) < 0 || !literal(&s, ':') || (min = digits(&s, 2)) < 0 ||
	    !literal(&s, ':') || (sec = digits(&s, 2)) < 0 || strncmp(s, " GMT", 4) != 0)
		return false;
	return to_utc(y, mon, d, h, min, sec, ret_utc_s);
}
