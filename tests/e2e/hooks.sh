#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hooks: which run when, and what they are told; only before-step has a say, and none that fails,
# hangs, forks or prints megabytes breaks a run or the journal.
. "$(dirname "$0")/lib.sh"
umask 022 # elsewhere a new folder may be its group's to write to, and is refused then
start_sandbox --speed 20000
HOOKS=$HOME_DIR/hooks
mkdir -p "$HOOKS"
chmod 700 "$HOME_DIR"
export EVENTS=$WORK/events RUNBOOK_HOOK_SECONDS=20

hook() { # NAME: standard input is its text
	{
		echo '#!/bin/sh'
		cat
	} >"$HOOKS/$1"
	chmod 755 "$HOOKS/$1"
}
events() { # FILTER: of the events so far, in their order
	jq -rc "$1" "$EVENTS"
}
journal() { # FILTER: of the hooks' records
	"$RB" journal --output json | jq -rc "select(.type == \"hook\") | $1"
}

# ---- what is wrong with the folder is told before anything is changed
expect 2 "$RB" run --hooks "$WORK/none" --speed 20000
has 'cannot look for hooks' "$ERR"
hook before-step <<<'exit 0'
chmod 644 "$HOOKS/before-step"
expect 2 "$RB" run --speed 20000
has 'cannot be executed' "$ERR"
has 'chmod +x' "$ERR"
chmod 777 "$HOOKS/before-step"
expect 2 "$RB" run --speed 20000
has 'others may write to it (mode 0777)' "$ERR"
chmod 755 "$HOOKS/before-step"
chmod 770 "$HOOKS"
expect 2 "$RB" run --speed 20000
has 'others may write to it (mode 0770)' "$ERR"
chmod 755 "$HOOKS"
expect 2 env RUNBOOK_HOOK_SECONDS=0 "$RB" run --speed 20000
has 'RUNBOOK_HOOK_SECONDS' "$ERR"
[ ! -s "$HOME_DIR/default/journal.jsonl" ] || fail "a command that was refused began a run"

# ---- a veto before 2-3: 2-3 is not begun, the rest comes to its end, and undo of it all asks, too
for name in before-step after-step failed done; do
	hook "$name" <<'END'
event=$(cat)
case "$0 $event" in
*after-step\ *4-2*) sleep 0.5 ;; # done waits for it
esac
printf '%s\n' "$event" >>"$EVENTS"
case "$0 $(printf '%s' "$event" | jq -r .step.id) $VETO" in
*before-step\ "$VETO $VETO") echo "first line"; echo "${NO:-not today}"; exit 7 ;;
esac
END
done
VETO=2-3 expect 1 "$RB" run --speed 20000
has 'the hook before-step stopped before step 2-3' "$ERR"
has 'it ended with status 7: not today' "$ERR"
has "see $HOOKS/before-step" "$ERR"
has 'runbook resume' "$ERR"
[ "$("$RB" status --output json | jq -r '.steps[6] | .state + (.outputs | length | tostring) + (.error | tostring)')" = todo0null ] ||
	fail "2-3 was begun: $("$RB" status)"
[ "$(events 'select(.event == "failed") | .error.kind + " " + .error.what')" = \
	'failed the hook before-step stopped before step 2-3' ] || fail "failed: $(cat "$EVENTS")"
[ "$(events 'select(.event == "failed") | .error.next[]')" = 'runbook resume --speed 20000' ] || fail "no next: $(cat "$EVENTS")"
[ -z "$(events 'select(.event == "done")')" ] || fail "done"
[ "$(journal 'select(.status == 7) | .step + .hook')" = 2-3before-step ] || fail "$(journal .)"

# ---- each step has its pair, what failed comes first, and the events keep to the schema
expect 0 "$RB" resume --speed 20000
[ "$(events 'select(.event == "after-step") | .step.id' | sort | xargs)" = \
	"1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4 4-1 4-2" ] || fail "after-step: $(cat "$EVENTS")"
[ "$(events 'select(.event == "before-step" and .step.id == "2-3") | .command' | xargs)" = "run resume" ] ||
	fail "2-3 was not asked for twice"
[ "$(events '.event' | tail -n 1)" = done ] || fail "done is not the last"
[ "$(events 'select(.event == "after-step" and .step.id == "1-1") | .step.outputs.vpc_id')" = \
	"$("$RB" status --output json | jq -r '.steps[0].outputs.vpc_id')" ] || fail "outputs"
VETO=4-1 expect 1 "$RB" undo --yes --speed 20000
has 'stopped before step 4-1' "$ERR"
has 'runbook undo' "$ERR"

# ---- in Japanese: what a person reads, with the hook's own words as they are; what a hook is told is the same
before=$(events 'select(.event == "failed") | .error.what' | tail -n 1)
NO=本日は作業禁止です VETO=4-1 expect 1 "$RB" undo --yes --lang ja --speed 20000
has 'フック before-step が手順 4-1 の前で停止しました' "$ERR"
has '終了ステータス 7: 本日は作業禁止です' "$ERR"
[ "$(events 'select(.event == "failed") | .error.what' | tail -n 1)" = "$before" ] || fail "an event in another language: $(cat "$EVENTS")"
[ "$(events 'select(.event == "before-step") | .step.title' | sort -u | grep -c '[^ -~]')" -eq 0 ] || fail "a title in another language"
[ "$(journal 'select(.status == 7) | .output' | tail -n 1)" = 'first line 本日は作業禁止です' ] || fail "the journal has other words: $(journal 'select(.status == 7) | .output')"
has 'フック before-step が 7 で終了: first line 本日は作業禁止です' "$("$RB" journal --lang ja)"
/usr/bin/python3 - docs/hooks/event.schema.json "$EVENTS" <<'PY' || fail "the schema"
import json
import re
import sys

