/* SPDX-License-Identifier: ISC */
/*
 * What each command does to a request, in every state, for everybody: two tables that are written
 * from the manual and not from the source.  Who may is one, what is decided then the other; every
 * combination of both is tried.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/decision.h"
#include "model/request/approval.h"

#define LATE   (MODEL_NOW + 3600000) /* when the time of every approval is over */
#define EARLY  (MODEL_NOW + 60000)
#define EVENTS 8

/* The columns of the table of states. */
enum column {
	UPDATE,
	APPROVE,
	REJECT,
	CANCEL,
	RETRY,
	RETRY_AGAIN,
	RESOLVE_COMPLETED,
	RESOLVE_FAILED,
	MEND,
	OVERRIDE,
	WITHDRAW,
	RESOLVE_INTERRUPTED,
	COLUMN_COUNT,
};

static const enum command commands[COLUMN_COUNT] = {COMMAND_UPDATE, COMMAND_APPROVE, COMMAND_REJECT,
    COMMAND_CANCEL, COMMAND_RETRY, COMMAND_RETRY, COMMAND_RESOLVE, COMMAND_RESOLVE, COMMAND_MEND,
    COMMAND_OVERRIDE, COMMAND_WITHDRAW, COMMAND_RESOLVE};

/* Everybody who can give a command.  olga is in the group ops, walt in the group wheel. */
static const struct actor people[] = {
    {.name = "rita"}, /* the requester */
    {.name = "bob"},
    {.name = "olga"},
    {.name = "alice"},
    {.name = "walt"},
    {.name = "svc", .owner = true},
    {.name = "root", .owner = true},
    {.name = "mallory"},
};

static void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void
complain(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	print_error("%s\n", text);
	_fail(__FILE__, __LINE__);
	abort();
}

