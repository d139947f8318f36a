/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the instances' sftp-server share.
 *   source  draft-ietf-secsh-filexfer-02.
 */
#ifndef SANDBOX_INSTANCE_SFTPD_H
#define SANDBOX_INSTANCE_SFTPD_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"

enum { PACKET_MAX = 256 * 1024, READ_MAX = 128 * 1024, HANDLES = 64, NAMES_A_REPLY = 64 };

enum sftpd_packet {
	PACKET_INIT = 1,
	PACKET_VERSION,
	PACKET_OPEN,
	PACKET_CLOSE,
	PACKET_READ,
	PACKET_WRITE,
	PACKET_LSTAT,
	PACKET_FSTAT,
	PACKET_SETSTAT,
	PACKET_FSETSTAT,
	PACKET_OPENDIR,
	PACKET_READDIR,
	PACKET_REMOVE,
	PACKET_MKDIR,
	PACKET_RMDIR,
	PACKET_REALPATH,
	PACKET_STAT,
	PACKET_RENAME,
	PACKET_READLINK,
	PACKET_SYMLINK,
	PACKET_STATUS = 101,
	PACKET_HANDLE,
	PACKET_DATA,
	PACKET_NAME,
	PACKET_ATTRS,
	PACKET_EXTENDED = 200,
};

enum sftpd_status {
	STATUS_OK,
	STATUS_END,
	STATUS_NO_SUCH_FILE,
	STATUS_DENIED,
	STATUS_FAILURE,
	STATUS_BAD_MESSAGE,
	STATUS_UNSUPPORTED = 8
};

enum { HAS_SIZE = 1, HAS_IDS = 2, HAS_MODE = 4, HAS_TIMES = 8 };
enum {
	OPEN_READ = 1,
	OPEN_WRITE = 2,
	OPEN_APPEND = 4,
	OPEN_CREATE = 8,
	OPEN_EMPTY = 16,
	OPEN_NEW = 32
};

struct sftpd_handle {
	bool used;
	int fd;	  /* of a file; -1: a folder */
	DIR *dir; /* of a folder */
	char *path;
};

struct sftpd {
	const unsigned char *p; /* what is left of the packet */
	size_t n;
	bool bad; /* it announced more than there was */
	uint32_t id;
	struct sftpd_handle handles[HANDLES];
	struct buf reply;
};

struct sftpd_attrs {
	uint32_t has;
	uint64_t size;
	uint32_t mode, atime, mtime;
};

/* Numbers are taken in network order; beyond the packet's end they are 0, and `bad` is set. */
uint32_t sftpd_take_u32(struct sftpd *s);
uint64_t sftpd_take_u64(struct sftpd *s);
/* Borrowed until the next packet. */
const unsigned char *sftpd_take_bytes(struct sftpd *s, size_t *ret_n);
/* A path or a name; one with a NUL in it is none.  Caller frees. */
char *sftpd_take_string(struct sftpd *s);
struct sftpd_attrs sftpd_take_attrs(struct sftpd *s);
/* NULL when it names no open handle. */
struct sftpd_handle *sftpd_take_handle(struct sftpd *s);
/* Numbers are added in network order, texts and bytes with their length before them. */
void sftpd_add_u32(struct buf *b, uint32_t v);
void sftpd_add_bytes(struct buf *b, const void *p, size_t n);
void sftpd_add_string(struct buf *b, const char *text);
void sftpd_add_attrs(struct buf *b, const struct stat *st);
/* Begins an answer of this type, with the request's id. */
void sftpd_begin(struct sftpd *s, enum sftpd_packet type);
/* Answers with a status and its usual words. */
void sftpd_answer(struct sftpd *s, enum sftpd_status status);
/* The status for a value of errno. */
enum sftpd_status sftpd_status_of(int err);
/* What a system call that answers 0 or -1 answered. */
void sftpd_answer_call(struct sftpd *s, int rc);
void sftpd_answer_name(struct sftpd *s, const char *name);
/* `rc` is what stat answered, with errno. */
void sftpd_answer_attrs(struct sftpd *s, int rc, const struct stat *st);
/* Closes what the handle has open; it is unused then. */
void sftpd_drop_handle(struct sftpd_handle *h);
/* `fd` or `dir` is taken; -1 and NULL: opening it failed, with errno. */
void sftpd_answer_handle(struct sftpd *s, int fd, DIR *dir, const char *path);
void sftpd_open(struct sftpd *s);
void sftpd_close(struct sftpd *s);
void sftpd_read(struct sftpd *s);
void sftpd_write(struct sftpd *s);
void sftpd_readdir(struct sftpd *s);
/* 0, or -1 with errno. */
int sftpd_set_attrs(int fd, const char *path, const struct sftpd_attrs *a);
void sftpd_fsetstat(struct sftpd *s);
void sftpd_fstat(struct sftpd *s);
void sftpd_extended(struct sftpd *s);
/* Those that begin with a path. */
void sftpd_path(struct sftpd *s, enum sftpd_packet type);

#endif
