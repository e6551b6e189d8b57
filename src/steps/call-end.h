/* SPDX-License-Identifier: ISC */
/*
 * How a call ends: one pure function over what is known of it.  svcreq-pipeline(5) has it as a
 * table, "How a call ends", which a test compares with this function.
 */
#ifndef STEPS_CALL_END_H
#define STEPS_CALL_END_H

#include <stdbool.h>

#include "model/request/status.h"

/* Why nothing came of a call that has no final status; CALL_ANSWERED: it has one. */
enum call_break {
	CALL_ANSWERED,
	CALL_REFUSED,  /* it cannot be sent as it is */
	CALL_HOPELESS, /* a certificate, a TLS alert or a proxy's no: asking again is no use */
	CALL_BROKEN,
	CALL_TIMED_OUT,
};

/* What the body of a success says to the step's expectations. */
enum call_expectation {
	EXPECTED,	 /* or nothing is expected */
	EXPECTATION_CUT, /* the body broke off */
	UNEXPECTED,
};

/* What became of the outputs. */
enum call_outputs {
	OUTPUTS_TAKEN,	 /* or none are asked for */
	OUTPUTS_CUT,	 /* the body broke off */
	OUTPUTS_MISSING, /* one is not there, or cannot be kept; or the body is too large */
};

struct call_facts {
	int status; /* final; 0: none came */
	enum call_break broke;
	bool sent;	 /* at least one byte of the request */
	bool success;	 /* the status is one of success_status */
	bool repeatable; /* sending it twice does no harm */
	bool ask_again;	 /* retry.on names the status, or what is wrong with a success */
	enum call_expectation expectation; /* of a success */
	enum call_outputs outputs;	   /* of a success */
};

struct call_end {
	bool completed;
	bool try_again;
	enum reason reason;
	enum effect effect;
};

struct call_end call_end_of(const struct call_facts *);

/* Whether a status turns the call away for the moment: nothing was done (RFC 6585, RFC 8470). */
bool status_turns_away(int status);

#endif