/* The word of that number, from 0, in a row of words. */
static const char *
word(struct arena *arena, const char *words, size_t number)
{
	for (words += strspn(words, " "); number > 0; number--) {
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	return arena_strndup(arena, words, strcspn(words, " "));
}

#define PEOPLE_COUNT (sizeof(people) / sizeof(people[0]))

static const struct membership memberships[] = {{"olga", "ops"}, {"walt", "wheel"},
    {"mallory", "games"}, {"vera", "ops"}, {"vito", "ops"}, {"vera", "wheel"}, {"vito", "wheel"}};

/* Who the admins and the approvers are. */
enum house {
	NOBODY_NAMED,
	ADMINS,
	APPROVERS,
	NOT_THEIR_OWN,
	HOUSE_COUNT,
};

static const struct {
	const char *admins;	/* of state/config.yaml */
	const char *parameters; /* of the step that waits */
} houses[HOUSE_COUNT] = {
    [NOBODY_NAMED] = {NULL, ""},
    [ADMINS] = {"[alice, '@wheel']", ""},
    [APPROVERS] = {"[alice, '@wheel']", ", approvers: [rita, bob, '@ops']"},
    [NOT_THEIR_OWN] = {"[alice, '@wheel']",
	", approvers: [rita, bob, '@ops'], prevent_self_approval: true"},
};

/* Who may: "y" in the order of people. */
static const struct {
	const char *may;
	enum house house;
	enum command command;
} rights[] = {
    /* rita bob olga alice walt svc root mallory */
    {"  y    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_UPDATE},
    {"  y    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_RUN},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_APPROVE},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_REJECT},
    {"  y    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_CANCEL},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_RETRY},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_RESOLVE},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_MEND},
    {"  y    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_REPLACE},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_OVERRIDE},
    {"  -    -   -    -     -    y   y    -", NOBODY_NAMED, COMMAND_WITHDRAW},

    {"  y    -   -    y     y    -   -    -", ADMINS, COMMAND_UPDATE},
    {"  y    -   -    y     y    y   y    -", ADMINS, COMMAND_RUN},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_APPROVE},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_REJECT},
    {"  y    -   -    y     y    -   -    -", ADMINS, COMMAND_CANCEL},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_RETRY},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_RESOLVE},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_MEND},
    {"  y    -   -    y     y    -   -    -", ADMINS, COMMAND_REPLACE},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_OVERRIDE},
    {"  -    -   -    y     y    -   -    -", ADMINS, COMMAND_WITHDRAW},

    {"  y    -   -    y     y    -   -    -", APPROVERS, COMMAND_UPDATE},
    {"  y    -   -    y     y    y   y    -", APPROVERS, COMMAND_RUN},
    {"  y    y   y    -     -    -   -    -", APPROVERS, COMMAND_APPROVE},
    {"  y    y   y    -     -    -   -    -", APPROVERS, COMMAND_REJECT},
    {"  y    -   -    y     y    -   -    -", APPROVERS, COMMAND_CANCEL},
    {"  -    -   -    y     y    -   -    -", APPROVERS, COMMAND_RETRY},
    {"  -    -   -    y     y    -   -    -", APPROVERS, COMMAND_RESOLVE},
    {"  -    -   -    y     y    -   -    -", APPROVERS, COMMAND_MEND},
    {"  y    -   -    y     y    -   -    -", APPROVERS, COMMAND_REPLACE},
    {"  -    -   -    y     y    -   -    -", APPROVERS, COMMAND_OVERRIDE},
    {"  y    y   y    -     -    -   -    -", APPROVERS, COMMAND_WITHDRAW},

    {"  y    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_UPDATE},
    {"  y    -   -    y     y    y   y    -", NOT_THEIR_OWN, COMMAND_RUN},
    {"  -    y   y    -     -    -   -    -", NOT_THEIR_OWN, COMMAND_APPROVE},
    {"  y    y   y    -     -    -   -    -", NOT_THEIR_OWN, COMMAND_REJECT},
    {"  y    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_CANCEL},
    {"  -    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_RETRY},
    {"  -    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_RESOLVE},
    {"  -    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_MEND},
    {"  y    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_REPLACE},
    {"  -    -   -    y     y    -   -    -", NOT_THEIR_OWN, COMMAND_OVERRIDE},
    {"  y    y   y    -     -    -   -    -", NOT_THEIR_OWN, COMMAND_WITHDRAW},
};

static bool
may(struct arena *arena, enum house house, enum command command, size_t person)
{
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (rights[i].house == house && rights[i].command == command)
			return *word(arena, rights[i].may, person) == 'y';
	}
	complain("no row for %s", command_name(command));
}

/* What has happened to a request, with the approval Ok, of two votes, and the call Call. */
enum happening {
	NOTHING,
	WAITS,	 /* Ok waits */
	MY_VOTE, /* of whoever gives the command */
	MY_WITHDRAWAL,
	MY_OVERRIDE,
	VOTE_1, /* of others */
	VOTE_2,
	APPROVED, /* Ok is completed */
	EXPIRED,
	MY_REJECTION,
	REJECTION,  /* of another */
	MY_FAILURE, /* Ok could not even begin to wait in a run of whoever gives the command */
	RETRIED_OK,
	STARTS, /* Call is under way */
	AGAIN_LATER,
	FAILS,
	DONE,	  /* it was carried out, and the step fails all the same */
	NOT_DONE, /* as an admin said */
	UNKNOWN,
	LOST, /* of a cancelled request */
	ENDS,
	RETRIED,
	CANCELLED,
};

static const struct {
	enum event_type type;
	const char *step;
	const char *by; /* NULL: whoever gives the command */
	enum reason reason;
	enum effect effect;
} happenings[] = {
    [WAITS] = {EVENT_RUNNING, "Ok", "svc", REASON_NONE, EFFECT_NONE},
    [MY_VOTE] = {EVENT_APPROVED, "Ok", NULL, REASON_NONE, EFFECT_NONE},
    [MY_WITHDRAWAL] = {EVENT_WITHDRAWN, "Ok", NULL, REASON_NONE, EFFECT_NONE},
    [MY_OVERRIDE] = {EVENT_APPROVED, "Ok", NULL, REASON_NONE, EFFECT_NONE},
    [VOTE_1] = {EVENT_APPROVED, "Ok", "vera", REASON_NONE, EFFECT_NONE},
    [VOTE_2] = {EVENT_APPROVED, "Ok", "vito", REASON_NONE, EFFECT_NONE},
    [APPROVED] = {EVENT_COMPLETED, "Ok", "vito", REASON_NONE, EFFECT_NONE},
    [EXPIRED] = {EVENT_FAILED, "Ok", "svc", REASON_EXPIRED, EFFECT_NONE},
    [MY_REJECTION] = {EVENT_FAILED, "Ok", NULL, REASON_REJECTED, EFFECT_NONE},
    [REJECTION] = {EVENT_FAILED, "Ok", "vera", REASON_REJECTED, EFFECT_NONE},
    [MY_FAILURE] = {EVENT_FAILED, "Ok", NULL, REASON_EXECUTOR, EFFECT_NONE},
    [RETRIED_OK] = {EVENT_NOT_STARTED, "Ok", "alice", REASON_NONE, EFFECT_NONE},
    [STARTS] = {EVENT_RUNNING, "Call", "svc", REASON_NONE, EFFECT_POSSIBLE},
    [AGAIN_LATER] = {EVENT_FAILED, "Call", "svc", REASON_HTTP_STATUS, EFFECT_NONE},
    [FAILS] = {EVENT_FAILED, "Call", "svc", REASON_HTTP_STATUS, EFFECT_NONE},
    [DONE] = {EVENT_FAILED, "Call", "svc", REASON_HTTP_STATUS, EFFECT_CERTAIN},
    [NOT_DONE] = {EVENT_FAILED, "Call", "alice", REASON_EXECUTOR, EFFECT_NONE},
    [UNKNOWN] = {EVENT_FAILED, "Call", "svc", REASON_OUTCOME_UNKNOWN, EFFECT_POSSIBLE},
    [LOST] = {EVENT_FAILED, "Call", "svc", REASON_OUTCOME_UNKNOWN, EFFECT_POSSIBLE},
    [ENDS] = {EVENT_COMPLETED, "Call", "svc", REASON_NONE, EFFECT_CERTAIN},
    [RETRIED] = {EVENT_NOT_STARTED, "Call", "alice", REASON_NONE, EFFECT_NONE},
    [CANCELLED] = {EVENT_CANCELLED, NULL, "alice", REASON_NONE, EFFECT_NONE},
};

/*
 * What each command is answered:
 *	"AP"	that event is to be recorded, and then the request is in that state: the first
 *		letters of their names, but D for Completed
 *	"-"	refused: the request is in no state for it
 *	"run"	the same, and why a run must come first
 *	"again"	it was decided so before
 *	"ends"	too late, which is recorded now: Failed, and the request is Failed
 *	"late"	too late, as was recorded before
 *	"gone"	what is approved is Cancelled
 *	"did"	what is retried was, or may have been, carried out
 *	"none"	what is resolved as not done has done nothing
 *	"people" decide about what is resolved
 *	"vote"	there is no vote that could be withdrawn
 *	"far"	nobody here can see whether the call is under way
 *	"lock"	nobody has to say whether it is: the lock does
 */
struct row {
	const char *answers; /* in the order of enum column */
	unsigned flags;
	const char *state;
	enum happening history[EVENTS];
};

#define CALL_FIRST (1U << 0) /* Call comes before Ok: there is no approval to ask about */
#define TIME_OVER  (1U << 1) /* of the approval */
#define LOCKED	   (1U << 2)
#define FAR	   (1U << 3) /* the call is of another machine, on NFS */

static const struct row rows[] = {
    /*
     * update approve reject cancel retry --again resolve: --completed --failed, mend,
     * approve --override --withdraw, resolve --interrupted
     */
    {"UN    -     -     CC    -     -     -     -   from   -     -  -", 0, "not started",
	{NOTHING}},
    {"UN    -     -     CC    -     -     -     -   from   -     -  -", CALL_FIRST,
	"not started, a call comes first", {NOTHING}},

    /* the approval */
    {"-     AP    FF    CC    -     -     -     -   reject AR    vote  -", 0, "waits", {WAITS}},
    {"-     again FF    CC    -     -     -     -   reject AR    WP  -", 0, "waits, I approved",
	{WAITS, MY_VOTE}},
    {"-     AR    FF    CC    -     -     -     -   reject AR    vote  -", 0,
	"waits, another approved", {WAITS, VOTE_1}},
    {"-     AP    FF    CC    -     -     -     -   reject AR    again  -", 0,
	"waits, I approved and withdrew that", {WAITS, MY_VOTE, MY_WITHDRAWAL}},
    {"-     AR    FF    CC    -     -     -     -   reject AR    again  -", 0,
	"waits, another approved, and I withdrew", {WAITS, MY_VOTE, MY_WITHDRAWAL, VOTE_1}},
    {"-     again FF    CC    -     -     -     -   reject AR    WP  -", 0,
	"waits, I approved, withdrew and approved", {WAITS, MY_VOTE, MY_WITHDRAWAL, MY_VOTE}},
    {"-     again -     CC    -     -     -     -   stop   again -  -", 0,
	"overridden by me, not run", {WAITS, MY_OVERRIDE}},
    {"-     again -     CC    NR    NR    DD    none UF   again -  -", 0,
	"overridden by me, call failed", {WAITS, MY_OVERRIDE, APPROVED, STARTS, FAILS}},
    {"-     ends  ends  CC    run   run   -     -   run    ends  ends  -", TIME_OVER, "time over",
	{WAITS}},
    {"-     ends  ends  CC    run   run   -     -   run    ends  ends  -", TIME_OVER,
	"time over, I approved", {WAITS, MY_VOTE}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  -", TIME_OVER,
	"time over, enough approved before", {WAITS, VOTE_1, VOTE_2}},
    {"-     late  late  CC    NR    NR    people people UF     late  late  -", TIME_OVER, "expired",
	{WAITS, EXPIRED}},
    {"-     late  late  CC    NR    NR    people people UF     late  late  -", TIME_OVER,
	"expired, I approved", {WAITS, MY_VOTE, EXPIRED}},
    {"-     -     again CC    NR    NR    people people UF     -     -  -", 0, "I rejected",
	{WAITS, MY_REJECTION}},
    {"-     -     -     CC    NR    NR    people people UF     -     -  -", 0, "another rejected",
	{WAITS, REJECTION}},
    {"-     -     -     CC    NR    NR    people people UF     -     -  -", 0, "could not wait",
	{MY_FAILURE}},
    {"-     again -     CC    NR    NR    people people UF     -     -  -", 0,
	"I approved, another rejected", {WAITS, MY_VOTE, REJECTION}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  -", 0,
	"approved by others, not run", {WAITS, VOTE_1, VOTE_2}},
    {"-     again -     CC    -     -     -     -   stop   -     -  -", 0,
	"approved by me, not run", {WAITS, VOTE_1, MY_VOTE}},
    {"-     again -     CC    -     -     -     -   stop   -     -  -", 0,
	"approved by me, then another, not run", {WAITS, MY_VOTE, VOTE_1}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  -", 0,
	"retried after I approved, not run", {WAITS, MY_VOTE, EXPIRED, RETRIED_OK}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  -", 0,
	"retried after I rejected, not run", {WAITS, MY_REJECTION, RETRIED_OK}},
    {"-     AP    FF    CC    -     -     -     -   reject AR    vote  -", 0,
	"waits again, I approved before the retry", {WAITS, MY_VOTE, REJECTION, RETRIED_OK, WAITS}},
    {"-     AP    FF    CC    -     -     -     -   reject AR    vote  -", 0,
	"waits again, I rejected before the retry", {WAITS, MY_REJECTION, RETRIED_OK, WAITS}},
    {"-     AR    FF    CC    -     -     -     -   reject AR    vote  -", 0,
	"waits again, two approved before the retry",
	{WAITS, VOTE_1, EXPIRED, RETRIED_OK, WAITS, VOTE_2}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", 0,
	"cancelled while it waited", {WAITS, CANCELLED}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", 0,
	"cancelled after I approved", {WAITS, MY_VOTE, CANCELLED}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", TIME_OVER,
	"cancelled before its time was over", {WAITS, CANCELLED}},
    {"-     gone  again again -     -     -     -   from   gone  -  -", 0,
	"cancelled after I rejected", {WAITS, MY_REJECTION, CANCELLED}},

    /* the call, after the approval */
    {"-     again -     CC    -     -     -     -   stop   -     -  lock", LOCKED,
	"call under way, I approved", {WAITS, VOTE_1, MY_VOTE, APPROVED, STARTS}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  lock", LOCKED,
	"call under way, others approved", {WAITS, VOTE_1, VOTE_2, APPROVED, STARTS}},
    {"-     again -     CC    NR    NR    DD    none UF     -     -  -", 0,
	"call failed, I approved", {WAITS, MY_VOTE, VOTE_1, APPROVED, STARTS, FAILS}},
    {"-     -     -     CC    NR    NR    DD    none UF     -     -  -", 0,
	"call failed, others approved", {WAITS, VOTE_1, VOTE_2, APPROVED, STARTS, FAILS}},
    {"-     again -     CC    did   NR    DD    FF  UF     -     -  -", 0,
	"call unknown, I approved", {WAITS, MY_VOTE, VOTE_1, APPROVED, STARTS, UNKNOWN}},
    {"-     again -     -     -     -     -     -   from   -     -  -", 0, "completed, I approved",
	{WAITS, MY_VOTE, VOTE_1, APPROVED, STARTS, ENDS}},
    {"-     -     -     -     -     -     -     -   from   -     -  -", 0,
	"completed, others approved", {WAITS, VOTE_1, VOTE_2, APPROVED, STARTS, ENDS}},

    /* the call, before any approval */
    {"-     -     -     CC    -     -     -     -   stop   -     -  lock", CALL_FIRST | LOCKED,
	"call under way", {STARTS}},
    {"-     -     -     CC    run   run   run   run run    -     -  lock", CALL_FIRST,
	"call interrupted", {STARTS}},
    {"-     -     -     CC    far   far   far   far far    -     -     FF", CALL_FIRST | FAR,
	"call under way elsewhere", {STARTS}},
    {"-     -     -     CC    -     -     -     -   stop   -     -     FF",
	CALL_FIRST | FAR | LOCKED, "call under way elsewhere, and its lock is seen", {STARTS}},
    {"-     -     -     CC    NR    NR    -     -   stop   -     -  -", CALL_FIRST,
	"call tried again later", {STARTS, AGAIN_LATER}},
    {"-     -     -     CC    NR    NR    -     -   stop   -     -  -", CALL_FIRST | TIME_OVER,
	"call to be tried again now", {STARTS, AGAIN_LATER}},
    {"-     -     -     CC    run   run   run   run run    -     -  lock", CALL_FIRST,
	"call interrupted in its second attempt", {STARTS, AGAIN_LATER, STARTS}},
    {"-     -     -     CC    NR    NR    DR    none UF     -     -  -", CALL_FIRST, "call failed",
	{STARTS, FAILS}},
    {"-     -     -     CC    NR    NR    DR    none UF     -     -  -", CALL_FIRST,
	"call could not start", {FAILS}},
    {"-     -     -     CC    did   NR    DR    FF  UF     -     -  -", CALL_FIRST, "call unknown",
	{STARTS, UNKNOWN}},
    {"-     -     -     CC    NR    NR    DR    none UF     -     -  -", CALL_FIRST,
	"call resolved as failed", {STARTS, UNKNOWN, NOT_DONE}},
    {"-     -     -     CC    did   NR    DR    FF  UF     -     -  -", CALL_FIRST,
	"call carried out, and failed", {STARTS, DONE}},
    {"-     -     -     CC    NR    NR    DR    none UF     -     -  -", CALL_FIRST,
	"call carried out, and resolved as failed", {STARTS, DONE, NOT_DONE}},
    {"-     -     -     CC    did   NR    DR    FF  UF     -     -  -", CALL_FIRST,
	"call unknown, and refused when it was retried", {STARTS, UNKNOWN, RETRIED, STARTS, FAILS}},
    {"-     -     -     CC    NR    NR    DR    none UF     -     -  -", CALL_FIRST,
	"call resolved as failed, and refused when it was retried",
	{STARTS, UNKNOWN, NOT_DONE, RETRIED, STARTS, FAILS}},
    {"-     -     -     CC    run   run   run   run run    -     -  lock", CALL_FIRST,
	"call unknown, and interrupted when it was retried", {STARTS, UNKNOWN, RETRIED, STARTS}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  -", CALL_FIRST,
	"call retried again, not run", {STARTS, DONE, RETRIED}},
    {"-     -     -     CC    -     -     -     -   stop   -     -  -", CALL_FIRST,
	"call retried, not run", {STARTS, FAILS, RETRIED}},
    {"-     gone  -     again -     -     -     -   from   gone  -  lock", CALL_FIRST | LOCKED,
	"cancelled in the call", {STARTS, CANCELLED}},
    {"-     gone  -     again -     -     far   far from   gone  -     FC", CALL_FIRST | FAR,
	"cancelled in a call that is under way elsewhere", {STARTS, CANCELLED}},
    {"-     gone  -     again -     -     run   run from   gone  -  lock", CALL_FIRST,
	"cancelled in a call that was interrupted", {STARTS, CANCELLED}},
    {"-     gone  -     again -     -     DC    FC  from   gone  -  -", CALL_FIRST,
	"cancelled, its call was lost", {STARTS, CANCELLED, LOST}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", CALL_FIRST,
	"cancelled, its call was lost and resolved as failed", {STARTS, CANCELLED, LOST, NOT_DONE}},
    {"-     gone  -     again -     -     DC    FC  from   gone  -  -", CALL_FIRST,
	"cancelled after a call that is unknown", {STARTS, UNKNOWN, CANCELLED}},
    {"-     gone  -     again -     -     DC    FC  from   gone  -  -", 0,
	"cancelled after a call that is unknown, others approved",
	{WAITS, VOTE_1, VOTE_2, APPROVED, STARTS, UNKNOWN, CANCELLED}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", 0,
	"cancelled after a call that is unknown, resolved as completed",
	{WAITS, VOTE_1, VOTE_2, APPROVED, STARTS, UNKNOWN, CANCELLED, ENDS}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", CALL_FIRST,
	"cancelled after a call that was carried out, and failed", {STARTS, DONE, CANCELLED}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", CALL_FIRST,
	"cancelled after it failed", {STARTS, FAILS, CANCELLED}},
    {"-     gone  -     again -     -     -     -   from   gone  -  -", 0,
	"cancelled before it began", {CANCELLED}},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const char *
pipeline_of(struct arena *arena, enum house house, bool call_first, const char *host)
{
	const char *call = arena_printf(
	    arena, "{step_name: Call, step_type: API, parameters: {url: 'http://%s/${x}'}}", host);
	const char *ok = arena_printf(arena,
	    "{step_name: Ok, step_type: WAIT_FOR_APPROVAL,"
	    " parameters: {approvals_required: 2, expires_after: 30m%s}}",
	    houses[house].parameters);

	return arena_printf(arena, "{form: {fields: [{name: x}]}, steps: [%s, %s]}",
	    call_first ? call : ok, call_first ? ok : call);
}

static void
live(struct request *request, const struct row *row, enum house house, const char *me)
{
	struct arena arena = ARENA_INIT;

	model_request(
	    request, pipeline_of(&arena, house, (row->flags & CALL_FIRST) != 0, "h"), "{x: '1'}");
	for (size_t i = 0; i < EVENTS && row->history[i] != NOTHING; i++) {
		enum happening what = row->history[i];
		struct model_detail detail = {
		    .by = happenings[what].by == NULL ? me : happenings[what].by,
		    .reason = happenings[what].reason,
		    .effect = happenings[what].effect,
		    .override = what == MY_OVERRIDE,
		    .not_before = what == AGAIN_LATER ? LATE - 1 : 0,
		    .expires_at = what == WAITS ? MODEL_NOW + 1800000 : 0,
		};

		model_happens_with(request, happenings[what].type, happenings[what].step, &detail);
	}
	arena_release(&arena);
}

/* One command of one person in one state. */
struct trial {
	const struct row *row;
	enum column column;
	struct request request;
	struct arena arena;
	struct faults faults;
	struct policy policy;
	struct pipeline pipeline; /* in which another host is called */
	struct decision_input input;
	enum verdict verdict;
	struct event event;
	struct strbuf why;
};

static void
trial_init(
    struct trial *trial, const struct row *row, enum house house, size_t person, enum column column)
{
	*trial = (struct trial){
	    .row = row,
	    .column = column,
	    .arena = ARENA_INIT,
	    .why = STRBUF_INIT,
	    .policy = {.memberships = memberships,
		.membership_count = sizeof(memberships) / sizeof(memberships[0])},
	};
	faults_init(&trial->faults, NULL);
	if (houses[house].admins != NULL)
		trial->policy.admins = model_yaml(&trial->arena, houses[house].admins);
	live(&trial->request, row, house, people[person].name);
	model_pipeline(&trial->arena,
	    pipeline_of(&trial->arena, house, (row->flags & CALL_FIRST) != 0, "h2"),
	    &trial->pipeline);
	trial->input = (struct decision_input){
	    .command = commands[column],
	    .pipeline = &trial->pipeline,
	    .actor = &people[person],
	    .policy = &trial->policy,
	    .now = (row->flags & TIME_OVER) != 0 ? LATE : EARLY,
	    .sight = {.locked = (row->flags & LOCKED) != 0,
		.medium = (row->flags & FAR) != 0 ? "NFS" : NULL,
		.process = PROCESS_ELSEWHERE},
	    .interrupted = column == RESOLVE_INTERRUPTED,
	    .remarks = "because",
	    .completed = column == RESOLVE_COMPLETED,
	    .again = column == RETRY_AGAIN,
	    .form_data = model_yaml(&trial->arena, "{x: '2'}"),
	    .arena = &trial->arena,
	    .faults = &trial->faults,
	};
}

static void
trial_release(struct trial *trial)
{
	request_release(&trial->request);
	arena_release(&trial->arena);
	faults_release(&trial->faults);
	strbuf_release(&trial->why);
}

/* The event as it would stand on disk is accepted by the request. */
static void
apply(struct trial *trial)
{
	struct strbuf err = STRBUF_INIT;

	model_apply(&trial->request, &trial->event, &err);
	assert_string_equal(err.buf, "");
	strbuf_release(&err);
}

static const char event_letters[] = "?NURAWDFC", request_letters[] = "NRPFCD";

/* What the verdict is called in the table. */
static const char *
answer(struct trial *trial)
{
	static const struct {
		const char *word;
		const char *what;
	} instead[] = {
	    {"run", ": 'svcreq run 7' settles that first"},
	    {"far", ", and step 'Call' is, or was, run by "},
	    {"from", ": 'svcreq create --from 7' makes a new request by the present pipeline"},
	    {"stop", ": wait until it has failed, or 'svcreq cancel 7' stops it"},
	    {"reject", ": 'svcreq reject 7 -m \"...\"' lets it fail first"},
	};
	const struct request *request = &trial->request;
	const char *why = trial->why.buf, *state;

	switch (trial->verdict) {
	case VERDICT_DECIDED:
		assert_string_equal(why, "");
		assert_string_equal(trial->event.created_by, trial->input.actor->name);
		assert_string_equal(trial->event.remarks, "because");
		assert_int_equal(trial->event.created_at, trial->input.now);
		apply(trial);
		return arena_printf(&trial->arena, "%c%c", event_letters[trial->event.event_type],
		    request_letters[request->status]);
	case VERDICT_REPEATED:
		assert_non_null(strstr(why, " already"));
		return "again";
	case VERDICT_EXPIRES:
		assert_int_equal(trial->event.reason, REASON_EXPIRED);
		assert_null(trial->event.remarks);
		apply(trial);
		model_assert_request(request, REQUEST_FAILED);
		/* fallthrough */
	case VERDICT_TOO_LATE:
		assert_string_equal(
		    why, "the time for step 'Ok' ended at 2001-09-09T02:16:40.000Z");
		return trial->verdict == VERDICT_EXPIRES ? "ends" : "late";
	case VERDICT_NOT_PERMITTED:
		return "may not";
	case VERDICT_CANCELLED:
		assert_string_equal(why, "it is Cancelled");
		return "gone";
	case VERDICT_REFUSED:
		break;
	default:
		return "?";
	}
	if (strstr(why, " been carried out: '") != NULL ||
	    strstr(why, "was carried out: '") != NULL)
		return "did";
	if (strstr(why, "has done nothing that it would do twice: 'svcreq retry 7' runs") != NULL)
		return "none";
	if (strstr(why, "people decide about step 'Ok': 'svcreq retry 7' asks") != NULL)
		return "people";
	if (strstr(why, "has not approved step 'Ok'") != NULL)
		return "vote";
	if (strstr(why, "the lock alone says whether step 'Call' was interrupted") != NULL)
		return "lock";
	state = arena_printf(&trial->arena, "it is %s", request_status_name(request->status));
	if (strcmp(why, state) == 0)
		return "-";
	for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++) {
		if (strncmp(why, state, strlen(state)) == 0 && strstr(why, instead[i].what) != NULL)
			return instead[i].word;
	}
	return why;
}

/* Who has voted in this wait may withdraw that, whatever else they may. */
static bool
has_my_vote(const struct row *row)
{
	bool found = false;

	for (size_t i = 0; i < EVENTS && row->history[i] != NOTHING; i++) {
		enum happening what = row->history[i];

		if (what == MY_VOTE || what == MY_OVERRIDE)
			found = true;
		if (what == WAITS || what == MY_WITHDRAWAL || what == RETRIED_OK)
			found = false;
	}
	return found;
}

static void
try_one(const struct row *row, enum house house, size_t person, enum column column)
{
	enum command command = commands[column];
	bool about_approval =
	    command == COMMAND_APPROVE || command == COMMAND_REJECT || command == COMMAND_WITHDRAW;
	bool asked = ((row->flags & CALL_FIRST) == 0 || !about_approval) &&
		     (command != COMMAND_WITHDRAW || !has_my_vote(row));
	const char *expected, *got;
	struct trial trial;

	trial_init(&trial, row, house, person, column);
	expected = word(&trial.arena, row->answers, column);
	if (asked && !may(&trial.arena, house, command, person))
		expected = "may not";
	trial.verdict = request_decide(&trial.request, &trial.input, &trial.event, &trial.why);
	got = answer(&trial);
	if (strcmp(got, expected) != 0)
		complain("%s, %s by %s (house %d): '%s', not '%s'", row->state,
		    command_name(command), people[person].name, (int)house, got, expected);
	trial_release(&trial);
}

/* What records nothing asks for permission alone; replacing, when all may be done again. */
static void
try_silent(const struct row *row, enum house house, size_t person, enum command command)
{
	struct trial trial;
	bool expected;

	trial_init(&trial, row, house, person, UPDATE);
	trial.input.command = command;
	trial.input.again = true;
	expected = may(&trial.arena, house, command, person);
	trial.verdict = request_decide(&trial.request, &trial.input, &trial.event, &trial.why);
	if (trial.verdict != (expected ? VERDICT_DECIDED : VERDICT_NOT_PERMITTED))
		complain("%s, %s by %s (house %d): %d", row->state, command_name(command),
		    people[person].name, (int)house, (int)trial.verdict);
	trial_release(&trial);
}

static void
every_command_in_every_state_by_everybody_is_answered_as_the_tables_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT * HOUSE_COUNT * PEOPLE_COUNT; i++) {
		const struct row *row = &rows[i / HOUSE_COUNT / PEOPLE_COUNT];
		enum house house = (enum house)(i / PEOPLE_COUNT % HOUSE_COUNT);
		size_t person = i % PEOPLE_COUNT;

		for (int column = 0; column < COLUMN_COUNT; column++)
			try_one(row, house, person, (enum column)column);
		try_silent(row, house, person, COMMAND_RUN);
		try_silent(row, house, person, COMMAND_REPLACE);
	}
}

/* test-docs.c compares command_allowed() with the manual. */
static void
the_table_has_every_state_and_says_what_the_manual_says_of_it(void **state)
{
	bool decided[REQUEST_STATUS_COUNT][COMMAND_COUNT] = {{false}};
	bool seen[REQUEST_STATUS_COUNT] = {false};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct request request;

		live(&request, &rows[i], ADMINS, "rita");
		seen[request.status] = true;
		for (size_t column = 0; column < COLUMN_COUNT; column++) {
			if (strchr("NURAWDFC", *word(&arena, rows[i].answers, column)) != NULL)
				decided[request.status][commands[column]] = true;
		}
		request_release(&request);
	}
	for (int status = 0; status < REQUEST_STATUS_COUNT; status++) {
		assert_true(seen[status]);
		for (int command = 0; command < COMMAND_COUNT; command++) {
			if (command != COMMAND_RUN && command != COMMAND_REPLACE)
				assert_int_equal(decided[status][command],
				    command_allowed(
					(enum request_status)status, (enum command)command));
		}
	}
	arena_release(&arena);
}

/* A request with steps One and Two, which wait, and a call; bob and svc may decide about One. */
static const char two[] =
    "form: {fields: [{name: x}, {name: size, type: select, options: [S, M], default: S}]}\n"
    "steps:\n"
    "  - {step_name: One, step_type: WAIT_FOR_APPROVAL,"
    "     parameters: {approvers: [bob, svc], expires_after: 30m}}\n"
    "  - {step_name: Two, step_type: WAIT_FOR_APPROVAL}\n"
    "  - {step_name: Call, step_type: API, parameters: {url: 'http://h/${x}'}}\n";

static const struct actor bob = {.name = "bob"}, svc = {.name = "svc", .owner = true};
static const struct policy owner_only = {.admins = NULL};
static const struct run_sight gone; /* nobody holds the lock, and it decides */
static struct arena lists;	    /* of whose votes count */

/* Decides, for the owner unless the input says who. */
static enum verdict
decide(const struct request *request, const struct decision_input *given, struct event *out,
    struct strbuf *why)
{
	struct decision_input input = *given;

	if (input.actor == NULL)
		input.actor = &svc;
	if (input.now == 0)
		input.now = EARLY;
	input.policy = &owner_only;
	input.arena = &lists;
	strbuf_reset(why);
	return request_decide(request, &input, out, why);
}

static void
assert_verdict(const struct request *request, const struct decision_input *input,
    enum verdict verdict, const char *message)
{
	struct strbuf why = STRBUF_INIT;
	struct event event;

	assert_int_equal(decide(request, input, &event, &why), verdict);
	assert_string_equal(why.buf, message);
	strbuf_release(&why);
}

/* It is decided so, and that happens. */
static void
decided(struct request *request, const struct decision_input *input, struct event *out)
{
	struct strbuf why = STRBUF_INIT;

	assert_int_equal(decide(request, input, out, &why), VERDICT_DECIDED);
	assert_string_equal(why.buf, "");
	model_apply(request, out, &why);
	assert_string_equal(why.buf, "");
	strbuf_release(&why);
}

static void
a_step_that_is_named_is_the_only_one_that_is_decided_on(void **state)
{
	const struct decision_input one = {.command = COMMAND_APPROVE, .step_name = "One"};
	const struct decision_input two_of_bob = {
	    .command = COMMAND_APPROVE, .step_name = "Two", .actor = &bob};
	const struct decision_input reject_one = {
	    .command = COMMAND_REJECT, .step_name = "One", .actor = &bob};
	const struct decision_input reject_two = {.command = COMMAND_REJECT, .step_name = "Two"};
	const struct decision_input approve_two = {.command = COMMAND_APPROVE, .step_name = "Two"};
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, two, "{}");
	assert_verdict(&request, &one, VERDICT_REFUSED, "it is Not Started");
	assert_verdict(&request, &approve_two, VERDICT_REFUSED, "it is not the turn of step 'Two'");
	model_happens(&request, EVENT_RUNNING, "One");
	assert_verdict(&request, &reject_two, VERDICT_REFUSED, "it is not the turn of step 'Two'");
	assert_verdict(&request, &approve_two, VERDICT_REFUSED, "it is not the turn of step 'Two'");
	assert_verdict(&request, &two_of_bob, VERDICT_NOT_PERMITTED,
	    "'bob' is not an approver of step 'Two' (the owner of the workspace)");
	decided(&request, &one, &event);
	assert_string_equal(event.step_name, "One");
	assert_verdict(
	    &request, &one, VERDICT_REPEATED, "'svc' has approved step 'One' of request 7 already");
	model_happens(&request, EVENT_COMPLETED, "One");
	model_happens(&request, EVENT_RUNNING, "Two");
	assert_verdict(
	    &request, &one, VERDICT_REPEATED, "'svc' has approved step 'One' of request 7 already");
	assert_verdict(&request, &reject_one, VERDICT_REFUSED, "step 'One' is Completed");
	decided(&request, &reject_two, &event);
	assert_verdict(&request, &reject_two, VERDICT_REPEATED,
	    "'svc' has rejected step 'Two' of request 7 already");
	assert_verdict(
	    &request, &one, VERDICT_REPEATED, "'svc' has approved step 'One' of request 7 already");
	assert_verdict(&request, &approve_two, VERDICT_REFUSED, "it is Failed");
	request_release(&request);
}

