; uefi_faults.asm - an EFI application that makes the firmware misbehave.
; SPDX-License-Identifier: BSD-3-Clause
;
; Stands as EFI/BOOT/BOOTX64.EFI, contains the real one, hooks boot services
; and starts it. What goes wrong, each 0 unless given by -D:
;   REFUSALS    times ExitBootServices refuses, because the map has changed
;   SMALL_MAPS  times GetMemoryMap finds a large buffer too small
;   LOW_BLOCKS  times AllocatePages gives pages below LAYOUT_RAM_START
;   WITHOUT_ACPI 1: no ACPI 2.0 table, 2: no ACPI table at all
;   LA57        1: the firmware runs with 5-level paging
; After a refusal every boot service but the two allowed ones says so on COM1.
;
; nasm -f bin -Ibuild/include/ -Ipure64/boot/ -Itest/boot/uefi_faults/ \
;     -DREFUSALS=3 -DEFI_FILE='"build/BOOTX64.EFI"' uefi_faults.asm
bits 64
default rel
%include "layout.inc"
%include "uefi_abi.inc"
%include "uefi_headers.inc"

%ifndef REFUSALS
%define REFUSALS 0
%endif
%ifndef SMALL_MAPS
%define SMALL_MAPS 0
%endif
%ifndef LOW_BLOCKS
%define LOW_BLOCKS 0
%endif
%ifndef WITHOUT_ACPI
%define WITHOUT_ACPI 0
%endif
%ifndef LA57
%define LA57 0
%endif

LOAD_IMAGE     equ 0xC8
START_IMAGE    equ 0xD0
ARG6           equ ARG5 + 8

section .text
text_start:

uefi_start:
    push rbx
    push rsi
    push rdi
    push rbp
    sub rsp, UEFI_FRAME
    mov rbx, rcx
    mov rbp, rdx
    mov rax, [rdx + SYSTEM_BOOT_SERVICES]
    mov [boot_services], rax
    xor ecx, ecx
    mov rdx, rbx
    xor r8d, r8d
    lea r9, [payload]
    mov qword [rsp + ARG5], payload_end - payload
    lea rax, [image]
    mov [rsp + ARG6], rax
    BOOT_SERVICE LOAD_IMAGE
    test rax, rax
    js .done
    call acpi_hide
%if LA57
    call paging_5_levels
%endif
    call services_hook
    mov rcx, [image]
    xor edx, edx
    xor r8d, r8d
    BOOT_SERVICE START_IMAGE
    mov rbx, rax            ; it gave up: the firmware must go on without us
    call services_restore
    mov r11, [real + EXIT_BOOT_SERVICES]
    mov [r8 + EXIT_BOOT_SERVICES], r11
    mov rax, rbx
.done:
    add rsp, UEFI_FRAME
    pop rbp
    pop rdi
    pop rsi
    pop rbx
    ret

; RBP = system table. Spoils the GUIDs of the ACPI tables.
acpi_hide:
    mov rcx, [rbp + SYSTEM_TABLE_COUNT]
    mov rdx, [rbp + SYSTEM_TABLES]
.entry:
%if WITHOUT_ACPI >= 1
    cmp dword [rdx], 0x8868E871
    je .spoil
%endif
%if WITHOUT_ACPI >= 2
    cmp dword [rdx], 0xEB9D2D30
    je .spoil
%endif
    jmp .next
.spoil:
    not dword [rdx]
.next:
    add rdx, CONFIGURATION_TABLE_SIZE
    loop .entry
    ret

%include "uefi_hooks.inc"
%include "uefi_la57.inc"
    align PAGE, db 0
text_end:

section .data
    align 8, db 0
boot_services:  dq 0
image:          dq 0
    align PAGE, db 0
data_end:

section .payload
payload:
    incbin EFI_FILE
payload_end:
    align PAGE, db 0
payload_section_end:

section .reloc
reloc_start:
    dd text_start, reloc_block_end - reloc_start
    dw 0, 0
reloc_block_end:
    align PAGE, db 0
image_end:
