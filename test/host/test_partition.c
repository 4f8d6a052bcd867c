/* test_partition.c - partition tables made by sfdisk and sgdisk, and broken
 * ones.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/fs/partition.c os/fs/crc32.c os/fs/error.c
#include "check.h"
#include "fs/crc32.h"
#include "fs/partition.h"
#include "memory_device.h"

static char folder[] = "/tmp/test_partition.XXXXXX";
static struct partition_table *table; /* on the heap: overruns are noticed */
static uint8_t *scratch;

/* Runs the command with $image set to a new, empty 16 MiB file; maps it. */
static uint8_t *make_disk(struct memory_device *disk, const char *command)
{
    char path[256], line[1024];
    uint64_t size;
    uint8_t *bytes;

    snprintf(path, sizeof path, "%s/disk.img", folder);
    snprintf(line, sizeof line,
             "image=%s; PATH=$PATH:/usr/sbin:/sbin; rm -f $image; "
             "truncate -s 16M $image; { %s; } >/dev/null",
             path, command);
    run(line);
    bytes = memory_device_map(path, &size);
    memory_device_init(disk, bytes, size, 512);
    return bytes;
}

static int read_table(struct memory_device *disk)
{
    disk->reads = 0;
    return partition_read(&disk->device, scratch, table);
}

static int is_at(unsigned index, uint64_t start, uint64_t sectors)
{
    return index < table->count && table->list[index].start == start &&
           table->list[index].sectors == sectors;
}

static void check_mbr(void)
{
    struct memory_device disk;
    uint8_t *bytes = make_disk(&disk,
        "printf 'label: dos\\nstart=2048,size=4096,type=c\\n"
        "start=8192,size=16384,type=5\\nstart=30000,size=100,type=83\\n"
        "start=10240,size=1000,type=b\\nstart=14336,size=2000,type=6\\n' |"
        "sfdisk -q $image");

    CHECK(!read_table(&disk));
    CHECK(table->scheme == PARTITION_MBR && table->count == 4);
    CHECK(is_at(0, 2048, 4096) && is_at(1, 30000, 100));
    CHECK(is_at(2, 10240, 1000) && is_at(3, 14336, 2000));

    /* The second link of the chain leads back to the first. */
    memcpy(bytes + 8192 * 512 + 446 + 16 + 8, "\0\0\0\0", 4);
    CHECK(read_table(&disk) == FS_EEXTENDED && disk.reads < 200);
    CHECK(is_at(0, 2048, 4096));
    /* And beyond the end of the disk. */
    memcpy(bytes + 8192 * 512 + 446 + 16 + 8, "\xFF\xFF\xFF\xFF", 4);
    CHECK(read_table(&disk) == FS_EEXTENDED);
    CHECK(disk.bad_reads == 0);

    bytes[446] = 0x55; /* no boot flag: this is no partition table */
    CHECK(!read_table(&disk));
    CHECK(table->scheme == PARTITION_NONE && !table->count);
    bytes[446] = 0x80;
    bytes[510] = 0;
    CHECK(!read_table(&disk) && table->scheme == PARTITION_NONE);
    bytes[510] = 0x55;
    memcpy(bytes + 446 + 12, "\xFF\xFF\xFF\xFF", 4);
    CHECK(read_table(&disk) == FS_EEXTENDED);
    CHECK(is_at(0, 2048, disk.sectors - 2048));
    memcpy(bytes + 446 + 8, "\xFF\xFF\xFF\x7F", 4);
    read_table(&disk);
    CHECK(is_at(0, 30000, 100));
    munmap(bytes, disk.sectors * 512);
}

static uint8_t *make_gpt(struct memory_device *disk)
{
    return make_disk(disk,
        "sgdisk -a 1 -n 3:2048:4095 -t 3:ef00 -n 1:10000:19999 "
        "-n 128:20000:20000 $image");
}

static int gpt_is_right(void)
{
    return table->scheme == PARTITION_GPT && table->count == 3 &&
           is_at(0, 10000, 10000) && is_at(1, 2048, 2048) &&
           is_at(2, 20000, 1);
}

