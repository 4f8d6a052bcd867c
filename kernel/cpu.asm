; cpu.asm - the step from pure64's stack and page tables to the kernel's.
; SPDX-License-Identifier: BSD-3-Clause
BITS 64

extern cpu_idle     ; void cpu_idle(struct cpu *)

global cpu_enter

section .text progbits alloc exec nowrite align=1
; void cpu_enter(struct cpu *cpu, uint64_t page_tables)
; Called in 64-bit mode, interrupts off, on a CPU that answers. Its old stack
; need not be mapped any more; the idle stack ends where struct cpu begins.
cpu_enter:
    mov cr3, rsi
    mov rsp, rdi
    call cpu_idle
