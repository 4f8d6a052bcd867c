; callback_entry.asm - runs callbacks between two instructions of a program.
; SPDX-License-Identifier: BSD-3-Clause
;
; Entered by the IRET of an interrupt on the boot CPU, interrupts on, RSP at a
; multiple of 16 below the program's red zone: there, what the IRET at the end
; needs. Every register and flag is as it was when it is back in the program.
BITS 64

extern callback_run         ; void callback_run(void)
extern callback_state_bytes ; 512: FXSAVE, else XSAVE
extern callback_registers   ; of the program, as they are pushed here; or 0

global callback_entry, callback_call

section .text progbits alloc exec nowrite align=1
callback_entry:
    push rax
    push rcx
    push rdx
    push rbx
    push rbp
    push rsi
    push rdi
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
    cld
    mov [callback_registers], rsp
    call callback_call
    xor eax, eax
    mov [callback_registers], rax
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rdi
    pop rsi
    pop rbp
    pop rbx
    pop rdx
    pop rcx
    pop rax
    iretq

; void callback_call(void)
; callback_run() with x87, SSE and AVX registers saved.
callback_call:
    push rbp
    mov rbp, rsp
    mov eax, [callback_state_bytes]
    sub rsp, rax
    and rsp, -64
    cmp eax, 512
    jbe .fxsave
    ; The area's header is to be 0 where XSAVE does not write it.
    xor eax, eax
    lea rdi, [rsp + 512]
    mov ecx, 64 / 8
    rep stosq
    dec eax
    mov edx, eax
    xsave64 [rsp]
    call callback_run
    mov eax, -1
    mov edx, eax
    xrstor64 [rsp]
    jmp .back
.fxsave:
    fxsave64 [rsp]
    call callback_run
    fxrstor64 [rsp]
.back:
    mov rsp, rbp
    pop rbp
    ret
