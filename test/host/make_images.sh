#!/bin/sh
# make_images.sh - FAT images for test_fat.c, made by mkfs.fat and mtools.
# SPDX-License-Identifier: BSD-3-Clause
#
# make_images.sh FOLDER IMAGE KIB FAT_BITS SECTOR_BYTES SECTORS_PER_CLUSTER
# puts the files of FOLDER/content into the new FOLDER/IMAGE, and beside them
# fragmented.bin, which lies in the gaps that deleted files left.
set -eu
cd "$1"
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null
image=$2

rm -f "$image"
mkfs.fat -C -F "$4" -S "$5" -s "$6" -n LABEL "$image" "$3" >/dev/null 2>&1
cluster=$(($5 * $6))

# Twelve files of two clusters; every other one goes again.
mkdir -p gaps
for i in 01 02 03 04 05 06 07 08 09 10 11 12; do
    head -c $((cluster * 2)) /dev/zero >gaps/gap$i.bin
done
mcopy -Q -i "$image" gaps/*.bin ::
for i in 01 03 05 07 09 11; do
    mdel -i "$image" ::gap$i.bin
done
# A full volume would hide a wrong chain; this one needs the gaps and more.
head -c $((cluster * 20 + 7)) content/large.bin >fragmented.bin
minfo -i "$image" >/dev/null
mcopy -Q -i "$image" fragmented.bin ::fragmented.bin
mcopy -Q -s -i "$image" content/* ::
rm -r gaps