TYPES = {"object": dict, "string": str, "boolean": bool, "array": list}


def check(value, schema, at):
    """The few words of JSON Schema that event.schema.json uses; an unknown one is a failure."""
    for word, want in schema.items():
        if word in ("$schema", "title", "description", "format"):
            continue
        if word == "type":
            assert isinstance(value, TYPES[want]), (at, value)
        elif word == "const":
            assert value == want, (at, value)
        elif word == "enum":
            assert value in want, (at, value)
        elif word == "pattern":
            assert re.search(want, value), (at, value)
        elif word == "required":
            assert set(want) <= set(value), (at, value)
        elif word == "items":
            for part in value:
                check(part, want, at + "[]")
        elif word == "properties":
            for name, part in want.items():
                if name in value:
                    check(value[name], part, at + "." + name)
        elif word == "additionalProperties" and want is False:
            assert set(value) <= set(schema["properties"]), (at, value)
        elif word == "additionalProperties":
            for name in set(value) - set(schema.get("properties", ())):
                check(value[name], want, at + "." + name)
        else:
            raise AssertionError(word)


schema = json.load(open(sys.argv[1]))
kinds = set()
for line in open(sys.argv[2]):
    event = json.loads(line)
    check(event, schema, "")
    kinds.add((event["event"], event["command"]))
assert kinds == {(event, command) for event in ("before-step", "after-step") for command in
                 ("run", "resume", "undo")} | {("failed", "run"), ("done", "resume"), ("failed", "undo")}, kinds
PY

# ---- none of these breaks anything: fails, prints 12 MB, forks, hangs, does not exist any more
hook after-step <<<'yes word | head -c 12000000; yes more | head -c 12000000 >&2; exit 3'
hook before-step <<<'(sleep 300.7 & echo $! >>"$WORK_PIDS") ; cat >/dev/null'
hook done <<<'echo $$ >>"$WORK_PIDS"; sleep 300'
export WORK_PIDS=$WORK/pids
began=$SECONDS
RUNBOOK_HOOK_SECONDS=1 expect 0 "$RB" undo --yes --speed 20000
has 'hook after-step: it ended with status 3' "$ERR"
has 'hook done: it took more than 1 s' "$ERR"
[ "$(journal 'select(.hook == "done" and .timed_out) | .status')" -gt 128 ] || fail "$(journal .)"
[ "$(journal 'select(.status == 3) | .output | length' | sort -u | tail -n 1)" -le 4000 ] || fail "too long"
while read -r pid; do
	ps -o args= -p "$pid" | grep -q "$WORK.*done" && fail "done still runs"
	[ "$(ps -o args= -p "$pid")" != "sleep 300.7" ] || kill "$pid"
done <"$WORK_PIDS"
[ "$("$RB" status --output json | jq -r .state)" = undone ] || fail "not undone"

# ---- the examples, as they are
event=$(events 'select(.event == "failed")' | head -n 1)
(umask 077 && touch "$WORK/freeze")
FREEZE_FILE=$WORK/freeze expect 1 docs/hooks/before-step.own-check < <(events 'select(.step)' | head -n 1)
has 'a change freeze is on' "$OUT"
FREEZE_FILE=$WORK/no-freeze expect 0 docs/hooks/before-step.own-check < <(events 'select(.step.id == "1-1")' | head -n 1)
cat >"$WORK/sendmail" <<'END'
#!/bin/sh
[ "$*" = -t ] && cat >"$0.got"
END
chmod +x "$WORK/sendmail"
RUNBOOK_MAIL_TO=ops@example.com SENDMAIL=$WORK/sendmail expect 0 docs/hooks/done.mail <<<"$event"
has 'To: ops@example.com
Subject: runbook run, stack default: failed' "$(cat "$WORK/sendmail.got")"
/usr/bin/python3 - "$WORK" <<'PY' &
import http.server
import sys


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(sys.argv[1] + "/posted", "wb") as f:
            f.write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()


server = http.server.HTTPServer(("127.0.0.1", 0), Webhook)
with open(sys.argv[1] + "/webhook", "w") as f:
    f.write('url = "http://127.0.0.1:%d/secret"\nnoproxy = "*"\n' % server.server_port)
server.handle_request()
PY
ends_with_us $!
wait_for 20 test -s "$WORK/webhook"
WEBHOOK_FILE=$WORK/webhook expect 0 docs/hooks/failed.webhook <<<"$event"
[ "$(jq -r .text "$WORK/posted")" = "runbook run of stack default (account 123456789012) failed: the hook before-step stopped \
before step 2-3: it ended with status 7: not today" ] || fail "posted: $(cat "$WORK/posted")"
