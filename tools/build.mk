# build.mk - how everything is built (called by build.sh, which installs the
# tools first). SPDX-License-Identifier: BSD-3-Clause
#
#   make -f tools/build.mk            build/disk.img and what is in it
#   make -f tools/build.mk tests      host tests, test programs, build/test.img
#   make -f tools/build.mk bench      programs that measure, build/bench.img
#   make -f tools/build.mk docs       docs/calls.md, from baremetal.h
#   make -f tools/build.mk sizes      bytes of each part of the kernel
#
# PAYLOAD_PADDING=bytes appends zeros behind os.sys (tests of large payloads);
# COMMAND_LINE=text replaces the template's boot options.

CC = gcc
# Clang compiles the kernel, too, but what it makes has more than 16,384 bytes.
KERNEL_CC = gcc
HOST_CC = gcc
CXX = g++
FC = gfortran
AR = ar
LD = ld
OBJCOPY = objcopy
NM = nm
NASM = nasm
B = build
PAYLOAD_PADDING = 0
# Commands are shown with V=1, else one word and the file.
V =
Q = $(if $(V),,@)
say = $(if $(V),,@printf '%-5s %s\n' $(1) $@)
TEMPLATE = disk.img.template
COMMAND_LINE := $(shell tools/image.sh $(TEMPLATE) get command_line)
PAYLOAD_SECTOR := $(shell tools/image.sh $(TEMPLATE) get payload_sector)

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all tests bench docs sizes kernel-objects clean FORCE

WARN = -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wundef
INC = -Ipure64/include -Ikernel/include -I$(B)/include
FREESTANDING = -std=gnu11 -g -Os -ffreestanding -fno-builtin-printf \
    -mno-red-zone -mgeneral-regs-only -fno-stack-protector \
    -fcf-protection=none -fno-asynchronous-unwind-tables \
    -fno-strict-aliasing -fwrapv -fomit-frame-pointer -ffunction-sections \
    -fdata-sections '-ffile-prefix-map=$(CURDIR)=.'
LINK = -nostdlib -z noexecstack -z max-page-size=4096 --gc-sections \
    --build-id=none --no-warn-rwx-segments
PURE64_CFLAGS = $(FREESTANDING) -fPIE -fvisibility=hidden
FLAT_CFLAGS = $(FREESTANDING) -fno-pie -mcmodel=small
# Every byte of the kernel counts: link-time optimisation saves 6 %, short
# instructions before fast ones, stacks aligned to 8, data aligned to what it
# is, and no copies of code for the sake of speed a few more.
KERNEL_SMALL = $(if $(findstring clang,$(KERNEL_CC)),,-flto=auto \
    -mpreferred-stack-boundary=3 -malign-data=abi -fno-ipa-cp \
    -fno-tree-loop-im -fno-expensive-optimizations)
KERNEL_CFLAGS = $(FLAT_CFLAGS) -Oz -fno-jump-tables $(KERNEL_SMALL)
comma = ,
# Programs: the headers are the compiler's own and those of programs/include,
# none of the PC's. gcc takes main's third argument as it is; to clang it is
# wrong wherever there is a C library. PROGRAM_EXTRA is for tests.
PROGRAM_EXTRA =
program_headers = -nostdinc \
    -isystem $(shell $(1) -print-file-name=include) -isystem programs/include
PROGRAM_CODE = -g -O2 -fno-pie -fno-stack-protector -fcf-protection=none \
    -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
    -mno-omit-leaf-frame-pointer '-ffile-prefix-map=$(CURDIR)=.'
PROGRAM_CFLAGS = -std=gnu11 $(PROGRAM_CODE) $(call program_headers,$(CC)) \
    $(if $(findstring clang,$(CC)),-ffreestanding,-Wno-main) $(PROGRAM_EXTRA)
PROGRAM_CXXFLAGS = -std=gnu++17 $(PROGRAM_CODE) \
    $(call program_headers,$(CXX)) -nostdinc++ -fno-exceptions -fno-rtti \
    -fno-threadsafe-statics -Wno-main \
    $(PROGRAM_EXTRA)
