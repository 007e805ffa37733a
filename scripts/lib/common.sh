# shellcheck shell=bash
# Pieces shared by setup, services, run and test: where things are, how to speak, how to find the venv.
# Sourced, never run. The caller has set `set -euo pipefail`.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LOCAL_DIR=$ROOT/.local
# shellcheck disable=SC2034  # used by the scripts that source this file
{
    CACHE_DIR=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/promo-gateway # shared by all checkouts of this user
    VENV_DIR=$LOCAL_DIR/venv
    PYTHON=$VENV_DIR/bin/python
    ACCEPTANCE_PYTHON=$LOCAL_DIR/acceptance-venv/bin/python
    DOCS_PYTHON=$LOCAL_DIR/docs-venv/bin/python
    MONGOD=$LOCAL_DIR/bin/mongod
    PROMTOOL=$LOCAL_DIR/bin/promtool
    SCHEMA_SUITE_DIR=$LOCAL_DIR/json-schema-test-suite
    SERVICES_ROOT=$LOCAL_DIR/services
}

export PYTHONDONTWRITEBYTECODE=1 # no __pycache__ beside the sources

# What a script says goes to standard error, so that `env` and the like keep standard output to themselves.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# URIs that `scripts/services env` exported are ours, not the user's: someone who has eval'ed them into a shell
# still wants `scripts/services start` to start the servers behind them.
forget_our_own_uris() {
    if [[ -n ${PROMO_OWN_RABBITMQ_URI:-} && ${RABBITMQ_URI:-} == "$PROMO_OWN_RABBITMQ_URI" ]]; then
        unset RABBITMQ_URI
    fi
    if [[ -n ${PROMO_OWN_MONGODB_URI:-} && ${MONGODB_URI:-} == "$PROMO_OWN_MONGODB_URI" ]]; then
        unset MONGODB_URI
    fi
}

seconds_since() { # START as printed by $EPOCHREALTIME; prints "3.4 s"
    local now=${EPOCHREALTIME/[.,]/} start=${1/[.,]/}
    local tenths=$(((now - start) / 100000))
    printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}
