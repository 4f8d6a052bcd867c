; interrupt.asm - what every interrupt stub jumps to.
; SPDX-License-Identifier: BSD-3-Clause
;
; Entered from a stub of interrupt.c by a call, whose return address stands for
; the vector, on an IST stack in 64-bit mode with interrupts off. Restores every
; register.
BITS 64

extern interrupt_dispatch   ; void interrupt_dispatch(struct interrupt_frame *)

global interrupt_common

section .text progbits alloc exec nowrite align=1
interrupt_common:
    ; The CPU aligned the stack to 16 and pushed 5 words, or 6 with an error
    ; code; with the return address that makes 6 or 7. Without one, put a 0 there.
    test spl, 8
    jnz .has_error
    push qword [rsp]
    and qword [rsp + 8], 0
.has_error:
    push r15
    push r14
    push r13
    push r12
    push r11
    push r10
    push r9
    push r8
    push rbp
    push rdi
    push rsi
    push rdx
    push rcx
    push rbx
    push rax
    mov rdi, rsp
    cld
    call interrupt_dispatch
    pop rax
    pop rbx
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    pop r8
    pop r9
    pop r10
    pop r11
    pop r12
    pop r13
    pop r14
    pop r15
    add rsp, 16
    iretq
