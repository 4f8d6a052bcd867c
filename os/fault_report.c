/* fault_report.c - tells the user about exceptions the kernel recorded.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "fault_report.h"
#include "console.h"
#include "fault_words.h"
#include "files.h"
#include "output.h"
#include "print.h"
#include "rtc.h"
#include "shell.h"
#include "system.h"
#include <pure64/cpu.h>
#include <pure64/string.h>

#define CODE_BEFORE 8u  /* bytes shown */
#define CODE_BEHIND 12u
#define STACK_WORDS 8u
#define ARGUMENT_MAX 64 /* characters shown */

/* In the order of kernel_fault.registers. */
static const char registers[][4] = {
    "RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "R8 ",
    "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
};
#define REGISTERS (sizeof registers / sizeof registers[0])
#define REGISTER_RBP 6

/* What runs, or has just ended. */
static const struct fault_program *current;

/* The last one that was reported, and in words where that was; its state is
 * not 0 if there was one. */
static struct kernel_fault last;
static char last_bytes[768];
static struct fault_text last_places;

void fault_begin(const struct fault_program *program)
{
    struct frames_view view = fault_view(0);

    current = program;
    /* Calls of the program before would be taken for its own. */
    memset((void *)view.stack_start, 0, view.stack_end - view.stack_start);
}

/* ---- memory, as far as it is safe to look at it */

static int read_memory(const struct frames_view *view, uint64_t address,
                       void *buffer, size_t size)
{
    uint8_t *to = buffer;
    uint64_t physical;

    (void)view;
    while (size) {
        const void *from = (const void *)address;
        size_t length = os_system.kernel->memory_run(from, size, MEMORY_READ,
                                                     &physical);

        if (!length)
            return 0;
        memcpy(to, from, length);
        to += length;
        address += length;
        size -= length;
    }
    return 1;
}

static int is_in_image(const struct program_image *image, uint64_t address)
{
    if (!image->is_elf)
        return address - LAYOUT_HIGH_RAM < image->plan.needed;
    for (unsigned i = 0; i < image->plan.count; i++) {
        const struct elf_segment *segment = &image->plan.segments[i];

        if (segment->executable &&
            address - segment->address < segment->memory_size)
            return 1;
    }
    return 0;
}

static enum frames_region region(const struct frames_view *view,
                                 uint64_t address)
{
    (void)view;
    if (address >= LAYOUT_KERNEL && address < LAYOUT_OS + LAYOUT_OS_SIZE)
        return FRAMES_SYSTEM;
    return current && is_in_image(current->image, address) ? FRAMES_PROGRAM
                                                           : FRAMES_NOWHERE;
}

struct frames_view fault_view(unsigned cpu)
{
    uint64_t end = LAYOUT_STACKS + (cpu + 1ull) * MEMORY_STACK_SLOT;

    return (struct frames_view){
        .region = region,
        .read = read_memory,
        .stack_start = end - KERNEL_STACK_BYTES,
        .stack_end = end,
    };
}

/* ---- where text goes: the console, if it is to, and one or two more */

static int is_silent;
static struct fault_text *copies[2];

static void append(struct fault_text *to, const char *text, size_t length)
{
    if (length > to->size - to->length)
        length = to->size - to->length;
    memcpy(to->text + to->length, text, length);
    to->length += length;
}

static void write_all(const char *text, size_t length)
{
    if (!is_silent)
        console_write(text, length);
    for (unsigned i = 0; i < 2; i++)
        if (copies[i])
            append(copies[i], text, length);
}

/* ---- the parts of a report */

static void print_place(const struct baremetal *os, uint64_t address,
                        const struct symbol *symbol)
{
    if (address >= LAYOUT_KERNEL && address < LAYOUT_OS)
        print(os, " kernel+0x%lx", address - LAYOUT_KERNEL);
    else if (address >= LAYOUT_OS && address < LAYOUT_OS + LAYOUT_OS_SIZE)
        print(os, " os+0x%lx", address - LAYOUT_OS);
    else if (symbol && symbol->function[0])
        print(os, " %s+0x%lx", symbol->function, address - symbol->value);
    if (symbol && symbol->line && symbol->file[0])
        print(os, " (%s:%u)", symbol->file, symbol->line);
}

void fault_print_registers(const struct baremetal *os,
                           const struct interrupt_frame *frame)
{
    print(os, "RIP %016lx RSP %016lx RFLAGS %lx\n", frame->rip, frame->rsp,
          frame->rflags);
    for (unsigned i = 0; i < REGISTERS; i++)
        print(os, "%s %016lx%c", registers[i], frame->registers[i],
              i % 3 < 2 ? ' ' : '\n');
}

