/*
 * One way of frames through decoder and pipeline to reports, as run/run.c goes it.
 */
#ifndef TCPBYE_TESTS_PROPERTY_WAY_H
#define TCPBYE_TESTS_PROPERTY_WAY_H

#include "core/timeline.h"
#include "decode/decode.h"
#include "decode/reassembly.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"
#include "source/frame.h"

#include <stdio.h>

enum { WAY_SOURCES_BEFORE = 2, WAY_SOURCES = 5 };

/* What is told in bytes: reports as text, or an archive. */
struct told {
	FILE *file;
	char *bytes;
	size_t count;
};

struct way {
	struct pipeline *pipeline;
	struct express *express; /* NULL: the general way alone */
	struct reassembly *reassembly;
	struct timeline timeline;
	struct decode_counters decoder;
	struct sink *sink;
	struct told told;
	unsigned depth;
	uint16_t before; /* as many sources were there in earlier runs */
	int64_t last_ns;
	uint64_t went; /* frames that went the express way */
};

/* What tells ways of one round from those of another. */
struct way_config {
	struct analyzer_config analyzer;
	unsigned depth;  /* DECODE_* */
	uint16_t before; /* at most WAY_SOURCES_BEFORE */
	bool tells_steps;
	bool goes_express;
};

void told_open(struct told *told);

/* In place, since others point to it. What cannot be had ends the program with status 2. */
void way_open(struct way *way, const struct way_config *config);
void way_close(struct way *way);

void way_take(struct way *way, const struct frame *frames, unsigned count);
void way_finish(struct way *way);

/* The pipeline's archive; its bytes are to be freed. */
void way_store(const struct way *way, struct told *told);

#endif
