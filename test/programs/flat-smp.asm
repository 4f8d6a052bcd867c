; flat-smp.asm - a flat program: the functions for CPUs, with 1 to 16 of them.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-smp"
own_bytes equ 256 + 64
%include "flat.inc"

ADDS    equ 20000
STACK   equ 0xFC00                      ; of 64 KiB; the rest is in use

%define lock_word bss_own               ; bit 0; others belong to nobody
%define counter bss_own + 8
%define wrong_entries bss_own + 16
%define entered bss_own + 24            ; CPUs
%define own_entry bss_own + 32
%define release bss_own + 40
%define spins bss_own + 48
%define ids bss_own + 64                ; APIC id of each that was here

main:
        system  SMP_NUMCORES
        movzx   r12d, word [abs 0x5012]
        cmp     rax, r12
        expect  e, "SMP_NUMCORES is not the number of CPUs that run"
        system  SMP_BUSY
        test    rax, rax
        expect  z, "SMP_BUSY before there is work"
        call    lock_bits
        call    set_all
        ret

; Only bit 0 is the lock; address 0 is a lock, too.
lock_bits:
        mov     word [lock_word], 0xA5A4
        mov     byte [lock_word + 2], 0x77
        lea     rbx, [lock_word]
        system  SMP_LOCK, rbx
        cmp     rax, rbx
        expect  e, "SMP_LOCK changed RAX"
        cmp     word [lock_word], 0xA5A5
        expect  e, "SMP_LOCK is not bit 0 alone"
        system  SMP_UNLOCK, rbx
        cmp     rax, rbx
        expect  e, "SMP_UNLOCK changed RAX"
        cmp     dword [lock_word], 0x77A5A4
        expect  e, "SMP_UNLOCK is not bit 0 alone"
        ret

; As programs do: every id from 0 to 255, with one load of RAX.
set_all:
        lea     rbx, [work]
        xor     ebp, ebp
.next:
        system  SMP_SET, rbx, rbp
        cmp     rax, rbx
        expect  e, "SMP_SET changed RAX"
        inc     ebp
        cmp     ebp, 256
        jb      .next
        mov     rbp, 0x100000000
        system  SMP_SET, rbx, rbp
        cmp     rax, rbx
        expect  e, "SMP_SET of id 2^32 changed RAX"
        mov     rbp, -1
        system  SMP_SET, rbx, rbp
        cmp     rax, rbx
        expect  e, "SMP_SET of id -1 changed RAX"
        lea     r13, [r12 - 1]          ; all but this one come
        mov     r14d, 5000              ; ms
.come:
        cmp     [entered], r13
        je      .came
        system  DELAY, 1000
        dec     r14d
        expect  nz, "not every CPU came"
        jmp     .come
.came:
        cmp     r12d, 1
        je      .alone
        system  SMP_BUSY                ; they wait for release
        cmp     rax, 1
        expect  e, "SMP_BUSY while others work"
        xor     ebp, ebp                ; busy ones are ignored
.again:
        lea     rdx, [never]
        mov     [spins], rdx
        system  SMP_SET, [spins], rbp
        inc     ebp
        cmp     ebp, 256
        jb      .again
.alone:
        mov     qword [release], 1
        call    wait_idle
        cmp     qword [wrong_entries], 0
        expect  e, "work did not start as it should"
        cmp     [entered], r13
        expect  e, "work came twice"
        mov     rax, ADDS
        mul     r13
        cmp     [counter], rax
        expect  e, "the lock let two in"
        ret

never:
        inc     qword [wrong_entries]
        ret

wait_idle:
        mov     r14d, 20000             ; ms
.wait:
        system  SMP_BUSY
        test    rax, rax
        jz      .idle
        system  DELAY, 1000
        dec     r14d
        expect  nz, "SMP_BUSY for ever"
        jmp     .wait
.idle:  ret

; What other CPUs run: RCX 0, RSP 8 beside a multiple of 16, 64 KiB of it.
        align   16
work:
        mov     rax, rsp
        and     eax, 15
        xor     eax, 8
        or      rax, rcx
        jz      .good
        lock inc qword [wrong_entries]
.good:
        sub     rsp, STACK
        mov     qword [rsp], 1
        add     rsp, STACK
        mov     ecx, SMP_GET            ; own entry, running, present
        call    [abs b_system]
        lea     rdx, [work]
        or      rdx, 3
        cmp     rax, rdx
        je      .entry
        lock inc qword [wrong_entries]
.entry:
        mov     ecx, SMP_ID
        call    [abs b_system]
        lock inc byte [ids + rax]       ; each once
        cmp     byte [ids + rax], 1
        je      .id
        lock inc qword [wrong_entries]
.id:
        lock inc qword [entered]
.wait:
        pause
        cmp     qword [release], 0
        je      .wait
        mov     r15d, ADDS
.add:
        lea     rax, [lock_word]
        mov     ecx, SMP_LOCK
        call    [abs b_system]
        inc     qword [counter]         ; not atomic by itself
        mov     ecx, SMP_UNLOCK
        call    [abs b_system]
        dec     r15d
        jnz     .add
        ret
        flat_end
