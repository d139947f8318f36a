#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# AWS CLI 2 (Debian 13 has it) goes through the sandbox's Instance Connect Endpoint by `ssh` and `open-tunnel`, and
# tells a wrong user, an expired key and a closed group apart; on the instance, its `s3 cp` uploads through the
# interface endpoint with the checksums that it computes by itself.  A plain ssh takes `runbook tunnel` instead.
. "$(dirname "$0")/lib.sh"

. tests/strangers/cli2.sh
start_sandbox --speed 60 --lag off
expect 0 "$RB" run --speed 60
cli2_begin "$(output 1-3 instance_connect_endpoint_dns)" {ec2,ec2-instance-connect}.ap-northeast-1.amazonaws.com \
	{,"$(output 2-4 bucket)."}s3.us-east-1.amazonaws.com
instance=$(output 1-4 instance_id)
address=$(output 1-4 private_ip)
bucket=$(output 2-4 bucket)
region=ap-northeast-1

# What the CLI tells us of the world, and of itself.
cli --region $region ec2 describe-instances --instance-ids "$instance" --query 'Reservations[].Instances[].InstanceId' \
	--output text >"$WORK/out" || fail "describe-instances: $(cat "$WORK/out")"
has "$instance" "$(cat "$WORK/out")"

# shell [OPTION...]: what ssh and the CLI say, and what the instance says.
shell() {
	cli --region $region ec2-instance-connect ssh --instance-id "$instance" --connection-type eice "$@" \
		<<<'echo "I am $(ec2-metadata --instance-id)"; exit' >"$WORK/out" 2>&1
}
shell || fail "ec2-instance-connect ssh: $(cat "$WORK/out")"
has "I am instance-id: $instance" "$(cat "$WORK/out")"

shell --os-user mallory && fail "mallory came in"
has "mallory@$address: Permission denied" "$(cat "$WORK/out")"

fault() {
	curl -sf --noproxy '*' -X "$1" --data "$2" "$SANDBOX/_sandbox/fault" >/dev/null || fail "no fault: $2"
}
fault POST SendSSHPublicKey=state=expired
shell && fail "an expired key opened"
has "ec2-user@$address: Permission denied" "$(cat "$WORK/out")"
fault DELETE ''

# The tunnel alone, below an ssh that is not the CLI's: with a key of ours, pushed by the CLI.
ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/key"
push() {
	cli --region $region ec2-instance-connect send-ssh-public-key --instance-id "$instance" \
		--instance-os-user ec2-user --ssh-public-key "file://$WORK/key.pub" --output text >"$WORK/out" 2>&1 ||
		fail "send-ssh-public-key: $(cat "$WORK/out")"
}
# through COMMAND: a ProxyCommand.
through() {
	push
	"$WORK/bin/ssh" -i "$WORK/key" -o "ProxyCommand=$1" "ec2-user@$instance" 'head -c 300000 | sha256sum' \
		</dev/zero >"$WORK/out" 2>&1 || fail "through $1: $(cat "$WORK/out")"
	has "$(head -c 300000 /dev/zero | sha256sum | cut -d ' ' -f 1)" "$(cat "$WORK/out")"
}
through "$WORK/bin/cli --region $region ec2-instance-connect open-tunnel --instance-id $instance"
through "$RB tunnel --home $HOME_DIR"

# A closed group: the tunnel says so, and no ssh was asked for a key.
group=$(output 1-4 security_group_id)
rule=$(cli --region $region ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" \
	--query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)
cli --region $region ec2 revoke-security-group-ingress --group-id "$group" --security-group-rule-ids "$rule" \
	--output text >/dev/null || fail "the rule stays"
shell && fail "a closed group let us in"
[[ $(cat "$WORK/out") != *'Permission denied'* ]] || fail "a closed group looks like a wrong key: $(cat "$WORK/out")"
has 'Unable to connect to target' "$(cat "$WORK/out")"
cli --region $region ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions \
	"IpProtocol=tcp,FromPort=22,ToPort=22,UserIdGroupPairs=[{GroupId=$(output 1-3 security_group_id)}]" \
	--output text >/dev/null || fail "the rule does not come back"
shell || fail "after the group was opened: $(cat "$WORK/out")"

# On the instance: small in one piece, large in parts; from outside, refused.
url=https://bucket.$(output 2-3 vpc_endpoint_dns)
head -c 12 /dev/zero >"$WORK/small"
head -c 9000000 /dev/urandom >"$WORK/large"
for file in small large; do
	expect 0 "$RB" connect -- aws s3 cp "$WORK/$file" "s3://$bucket/$file" --region us-east-1 \
		--endpoint-url "$url" --no-progress
	has "upload: " "$OUT"
	cli --region us-east-1 s3api head-object --bucket "$bucket" --key "$file" --checksum-mode ENABLED --output json \
		>"$WORK/out" || fail "head-object"
	[ "$(jq .ContentLength "$WORK/out")" -eq "$(stat -c %s "$WORK/$file")" ] || fail "$file: $(cat "$WORK/out")"
	[ -n "$(jq -r '.ChecksumCRC64NVME // empty' "$WORK/out")" ] || fail "$file without its checksum: $(cat "$WORK/out")"
done
cli --region us-east-1 s3 cp "$WORK/small" "s3://$bucket/outside" --no-progress >"$WORK/out" 2>&1 && fail "from outside"
has AccessDenied "$(cat "$WORK/out")"
