; flat-input.asm - a flat program: b_input, with HLT between the keys.
; SPDX-License-Identifier: BSD-3-Clause
;
; Prints the code of each key until q.

%define name "flat-input"
own_bytes equ 8
%include "flat.inc"

main:
        checked b_input, 1 << R_RAX     ; nothing typed
        bt      qword [flags_out], 6
        expect  c, "ZF is not set without a key"
        mov     rax, [regs_in]
        xor     al, al
        cmp     rax, [regs_out]
        expect  e, "AL is not 0, or more of RAX changed"
        say     {"type", 10}
.next:
        cli                             ; no key between look and HLT
        call    [abs b_input]
        jnz     .key
        test    al, al
        expect  z, "ZF is set, and AL is not 0"
        sti
        hlt                             ; every key ends it
        jmp     .next
.key:
        sti
        test    al, al
        expect  nz, "ZF is not set, and AL is 0"
        mov     bl, al
        shr     al, 4
        call    digit
        mov     [bss_own], al
        mov     al, bl
        and     al, 15
        call    digit
        mov     [bss_own + 1], al
        mov     byte [bss_own + 2], 10
        lea     rsi, [bss_own]
        mov     ecx, 3
        call    [abs b_output]
        cmp     bl, 'q'
        jne     .next
        ret

digit:
        and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     .done
        add     al, 'a' - '0' - 10
.done:  ret
        flat_end
