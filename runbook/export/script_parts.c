/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of a script, each with what it is for, in the chosen language. */
#include "runbook/export/script_parts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/ui/lang.h"

/* Which of the two scripts has it. */
enum whose { MAKES = 1, UNDOES = 2, BOTH = MAKES | UNDOES };

struct part {
	enum whose whose;
	const char *about; /* English; its translation is looked up */
	const char *text;  /* "@" is the text `said`, quoted for the shell */
	const char *said;  /* English; NULL: none */
};

static const struct part functions[] = {
	{ BOTH, N_("what a person reads"),
	  "say() {\n"
	  "    printf '%s\\n' \"$*\" >&2\n"
	  "}\n",
	  NULL },
	{ BOTH, N_("notes that something was done, or its id"),
	  "note() {\n"
	  "    grep -qxF \"# $1\" \"$NOTES\" || printf '# %s\\n' \"$1\" >>\"$NOTES\"\n"
	  "}\n"
	  "keep() {\n"
	  "    case $2 in\n"
	  "    '' | None | *\\'*)\n"
	  "        say \"$1: '$2'\"\n"
	  "        return 1\n"
	  "        ;;\n"
	  "    esac\n"
	  "    printf \"%s='%s'\\n\" \"$1\" \"$2\" >>\"$NOTES\"\n"
	  "}\n",
	  NULL },
	{ MAKES, N_("once MARK COMMAND...: not again when it was done"),
	  "once() {\n"
	  "    mark=$1\n"
	  "    shift\n"
	  "    if ! grep -qxF \"# $mark\" \"$NOTES\"; then\n"
	  "        \"$@\" >/dev/null\n"
	  "        note \"$mark\"\n"
	  "    fi\n"
	  "}\n",
	  NULL },
	{ MAKES, N_("again COMMAND...: AWS may refuse it for a while; prints what it answers"),
	  "again() {\n"
	  "    tries=30\n"
	  "    until ANSWER=$(\"$@\"); do\n"
	  "        tries=$((tries - 1))\n"
	  "        [ \"$tries\" -gt 0 ] || return 1\n"
	  "        sleep \"$PAUSE\"\n"
	  "    done\n"
	  "    printf '%s\\n' \"$ANSWER\"\n"
	  "}\n",
	  NULL },
	{ BOTH, N_("await STATE DEAD COMMAND...: until it answers STATE, or one of DEAD (a|b)"),
	  "await() {\n"
	  "    wanted=$1 dead=$2 tries=240 errors=12\n"
	  "    shift 2\n"
	  "    while :; do\n"
	  "        if STATE=$(\"$@\"); then\n"
	  "            [ \"$STATE\" != \"$wanted\" ] || return 0\n"
	  "            case \"|$dead|\" in *\"|${STATE:-none}|\"*) tries=1 ;; esac\n"
	  "        else\n"
	  "            errors=$((errors - 1))\n"
	  "            [ \"$errors\" -gt 0 ] || return 1\n"
	  "        fi\n"
	  "        tries=$((tries - 1))\n"
	  "        if [ \"$tries\" -eq 0 ]; then\n"
	  "            say @\" $STATE\"\n"
	  "            return 1\n"
	  "        fi\n"
	  "        sleep \"$PAUSE\"\n"
	  "    done\n"
	  "}\n",
	  N_("it is not what was waited for, but:") },
	{ MAKES, N_("refused CODE COMMAND...: that AWS refuses it is right"),
	  "refused() {\n"
	  "    code=$1\n"
	  "    shift\n"
	  "    if ANSWER=$(\"$@\" 2>&1); then\n"
	  "        say @\" $*\"\n"
	  "        return 1\n"
	  "    fi\n"
	  "    case $ANSWER in\n"
	  "    *\"$code\"*) say \"$ANSWER\" ;;\n"
	  "    *)\n"
	  "        say \"$ANSWER\"\n"
	  "        return 1\n"
	  "        ;;\n"
	  "    esac\n"
	  "}\n",
	  N_("AWS should have refused this:") },
	{ MAKES,
	  N_("knows VERSION OPERATION: this AWS CLI does, which VERSION was the first to do"),
	  "knows() {\n"
	  "    # shellcheck disable=SC2086 # the operation is two words\n"
	  "    if ! aws $2 --generate-cli-skeleton >/dev/null 2>&1; then\n"
	  "        say @\" aws $2 (>= $1)\"\n"
	  "        exit 1\n"
	  "    fi\n"
	  "}\n",
	  N_("this AWS CLI is too old; nothing was done. It does not know:") },
	{ UNDOES, N_("made STEP: something of it was"),
	  "made() {\n"
	  "    grep -q -e \"^# $1\\.[0-9]\" -e \"_$(printf %s \"$1\" | tr - _)='\" \"$NOTES\"\n"
	  "}\n",
	  NULL },
	{ UNDOES, N_("gone MARK TRIES COMMAND...: deletes; what is not there any more is gone"),
	  "gone() {\n"
	  "    mark=$1 tries=$2\n"
	  "    shift 2\n"
	  "    if grep -qxF \"# $mark\" \"$NOTES\"; then\n"
	  "        return\n"
	  "    fi\n"
	  "    until ANSWER=$(\"$@\" 2>&1); do\n"
	  "        case $ANSWER in *NotFound* | *NoSuch* | *' from deleted to '*) break ;; esac\n"
	  "        tries=$((tries - 1))\n"
	  "        if [ \"$tries\" -eq 0 ]; then\n"
	  "            say \"$ANSWER\"\n"
	  "            return 1\n"
	  "        fi\n"
	  "        sleep \"$PAUSE\"\n"
	  "    done\n"
	  "    note \"$mark\"\n"
	  "}\n",
	  NULL },
};

