/* test_work_steps.c - what may happen between two steps of a CPU, in turn.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * There is one thread. Before each atomic operation and each pause of the
 * code under test a hook is called, which may act as another CPU; so each
 * order of events is tried, not only those that threads happen to show.
 */
#include "check.h"
#include <setjmp.h>
#include <string.h>

static void step(void);
static void waits(void);

#include <pure64/cpu.h>
#define __atomic_load_n(...) (step(), __atomic_load_n(__VA_ARGS__))
#define __atomic_store_n(...) (step(), __atomic_store_n(__VA_ARGS__))
#define __atomic_fetch_or(...) (step(), __atomic_fetch_or(__VA_ARGS__))
#define __atomic_fetch_and(...) (step(), __atomic_fetch_and(__VA_ARGS__))
#define __atomic_fetch_add(...) (step(), __atomic_fetch_add(__VA_ARGS__))
#define __atomic_compare_exchange_n(...) \
    (step(), __atomic_compare_exchange_n(__VA_ARGS__))
#define cpu_pause() waits()
#include "../../os/parallel.c"
#include "../../os/work.c"
#include "../../os/work_queue.c"

#define CPUS 3
#define CPUS_MOST 5
#define STEPS 60    /* more than any call below has */

/* What happens before step number `at`, and when the code waits. */
static void (*event)(void);
static void (*waiting)(void);
static unsigned at, steps;

static void step(void)
{
    void (*now)(void) = event;

    if (steps++ == at && now) {
        event = 0;
        now();
    }
}

/* What has not happened by now does. */
static void happen(void)
{
    void (*now)(void) = event;

    event = 0;
    if (now)
        now();
}

static void waits(void)
{
    if (event)
        happen();
    else
        waiting();
}

/* ---- The machine. */
static struct kernel_cpu cpu_memory[CPUS_MOST];
static struct kernel_cpu *cpu_table[CPUS_MOST];
static unsigned cpus = CPUS, this_cpu, woken[CPUS_MOST], ran;

static unsigned mock_cpu_count(void)
{
    return cpus;
}

static unsigned mock_cpu_number(void)
{
    return this_cpu;
}

static struct kernel_cpu *const *mock_cpus(void)
{
    return cpu_table;
}

static void mock_wake(unsigned cpu)
{
    woken[cpu]++;
}

static void mock_stop_check(void)
{
}

static const struct baremetal os = {
    .cpu_count = mock_cpu_count, .cpu_number = mock_cpu_number,
};
/* So that loops that wait call it in each turn. */
static const uint8_t stopping = 1;
static const struct kernel_services kernel = {
    .cpus = mock_cpus, .cpu_wake = mock_wake, .stop_check = mock_stop_check,
    .stopping = &stopping,
};

/* All CPUs idle, nothing to happen. */
static void start(void)
{
    event = waiting = 0;
    ran = 0;
    memset(cpu_memory, 0, sizeof cpu_memory);
    memset(woken, 0, sizeof woken);
    for (unsigned i = 0; i < CPUS_MOST; i++)
        cpu_table[i] = &cpu_memory[i];
    work_init(&os, &kernel);
}

/* It happens before that step of what follows. */
static void arm(void (*happens)(void), unsigned before_step)
{
    steps = 0;
    at = before_step;
    event = happens;
}

/* CPU 1 idle, hinted or not, CPU 2 busy for ever. */
static void start_one_idle(int hinted)
{
    start();
    work_claim(work_mailbox(2));
    idle_hints[0] = hinted ? 6 : 0;
}

/* A CPU looks for work and does what it finds; 1 if it found some. */
static int turn_of(unsigned cpu)
{
    unsigned caller = this_cpu;
    struct os_work work;

    this_cpu = cpu;
    work = work_next(cpu);
    if (work.function) {
        work.function(work.argument);
        work_done(cpu);
    }
    this_cpu = caller;
    return work.function != 0;
}

static void count_run(void *unused)
{
    (void)unused;
    ran++;
}

/* ---- An item comes while a CPU becomes idle, and the reverse. */
static void add_item(void)
{
    CHECK(work_queue_add(count_run, 0) == 0);
}

