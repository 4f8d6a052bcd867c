; hello-asm.asm - the smallest program in assembly.
; SPDX-License-Identifier: BSD-3-Clause
;
; A flat program: no header, its first byte runs first. It is called in 64-bit
; mode with RDI = argc, RSI = argv, RDX = the interface, and returns with RET.
; RSP is a multiple of 16 then, just as a call through the interface wants it.

%include "baremetal.inc"

bits 64
org BAREMETAL_PROGRAM

start:
        lea     rdi, [rel text]                 ; write(text, length)
        mov     esi, text_length
        call    [rdx + BAREMETAL_WRITE]
        xor     eax, eax                        ; exit status 0
        ret

text:   db      "Hello, world!", BAREMETAL_NEWLINE
text_length equ $ - text
