; flat-switch.asm - a flat program: callbacks that leave their stack.
; SPDX-License-Identifier: BSD-3-Clause
;
; The timer's callback goes to a stack of its own, where it calls the kernel in
; many ways, waits, and has vector registers of its own; then it returns. The
; program calls the kernel all the while, so that callbacks come in the midst
; of calls: none holds a lock, and none is disturbed.

%define name "flat-switch"
own_bytes equ 256 + 8192
%include "flat.inc"

ROUNDS  equ 400

%define calls bss_own
%define old_stack bss_own + 8
%define inside bss_own + 16
%define twice bss_own + 24
%define sector bss_own + 64
%define own_stack bss_own + 256 + 8192

main:
        lea     rbx, [switch]
        system  CALLBACK_TIMER, rbx
        mov     r12d, ROUNDS
.next:
        system  TIMECOUNTER
        system  SMP_ID
        system  FREE_MEMORY
        give    R_RCX, 0
        checked b_output, 0
        give    R_RDX, 3
        checked b_net_rx, 1 << R_RCX | 1 << R_RDI
        checked b_input, 1 << R_RAX
        system  WALLCLOCK
        system  BUS_READ, CANARY, 0
        system  DELAY, 50
        lea     rbx, [start + 0x100000]
        give    R_RAX, 0
        give    R_RCX, 1
        give    R_RDX, 0
        give    R_RDI, rbx
        checked b_nvs_read, 1 << R_RCX
        cmp     qword [regs_out + 8 * R_RCX], 1
        expect  e, "a disk read among callbacks"
        cmp     word [rbx + 510], 0xAA55
        expect  e, "what was read among callbacks"
        dec     r12d
        jnz     .next
        system  CALLBACK_TIMER, 0
        cmp     qword [calls], 10
        expect  ae, "no callbacks"
        cmp     qword [twice], 0
        expect  e, "a callback in a callback"
        ret

; All it uses is saved on the program's stack, whose end is kept.
switch:
        push    rax
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        mov     rax, [inside]
        add     [twice], rax
        mov     qword [inside], 1
        mov     [old_stack], rsp
        lea     rsp, [own_stack]
        inc     qword [calls]
        mov     ecx, TIMECOUNTER
        call    [abs b_system]
        mov     eax, 100                ; longer than a period takes
        mov     ecx, DELAY
        call    [abs b_system]
        call    [abs b_input]
        lea     rsi, [dot]
        mov     ecx, 1
        call    [abs b_output]
        mov     edx, 3
        call    [abs b_net_rx]
        xor     eax, eax
        mov     edx, eax
        mov     ecx, 1
        lea     rdi, [start + 0x200000]
        call    [abs b_nvs_read]
        xor     edx, edx
        mov     ecx, BUS_READ
        call    [abs b_system]
        pcmpeqd xmm3, xmm3
        fninit
        mov     rsp, [old_stack]
        mov     qword [inside], 0
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rax
        ret

dot:    db      "."
        flat_end
