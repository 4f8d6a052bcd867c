; legacy_entry.asm - entries of the call table at 0x100010.
; SPDX-License-Identifier: BSD-3-Clause
;
; The calls are made by flat programs, in 64-bit mode, on their stack, from any
; CPU. Every register the call does not name as output is preserved: the
; general ones here, and the rest because the C code of kernel and os uses no
; others. On return of b_input ZF tells if AL is 0.
BITS 64

extern legacy_call      ; void legacy_call(struct legacy_registers *)
extern legacy_system    ; uint64_t legacy_system(function, rax, rdx)
extern legacy_functions ; const uint64_t legacy_functions[2]: bits of functions
extern callback_registers ; callback_entry.asm: R15..R8 RDI RSI RBP RBX RDX RCX RAX

global b_input, b_output, b_net_tx, b_net_rx
global b_nvs_read, b_nvs_write, b_system, b_user
global legacy_callback

; What goes into the table.
global legacy_table
section .rodata progbits alloc noexec nowrite align=8
legacy_table:
    dq b_input, b_output, b_net_tx, b_net_rx
    dq b_nvs_read, b_nvs_write, b_system, b_user

section .text progbits alloc exec nowrite align=1
; The numbers are enum legacy_slot's.
b_input:
    push 0
    jmp short legacy_entry
b_output:
    test rcx, rcx       ; no text
    jz b_user
    push 1
    jmp short legacy_entry
b_net_tx:
    push 2
    jmp short legacy_entry
b_net_rx:
    push 3
    jmp short legacy_entry
b_nvs_read:
    push 4
    jmp short legacy_entry
b_nvs_write:
    push 5

; struct legacy_registers, from its end to its start.
legacy_entry:
    push r11
    push r10
    push r9
    push r8
    push rdi
    push rsi
    push rdx
    push rcx
    push rax
    mov rdi, rsp
    cld
    call legacy_call
    pop rax
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop r8
    pop r9
    pop r10
    pop r11
    add rsp, 8
    test al, al
b_user:
    ret

; Without legacy_call, for programs call this one often: what they use most to
; measure is here, and what is no function comes back at once.
b_system:
    cmp rcx, 0x7F       ; the last function
    ja b_user
    bt [legacy_functions], rcx
    jnc b_user
    cmp ecx, 0x1F
    je read_tsc
    push rcx
    push rdx
    push rsi
    push rdi
    push r8
    push r9
    push r10
    push r11
    mov edi, ecx
    mov rsi, rax
    cld
    call legacy_system
    pop r11
    pop r10
    pop r9
    pop r8
    pop rdi
    pop rsi
    pop rdx
    pop rcx
    ret

read_tsc:
    push rdx
    rdtsc
    shl rdx, 32
    or rax, rdx
    pop rdx
    ret

; void legacy_callback(void *address)
; Calls a callback of a flat program as if the instruction that was interrupted
; had called it: with the program's registers, in which what it changes stays.
legacy_callback:
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    push rdi
    mov rax, [callback_registers]
    test rax, rax
    jz .call
    mov r15, [rax]
    mov r14, [rax + 8]
    mov r13, [rax + 16]
    mov r12, [rax + 24]
    mov r11, [rax + 32]
    mov r10, [rax + 40]
    mov r9, [rax + 48]
    mov r8, [rax + 56]
    mov rdi, [rax + 64]
    mov rsi, [rax + 72]
    mov rbp, [rax + 80]
    mov rbx, [rax + 88]
    mov rdx, [rax + 96]
    mov rcx, [rax + 104]
    mov rax, [rax + 112]
.call:
    call [rsp]
    cld
    push rax
    mov rax, [callback_registers]
    test rax, rax
    jz .back
    mov [rax], r15
    mov [rax + 8], r14
    mov [rax + 16], r13
    mov [rax + 24], r12
    mov [rax + 32], r11
    mov [rax + 40], r10
    mov [rax + 48], r9
    mov [rax + 56], r8
    mov [rax + 64], rdi
    mov [rax + 72], rsi
    mov [rax + 80], rbp
    mov [rax + 88], rbx
    mov [rax + 96], rdx
    mov [rax + 104], rcx
    mov rcx, [rsp]
    mov [rax + 112], rcx
.back:
    add rsp, 16         ; RAX, address
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret
