; flat-vectors.asm - a flat program: what a callback does to the code that it
; interrupts.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-vectors"
own_bytes equ 16
%include "flat.inc"

%define calls bss_own                   ; of the callback
%define bad bss_own + 8                 ; registers it did not find

main:
        call    in_code
        call    registers
        ret

; Code without calls, in a loop, with values in everything.
in_code:
        lea     rbx, [fill_all]
        system  CALLBACK_TIMER, rbx
        mov     qword [calls], 0
        mov     r14d, 40
.next:
        call    vectors_fill
        lea     rdi, [vectors_before]
        call    vectors_store
        mov     rcx, [calls]
        mov     r15, rcx
        mov     rax, CANARY
        mov     [rsp - 128], rax        ; the red zone
        mov     [rsp - 8], rax
        mov     rbx, 4000000000
.wait:
        cmp     [calls], r15
        jne     .came
        dec     rbx
        jnz     .wait
        expect  nz, "no callback in a loop without calls"
.came:
        cmp     [rsp - 128], rax
        expect  e, "a callback wrote into the red zone"
        cmp     [rsp - 8], rax
        expect  e, "a callback wrote below RSP"
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "a callback changed RAX"
        cmp     rcx, r15
        expect  e, "a callback changed RCX"
        lea     rdi, [vectors_after]
        call    vectors_store
        lea     rsi, [vectors_before]
        lea     rdi, [vectors_after]
        mov     ecx, 1024 / 8
        repe    cmpsq
        expect  e, "x87, MXCSR or a vector register changed by a callback"
        dec     r14d
        jnz     .next
        ret

; Destroys all vector state, saves what else it uses.
fill_all:
        push    rax
        fninit
        fldz
%assign i 0
%rep 16
        pcmpeqd xmm %+ i, xmm %+ i
%assign i i + 1
%endrep
        cmp     byte [has_avx], 0
        je      .sse
        vzeroupper
.sse:
        inc     qword [calls]
        pop     rax
        ret

; As if called from there: it sees the registers, and IF is set.
registers:
        lea     rbx, [look]
        system  CALLBACK_TIMER, rbx
        mov     qword [calls], 0
        mov     qword [bad], 0
        mov     rbx, 0x1111111111111111
        mov     rbp, 0x2222222222222222
        mov     r8, 0x3333333333333333
        mov     r15, 0x4444444444444444
        mov     rdx, 0x5555555555555555
.wait:
        cmp     qword [calls], 20
        jb      .wait
        cmp     qword [bad], 0
        expect  e, "a callback does not see the program's registers"
        ret

look:
        push    rax
        push    rcx
        mov     rax, 0x1111111111111111
        cmp     rbx, rax
        jne     .bad
        add     rax, rax
        cmp     rbp, rax
        jne     .bad
        mov     rcx, 0x1111111111111111
        add     rax, rcx
        cmp     r8, rax
        jne     .bad
        add     rax, rcx
        cmp     r15, rax
        jne     .bad
        add     rax, rcx
        cmp     rdx, rax
        jne     .bad
        pushfq
        pop     rax
        bt      eax, 9
        jc      .good
.bad:
        inc     qword [bad]
.good:
        inc     qword [calls]
        pop     rcx
        pop     rax
        ret

        flat_end