static const struct part begin_parts[] = {
	{ BOTH, N_("the notes of before; they are of one account"),
	  "case $NOTES in /*) ;; *) NOTES=$PWD/$NOTES ;; esac\n", NULL },
	{ UNDOES, NULL,
	  "if ! [ -f \"$NOTES\" ]; then\n"
	  "    say @\" $NOTES\"\n"
	  "    exit 2\n"
	  "fi\n",
	  N_("there are no notes of what was made:") },
	{ MAKES, NULL,
	  "(umask 077 && : >>\"$NOTES\")\n"
	  "if grep -q '^# .*[.]undo[.]' \"$NOTES\"; then\n"
	  "    say @\" $NOTES\"\n"
	  "    exit 2\n"
	  "fi\n",
	  N_("what these notes are of is being taken down; let the other script end that first:") },
	{ BOTH, NULL,
	  "RUNBOOK_RUN='' ACCOUNT_ID=''\n"
	  "# shellcheck source=/dev/null\n"
	  ". \"$NOTES\"\n"
	  "account=$(aws sts get-caller-identity --region \"$REGION\" --query Account --output text)\n"
	  "if [ \"${ACCOUNT_ID:-$account}\" != \"$account\" ]; then\n"
	  "    say @\" $ACCOUNT_ID, $account\"\n"
	  "    exit 5\n"
	  "fi\n",
	  N_("made in another account than that of the credentials:") },
	{ MAKES, N_("an id for this run, by which its tags tell it from others"),
	  "if [ -z \"$RUNBOOK_RUN\" ]; then\n"
	  "    ACCOUNT_ID=$account\n"
	  "    RUNBOOK_RUN=$(date -u +%Y%m%d)-$(od -An -N4 -tx1 /dev/urandom | tr -d ' \\n')\n"
	  "    keep ACCOUNT_ID \"$ACCOUNT_ID\"\n"
	  "    keep RUNBOOK_RUN \"$RUNBOOK_RUN\"\n"
	  "fi\n",
	  NULL },
	{ UNDOES, NULL,
	  "if [ -z \"$RUNBOOK_RUN\" ]; then\n"
	  "    say @\" $NOTES\"\n"
	  "    exit 2\n"
	  "fi\n",
	  N_("there are no notes of what was made:") },
};

