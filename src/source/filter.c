#define _DEFAULT_SOURCE

#include "source/filter.h"

#include "source/linktype.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINKTYPE_ETHERNET = 1, SNAPLEN_BYTES = 262144 };

/* The expression as compiled for one link type, or why it cannot be. */
struct program {
	struct program *next;
	unsigned linktype;
	bool compiled;
	struct bpf_program code;
	struct source_error error;
};

struct filter {
	struct program *programs; /* the latest used one first */
	char expression[];
};

static void fail(struct source_error *error, const char *expression, const char *why)
{
	snprintf(error->text, sizeof(error->text), "filter \"%.160s\": %.220s (see pcap-filter(7))",
		 expression, why);
}

static void fail_for_linktype(struct source_error *error, const char *expression, unsigned linktype,
			      const char *why)
{
	const char *name = source_linktype_name(linktype);
	char text[256];

	if (name)
		snprintf(text, sizeof(text), "cannot be used on frames of type %s: %.180s", name,
			 why);
	else
		snprintf(text, sizeof(text), "cannot be used on frames of type %u: %.180s",
			 linktype, why);
	fail(error, expression, text);
}

static void compile(struct program *program, const char *expression)
{
	pcap_t *dead = pcap_open_dead(linktype_to_dlt(program->linktype), SNAPLEN_BYTES);

	if (!dead) {
		fail(&program->error, expression, "no memory to compile it");
		return;
	}
	if (pcap_compile(dead, &program->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
		program->compiled = true;
	else if (program->linktype == LINKTYPE_ETHERNET)
		fail(&program->error, expression, pcap_geterr(dead));
	else
		fail_for_linktype(&program->error, expression, program->linktype,
				  pcap_geterr(dead));
	pcap_close(dead);
}

/* The program for a link type, moved to the front; NULL if memory is short. */
static struct program *program_for(struct filter *filter, unsigned linktype)
{
	struct program **link = &filter->programs;
	struct program *program;

	while (*link && (*link)->linktype != linktype)
		link = &(*link)->next;
	program = *link;
	if (program) {
		*link = program->next;
	} else {
		program = calloc(1, sizeof(*program));
		if (!program)
			return NULL;
		program->linktype = linktype;
		compile(program, filter->expression);
	}
	program->next = filter->programs;
	filter->programs = program;
	return program;
}

struct filter *filter_create(const char *expression, struct source_error *error)
{
	size_t size = strlen(expression) + 1;
	struct filter *filter = calloc(1, sizeof(*filter) + size);
	struct program *program = NULL;

	if (filter) {
		memcpy(filter->expression, expression, size);
		program = program_for(filter, LINKTYPE_ETHERNET);
	}
	if (program && program->compiled)
		return filter;
	if (program)
		*error = program->error;
	else
		fail(error, expression, "no memory to compile it");
	filter_destroy(filter);
	return NULL;
}

void filter_destroy(struct filter *filter)
{
	if (!filter)
		return;
	for (struct program *program = filter->programs; program;) {
		struct program *next = program->next;

		if (program->compiled)
			pcap_freecode(&program->code);
		free(program);
		program = next;
	}
	free(filter);
}

int filter_match(struct filter *filter, const struct frame *frame, struct source_error *error)
{
	struct program *program = filter->programs;

	if (program->linktype != frame->linktype)
		program = program_for(filter, frame->linktype);
	if (!program) {
		fail(error, filter->expression, "no memory to compile it");
		return -1;
	}
	if (!program->compiled) {
		*error = program->error;
		return -1;
	}
	struct pcap_pkthdr header = {.caplen = frame->captured_bytes, .len = frame->wire_bytes};
	return pcap_offline_filter(&program->code, &header, frame->bytes) != 0;
}
