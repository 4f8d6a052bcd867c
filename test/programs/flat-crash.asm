; flat-crash.asm - a flat program that goes wrong in the second of its
; functions.
; SPDX-License-Identifier: BSD-3-Clause
%include "baremetal.inc"

bits 64
org BAREMETAL_PROGRAM

start:
        push    rbx
        mov     rbx, rdx
        mov     esi, text.end - text
        mov     rdi, text
        call    [rbx + BAREMETAL_WRITE]
        call    second
        pop     rbx
        ret

text:   db      "flat", 10
.end:

second:
        push    rbp
        mov     rbp, rsp
        mov     rax, 0x123456789000
.store:
        mov     [rax], eax              ; here
        pop     rbp
        ret
