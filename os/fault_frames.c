/* fault_frames.c - who called whom, read off a stack.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Call instructions: Intel SDM volume 2, "CALL" and "ModR/M and SIB Bytes".
 */
#include "fault_frames.h"
#include "fs/little_endian.h"

#define WORD 8
#define CALL_MAX 8         /* bytes of a call instruction, rounded up */
#define CALL_RELATIVE 0xE8 /* with 4 bytes behind it */
#define CALL_INDIRECT 0xFF /* with 2 in the middle bits of ModR/M */

/* Words looked at between RSP and the program's call of the system, and below
 * RSP for what is left of the last one. */
#define SYSTEM_WORDS 1024
#define LEFT_WORDS 128

static int is_in_stack(const struct frames_view *view, uint64_t address)
{
    return address >= view->stack_start && address < view->stack_end &&
           view->stack_end - address >= WORD && address % WORD == 0;
}

static int read_word(const struct frames_view *view, uint64_t address,
                     uint64_t *word)
{
    uint8_t bytes[WORD];

    if (!is_in_stack(view, address) ||
        !view->read(view, address, bytes, sizeof bytes))
        return 0;
    *word = load64(bytes);
    return 1;
}

/* Bytes that the operand of FF /2 takes behind ModR/M; 0 for none of it. */
static unsigned operand_bytes(const uint8_t *modrm, unsigned length)
{
    unsigned mod = modrm[0] >> 6, memory = modrm[0] & 7;
    unsigned bytes = mod == 1 ? 1 : mod == 2 ? 4 : 0;

    if ((modrm[0] >> 3 & 7) != 2)
        return 0;
    if (mod != 3 && memory == 4) { /* SIB */
        if (length > 1 && !mod && (modrm[1] & 7) == 5)
            bytes = 4;
        bytes++;
    } else if (!mod && memory == 5) { /* relative to RIP */
        bytes = 4;
    }
    return bytes + 1;
}

/* The length of the call instruction that ends before `returns`, its last
 * bytes in code[CALL_MAX]; 0: there is none. */
static unsigned call_before(const struct frames_view *view, uint64_t returns,
                            uint8_t *code)
{
    if (!view->region(view, returns - 1) || returns < CALL_MAX ||
        !view->read(view, returns - CALL_MAX, code, CALL_MAX))
        return 0;
    for (unsigned length = 2; length < CALL_MAX; length++) {
        const uint8_t *start = code + CALL_MAX - length;

        if (length == 5 && start[0] == CALL_RELATIVE)
            return length;
        if (start[0] == CALL_INDIRECT &&
            operand_bytes(start + 1, length - 1) == length - 1)
            return length;
    }
    return 0;
}

static int is_return(const struct frames_view *view, uint64_t address)
{
    uint8_t code[CALL_MAX];

    return call_before(view, address, code) != 0;
}

/* Upwards from `from`, the first word that is a return address in the
 * program: where it stands, or 0. */
static uint64_t find_program_return(const struct frames_view *view,
                                    uint64_t from, uint64_t *returns)
{
    for (unsigned i = 0; i < SYSTEM_WORDS; i++) {
        uint64_t place = from + i * (uint64_t)WORD;

        if (!read_word(view, place, returns))
            return 0;
        if (view->region(view, *returns) == FRAMES_PROGRAM &&
            is_return(view, *returns))
            return place;
    }
    return 0;
}

/* The caller's address stands at RSP where a function has no frame (a wrong
 * pointer was called, small functions, first instructions), and behind RBP's
 * copy before RBP has changed. */
static uint64_t find_return(const struct frames_view *view, uint64_t rsp,
                            uint64_t rbp, uint64_t *returns)
{
    uint64_t word;

    if (!read_word(view, rsp, &word))
        return 0;
    if (word == rbp && rbp != rsp) {
        rsp += WORD;
        if (!read_word(view, rsp, &word))
            return 0;
    }
    *returns = word;
    return is_return(view, word) ? rsp : 0;
}

/* What RSP tells of the caller where RBP does not: in the system, which has no
 * frame pointers, and as above. Returns from where on the next frame may
 * lie. */
static uint64_t first_return(const struct frames_view *view, uint64_t rip,
                             uint64_t rsp, uint64_t rbp,
                             struct frames *frames)
{
    uint64_t returns, place;

