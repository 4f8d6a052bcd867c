#!/bin/sh
# fuzz.sh - fuzzes the FAT code on damaged volumes with clang's libFuzzer.
# SPDX-License-Identifier: BSD-3-Clause
#
# fuzz.sh [SECONDS]: 1800 if not given. What is found stays in build/fuzz; an
# input that breaks something belongs into test/fuzz/seeds, which the host
# tests run too.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-1800}
out=build/fuzz
mkdir -p $out/corpus
clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -Ipure64/include -Itest/host -Ios \
    test/fuzz/fuzz_fat.c test/fuzz/fat_target.c os/fs/fat_*.c \
    os/fs/code_page.c os/fs/error.c -o $out/fuzz_fat
$out/fuzz_fat -max_total_time="$seconds" -timeout=20 -max_len=400 \
    -artifact_prefix=$out/ -print_final_stats=1 $out/corpus test/fuzz/seeds
