# shellcheck shell=bash
# Long-lived processes that outlive the script which starts them, and that are only ever signalled when they are
# known to be the very process that was started. Sourced after common.sh, never run.

# A process is known by its pid, its start time (clock ticks since boot) and the boot: a number that was reused
# after a crash or a reboot is then never taken for ours.
BOOT_ID=$(</proc/sys/kernel/random/boot_id)

process_state_and_start() { # PID: prints "STATE STARTTIME", or nothing
    local line fields
    { line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -r -a fields <<<"${line##*) }" # the name in brackets may hold blanks: cut it off
    printf '%s %s' "${fields[0]}" "${fields[19]}"
}

record_process() { # PID PIDFILE
    local state_and_start
    state_and_start=$(process_state_and_start "$1")
    printf '%s %s %s\n' "$1" "${state_and_start#* }" "$BOOT_ID" >"$2.new"
    mv "$2.new" "$2"
}

# Sets PROCESS_PID and PROCESS_STATE. False when there is no record, or the process it names has ended.
recorded_process() { # PIDFILE
    PROCESS_PID='' PROCESS_STATE=''
    local pid start boot now
    [[ -f $1 ]] || return 1
    read -r pid start boot <"$1" || return 1
    [[ $boot == "$BOOT_ID" ]] || return 1
    now=$(process_state_and_start "$pid") || return 1
    [[ ${now#* } == "$start" && ${now% *} != [ZX] ]] || return 1
    PROCESS_PID=$pid
    # shellcheck disable=SC2034  # read by services
    PROCESS_STATE=${now% *}
}

# Starts COMMAND in a session of its own, with none of our open files, and records it. $! is its pid.
launch() { # PIDFILE LOGFILE COMMAND…
    local pidfile=$1 log=$2
    shift 2
    rm -f "$pidfile"
    (
        local fd hard me=$BASHPID
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2)) || eval "exec $fd>&-" 2>/dev/null || true
        done
        exec </dev/null >>"$log" 2>&1
        # Enough files for a server, but not the million that some containers allow: Erlang makes room for each.
        hard=$(ulimit -H -n)
        if [[ $hard == unlimited ]] || ((hard > 65536)); then
            hard=65536
        fi
        ulimit -S -n "$hard"
        record_process "$me" "$pidfile"
        exec setsid "$@"
    ) &
    while [[ ! -f $pidfile ]]; do
        sleep 0.01
    done
}

signal_recorded() { # SIGNAL PIDFILE
    recorded_process "$2" && kill -s "$1" "$PROCESS_PID" 2>/dev/null
}

wait_until_ended() { # PIDFILE SECONDS: false when it still runs after that time
    local deadline=$((SECONDS + $2))
    while recorded_process "$1"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# SIGTERM first, SIGKILL later. Afterwards neither process nor record exists.
end_recorded() { # PIDFILE SECONDS WHAT
    if signal_recorded TERM "$1"; then
        signal_recorded CONT "$1" || true # a paused process could not answer
        if ! wait_until_ended "$1" "$2"; then
            say "$3 (pid $PROCESS_PID) did not end within $2 s: killing it"
            signal_recorded KILL "$1" || true
            wait_until_ended "$1" 10 || fail "$3 (pid $PROCESS_PID) cannot be killed"
        fi
    fi
    rm -f "$1"
}

# True when a socket here holds that TCP port: of any state, or a listening one only.
port_is_taken() { # PORT [listening]
    local hex
    printf -v hex ':%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v end="$hex" -v only="${2:-}" '
        substr($2, length($2) - 4) == end && (only == "" || $4 == "0A") { found = 1 }
        END { exit !found }'
}
