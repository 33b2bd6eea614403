#include <criterion/criterion.h>

#include "core/stretch.h"

enum { HALF = INT32_MAX };

/* At rest: either side has sent up to 1,000 and has acknowledged that of the other. */
static struct flow flow_at_rest(void)
{
	struct flow flow = {.last_ns = 5000};

	for (unsigned side = 0; side < 2; side++) {
		flow.end[side] = (struct endpoint){
			.iss = 1,
			.has_iss = true,
			.max = 1000,
			.una = 1000,
			.last_ack = 1000,
			.packets = 7,
		};
	}
	return flow;
}

static void remember(struct flow *flow, uint32_t seq, uint32_t payload_bytes, uint32_t ack)
{
	flow->frame[1][2] = (struct frame_print){
		.seq = seq, .ack = ack, .payload_bytes = payload_bytes, .kept = true};
}

static bool begins(const struct flow *flow)
{
	struct stretch stretch = {.source = 0};

	return stretch_begin(&stretch, flow);
}

Test(stretch, begins_where_remembered_payload_lies_before_what_is_to_come)
{
	struct flow flow = flow_at_rest();

	remember(&flow, 999, 1, 5000);
	cr_assert(begins(&flow));
	remember(&flow, 1000, 1, 900);
	cr_assert_not(begins(&flow));
	remember(&flow, 70000, 1, 900);
	cr_assert_not(begins(&flow));
}

Test(stretch, begins_where_no_remembered_acknowledgement_is_still_to_come)
{
	struct flow flow = flow_at_rest();

	remember(&flow, 1000, 0, 1000);
	cr_assert(begins(&flow));
	remember(&flow, 1000, 0, 1001);
	cr_assert_not(begins(&flow));
}

Test(stretch, ends_before_numbers_are_half_the_circle_from_the_first_one)
{
	struct flow flow = flow_at_rest();
	struct stretch stretch = {.source = 0};

	cr_assert(stretch_begin(&stretch, &flow));
	cr_assert_eq(stretch.end[0].payload_left, HALF - 999);
	flow.end[0].max = UINT32_C(0x80000000);
	cr_assert(stretch_begin(&stretch, &flow));
	cr_assert_eq(stretch.end[0].payload_left, 0);
	cr_assert_eq(stretch.end[1].payload_left, HALF - 999);
	flow.end[0].max++;
	cr_assert_not(begins(&flow));
}

Test(stretch, ends_before_numbers_are_half_the_circle_from_what_was_acknowledged)
{
	struct flow flow = flow_at_rest();
	struct stretch stretch = {.source = 0};

	flow.end[0].has_iss = false;
	flow.end[0].max = 3000;
	cr_assert(stretch_begin(&stretch, &flow));
	cr_assert_eq(stretch.end[0].payload_left, HALF - 2000);
}

Test(stretch, without_segments_changes_nothing)
{
	struct flow flow = flow_at_rest(), entered = flow;
	struct stretch stretch = {.source = 0};

	cr_assert(stretch_begin(&stretch, &flow));
	stretch_enter(&stretch, &entered);
	cr_assert_eq(entered.last_ns, 5000);
	cr_assert_eq(entered.end[0].max, 1000);
	cr_assert_eq(entered.end[0].packets, 7);
	cr_assert_eq(entered.end[0].last.number, 0);
	cr_assert_eq(entered.next_frame[0], 0);
}
