/* SPDX-License-Identifier: ISC */
/*
 * The patterns are sorted, so that those that begin alike are an interval.  A node is such an
 * interval; its children divide it by the next byte.  Nodes are numbered in the order of their
 * depth, hence the children of one follow each other, up to the first child of the next node, and
 * are in the order of their bytes: no node needs a table or a list of them.
 */
#include "base/redact/automaton.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct node {
	uint32_t first; /* child; the next node has the end of the children */
	uint32_t fail;	/* the longest proper end of this node's text that is a node, too */
	uint32_t depth;
	uint32_t found[PATTERN_KINDS];
	unsigned char byte; /* the last of its text */
	bool begins_secret; /* some secret, or part of one, is longer */
};

struct automaton {
	struct node *nodes; /* one more than count, for the end of the last children */
	uint32_t count;
	uint32_t children[256]; /* of the root, by their byte; 0: none */
};

/* The patterns that a node under construction stands for. */
struct interval {
	uint32_t from, to;
};

struct building {
	struct automaton *automaton;
	struct interval *intervals; /* of the nodes */
	const struct pattern *patterns;
};

static int
compare(const void *left_item, const void *right_item)
{
	const struct pattern *left = left_item, *right = right_item;
	int order =
	    memcmp(left->text, right->text, left->len < right->len ? left->len : right->len);

	if (order != 0)
		return order;
	return (left->len > right->len) - (left->len < right->len);
}

/* Returns the child of a node by that byte; 0: there is none. */
static uint32_t
child_by(const struct automaton *automaton, uint32_t state, unsigned char byte)
{
	const struct node *nodes = automaton->nodes;
	uint32_t from = nodes[state].first, to = nodes[state + 1].first;

	if (state == 0)
		return automaton->children[byte];
	while (to - from > 1) {
		uint32_t middle = from + (to - from) / 2;

		if (nodes[middle].byte <= byte)
			from = middle;
		else
			to = middle;
	}
	return from < to && nodes[from].byte == byte ? from : 0;
}

uint32_t
automaton_step(const struct automaton *automaton, uint32_t state, unsigned char byte)
{
	uint32_t child = child_by(automaton, state, byte);

	while (child == 0 && state != 0) {
		state = automaton->nodes[state].fail;
		child = child_by(automaton, state, byte);
	}
	return child;
}

uint32_t
automaton_found(const struct automaton *automaton, uint32_t state, enum pattern_kind kind)
{
	return automaton->nodes[state].found[kind];
}

uint32_t
automaton_begun(const struct automaton *automaton, uint32_t state)
{
	while (state != 0 && !automaton->nodes[state].begins_secret)
		state = automaton->nodes[state].fail;
	return automaton->nodes[state].depth;
}

/* Adds the child of a node for the patterns of the interval, whose byte at its depth is the same.
 */
static void
add_child(struct building *building, uint32_t parent, struct interval interval)
{
	struct automaton *automaton = building->automaton;
	struct node *node = &automaton->nodes[automaton->count];

	*node = (struct node){.depth = automaton->nodes[parent].depth + 1,
	    .byte = building->patterns[interval.from].text[automaton->nodes[parent].depth]};
	if (parent == 0)
		automaton->children[node->byte] = automaton->count;
	else
		node->fail = automaton_step(automaton, automaton->nodes[parent].fail, node->byte);
	/* nodes of less depth are finished, and the node of fail is one of them */
	memcpy(node->found, automaton->nodes[node->fail].found, sizeof(node->found));
	for (uint32_t i = interval.from; i < interval.to; i++) {
		const struct pattern *pattern = &building->patterns[i];

		if (pattern->len == node->depth)
			node->found[pattern->kind] = node->depth;
		else if (pattern->kind != PATTERN_KNOWN)
			node->begins_secret = true;
	}
	building->intervals[automaton->count++] = interval;
}

/* Adds the children of a node. */
static void
divide(struct building *building, uint32_t state)
{
	const struct pattern *patterns = building->patterns;
	struct automaton *automaton = building->automaton;
	uint32_t depth = automaton->nodes[state].depth, at = building->intervals[state].from;
	uint32_t to = building->intervals[state].to;

	automaton->nodes[state].first = automaton->count;
	while (at < to && patterns[at].len == depth)
		at++;
	while (at < to) {
		struct interval interval = {at, at};

		while (interval.to < to &&
		       patterns[interval.to].text[depth] == patterns[at].text[depth])
			interval.to++;
		/* until the next node is divided, this is where the children end */
		add_child(building, state, interval);
		at = interval.to;
	}
}

struct automaton *
automaton_new(struct pattern *patterns, size_t count)
{
	struct automaton *automaton = xcalloc(1, sizeof(*automaton));
	struct building building = {.automaton = automaton, .patterns = patterns};
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += patterns[i].len;
	qsort(patterns, count, sizeof(*patterns), compare);
	/* never moved, which would leave a copy behind */
	automaton->nodes = xreallocarray(NULL, bytes + 2, sizeof(*automaton->nodes));
	building.intervals = xreallocarray(NULL, bytes + 1, sizeof(*building.intervals));
	automaton->nodes[0] = (struct node){0};
	building.intervals[0] = (struct interval){0, (uint32_t)count};
	automaton->count = 1;
	for (uint32_t state = 0; state < automaton->count; state++)
		divide(&building, state);
	automaton->nodes[automaton->count] = (struct node){.first = automaton->count};
	free(building.intervals);
	return automaton;
}

void
automaton_free(struct automaton *automaton)
{
	if (automaton == NULL)
		return;
	explicit_bzero(automaton->nodes, automaton->count * sizeof(*automaton->nodes));
	free(automaton->nodes);
	explicit_bzero(automaton, sizeof(*automaton));
	free(automaton);
}