static void give_work(void)
{
    CHECK(work_run(1, count_run, 0) == 0);
}

static int found;

/* Not while an item has its place but is not there yet: the CPU would wait
 * for it, and it comes only if this goes on. */
static void look(void)
{
    event = 0;
    if (queue.tail != queue.head && !queue.items[0].entry) {
        at = steps;
        event = look;
    } else {
        found |= turn_of(1);
    }
}

static void test_no_wake_up_is_lost(void)
{
    for (unsigned i = 0; i < 2 * STEPS; i++) {
        start_one_idle(i % 2);
        arm(add_item, i / 2);
        found = turn_of(1);
        happen(); /* if the call was shorter */
        CHECK(found || woken[1]);
        if (woken[1])
            turn_of(1);
        CHECK(ran == 1);

        start_one_idle(i % 2);
        found = 0;
        arm(look, i / 2);
        add_item();
        CHECK(found || woken[1] || event);
        happen();
        if (woken[1])
            turn_of(1);
        CHECK(ran == 1);

        start_one_idle(i % 2);
        arm(give_work, i / 2);
        turn_of(1);
        happen();
        CHECK(woken[1] == 1);
        turn_of(1);
        CHECK(ran == 1 && !work_is_busy(1));
    }
}

/* A CPU is woken for each item as long as there are idle ones, and again
 * once it has been idle again. */
static void test_one_wake_up_an_item(void)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        add_item();
    CHECK(woken[1] == 1 && woken[2] == 1);
    CHECK(turn_of(1) && ran == 3);
    CHECK(!turn_of(2) && !turn_of(1));
    add_item();
    CHECK(woken[1] == 2 && woken[2] == 1);
    CHECK(turn_of(1) && !turn_of(1));
    /* Not the one that has work of its own by now. */
    CHECK(work_run(1, count_run, 0) == 0 && woken[1] == 3);
    add_item();
    CHECK(woken[1] == 3 && woken[2] == 2);
}

/* ---- A CPU that was woken for an item is given other work before it looks:
 * another one is woken. */
static void check_second_takes_it(void)
{
    happen();
    CHECK(woken[2] && turn_of(2) && ran == 1);
    CHECK(turn_of(1) && ran == 2);
}

static void test_wake_up_is_passed_on(void)
{
    for (unsigned i = 0; i < STEPS; i++) {
        start();
        arm(give_work, i);
        add_item();
        check_second_takes_it();

        start();
        arm(add_item, i);
        give_work();
        check_second_takes_it();
    }
}

/* In the caller's part; the helpers do not come in time. */
static void others_take_all(uint64_t begin, uint64_t end, void *argument)
{
    (void)end;
    (void)argument;
    if (begin)
        return;
    for (unsigned cpu = 3; cpu < cpus; cpu++)
        CHECK(woken[cpu] == 1);
    CHECK(turn_of(3) && ran == 2);
}

static void test_wake_ups_are_passed_on(void)
{
    cpus = CPUS_MOST;
    start();
    add_item();
    add_item();
    CHECK(woken[1] == 1 && woken[2] == 1);
    parallel_for(0, 3, 1, others_take_all, 0);
    CHECK(woken[1] == 2 && woken[2] == 2);
    cpus = CPUS;
}

/* ---- Work that is handed to and fro while somebody waits for all. */
static void hand_on(void *unused)
{
    (void)unused;
    CHECK(work_run(this_cpu == 1 ? 2 : 1, count_run, 0) == 0);
}

static void hand_to_queue(void *unused)
{
    (void)unused;
    add_item();
}

static void next_turn(void)
{
    if (!turn_of(1))
        turn_of(2);
}

/* CPU 2 gives CPU 1 or the queue work, then is idle. */
static void second_turn(void)
{
    turn_of(2);
}