static void check_gpt(void)
{
    struct memory_device disk;
    uint8_t *bytes = make_gpt(&disk);
    uint8_t *backup = bytes + (disk.sectors - 1) * 512;

    CHECK(!read_table(&disk) && gpt_is_right());
    bytes[512 + 72] ^= 1; /* the primary header's CRC no longer holds */
    CHECK(!read_table(&disk) && gpt_is_right());
    bytes[512 + 72] ^= 1;
    bytes[1024 + 40] ^= 1; /* nor that of its array */
    CHECK(!read_table(&disk) && gpt_is_right());
    backup[16] ^= 1;
    CHECK(read_table(&disk) == FS_EGPT && !table->count);
    CHECK(table->scheme == PARTITION_GPT);
    bytes[1024 + 40] ^= 1; /* only the backup is damaged */
    CHECK(!read_table(&disk) && gpt_is_right());
    memset(bytes + 512, 0, 512);
    CHECK(read_table(&disk) == FS_EGPT);
    /* A hybrid MBR still knows one partition itself. */
    bytes[446 + 16 + 4] = 0x0C;
    memcpy(bytes + 446 + 16 + 8, "\0\x08\0\0\0\x10\0\0", 8);
    CHECK(!read_table(&disk) && table->scheme == PARTITION_MBR);
    CHECK(table->count == 1 && is_at(0, 2048, 4096));
    munmap(bytes, disk.sectors * 512);

    bytes = make_gpt(&disk);
    for (unsigned n = 1; n <= 3; n++) { /* the primary cannot be read */
        disk.fail_at = n;
        CHECK(read_table(&disk) == (n == 1 ? FS_EIO : 0));
        CHECK(n == 1 || gpt_is_right());
    }
    munmap(bytes, disk.sectors * 512);
}

/* With a sector size sgdisk does not know for files. */
static void check_gpt_4096(void)
{
    static uint8_t bytes[64 * 4096];
    struct memory_device disk;
    uint8_t *header = bytes + 4096, *array = bytes + 2 * 4096;
    uint32_t crc;

    memory_device_init(&disk, bytes, sizeof bytes, 4096);
    bytes[446 + 4] = 0xEE;
    memcpy(bytes + 510, "\x55\xAA", 2);
    memcpy(header, "EFI PART\0\0\1\0\x5C", 13);
    header[24] = 1;
    header[72] = 2;
    header[80] = 128;
    header[84] = 128;
    array[127 * 128] = 1; /* type */
    array[127 * 128 + 32] = 10;
    array[127 * 128 + 40] = 20;
    array[0] = 1;
    array[32] = 60;
    array[40] = 64; /* one sector too far: not a partition */
    array[128] = 1;
    array[128 + 32] = 5;
    array[128 + 40] = 4; /* ends before it starts */
    crc = crc32(0, array, 128 * 128);
    memcpy(header + 88, &crc, 4);
    crc = crc32(0, header, 92);
    memcpy(header + 16, &crc, 4);
    CHECK(!read_table(&disk) && table->scheme == PARTITION_GPT);
    CHECK(table->count == 1 && is_at(0, 10, 11));
}

/* Whatever the bytes are: an end, no access outside, partitions inside. */
static void check_damaged(uint8_t *bytes, struct memory_device *disk,
                          uint64_t area)
{
    for (unsigned round = 0; round < 2000; round++) {
        uint64_t places[8];
        uint8_t saved[8];
        unsigned flips = 1 + random32() % 8;

        for (unsigned i = 0; i < flips; i++) {
            places[i] = i & 1 ? 446 + random32() % 66 : random32() % area;
            saved[i] = bytes[places[i]];
            bytes[places[i]] = random32() & 1 ? (uint8_t)random32() : 0xFF;
        }
        read_table(disk);
        CHECK(disk->reads < 2500 && table->count <= PARTITIONS_MAX);
        for (unsigned i = 0; i < table->count; i++)
            CHECK(table->list[i].sectors &&
                  table->list[i].start < disk->sectors &&
                  table->list[i].sectors <=
                      disk->sectors - table->list[i].start);
        while (flips--)
            bytes[places[flips]] = saved[flips];
    }
    CHECK(disk->bad_reads == 0);
}

int main(void)
{
    struct memory_device disk;
    uint8_t *bytes;
    char command[64];

    table = malloc(sizeof *table);
    scratch = malloc(FS_SECTOR_MAX);
    if (!table || !scratch || !mkdtemp(folder))
        return 1;
    CHECK(crc32(0, "123456789", 9) == 0xCBF43926);
    CHECK(crc32(crc32(0, "1234", 4), "56789", 5) == 0xCBF43926);
    check_mbr();
    check_gpt();
    check_gpt_4096();
    bytes = make_gpt(&disk);
    check_damaged(bytes, &disk, 2048);
    munmap(bytes, disk.sectors * 512);
    bytes = make_disk(&disk, "printf 'label: dos\\nsize=8,type=c\\ntype=5\\n"
                             "size=8,type=c\\n' | sfdisk -q $image");
    CHECK(!read_table(&disk) && table->count == 2);
    check_damaged(bytes, &disk, 512);
    disk.sectors = 0;
    CHECK(read_table(&disk) == FS_ERANGE);
    disk.sector_bytes = 513;
    CHECK(read_table(&disk) == FS_ESECTOR);
    snprintf(command, sizeof command, "rm -r %s", folder);
    run(command);
    free(table);
    free(scratch);
    return check_report("test_partition");
}
