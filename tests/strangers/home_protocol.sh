# SPDX-License-Identifier: Apache-2.0
# home_protocol HOME: what a home in a bucket needs of a server that we did not write.  Sourced; $BIN and $WORK are set.
# The bucket is made here; what such servers lack of its settings is told (exit 3) and does not matter.

home_protocol() {
	local home=$1 run status=0
	"$BIN/runbook" home init "$home" --output json >"$WORK/init.json" || status=$?
	[ "$status" = 0 ] || [ "$status" = 3 ]
	[ "$(jq -r '.checks[] | select(.check == "conditional-writes").verdict' "$WORK/init.json")" = holds ]
	export XDG_STATE_HOME=$WORK/alice
	"$BIN/runbook" run --sandbox --speed 1000 --to 1-2 --yes --home "$home" --operator alice
	cp -r "$WORK/alice" "$WORK/bob" # the rehearsal's world, too; the machine is another one
	rm "$WORK"/bob/runbook/*/default/place
	export XDG_STATE_HOME=$WORK/bob
	"$BIN/runbook" undo --sandbox --speed 1000 --yes --home "$home" --operator bob
	"$BIN/runbook" status --home "$home" --output json >"$WORK/status.json"
	[ "$(jq -r .state "$WORK/status.json")" = undone ]
	run=$(jq -r .run "$WORK/status.json")
	"$BIN/runbook" journal --home "$home" --output json | jq -s -e --arg run "$run" \
		'[.[].seq] == [range(1; length + 1)] and ([.[] | select(.type == "run").run] == [$run])' >"$WORK/answer"
}