    place = view->region(view, rip) == FRAMES_SYSTEM
                ? find_program_return(view, rsp, &returns)
                : find_return(view, rsp, rbp, &returns);
    /* Who called the program's first function is no news. */
    if (!place || view->region(view, returns) != FRAMES_PROGRAM)
        return rsp;
    frames->returns[frames->count++] = returns;
    return place + WORD;
}

static int is_frame(const struct frames_view *view, uint64_t rbp)
{
    uint64_t returns;

    return read_word(view, rbp, &returns) &&
           read_word(view, rbp + WORD, &returns) && is_return(view, returns);
}

/* The system uses RBP for itself, and has pushed what it was: the lowest
 * address of a frame that stands between RSP and that place, 0 if none. */
static uint64_t find_pushed_frame(const struct frames_view *view,
                                  uint64_t rsp, uint64_t place)
{
    uint64_t frame = 0, word;

    for (; rsp < place && read_word(view, rsp, &word); rsp += WORD)
        if (word >= place && (!frame || word < frame) &&
            is_frame(view, word))
            frame = word;
    return frame;
}

void frames_walk(const struct frames_view *view, uint64_t rip, uint64_t rsp,
                 uint64_t rbp, struct frames *frames)
{
    uint64_t lowest, next, returns;

    frames->count = 0;
    lowest = first_return(view, rip, rsp, rbp, frames);
    if (lowest > rsp && (rbp < lowest || !is_frame(view, rbp)))
        rbp = find_pushed_frame(view, rsp, lowest);
    while (frames->count < FRAMES_MAX && rbp >= lowest &&
           read_word(view, rbp, &next) &&
           read_word(view, rbp + WORD, &returns)) {
        if (!is_return(view, returns) ||
            (!next && view->region(view, returns) == FRAMES_SYSTEM))
            break;
        frames->returns[frames->count++] = returns;
        lowest = rbp + 2 * WORD;
        rbp = next;
    }
}

/* Through what an indirect call of that length goes; 0 if it tells nothing. */
static int decode_slot(const uint8_t *end, unsigned length,
                       struct frames_call *call)
{
    const uint8_t *modrm = end - length + 1;
    unsigned mod = modrm[0] >> 6;

    if (end[-(int)length] != CALL_INDIRECT)
        return 0;
    call->is_address = 0;
    call->slot = 0;
    if (mod == 1) {
        call->slot = (uint64_t)(int8_t)end[-1];
    } else if (mod == 2) {
        call->slot = (uint64_t)(int32_t)load32(end - 4);
    } else if (!mod && modrm[0] == 0x14 && modrm[1] == 0x25) {
        call->slot = (uint64_t)(int32_t)load32(end - 4); /* nothing but that */
        call->is_address = 1;
    } else {
        return 0;
    }
    return 1;
}

/* 1 if what was called from there pushed return addresses of the system: they
 * stand below that place. */
static int is_followed_by_system(const struct frames_view *view,
                                 uint64_t place)
{
    uint64_t word;

    for (unsigned i = 1; i <= LEFT_WORDS; i++)
        if (!read_word(view, place - i * (uint64_t)WORD, &word))
            return 0;
        else if (view->region(view, word) == FRAMES_SYSTEM &&
                 is_return(view, word))
            return 1;
    return 0;
}

static int is_call(const struct frames_view *view, uint64_t returns,
                   struct frames_call *call)
{
    uint8_t code[CALL_MAX];
    unsigned length;

    if (view->region(view, returns) != FRAMES_PROGRAM)
        return 0;
    length = call_before(view, returns, code);
    if (!length || !decode_slot(code + CALL_MAX, length, call))
        return 0;
    call->returns = returns;
    return 1;
}

void frames_last_call(const struct frames_view *view, uint64_t rip,
                      uint64_t rsp, struct frames_call *call)
{
    uint64_t word;

    call->returns = 0;
    call->is_over = view->region(view, rip) != FRAMES_SYSTEM;
    if (!call->is_over) {
        if (find_program_return(view, rsp, &word))
            is_call(view, word, call);
        return;
    }
    for (unsigned i = 1; i <= LEFT_WORDS; i++) {
        uint64_t place = rsp - i * (uint64_t)WORD;

        if (!read_word(view, place, &word))
            return;
        if (is_call(view, word, call) && is_followed_by_system(view, place))
            return;
        call->returns = 0;
    }
}