PROGRAM_FFLAGS = $(PROGRAM_CODE) $(PROGRAM_EXTRA)
# No loop of a function may become a call of that very function. Of debugging
# information only functions and lines: types would be the most of a program.
LIBRARY_CFLAGS = -std=gnu11 $(PROGRAM_CODE) -g1 \
    $(call program_headers,$(CC)) -ffreestanding -fno-builtin \
    -ffunction-sections -fdata-sections \
    $(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)

GENERATED = $(B)/include/layout.inc $(B)/include/baremetal.inc \
    $(B)/include/font_data.h $(B)/include/font_latin.h \
    $(B)/include/call_names.h
# NASM 2.16 leaves included files out of the dependencies it writes, so any of
# them counts for all of the assembly.
ASM_INCLUDES = $(B)/include/layout.inc $(B)/include/baremetal.inc \
    $(wildcard pure64/boot/*.inc test/programs/*.inc) tools/build.mk
# The sources of a folder, each of which is a program.
sources = $(wildcard $(addprefix $(1)/*.,c cpp f90 asm))
PROGRAMS = $(addprefix $(B)/,$(addsuffix .app,$(basename \
    $(filter-out programs/crt.c,$(call sources,programs)))))
TEST_PROGRAMS = $(addprefix $(B)/,$(addsuffix .app,$(basename \
    $(call sources,test/programs))))
BENCH_PROGRAMS = $(patsubst test/bench/programs/%.c,$(B)/test/bench/%.app, \
    $(wildcard test/bench/programs/*.c))
HOST_TESTS = $(patsubst test/host/%.c,$(B)/test/host/%, \
    $(wildcard test/host/test_*.c))

all: $(B)/disk.img
tests: $(B)/test.img $(HOST_TESTS)
bench: $(B)/bench.img $(B)/test/bench/count.so $(B)/test/bench/requests.so
docs:
	tools/calls.sh kernel/include/baremetal.h >$(B)/calls.md
	cp $(B)/calls.md docs/calls.md
clean:
	rm -rf $(B)

# By the source file of each function and constant; one that was made part of
# another counts as that one's.
sizes: $(B)/kernel.elf
	@$(NM) -S -l --radix=d $< | awk ' \
	    $$3 ~ /[tTrR]/ && NF > 3 { \
	        file = NF > 4 ? $$5 : "assembly"; \
	        sub(/:.*/, "", file); sub(/.*\/\.?\//, "", file); \
	        sub(/.*\/kernel\//, "", file); sub(/.*\//, "", file); \
	        bytes[file] += $$2 } \
	    END { for (file in bytes) printf "%6d %s\n", bytes[file], file }' | \
	    sort -rn

# ---- what runs on the PC
$(B)/tools/%: tools/%.c
	@mkdir -p $(@D)
	$(call say,HOST)
	$(Q)$(HOST_CC) -std=gnu11 -O1 $(WARN) $(INC) -MMD -MP -MF $@.d \
	    $(filter %.c,$^) -o $@
$(B)/tools/options: pure64/options.c pure64/include/pure64/options.h

$(B)/include/layout.inc: $(B)/tools/offsets
	@mkdir -p $(@D)
	$(Q)$< layout >$@
$(B)/include/baremetal.inc: $(B)/tools/offsets
	@mkdir -p $(@D)
	$(Q)$< baremetal >$@

$(B)/include/call_names.h: $(B)/tools/offsets
	@mkdir -p $(@D)
	$(Q)$< names >$@

# Terminus Font 8x16, from Debian's console-setup-linux (not installed, only
# unpacked; build.sh downloads the package).
$(B)/font.psf: build/download/console-setup-linux.deb
	@mkdir -p $(@D)
	$(Q)dpkg-deb --fsys-tarfile $< | tar -xO \
	    ./usr/share/consolefonts/Lat15-Terminus16.psf.gz | gzip -dc >$@
FONT = $(B)/include/font_data.h $(B)/include/font_latin.h $(B)/font.bin
$(FONT) &: $(B)/tools/font $(B)/font.psf
	@mkdir -p $(B)/include
	$(Q)$< $(B)/font.psf $(FONT)

# ---- objects: build/obj/PART/path.o, one set of flags a part
define part # name, flags, compiler
$(B)/obj/$(1)/%.c.o: %.c tools/build.mk | $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$(3) $(2) $(WARN) $(INC) -MMD -MP -c $$< -o $$@
$(B)/obj/$(1)/%.asm.o: %.asm $(ASM_INCLUDES)
	@mkdir -p $$(@D)
	$$(call say,NASM)
	$$(Q)$(NASM) -f elf64 -w+error -I$(B)/include/ -I$$(<D)/ $$< -o $$@
endef
$(eval $(call part,pure64,$(PURE64_CFLAGS),$(CC)))
$(eval $(call part,kernel,$(KERNEL_CFLAGS),$(KERNEL_CC)))
$(eval $(call part,os,$(FLAT_CFLAGS),$(CC)))
$(eval $(call part,programs,$(PROGRAM_CFLAGS),$(CC)))
$(eval $(call part,library,$(LIBRARY_CFLAGS),$(CC)))
$(B)/obj/programs/%.cpp.o: %.cpp tools/build.mk
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) $(PROGRAM_CXXFLAGS) -Wall -Wextra -Werror $(INC) -MMD -MP -c $< -o $@
$(B)/obj/programs/%.f90.o: %.f90 tools/build.mk
	@mkdir -p $(@D)
	$(call say,F90)
	$(Q)$(FC) $(PROGRAM_FFLAGS) -Wall -Wextra -Werror -J$(@D) -c $< -o $@