/* Whoever asks: it is not said who could approve what is not there. */
static void
a_step_that_does_not_wait_for_approval_is_not_decided_on(void **state)
{
	static const char *const names[] = {"Call", "None", ""};
	static const struct actor mallory = {.name = "mallory"};
	struct request request;

	(void)state;
	model_request(&request, two, "{}");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char message[80];

		snprintf(message, sizeof(message), "it has no step '%s' that waits for approval",
		    names[i]);
		assert_verdict(&request,
		    &(struct decision_input){.command = COMMAND_APPROVE, .step_name = names[i]},
		    VERDICT_REFUSED, message);
		assert_verdict(&request,
		    &(struct decision_input){
			.command = COMMAND_REJECT, .step_name = names[i], .actor = &mallory},
		    VERDICT_REFUSED, message);
	}
	request_release(&request);
}

static void
without_a_name_the_step_that_waits_is_decided_on(void **state)
{
	const struct decision_input approve = {.command = COMMAND_APPROVE};
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, two, "{}");
	model_happens(&request, EVENT_RUNNING, "One");
	decided(&request, &approve, &event);
	assert_string_equal(event.step_name, "One");
	model_happens(&request, EVENT_COMPLETED, "One");
	model_happens(&request, EVENT_RUNNING, "Two");
	decided(&request, &approve, &event);
	assert_string_equal(event.step_name, "Two");
	/* the last that was approved */
	model_happens(&request, EVENT_COMPLETED, "Two");
	assert_verdict(&request, &approve, VERDICT_REPEATED,
	    "'svc' has approved step 'Two' of request 7 already");
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_APPROVE, .actor = &bob},
	    VERDICT_NOT_PERMITTED,
	    "'bob' is not an approver of step 'Two' (the owner of the workspace)");
	request_release(&request);
}

