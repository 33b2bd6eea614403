#define _POSIX_C_SOURCE 200809L

#include "pipeline/crew.h"

#include "pipeline/journal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { ROUNDS = 8, CHUNKS = 8, CHUNK_BYTES = 256 * 1024 };

/* What one worker has to do in one round. */
struct task {
	struct item item[CREW_TASK_ITEMS];
	unsigned count;
	int64_t clock_ns; /* at the round's end, */
	uint64_t ordinal; /* and the last segment's of all workers */
	bool finish;      /* there is no further round */
	enum finish_reason reason;
};

/*
 * The caller fills task `given`, the worker does task `done`; the worker fills chunk `told`, the
 * caller delivers chunk `delivered`: each a number that only its one side raises, under the crew's
 * lock, and a place in its ring modulo the ring's size.
 */
struct worker {
	struct crew *crew;
	pthread_t thread;
	struct partitions *partitions;
	struct task task[ROUNDS];
	struct journal chunk[CHUNKS];
	uint64_t given, done, told, delivered;
	struct order mark; /* nothing that it tells from now on stands before this */
	bool failed;

	/* The caller's own. */
	uint64_t known;       /* of `told`, when last looked at */
	size_t offset_bytes;  /* in the chunk that is being delivered */
	struct order horizon; /* of `mark` */
};

struct crew {
	struct report_sink sink;
	pthread_mutex_t lock;
	pthread_cond_t work, news; /* for the workers; for the caller */
	uint64_t news_told;
	bool quit;
	unsigned count, running;

	/* The caller's own. */
	uint64_t news_seen;
	bool failed;
	struct worker worker[];
};

static const struct order the_end = {INT64_MAX, UINT64_MAX, INT64_MAX, UINT64_MAX};

static struct journal *open_chunk(struct worker *worker)
{
	return &worker->chunk[worker->told % CHUNKS];
}

static void tell_news(struct crew *crew)
{
	crew->news_told++;
	pthread_cond_signal(&crew->news);
}

