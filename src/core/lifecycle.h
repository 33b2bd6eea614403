/*
 * A flow's life: opened by its first segment, kept while something may come, reported when its
 * record is final.
 */
#ifndef TCPBYE_CORE_LIFECYCLE_H
#define TCPBYE_CORE_LIFECYCLE_H

#include "core/context.h"

/* A flow for the segment's tuple, with room made for it by eviction; POOL_NONE when there is no
 * memory. */
uint32_t lifecycle_open(struct analyzer *analyzer, const struct segment *segment);

/* Evicts flows until there is room for one more. */
void lifecycle_make_room(struct analyzer *analyzer);

/* By what the flow that this segment opens is called: it depends on the connection and its first
 * packet alone. */
uint64_t lifecycle_flow_id(const struct segment *segment);

/* One segment of the flow. */
void lifecycle_process(struct analyzer *analyzer, uint32_t handle, const struct segment *segment);

/* Between segments: packs records that nobody asks for, and evicts flows where memory is short. */
void lifecycle_settle(struct analyzer *analyzer);

/* The same after a segment that went the short way (steady.h), which takes no memory but what the
 * bound has already counted on. */
void lifecycle_settle_steady(struct analyzer *analyzer);

/* The same after a SYN that opened a flow the short way (first_syn.h). Where flows are not so few
 * that they may stay however little memory is allowed, lifecycle_make_room() saw to it that there
 * is more room than the SYN takes. */
void lifecycle_settle_opened(struct analyzer *analyzer);

/*
 * The same at the end of the input. Where no SYN is held that would become a flow, every report
 * gives memory back and none takes any. So once room was made nobody will be evicted, nor looked
 * for, nor added: from then on flows leave by flow_table_dismiss().
 */
void lifecycle_settle_end(struct analyzer *analyzer);

/* The second half of lifecycle_settle(). */
void lifecycle_reserve(struct analyzer *analyzer);

/* Says that the flow's end will be told of before long, if its tuple is a plain one: the sink may
 * fetch what that needs. The flow may have left since. */
void lifecycle_announce(const struct analyzer *analyzer, uint32_t handle,
			enum prefetch_round round);

/* Reports the flow and forgets it; a SYN that was held beside it becomes a flow of its own. */
void lifecycle_report(struct analyzer *analyzer, uint32_t handle, enum reason reason);

/* The flow's deadline has come, by its key: what is really due happens, and it is entered anew or
 * reported. */
void lifecycle_serve(struct analyzer *analyzer, uint32_t handle, int64_t at_ns);

#endif