static void
who_comes_too_late_ends_the_wait_of_that_step_alone(void **state)
{
	static const struct actor mallory = {.name = "mallory"};
	static const char ended[] = "the time for step 'One' ended at 2001-09-09T02:16:40.000Z";
	const int64_t end = MODEL_NOW + 1800000;
	struct request request;
	struct event event;
	struct strbuf why = STRBUF_INIT;

	(void)state;
	model_request(&request, two, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "One", &(struct model_detail){.expires_at = end});
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_APPROVE, .now = end, .actor = &mallory},
	    VERDICT_NOT_PERMITTED, "'mallory' is not an approver of step 'One' ('bob', 'svc')");
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_APPROVE, .now = end, .step_name = "Two"},
	    VERDICT_REFUSED, "it is not the turn of step 'Two'");
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_APPROVE, .now = end - 1}, VERDICT_DECIDED,
	    "");
	assert_int_equal(
	    decide(&request,
		&(struct decision_input){
		    .command = COMMAND_REJECT, .now = end, .actor = &bob, .remarks = "no"},
		&event, &why),
	    VERDICT_EXPIRES);
	assert_string_equal(why.buf, ended);
	assert_string_equal(event.created_by, "bob");
	assert_string_equal(
	    event.message, "the time for approval ended before there were enough approvals");
	assert_null(event.remarks);
	assert_int_equal(event.created_at, end);
	strbuf_reset(&why);
	model_apply(&request, &event, &why);
	assert_string_equal(why.buf, "");
	assert_verdict(&request, &(struct decision_input){.command = COMMAND_APPROVE, .now = end},
	    VERDICT_TOO_LATE, ended);
	/* whatever the clock says then */
	assert_verdict(&request, &(struct decision_input){.command = COMMAND_REJECT, .now = 1},
	    VERDICT_TOO_LATE, ended);
	strbuf_release(&why);
	request_release(&request);
}

