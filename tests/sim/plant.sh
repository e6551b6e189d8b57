#!/bin/sh
# Plants faults, one at a time, into a copy of the tree, and sees that the simulation finds each.
#
#   tests/sim/plant.sh [lives]      at most that many lives for each (20000)
#
# A fault is a line of sed for a file of src.  Prints TAP: how many lives it took, and what the
# simulation says.
set -eu
cd "$(dirname "$0")/../.."

lives=${1:-20000}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
number=0
failed=0

# Objects are copied with their times: only what a fault changes is compiled again.
mkdir -p "$copy/build/release" "$copy/tests"
cp -a Makefile src "$copy"
cp -a tests/sim "$copy/tests"
cp -a build/release/obj build/release/lib build/release/flags "$copy/build/release"

# mutate <file> <sed script>...
mutate() {
	file=$1
	shift
	for script in "$@"; do
		cp "$file" "$copy/same"
		sed -i "$script" "$file"
		! cmp -s "$file" "$copy/same" || {
			echo "# '$script' changes nothing in $file"
			return 1
		}
	done
}

# Builds the simulation of the copy, as it is now.
build() {
	${MAKE:-make} -C "$copy" --no-print-directory VARIANT=release CC=gcc \
	    build/release/tests/sim/sim >"$copy/log" 2>&1 || {
		sed 's/^/# /' "$copy/log"
		return 1
	}
}

# plant <name> <file> <sed script>...
plant() {
	name=$1
	file=$copy/src/$2
	shift 2
	number=$((number + 1))
	cp -a "$file" "$copy/before"
	if mutate "$file" "$@" && build &&
		said=$("$copy/build/release/tests/sim/sim" --lives "$lives" | grep FAILED); then
		seed=$(echo "$said" | sed 's/.*seed \([0-9]*\):.*/\1/')
		echo "ok $number - $name: found in life $seed"
		echo "#   ${said#*: *: }"
	else
		echo "not ok $number - $name"
		failed=1
	fi
	mv "$copy/before" "$file"
	touch "$file"
}

plant 'a call is sent before its intent' run/slot.c \
    's/^\t\tsettle_and_publish(slot, SLOT_INTENT);/\t\t(attempt->executor->start(\&attempt->run), settle_and_publish(slot, SLOT_INTENT));/' \
    '/^\tattempt->executor->start(run);/d'
plant 'a call is sent though its intent may not be recorded' run/slot.c \
    's/if (result != STORE_OK) {/if (result != STORE_OK \&\& slot->publishing != SLOT_INTENT) {/'
plant 'a vote counts after a retry' model/request/request.c '/step->votes = 0;/d'
plant 'an outcome that loses a race is dropped' run/slot.c \
    '/^decide_again/,/^}/s/if (slot->publishing == SLOT_OUTCOME)/if (false)/'
plant 'an interrupted call is sent again' run/slot.c \
    's/attempt_is_repeatable(&slot->attempt))$/true)/'
plant 'nobody asks whether the lock was lost' store/journal.c 's/\.token = append->token/.token = STORE_NO_LOCK/'
plant 'a request keeps an event that was not recorded' store/journal.c \
    '/^undo(/,/^}/s/if (!attempt->applied)/if (true)/'
plant 'a step expires that was approved' model/request/next.c \
    's/if (request->status == REQUEST_RUNNING)/if (false)/'
plant 'a batch is carried out in part' store/memory-append.c \
    '/^memory_append_all/,/^}/s/i < count; i++)$/i < (count + 1) \/ 2; i++)/'
plant 'one person votes twice' model/decision.c \
    '/^is_approved_before/,/^}/s/own_vote(round) == NULL/true/'
plant 'a vote that was withdrawn counts' model/request/request.c \
    '/^apply_vote/,/^}/s/if (counts_after/if (event->event_type == EVENT_WITHDRAWN || counts_after/'
plant 'the call of a cancelled request is forgotten' model/request/next.c \
    's/(request_is_finished(request) \&\& !request_has_unrecorded_outcome(request))/request_is_finished(request)/'
plant 'a cancelled call is tried again' run/attempt.c \
    's/run->request->status == REQUEST_CANCELLED/false/'