/* A record starts with what the interrupt left. */
_Static_assert(offsetof(struct kernel_fault, cr2) ==
                   sizeof(struct interrupt_frame), "the same members");

static void print_fault_registers(const struct baremetal *os,
                                  const struct kernel_fault *fault)
{
    fault_print_registers(os, (const struct interrupt_frame *)fault);
}

static void print_head(const struct baremetal *os,
                       const struct kernel_fault *fault)
{
    print(os, "Exception %lu (%s), error code %lx, CPU %u", fault->vector,
          fault_name(fault->vector), fault->error, fault->cpu);
}

static void print_cause(const struct baremetal *os,
                        const struct kernel_fault *fault)
{
    const char *words = fault_explain(fault);

    if (fault->vector == FAULT_PAGE)
        print(os, "CR2 %016lx %s: %s\n", fault->cr2,
              fault_access(fault->error), words);
    else if (words)
        print(os, "error code: %s\n", words);
}

/* Bytes of code around RIP, which stands in < >. */
static void print_code(const struct baremetal *os,
                       const struct frames_view *view, uint64_t rip)
{
    uint8_t byte;
    int any = 0;

    if (!view->region(view, rip))
        return;
    for (uint64_t at = rip - CODE_BEFORE; at != rip + CODE_BEHIND; at++) {
        if (!view->region(view, at) || !view->read(view, at, &byte, 1))
            continue;
        print(os, at == rip ? "%s<%02x>" : "%s%02x", any ? " " : "code ",
              byte);
        any = 1;
    }
    if (any)
        print(os, "\n");
}

static void print_stack(const struct baremetal *os,
                        const struct frames_view *view, uint64_t rsp)
{
    uint64_t word;

    print(os, "stack");
    for (unsigned i = 0; i < STACK_WORDS; i++, rsp += sizeof word) {
        if (rsp < view->stack_start || rsp >= view->stack_end ||
            !view->read(view, rsp, &word, sizeof word))
            break;
        print(os, i == 4 ? "\n      %016lx" : " %016lx", word);
    }
    print(os, "\n");
}

static void print_frames(const struct baremetal *os,
                         const struct frames *frames,
                         const struct symbol *symbols)
{
    for (unsigned i = 0; i < frames->count; i++) {
        print(os, "%s %016lx", i ? "    " : "from", frames->returns[i]);
        print_place(os, frames->returns[i], symbols ? &symbols[i] : 0);
        print(os, "\n");
    }
}

void fault_print_frames(const struct baremetal *os, uint64_t rip,
                        const struct frames *frames)
{
    print(os, "at   %016lx", rip);
    print_place(os, rip, 0);
    print(os, "\n");
    print_frames(os, frames, 0);
}

static void print_call(const struct baremetal *os,
                       const struct frames_call *call,
                       const struct symbol *symbol)
{
    const char *name = fault_call_name(call->slot, call->is_address);

    if (!call->returns || !name)
        return;
    print(os, "%s call of the system: %s",
          call->is_over ? "last" : "in the", name);
    if (call->is_over) {
        print(os, "\n     %016lx", call->returns);
        print_place(os, call->returns, symbol);
    }
    print(os, "\n");
}

/* ---- a report */

/* The instruction before a return address is the call. A wild RIP is in no
 * function. */
static void look_up(const struct fault_program *program,
                    struct fault_area *area, uint64_t rip,
                    const struct frames *frames,
                    const struct frames_call *call)
{
    struct symbol *symbols = area->symbols;

    memset(symbols, 0, sizeof area->symbols);
    symbols[0].address = region(0, rip) == FRAMES_PROGRAM ? rip : 0;
    for (unsigned i = 0; i < frames->count; i++)
        symbols[1 + i].address = frames->returns[i] - 1;
    symbols[1 + frames->count].address = call->returns - 1;
    fault_file_symbols(program, area, frames->count + 2);
}

/* Outside a program, whose stack is in use again, and without an area there
 * are fewer words. */
static void print_places(const struct baremetal *os,
                         const struct kernel_fault *fault,
                         const struct fault_program *program,
                         const struct frames_view *view,
                         struct fault_area *area)
{
    struct symbol *symbols = area ? area->symbols : 0;
    struct frames_call call = { 0 };
    struct frames frames = { 0 };

    if (program) {
        frames_walk(view, fault->rip, fault->rsp,
                    fault->registers[REGISTER_RBP], &frames);
        frames_last_call(view, fault->rip, fault->rsp, &call);
    }
    if (area)
        look_up(program, area, fault->rip, &frames, &call);
    print(os, "at   %016lx", fault->rip);
    print_place(os, fault->rip, symbols);
    print(os, "\n");
    print_frames(os, &frames, symbols ? symbols + 1 : 0);
    print_call(os, &call, symbols ? symbols + 1 + frames.count : 0);
}

