#include "run/inputs.h"

#include "process/status.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { UNREAD_MAX = 64 };

struct input {
	struct source *source; /* NULL: could not be opened */
	unsigned place;        /* in the merge */
	struct source_error error;
};

/* Frames of one link type in one capture that could not be read. */
struct unread {
	uint16_t input;
	uint16_t linktype;
	uint64_t frames;
};

struct inputs {
	const char *const *names;
	unsigned count;
	struct input *input;
	struct source_info *info;
	struct merge *merge;
	struct unread unread[UNREAD_MAX];
	unsigned unread_count;
};

static bool allocate(struct inputs *inputs, unsigned count)
{
	inputs->input = calloc(count + 1U, sizeof(*inputs->input));
	inputs->info = calloc(count + 1U, sizeof(*inputs->info));
	return inputs->input != NULL && inputs->info != NULL;
}

/* Opens all that can be opened and reads them as one. */
static bool open_all(struct inputs *inputs, enum merge_order order, enum growth growth,
		     const struct talk *talk)
{
	struct source *(*open)(const char *, uint16_t, struct source_error *) =
		growth == GROWTH_AWAITED ? source_open_growing : source_open_file;
	struct source **opened = calloc(inputs->count + 1U, sizeof(struct source *));
	unsigned opened_count = 0;

	if (opened == NULL)
		return false;
	for (unsigned i = 0; i < inputs->count; i++) {
		struct input *input = &inputs->input[i];

		input->source = open(inputs->names[i], (uint16_t)i, &input->error);
		if (input->source == NULL) {
			talk_error(talk, "%s", input->error.text);
			continue;
		}
		input->place = opened_count;
		opened[opened_count++] = input->source;
	}
	inputs->merge = merge_create(opened, opened_count, order);
	free(opened);
	return inputs->merge != NULL;
}

struct inputs *inputs_open(const char *const *names, unsigned count, enum merge_order order,
			   enum growth growth, const struct talk *talk)
{
	struct inputs *inputs = calloc(1, sizeof(*inputs));

	if (inputs == NULL)
		return NULL;
	inputs->names = names;
	inputs->count = count;
	if (!allocate(inputs, count) || !open_all(inputs, order, growth, talk)) {
		inputs_close(inputs);
		return NULL;
	}
	return inputs;
}

void inputs_close(struct inputs *inputs)
{
	if (inputs->merge != NULL)
		merge_destroy(inputs->merge);
	for (unsigned i = 0; inputs->input != NULL && i < inputs->count; i++)
		if (inputs->input[i].source != NULL)
			source_close(inputs->input[i].source);
	free(inputs->input);
	free(inputs->info);
	free(inputs);
}

enum source_status inputs_next(struct inputs *inputs, struct frame *frame)
{
	return merge_next(inputs->merge, frame);
}

unsigned inputs_more(struct inputs *inputs, struct frame *frames, unsigned room)
{
	return merge_more(inputs->merge, frames, room);
}

/* Beyond UNREAD_MAX pairs of capture and link type the last entry takes the rest. */
void inputs_count_unread(struct inputs *inputs, const struct frame *frame)
{
	struct unread *unread = inputs->unread;

	for (unsigned i = 0; i < inputs->unread_count; i++, unread++) {
		if (unread->input == frame->source && unread->linktype == frame->linktype) {
			unread->frames++;
			return;
		}
	}
	if (inputs->unread_count == UNREAD_MAX) {
		unread[-1].frames++;
		return;
	}
	*unread = (struct unread){.input = frame->source, .linktype = frame->linktype, .frames = 1};
	inputs->unread_count++;
}

void inputs_progress(const struct inputs *inputs, struct progress_state *state)
{
	bool known = true;

	state->done_bytes = state->whole_bytes = 0;
	for (unsigned i = 0; i < inputs->count; i++) {
		struct source_info info;

		if (inputs->input[i].source == NULL)
			continue;
		source_info(inputs->input[i].source, &info);
		known = known && info.size_bytes != 0;
		state->done_bytes += info.bytes;
		state->whole_bytes += info.size_bytes;
	}
	if (!known)
		state->whole_bytes = 0;
}

/* One warning for a capture with frames that could not be read; each link type by itself when notes
 * are wanted. */
static void tell_unread(const struct inputs *inputs, unsigned index, const struct talk *talk)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < inputs->unread_count; i++) {
		const struct unread *unread = &inputs->unread[i];
		const char *name = source_linktype_name(unread->linktype);

		if (unread->input != index)
			continue;
		frames += unread->frames;
		talk_note(talk,
			  "%s: %" PRIu64 " frames of link type %u (%s) could not be looked into",
			  inputs->names[index], unread->frames, unread->linktype,
			  name != NULL ? name : "unknown");
	}
	if (frames != 0 && talk->verbose == 0)
		talk_warning(talk,
			     "%s: %" PRIu64 " frames are of link types that tcpbye cannot look "
			     "into (name them with -v)",
			     inputs->names[index], frames);
}

static void append(char *text, size_t size, const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s", more);
}

static void tell_contents(const struct source_info *info, const struct talk *talk)
{
	char linktypes[512] = "";

	for (unsigned i = 0; i < info->linktype_count; i++) {
		const char *name = source_linktype_name(info->linktype[i]);
		char number[16];

		snprintf(number, sizeof(number), "%u", info->linktype[i]);
		append(linktypes, sizeof(linktypes), i > 0 ? ", " : "");
		append(linktypes, sizeof(linktypes), name != NULL ? name : number);
	}
	talk_note(talk, "%s: %s%s%s, link type %s, %" PRIu64 " frames in %" PRIu64 " bytes",
		  info->name, info->format != NULL ? info->format : "unknown format",
		  info->compression != NULL ? " in " : "",
		  info->compression != NULL ? info->compression : "",
		  linktypes[0] != '\0' ? linktypes : "none", info->frames, info->bytes);
}

/* What became of one capture, as an exit status. */
static int conclude_one(struct inputs *inputs, unsigned index, const struct talk *talk)
{
	struct input *input = &inputs->input[index];
	struct source_info info;
	enum source_status status;

	if (input->source == NULL)
		return STATUS_FAILED;
	source_info(input->source, &info);
	tell_contents(&info, talk);
	tell_unread(inputs, index, talk);
	status = merge_status(inputs->merge, input->place, &input->error);
	if (status != SOURCE_FAILED && status != SOURCE_CORRUPT)
		return STATUS_DONE;
	talk_error(talk, "%s", input->error.text);
	return status == SOURCE_FAILED ? STATUS_FAILED : STATUS_DAMAGED;
}

int inputs_conclude(struct inputs *inputs, const struct talk *talk)
{
	int status = STATUS_DONE;

	for (unsigned i = 0; i < inputs->count; i++)
		status = status_of_both(status, conclude_one(inputs, i, talk));
	return status;
}

const struct source_info *inputs_info(struct inputs *inputs)
{
	for (unsigned i = 0; i < inputs->count; i++) {
		if (inputs->input[i].source != NULL)
			source_info(inputs->input[i].source, &inputs->info[i]);
		else
			inputs->info[i].error = inputs->input[i].error.text;
		inputs->info[i].name = inputs->names[i];
	}
	return inputs->info;
}
