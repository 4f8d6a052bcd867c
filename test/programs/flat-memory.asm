; flat-memory.asm - a flat program: how it is entered, and its memory.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-memory"
own_bytes equ 64
%include "flat.inc"

MSR_FS_BASE     equ 0xC0000100
ALIAS           equ 0x800000
ALIAS_END       equ 0x1000000
STACK           equ 0x10000
FRAME           equ 0x200000

main:
        call    entry
        call    stack_memory
        call    fs_base
        call    all_memory
        call    low_alias
        ret

; RSP when start stored it is that of the entry.
entry:
        mov     rax, [stack]
        test    al, 15
        expect  z, "RSP is no multiple of 16 at the entry"
        pushfq
        pop     rax
        bt      eax, 9
        expect  c, "interrupts are off"
        mov     ax, cs
        test    al, 3
        expect  z, "not ring 0"
        mov     rax, 'BAREMETA'
        cmp     [abs 0x100003], rax
        expect  e, "the kernel's name"
        cmp     byte [abs 0x10000B], 'L'
        expect  e, "the end of the kernel's name"
        cmp     byte [abs 0x100000], 0xEB
        expect  e, "no short jump before the name"
        cmp     byte [abs 0x100002], 0x90
        expect  e, "no NOP before the name"
        xor     edx, edx                ; the boot CPU
        system  SMP_ID
        cmp     eax, [abs 0x5008]
        expect  e, "not the boot CPU"
        system  SMP_GET
        lea     rdx, [start]
        or      rdx, 3
        cmp     rax, rdx
        expect  e, "SMP_GET is not the entry, running and present"
        ret

; 64 KiB below the entry's RSP.
stack_memory:
        mov     rdi, [stack]
        mov     ecx, STACK / 8
.next:
        sub     rdi, 8
        mov     rax, [rdi]              ; what is in use stays
        mov     [rdi], rax
        dec     ecx
        jnz     .next
        ret

; The kernel leaves the program's FS base alone.
fs_base:
        mov     ecx, MSR_FS_BASE
        lea     rax, [bss_own]
        mov     rdx, rax
        shr     rdx, 32
        wrmsr
        mov     qword [bss_own + 8], 1234
        system  DELAY, 5000
        system  FREE_MEMORY
        give    R_RCX, 0
        checked b_output, 0
        cmp     qword [fs:8], 1234
        expect  e, "FS base changed"
        mov     ecx, MSR_FS_BASE
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        lea     rdx, [bss_own]
        cmp     rax, rdx
        expect  e, "the MSR of FS base changed"
        ret

; The first and the last word of each 2 MiB but the first get their address;
; then all are looked at: one range, no page twice. All but what this program
; has at its start and end is overwritten in between.
all_memory:
        system  FREE_MEMORY
        mov     r12, rax
        shl     r12, 20                 ; bytes
        cmp     r12, FRAME
        expect  a, "less than 2 MiB"
        mov     rbx, start
        mov     r13, FRAME
.write:
        mov     [rbx + r13], r13
        lea     rax, [r13 + 4088]
        mov     [rbx + r13 + 4088], rax
        add     r13, 4096
        cmp     r13, r12
        jb      .write
        mov     r13, FRAME
.read:
        cmp     [rbx + r13], r13
        expect  e, "a page is there twice, or not writable"
        lea     rax, [r13 + 4088]
        cmp     [rbx + r13 + 4088], rax
        expect  e, "the end of a page is not its own"
        add     r13, 4096
        cmp     r13, r12
        jb      .read
        system  FREE_MEMORY             ; nothing of the system was inside
        shl     rax, 20
        cmp     rax, r12
        expect  e, "FREE_MEMORY changed"
        system  DELAY, 1000
        ret

; 0x800000-0xFFFFFF is program memory, too: where does not matter, but what
; is written there is found above and stays.
low_alias:
        mov     ebx, ALIAS
        mov     rax, CANARY
.write:
        mov     [rbx], rax
        add     rax, rbx
        add     ebx, 4096
        cmp     ebx, ALIAS_END
        jb      .write
        system  DELAY, 1000
        mov     ebx, ALIAS
        mov     rax, CANARY
.read:
        cmp     [rbx], rax
        expect  e, "0x800000-0xFFFFFF does not keep what is written"
        add     rax, rbx
        add     ebx, 4096
        cmp     ebx, ALIAS_END
        jb      .read
        mov     rbx, start              ; it is found above, in some page
        mov     rcx, start + (64 << 20)
        mov     rax, CANARY
.find:
        add     rbx, 4096
        cmp     rbx, rcx
        expect  b, "0x800000 shows no program memory"
        cmp     [rbx], rax
        jne     .find
        ret
        flat_end
