; entry.asm - first bytes of pure64: from 32-bit protected mode to C.
; SPDX-License-Identifier: BSD-3-Clause
;
; Who jumps here: a boot stage, as boot_info.h says: 32-bit protected mode,
; paging off, flat segments, no stack, on a CPU known to have 64-bit mode.
; EBX = struct boot_info, ESI = address of the first byte.
; Leaves: 64-bit mode, CS 8, the others 16, CR0, CR4 and EFER at known values,
; memory mapped at its own address (BIOS: 1 GiB, UEFI: 4 GiB), zeroed data, a
; stack; calls pure64_main(EBX), which never returns.
%include "layout.inc"
%define PAGE_TABLE 0x03     ; present, writable
%define PAGE_LARGE 0x83     ; and 2 MiB
%define PAGE_BYTES 0x1000
%define TABLE_DWORDS 1024
%define FRAME_BYTES 0x200000
%define UEFI_GIBS 4
%define STACK_BYTES 0x2000
%define CODE 0x08
%define DATA 0x10
; What a label of this section is from ESI.
%define AT(label) esi + label - entry

section .text.entry exec
bits 32
; void entry(void);
global entry
entry:
    cld
    ; A distance to another section is known to the linker only relative to
    ; where it stands, hence a table of distances from its own elements.
    lea edi, [AT(to_tables)]
    add edi, [edi]
    mov ebp, edi                ; EBP = PML4, PDPT and directories behind it

    ; PML4 and PDPT: empty but for the entries below. Directories are filled
    ; entirely.
    xor eax, eax
    mov ecx, 2 * TABLE_DWORDS
    rep stosd
    lea eax, [ebp + PAGE_BYTES + PAGE_TABLE]
    mov [ebp], eax              ; PML4[0] = PDPT
    mov ecx, PAGE_BYTES
    cmp dword [ebx + BOOT_INFO_WAY], BOOT_WAY_BIOS
    je .directories
    mov ecx, UEFI_GIBS * PAGE_BYTES
.directories:
    add ecx, edi                ; EDI, ECX = directories and their end
    lea edx, [ebp + PAGE_BYTES]
    lea eax, [edi + PAGE_TABLE]
.directory:
    mov [edx], eax
    add edx, 8
    add eax, PAGE_BYTES
    cmp eax, ecx
    jb .directory

    ; 512 pages of 2 MiB a directory; the high halves are 0.
    mov eax, PAGE_LARGE
    xor edx, edx
.page:
%assign i 0
%rep 8
    mov [edi + i], eax
    mov [edi + i + 4], edx
    add eax, FRAME_BYTES
%assign i i + 8
%endrep
    add edi, i
    cmp edi, ecx
    jne .page

    ; Intel SDM volume 3, "Initializing IA-32e Mode".
    mov eax, CR4_PAE
    mov cr4, eax
    mov cr3, ebp
    mov ecx, MSR_EFER
    mov eax, EFER_LME
    wrmsr                       ; EDX = 0
    lea eax, [AT(gdt)]
    mov [AT(gdt_register.base)], eax
    lgdt [AT(gdt_register)]
    lea eax, [AT(to_stack)]
    add eax, [eax]
    mov esp, eax
    push CODE
    lea eax, [AT(long_mode)]
    push eax
    mov eax, CR0_PG | CR0_NE | CR0_ET | CR0_MP | CR0_PE
    mov cr0, eax
    retf

align 4
to_tables: dd entry_tables - $
to_stack: dd entry_stack_end - $

align 8
gdt:
    dq 0
    dq 0x00AF9B000000FFFF       ; CODE: 64-bit
    dq 0x00CF93000000FFFF       ; DATA
gdt_register:
    dw $ - gdt - 1
.base:
    dd 0

bits 64
default rel
extern pure64_main
extern pure64_zero_start
extern pure64_zero_end
long_mode:
    mov eax, DATA
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov fs, eax
    mov gs, eax
    mov esp, esp                ; the upper half is undefined in a switch
    xor eax, eax
    lea rdi, [pure64_zero_start]
    lea rcx, [pure64_zero_end]
    sub rcx, rdi
    shr ecx, 3
    rep stosq
    mov edi, ebx                ; struct boot_info is below 4 GiB
    call pure64_main

; Not in the file and not cleared: the temporary tables, the directory for a
; frame buffer (paging.c), the stack.
section .work nobits alloc write align=4096
entry_tables:
    resb 2 * PAGE_BYTES
    resb UEFI_GIBS * PAGE_BYTES
global entry_spare_directory
entry_spare_directory: resb PAGE_BYTES
entry_stack: resb STACK_BYTES
entry_stack_end:
