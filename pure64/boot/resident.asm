; resident.asm - what of pure64 stays until the kernel has its own IDT.
; SPDX-License-Identifier: BSD-3-Clause
;
; descriptors.c copies all of this to a page that stays in use; it runs there,
; in 64-bit mode, and nowhere else: position independent.
; - One stub of 8 bytes for each of the vectors 0-31, from resident_start. The
;   CPU jumps here; RSP = exception frame, error code first for some vectors.
;   Calls report(struct exception_frame *) while there is one, else halts.
; - void resident_leave(uint64_t kernel, uint64_t stack, uint64_t clear): to the
;   kernel, with every general register 0 but RSP; clears the byte at `clear`.
bits 64
default rel
section .text.resident exec

global resident_start
resident_start:
%assign vector 0
%rep 32
    align 8
    push byte vector
    jmp near exception
%assign vector vector + 1
%endrep

exception:
    mov rdi, rsp
    mov rax, [resident_report]
    test rax, rax
    jz .halt
    and rsp, -16
    cld
    call rax
.halt:
    cli
    hlt
    jmp .halt

global resident_leave
resident_leave:
    mov rsp, rsi
    xor eax, eax
    mov [resident_report], rax
    mov [rdx], al
    mov [kernel], rdi
    mov ebx, eax
    mov ecx, eax
    mov edx, eax
    mov esi, eax
    mov edi, eax
    mov ebp, eax
    mov r8d, eax
    mov r9d, eax
    mov r10d, eax
    mov r11d, eax
    mov r12d, eax
    mov r13d, eax
    mov r14d, eax
    mov r15d, eax
    jmp [kernel]

; Written in the copy only: the handler, 0 once pure64 is gone; the kernel.
align 8
global resident_report
resident_report: dq 0
kernel: dq 0

global resident_end
resident_end:
