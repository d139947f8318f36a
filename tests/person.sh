# SPDX-License-Identifier: Apache-2.0
# Sourced after lib.sh: somebody at another terminal, with the real AWS CLI, who does by hand what a run asks for.

# person_begins: the CLI is read once, for a start costs more than what it does (tests/py/warm.py).
person_begins() {
	[ -x /usr/bin/aws ] && command -v ssh >/dev/null || {
		echo "no AWS CLI, or no ssh"
		exit 77
	}
	PERSON=$WORK/person
	mkdir -p "$PERSON/bin" "$PERSON/warm"
	mkfifo "$PERSON/warm/ask"
	export AWS_PAGER=''
	AWS_DATA_PATH=$PWD/tests/data/aws-cli-models \
		/usr/bin/python3 tests/py/warm.py "$PERSON/warm" awscli </dev/null &
	ends_with_us $!
	cat >"$PERSON/bin/aws" <<-END
		#!/bin/bash
		case "\$1 \$2" in
		"ec2-instance-connect open-tunnel")
			exec "$RB" tunnel --region "\$4" --instance-id "\$6" --send-key ./runbook-key.pub --os-user ec2-user ;;
		esac
		. "$PWD/tests/warm.sh"
		# Debian 12's CLI does not know AWS_ENDPOINT_URL.
		ask_warm "$PERSON/warm" /usr/bin/aws "\$@" --endpoint-url "$SANDBOX"
	END
	# The system's ssh asks the password file, not HOME, where a user's files are.
	cat >"$PERSON/bin/ssh" <<-END
		#!/bin/sh
		exec /usr/bin/ssh -F none -o UserKnownHostsFile=$PERSON/known_hosts "\$@"
	END
	chmod +x "$PERSON/bin/aws" "$PERSON/bin/ssh"
	wait_for 20 test -e "$PERSON/warm/ready"
}

# person_follows EVENT: does what the event says, in a shell of its own.  What runs on the instance goes through the
# login of 4-1; its first way, `ec2-instance-connect ssh`, is for a terminal.
person_follows() {
	local s
	s=$(jq -r .step <<<"$1")
	{
		cat <<-'END'
			set -eu
			sleep() { command sleep 0.1; }
			there() { ssh -i ./runbook-key -o "ProxyCommand=aws ec2-instance-connect open-tunnel --region $near --instance-id $instance" \
				"ec2-user@$instance" "$1"; }
		END
		printf 'near=ap-northeast-1 instance=%s\n' "$(output 1-4 instance_id)"
		jq -r '.variables[].shell,
			(.commands[] | select(.operation != "ec2-instance-connect ssh") |
			 if .where == "instance" then "there " + (.shell | @sh) else .shell end)' <<<"$1"
	} >"$PERSON/$s.sh"
	(cd "$PERSON" && PATH=$PERSON/bin:$PATH sh "./$s.sh" </dev/null >"$PERSON/$s.out" 2>&1) ||
		fail "by hand, $s: $(cat "$PERSON/$s.sh" "$PERSON/$s.out")"
}

# person_does NAME COMMAND...: that command of runbook's, while NAME does what it asks for; $PERSON_RC is its status.
person_does() {
	local name=$1 line run
	shift
	rm -f "$WORK/run.events"
	: >"$WORK/run.events"
	"$RB" "$@" --yes --speed 600 --operator "$name" --output json >>"$WORK/run.events" 2>"$WORK/run.err" &
	run=$!
	ends_with_us $run
	while IFS= read -r line; do
		case $line in
		*'"event":"by-hand"'*) person_follows "$line" ;;
		*'"event":"end"'*) break ;;
		esac
	done < <(tail -n +1 -f --pid=$run "$WORK/run.events" 2>/dev/null)
	wait $run
	PERSON_RC=$?
}
