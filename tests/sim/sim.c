/* SPDX-License-Identifier: ISC */
/*
 * Plays lives from seeds until one goes wrong: README.
 *
 *   sim [--lives <n>] [--seconds <n>] [--first <seed>] [--coverage]
 *   sim --seed <seed> [--verbose]
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "sim.h"

#define LIVES_DEFAULT	 100000
#define LIVES_TO_SEE_ALL 50000 /* with as many, everything must have happened */

static const char *const documents[] = {
    "{\"pipeline_name\":\"order\",\"form\":{\"fields\":[{\"name\":\"size\"}]},\"steps\":["
    "{\"step_name\":\"Order\",\"step_type\":\"CALL\","
    "\"parameters\":{\"text\":\"size ${size}\"}}]}",

    "{\"pipeline_name\":\"approved order\",\"form\":{\"fields\":[{\"name\":\"size\"}]},\"steps\":["
    "{\"step_name\":\"Manager\",\"step_type\":\"WAIT_FOR_APPROVAL\","
    "\"parameters\":{\"approvers\":[\"alice\",\"bob\"]}},"
    "{\"step_name\":\"Order\",\"step_type\":\"CALL\",\"parameters\":"
    "{\"text\":\"size ${size}\",\"retry\":{\"max_attempts\":3,\"backoff\":\"1s\"}}}]}",

    "{\"pipeline_name\":\"two votes\",\"form\":{\"fields\":[{\"name\":\"size\"}]},\"steps\":["
    "{\"step_name\":\"Check\",\"step_type\":\"CALL\",\"parameters\":{\"text\":\"size ${size}\","
    "\"repeatable\":true,\"retry\":{\"max_attempts\":3,\"backoff\":\"4s\"}}},"
    "{\"step_name\":\"Board\",\"step_type\":\"WAIT_FOR_APPROVAL\",\"parameters\":{\"approvers\":"
    "[\"alice\",\"@ops\"],\"approvals_required\":2,\"expires_after\":\"1m\"}},"
    "{\"step_name\":\"Order\",\"step_type\":\"CALL\","
    "\"parameters\":{\"text\":\"size ${size}\"}}]}",

    "{\"pipeline_name\":\"not oneself\",\"form\":{\"fields\":[{\"name\":\"size\"}]},\"steps\":["
    "{\"step_name\":\"Peer\",\"step_type\":\"WAIT_FOR_APPROVAL\",\"parameters\":{\"approvers\":"
    "[\"@ops\"],\"approvals_required\":2,\"prevent_self_approval\":true}}]}",

    "{\"pipeline_name\":\"two calls\",\"form\":{\"fields\":[{\"name\":\"size\"}]},\"steps\":["
    "{\"step_name\":\"Order\",\"step_type\":\"CALL\",\"parameters\":"
    "{\"text\":\"size ${size}\",\"retry\":{\"max_attempts\":2,\"backoff\":\"1m\"}}},"
    "{\"step_name\":\"Check\",\"step_type\":\"CALL\",\"parameters\":{\"text\":\"size ${size}\","
    "\"repeatable\":true,\"retry\":{\"max_attempts\":2}}}]}",

    "{\"pipeline_name\":\"soon\",\"form\":{\"fields\":[{\"name\":\"size\"}]},\"steps\":["
    "{\"step_name\":\"Soon\",\"step_type\":\"WAIT_FOR_APPROVAL\",\"parameters\":"
    "{\"expires_after\":\"5s\"}},"
    "{\"step_name\":\"Check\",\"step_type\":\"CALL\",\"parameters\":{\"text\":\"size ${size}\","
    "\"repeatable\":true}}]}",
};

#define PIPELINES (sizeof(documents) / sizeof(documents[0]))

static struct pipeline pipelines[PIPELINES];
const struct pipeline *sim_pipelines = pipelines;
const size_t sim_pipeline_count = PIPELINES;

static void
read_pipelines(struct arena *arena)
{
	for (size_t i = 0; i < PIPELINES; i++) {
		struct strbuf err = STRBUF_INIT;
		struct value *document;
		struct faults faults;

		faults_init(&faults, "pipeline");
		if (json_parse(arena, "pipeline", documents[i], strlen(documents[i]), &document,
			&err) == 0)
			pipeline_check(
			    arena, document, "pipeline", sim_catalogue, &pipelines[i], &faults);
		if (err.len > 0 || faults.count > 0) {
			fprintf(stderr, "%s%s", err.buf, faults_text(&faults));
			exit(2);
		}
		faults_release(&faults);
	}
}

struct options {
	uint64_t lives;
	uint64_t first;
	int64_t seconds; /* 0: a number of lives */
	bool one;	 /* the life of one seed */
	bool verbose;
	bool coverage;
};

static bool
read_options(int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
	    {"lives", required_argument, NULL, 'l'},
	    {"seconds", required_argument, NULL, 's'},
	    {"first", required_argument, NULL, 'f'},
	    {"seed", required_argument, NULL, 'o'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"coverage", no_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		uint64_t number = 0;

		if (option == '?' || (optarg != NULL && !number_parse(optarg, INT64_MAX, &number)))
			return false;
		if (option == 'l')
			out->lives = number;
		if (option == 's')
			out->seconds = (int64_t)number;
		if (option == 'f' || option == 'o')
			out->first = number;
		out->one = out->one || option == 'o';
		out->verbose = out->verbose || option == 'v';
		out->coverage = out->coverage || option == 'c';
	}
	return optind == argc;
}

static uint64_t
play_many(struct life *life, const struct options *options)
{
	int64_t end = clock_monotonic() + options->seconds * 1000;
	uint64_t played = 0;

	while (options->seconds > 0 ? clock_monotonic() < end : played < options->lives)
		life_play(life, options->first + played++, options->verbose);
	return played;
}

int
main(int argc, char **argv)
{
	static struct life life;
	struct options options = {.lives = LIVES_DEFAULT, .first = 1};
	struct arena arena = ARENA_INIT;
	int64_t began = clock_monotonic(), took;
	uint64_t played;
	size_t missing = 0;

	if (!read_options(argc, argv, &options)) {
		fprintf(stderr,
		    "usage: sim [--lives n | --seconds n] [--first seed] [--coverage] | "
		    "--seed seed [--verbose]\n");
		return 2;
	}
	read_pipelines(&arena);
	if (options.one) {
		options.lives = 1;
		options.seconds = 0;
	}
	printf("1..1\n");
	played = play_many(&life, &options);
	took = clock_monotonic() - began;
	if (options.coverage || played >= LIVES_TO_SEE_ALL)
		missing = coverage_report(options.coverage);
	missing = played >= LIVES_TO_SEE_ALL ? missing : 0;
	arena_release(&arena);
	printf("%s 1 - %" PRIu64 " lives from seed %" PRIu64 " (%" PRId64 " ms)\n",
	    missing > 0 ? "not ok" : "ok", played, options.first, took);
	return missing > 0 ? 1 : 0;
}
