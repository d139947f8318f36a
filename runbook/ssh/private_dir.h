/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of this process alone, for a key and what goes with it.
 *
 * Each is made 0700 below $XDG_RUNTIME_DIR, else $TMPDIR, else /tmp (the first that it can be made
 * and written in), holds nothing but the files named here, and is locked for as long as this
 * process lives: one without a lock was left by a process that was killed, and the next one removes
 * it.
 */
#ifndef RUNBOOK_PRIVATE_DIR_H
#define RUNBOOK_PRIVATE_DIR_H

#include "base/attr.h"
#include "base/error.h"

#define PRIVATE_KEY_FILE "key"
#define PRIVATE_REPORT_FILE "report"
#define PRIVATE_KEYS_PIPE "keys"
#define PRIVATE_PROGRAM_FILE "program" /* ourselves, when our own file was replaced: program.h */
#define PRIVATE_CA_FILE "ca"	       /* of a bundle that is no file */
#define PRIVATE_HOSTS_LINK "hosts"     /* to known_hosts, whose name ssh would not read as it is */
#define PRIVATE_LOG_FILE                                                                           \
	"log" /* what ssh has to say itself, apart from what the remote side says */

/*
 * *ret: its path, for private_dir_remove; the module's, not to be freed.  At most four at a time.
 *   fails  USAGE  there is no folder for one, with what is wrong with each
 */
NODISCARD struct rb_error *private_dir_make(char **ret);
void private_dir_remove(char *dir);
/* All of this process: for a handler that ends it (safe in one). */
void private_dir_remove_all(void);
/* Those that killed processes of this user have left; private_dir_make does it, too. */
void private_dir_sweep(void);

#endif
