/*
 * What is known of the ends of connections, an address and a port each: which ones listen, since
 * they have answered a SYN, and with how many others each was met.
 *
 * It is what connections of one partition show about those of another. The reading thread notes it
 * as segments pass, and all threads ask it about a moment of the run: what was learned later does
 * not count, so that the answer is the same however far the others have come. Nothing is ever
 * forgotten; when a table is full, nothing more goes into it.
 */
#ifndef TCPBYE_PIPELINE_ENDS_H
#define TCPBYE_PIPELINE_ENDS_H

#include "core/analyzer.h"
#include "core/archive.h"

struct ends;

/* NULL when there is no memory. */
struct ends *ends_create(const struct memory *memory, const struct hash_key *key);
void ends_destroy(struct ends *ends);

/* To be called by one thread, with every segment in the order of their ordinals; with its hash. */
void ends_note(struct ends *ends, const struct segment *segment);

/* Has the processor fetch what ends_note() will need of a tuple with this hash. */
void ends_prefetch(const struct ends *ends, uint64_t hash);

/* How often tuples came that were not met lately. */
uint64_t ends_changes(const struct ends *ends);

/* True where the tuple of this hash was met lately: of a segment with neither SYN nor FIN nor RST
 * nothing would be noted. */
bool ends_know(const struct ends *ends, uint64_t hash);

/* While reading, nothing must have been noted yet. */
void ends_archive(struct archive *archive, struct ends *ends);

/* What analyzers are to ask. */
struct ends_knowledge ends_knowledge(const struct ends *ends);

#endif
