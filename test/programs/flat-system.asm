; flat-system.asm - a flat program: the functions for time, memory, screen and
; bus, and the numbers that have no meaning.
; SPDX-License-Identifier: BSD-3-Clause


%define name "flat-system"
own_bytes equ 8
%include "flat.inc"

main:
        call    unknown
        call    time
        call    screen
        call    bus
        ; The calls work with RSP 8 beside a multiple of 16 as well.
        push    rax
        call    time
        pop     rax
        ret

; Every number without a meaning leaves RAX as it was.
unknown:
        xor     ebx, ebx
.next:
        bt      [known], rbx
        jc      .is_known
        system  rbx
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "an unknown function changed RAX"
.is_known:
        inc     ebx
        cmp     ebx, 0x80
        jb      .next
        mov     rbx, 0x100000000        ; not TIMECOUNTER
        system  rbx
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "function 2^32 is not function 0"
        mov     rbx, -1
        system  rbx
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "function -1 changed RAX"
        ret

; TIMECOUNTER, TSC, DELAY, SLEEP, WALLCLOCK, FREE_MEMORY.
time:
        system  TIMECOUNTER
        mov     r12, rax
        system  DELAY, 3000             ; us
        cmp     rax, 3000
        expect  e, "DELAY changed RAX"
        system  TIMECOUNTER
        sub     rax, r12
        cmp     rax, 3000000
        expect  ae, "DELAY is shorter than it says"
        mov     rdx, 3000000000
        cmp     rax, rdx
        expect  b, "DELAY takes seconds"
        system  TIMECOUNTER
        mov     r12, rax
        system  SLEEP, 2000000          ; ns
        cmp     rax, 2000000
        expect  e, "SLEEP changed RAX"
        system  TIMECOUNTER
        sub     rax, r12
        cmp     rax, 2000000
        expect  ae, "SLEEP is shorter than it says"
        mov     rdx, 3000000000
        cmp     rax, rdx
        expect  b, "SLEEP takes seconds"
        rdtsc
        shl     rdx, 32
        lea     r12, [rdx + rax]
        system  READ_TSC
        mov     r13, rax
        cmp     rax, r12
        expect  ae, "TSC went back"
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        cmp     rax, r13
        expect  ae, "TSC is ahead"
        system  WALLCLOCK
        mov     rdx, 1700000000         ; 2023
        cmp     rax, rdx
        expect  a, "WALLCLOCK is in the past"
        mov     rdx, 4102444800         ; 2100
        cmp     rax, rdx
        expect  b, "WALLCLOCK is in the far future"
        system  FREE_MEMORY
        lea     rdx, [rax - 1]
        cmp     rdx, 1 << 20
        expect  b, "FREE_MEMORY is not plausible"
        ret

; LFB, X, Y, pixels per line, bits: as in the table at 0x5080, or all 0.
screen:
        lea     rbx, [abs SCREEN_LFB + 1]
        lea     r12, [abs 0x5088]
.next:
        system  rbx
        movzx   edx, word [r12]
        cmp     rax, rdx
        expect  e, "a SCREEN function says something else than the table"
        add     r12, 2
        inc     ebx
        cmp     ebx, SCREEN_LFB + 4
        jbe     .next
        system  SCREEN_LFB
        cmp     qword [abs 0x5080], 0
        je      .none
        mov     edx, [rax]              ; is mapped, and can be written
        not     dword [rax]
        mov     ecx, [rax]
        mov     [rax], edx
        not     edx
        cmp     ecx, edx
        expect  e, "SCREEN_LFB is no frame buffer"
        ret
.none:
        test    rax, rax
        expect  z, "SCREEN_LFB without a frame buffer"
        ret

; Bus 0, device 0 is there on a PC; segment 0xFFFF is not.
bus:
        system  BUS_READ, CANARY, 0
        mov     r12d, eax
        inc     eax
        expect  nz, "BUS_READ finds nothing"
        mov     rdx, 0xFFFF00000000
        system  BUS_READ, CANARY, rdx
        cmp     eax, -1
        expect  e, "BUS_READ of a segment that is not there"
        mov     rdx, 0x1000000000000    ; bit 48
        system  BUS_READ, CANARY, rdx
        cmp     eax, -1
        expect  e, "BUS_READ of an address with bit 48"
        system  BUS_READ, CANARY, 0xFFFF ; register number
        cmp     eax, -1
        expect  e, "BUS_READ of register 0xFFFF"
        system  BUS_WRITE, CANARY, 0    ; ids cannot be written
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "BUS_WRITE changed RAX"
        system  BUS_WRITE, CANARY, 0xFFFF
        mov     rdx, CANARY
        cmp     rax, rdx
        expect  e, "BUS_WRITE of register 0xFFFF changed RAX"
        system  BUS_READ, CANARY, 0
        cmp     eax, r12d
        expect  e, "BUS_WRITE changed an id"
        system  BUS_READ, CANARY, 1     ; command, and clear no status
        movzx   r12d, ax
        xor     r12d, 0x100             ; SERR#: harmless
        system  BUS_WRITE, r12, 1
        system  BUS_READ, CANARY, 1
        cmp     ax, r12w
        sete    bl
        xor     r12d, 0x100
        system  BUS_WRITE, r12, 1
        test    bl, bl
        expect  nz, "BUS_WRITE wrote nothing"
        ret

; Those that have one.
known:  dq      1 << 0 | 1 << 1 | 1 << 2 | 0x7F << 0x10 | 1 << 0x1F | \
                0x1F << 0x20 | 3 << 0x30
        dq      0xF << 0x10 | 7 << 0x20 | 1 << 0x28 | 0xF << 0x30 | 7 << 0x3D
        flat_end
