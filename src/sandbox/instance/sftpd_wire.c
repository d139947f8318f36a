/* SPDX-License-Identifier: Apache-2.0 */
/* SFTP packets: a client's are taken apart, answers are put together. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "sandbox/instance/sftpd.h"

uint32_t sftpd_take_u32(struct sftpd *s)
{
	uint32_t v;

	if (s->n < 4) {
		s->bad = true;
		s->n = 0;
		return 0;
	}
	v = (uint32_t)s->p[0] << 24 | (uint32_t)s->p[1] << 16 | (uint32_t)s->p[2] << 8 | s->p[3];
	s->p += 4;
	s->n -= 4;
	return v;
}

uint64_t sftpd_take_u64(struct sftpd *s)
{
	uint64_t high = sftpd_take_u32(s);

	return high << 32 | sftpd_take_u32(s);
}

const unsigned char *sftpd_take_bytes(struct sftpd *s, size_t *ret_n)
{
	const unsigned char *at;
	uint32_t n = sftpd_take_u32(s);

	if (n > s->n) {
		s->bad = true;
		n = 0;
	}
	at = s->p;
	s->p += n;
	s->n -= n;
	*ret_n = n;
	return at;
}

char *sftpd_take_string(struct sftpd *s)
{
	size_t n;
	const unsigned char *p = sftpd_take_bytes(s, &n);

	if (n && memchr(p, 0, n))
		s->bad = true;
	return xstrndup((const char *)p, n);
}

struct sftpd_attrs sftpd_take_attrs(struct sftpd *s)
{
	struct sftpd_attrs a = { .has = sftpd_take_u32(s) };

	if (a.has & HAS_SIZE)
		a.size = sftpd_take_u64(s);
	if (a.has & HAS_IDS) { /* nobody else is there whom it could belong to */
		(void)sftpd_take_u32(s);
		(void)sftpd_take_u32(s);
	}
	if (a.has & HAS_MODE)
		a.mode = sftpd_take_u32(s);
	if (a.has & HAS_TIMES) {
		a.atime = sftpd_take_u32(s);
		a.mtime = sftpd_take_u32(s);
	}
	return a;
}

struct sftpd_handle *sftpd_take_handle(struct sftpd *s)
{
	size_t n;
	const unsigned char *p = sftpd_take_bytes(s, &n);

	if (n != 1 || p[0] >= HANDLES || !s->handles[p[0]].used)
		return NULL;
	return &s->handles[p[0]];
}

void sftpd_add_u32(struct buf *b, uint32_t v)
{
	const unsigned char bytes[] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
					(unsigned char)(v >> 8), (unsigned char)v };

	(void)buf_add(b, bytes, sizeof(bytes));
}

void sftpd_add_bytes(struct buf *b, const void *p, size_t n)
{
	sftpd_add_u32(b, (uint32_t)n);
	(void)buf_add(b, p, n);
}

void sftpd_add_string(struct buf *b, const char *text)
{
	sftpd_add_bytes(b, text, strlen(text));
}

void sftpd_add_attrs(struct buf *b, const struct stat *st)
{
	sftpd_add_u32(b, HAS_SIZE | HAS_IDS | HAS_MODE | HAS_TIMES);
	sftpd_add_u32(b, (uint32_t)((uint64_t)st->st_size >> 32));
	sftpd_add_u32(b, (uint32_t)st->st_size);
	sftpd_add_u32(b, st->st_uid);
	sftpd_add_u32(b, st->st_gid);
	sftpd_add_u32(b, st->st_mode);
	sftpd_add_u32(b, (uint32_t)st->st_atime);
	sftpd_add_u32(b, (uint32_t)st->st_mtime);
}

void sftpd_begin(struct sftpd *s, enum sftpd_packet type)
{
	buf_reset(&s->reply);
	sftpd_add_u32(&s->reply, 0); /* its length, when it is known */
	(void)buf_addc(&s->reply, (char)type);
	sftpd_add_u32(&s->reply, s->id);
}

void sftpd_answer(struct sftpd *s, enum sftpd_status status)
{
	static const char *const words[] = { [STATUS_OK] = "Success",
					     [STATUS_END] = "End of file",
					     [STATUS_NO_SUCH_FILE] = "No such file",
					     [STATUS_DENIED] = "Permission denied",
					     [STATUS_FAILURE] = "Failure",
					     [STATUS_BAD_MESSAGE] = "Bad message",
					     [STATUS_UNSUPPORTED] = "Operation unsupported" };

	sftpd_begin(s, PACKET_STATUS);
	sftpd_add_u32(&s->reply, status);
	sftpd_add_string(&s->reply, words[status]);
	sftpd_add_string(&s->reply, "");
}

enum sftpd_status sftpd_status_of(int err)
{
	switch (err) {
	case 0:
		return STATUS_OK;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
		return STATUS_NO_SUCH_FILE;
	case EACCES:
	case EPERM:
	case EROFS:
		return STATUS_DENIED;
	case ENAMETOOLONG:
	case EINVAL:
		return STATUS_BAD_MESSAGE;
	default:
		return STATUS_FAILURE;
	}
}

void sftpd_answer_call(struct sftpd *s, int rc)
{
	sftpd_answer(s, rc ? sftpd_status_of(errno) : STATUS_OK);
}

void sftpd_answer_name(struct sftpd *s, const char *name)
{
	static const struct stat none;

	sftpd_begin(s, PACKET_NAME);
	sftpd_add_u32(&s->reply, 1);
	sftpd_add_string(&s->reply, name);
	sftpd_add_string(&s->reply, name);
	sftpd_add_attrs(&s->reply, &none);
}

void sftpd_answer_attrs(struct sftpd *s, int rc, const struct stat *st)
{
	if (rc) {
		sftpd_answer(s, sftpd_status_of(errno));
		return;
	}
	sftpd_begin(s, PACKET_ATTRS);
	sftpd_add_attrs(&s->reply, st);
}
