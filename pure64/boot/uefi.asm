; uefi.asm - BOOTX64.EFI: the UEFI boot stage, with the payload inside.
; SPDX-License-Identifier: BSD-3-Clause
;
; Who jumps here: the UEFI firmware, as an application, in 64-bit mode with
; the Microsoft x64 calling convention. RCX = image handle, RDX = system table.
; Leaves: 32-bit protected mode without paging, at the first byte of pure64,
; as pure64/boot_info.h says. Returns to the firmware only on an error.
;
; Nothing here touches a fixed address: until pure64 has checked the memory
; map, all of them may belong to the firmware. Everything pure64 needs stands
; in one block of pages (uefi_block.inc). Sections named below in brackets are
; those of the UEFI Specification 2.10.
;
; nasm -f bin -DPAYLOAD_FILE='"payload.bin"' uefi.asm -o BOOTX64.EFI
bits 64
default rel
%include "layout.inc"
%include "uefi_abi.inc"
%include "uefi_headers.inc"

section .text
text_start:

; EFI_STATUS uefi_start(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);
uefi_start:
    push rbx
    push rbp
    push rsi
    push rdi
    push r12
    push r13
    push r14
    push r15
    sub rsp, UEFI_FRAME
    cld
    mov [entry_stack], rsp
    mov [image_handle], rcx
    mov [system_table], rdx
    call system_table_check
    call watchdog_stop
    call payload_check
    call rsdp_find
    call options_read
    call video_start
    call block_make
    call block_fill
    call boot_services_exit
    jmp machine_leave

; Takes the boot services from the system table, or fails. [4.2, 4.3, 4.4]
system_table_check:
    mov rcx, [system_table]
    EFI_ERROR_CODE EFI_INCOMPATIBLE_VERSION
    test rcx, rcx
    jz .bad
    mov rdx, EFI_SYSTEM_TABLE_SIGNATURE
    cmp [rcx + TABLE_SIGNATURE], rdx
    jne .bad
    mov rcx, [rcx + SYSTEM_BOOT_SERVICES]
    test rcx, rcx
    jz .bad
    mov rdx, EFI_BOOT_SERVICES_SIGNATURE
    cmp [rcx + TABLE_SIGNATURE], rdx
    jne .bad
    mov [boot_services], rcx
    ret
.bad:
    FAIL "the firmware's system table is damaged"

; The firmware resets the machine 5 minutes after it started us otherwise.
; A firmware without a watchdog may refuse: not an error. [7.5]
watchdog_stop:
    sub rsp, UEFI_FRAME
    xor ecx, ecx
    xor edx, edx
    xor r8d, r8d
    xor r9d, r9d
    BOOT_SERVICE SET_WATCHDOG_TIMER
    add rsp, UEFI_FRAME
    ret

; Every part the header names must lie inside the payload.
payload_check:
    EFI_ERROR_CODE EFI_LOAD_ERROR
    lea rcx, [payload]
    cmp dword [rcx + PAYLOAD_HEADER_MAGIC], PAYLOAD_MAGIC
    jne .bad
    mov edx, [rcx + PAYLOAD_HEADER_TOTAL_BYTES]
    cmp rdx, payload_end - payload
    ja .bad
    mov r8d, [rcx + PAYLOAD_HEADER_PURE64_BYTES]
    test r8d, r8d
    jz .bad
    cmp r8d, [rcx + PAYLOAD_HEADER_PURE64_MEMORY]
    ja .bad
    mov r9d, [rcx + PAYLOAD_HEADER_PURE64_OFFSET]
    add r8, r9
    cmp r8, rdx
    ja .bad
    mov r8d, [rcx + PAYLOAD_HEADER_KERNEL_BYTES]
    mov r9d, [rcx + PAYLOAD_HEADER_KERNEL_OFFSET]
    add r8, r9
    cmp r8, rdx
    ja .bad
    ret
.bad:
    FAIL "the payload in this file is damaged"

; boot_info.rsdp: the ACPI 2.0 table, else that of ACPI 1.0, else 0. [4.6]
rsdp_find:
    mov rcx, [system_table]
    mov rdx, [rcx + SYSTEM_TABLE_COUNT]
    mov rcx, [rcx + SYSTEM_TABLES]
    test rcx, rcx
    jz .done
.entry:
    sub rdx, 1
    jb .done
    mov rax, [rcx]
    mov r8, [rcx + 8]
    mov r9, [rcx + CONFIGURATION_TABLE_ADDRESS]
    add rcx, CONFIGURATION_TABLE_SIZE
    cmp rax, [acpi_20_guid]
    jne .acpi_10
    cmp r8, [acpi_20_guid + 8]
    jne .acpi_10
    mov [boot_info + BOOT_INFO_RSDP], r9
    ret
.acpi_10:
    cmp rax, [acpi_10_guid]
    jne .entry
    cmp r8, [acpi_10_guid + 8]
    jne .entry
    mov [boot_info + BOOT_INFO_RSDP], r9
    jmp .entry
.done:
    ret

%include "uefi_options.inc"
%include "uefi_video.inc"
%include "uefi_gop.inc"
%include "uefi_block.inc"
%include "uefi_exit.inc"
%include "uefi_error.inc"

section .text
    align PAGE, db 0
text_end:

section .data
    align 8, db 0
entry_stack:    dq 0    ; RSP with uefi_start's frame; failures return by it
image_handle:   dq 0
system_table:   dq 0
boot_services:  dq 0    ; 0 while it is not known to be sane
; Filled here, then copied to the block.
boot_info:
    times BOOT_INFO_WAY db 0
    dd BOOT_WAY_UEFI
    times BOOT_INFO_SIZE - BOOT_INFO_WAY - 4 db 0
acpi_20_guid:
    GUID 0x8868E871, 0xE4F1, 0x11D3, 0xBC, 0x22, 0x00, 0x80, 0xC7, 0x3C, 0x88, 0x81
acpi_10_guid:
    GUID 0xEB9D2D30, 0x2D88, 0x11D3, 0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D
    align PAGE, db 0
data_end:

section .payload
payload:
    incbin PAYLOAD_FILE
payload_end:
    align PAGE, db 0
payload_section_end:
%if payload_end - payload > LAYOUT_PAYLOAD_SIZE_MAX
%error "the payload is too large"
%endif

; No address in this image needs relocating, and a block with two padding
; entries says so: loaders that insist on relocations find some, and those
; that apply them change nothing. [PE/COFF Specification, The .reloc Section]
section .reloc
reloc_start:
    dd text_start, reloc_block_end - reloc_start
    dw 0, 0
reloc_block_end:
    align PAGE, db 0
image_end:
