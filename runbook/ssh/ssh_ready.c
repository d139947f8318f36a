/* SPDX-License-Identifier: Apache-2.0 */
/* Each check that fails says what the person who must act on it can do. */
#include "runbook/ssh/ssh_ready.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"
#include "runbook/ssh/private_dir.h"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Searches as execvp does; an empty part of PATH is the working directory. */
static bool is_in_path(const char *name)
{
	const char *path = getenv("PATH");

	for (path = path ? path : "/bin:/usr/bin"; path; path = strchr(path, ':')) {
		path += *path == ':';
		autofree char *dir = xstrndup(path, strcspn(path, ":"));
		autofree char *file = file_join(*dir ? dir : ".", name);

		if (is_program(file))
			return true;
	}
	return false;
}

struct rb_error *ssh_missing(struct rb_error *err)
{
	if (!err || err->sys_errno != ENOENT)
		return err;
	return rb_error_next(err, RB_NEXT_INSTALL, "OpenSSH's client (Debian: openssh-client)");
}

static struct rb_error *check_ssh(void)
{
	struct rb_error *err;

	if (is_in_path("ssh"))
		return NULL;
	err = rb_error_sys(ENOENT, "cannot run 'ssh'");
	err->kind = RB_USAGE;
	rb_error_replace(err, RB_WHY, "it is not in PATH, and runbook logs in with it");
	return ssh_missing(err);
}

static struct rb_error *check_shell(void)
{
	if (is_program(SSH_SHELL))
		return NULL;
	return rb_error_why(rb_error_new(RB_USAGE, "cannot run '%s'", SSH_SHELL),
			    "ssh needs a shell to start the tunnel with");
}

/* ssh asks before all else, and ends. */
static struct rb_error *check_user(void)
{
	struct rb_error *err;

	errno = 0;
	if (getpwuid(getuid()))
		return NULL;
	err = rb_error_new(RB_USAGE, "ssh will not work for user id %lu", (unsigned long)getuid());
	err = rb_error_why(err, "the password database has no entry for it%s%-s", errno ? ": " : "",
			   errno ? strerror(errno) : "");
	return rb_error_hint(err, "run as a user that has one; in a container, add a line for the "
				  "id to /etc/passwd");
}

static struct rb_error *check_folder(void)
{
	struct rb_error *err;
	char *dir = NULL;
	sigset_t before;

	signals_hold(&before); /* no signal ends us while it is there: nobody would remove it */
	err = private_dir_make(&dir);
	if (dir)
		private_dir_remove(dir);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct rb_error *ssh_ready(void)
{
	TRY(check_ssh());
	TRY(check_shell());
	TRY(check_user());
	return check_folder();
}