objects = $(patsubst %,$(B)/obj/$(1)/%.o,$(2))
PURE64_SRC = $(wildcard pure64/*.c) $(addprefix pure64/boot/,entry.asm ap.asm \
    resident.asm)
SHARED_SRC = pure64/string.c pure64/format.c pure64/options.c
KERNEL_SRC = $(wildcard kernel/*.c kernel/*.asm kernel/drivers/*.c) pure64/string.c
OS_SRC = $(wildcard os/*.c os/*.asm os/fs/*.c os/drivers/*.c os/gdb/*.c) $(SHARED_SRC)

# Changes when a file is removed or the command line becomes another one, so
# that what is made of them is made again.
PARTS := $(PURE64_SRC) $(KERNEL_SRC) $(OS_SRC) $(PROGRAMS) $(TEST_PROGRAMS) \
    $(BENCH_PROGRAMS) $(COMMAND_LINE) $(PROGRAM_EXTRA) $(wildcard programs/lib/*.c)
$(B)/parts: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(PARTS)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# ---- pure64
$(B)/pure64.elf: pure64/pure64.ld $(call objects,pure64,$(PURE64_SRC)) $(B)/parts
	$(call say,LD)
	$(Q)$(LD) $(LINK) -pie --no-dynamic-linker -z norelro -T $< $(filter %.o,$^) -o $@
$(B)/mbr.bin: pure64/boot/mbr.asm $(ASM_INCLUDES) $(TEMPLATE)
	$(call say,NASM)
	$(Q)$(NASM) -f bin -w+error -I$(B)/include/ -Ipure64/boot/ \
	    -DPAYLOAD_LBA=$(PAYLOAD_SECTOR) $< -o $@
$(B)/bios.bin: pure64/boot/bios.asm $(ASM_INCLUDES) $(TEMPLATE)
	$(call say,NASM)
	$(Q)$(NASM) -f bin -w+error -I$(B)/include/ -Ipure64/boot/ \
	    -DPAYLOAD_LBA=$(PAYLOAD_SECTOR) $< -o $@

# ---- kernel: exactly 16 KiB
kernel-objects: $(call objects,kernel,$(KERNEL_SRC))
$(B)/kernel.elf: kernel/kernel.ld $(call objects,kernel,$(KERNEL_SRC)) $(B)/parts
	$(call say,LD)
	$(Q)$(KERNEL_CC) $(KERNEL_CFLAGS) -static -Wl,-T,$< -nostdlib \
	    $(addprefix -Wl$(comma),--gc-sections -z$(comma)noexecstack \
	      --build-id=none --no-warn-rwx-segments) $(filter %.o,$^) -o $@
	@used=$$($(NM) $@ | sed -n 's/ [A-Za-z] kernel_used_size$$//p') && \
	    echo "kernel: $$((0x$$used)) of 16384 bytes"

# ---- os, linked to what kernel.ld names in EXTERN
$(B)/kernel.syms: $(B)/kernel.elf kernel/kernel.ld
	$(Q)$(NM) $< | sed -n 's/^\([0-9a-f]*\) . \(.*\)$$/\2 = 0x\1;/p' | \
	    grep -w -F "$$(sed -n '/^EXTERN(/,/^)/p' kernel/kernel.ld | \
	        grep -o '[a-z0-9_]\+')" >$@
$(B)/os.elf: os/os.ld $(call objects,os,$(OS_SRC)) $(B)/kernel.syms $(B)/parts
	$(call say,LD)
	$(Q)$(LD) $(LINK) -T $< $(B)/kernel.syms $(filter %.o,$^) -o $@

$(B)/%.sys: $(B)/%.elf
	$(Q)$(OBJCOPY) -O binary $< $@

# ---- payload, BOOTX64.EFI, boot options, images
$(B)/padding.bin: FORCE
	@mkdir -p $(@D)
	@truncate -s $(PAYLOAD_PADDING) $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(B)/payload.bin: $(B)/tools/payload $(B)/bios.bin $(B)/pure64.sys \
    $(B)/kernel.sys $(B)/os.sys $(B)/padding.bin $(TEMPLATE) $(B)/parts
	$(Q)$< $@ $(B)/bios.bin $(B)/pure64.sys \
	    0x$$($(NM) $(B)/pure64.elf | \
	        sed -n 's/ [A-Za-z] pure64_memory_size$$//p') \
	    $(B)/kernel.sys $(B)/os.sys \
	    $(if $(filter-out 0,$(PAYLOAD_PADDING)),$(B)/padding.bin)
$(B)/BOOTX64.EFI: pure64/boot/uefi.asm $(B)/payload.bin $(ASM_INCLUDES)
	$(call say,NASM)
	$(Q)$(NASM) -f bin -w+error -I$(B)/include/ -Ipure64/boot/ \
	    -DPAYLOAD_FILE='"$(B)/payload.bin"' $< -o $@

# Newer only if they are others: images take them then.
$(B)/options.bin: $(B)/tools/options $(TEMPLATE) $(B)/parts
	$(Q)$< $@.new "$(COMMAND_LINE)"
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The first words of the command that makes an image; all are files.
IMAGE = tools/image.sh $(TEMPLATE) $(B)/mbr.bin $(B)/payload.bin \
    $(B)/BOOTX64.EFI $(B)/options.bin
# The one with files of the user, who keeps them.
$(B)/disk.img: $(IMAGE) $(PROGRAMS) $(B)/parts tools/update.sh
	$(call say,IMAGE)
	$(Q)$(IMAGE) $@ --keep $(PROGRAMS)
$(B)/test.img: $(IMAGE) $(PROGRAMS) $(TEST_PROGRAMS) $(B)/parts
	$(call say,IMAGE)
	$(Q)$(IMAGE) $@ $(PROGRAMS) $(TEST_PROGRAMS)
$(B)/bench.img: $(IMAGE) $(BENCH_PROGRAMS) $(B)/parts
	$(call say,IMAGE)
	$(Q)$(IMAGE) $@ $(BENCH_PROGRAMS)

# ---- programs: ELF from C, C++ and Fortran, flat from NASM
CRT = $(B)/obj/library/programs/crt.c.o
LIBBM = $(B)/libbm.a
$(LIBBM): $(call objects,library,$(wildcard programs/lib/*.c)) $(B)/parts
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

# By the compiler, as link-time optimisation is its work.
LINK_PROGRAM = $(CC) -static -nostdlib $(PROGRAM_CODE) $(PROGRAM_EXTRA) \
    -Wl,-T,programs/program.ld $(addprefix -Wl$(comma),--gc-sections \
      -z$(comma)noexecstack -z$(comma)max-page-size=4096 --build-id=none \
      --no-warn-rwx-segments)
define program # of a folder: of its objects, in build/
$(B)/$(1)/%.app: $(B)/obj/programs/$(2)/%.$(3).o programs/program.ld $(CRT) $(LIBBM)
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$(Q)$$(LINK_PROGRAM) $$(filter %.o,$$^) $(LIBBM) -lgcc -o $$@
endef
$(foreach language,c cpp f90,\
    $(eval $(call program,programs,programs,$(language)))\
    $(eval $(call program,test/programs,test/programs,$(language)))\
    $(eval $(call program,test/bench,test/bench/programs,$(language))))
# The listing is for `./build.sh explain`.
$(B)/programs/%.app: programs/%.asm $(ASM_INCLUDES)
	@mkdir -p $(@D)
	$(call say,NASM)
	$(Q)$(NASM) -f bin -w+error -I$(B)/include/ $< -l $(@:.app=.lst) -o $@
$(B)/test/programs/%.app: test/programs/%.asm $(ASM_INCLUDES)
	@mkdir -p $(@D)
	$(call say,NASM)
	$(Q)$(NASM) -f bin -w+error -I$(B)/include/ -I$(<D)/ $< \
	    -l $(@:.app=.lst) -o $@

# ---- test/kernels: a kernel that is not ours, in the place of kernel and os
$(eval $(call part,contract,$(FLAT_CFLAGS),$(CC)))
CONTRACT = $(B)/test/contract
$(CONTRACT).elf: test/kernels/contract.ld $(call objects,contract, \
    $(wildcard test/kernels/*.asm test/kernels/*.c) $(SHARED_SRC))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LD) $(LINK) -T $^ -o $@
$(CONTRACT).bin: $(B)/tools/payload $(B)/bios.bin $(B)/pure64.sys \
    $(CONTRACT).sys
	$(Q)$< $@ $(B)/bios.bin $(B)/pure64.sys \
	    0x$$($(NM) $(B)/pure64.elf | \
	        sed -n 's/ [A-Za-z] pure64_memory_size$$//p') $(CONTRACT).sys
$(CONTRACT).efi: pure64/boot/uefi.asm $(CONTRACT).bin $(ASM_INCLUDES)
	$(call say,NASM)
	$(Q)$(NASM) -f bin -w+error -I$(B)/include/ -Ipure64/boot/ \
	    -DPAYLOAD_FILE='"$(CONTRACT).bin"' $< -o $@
$(CONTRACT).img: tools/image.sh $(TEMPLATE) $(B)/mbr.bin $(CONTRACT).bin \
    $(CONTRACT).efi
	$(call say,IMAGE)
	$(Q)$^ - $@
tests: $(CONTRACT).img

# ---- what QEMU loads to count instructions
$(B)/test/bench/%.so: test/bench/plugin/%.c
	@mkdir -p $(@D)
	$(call say,HOST)
	$(Q)$(HOST_CC) -std=gnu11 -O2 -shared -fPIC $(WARN) -MMD -MP -MF $@.d \
	    $< -o $@

# ---- tests on the PC. Each names the sources it tests in a line
# "// sources: path path" near its top.
tested = $(shell sed -n 's|^// sources: ||p' test/host/$(1).c)
.SECONDEXPANSION:
$(B)/test/host/%: test/host/%.c $$(call tested,$$*) | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,HOST)
	$(Q)$(HOST_CC) -std=gnu11 -g -O1 $(WARN) $(INC) -Itest/host -Ipure64 \
	    -Ikernel -Ios -fsanitize=address,undefined \
	    -fno-sanitize-recover=all -MMD -MP -MF $@.d \
	    $< $(call tested,$*) -o $@

# A source that the dependencies of an earlier build name and that is gone:
# what was made of it is made again, from what there is now.
os/%.c kernel/%.c pure64/%.c: ;

-include $(shell find $(B) -name '*.d' 2>/dev/null)
