; flat-reboot.asm - a flat program: REBOOT.
; SPDX-License-Identifier: BSD-3-Clause

%define name "flat-reboot"
own_bytes equ 8
%include "flat.inc"

main:
        say     {"bye", 10}
        system  REBOOT
        stc
        expect  nc, "REBOOT came back"
        ret
        flat_end