static const struct part end_parts[] = {
	{ MAKES, NULL,
	  "\nif [ \"${LOGIN:-yes}\" = no ]; then\n"
	  "    say @\n"
	  "    exit 3\n"
	  "fi\n",
	  N_("the login to the instance and what follows it were left out") },
	{ MAKES, NULL, "say @\" $NOTES\"\n", N_("done; what was made is noted in:") },
	{ UNDOES, NULL,
	  "\nmv -f -- \"$NOTES\" \"$NOTES.undone\"\n"
	  "say @\n",
	  N_("all that was noted is gone") },
};

static const struct part login_part = {
	MAKES,
	N_("Whether this AWS CLI leads to an instance; a key for that, in a folder of its own."),
	"LOGIN=yes\n"
	"case $(aws --version 2>&1) in aws-cli/1.* | aws-cli/2.[0-9].* | aws-cli/2.1[01].*) "
	"LOGIN=no ;; esac\n"
	"command -v ssh >/dev/null && command -v ssh-keygen >/dev/null || LOGIN=no\n"
	"if [ \"$LOGIN\" = no ]; then\n"
	"    say @\n"
	"fi\n"
	"WORK=$(mktemp -d)\n"
	"trap 'rm -rf -- \"$WORK\"' EXIT\n"
	"cd \"$WORK\"\n",
	N_("without the AWS CLI 2.12 or later and ssh the login to the instance and what "
	   "follows it are left out"),
};

static void add_part(const struct part *part, struct buf *out)
{
	const char *hole = part->said ? strchr(part->text, '@') : NULL;

	/* "$@" is the shell's own. */
	while (hole && hole > part->text && hole[-1] == '$')
		hole = strchr(hole + 1, '@');
	if (part->about)
		(void)buf_addf(out, "# %s\n", tr(part->about));
	if (!hole) {
		(void)buf_adds(out, part->text);
		return;
	}
	(void)buf_addf(out, "%.*s", (int)(hole - part->text), part->text);
	text_shell_quote(out, tr(part->said));
	(void)buf_adds(out, hole + 1);
}

static void add_parts(const struct part *parts, size_t n, bool undo, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		if (parts[i].whose & (undo ? UNDOES : MAKES))
			add_part(&parts[i], out);
}

void script_add_opening(const char *stack, bool undo, struct buf *out)
{
	const char *const make[] = {
		N_("Builds it with the AWS CLI, version 2.12 or later. With an older one that knows what "
		   "is asked of it, the login to the instance and what follows it are left out."),
		N_("Each id is noted in a file as soon as it is known. Ended early, run it again: it "
		   "carries on behind what is noted."),
	};
	const char *const unmake[] = {
		N_("Takes down with the AWS CLI what the other script has noted. Ended early, run it "
		   "again."),
	};

	for (size_t i = 0; i < (undo ? ARRAY_LEN(unmake) : ARRAY_LEN(make)); i++)
		(void)buf_addf(out, "# %s\n", tr((undo ? unmake : make)[i]));
	(void)buf_addf(out, "#\n#   sh %s [%s]\n#\n", tr("THIS-FILE"), tr("NOTES"));
	(void)buf_addf(out, tr("# Written by runbook %s for the stack %s, of these parameters:"),
		       RUNBOOK_VERSION, stack);
	(void)buf_addc(out, '\n');
}

void script_add_functions(const char *stack, const char *region, bool undo, struct buf *out)
{
	autofree char *notes = xasprintf("runbook-%s.notes", stack);

	(void)buf_adds(out, "set -eu\nexport AWS_PAGER=\nNOTES=${1:-");
	text_shell_quote(out, notes);
	(void)buf_addf(out, "}\nREGION=%s\n", region);
	(void)buf_addf(out, "PAUSE=${PAUSE:-10} # %s\n\n", tr("seconds between two looks"));
	add_parts(functions, ARRAY_LEN(functions), undo, out);
	(void)buf_addc(out, '\n');
}

void script_add_begin(bool undo, struct buf *out)
{
	add_parts(begin_parts, ARRAY_LEN(begin_parts), undo, out);
}

void script_add_login_check(struct buf *out)
{
	add_part(&login_part, out);
}

void script_add_end(bool undo, struct buf *out)
{
	add_parts(end_parts, ARRAY_LEN(end_parts), undo, out);
}