static void
what_is_approved_after_a_retry_expires_anew(void **state)
{
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, two, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "One", &(struct model_detail){.expires_at = EARLY - 1});
	model_happens_with(
	    &request, EVENT_FAILED, "One", &(struct model_detail){.reason = REASON_EXPIRED});
	decided(&request, &(struct decision_input){.command = COMMAND_RETRY}, &event);
	assert_verdict(&request, &(struct decision_input){.command = COMMAND_APPROVE},
	    VERDICT_REFUSED, "it is Running");
	model_happens_with(
	    &request, EVENT_RUNNING, "One", &(struct model_detail){.expires_at = LATE});
	decided(&request, &(struct decision_input){.command = COMMAND_APPROVE}, &event);
	assert_int_equal(event.expires_at, LATE);
	request_release(&request);
}

/* A listing reads the latest event only. */
static void
a_vote_says_who_is_waited_for_and_until_when(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf why = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, two, "{}");
	model_prepare(
	    &request, EVENT_RUNNING, "One", &(struct model_detail){.expires_at = LATE}, &event);
	event.approvers = model_yaml(&arena, "[bob, svc]");
	model_apply(&request, &event, &why);
	decided(&request, &(struct decision_input){.command = COMMAND_APPROVE, .remarks = "fine"},
	    &event);
	assert_int_equal(event.expires_at, LATE);
	model_assert_value(event.approvers, "[bob, svc]");
	assert_string_equal(event.remarks, "fine");
	assert_string_equal(event.step_type, "WAIT_FOR_APPROVAL");
	assert_int_equal(event.attempt, 1);
	strbuf_release(&why);
	arena_release(&arena);
	request_release(&request);
}

