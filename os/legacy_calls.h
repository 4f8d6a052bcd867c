/* legacy_calls.h - the eight calls of the table at 0x100010.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* The slots that legacy_call serves, in their order in the table. */
enum legacy_slot {
    LEGACY_INPUT,
    LEGACY_OUTPUT,
    LEGACY_NET_TX,
    LEGACY_NET_RX,
    LEGACY_NVS_READ,
    LEGACY_NVS_WRITE,
};

/* What legacy_entry.asm saves on the caller's stack and restores from there: a
 * call changes a register by changing it here. */
struct legacy_registers {
    uint64_t rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11;
    uint64_t slot;
};

/* Serves one call. Any CPU, on the caller's stack, interrupts on or off. */
void legacy_call(struct legacy_registers *registers);

/* The slot of b_output, where it can be written: the image itself is not.
 * Programs put a function of theirs there. */
uint64_t *legacy_output_slot(void);

/* legacy_entry.asm: calls a flat program's callback at that address, with the
 * registers that the program was interrupted with. As other callbacks. */
void legacy_callback(void *address);

/* legacy_entry.asm: what goes into the table. */
#define LEGACY_CALLS 8
extern const uint64_t legacy_table[LEGACY_CALLS];

/* Fills in the table. Boot CPU, at start. */
void legacy_calls_start(void);
