# shellcheck shell=bash
# A directory, and a copy of the servers, that belong to the running script and end with it. What a script that was
# killed left behind is cleared away by the next one. Sourced after processes.sh, never run.

# Sets WORK to a directory that no other running script has.
claim_work_directory() { # KIND
    local dir
    for dir in "$LOCAL_DIR/work/$1"-*/; do
        if [[ -f $dir/owner.pid ]] && ! recorded_process "$dir/owner.pid"; then
            end_recorded "$dir/gateway.pid" 10 "the gateway of a run that was killed"
            rm -rf "$dir"
        fi
    done
    WORK=$LOCAL_DIR/work/$1-$$
    rm -rf "$WORK"
    mkdir -p "$WORK"
    record_process $$ "$WORK/owner.pid"
}

# Sets COPY to a name of servers that no other running script has.
claim_private_copy() { # KIND
    local dir
    for dir in "$SERVICES_ROOT/$1"-*/; do
        if [[ -f $dir/owner.pid ]] && ! recorded_process "$dir/owner.pid"; then
            say "clearing away the servers in ${dir%/}, which a run that was killed left behind"
            "$ROOT/scripts/services" stop --wipe --name "$(basename "$dir")" 2>/dev/null || true
        fi
    done
    COPY=$1-$$
    mkdir -p "$SERVICES_ROOT/$COPY"
    record_process $$ "$SERVICES_ROOT/$COPY/owner.pid"
}
