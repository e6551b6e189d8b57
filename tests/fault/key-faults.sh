#!/bin/bash
# What tests/fault/store-faults.sh does, for keys of requesters and for requests that are mended.
exec "$(dirname "$0")/store-faults.sh" --scenarios "create-key create-key-old mend" "$@"