/* Hands over what was told so far, and waits for a chunk to go on with. */
static void publish(struct worker *worker, const struct order *mark)
{
	struct crew *crew = worker->crew;

	pthread_mutex_lock(&crew->lock);
	worker->mark = *mark;
	worker->failed |= open_chunk(worker)->failed || partitions_failed(worker->partitions);
	if (open_chunk(worker)->used_bytes > 0)
		worker->told++;
	tell_news(crew);
	while (worker->told - worker->delivered == CHUNKS && !crew->quit)
		pthread_cond_wait(&crew->work, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	journal_clear(open_chunk(worker));
}

/* Where the next report goes; a full chunk is handed over first. */
static struct journal *journal_of(struct worker *worker)
{
	if (open_chunk(worker)->used_bytes >= CHUNK_BYTES)
		publish(worker, partitions_order(worker->partitions));
	return open_chunk(worker);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct worker *worker = context;

	journal_flow(journal_of(worker), partitions_order(worker->partitions), report);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct worker *worker = context;

	journal_anomaly(journal_of(worker), partitions_order(worker->partitions), report);
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct worker *worker = context;

	journal_transition(journal_of(worker), partitions_order(worker->partitions), report);
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	struct worker *worker = context;

	journal_time_wait(journal_of(worker), partitions_order(worker->partitions), report);
}

static void on_port(void *context, const struct port_report *report)
{
	struct worker *worker = context;

	journal_port(journal_of(worker), partitions_order(worker->partitions), report);
}

static void do_task(struct worker *worker, struct task *task)
{
	struct order mark = {task->clock_ns, task->ordinal, INT64_MAX, UINT64_MAX};

	if (task->finish) {
		partitions_finish(worker->partitions, task->clock_ns, task->reason);
		publish(worker, &the_end);
		return;
	}
	partitions_run(worker->partitions, task->item, task->count);
	partitions_advance(worker->partitions, task->clock_ns);
	publish(worker, &mark);
}

/* The next task, or NULL when there will be none. */
static struct task *wait_for_task(struct worker *worker)
{
	struct crew *crew = worker->crew;
	struct task *task = NULL;

	pthread_mutex_lock(&crew->lock);
	while (worker->given == worker->done && !crew->quit)
		pthread_cond_wait(&crew->work, &crew->lock);
	if (!crew->quit)
		task = &worker->task[worker->done % ROUNDS];
	pthread_mutex_unlock(&crew->lock);
	return task;
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct crew *crew = worker->crew;
	struct task *task;

	while ((task = wait_for_task(worker)) != NULL) {
		do_task(worker, task);
		task->count = 0;
		pthread_mutex_lock(&crew->lock);
		worker->done++;
		tell_news(crew);
		pthread_mutex_unlock(&crew->lock);
	}
	return NULL;
}

/* Signals are for the thread that waits for input. */
static bool start_thread(struct worker *worker)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

static bool start_worker(struct crew *crew, const struct partitions_config *config,
			 const struct report_sink *sink, unsigned index)
{
	struct worker *worker = &crew->worker[index];
	struct report_sink journals = {
		.context = worker,
		.flow = sink->flow != NULL ? on_flow : NULL,
		.anomaly = sink->anomaly != NULL ? on_anomaly : NULL,
		.transition = sink->transition != NULL ? on_transition : NULL,
		.time_wait = sink->time_wait != NULL ? on_time_wait : NULL,
		.port = sink->port != NULL ? on_port : NULL,
	};

	worker->crew = crew;
	worker->mark = worker->horizon = (struct order){INT64_MIN, 0, INT64_MIN, 0};
	worker->partitions = partitions_create(config, &journals, index, crew->count);
	return worker->partitions != NULL && start_thread(worker);
}

struct crew *crew_create(const struct partitions_config *config, const struct report_sink *sink,
			 unsigned workers)
{
	struct crew *crew = calloc(1, sizeof *crew + workers * sizeof crew->worker[0]);

	if (crew == NULL)
		return NULL;
	crew->sink = *sink;
	crew->count = workers;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->work, NULL);
	pthread_cond_init(&crew->news, NULL);
	for (; crew->running < workers; crew->running++) {
		if (!start_worker(crew, config, sink, crew->running)) {
			crew_destroy(crew);
			return NULL;
		}
	}
	return crew;
}

static void release_worker(struct worker *worker)
{
	if (worker->partitions != NULL)
		partitions_destroy(worker->partitions);
	for (unsigned i = 0; i < CHUNKS; i++)
		journal_release(&worker->chunk[i]);
}

void crew_destroy(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->quit = true;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 0; i < crew->running; i++)
		pthread_join(crew->worker[i].thread, NULL);
	for (unsigned i = 0; i < crew->count; i++)
		release_worker(&crew->worker[i]);
	pthread_cond_destroy(&crew->news);
	pthread_cond_destroy(&crew->work);
	pthread_mutex_destroy(&crew->lock);
	free(crew);
}

static struct worker *host_of(struct crew *crew, unsigned partition)
{
	return &crew->worker[partition % crew->count];
}

/* The workers look at their partitions only once a round was given to them. */
void crew_take_over(struct crew *crew, struct partitions *partitions)
{
	for (unsigned i = 0; i < PARTITIONS; i++)
		partitions_move(partitions, i, host_of(crew, i)->partitions);
}

static struct task *open_task(struct worker *worker)
{
	return &worker->task[worker->given % ROUNDS];
}

struct item *crew_item(struct crew *crew, unsigned partition)
{
	struct task *task = open_task(host_of(crew, partition));

	return &task->item[task->count];
}

bool crew_take(struct crew *crew, unsigned partition)
{
	return ++open_task(host_of(crew, partition))->count < CREW_TASK_ITEMS;
}

/* Takes note of what the workers have told by now. */
static void look(struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++) {
		struct worker *worker = &crew->worker[i];

		worker->known = worker->told;
		worker->horizon = worker->mark;
		crew->failed |= worker->failed;
	}
}

/* The worker's next report; NULL: none that is known of. */
static const struct entry *next_entry(const struct worker *worker)
{
	if (worker->delivered == worker->known)
		return NULL;
	return journal_at(&worker->chunk[worker->delivered % CHUNKS], worker->offset_bytes);
}

