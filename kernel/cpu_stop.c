/* cpu_stop.c - stopping CPUs whatever they do, by non-maskable interrupts.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Nonmaskable Interrupt (NMI)": no other comes before
 * the handler's IRET. Each one sent is announced in struct cpu's `asked`, which
 * the handler clears; one that was not is the hardware's.
 */
#include <kernel/cpu.h>
#include <kernel/apic.h>
#include <kernel/block.h>
#include <kernel/console.h>
#include <kernel/exception.h>
#include <kernel/program.h>
#include <kernel/time.h>
#include <pure64/layout.h>

/* For each CPU: a virtual one may have to wait for hundreds of others. */
#define STOP_US 5000000

static void send_nmi(struct cpu *cpu)
{
    /* Also orders the stores before it against the NMI. */
    if (!__atomic_exchange_n(&cpu->asked, 1, __ATOMIC_SEQ_CST))
        apic_send(cpu->os.apic_id, APIC_NMI);
}

void cpu_tell_boot(void)
{
    struct cpu *boot = cpu_table()[0];

    /* In the kernel it waits for the second one, which comes as soon as
     * interrupts are on; in a program the first one is enough. */
    send_nmi(boot);
    apic_send(boot->os.apic_id, INTERRUPT_WAKE);
}

__attribute__((noinline)) void cpu_abandon(struct interrupt_frame *frame)
{
    struct cpu *cpu = cpu_this();

    /* As if cpu_idle(cpu) was called on the idle stack. */
    frame->registers[INTERRUPT_RDI] = (uint64_t)cpu;
    frame->rip = (uint64_t)cpu_idle;
    frame->rsp = (uint64_t)cpu - 8;
    frame->rflags = 2; /* all off */
}

int cpu_answer_nmi(struct interrupt_frame *frame)
{
    struct cpu *cpu = cpu_this();

    if (!cpu->asked)
        return 0;
    if (cpu->number) {
        interrupt_leave();
        cpu_abandon(frame);
    }
    /* Behind all that: from here on it may be given work, or asked again. */
    __atomic_store_n(&cpu->asked, 0, __ATOMIC_RELEASE);
    return 1;
}

/* Those that halt use nothing that could be taken from them. */
static void stop_all(void)
{
    struct cpu *const *cpu;

    for (cpu = cpu_table() + 1; *cpu; cpu++)
        if ((*cpu)->sleep != CPU_HALTED)
            send_nmi(*cpu);
    for (cpu = cpu_table() + 1; *cpu; cpu++) {
        struct time_limit limit = time_limit_us(STOP_US);

        while ((*cpu)->asked && !(*cpu)->os.lost && !time_limit_passed(limit))
            ;
        (*cpu)->os.lost = (*cpu)->asked;
    }
}

void cpu_stop(void)
{
    cpu_close();
    block_hold();
    stop_all();
    /* Again: one may have been stopped between marking another as woken and
     * sending it the interrupt. */
    stop_all();
    block_release();
    exception_settle();
    OS_HEAD->work_reset();
}
