; flat-net.asm - a flat program: b_net_tx, b_net_rx, NET_*, CALLBACK_NETWORK.
; SPDX-License-Identifier: BSD-3-Clause
;
; Sends its MAC in a frame; its callback sends FRAMES frames back; then the
; program itself finds one more and sends that back.

%define name "flat-net"
own_bytes equ 64
%include "flat.inc"

FRAMES  equ 40
RX      equ 1 << R_RCX | 1 << R_RDI

%define calls bss_own
%define frames bss_own + 8

; Lengths that are not possible, and interfaces that are not there.
%macro ignored 2                        ; length, interface
        mov     rbx, %1
        mov     rbp, %2
        lea     r12, [frame]
        give    R_RCX, rbx
        give    R_RDX, rbp
        give    R_RSI, r12
        checked b_net_tx, 0
%endmacro

%macro no_interface 1
        mov     rbx, %1
        system  NET_STATUS, CANARY, rbx
        test    rax, rax
        expect  z, "NET_STATUS of an interface that is not there"
        give    R_RDX, rbx
        checked b_net_rx, RX
        cmp     qword [regs_out + 8 * R_RCX], 0
        expect  e, "a frame from an interface that is not there"
        ignored 60, %1
%endmacro

main:
        no_interface 7
        no_interface -1
        no_interface 0x100000000
        system  NET_CONFIG, 0x400000, 0
        cmp     rax, 0x400000
        expect  e, "NET_CONFIG changed RAX"
        system  NET_STATUS, CANARY, 0
        mov     rdx, rax
        shr     rdx, 48
        expect  z, "more than a MAC"
        test    rax, rax
        expect  nz, "no interface 0"
        bswap   rax                     ; first octet in bits 47:40
        shr     rax, 16
        mov     [frame + 6], eax
        shr     rax, 32
        mov     [frame + 10], ax
        ignored 0, 0
        ignored 1519, 0
        ignored 0x10000003C, 0
        ignored -1, 0
        give    R_RDX, 0                ; nothing has come: all of RCX is 0
        checked b_net_rx, RX
        cmp     qword [regs_out + 8 * R_RCX], 0
        expect  e, "a frame before one was sent"
        lea     rbx, [callback]
        system  CALLBACK_NETWORK, rbx
        cmp     rax, rbx
        expect  e, "CALLBACK_NETWORK changed RAX"
        ignored 60, 0                   ; this one is good
.wait:
        cli
        cmp     qword [frames], FRAMES
        jae     .all
        sti
        hlt                             ; a frame ends it
        jmp     .wait
.all:
        sti
        cmp     qword [calls], 0
        expect  a, "no callback"
        system  CALLBACK_NETWORK, 0
        mov     qword [calls], 0
        say     {"one more", 10}
.next:
        system  DELAY, 100
        give    R_RDX, 0
        checked b_net_rx, RX
        mov     rcx, [regs_out + 8 * R_RCX]
        test    rcx, rcx
        jz      .next
        mov     rsi, [regs_out + 8 * R_RDI]
        xor     edx, edx
        call    [abs b_net_tx]
        cmp     qword [calls], 0
        expect  e, "a callback that was taken back"
        ret

callback:
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        inc     qword [calls]
.more:
        xor     edx, edx
        call    [abs b_net_rx]
        test    rcx, rcx
        jz      .done
        mov     rsi, rdi
        call    [abs b_net_tx]
        inc     qword [frames]
        jmp     .more
.done:
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        ret

frame:  times 6 db 0xFF
        times 6 db 0
        db      0x88, 0xB5
        times 46 db 0x5A
        flat_end