/* The worker whose next report, or whatever it will tell next, stands first. */
static struct worker *first_worker(struct crew *crew, const struct entry **entry)
{
	struct worker *first = NULL;
	const struct order *first_order = NULL;

	for (unsigned i = 0; i < crew->count; i++) {
		struct worker *worker = &crew->worker[i];
		const struct entry *next = next_entry(worker);
		const struct order *order = next != NULL ? entry_order(next) : &worker->horizon;

		if (first == NULL || order_is_before(order, first_order)) {
			first = worker;
			first_order = order;
			*entry = next;
		}
	}
	return first;
}

static void give_back_chunk(struct worker *worker)
{
	struct crew *crew = worker->crew;

	worker->offset_bytes = 0;
	pthread_mutex_lock(&crew->lock);
	worker->delivered++;
	pthread_cond_broadcast(&crew->work);
	look(crew);
	pthread_mutex_unlock(&crew->lock);
}

/* Delivers what is known and what nothing can come before. */
static void deliver(struct crew *crew)
{
	const struct entry *entry = NULL;
	struct worker *worker;

	while ((worker = first_worker(crew, &entry)), entry != NULL) {
		entry_deliver(entry, &crew->sink);
		worker->offset_bytes += entry_bytes(entry);
		if (next_entry(worker) == NULL)
			give_back_chunk(worker);
	}
}

static bool has_room(const struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++) {
		if (crew->worker[i].given - crew->worker[i].done == ROUNDS)
			return false;
	}
	return true;
}

static bool is_idle(const struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++) {
		if (crew->worker[i].given != crew->worker[i].done)
			return false;
	}
	return true;
}

/* Delivers until the workers have come so far. */
static void wait_until(struct crew *crew, bool (*reached)(const struct crew *crew))
{
	bool there = false;

	while (!there) {
		pthread_mutex_lock(&crew->lock);
		while (!reached(crew) && crew->news_told == crew->news_seen)
			pthread_cond_wait(&crew->news, &crew->lock);
		crew->news_seen = crew->news_told;
		there = reached(crew);
		look(crew);
		pthread_mutex_unlock(&crew->lock);
		deliver(crew);
	}
}

/* Gives out the task that was filled for each worker. */
static void give(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	for (unsigned i = 0; i < crew->count; i++)
		crew->worker[i].given++;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
}

static void give_round(struct crew *crew, int64_t clock_ns, uint64_t ordinal)
{
	for (unsigned i = 0; i < crew->count; i++) {
		open_task(&crew->worker[i])->clock_ns = clock_ns;
		open_task(&crew->worker[i])->ordinal = ordinal;
	}
	give(crew);
}

void crew_end_round(struct crew *crew, int64_t clock_ns, uint64_t ordinal)
{
	give_round(crew, clock_ns, ordinal);
	wait_until(crew, has_room);
}

void crew_flush(struct crew *crew, int64_t clock_ns, uint64_t ordinal)
{
	give_round(crew, clock_ns, ordinal);
	wait_until(crew, is_idle);
}

void crew_finish(struct crew *crew, int64_t clock_ns, enum finish_reason reason)
{
	for (unsigned i = 0; i < crew->count; i++) {
		open_task(&crew->worker[i])->clock_ns = clock_ns;
		open_task(&crew->worker[i])->finish = true;
		open_task(&crew->worker[i])->reason = reason;
	}
	give(crew);
	wait_until(crew, is_idle);
}

void crew_note_loss(struct crew *crew, int64_t until_ns)
{
	for (unsigned i = 0; i < crew->count; i++)
		partitions_note_loss(crew->worker[i].partitions, until_ns);
}

void crew_stats(const struct crew *crew, struct analyzer_stats *stats)
{
	for (unsigned i = 0; i < crew->count; i++)
		partitions_stats(crew->worker[i].partitions, stats);
}

void crew_archive(struct archive *archive, struct crew *crew, unsigned partition)
{
	partitions_archive(archive, host_of(crew, partition)->partitions, partition);
}

bool crew_failed(const struct crew *crew)
{
	return crew->failed;
}
