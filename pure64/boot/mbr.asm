; mbr.asm - boot sector: loads the payload's real-mode stage, runs it.
; SPDX-License-Identifier: BSD-3-Clause
;
; Assemble with -DPAYLOAD_LBA=n, the payload's first sector on the disk.
; The BIOS jumps here in 16-bit real mode: CS:IP is physical 0x7C00, DL should
; be the drive. It leaves the stage at LAYOUT_BIOS_STAGE and enters it with
;   CS = DS = ES = SS = 0, SP = BP = LAYOUT_MBR, interrupts on, DF clear
;   EAX = sector behind those read         DL  = drive that holds the payload
;   SI  = near routine `read`              DI  = near routine `fail`
; Both routines work as long as 0x7C00-0x7DFF is not overwritten.
;
; A failure prints a sentence, a letter and two hexadecimal digits:
;   R  the disk cannot be read; the digits are the INT 13h status
;   N  what stands at PAYLOAD_LBA is not the payload; the digits are 00
; bios.asm lists the letters of the stage.

%include "layout.inc"

STAGE_SECTORS equ LAYOUT_BIOS_STAGE_SIZE / 512  ; the most one read may ask for
COM1          equ 0x3F8

; Variables lie in the BPB area, addressed by BP: the code has no room.
BPB_END       equ 0x5A
%define DRIVE  byte [bp + 0x10]
%define STATUS byte [bp + 0x11]   ; of the last INT 13h read
%define HEADS  byte [bp + 0x12]   ; highest head number
%define COUNT  word [bp + 0x14]   ; sectors in the current INT 13h
%define TRACK  word [bp + 0x16]   ; sectors a track; 0: use EDD instead

%if (LAYOUT_BIOS_STAGE & 0xFFFF) > 0x10000 - LAYOUT_BIOS_STAGE_SIZE
%error "the read of the real-mode stage would cross a 64 KiB line"
%endif
%if STAGE_SECTORS > 32
%error "the real-mode stage is too long for one read"
%endif

    bits 16
    org LAYOUT_MBR

    jmp short start
    nop
    times BPB_END - ($ - $$) db 0   ; some BIOSes write a BPB into it

start:
    jmp 0:.normal                   ; CS may be 0x7C0
.normal:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, LAYOUT_MBR
    mov bp, sp
    sti
    cld

; DL may be garbage. The proof of a drive is the payload on it: without that,
; the first hard disk is tried next.
.drive:
    mov DRIVE, dl
    mov ah, 0x41                    ; EDD: check extensions present
    mov bx, 0x55AA
    int 0x13
    jc .geometry
    cmp bx, 0xAA55
    jne .geometry
    and cx, 1                       ; bit 0: packet functions
    dec cx
    jz .load
.geometry:
    mov ah, 8
    xor di, di                      ; ES:DI = 0 guards against old BIOSes
    call disk
    push ds
    pop es                          ; function 8 returns in ES:DI
    mov al, ah
    jc .unreadable
    mov HEADS, dh
    and cx, 0x3F
.load:
    mov TRACK, cx
    mov eax, PAYLOAD_LBA
    mov bx, LAYOUT_BIOS_STAGE
    mov cx, STAGE_SECTORS
    call read
.unreadable:
    mov si, text_unreadable
    jc .next
    cmp dword [LAYOUT_BIOS_STAGE + PAYLOAD_HEADER_MAGIC], PAYLOAD_MAGIC
    mov si, read
    mov di, fail
    mov dl, DRIVE
    je LAYOUT_BIOS_STAGE
    mov si, text_missing
    mov al, 0
.next:
    mov dl, 0x80
    cmp DRIVE, dl
    jne .drive
    ; fall through: the first hard disk has just been tried

; Prints the text at DS:SI (NUL ends it) and AL as two digits, then halts.
fail:
    push ax
    mov dx, COM1 + 3                ; line control: divisor latch
    mov al, 0x80
    out dx, al
    mov dl, (COM1 & 0xFF)           ; divisor 1: 115200 baud
    mov al, 1
    out dx, al
    inc dx
    dec ax
    out dx, al
    mov dl, (COM1 & 0xFF) + 3       ; 8 bits, no parity, 1 stop bit
    mov al, 3
    out dx, al
.text:
    lodsb
    call .character
    cmp byte [si], 0
    jne .text
    pop ax
    aam 16                          ; AH = high digit, AL = low digit
    push ax
    mov al, ah
    call .digit
    pop ax
    call .digit
.halt:
    hlt
    jmp .halt
.digit:
    cmp al, 10                      ; 0-9, A-F to ASCII
    sbb al, 0x69
    das
.character:
    push ax
    mov ah, 0x0E                    ; teletype output, page 0
    mov bx, 7
    int 0x10
    mov dx, COM1 + 5
    xor cx, cx                      ; until the transmitter is empty, or 65536
.wait:
    in al, dx
    test al, 0x20
    loopz .wait
    pop ax
    mov dl, (COM1 & 0xFF)
    out dx, al
    ret

%include "mbr_disk.inc"

text_unreadable:
    db "Disk error R", 0
text_missing:
    db "No system N", 0

%if $ - $$ > 440
%error "the boot sector's code ends behind byte 440"
%endif
    times 510 - ($ - $$) db 0       ; 440-509: disk signature, partitions
    dw 0xAA55