static void test_wait_all(void)
{
    for (unsigned i = 0; i < STEPS; i++)
        for (unsigned first = 1; first < CPUS; first++) {
            start();
            CHECK(work_run(first, hand_on, 0) == 0);
            arm(first == 1 ? next_turn : second_turn, i);
            waiting = next_turn;
            work_wait_all();
            CHECK(ran == 1 && !work_is_busy(1) && !work_is_busy(2));

            /* An item that no other CPU takes. */
            start();
            CHECK(work_run(2, hand_to_queue, 0) == 0);
            arm(second_turn, i);
            waiting = second_turn;
            work_wait_all();
            CHECK(ran == 1);
        }
}

/* Work handed on just between the looks at the two CPUs: CPU 2 is idle
 * before, CPU 1 behind it, and they have never been idle at once. */
static unsigned rounds;

static void to_and_fro(void *unused)
{
    (void)unused;
    if (rounds && rounds--)
        CHECK(work_run(this_cpu == 1 ? 2 : 1, to_and_fro, 0) == 0);
    else
        ran++;
}

static void each_step(void)
{
    event = 0;
    next_turn();
    at = steps + 1;
    event = each_step;
}

static void test_wait_all_to_and_fro(void)
{
    for (unsigned every = 1; every < 8; every++)
        for (unsigned i = 0; i < STEPS; i++) {
            start();
            rounds = every;
            CHECK(work_run(1 + i % 2, to_and_fro, 0) == 0);
            arm(each_step, i / 2);
            waiting = next_turn;
            work_wait_all();
            CHECK(ran == 1);
        }
}

/* ---- A helper has left the loop, but not yet said work_done. */
static void act_as_helper(uint64_t begin, uint64_t end, void *argument)
{
    struct os_work work;

    (void)end;
    (void)argument;
    ran++;
    if (begin == 0) {
        this_cpu = 1;
        work = work_next(1);
        CHECK(work.function == parallel_help);
        work.function(work.argument);
        this_cpu = 0;
    }
}

static void test_helper_is_free_at_once(void)
{
    start();
    parallel_for(0, 2, 1, act_as_helper, 0);
    CHECK(ran == 2);
    CHECK(work_run(1, count_run, 0) == 0);
    work_done(1);
    CHECK(work_is_busy(1));
    CHECK(turn_of(1) && ran == 3);
    CHECK(!work_is_busy(1));
}

/* The loop takes its mailbox back just when the helper comes, and that is
 * given other work at once. */
static void one_part(uint64_t begin, uint64_t end, void *argument)
{
    (void)argument;
    ran += (unsigned)(end - begin);
}

static void test_helper_comes_late(void)
{
    for (unsigned i = 0; i < STEPS; i++) {
        start();
        waiting = next_turn;
        arm(look, i);
        parallel_for(0, 3, 1, one_part, 0);
        CHECK(ran == 3 && !work_is_busy(1) && !work_is_busy(2));
        CHECK(!turn_of(1) && !turn_of(2));
    }
}

/* ---- The ring: a CPU that is held up when it has claimed its place. */
static jmp_buf out;
static unsigned waits_for_place;

static void give_up(void)
{
    waits_for_place++;
    longjmp(out, 1);
}

static void take_lap(void)
{
    /* The first waits for the place as long as it is not free, the second
     * as long as there is not the item of this lap. */
    waiting = give_up;
    while (work_queue_run())
        ;
}

static void add_lap(void)
{
    waiting = take_lap;
    for (unsigned i = 0; i < WORK_QUEUE_ITEMS; i++)
        work_queue_add(count_run, 0);
}

static void test_lap(void)
{
    start();
    work_queue_add(count_run, 0);
    /* Steps of work_queue_run: head, tail, the claim, the entry. */
    arm(add_lap, 3);
    if (!setjmp(out))
        work_queue_run();
    CHECK(waits_for_place == 1);
    CHECK(queue.head == WORK_QUEUE_ITEMS + 1 && ran == WORK_QUEUE_ITEMS - 1);
}

int main(void)
{
    test_no_wake_up_is_lost();
    test_one_wake_up_an_item();
    test_wake_up_is_passed_on();
    test_wake_ups_are_passed_on();
    test_wait_all();
    test_wait_all_to_and_fro();
    test_helper_is_free_at_once();
    test_helper_comes_late();
    test_lap();
    return check_report("test_work_steps");
}
