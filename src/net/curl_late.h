/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, loaded when it is first needed.
 *
 * It needs thirty libraries more (LDAP, Kerberos, SSH, compression ...), whose loading takes longer
 * than all of `status`.  So the program is not linked with it: curl_late.c has its functions'
 * names, and each finds the real one in libcurl.so.4 when it is first called.  Whoever is linked
 * with libcurl all the same gets the same library.
 */
#ifndef NET_CURL_LATE_H
#define NET_CURL_LATE_H

#include "base/attr.h"
#include "base/error.h"

/*
 * Load it now, so that its absence can be reported.  A libcurl that is missed only at the first
 * call ends the program. fails  USAGE  there is none, or one without what is needed
 */
NODISCARD struct rb_error *curl_late_load(void);

#endif
