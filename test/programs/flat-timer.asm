; flat-timer.asm - a flat program: CALLBACK_TIMER and TIMER_SET.
; SPDX-License-Identifier: BSD-3-Clause
;
; How often the callback comes, and that it does so while the program sleeps.

%define name "flat-timer"
own_bytes equ 16
%include "flat.inc"

MS      equ 1000000                     ; ns

%define calls bss_own                   ; of the callback
%define last bss_own + 8                ; TIMECOUNTER then

main:
        call    period_default
        call    period_set
        call    stopped
        call    asleep
        call    negative
        ret

; RBX callbacks, R13 ns since the start.
%macro start_counting 0
        mov     qword [calls], 0
        system  TIMECOUNTER
        mov     r12, rax
%endmacro
%macro count_for 1                      ; ns
%%wait:
        system  TIMECOUNTER
        mov     r13, rax
        sub     r13, r12
        cmp     r13, %1
        jb      %%wait
        mov     rbx, [calls]
%endmacro

; Several callbacks in one wait. A host that is busy may let the machine stand
; still for a while: there are more waits.
%macro comes_in 3                       ; function, RAX, text
        mov     r14d, 100
%%wait:
        mov     qword [calls], 0
        system  %1, %2
        cmp     qword [calls], 4
        jae     %%came
        dec     r14d
        jnz     %%wait
        expect  nz, %3
%%came:
%endmacro

; 1 ms unless told otherwise: never more often, and seldom less, as the host
; may do something else.
period_default:
        lea     rbx, [count]
        system  CALLBACK_TIMER, rbx
        cmp     rax, rbx
        expect  e, "CALLBACK_TIMER changed RAX"
        start_counting
        count_for 300 * MS
        mov     rax, r13
        xor     edx, edx
        mov     ecx, MS
        div     rcx
        lea     rdx, [rax + 2]
        cmp     rbx, rdx
        expect  be, "the timer is faster than 1 ms"
        shr     eax, 4
        cmp     rbx, rax
        expect  ae, "the timer is much slower than 1 ms"
        ret

period_set:
        system  TIMER_SET, 20 * MS
        cmp     rax, 20 * MS
        expect  e, "TIMER_SET changed RAX"
        start_counting
        count_for 400 * MS
        mov     rax, r13
        xor     edx, edx
        mov     ecx, 20 * MS
        div     rcx
        lea     rdx, [rax + 2]
        cmp     rbx, rdx
        expect  be, "the timer is faster than TIMER_SET says"
        shr     eax, 2
        cmp     rbx, rax
        expect  ae, "the timer is much slower than TIMER_SET says"
        ret

stopped:
        system  TIMER_SET, 0
        mov     qword [calls], 0
        system  SLEEP, 50 * MS
        cmp     qword [calls], 0
        expect  e, "TIMER_SET 0 does not stop the timer"
        system  TIMER_SET, MS           ; the callback is known still
        comes_in SLEEP, 50 * MS, "TIMER_SET does not start the timer again"
        system  CALLBACK_TIMER, 0
        mov     qword [calls], 0
        system  SLEEP, 50 * MS
        cmp     qword [calls], 0
        expect  e, "CALLBACK_TIMER 0 does not end the callbacks"
        ret

count:
        push    rax
        push    rcx
        inc     qword [calls]
        mov     ecx, TIMECOUNTER        ; calls are allowed
        call    [abs b_system]
        mov     [last], rax
        pop     rcx
        pop     rax
        ret

; During SLEEP and DELAY as well, and HLT ends.
asleep:
        lea     rbx, [count]
        system  CALLBACK_TIMER, rbx
        comes_in DELAY, 40000, "no callbacks during DELAY"
        comes_in SLEEP, 40 * MS, "no callbacks during SLEEP"
        mov     qword [calls], 0
.halt:
        hlt
        cmp     qword [calls], 3
        jb      .halt
        ret

; The shortest and the longest period: the program gets on.
negative:
        system  TIMER_SET, 1
        system  DELAY, 2000
        mov     rbx, -1
        system  TIMER_SET, rbx
        mov     qword [calls], 0
        system  SLEEP, 20 * MS
        cmp     qword [calls], 1
        expect  be, "a period of 2^64 - 1 ns is short"
        system  CALLBACK_TIMER, 0
        ret
        flat_end
