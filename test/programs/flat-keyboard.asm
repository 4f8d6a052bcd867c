; flat-keyboard.asm - a flat program: CALLBACK_KEYBOARD.
; SPDX-License-Identifier: BSD-3-Clause
;
; The callback takes keys and prints them, until q; then it is taken back, and
; a key is found by b_input only.

%define name "flat-keyboard"
own_bytes equ 64
%include "flat.inc"

%define key bss_own
%define ended bss_own + 8
%define calls bss_own + 16

main:
        lea     rbx, [callback]
        system  CALLBACK_KEYBOARD, rbx
        cmp     rax, rbx
        expect  e, "CALLBACK_KEYBOARD changed RAX"
        say     {"type", 10}
.wait:
        hlt
        cmp     qword [ended], 0
        je      .wait
        system  CALLBACK_KEYBOARD, 0
        mov     qword [calls], 0
        say     {"again", 10}
.next:
        system  DELAY, 1000
        call    [abs b_input]
        jz      .next
        cmp     al, 'z'
        expect  e, "another key than z"
        cmp     qword [calls], 0
        expect  e, "a callback that was taken back"
        ret

callback:
        push    rax
        push    rcx
        push    rsi
        inc     qword [calls]
.more:
        call    [abs b_input]
        jz      .done
        cmp     al, 27                  ; Escape is nothing to see
        jne     .show
        mov     al, '^'
.show:
        mov     [key], al
        lea     rsi, [key]
        mov     ecx, 1
        call    [abs b_output]
        cmp     byte [key], 'q'
        jne     .more
        mov     qword [ended], 1
        jmp     .more
.done:
        pop     rsi
        pop     rcx
        pop     rax
        ret
        flat_end
