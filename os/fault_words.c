/* fault_words.c - exceptions in words.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Names and error codes: Intel SDM volume 3, "Protected-Mode Exceptions and
 * Interrupts", "Error Code" and "Page-Fault Exceptions".
 */
#include "fault_words.h"
#include <call_names.h>
#include <pure64/layout.h>
#include <pure64/string.h>

/* What programs of the original system call through. */
#define LEGACY_TABLE (LAYOUT_KERNEL + 0x10)

#define VECTOR_INVALID_TSS 10
#define VECTOR_PROTECTION 13

#define ERROR_PRESENT 1
#define ERROR_WRITE 2
#define ERROR_FETCH 16

/* Of a selector. */
#define ERROR_IDT 2

/* Below the first stack and above the last: what a program may reach with
 * variables as large as these on its stack. */
#define STACK_REACH (1ull << 30)

/* The texts of `list` stand one behind the other, the last one is empty. */
static const char *text_number(const char *list, uint64_t number)
{
    while (number-- && *list)
        list += strlen(list) + 1;
    return *list ? list : 0;
}

const char *fault_name(uint64_t vector)
{
    const char *name = text_number(
        "Divide error\0" "Debug\0" "NMI interrupt\0" "Breakpoint\0"
        "Overflow\0" "BOUND range exceeded\0" "Invalid opcode\0"
        "Device not available\0" "Double fault\0"
        "Coprocessor segment overrun\0" "Invalid TSS\0"
        "Segment not present\0" "Stack-segment fault\0"
        "General protection\0" "Page fault\0" "reserved\0"
        "x87 floating-point error\0" "Alignment check\0" "Machine check\0"
        "SIMD floating-point\0" "Virtualization\0" "Control protection\0",
        vector);

    return name ? name : "reserved";
}

const char *fault_access(uint64_t error)
{
    return error & ERROR_WRITE ? "written" :
           error & ERROR_FETCH ? "executed" : "read";
}

static int near_stacks(uint64_t address)
{
    return address - (LAYOUT_STACKS - STACK_REACH) < 2 * STACK_REACH;
}

/* What a page fault usually comes from. */
static const char *page_fault(const struct kernel_fault *fault)
{
    uint64_t page = fault->cr2 / PAGE_SIZE;

    if (page == 0)
        return fault->rip == fault->cr2 ? "a null pointer was called"
                                        : "a null pointer was used";
    if (near_stacks(fault->cr2))
        return "the stack is too small for what is on it";
    if (page == LAYOUT_KERNEL_LOW / PAGE_SIZE)
        return "the system's own stack is full";
    if (near_stacks(fault->rip))
        return "data on the stack was called";
    if (!(fault->error & ERROR_PRESENT))
        return "nothing is mapped there";
    return fault->cr2 - LAYOUT_KERNEL < LAYOUT_LOW_RAM - LAYOUT_KERNEL
               ? "that memory is the system's and cannot be written"
               : "that is not allowed there";
}

const char *fault_explain(const struct kernel_fault *fault)
{
    if (fault->vector == FAULT_PAGE)
        return page_fault(fault);
    if (fault->vector < VECTOR_INVALID_TSS ||
        fault->vector > VECTOR_PROTECTION)
        return 0;
    return fault->error & ERROR_IDT ? "a gate of the IDT"
           : fault->error ? "a selector"
                          : "no selector: an address or an instruction";
}

const char *fault_call_name(uint64_t slot, int is_address)
{
    uint64_t first = offsetof(struct baremetal, write);

    if (is_address && slot < BAREMETAL_INTERFACE) {
        slot -= LEGACY_TABLE;
        return slot % 8 ? 0
                        : text_number("b_input\0" "b_output\0" "b_net_tx\0"
                                      "b_net_rx\0" "b_nvs_read\0"
                                      "b_nvs_write\0" "b_system\0" "b_user\0",
                                      slot / 8);
    }
    if (is_address)
        slot -= BAREMETAL_INTERFACE;
    return slot < first || (slot - first) % 8
               ? 0
               : text_number(CALL_NAMES, (slot - first) / 8);
}
