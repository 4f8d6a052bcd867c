/* test_fault_frames.c - who called whom, read off stacks good and bad.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/fault_frames.c os/fault_words.c
#include "check.h"
#include "fault_frames.h"
#include "fault_words.h"
#include <pure64/layout.h>
#include <stdlib.h>
#include <string.h>

#define STACK 0x10000u
#define WORDS 64u
#define STACK_END (STACK + WORDS * 8)
#define PROGRAM 0x400000u
#define SYSTEM LAYOUT_OS
#define CODE_BYTES 256u

static uint64_t stack[WORDS];
static uint8_t program[CODE_BYTES], os_code[CODE_BYTES];

static enum frames_region region(const struct frames_view *view,
                                 uint64_t address)
{
    (void)view;
    if (address - SYSTEM < CODE_BYTES)
        return FRAMES_SYSTEM;
    return address - PROGRAM < CODE_BYTES ? FRAMES_PROGRAM : FRAMES_NOWHERE;
}

static int read_part(uint64_t base, const void *bytes, size_t bytes_size,
                     uint64_t address, void *buffer, size_t size)
{
    if (address < base || address - base > bytes_size ||
        size > bytes_size - (address - base))
        return 0;
    memcpy(buffer, (const uint8_t *)bytes + (address - base), size);
    return 1;
}

static int read_fake(const struct frames_view *view, uint64_t address,
                     void *buffer, size_t size)
{
    (void)view;
    return read_part(STACK, stack, sizeof stack, address, buffer, size) ||
           read_part(PROGRAM, program, sizeof program, address, buffer,
                     size) ||
           read_part(SYSTEM, os_code, sizeof os_code, address, buffer, size);
}

static const struct frames_view view = {
    .region = region, .read = read_fake,
    .stack_start = STACK, .stack_end = STACK_END,
};

#define WORD(index) (STACK + (index) * 8u)

static void clear(void)
{
    memset(stack, 0, sizeof stack);
    memset(program, 0x90, sizeof program);
    memset(os_code, 0x90, sizeof os_code);
}

/* Code that ends at that offset; returns the address behind it. */
static uint64_t put_code(uint8_t *code, uint64_t base, unsigned end,
                         const char *bytes, unsigned count)
{
    memcpy(code + end - count, bytes, count);
    return base + end;
}

static uint64_t put_call(unsigned end)
{
    return put_code(program, PROGRAM, end, "\xE8\0\0\0\0", 5);
}

static uint64_t put_system_call(unsigned end)
{
    return put_code(os_code, SYSTEM, end, "\xE8\0\0\0\0", 5);
}

static void put_frame(unsigned at, uint64_t next, uint64_t returns)
{
    stack[at] = next;
    stack[at + 1] = returns;
}

static struct frames walk(uint64_t rip, uint64_t rsp, uint64_t rbp)
{
    struct frames frames;

    frames_walk(&view, rip, rsp, rbp, &frames);
    return frames;
}

static void test_chain(void)
{
    struct frames frames;
    uint64_t inner, outer, kernel;

    clear();
    inner = put_call(32);
    outer = put_call(64);
    kernel = put_system_call(32);
    put_frame(4, WORD(10), inner);
    put_frame(10, WORD(20), outer);
    put_frame(20, 0, kernel);
    frames = walk(PROGRAM + 1, WORD(2), WORD(4));
    CHECK(frames.count == 2);
    CHECK(frames.returns[0] == inner && frames.returns[1] == outer);
    /* A callback: the system is in the midst of the chain. */
    put_frame(20, WORD(30), kernel);
    put_frame(30, 0, outer);
    CHECK(walk(PROGRAM + 1, WORD(2), WORD(4)).count == 4);
}

static void test_wrong_chains(void)
{
    uint64_t returns;

    clear();
    returns = put_call(32);
    put_frame(4, WORD(4), returns); /* for ever */
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == 1);
    put_frame(4, WORD(3), returns); /* downwards */
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == 1);
    put_frame(4, WORD(10) + 4, returns); /* not aligned */
    memcpy((uint8_t *)&stack[11] + 4, &returns, sizeof returns);
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == 1);
    put_frame(4, STACK_END - 8, returns); /* half behind the stack */
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == 1);
    put_frame(4, UINT64_MAX - 7, returns);
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == 1);
    put_frame(4, 0, returns + 1); /* not behind a call */
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == 0);
    CHECK(walk(PROGRAM, WORD(6), WORD(4)).count == 0); /* below RSP */
    for (unsigned i = 4; i + 2 < WORDS; i += 2)
        put_frame(i, WORD(i + 2), returns);
    CHECK(walk(PROGRAM, WORD(2), WORD(4)).count == FRAMES_MAX);
}

/* A function that has no frame, or not yet. */
static void test_first_instructions(void)
{
    struct frames frames;
    uint64_t inner, outer;

    clear();
    inner = put_call(32);
    outer = put_call(64);
    put_frame(8, 0, outer);
    stack[4] = inner;
    frames = walk(PROGRAM + 100, WORD(4), WORD(8));
    CHECK(frames.count == 2 && frames.returns[0] == inner &&
          frames.returns[1] == outer);
    /* A wrong pointer was called. */
    frames = walk(0, WORD(4), WORD(8));
    CHECK(frames.count == 2 && frames.returns[0] == inner);
    /* RBP is pushed, and not changed. */
    stack[3] = WORD(8);
    frames = walk(PROGRAM + 100, WORD(3), WORD(8));
    CHECK(frames.count == 2 && frames.returns[0] == inner &&
          frames.returns[1] == outer);
}