/* A request as another version left it: it waits, and this one does not know what for. */
static void
waits_for_what_is_gone(struct arena *arena, struct request *request)
{
	static const char pipeline[] = "steps: [{step_name: Wait, step_type: GONE}]";
	struct event event = {
	    .event_id = 1,
	    .event_type = EVENT_CREATED,
	    .status = REQUEST_NOT_STARTED,
	    .service_request_id = 7,
	    .pipeline_name = "x",
	    .requested_by = MODEL_REQUESTER,
	    .created_by = MODEL_REQUESTER,
	    .created_at = MODEL_NOW,
	    .pipeline = model_yaml(arena, pipeline),
	    .form_data = model_yaml(arena, "{}"),
	};

	request_init(request, 7);
	model_applies(request, &event);
	model_prepare(request, EVENT_RUNNING, "Wait", &(struct model_detail){0}, &event);
	event.status = REQUEST_PENDING;
	event.approvers = model_yaml(arena, "[bob]");
	model_applies(request, &event);
}

static void
what_nobody_can_run_is_rejected_and_cancelled_but_not_approved(void **state)
{
	struct arena arena = ARENA_INIT;
	struct request request;
	struct event event;

	(void)state;
	waits_for_what_is_gone(&arena, &request);
	assert_verdict(&request, &(struct decision_input){.command = COMMAND_APPROVE},
	    VERDICT_NOT_PERMITTED, "'svc' is not an approver of step 'Wait' ('bob')");
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_APPROVE, .actor = &bob}, VERDICT_REFUSED,
	    "svcreq has no step type 'GONE'");
	assert_verdict(
	    &request, &(struct decision_input){.command = COMMAND_CANCEL}, VERDICT_DECIDED, "");
	decided(
	    &request, &(struct decision_input){.command = COMMAND_REJECT, .actor = &bob}, &event);
	model_assert_request(&request, REQUEST_FAILED);
	decided(&request, &(struct decision_input){.command = COMMAND_CANCEL}, &event);
	request_release(&request);
	arena_release(&arena);
}

