# SPDX-License-Identifier: Apache-2.0
# bash completion for runbook(1)
_runbook()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= word
	local commands="run resume undo verify explain status plan preflight policy connect tunnel report journal recover export steps procedures home help"
	local steps="1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4 4-1 4-2"
	local options="--stack --home --config --set --profile --output --yes --serial --timeout
		--sandbox --speed --color --lang --debug --help --version"
	local parameters="source.region= source.vpc_cidr= source.subnet_cidr= source.zone=
		source.instance_type= source.architecture= source.image= source.os_user=
		destination.region= destination.vpc_cidr= destination.subnet_cidr= destination.zone=
		destination.bucket= destination.bucket_namespace= upload.key= upload.bytes= tags.
		iam.permissions_boundary= price.instance= price.volume= price.endpoint="

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == -- ]] && return
		[[ " $commands " == *" $word "* ]] && command=$word && break
	done
	case $prev in
	--from | --to | --step) COMPREPLY=($(compgen -W "$steps" -- "$cur")) && return ;;
	--output)
		[[ $command == verify ]] && word="tap junit" || word=
		COMPREPLY=($(compgen -W "text json $word" -- "$cur")) && return
		;;
	--by-hand) COMPREPLY=($(compgen -W "all none $steps" -- "$cur")) && return ;;
	--procedure) COMPREPLY=($(compgen -W "peering" -- "$cur")) && return ;;
	--for) COMPREPLY=($(compgen -W "run verify connect undo preflight all" -- "$cur")) && return ;;
	--try) COMPREPLY=($(compgen -W "auto always never" -- "$cur")) && return ;;
	--color) COMPREPLY=($(compgen -W "auto always never" -- "$cur")) && return ;;
	--lang) COMPREPLY=($(compgen -W "en ja" -- "$cur")) && return ;;
	--set) compopt -o nospace && COMPREPLY=($(compgen -W "$parameters" -- "$cur")) && return ;;
	--home | --hooks) COMPREPLY=($(compgen -d -- "$cur")) && return ;;
	--config | --output-file | -o | --record | --send-key) COMPREPLY=($(compgen -f -- "$cur")) && return ;;
	--profile)
		COMPREPLY=($(compgen -W "$(sed -n 's/^\[profile \(.*\)\]$/\1/p;s/^\[\(default\)\]$/\1/p' \
			"${AWS_CONFIG_FILE:-$HOME/.aws/config}" 2>/dev/null)" -- "$cur"))
		return
		;;
	--stack | --speed | --timeout | --instance-id | --endpoint-id | --endpoint-dns | --private-ip | \
		--region | --port | --max-duration | --ssh-option | --ttl | --os-user | --account | \
		--since | --operator | --witness | --run) return ;;
	esac
	case $command in
	plan) options="$options --procedure --calls --diagram" ;;
	export) options="$options --procedure --output-file --undo" ;;
	steps) options="$options --procedure" ;;
	preflight) options="$options --procedure --record" ;;
	run) options="$options --step-by-step --by-hand --ttl --take-over --operator --witness --hooks --procedure --from --to --try --record" ;;
	resume) options="$options --step-by-step --by-hand --ttl --take-over --operator --witness --hooks --from --try --record" ;;
	undo) options="$options --step-by-step --handed-over --by-hand --expired --take-over --operator --witness --hooks --to --delete-foreign-objects --record" ;;
	verify) options="$options --record" ;;
	explain) options="$options --probe --record" ;;
	status) options="$options --all" ;;
	journal) options="$options --step --since --follow" ;;
	recover) options="$options --run --procedure --record" ;;
	policy) options="$options --procedure --for --account" ;;
	report) options="$options --output-file --mask" ;;
	connect) options="$options --ssh-option --record" ;;
	tunnel) options="$options --record --instance-id --endpoint-id --endpoint-dns --private-ip --region
		--port --max-duration --send-key --os-user" ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
	elif [[ -z $command ]]; then
		COMPREPLY=($(compgen -W "$commands" -- "$cur"))
	elif [[ $command == help ]]; then
		COMPREPLY=($(compgen -W "$commands" -- "$cur"))
	elif [[ $command == verify || $command == explain || $command == steps ]]; then
		COMPREPLY=($(compgen -W "$steps" -- "$cur"))
	elif [[ $command == export ]]; then
		COMPREPLY=($(compgen -W "terraform cli" -- "$cur"))
	fi
}
complete -F _runbook runbook