/* In the system, whose RBP is no frame's. */
static void test_frame_pushed_by_the_system(void)
{
    struct frames frames;
    uint64_t inner, outer;

    clear();
    inner = put_call(32);
    outer = put_call(64);
    put_frame(20, WORD(30), outer);
    put_frame(30, 0, outer);
    stack[10] = inner;
    stack[6] = WORD(30); /* its own, by chance */
    stack[7] = WORD(20);
    frames = walk(SYSTEM, WORD(2), 5);
    CHECK(frames.count == 3 && frames.returns[0] == inner);
    stack[6] = stack[7] = 0;
    CHECK(walk(SYSTEM, WORD(2), 5).count == 1);
    CHECK(walk(SYSTEM, WORD(2), WORD(20)).count == 3);
}

static struct frames_call last_call(uint64_t rip, uint64_t rsp)
{
    struct frames_call call;

    frames_last_call(&view, rip, rsp, &call);
    return call;
}

static const struct {
    const char *code;
    unsigned length;
    int is_address;
    const char *name;
} calls[] = {
    { "\xFF\x53\x08", 3, 0, "write" },
    { "\xFF\x50\x10", 3, 0, "key" },
    { "\x41\xFF\x54\x24\x18", 5, 0, "key_wait" },
    { "\xFF\x93\x28\0\0\0", 6, 0, "exit" },
    { "\xFF\x14\x25\x08\x41\x10\0", 7, 1, "write" },
    { "\xFF\x14\x25\x18\0\x10\0", 7, 1, "b_output" },
    { "\xFF\x14\x25\x48\0\x10\0", 7, 1, "b_user" },
    { "\xFF\x14\x25\x50\0\x10\0", 7, 1, 0 },
    { "\xFF\x53\x09", 3, 0, 0 },
    { "\xFF\x53\0", 3, 0, 0 },
    { "\xFF\x53\x80", 3, 0, 0 },
    { "\xFF\x93\xFF\xFF\0\0", 6, 0, 0 },
};

static void test_calls_of_the_system(void)
{
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct frames_call call;
        const char *name;

        clear();
        stack[20] = put_code(program, PROGRAM, 64, calls[i].code,
                             calls[i].length);
        stack[18] = put_system_call(32);
        call = last_call(SYSTEM + 5, WORD(16));
        name = fault_call_name(call.slot, call.is_address);
        CHECK(call.returns == stack[20] && !call.is_over);
        CHECK(call.is_address == calls[i].is_address);
        CHECK(!name == !calls[i].name);
        CHECK(!name || !strcmp(name, calls[i].name));
        CHECK(walk(SYSTEM + 5, WORD(16), 0).returns[0] == stack[20]);
        /* What is left of it below RSP, once it is over. */
        call = last_call(PROGRAM + 70, WORD(21));
        CHECK(call.returns == stack[20] && call.is_over);
        /* It called nothing: it may have been any function. */
        stack[18] = 0;
        CHECK(!last_call(PROGRAM + 70, WORD(21)).returns);
    }
}

/* Nothing but what the view allows is looked at, and every walk ends. */
static void test_random_stacks(void)
{
    for (unsigned round = 0; round < 20000; round++) {
        struct frames frames;
        struct frames_call call;

        for (unsigned i = 0; i < CODE_BYTES; i++) {
            program[i] = rand() % 3 ? 0xFF : (uint8_t)rand();
            os_code[i] = rand() % 3 ? 0xE8 : (uint8_t)rand();
        }
        for (unsigned i = 0; i < WORDS; i++) {
            const uint64_t words[] = {
                WORD((unsigned)rand() % (WORDS + 2)),
                PROGRAM + (unsigned)rand() % (CODE_BYTES + 8),
                SYSTEM + (unsigned)rand() % (CODE_BYTES + 8),
                (uint64_t)rand() << 33,
            };

            stack[i] = words[(unsigned)rand() % 4];
        }
        frames = walk(stack[0], STACK + (unsigned)rand() % sizeof stack,
                      stack[1]);
        CHECK(frames.count <= FRAMES_MAX);
        call = last_call(stack[2], WORD((unsigned)rand() % (WORDS + 2)));
        fault_call_name(call.slot, call.is_address);
    }
}

static void test_words(void)
{
    struct kernel_fault fault = { .vector = 14, .error = 2, .rip = 1 };

    CHECK(!strcmp(fault_name(3), "Breakpoint"));
    CHECK(!strcmp(fault_name(255), "reserved"));
    CHECK(!strcmp(fault_access(2), "written"));
    CHECK(!strcmp(fault_access(16), "executed"));
    CHECK(strstr(fault_explain(&fault), "null pointer was used"));
    fault.cr2 = LAYOUT_OS;
    CHECK(strstr(fault_explain(&fault), "nothing is mapped"));
    fault.error = 3;
    CHECK(strstr(fault_explain(&fault), "the system's"));
    fault.vector = 13;
    fault.error = 8;
    CHECK(strstr(fault_explain(&fault), "selector"));
    fault.error = 0;
    CHECK(strstr(fault_explain(&fault), "no selector"));
    fault.vector = 6;
    CHECK(!fault_explain(&fault));
}

int main(void)
{
    test_chain();
    test_wrong_chains();
    test_first_instructions();
    test_frame_pushed_by_the_system();
    test_calls_of_the_system();
    test_random_stacks();
    test_words();
    return check_report("fault_frames");
}
