#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The scripts of `runbook export cli`, run with an `aws` that only notes what it is asked: one that was ended early
# carries on behind what it has noted, and makes nothing twice; the one that takes down asks for what was noted alone,
# for no ids of others, and not with another account's credentials; an AWS CLI that is too old is found before the first
# change, and one that has no tunnel leaves the login out and says so.  (Real ones: tests/strangers/export_cli.sh.)
. "$(dirname "$0")/lib.sh"

cd "$WORK" || exit 1
mkdir bin
cat >bin/aws <<'END'
#!/bin/sh
[ "$1" != --version ] || { echo "aws-cli/$VERSION Python"; exit; }
case "$*" in
*--service-region*--generate-cli-skeleton) [ "$VERSION" != 2.15.0 ] && [ "$VERSION" != 2.9.19 ]; exit ;;
*--generate-cli-skeleton) [ "$VERSION" != 2.9.19 ]; exit ;;
esac
echo "$*" >>"$ASKED"
case "$*" in *"$STOP_AT"*) exit 255 ;; esac
case "$*" in *"$MISSING"*) echo "An error occurred (InvalidVpcID.NotFound)" >&2; exit 254 ;; esac
case "$*" in
*get-caller-identity*) echo "$ACCOUNT" ;;
*"[?State!="*) echo None ;;
*describe-instance-connect-endpoints*) echo create-complete ;;
*describe-vpc-endpoints*DnsEntries*) echo '*.vpce-1.s3.example' ;;
*describe-vpc-endpoints*) echo available ;;
*describe-vpc-peering*) grep -q accept- "$ASKED" && echo active || echo pending-acceptance ;;
*) wc -l <"$ASKED" | sed 's/ *\(.*\)/id-\1/' ;;
esac
END
chmod +x bin/aws
export PATH=$WORK/bin:$PATH PAUSE=0 VERSION=1.45.11 ACCOUNT=123456789012 STOP_AT=nothing MISSING=nothing ASKED=$WORK/asked
: >asked

expect 0 "$RB" export cli -o make.sh
[ "$OUT" = make.sh ] || fail "it says '$OUT'"
expect 0 "$RB" export cli --undo -o undo.sh
[ ! -e "$HOME_DIR" ] || fail "an export made a home"
[ -x make.sh ] || fail "the script cannot be executed"
if command -v shellcheck >/dev/null; then
	shellcheck make.sh undo.sh || fail "shellcheck has findings"
fi
# All that a person is told is in the language that was asked for, the commands are the same.
expect 0 "$RB" export cli --lang ja -o ja.sh
grep -q '^# ---- 1-1  接続元' ja.sh || fail "not in Japanese: $(grep '^# ----' ja.sh)"
commands() {
	grep -v -e '^ *#' -e '^ *say ' -e 'PAUSE:' "$1"
}
[ "$(commands make.sh)" = "$(commands ja.sh)" ] || fail "$(diff <(commands make.sh) <(commands ja.sh))"

# made: the changing calls so far, without values.
made() {
	grep -v -e get-caller -e describe- -e ' wait ' -e get-parameter -e head-object asked | cut -d' ' -f1,2
}
VERSION=2.9.19
expect 1 sh ./make.sh notes
has 'ec2 create-instance-connect-endpoint (>= 2.12)' "$ERR"
[ ! -s asked ] && [ ! -e notes ] || fail "asked: $(cat asked)"
# An option may be younger than its operation.
expect 0 "$RB" export cli --procedure direct -o direct.sh
VERSION=2.15.0
expect 1 sh ./direct.sh other
has 'ec2 create-vpc-endpoint --service-region x (>= 2.22)' "$ERR"
[ -z "$(made)" ] || fail "asked: $(cat asked)"
VERSION=1.45.11

STOP_AT=create-vpc-endpoint
expect 255 sh ./make.sh notes
before=$(grep -c -v '^#' notes)
STOP_AT=nothing
expect 3 sh ./make.sh notes
has 'were left out' "$ERR"
[ "$(grep -c -v '^#' notes)" -gt "$before" ] || fail "nothing was noted: $(cat notes)"
[ -z "$(made | grep -v create-vpc-endpoint$ | sort | uniq -d | grep -v -e create-vpc$ -e create-subnet -e route -e security-group \
	-e modify-vpc)" ] || fail "made twice: $(made | sort | uniq -d)"
[ "$(made | grep -c 'ec2 create-vpc$')$(made | grep -c 'create-subnet')" = 22 ] || fail "not two networks: $(made)"
vpc=$(sed -n "s/^VPC_ID_1_1='\(.*\)'/\1/p" notes)
grep -q "create-subnet --region ap-northeast-1 --vpc-id $vpc " asked || fail "another VPC: $(cat asked)"
run=$(sed -n "s/^RUNBOOK_RUN='\(.*\)'/\1/p" notes)
[[ $run =~ ^20[0-9]{6}-[0-9a-f]{8}$ ]] || fail "the run's id is '$run'"
grep -q "create-bucket .*--bucket runbook-default-$run " asked || fail "another bucket: $(grep bucket asked)"
[ "$(grep -c "run-instances .*--client-token $run-1-4-instance " asked)" = 1 ] || fail "no token: $(cat asked)"
# Where all is there, nothing is asked for but the account.
: >asked
expect 3 sh ./make.sh notes
[ "$(grep -vc get-caller asked)" = 0 ] || fail "asked again: $(cat asked)"

# Not with other credentials; not without notes; what is half taken down is not built upon.
ACCOUNT=210987654321
expect 5 sh ./undo.sh notes
expect 5 sh ./make.sh notes
ACCOUNT=123456789012
expect 2 sh ./undo.sh none
[ -z "$(made)" ] || fail "asked: $(cat asked)"
sed -i '/^VPC_ENDPOINT_ID_2_3/d; /^# 2-4/d' notes # as if it had never come so far
STOP_AT=delete-vpc' '
expect 1 sh ./undo.sh notes
! grep -q -e delete-vpc-endpoints -e s3api asked || fail "of what was never made: $(cat asked)"
expect 2 sh ./make.sh notes
STOP_AT=nothing MISSING="delete-vpc --region us-east-1"
expect 0 sh ./undo.sh notes
[ "$(grep -c -e "delete-vpc --region ap-northeast-1 --vpc-id $vpc" asked)" = 1 ] || fail "asked: $(cat asked)"
[ "$(grep -c terminate-instances asked)" = 1 ] || fail "terminated again: $(cat asked)"
[ ! -e notes ] || fail "the notes are still there"

# With a run of the stack, its parameters, and names of its own.
cd - >/dev/null || exit 1
expect 0 "$RB" run --sandbox --speed 600 --to 1-1 --set source.vpc_cidr=10.9.0.0/16 --set source.subnet_cidr=10.9.0.0/20
expect 0 "$RB" export cli
has '--cidr-block 10.9.0.0/16' "$OUT"
has 'DESTINATION_BUCKET:-"runbook-default-${RUNBOOK_RUN}"' "$OUT"
[[ $OUT != *"$("$RB" status --output json | jq -r .run)"* ]] || fail "the run is in it"
expect 2 "$RB" export
expect 2 "$RB" export cli --output json
has 'has no JSON' "$ERR"
expect 2 "$RB" export sh
has 'cli' "$ERR"
# What only a script may say twice is not printed for a person.
expect 0 "$RB" steps 1-4
[[ $OUT != *--client-token* ]] || fail "a token that is to be thought of anew each time: $OUT"
