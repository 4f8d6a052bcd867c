; net-legacy.asm - a flat program that uses the network by the b_* calls.
; SPDX-License-Identifier: BSD-3-Clause
;
; Sends its MAC in a frame of 60 bytes, waits for a frame, sends it back from
; where it is, tries lengths that are not possible, and prints "net-legacy:
; all is well", or the letter of what was wrong.

bits 64
default rel
org 0xFFFF800000000000

%define b_output        0x100018
%define b_net_tx        0x100020
%define b_net_rx        0x100028
%define b_system        0x100040

NET_STATUS      equ 0x30
TRIES           equ 200000000

%define CANARY 0x0123456789ABCDEF

start:
        mov     rbx, CANARY
        mov     ecx, NET_STATUS
        mov     edx, 7                  ; no such interface
        call    [abs b_system]
        mov     dl, 'S'
        test    rax, rax
        jnz     failed
        mov     ecx, NET_STATUS
        xor     edx, edx
        call    [abs b_system]
        cmp     ecx, NET_STATUS
        mov     dl, 'C'
        jne     failed
        bswap   rax                     ; first octet in bits 47:40
        shr     rax, 16
        mov     [frame + 6], eax
        shr     rax, 32
        mov     [frame + 10], ax
        lea     rsi, [frame]
        xor     edx, edx
        mov     ecx, 60
        call    [abs b_net_tx]
        xor     ecx, ecx                ; ignored
        call    [abs b_net_tx]
        mov     ecx, 1519
        call    [abs b_net_tx]
        mov     r15d, TRIES
.wait:
        xor     edx, edx
        mov     rcx, CANARY
        call    [abs b_net_rx]
        test    rcx, rcx
        jnz     .received
        dec     r15d
        jnz     .wait
        mov     dl, 'R'
        jmp     failed
.received:
        mov     rsi, rdi
        xor     edx, edx
        call    [abs b_net_tx]
        mov     rax, CANARY
        mov     dl, 'B'
        cmp     rax, rbx
        jne     failed
        lea     rsi, [well]
        mov     ecx, well_length
        call    [abs b_output]
        xor     eax, eax
        ret

failed:
        mov     [wrong_letter], dl
        lea     rsi, [wrong]
        mov     ecx, wrong_length
        call    [abs b_output]
        mov     eax, 1
        ret

well:           db "net-legacy: all is well", 10
well_length     equ $ - well
wrong:          db "net-legacy: "
wrong_letter:   db "?", 10
wrong_length    equ $ - wrong
frame:          times 6 db 0xFF
                times 6 db 0
                db 0x88, 0xB5
                times 46 db 0x5A
