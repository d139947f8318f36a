#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Why nobody gets in is told apart, each with its message and exit status: no ssh, a key that IAM
# refuses, a tunnel refused, unknown or too many, a closed group, another user, credentials that
# expired, an instance that is stopped or still booting, an ssh that is told and no terminal.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }

fault() { curl -sf --noproxy '*' -d "$1" "$SANDBOX/_sandbox/fault" >/dev/null || fail "fault $1"; }
no_faults() { curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null; }

# ec2 EXPRESSION: one call of boto3's EC2 client in the source region.
ec2() {
	py - "$1" <<-'EOF' || fail "ec2 $1"
		import os, sys, boto3
		ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		print(eval(sys.argv[1]))
	EOF
}

# says STATUS TEXT...: `runbook connect` ends so and says each of them, in one message.
says() {
	local status=$1 text
	shift
	expect "$status" "$RB" connect -- true
	[ -z "$OUT" ] || fail "it printed '$OUT'"
	for text; do
		has "$text" "$ERR"
	done
	[ "$(grep -c '^runbook:' <<<"$ERR")" -eq 1 ] || fail "not one message: $ERR"
	[ "$(wc -l <<<"$ERR")" -le 6 ] || fail "more than one message: $ERR"
	no_faults
}

start_sandbox --speed 2000

expect 2 "$RB" connect -- true
has "there is no instance to connect to" "$ERR"
has "runbook run" "$ERR"

# ---- booting: no answer is no failure while it starts

fault 'OpenTunnel:1=throttle'
expect 0 "$RB" run --to 4-1 --speed 2000 --output json
has '"state":"held"' "$OUT"
instance=$(output 1-4 instance_id)
group=$(output 1-4 security_group_id)
own=$(output 1-3 security_group_id)
expect 0 "$RB" connect -- true
# What passes is asked for again before ssh loses its patience.
fault 'OpenTunnel:1=http=503'
expect 0 "$RB" connect -- true

# ---- on this side

mkdir "$WORK/empty"
expect 2 env PATH="$WORK/empty" "$RB" connect -- true
has "cannot run 'ssh'" "$ERR"
has "it is not in PATH" "$ERR"
has "openssh-client" "$ERR"
export AWS_SESSION_TOKEN=gone AWS_ACCESS_KEY_ID=ASIAEXPIRED000000000
says 5
unset AWS_SESSION_TOKEN
export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000

# ---- the key

fault 'SendSSHPublicKey=AccessDeniedException:User is not authorized'
says 5 "AccessDeniedException" "cannot push an SSH key" "ask for this permission"
fault 'SendSSHPublicKey=ExpiredTokenException'
says 5 "ExpiredToken"
fault 'SendSSHPublicKey=state=expired'
says 1 "refused the key" "it does not let 'ec2-user' in" "EC2 Instance Connect"

# ---- the tunnel

fault 'OpenTunnel=AccessDenied:not authorized to perform: ec2-instance-connect:OpenTunnel'
says 5 "cannot open the tunnel" "AccessDenied" "ec2-instance-connect:OpenTunnel must be allowed"
fault 'OpenTunnel=http=404'
says 1 "cannot open the tunnel" "runbook verify 1-3"
fault 'OpenTunnel=throttle'
says 1 "cannot open the tunnel" "Rate exceeded" "20 connections at a time"
fault 'OpenTunnel=http=503'
says 1 "cannot open the tunnel"
fault 'OpenTunnel=reset'
says 1 "cannot open the tunnel"
fault 'OpenTunnel=lost-after'
says 1 "the tunnel broke"

# ---- the steps name the hop at once, and do not wait for what never comes

# held_up TEXT: `runbook verify 4-1` says it well before its time is over.
held_up() {
	local began=$SECONDS
	expect 3 "$RB" verify 4-1 --speed 2000 --timeout 300
	has "$1" "$OUT$ERR"
	[ $((SECONDS - began)) -lt 60 ] || fail "it waited $((SECONDS - began)) s"
}
rule="IpPermissions=[dict(IpProtocol='tcp', FromPort=22, ToPort=22, UserIdGroupPairs=[dict(GroupId='$own')])]"
all="IpPermissions=[dict(IpProtocol='-1', IpRanges=[dict(CidrIp='0.0.0.0/0')])]"

ec2 "ec2.revoke_security_group_ingress(GroupId='$group', $rule)" >/dev/null
says 1 "the endpoint closed the tunnel" "Unable to connect to target" "its group must admit port 22"
held_up "the instance's group: '$group' does not admit port 22 from the endpoint's group '$own'"
ec2 "ec2.authorize_security_group_ingress(GroupId='$group', $rule)" >/dev/null
ec2 "ec2.revoke_security_group_egress(GroupId='$own', $all)" >/dev/null
held_up "the endpoint's group: '$own' lets nothing out to port 22"
ec2 "ec2.authorize_security_group_egress(GroupId='$own', $all)" >/dev/null
wait_for 20 "$RB" connect -- true

ec2 "ec2.stop_instances(InstanceIds=['$instance'])" >/dev/null
stopped() { ec2 "ec2.describe_instances(InstanceIds=['$instance'])['Reservations'][0]['Instances'][0]['State']['Name']" | grep -q '^stopped$'; }
wait_for 20 stopped
says 1 "cannot reach instance '$instance'" "it is stopped, not running" "runbook resume"
expect 3 "$RB" verify 4-1 --speed 2000
has "the instance: '$instance' is stopped, not running" "$OUT$ERR"
has "starts it again" "$OUT$ERR"
[[ $OUT$ERR != *rules* ]] || fail "the rules are blamed for a stopped instance: $OUT$ERR"
mkfifo "$WORK/open" # a tunnel without input would end of itself
exec 9<>"$WORK/open"
expect 1 "$RB" tunnel <&9
exec 9>&-
has "it is stopped, not running" "$ERR"
expect 0 "$RB" run --to 4-1 --speed 2000
expect 0 "$RB" connect -- true
ec2 "ec2.terminate_instances(InstanceIds=['$instance'])" >/dev/null
# Listed for a while, and then no more: neither is anybody's rules.
expect 1 "$RB" connect -- true
[[ $ERR =~ (it is (shutting-down|terminated), not running|there is no such instance) ]] || fail "$ERR"

# ---- another user

stop_sandbox
rm -rf "$HOME_DIR"
start_sandbox --speed 2000
expect 0 "$RB" run --to 1-4 --speed 2000 --set source.os_user=ubuntu
says 2 "has no user 'ubuntu'" "'ec2-user' was let in" \
	"runbook undo, then: runbook run --set source.os_user=ec2-user"
# The first refusal is enough: at true speed the wait for a new instance would take minutes.
expect 2 timeout 60 "$RB" run --to 4-1 --speed 1
has "has no user 'ubuntu'" "$ERR"
has "a run's parameters are fixed, so first: runbook undo --speed 1, then: runbook run --speed 1 --set source.os_user=ec2-user" "$ERR"

# ---- FIPS: who asks for it is never led by the other name
stop_sandbox
rm -rf "$HOME_DIR"
start_sandbox --speed 2000
export AWS_USE_FIPS_ENDPOINT=true
expect 0 "$RB" run --to 4-1 --speed 2000
has ".fips." "$(output 1-3 instance_connect_endpoint_dns)"
expect 0 "$RB" connect -- true
unset AWS_USE_FIPS_ENDPOINT
expect 3 "$RB" verify 1-3 --speed 2000
