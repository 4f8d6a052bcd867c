; legacy_entry.asm - entries of the call table at 0x100010.
; SPDX-License-Identifier: BSD-3-Clause
;
; Called by flat programs, in 64-bit mode, on their stack, from any CPU. Every
; register the call does not name as output is preserved: the general ones
; here, and the rest because the C code of kernel and os uses no others. On return ZF
; tells if AL is 0, which b_input promises.
BITS 64

extern legacy_call      ; void legacy_call(struct legacy_registers *)

global b_input, b_output, b_net_tx, b_net_rx
global b_nvs_read, b_nvs_write, b_system, b_user

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
    jmp short legacy_entry
b_system:
    push 6

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
