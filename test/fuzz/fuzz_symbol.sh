#!/bin/sh
# fuzz_symbol.sh - fuzzes the reading of symbol and line tables with clang's
# libFuzzer, starting from the programs that were built.
# SPDX-License-Identifier: BSD-3-Clause
#
# fuzz_symbol.sh [SECONDS]: 600 if not given. What is found stays in
# build/fuzz.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
out=build/fuzz
mkdir -p $out/corpus_symbol $out/seeds_symbol
# Small ones: two functions in two files are enough.
for program in hello args; do
    strip --strip-debug -o $out/seeds_symbol/$program.bare \
        build/programs/$program.app
    objcopy -R .debug_info -R .debug_abbrev -R .debug_str -R .debug_loclists \
        -R .debug_rnglists -R .debug_aranges -R .comment \
        build/programs/$program.app $out/seeds_symbol/$program.lines
done
clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -Ipure64/include -Ios \
    test/fuzz/fuzz_symbol.c os/symbol.c os/dwarf_line.c os/elf_reader.c \
    -o $out/fuzz_symbol
$out/fuzz_symbol -max_total_time="$seconds" -timeout=20 -max_len=16384 \
    -artifact_prefix=$out/ -print_final_stats=1 $out/corpus_symbol \
    $out/seeds_symbol