static void report(const struct baremetal *os, const struct kernel_fault *fault,
                   const struct fault_program *program,
                   struct fault_area *area)
{
    struct frames_view view = fault_view(fault->cpu);

    last = *fault;
    last_places = (struct fault_text){ .text = last_bytes,
                                       .size = sizeof last_bytes };
    print(os, "\n");
    print_head(os, fault);
    print(os, ", in %s%s\n", program ? "program " : "the system",
          program ? program->name : "");
    print_cause(os, fault);
    print_fault_registers(os, fault);
    copies[1] = &last_places;
    print_places(os, fault, program, &view, area);
    copies[1] = 0;
    print_code(os, &view, fault->rip);
    if (program)
        print_stack(os, &view, fault->rsp);
}

/* A program can write anywhere, also where its arguments stand. */
static void print_argument(const struct baremetal *os, char *const *argument)
{
    uint64_t text = (uint64_t)*argument;

    print(os, " \"");
    for (unsigned i = 0; i < ARGUMENT_MAX; i++, text++) {
        char c;

        if (text - LAYOUT_OS >= LAYOUT_OS_SIZE || !(c = *(char *)text))
            break;
        print(os, "%c", (uint8_t)c >= ' ' && c != 0x7F ? c : '?');
    }
    print(os, "\"");
}

/* What crash.txt starts with. */
static void print_program(const struct baremetal *os,
                          const struct fault_program *program,
                          struct fault_area *area)
{
    struct baremetal_date date;
    uint32_t crc;

    print(os, "%s %s", OS_NAME, OS_VERSION);
    if (!rtc_date(&date))
        print(os, ", %04u-%02u-%02u %02u:%02u:%02u", date.year, date.month,
              date.day, date.hour, date.minute, date.second);
    print(os, "\nprogram: %s\n", program->name);
    if (fault_file_open(program, area)) {
        print(os, "file: %u bytes", area->file.size);
        if (fault_file_crc(program, area, &crc))
            print(os, ", CRC-32 %08x", crc);
        print(os, "\n");
    }
    print(os, "arguments:");
    for (int i = 1; i < program->argc; i++)
        print_argument(os, &program->argv[i]);
    print(os, "\n");
}

static void write_file(const struct baremetal *os,
                       const struct fault_program *program,
                       struct fault_area *area)
{
    int error;

    if (!area) {
        print(&output_console, FAULT_FILE " was not written: "
                               "the program leaves no memory for that\n");
        return;
    }
    copies[0] = &area->head;
    is_silent = 1;
    print_program(os, program, area);
    is_silent = 0;
    error = fault_file_write(area);
    if (error)
        print(&output_console, FAULT_FILE " was not written: %s\n",
              files_error_text(error));
    else
        print(&output_console, "This report is in " FAULT_FILE ".%s\n",
              program->image->is_elf
                  ? ""
                  : " \"./build.sh explain\" knows its lines.");
}

static int is_recorded(const struct kernel_fault *fault)
{
    return __atomic_load_n(&fault->state, __ATOMIC_ACQUIRE) ==
           KERNEL_FAULT_READY;
}

void fault_report(const struct kernel_services *kernel,
                  const struct fault_program *program)
{
    struct fault_area *area = 0;
    struct baremetal os; /* for print: nothing else is called */
    unsigned reports = 0;

    current = program; /* whatever ran when os was entered again */
    os.write = write_all;
    is_silent = 0;
    copies[0] = copies[1] = 0;
    for (unsigned i = 0; i < KERNEL_FAULTS; i++) {
        struct kernel_fault fault;

        if (!is_recorded(&kernel->faults[i]))
            continue;
        /* Free before anything else may go wrong, too. */
        fault = kernel->faults[i];
        __atomic_store_n(&kernel->faults[i].state, KERNEL_FAULT_NONE,
                         __ATOMIC_RELEASE);
        if (program && !reports++) {
            area = fault_area(program);
            copies[0] = area ? &area->text : 0;
        }
        report(&os, &fault, program, area);
    }
    if (reports)
        write_file(&os, program, area);
    copies[0] = 0;
    current = 0;
}

int fault_report_last(const struct baremetal *os)
{
    if (!last.state)
        return 0;
    print_head(os, &last);
    print(os, "\n");
    print_cause(os, &last);
    print_fault_registers(os, &last);
    os->write(last_places.text, last_places.length);
    return 1;
}

void fault_panic(uint64_t rip)
{
    static int tried;

    /* Writing may be what fails. */
    if (!tried++)
        print(os_system.os,
              "\nStopped: one exception after another, RIP %016lx\n", rip);
    for (;;) {
        cpu_interrupts_off();
        cpu_halt();
    }
}