plant 'an unknown outcome is forgotten when the request is cancelled' store/journal.c \
    's/request_is_unresolved(request) ? REQUEST_FAILED : request->status/request->status/'
plant 'what is known of a cancelled request is resolved' model/request/request.c \
    's/ \&\& step->latest->reason == REASON_OUTCOME_UNKNOWN//'
plant 'a request is listed where it was' store/memory-append.c '/request->place = append->to;/d'

plant 'a key makes a second request' store/memory-create.c \
    's/= key != NULL \&\& find_by_key(disk, key, &creations\[i\].id);/= false;/'
plant 'a request is made without its key' store/memory-create.c '/memcpy(request->key/d'
plant 'an intent does not say that a call may be carried out' run/slot.c \
    's/slot->event.effect = EFFECT_POSSIBLE;/slot->event.effect = EFFECT_NONE;/'
plant 'an attempt that did nothing takes back what another one did' model/request/request.c \
    's/return resolved || effect > step->effect ? effect : step->effect;/return effect;/'
plant 'the effect that an executor reports is dropped' run/attempt.c \
    's/out->effect = outcome->effect;/out->effect = EFFECT_NONE;/'
plant 'what may have been carried out is retried without --again' model/resolve.c \
    '/^retry_check/,/^}/s/input->again ||/true ||/'
plant 'a call whose outcome nobody recorded is said to have done nothing' model/request/request.c \
    '/^request_unrecorded_effect/,/^}/s/step->intent->effect/EFFECT_NONE/'
plant 'what was approved is not asked again when it is another' model/request/snapshot.c \
    's/ask_again(&steps\[i\], event);//'
plant 'completed calls are begun again by another pipeline' model/request/snapshot.c \
    's/!step_is_for_people(&steps\[i\]))/false)/'
plant 'another pipeline forgets what a call did' model/request/snapshot.c \
    's/\tto->step = step;/\tto->step = step; to->effect = EFFECT_NONE;/'
plant 'another pipeline sends a call again that may have been carried out' model/mend.c \
    's/step_effect(failed) != EFFECT_NONE && !input->again/false/'
plant 'completed steps may be others' model/request/snapshot.c \
    's/status == STEP_COMPLETED &&$/status == STEP_COMPLETED \&\& false \&\&/'
plant 'a mended request waits for a person at its failed step' model/mend.c \
    's/if (step == NULL || /if (true || step == NULL || /'
plant 'a call is begun before its intent is recorded' store/memory-append.c \
    '/^memory_append_collect/,/^}/s/one->stage != MEMORY_DONE/false/'
plant 'a call that is left out is sent' run/slot.c \
    's/^\t\t\tleave_out(slot);/\t\t\t(slot->attempt.executor->start(\&slot->attempt.run), leave_out(slot));/'
plant 'a slot goes on while its outcome is committed' run/slot-store.c \
    '/^slot_commit(/,/^}/s/= SLOT_COMMITTING;/= slot->publishing == SLOT_OUTCOME ? SLOT_DECIDING : SLOT_COMMITTING;/'
plant 'what was committed and not recorded stays in the request' store/journal.c \
    '/^store_append_collect/,/^}/s/end(&pending->attempt, pending->work.result);/end(\&pending->attempt, (pending->attempt.applied = false, pending->work.result));/'
plant 'a runner does not look once more' run/slot.c \
    's/store_request_changed(store, &slot->request)/false/'

plant 'a lock that is not seen is none' model/request/run-state.c 's/if (sight->medium == NULL)/if (true)/'
plant 'a call of another machine is made again at once' model/request/run-state.c 's/from != 0 && now >= from/from != 0/'
plant 'a call of another machine is made again that is not repeatable' model/request/run-state.c \
    '/^repeated_from/,/^}/s/if (request_unrecorded_effect.*/if (false)/'
plant 'an admin who says that a step was interrupted says that it did nothing' model/decision.c \
    '/^prepare_interrupted/,/^}/s/request_unrecorded_effect(request, step)/EFFECT_NONE/'
plant 'an outcome that comes after that takes back what was done before' model/request/request.c \
    's/event->duration_ms == 0;/true;/'
plant 'an outcome is taken for that of the attempt after it' run/attempt.c \
    's/step->attempt == attempt->run.attempt/true/'

echo "1..$number"
exit $failed
