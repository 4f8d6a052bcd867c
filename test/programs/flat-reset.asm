; flat-reset.asm - a flat program: the kernel's own lock, and stopping CPUs.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-reset"
own_bytes equ 64
%include "flat.inc"

TRIES   equ 50

%define counter bss_own
%define spins bss_own + 8

main:
        system  SMP_NUMCORES
        mov     r12, rax
        call    own_lock
        call    reset
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

; The kernel's own lock, by address 0: taken here, others wait.
own_lock:
        cmp     r12d, 1
        je      .done
        system  SMP_LOCK, 0
        lea     rbx, [take]
        mov     ebp, [abs 0x5104]       ; the second CPU
        mov     qword [counter], 0
        system  SMP_SET, rbx, rbp
        system  DELAY, 20000
        cmp     qword [counter], 0
        expect  e, "the lock at address 0 let two in"
        system  SMP_UNLOCK, 0
        call    wait_idle
        cmp     qword [counter], 1
        expect  e, "the lock at address 0 stays taken"
.done:  ret

        align   16
take:
        xor     eax, eax
        mov     ecx, SMP_LOCK
        call    [abs b_system]
        inc     qword [counter]
        mov     ecx, SMP_UNLOCK
        call    [abs b_system]
        ret

; RESET stops CPUs that never end, also with interrupts off, and they take
; work again; the one that has the kernel's own lock does not keep it.
reset:
        mov     r15d, TRIES
        cmp     r12d, 1
        je      .last
.next:
        lea     rbx, [spin]
        mov     ebp, [abs 0x5104]
        system  SMP_SET, rbx, rbp
        mov     qword [spins], 0
.wait:
        pause
        cmp     qword [spins], 100
        jb      .wait
        system  RESET
        system  SMP_BUSY
        test    rax, rax
        expect  z, "busy after RESET"
        mov     rbx, [spins]
        system  DELAY, 200
        cmp     [spins], rbx
        expect  e, "a CPU goes on after RESET"
        system  SMP_LOCK, 0
        system  SMP_UNLOCK, 0
        dec     r15d
        jnz     .next
.last:
        system  RESET
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "RESET changed RAX"
        ret

        align   16
spin:
        xor     eax, eax
        mov     ecx, SMP_LOCK
        call    [abs b_system]
        cli
.more:
        lock inc qword [spins]
        pause
        jmp     .more
        flat_end
