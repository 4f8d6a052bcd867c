; hello-asm.asm - the smallest program in assembly.
; SPDX-License-Identifier: BSD-3-Clause
;
; A flat program: no header, its first byte runs first. It is called in 64-bit
; mode with RDI = argc, RSI = argv, RDX = the interface, and returns with RET.
; os_call calls any function of the interface by its name.

%include "baremetal.inc"

program_start
        os_call write, text, text_length
        xor     eax, eax                        ; exit status 0
        ret

text:   db      "Hello, world!", BAREMETAL_NEWLINE
text_length equ $ - text
