; ap.asm - start page of the other CPUs: from real mode to their parking place.
; SPDX-License-Identifier: BSD-3-Clause
;
; cpus.c copies this page to a 4 KiB page below 1 MiB, fills in the values at
; its end, and sends STARTUP. Every CPU enters at offset 0 in real mode, all of
; them at once, IP 0, CS the page's segment, nothing else known; none leaves.
; It runs the C function `cpus_enter` on a stack of its own, reports and
; parks here, because pure64's memory is gone once the kernel runs. A kernel
; takes it over by interrupt 0x81. Writes only the two counters of the page.
;
; EBX/RBX: the page's address, from the second instruction block on.
; Steps: Intel SDM volume 3, "Initializing IA-32e Mode".

%define AT(label) (label - ap_page)

CR0_PE          equ 1 << 0
CR0_MP          equ 1 << 1
CR0_ET          equ 1 << 4
CR0_NE          equ 1 << 5
CR0_PG          equ 1 << 31
CR4_PAE         equ 1 << 5
MSR_EFER        equ 0xC0000080
EFER_LME        equ 1 << 8
SELECTOR_CODE64 equ 0x08
SELECTOR_DATA   equ 0x10
SELECTOR_CODE32 equ 0x18
STACK_SHIFT     equ 10          ; CPUS_STACK_SIZE in cpus.c

global ap_page, ap_page_end, ap_32bit, ap_64bit, ap_default_handler
global ap_gdt, ap_base, ap_gdt_base, ap_far_32bit, ap_far_64bit, ap_cr3
global ap_final_gdt, ap_final_idt, ap_stacks, ap_stack_count, ap_enter
global ap_arrived, ap_alive

section .rodata.ap_page align=16

bits 16
ap_page:
    cli
    cld
    mov ax, cs
    mov ds, ax
    mov ebx, [AT(ap_base)]
    o32 lgdt [AT(ap_gdt_register)]
    mov eax, CR0_PE | CR0_MP | CR0_ET | CR0_NE ; INIT leaves the caches off
    mov cr0, eax
    jmp far dword [AT(ap_far_32bit)]

bits 32
ap_32bit:
    mov eax, SELECTOR_DATA
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov eax, CR4_PAE
    mov cr4, eax
    mov eax, [ebx + AT(ap_cr3)]
    mov cr3, eax
    mov ecx, MSR_EFER
    mov eax, EFER_LME
    xor edx, edx
    wrmsr
    mov eax, CR0_PG | CR0_PE | CR0_MP | CR0_ET | CR0_NE
    mov cr0, eax
    jmp far dword [ebx + AT(ap_far_64bit)]

bits 64
ap_64bit:
    mov ebx, ebx                ; upper half: undefined after the switch
    lgdt [rbx + AT(ap_final_gdt)]
    lidt [rbx + AT(ap_final_idt)]
    mov eax, SELECTOR_DATA
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov fs, eax
    mov gs, eax
    ; The n-th CPU to come takes the n-th stack.
    mov eax, 1
    lock xadd [rbx + AT(ap_arrived)], eax
    cmp eax, [rbx + AT(ap_stack_count)]
    jae .stop
    inc eax
    shl rax, STACK_SHIFT
    add rax, [rbx + AT(ap_stacks)]
    mov rsp, rax
    call [rbx + AT(ap_enter)]
    test rax, rax               ; nobody's CPU: not on the list
    jz .stop
    ; From here on nothing of pure64 is needed: now it may be told.
    mov byte [rax], 1
    lock inc dword [rbx + AT(ap_alive)]
.park:
    sti
    hlt
    jmp .park
.stop:
    cli
    hlt
    jmp .stop

; For interrupts nobody asked for, on every CPU.
ap_default_handler:
    iretq

align 8
ap_gdt:                         ; accessed bits set: no CPU writes here
    dq 0
    dq 0x00AF9B000000FFFF
    dq 0x00CF93000000FFFF
    dq 0x00CF9B000000FFFF
ap_gdt_end:

; Values cpus.c fills in.
ap_stacks:       dq 0
ap_enter:        dq 0           ; uint8_t *cpus_enter(void)
ap_base:         dd 0
ap_cr3:          dd 0
ap_stack_count:  dd 0
ap_arrived:      dd 0
ap_alive:        dd 0
ap_far_32bit:    dd 0
                 dw SELECTOR_CODE32
ap_far_64bit:    dd 0
                 dw SELECTOR_CODE64
ap_gdt_register: dw ap_gdt_end - ap_gdt - 1
ap_gdt_base:     dd 0
ap_final_gdt:    dw 0
                 dq 0
ap_final_idt:    dw 0
                 dq 0
ap_page_end:

%if ap_page_end - ap_page > 4096
%error "the start page is one page"
%endif
