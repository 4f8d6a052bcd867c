; cpu.asm - changing stacks on other CPUs: to the idle stack, to work, back.
; SPDX-License-Identifier: BSD-3-Clause
;
; In 64-bit mode, on any CPU but the boot CPU. The idle stack ends where struct
; cpu begins; nothing on it is kept while work runs.
BITS 64

extern cpu_start        ; void cpu_start(struct cpu *)
extern cpu_work_end     ; void cpu_work_end(struct cpu *)
extern cpu_this         ; struct cpu *cpu_this(void)
extern cpu_fpu_default  ; of cpu.c: x87 and SSE state as after reset

global cpu_enter, cpu_call

section .text progbits alloc exec nowrite align=1

; void cpu_enter(struct cpu *cpu, uint64_t page_tables)
; Called with interrupts off on a CPU that answers; its old stack need not be
; mapped any more.
cpu_enter:
    mov cr3, rsi
    mov rsp, rdi
    call cpu_start

; void cpu_call(void *argument, baremetal_work *work, uint64_t stack)
; Calls work(argument) with RCX 0, interrupts on. It may return with every
; register changed.
cpu_call:
    mov rsp, rdx
    push .returned
    fxrstor [cpu_fpu_default]
    xor ecx, ecx
    xor ebp, ebp            ; ends chains of frame pointers
    sti
    jmp rsi
.returned:
    push 2                  ; all flags off
    popfq
    call cpu_this
    mov rsp, rax
    mov rdi, rax
    call cpu_work_end