/* What the one event that was written first makes of the decision of the other. */
static void
who_was_second_decides_again(void **state)
{
	static const struct decision_input approve = {.command = COMMAND_APPROVE},
					   reject = {.command = COMMAND_REJECT, .actor = &bob},
					   cancel = {.command = COMMAND_CANCEL};
	static const struct {
		const struct decision_input *first, *second;
		enum verdict verdict;
		const char *why;
	} races[] = {
	    {&approve, &reject, VERDICT_REFUSED, "it is Running"},
	    {&reject, &approve, VERDICT_REFUSED, "it is Failed"},
	    {&approve, &approve, VERDICT_REPEATED,
		"'svc' has approved step 'One' of request 7 already"},
	    {&reject, &reject, VERDICT_REPEATED,
		"'bob' has rejected step 'One' of request 7 already"},
	    {&cancel, &approve, VERDICT_CANCELLED, "it is Cancelled"},
	    {&cancel, &reject, VERDICT_REFUSED, "it is Cancelled"},
	    {&cancel, &cancel, VERDICT_REPEATED, "request 7 is Cancelled already"},
	    {&approve, &cancel, VERDICT_DECIDED, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		struct request request;
		struct event event;

		model_request(&request, two, "{}");
		model_happens(&request, EVENT_RUNNING, "One");
		assert_verdict(&request, races[i].second, VERDICT_DECIDED, "");
		decided(&request, races[i].first, &event);
		assert_verdict(&request, races[i].second, races[i].verdict, races[i].why);
		request_release(&request);
	}
}

static const char call[] =
    "form: {fields: [{name: path, required: true}, {name: size, type: select, options: [S, M], default: S}]}\n"
    "steps: [{step_name: Call, step_type: API, parameters: {url: 'http://h/${path}?${size}'}}]\n";

static void
what_was_interrupted_is_run_first(void **state)
{
	static const char first[] =
	    "it is Running, but was interrupted: 'svcreq run 7' settles that first";
	struct request request;

	(void)state;
	model_request(&request, call, "{path: a}");
	model_happens(&request, EVENT_RUNNING, "Call");
	assert_verdict(
	    &request, &(struct decision_input){.command = COMMAND_RETRY}, VERDICT_REFUSED, first);
	assert_verdict(
	    &request, &(struct decision_input){.command = COMMAND_RESOLVE}, VERDICT_REFUSED, first);
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_RETRY, .sight.locked = true},
	    VERDICT_REFUSED, "it is Running");
	assert_verdict(&request,
	    &(struct decision_input){.command = COMMAND_APPROVE, .step_name = NULL},
	    VERDICT_REFUSED, "it is Running");
	request_release(&request);
	model_request(&request, two, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "One", &(struct model_detail){.expires_at = EARLY});
	assert_verdict(&request, &(struct decision_input){.command = COMMAND_RETRY},
	    VERDICT_REFUSED,
	    "it is Pending, but its time is over: 'svcreq run 7' settles that first");
	assert_verdict(&request, &(struct decision_input){.command = COMMAND_RESOLVE},
	    VERDICT_REFUSED, "it is Pending");
	request_release(&request);
}

