; flat-output.asm - a flat program: b_output, its slot, dumps, b_user.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-output"
own_bytes equ 8192
%include "flat.inc"

LONG_TEXT equ 8000

main:
        checked b_user, 0
        lea     rbx, [text]
        give    R_RSI, rbx
        give    R_RCX, text_length
        checked b_output, 0
        give    R_RCX, 0                ; nothing is printed, or read
        give    R_RSI, 0x10
        checked b_output, 0
        lea     rdi, [bss_own]          ; long, to an odd address
        inc     rdi
        give    R_RSI, rdi
        give    R_RCX, LONG_TEXT
        mov     ecx, LONG_TEXT
        mov     al, 'y'
        rep     stosb
        checked b_output, 0
        say     10
        mov     rbx, 0x1000             ; interrupts off stay off
        cli
        lea     rsi, [text]
        mov     ecx, text_length
        call    [abs b_output]
        pushfq
        pop     rax
        sti
        bt      eax, 9
        expect  nc, "b_output turned interrupts on"
        std                             ; the direction may be any
        lea     rsi, [text]
        mov     ecx, text_length
        call    [abs b_output]
        cld
        call    output_slot
        call    dumps
        ret

output_slot:
        system  STDOUT_GET
        mov     r12, rax
        cmp     rax, [abs b_output]
        expect  e, "STDOUT_GET is not the slot"
        lea     rbx, [own_output]
        system  STDOUT_SET, rbx
        cmp     rax, rbx
        expect  e, "STDOUT_SET changed RAX"
        mov     ecx, 5
        call    [abs b_output]
        system  STDOUT_GET
        mov     r13, rax
        system  STDOUT_SET, r12
        cmp     r13, rbx
        expect  e, "STDOUT_GET after STDOUT_SET"
        cmp     qword [bss_own], 5
        expect  e, "the slot does not call the program's function"
        ret

own_output:
        mov     [bss_own], rcx
        ret

dumps:
        say     10
        mov     rbx, 0xFEDCBA9876543210
        system  DUMP_RAX, rbx
        say     10
        lea     rbx, [dumped]
        system  DUMP_MEM, rbx, 18
        cmp     rax, rbx
        expect  e, "DUMP_MEM changed RAX"
        system  DUMP_MEM, rbx, 0
        ret

; Control codes: "abX" becomes "ac" by erase, "q" goes between by moves.
text:   db      "abX", 0x0E, 0x0E, "c", 9, "t", 0x03, 0x03, "q", 0x02, "r"
        db      "gone", 0x0D, "kept", 10
text_length equ $ - text
dumped: db      0, 1, 2, 3, 4, 5, 6, 7, 0x89, 0xAB, 0xCD, 0xEF, "ABCDEF"
        flat_end
