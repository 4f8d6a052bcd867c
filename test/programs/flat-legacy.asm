; flat-legacy.asm - a flat program that knows the b_* call table only.
; SPDX-License-Identifier: BSD-3-Clause
;
; It does what programs made for BareMetal do: finds the kernel by its name,
; calls through the table's slots, and expects every register that is not an
; output to come back. It prints "flat-legacy: all is well" or the letter of
; what was wrong. The addresses are published ones, written as such programs
; write them.

bits 64
default rel
org 0xFFFF800000000000

%define b_name          0x100003
%define b_input         0x100010
%define b_output        0x100018
%define b_net_rx        0x100028
%define b_nvs_read      0x100030
%define b_system        0x100040
%define b_user          0x100048

TIMECOUNTER     equ 0x00
FREE_MEMORY     equ 0x01
SMP_NUMCORES    equ 0x11
STDOUT_GET      equ 0x53
UNKNOWN         equ 0x4F

%define CANARY 0x0123456789ABCDEF

; Goes to failed with this letter in AL unless the condition holds.
%macro expect 2                         ; condition, letter
        j%1     %%good
        mov     al, %2
        jmp     failed
%%good:
%endmacro

start:
        mov     [stack], rsp
        test    spl, 15                 ; RSP is a multiple of 16
        expect  z, 'A'
        mov     rax, 'BAREMETA'
        cmp     [abs b_name], rax
        expect  e, 'N'
        call    fill
        mov     rcx, intro_length
        lea     rsi, [intro]
        call    [abs b_output]
        cmp     rcx, intro_length       ; both are inputs only: kept
        expect  e, 'C'
        lea     rax, [intro]
        cmp     rsi, rax
        expect  e, 'S'
        call    compare
        xor     ecx, ecx                ; no text: nothing is printed
        call    [abs b_output]
        call    system_calls
        call    disk
        call    rest
        lea     rsi, [good]
        mov     ecx, good_length
        call    [abs b_output]
        mov     rsp, [stack]
        ret

failed:
        mov     [letter], al
        lea     rsi, [bad]
        mov     ecx, bad_length
        call    [abs b_output]
        mov     rsp, [stack]
        ret

; b_system: known functions answer, an unknown one leaves RAX.
system_calls:
        call    fill
        mov     ecx, FREE_MEMORY
        call    [abs b_system]
        cmp     ecx, FREE_MEMORY
        expect  e, 'R'
        test    rax, rax
        expect  nz, 'M'
        call    compare
        mov     ecx, SMP_NUMCORES
        call    [abs b_system]
        dec     rax
        cmp     rax, 65535
        expect  b, 'P'
        mov     ecx, STDOUT_GET
        call    [abs b_system]
        cmp     rax, [abs b_output]
        expect  e, 'O'
        mov     rax, CANARY
        mov     ecx, UNKNOWN
        call    [abs b_system]
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, 'U'
        mov     ecx, TIMECOUNTER
        call    [abs b_system]
        mov     r12, rax
        call    [abs b_system]          ; RCX is still TIMECOUNTER
        cmp     rax, r12
        expect  ae, 'T'
        call    compare_vectors
        ret

; b_nvs_read: sector 0 of the first disk, to an odd address.
disk:
        call    fill
        xor     eax, eax
        mov     ecx, 1
        xor     edx, edx
        lea     rdi, [buffer + 1]
        call    [abs b_nvs_read]
        cmp     rcx, 1
        expect  e, 'D'
        call    compare
        cmp     word [buffer + 1 + 510], 0xAA55
        expect  e, 'B'
        mov     ecx, 1                  ; a drive that is not there: 0 read
        mov     edx, 1000
        lea     rdi, [buffer + 1]
        call    [abs b_nvs_read]
        test    rcx, rcx
        expect  z, 'V'
        ret

; Calls that find nothing must return as well.
rest:
        call    [abs b_user]
        mov     edx, 1000
        call    [abs b_net_rx]
        test    rcx, rcx
        expect  z, 'E'
        call    [abs b_input]
        expect  z, 'K'                  ; ZF: no key, and AL is 0
        test    al, al
        expect  z, 'K'
        ret

; Puts the canary into registers that no call has as an output.
fill:
        mov     rbx, CANARY
        mov     rbp, rbx
        mov     r8, rbx
        mov     r9, rbx
        mov     r10, rbx
        mov     r11, rbx
        mov     r12, rbx
        mov     r13, rbx
        mov     r14, rbx
        mov     r15, rbx
        movq    xmm0, rbx
        movq    xmm15, rbx
        ret

; Goes to failed unless they still hold it.
compare:
        mov     rax, CANARY
%macro same 1
        cmp     %1, rax
        expect  e, 'G'
%endmacro
        same    rbx
        same    rbp
        same    r8
        same    r9
        same    r10
        same    r11
        same    r12
        same    r13
        same    r14
        same    r15

compare_vectors:
        mov     rdx, CANARY
        movq    rax, xmm0
        cmp     rax, rdx
        expect  e, 'X'
        movq    rax, xmm15
        cmp     rax, rdx
        expect  e, 'X'
        ret

intro:  db      "flat-legacy: "
intro_length equ $ - intro
good:   db      "all is well", 10
good_length equ $ - good
bad:    db      "wrong: "
letter: db      "?", 10
bad_length equ $ - bad

; Not in the file; never read before it is written.
absolute $
        alignb  8
stack:  resq    1
buffer: resb    4096 + 1
