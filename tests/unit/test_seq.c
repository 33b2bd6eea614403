#include <criterion/criterion.h>

#include "core/endpoint.h"
#include "core/seq.h"

Test(seq, compares_on_both_sides_of_zero)
{
	cr_assert_eq(seq_diff(5, 3), 2);
	cr_assert_eq(seq_diff(3, 5), -2);
	cr_assert_eq(seq_diff(0, UINT32_MAX), 1);
	cr_assert_eq(seq_diff(UINT32_MAX, 0), -1);
	cr_assert(seq_lt(UINT32_MAX, 0) && seq_gt(0, UINT32_MAX));
	cr_assert(seq_leq(7, 7) && seq_geq(7, 7));
	cr_assert_not(seq_lt(7, 7));
}

Test(seq, half_the_circle_is_the_limit)
{
	cr_assert_eq(seq_diff(UINT32_C(0x7fffffff), 0), INT32_MAX);
	cr_assert_eq(seq_diff(UINT32_C(0x80000000), 0), INT32_MIN);
	cr_assert_eq(seq_diff(UINT32_C(0x80000001), 0), -INT32_MAX);
}

Test(seq, max_is_the_later_one)
{
	cr_assert_eq(seq_max(UINT32_MAX, 0), 0);
	cr_assert_eq(seq_max(10, 9), 10);
}

static struct endpoint at(uint32_t begin)
{
	struct endpoint end = {0};

	endpoint_cover(&end, begin, begin);
	return end;
}

Test(endpoint, grows_in_order_across_zero)
{
	struct endpoint end = at(UINT32_MAX - 9);

	endpoint_cover(&end, UINT32_MAX - 9, 10);
	cr_assert_eq(end.max, 10);
	cr_assert_eq(end.contiguous, 10);
	cr_assert_not(endpoint_acknowledged(&end, 5));
	cr_assert_eq(endpoint_outstanding(&end, end.una), 5);
	cr_assert_not(endpoint_acknowledged(&end, 10));
	cr_assert_eq(endpoint_outstanding(&end, end.una), 0);
}

Test(endpoint, a_hole_holds_back_what_is_contiguous_until_it_is_filled)
{
	struct endpoint end = at(100);

	endpoint_cover(&end, 200, 300);
	cr_assert_eq(end.max, 300);
	cr_assert_eq(end.contiguous, 100);
	endpoint_cover(&end, 300, 400);
	cr_assert_eq(end.contiguous, 100);
	endpoint_cover(&end, 100, 200);
	cr_assert_eq(end.contiguous, 400);
}

Test(endpoint, an_acknowledgement_across_a_hole_tells_of_bytes_never_seen)
{
	struct endpoint end = at(100);

	endpoint_cover(&end, 200, 300);
	cr_assert(endpoint_acknowledged(&end, 300));
	cr_assert_eq(end.contiguous, 300);
	cr_assert_not(end.has_island);
}

Test(endpoint, an_unacknowledged_fin_is_not_a_lost_byte)
{
	struct endpoint end = at(100);

	endpoint_cover(&end, 100, 111);
	end.has_fin = true;
	end.fin_seq = 110;
	cr_assert_eq(endpoint_outstanding(&end, end.una), 10);
}

Test(endpoint, an_acknowledgement_counts_among_what_was_sent)
{
	struct endpoint end = at(UINT32_MAX - 9);

	endpoint_cover(&end, UINT32_MAX - 9, 10);
	cr_assert_eq(endpoint_outstanding(&end, 5), 5);
	cr_assert_eq(endpoint_outstanding(&end, UINT32_MAX - 10), 20, "below what is acknowledged");
	cr_assert_eq(endpoint_outstanding(&end, 11), 20, "beyond what was sent");
}
