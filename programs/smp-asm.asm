; smp-asm.asm - all CPUs add up numbers, in assembly.
; SPDX-License-Identifier: BSD-3-Clause
;
; parallel_for(begin, end, chunk, body, argument) calls the loop's body on each
; CPU, as any function is called, each time for another part of begin .. end - 1;
; chunk 0 makes one part for each CPU.

%include "baremetal.inc"

NUMBERS equ 10000000

program_start
        os_call parallel_for, 0, NUMBERS, 0, add_up, total
        mov     rax, [total]
        call    put_number
        os_call write, text, text_length
        xor     eax, eax                        ; exit status 0
        ret

; void add_up(uint64_t begin, uint64_t end, void *argument): RDI, RSI, RDX.
; Adds the numbers from begin to end - 1 to the total.
add_up:
        xor     eax, eax
.next:
        add     rax, rdi
        inc     rdi
        cmp     rdi, rsi
        jb      .next
        lock add [rdx], rax                     ; other CPUs add to it, too
        ret

; Puts the number in RAX, in decimal, before the end of the text.
put_number:
        lea     rdi, [text_end - 2]
        mov     ecx, 10
.digit:
        xor     edx, edx
        div     rcx
        add     dl, '0'
        mov     [rdi], dl
        dec     rdi
        test    rax, rax
        jnz     .digit
        ret

        align   8
total:  dq      0
text:   db      "The sum is               ", BAREMETAL_NEWLINE
text_end:
text_length equ text_end - text
