; flat-disk.asm - a flat program: b_nvs_read, b_nvs_write.
; SPDX-License-Identifier: BSD-3-Clause
;
; Drive 1 is all its own: SECTORS of 4 KiB, at first zeros.

%define name "flat-disk"
own_bytes equ 64
%include "flat.inc"

SECTORS equ 1024
LARGE   equ 700                         ; more than a 2 MiB page
AREA    equ start + 0x1FF000            ; a page ends 4 KiB behind
BACK    equ start + 0xA00FF3
ALIAS   equ 0x900123
AREA_BYTES equ LARGE * 4096
R       equ 1 << R_RCX

; transfer slot, first, count, drive, buffer: RAX is the sectors.
%macro transfer 5
        give    R_RAX, %2
        give    R_RCX, %3
        give    R_RDX, %4
        give    R_RDI, %5
        give    R_RSI, %5
        checked %1, R
        mov     rax, [regs_out + 8 * R_RCX]
%endmacro

main:
        mov     rbx, AREA + 1           ; any alignment
        mov     r12, BACK
        mov     rdi, rbx
        mov     ecx, AREA_BYTES / 8
        mov     rax, CANARY
.pattern:
        stosq
        rol     rax, 11
        add     rax, rdi
        dec     ecx
        jnz     .pattern
        transfer b_nvs_write, 3, LARGE, 1, rbx
        cmp     rax, LARGE
        expect  e, "b_nvs_write did not write all"
        transfer b_nvs_read, 3, LARGE, 1, r12
        cmp     rax, LARGE
        expect  e, "b_nvs_read did not read all"
        mov     rsi, rbx
        mov     rdi, r12
        mov     ecx, AREA_BYTES
        repe    cmpsb
        expect  e, "what was read is not what was written"
        mov     r13d, ALIAS             ; one sector, an identity address
        transfer b_nvs_read, 4, 1, 1, r13
        cmp     rax, 1
        expect  e, "b_nvs_read of one sector"
        lea     rsi, [rbx + 4096]
        mov     rdi, r13
        mov     ecx, 4096
        repe    cmpsb
        expect  e, "a sector read to an identity address"
        transfer b_nvs_read, 2, 1, 1, r12
        mov     rdi, r12
        mov     ecx, 4096
        xor     eax, eax
        repe    scasb
        expect  e, "the sector before was written, too"
        call    wrong
        ret

; The truth: as many as there are.
wrong:
        transfer b_nvs_read, 0, 0, 1, r12
        test    rax, rax
        expect  z, "no sectors are some"
        transfer b_nvs_write, 0, 0, 1, r12
        test    rax, rax
        expect  z, "no sectors are some, written"
        transfer b_nvs_read, SECTORS - 2, 5, 1, r12
        cmp     rax, 2
        expect  e, "read beyond the end"
        transfer b_nvs_write, SECTORS - 3, 7, 1, rbx
        cmp     rax, 3
        expect  e, "written beyond the end"
        transfer b_nvs_read, SECTORS, 1, 1, r12
        test    rax, rax
        expect  z, "read behind the end"
        mov     r14, 1 << 60
        transfer b_nvs_read, r14, 1, 1, r12
        test    rax, rax
        expect  z, "read of sector 2^60"
        transfer b_nvs_read, 0, r14, 1, r12
        cmp     rax, SECTORS
        expect  be, "read of 2^60 sectors"
        mov     r14, -1
        transfer b_nvs_read, r14, 2, 1, r12
        test    rax, rax
        expect  z, "read of sector -1"
        transfer b_nvs_read, 0, 1, 17, r12
        test    rax, rax
        expect  z, "a drive that is not there"
        transfer b_nvs_write, 0, 1, r14, r12
        test    rax, rax
        expect  z, "drive -1"
        mov     r14, 0x100000001
        transfer b_nvs_read, 0, 1, r14, r12
        test    rax, rax
        expect  z, "drive 2^32 + 1"
        transfer b_nvs_read, 0, 1, 0, r12
        cmp     rax, 1
        expect  e, "drive 0"
        cmp     word [r12 + 510], 0xAA55
        expect  e, "drive 0 is not the one that was started from"
        ret
        flat_end
