# shellcheck shell=bash
# A copy of the servers that belongs to the running script and ends with it. Sourced after processes.sh, never run.

# Sets COPY to a name that no other running script has, and clears away what scripts that were killed left behind.
claim_private_copy() { # KIND
    local dir owner
    for dir in "$SERVICES_ROOT/$1"-*/; do
        owner=$dir/owner.pid
        if [[ -f $owner ]] && ! recorded_process "$owner"; then
            say "clearing away ${dir%/}, which a run that was killed left behind"
            "$ROOT/scripts/services" stop --wipe --name "$(basename "$dir")" 2>/dev/null || true
        fi
    done
    COPY=$1-$$
    mkdir -p "$SERVICES_ROOT/$COPY"
    record_process $$ "$SERVICES_ROOT/$COPY/owner.pid"
}
