; bios.asm - real-mode stage: head of the payload, BIOS calls, way to pure64.
; SPDX-License-Identifier: BSD-3-Clause
;
; mbr.asm (or another loader with such a `read`) jumps here in 16-bit real mode:
;   CS = DS = ES = SS = 0, SP = BP = LAYOUT_MBR, interrupts on, DF clear
;   EAX = sector LAYOUT_BIOS_STAGE_SIZE bytes behind the payload's first one
;   DL  = drive that holds the payload
;   SI  = near routine: read CX sectors (1-32) from sector EAX to ES:BX, with
;         BP as it was; CF clear: EAX = next sector; CF set: AL = status
;   DI  = near routine: print the text at DS:SI and AL in hexadecimal, halt
; It leaves pure64 at LAYOUT_PURE64_BIOS, its zeroed memory behind it, kernel
; and os at LAYOUT_KERNEL with zeros up to the next 64 KiB line, the memory map
; at LAYOUT_E820, the boot options in its own place, and enters pure64 as
; boot_info.h says. Below 1 MiB nothing is written at or above LAYOUT_HIGH_PD:
; the EBDA may begin there.
;
; Failures, a letter and two hexadecimal digits (R and N: see mbr.asm):
;   C  the CPU: 00 no CPUID, 01 no 64-bit mode
;   A  address line A20 stays closed; 00
;   D  the payload cannot be read; the digits are the INT 13h status
;   M  the BIOS names no memory by E820, E801 or 88h; 00

%include "layout.inc"

GDT_CODE32 equ 0x08
GDT_DATA32 equ 0x10
GDT_CODE16 equ 0x18
GDT_DATA16 equ 0x20

    bits 16
    org LAYOUT_BIOS_STAGE

; struct payload_header; tools/payload.c fills it in.
header:
    jmp near start
    nop
    dd PAYLOAD_MAGIC
    times PAYLOAD_HEADER_SIZE - ($ - header) db 0

%define HEADER(field) header + PAYLOAD_HEADER_%+field
%define INFO(field)   boot_info + BOOT_INFO_%+field

start:
    mov [load_read], si
    mov [fail], di
    mov [INFO(BOOT_DRIVE)], dl
    sub eax, LAYOUT_BIOS_STAGE_SIZE / 512
    mov [load_payload_sector], eax
    call cpu_check
    call a20_open
    call load_pure64
    call load_kernel
    call options_read
    call memory_map_read
    call video_set

    mov eax, [HEADER(PURE64_MEMORY)]
    mov [INFO(PURE64_MEMORY)], eax
    mov eax, [HEADER(KERNEL_BYTES)]
    mov [INFO(KERNEL_BYTES)], eax
    cli
    lgdt [gdt_register]
    mov eax, cr0
    or al, CR0_PE
    mov cr0, eax
    jmp GDT_CODE32:enter_pure64

; Fails unless the CPU has 64-bit mode (Intel SDM, CPUID: 80000001h, EDX 29).
CPUID_LEAF_FEATURES equ 0x80000001
CPUID_LONG_MODE     equ 1 << 29
RFLAGS_ID           equ 1 << 21
cpu_check:
    pushfd
    pop eax
    mov ecx, eax
    xor eax, RFLAGS_ID              ; can be changed where CPUID exists
    push eax
    popfd
    pushfd
    pop eax
    xor ecx, eax
    test ecx, RFLAGS_ID
    mov al, 0
    jz .unfit
    mov eax, CPUID_LEAF_FEATURES - 1
    cpuid
    cmp eax, CPUID_LEAF_FEATURES
    mov al, 1
    jb .unfit
    mov eax, CPUID_LEAF_FEATURES
    cpuid
    test edx, CPUID_LONG_MODE
    mov al, 1
    jz .unfit
    ret
.unfit:
    mov si, text_cpu
    jmp [fail]

%include "bios_a20.inc"
%include "bios_load.inc"
%include "bios_options.inc"
%include "bios_memory.inc"
%include "bios_video.inc"
%include "bios_vbe.inc"

; The last of this stage, 32-bit: T0 is taken by the very first instruction.
    bits 32
enter_pure64:
    rdtsc
    mov ecx, GDT_DATA32
    mov ds, ecx
    mov es, ecx
    mov ss, ecx
    mov fs, ecx
    mov gs, ecx
    mov [INFO(T0)], eax
    mov [INFO(T0) + 4], edx
    mov ebx, boot_info
    mov esi, LAYOUT_PURE64_BIOS
    jmp esi

text_cpu:
    db 13, 10, "This CPU has no 64-bit mode. Error C", 0
text_a20:
    db 13, 10, "Address line A20 cannot be opened. Error A", 0
text_disk:
    db 13, 10, "The system cannot be read from the disk. Error D", 0
text_memory:
    db 13, 10, "The BIOS names no memory. Error M", 0

    align 8, db 0
gdt:                                ; base 0: flat 32-bit, and 64 KiB 16-bit
    dq 0
    dq 0x00CF9B000000FFFF           ; GDT_CODE32
    dq 0x00CF93000000FFFF           ; GDT_DATA32
    dq 0x00009B000000FFFF           ; GDT_CODE16
    dq 0x000093000000FFFF           ; GDT_DATA16
gdt_register:
    dw gdt_register - gdt - 1
    dd gdt

fail:
    dw 0

    align 8, db 0
boot_info:
    times BOOT_INFO_MEMORY_MAP db 0
    dq LAYOUT_E820
    times BOOT_INFO_DESCRIPTOR_BYTES - ($ - boot_info) db 0
    dd MEMORY_RECORD_SIZE
    times BOOT_INFO_WAY - ($ - boot_info) db 0
    dd BOOT_WAY_BIOS
    times BOOT_INFO_PURE64_BASE - ($ - boot_info) db 0
    dd LAYOUT_PURE64_BIOS
    times BOOT_INFO_KERNEL_SOURCE - ($ - boot_info) db 0
    dd LAYOUT_KERNEL
    times BOOT_INFO_SIZE - ($ - boot_info) db 0

%if $ - $$ > OPTIONS_BLOCK - LAYOUT_BIOS_STAGE
%error "the real-mode stage runs into the boot options"
%endif
