#!/bin/bash
# What tests/fault/store-faults.sh does, for events that are committed beside the calls: by syncfs(),
# and by an fsync() for each where that fails.
exec "$(dirname "$0")/store-faults.sh" --scenarios "calls calls-each" "$@"
