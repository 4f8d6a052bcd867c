; program.asm - changing stacks: into a program, out of it, into os.
; SPDX-License-Identifier: BSD-3-Clause
;
; Called from C in 64-bit mode on the boot CPU.
BITS 64

extern cpu_fpu_default  ; of cpu.c: x87 and SSE state as after reset
extern program_exit     ; void program_exit(int status)

global program_enter, program_leave, system_enter

section .bss nobits alloc noexec write align=8
caller_stack:
    resq 1              ; RSP of program_enter's caller, its registers saved

section .text progbits alloc exec nowrite align=1

; int program_enter(int argc, char **argv, const struct baremetal *os,
;                   uint64_t entry, uint64_t stack)
; Calls entry(argc, argv, os) on that stack; returns what program_leave says.
program_enter:
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    pushfq
    mov [caller_stack], rsp
    mov rsp, r8
    fxrstor [cpu_fpu_default]
    xor ebp, ebp        ; ends chains of frame pointers
    sti
    call rcx
    mov edi, eax
    cld
    call program_exit

; void program_leave(enum program_end end)
; Returns from program_enter with `end`, whatever state the program is in. By
; IRET, because only that lets non-maskable interrupts in again.
program_leave:
    push 2              ; all flags off: with NT set, IRET would fault
    popfq
    mov ecx, [caller_stack]
    mov rsp, rcx
    push 0x10           ; SS; selectors as in CPU_DATA, CPU_CODE of cpu.h
    push rcx
    push qword [rcx]    ; RFLAGS
    push 0x08           ; CS
    push .back
    iretq
.back:
    fxrstor [cpu_fpu_default]
    mov eax, edi
    popfq
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret

; void system_enter(uint64_t entry, uint64_t stack)
; Calls entry(), interrupts on. By IRET as above.
system_enter:
    mov rsp, rsi
    push 0x10
    push rsi
    push 0x202          ; RFLAGS: interrupts on
    push 0x08
    push rdi
    fxrstor [cpu_fpu_default]
    iretq
