#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plain ssh, scp and sftp reach the instance with the user's own key and the manual page's lines in
# ~/.ssh/config (`runbook tunnel --send-key`): files go up and down, a port is forwarded into the
# instance's world and nowhere else, and what is no public key is not sent.
. "$(dirname "$0")/lib.sh"
command -v scp >/dev/null && command -v sftp >/dev/null || { echo "no scp or sftp"; exit 77; }

start_sandbox --speed 2000
expect 0 "$RB" run --to 3-4 --speed 2000
instance=$(output 1-4 instance_id)

# The lines of the page, for this home and this program.
mkdir -p -m 700 "$WORK/user/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/user/.ssh/id_ed25519"
sed -n '/^\.\\" ssh_config begins/,/^\.\\" ssh_config ends/p' docs/runbook.1 |
	sed -n '/^\.EX/,/^\.EE/p' | sed '/^\./d; s/\\-/-/g; s/\\e/\\/g' >"$WORK/page"
grep -q 'send-key' "$WORK/page" || fail "no example in docs/runbook.1: $(cat "$WORK/page")"
sed "s|~/|$WORK/user/|g; s|runbook tunnel|'$RB' tunnel|" "$WORK/page" >"$WORK/user/.ssh/config"
mkdir -p "$WORK/user/project"
ln -s "$HOME_DIR" "$WORK/user/project/.runbook"
# ssh goes by the password database, and not by HOME.
ssh=(ssh -F "$WORK/user/.ssh/config" -o BatchMode=yes)
scp=(scp -F "$WORK/user/.ssh/config" -o BatchMode=yes -q)

expect 0 "${ssh[@]}" "$instance" -- echo through
[ "$OUT" = through ] || fail "ssh said '$OUT', $ERR"
expect 0 "${ssh[@]}" workload -- ec2-metadata --instance-id
has "$instance" "$OUT"

# ---- files

head -c 300000 /dev/urandom >"$WORK/up"
chmod 640 "$WORK/up"
touch -d '2026-01-02 03:04:05 UTC' "$WORK/up"
expect 0 "${scp[@]}" -p "$WORK/up" workload:copy
expect 0 "${scp[@]}" -p workload:copy "$WORK/down"
cmp "$WORK/up" "$WORK/down" || fail "the file is another one"
[ "$(stat -c '%a %Y' "$WORK/up")" = "$(stat -c '%a %Y' "$WORK/down")" ] || fail "mode or time were lost"
mkdir -p "$WORK/tree/a/b"
echo one >"$WORK/tree/a/one"
echo two >"$WORK/tree/a/b/two words"
expect 0 "${scp[@]}" -r "$WORK/tree" 'workload:~/tree'
expect 0 "${scp[@]}" -r workload:tree "$WORK/back"
diff -r "$WORK/tree" "$WORK/back" || fail "the folder is another one"
expect 1 "${scp[@]}" workload:nowhere "$WORK/none"
has "No such file" "$ERR"
expect 1 "${scp[@]}" "$WORK/up" workload:tree/nowhere/x

cat >"$WORK/batch" <<-EOF
	mkdir box
	cd box
	put $WORK/up first
	-rename first copy
	rename copy other
	chmod 600 other
	ln -s other link
	ls -l
	get other $WORK/got
	-rm nowhere
	rm link
	rm other
	cd ..
	rmdir box
EOF
expect 0 sftp -q -F "$WORK/user/.ssh/config" -o BatchMode=yes -b "$WORK/batch" workload
cmp "$WORK/up" "$WORK/got" || fail "sftp's file is another one"
has "-rw-------" "$OUT"
has "lrwxrwxrwx" "$OUT"
expect 0 "${ssh[@]}" workload -- 'ls -A; test ! -e box'

# ---- a forwarded port: to the metadata service, to the endpoint, and to nobody else

# forward TARGET: a socket in a file leads there, until close_door.
vpce=bucket.$(output 2-3 vpc_endpoint_dns)
bucket=$(output 2-4 bucket)
forward() {
	rm -f "$WORK/door"
	"$RB" connect --ssh-option -N --ssh-option "-L $WORK/door:$1" 2>"$WORK/forward.err" &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 test -S "$WORK/door"
}
close_door() {
	kill "$pid"
	wait "$pid" 2>/dev/null
}
forward 169.254.169.254:80
token=$(curl -sf --noproxy '*' --unix-socket "$WORK/door" -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
	http://instance/latest/api/token) || fail "no token: $(cat "$WORK/forward.err")"
got=$(curl -sf --noproxy '*' --unix-socket "$WORK/door" -H "X-aws-ec2-metadata-token: $token" \
	http://instance/latest/meta-data/instance-id)
[ "$got" = "$instance" ] || fail "the metadata service says '$got'"
close_door

forward "$vpce:443"
got=$(curl -s --noproxy '*' --cacert "$AWS_CA_BUNDLE" --unix-socket "$WORK/door" -o /dev/null -w '%{http_code}' \
	"https://$vpce/$bucket")
[ "$got" = 403 ] || fail "S3 behind the endpoint answers '$got'"
close_door

for target in 127.0.0.1:"${SANDBOX##*:}" localhost:80 bucket.vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com:443 169.254.169.254:81; do
	expect 1 "$RB" connect --ssh-option "-W $target" </dev/null
	has "what was to be forwarded cannot be reached" "$ERR"
done

# ---- keys that are none

expect 2 "$RB" tunnel --send-key "$WORK/user/.ssh/id_ed25519" </dev/null
has "it is a private key" "$ERR"
has "id_ed25519.pub" "$ERR"
echo nothing >"$WORK/nothing.pub"
expect 2 "$RB" tunnel --send-key "$WORK/nothing.pub" </dev/null
expect 2 "$RB" tunnel --send-key "$WORK/missing.pub" </dev/null
has "missing.pub" "$ERR"
expect 2 "$RB" tunnel --os-user x </dev/null
expect 2 "$RB" connect --ssh-option '-o StrictHostKeyChecking=no' -- true
has "connect sets this itself" "$ERR"
