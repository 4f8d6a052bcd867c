; madt_faults.asm - a boot sector that changes the MADT, then starts ours.
; SPDX-License-Identifier: BSD-3-Clause
;
; Stands in the first 440 bytes of the disk; the real boot sector stands in
; sector 1. The BIOS jumps here in 16-bit real mode at 0x7C00 with DL = drive,
; and the real one finds the same. What is changed in the ACPI MADT, by -D:
;   ENTRIES      bytes (0x00, 0x08, ...) written over entries of type 0 of CPUs
;                that are not enabled: a multiple of 8
;   LAST_LENGTH  the length that the last entry claims to have
; It says on COM1 that it is done, or halts with a letter: M there is no MADT,
; E there are not enough such entries, R sector 1 cannot be read.
;
; nasm -f bin -DENTRIES=0x00,0x08,... madt_faults.asm

LOADED          equ 0x7C00
SELF            equ 0x600
COM1            equ 0x3F8

; ACPI 6.4: "Finding the RSDP on IA-PC Systems", "Root System Description
; Pointer", "System Description Table Header", "Multiple APIC Description
; Table".
ROM             equ 0xE0000
ROM_END         equ 0x100000
RSDP_STEP       equ 16
RSDP_RSDT       equ 16
TABLE_LENGTH    equ 4
TABLE_CHECKSUM  equ 9
TABLE_HEADER    equ 36
MADT_ENTRIES    equ 44
LAPIC_SIZE      equ 8
LAPIC_FLAGS     equ 4
ENABLED         equ 1

    bits 16
    org SELF

start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, LOADED
    cld
    mov si, LOADED
    mov di, SELF
    mov cx, 256
    rep movsw
    jmp 0:.moved
.moved:
    mov [drive], dl
    cli                         ; no handler may load DS meanwhile
    call big_segment
    call madt_find
    mov al, 'M'
    jc stop
    call entries_change
    mov al, 'E'
    jc stop
    call last_length_change
    mov si, changed
    call serial_write
    sti
    mov ax, 0x0201              ; one sector: cylinder 0, head 0, sector 2
    mov bx, LOADED
    mov cx, 2
    mov dx, [drive]             ; DH = 0: the byte behind it
    int 0x13
    mov al, 'R'
    jc stop
    mov dl, [drive]
    jmp 0:LOADED
stop:
    mov [letter], al
    mov si, failed
    call serial_write
.halt:
    hlt
    jmp .halt

; DS gets a limit of 4 GiB, which it keeps in real mode (SDM volume 3,
; "Switching Back to Real-Address Mode": limits stay as they were loaded).
big_segment:
    lgdt [gdt_register]
    mov eax, cr0
    inc ax                      ; PE
    mov cr0, eax
    mov bx, 8
    mov ds, bx
    dec ax
    mov cr0, eax
    xor bx, bx
    mov ds, bx
    ret

; EBX = the MADT, EBP = its end; CF set if there is none.
madt_find:
    mov ebx, ROM
.rsdp:
    cmp dword [ebx], 'RSD '
    jne .next_rsdp
    cmp dword [ebx + 4], 'PTR '
    je .rsdt
.next_rsdp:
    add ebx, RSDP_STEP
    cmp ebx, ROM_END
    jb .rsdp
.none:
    stc
    ret
.rsdt:
    mov esi, [ebx + RSDP_RSDT]
    mov ecx, [esi + TABLE_LENGTH]
    add ecx, esi
    add esi, TABLE_HEADER
.table:
    cmp esi, ecx
    jae .none
    mov ebx, [esi]
    add esi, 4
    cmp dword [ebx], 'APIC'
    jne .table
    mov ebp, [ebx + TABLE_LENGTH]
    add ebp, ebx                ; no carry
    ret

; CF set if the entries do not fit, CPUs that are enabled left out.
entries_change:
    lea edi, [ebx + MADT_ENTRIES - LAPIC_SIZE]
.search:
    add edi, LAPIC_SIZE
    cmp word [edi], LAPIC_SIZE << 8     ; type 0, length
    jne .missing
    test byte [edi + LAPIC_FLAGS], ENABLED
    jnz .search
    mov si, entries
.entry:
    cmp si, entries_end
    je .done                            ; no carry
    cmp word [edi], LAPIC_SIZE << 8
    jne .missing
    mov cx, LAPIC_SIZE
.byte:
    lodsb
    mov dl, [edi]
    mov [edi], al
    sub dl, al                          ; all bytes of a table add up to 0
    add [ebx + TABLE_CHECKSUM], dl
    inc edi
    loop .byte
    jmp .entry
.missing:
    stc
.done:
    ret

last_length_change:
%ifdef LAST_LENGTH
    lea esi, [ebx + MADT_ENTRIES]
.next:
    mov edi, esi
    movzx eax, byte [esi + 1]
    add esi, eax
    cmp esi, ebp
    jb .next
    mov byte [edi + 1], LAST_LENGTH
    sub al, LAST_LENGTH                 ; AL = the true length
    add [ebx + TABLE_CHECKSUM], al
%endif
    ret

; SI = text. The emulator's UART is always ready.
serial_write:
    mov dx, COM1
.byte:
    lodsb
    test al, al
    jz .done
    out dx, al
    jmp .byte
.done:
    ret

changed:        db "FAULTS: MADT changed", 13, 10, 0
failed:         db "FAULTS: error "
letter:         db "?", 13, 10, 0
drive:          db 0, 0
gdt_register:   dw gdt_end - gdt - 1
                dd gdt
gdt:            dq 0
                dq 0x008F93000000FFFF   ; data, 4 GiB
gdt_end:
entries:
%ifdef ENTRIES
    db ENTRIES
%endif
entries_end:
%if (entries_end - entries) % LAPIC_SIZE
%error "the entries do not fill whole entries of type 0"
%endif
    times 440 - ($ - $$) db 0           ; then: disk signature, partitions