static void
a_rejection_has_its_reason_and_remarks(void **state)
{
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, two, "{}");
	model_happens(&request, EVENT_RUNNING, "One");
	decided(&request,
	    &(struct decision_input){
		.command = COMMAND_REJECT, .actor = &bob, .remarks = "too large"},
	    &event);
	assert_int_equal(event.reason, REASON_REJECTED);
	assert_string_equal(event.remarks, "too large");
	assert_string_equal(event.created_by, "bob");
	request_release(&request);
}

static void
update_as(struct request *request, const char *given, enum verdict verdict, const char *said,
    const char *data)
{
	struct arena arena = ARENA_INIT;
	struct strbuf why = STRBUF_INIT;
	struct faults faults;
	struct event event;
	struct decision_input input = {.command = COMMAND_UPDATE,
	    .arena = &arena,
	    .faults = &faults,
	    .form_data = model_yaml(&arena, given)};

	faults_init(&faults, NULL);
	assert_int_equal(decide(request, &input, &event, &why), verdict);
	strbuf_addstr(&why, faults_text(&faults));
	assert_string_equal(why.buf, said);
	strbuf_reset(&why);
	if (data != NULL) {
		model_assert_value(event.form_data, data);
		model_apply(request, &event, &why);
		assert_string_equal(why.buf, "");
		model_assert_value(request->form_data, data);
	}
	faults_release(&faults);
	strbuf_release(&why);
	arena_release(&arena);
}

static void
update_checks_the_form_and_keeps_what_is_not_given(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, call, "{path: wrong, size: M}");
	update_as(&request, "{size: XL}", VERDICT_INVALID,
	    "form field 'size': 'XL' is not one of S, M\n", NULL);
	update_as(&request, "{sise: S, path: ''}", VERDICT_INVALID,
	    "the form has no field 'sise', did you mean 'size'?\n"
	    "form field 'path': it is required\n",
	    NULL);
	update_as(
	    &request, "{size: M}", VERDICT_REPEATED, "request 7 has that form data already", NULL);
	update_as(&request, "{}", VERDICT_REPEATED, "request 7 has that form data already", NULL);
	update_as(&request, "{path: ok}", VERDICT_DECIDED, "", "{path: ok, size: M}");
	update_as(
	    &request, "{path: ok}", VERDICT_REPEATED, "request 7 has that form data already", NULL);
	update_as(&request, "{size: S}", VERDICT_DECIDED, "", "{path: ok, size: S}");
	/* null is what was not filled in */
	update_as(
	    &request, "{size: ~}", VERDICT_REPEATED, "request 7 has that form data already", NULL);
	request_release(&request);
}

static void
update_refuses_what_no_step_could_be_run_with(void **state)
{
	static const char late[] =
	    "form: {fields: [{name: wait}]}\n"
	    "steps: [{step_name: Call, step_type: API, parameters: {url: 'http://h/', timeout: '${wait}'}}]\n";
	struct request request;

	(void)state;
	model_request(&request, late, "{wait: 10s}");
	update_as(&request, "{wait: soon}", VERDICT_INVALID,
	    "step 'Call' could not be run: 'timeout' must be a span of time such as 10s, 5m or 3d\n",
	    NULL);
	update_as(&request, "{wait: 20s}", VERDICT_DECIDED, "", "{wait: 20s}");
	request_release(&request);
}

static void
the_call_of_a_cancelled_request_that_nobody_runs_has_an_unrecorded_outcome(void **state)
{
	struct strbuf err = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, call, "{path: a}");
	assert_false(decision_of_unrecorded_outcome(&request, &bob, &gone, EARLY, &event));
	model_happens_with(
	    &request, EVENT_RUNNING, "Call", &(struct model_detail){.effect = EFFECT_POSSIBLE});
	/* its runner, or the next one, records that */
	assert_false(decision_of_unrecorded_outcome(&request, &bob, &gone, EARLY, &event));
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_true(decision_of_unrecorded_outcome(&request, &bob, &gone, EARLY, &event));
	assert_int_equal(event.reason, REASON_OUTCOME_UNKNOWN);
	assert_int_equal(event.effect, EFFECT_POSSIBLE);
	assert_int_equal(event.status, REQUEST_CANCELLED);
	assert_string_equal(event.step_name, "Call");
	assert_string_equal(event.created_by, "bob");
	assert_int_equal(event.created_at, EARLY);
	assert_null(event.remarks);
	assert_string_equal(event.message,
	    "the step was interrupted before the request was cancelled: it may have done its work");
	model_apply(&request, &event, &err);
	assert_string_equal(err.buf, "");
	assert_false(decision_of_unrecorded_outcome(&request, &bob, &gone, EARLY, &event));
	strbuf_release(&err);
	request_release(&request);
	/* an approval that was waited for has no outcome */
	model_request(&request, two, "{}");
	model_happens(&request, EVENT_RUNNING, "One");
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_false(decision_of_unrecorded_outcome(&request, &bob, &gone, EARLY, &event));
	request_release(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		every_command_in_every_state_by_everybody_is_answered_as_the_tables_say),
	    cmocka_unit_test(the_table_has_every_state_and_says_what_the_manual_says_of_it),
	    cmocka_unit_test(a_step_that_is_named_is_the_only_one_that_is_decided_on),
	    cmocka_unit_test(a_step_that_does_not_wait_for_approval_is_not_decided_on),
	    cmocka_unit_test(without_a_name_the_step_that_waits_is_decided_on),
	    cmocka_unit_test(who_comes_too_late_ends_the_wait_of_that_step_alone),
	    cmocka_unit_test(what_is_approved_after_a_retry_expires_anew),
	    cmocka_unit_test(a_vote_says_who_is_waited_for_and_until_when),
	    cmocka_unit_test(what_nobody_can_run_is_rejected_and_cancelled_but_not_approved),
	    cmocka_unit_test(who_was_second_decides_again),
	    cmocka_unit_test(what_was_interrupted_is_run_first),
	    cmocka_unit_test(a_rejection_has_its_reason_and_remarks),
	    cmocka_unit_test(update_checks_the_form_and_keeps_what_is_not_given),
	    cmocka_unit_test(update_refuses_what_no_step_could_be_run_with),
	    cmocka_unit_test(
		the_call_of_a_cancelled_request_that_nobody_runs_has_an_unrecorded_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
