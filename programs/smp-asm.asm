; smp-asm.asm - all CPUs add up numbers, in assembly.
; SPDX-License-Identifier: BSD-3-Clause
;
; A flat program, entered with RDX = the interface and RSP a multiple of 16.
; parallel_for calls the loop's body on each CPU, with RSP 8 more than a
; multiple of 16 as usual in a function, each time for another part.

%include "baremetal.inc"

NUMBERS equ 10000000

bits 64
org BAREMETAL_PROGRAM

start:
        push    rbx                             ; kept for our caller
        sub     rsp, 8                          ; a multiple of 16 again
        mov     rbx, rdx
        xor     edi, edi                        ; parallel_for(begin, end,
        mov     esi, NUMBERS                    ;   chunk, body, argument)
        xor     edx, edx                        ; a part for each CPU
        lea     rcx, [rel add_up]
        lea     r8, [rel total]
        call    [rbx + BAREMETAL_PARALLEL_FOR]
        mov     rax, [rel total]
        call    put_number
        lea     rdi, [rel text]                 ; write(text, length)
        mov     esi, text_length
        call    [rbx + BAREMETAL_WRITE]
        add     rsp, 8
        pop     rbx
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
        lea     rdi, [rel text_end - 2]
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
