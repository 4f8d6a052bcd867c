/* block_ahci.c - SATA disks behind AHCI: DMA, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Serial ATA AHCI 1.3.1; ATA Command Set (ACS). Titles below are of their
 * sections. The controller works its command slots off one after the other.
 * It has to reach all of RAM (CAP.S64A): one that ends at 4 GiB is not used.
 * In QEMU: -M q35 -drive if=none,id=d,file=disk.img,format=raw
 *          -device ide-hd,drive=d
 */
#include "ata_identify.h"
#include "register.h"
#include <baremetal.h>
#include <kernel/block.h>
#include <kernel/memory.h>
#include <kernel/pci.h>

#define AHCI_CLASS PCI_CLASS(0x010601)
#define AHCI_BAR 5

/* "Port Registers". 64-bit ones by halves. */
struct ahci_port_registers {
    uint32_t clb, clbu;     /* command list */
    uint32_t fb, fbu;       /* received FISes */
    uint32_t is, ie;        /* interrupt status, enable */
    uint32_t cmd;
    uint32_t reserved;
    uint32_t tfd, sig;      /* task file, signature */
    uint32_t ssts, sctl, serr, sact;
    uint32_t ci;            /* commands issued */
    uint32_t unused[17];
};

/* "HBA Memory Registers". */
struct ahci_registers {
    uint32_t cap, ghc, is, pi, vs, unused[4];
    uint32_t cap2, bohc;
    uint32_t unused_2[53];
    struct ahci_port_registers port[32];
};
_Static_assert(offsetof(struct ahci_registers, port) == 0x100 &&
                   sizeof(struct ahci_port_registers) == 0x80, "registers");

#define AHCI_CAP_NCS(cap) ((cap) >> 8 & 31) /* command slots, minus 1 */
#define AHCI_GHC_AE (1u << 31)
#define AHCI_BOHC_BOS (1u << 0)
#define AHCI_BOHC_OOS (1u << 1)

#define AHCI_CMD_ST (1u << 0)
#define AHCI_CMD_SUD (1u << 1)
#define AHCI_CMD_POD (1u << 2)
#define AHCI_CMD_FRE (1u << 4)
#define AHCI_CMD_FR (1u << 14)
#define AHCI_CMD_CR (1u << 15)
/* Task file error; the bus or interface failed. */
#define AHCI_IS_ERRORS 0x78000000u
#define AHCI_TFD_BUSY 0x88u         /* BSY, DRQ; also without a link */
#define AHCI_SIG_DISK 0x101u
#define AHCI_SSTS_DET 15u
#define AHCI_SSTS_DET_NEAR 3u       /* these bits: something is there */
#define AHCI_SSTS_DET_READY 3u
#define AHCI_SCTL_RESET 0x301u      /* COMRESET; no power saving states */
#define AHCI_SCTL_RUN 0x300u

#define AHCI_BIOS_US 2000000
#define AHCI_STOP_US 500000         /* as the specification says */
#define AHCI_RESET_US 1000
#define AHCI_LINK_US 250000
#define AHCI_READY_US 10000000      /* for a disk to start turning */
#define AHCI_IDENTIFY_US 3000000

/* "FIS Types": to the device; a command. */
#define AHCI_FIS_COMMAND 0x8027u
#define ATA_DEVICE_LBA 0x40
#define ATA_READ_DMA_EXT 0x25
#define ATA_WRITE_DMA_EXT 0x35
#define ATA_FLUSH_CACHE_EXT 0xEA
#define ATA_IDENTIFY_DEVICE 0xEC

/* "Command List Structure". */
struct ahci_header {
    uint32_t flags;         /* pieces(31:16) write(6) FIS dwords(4:0) */
    uint32_t bytes_done;
    uint64_t table;
    uint32_t unused[4];
};
#define AHCI_HEADER_FIS 5u
#define AHCI_HEADER_WRITE (1u << 6)

/* "Command Table"; "Register Host to Device FIS". */
struct ahci_table {
    uint32_t command;
    union {
        uint32_t sector;    /* its lowest 24 bits */
        uint8_t device[4];  /* [3]: device register */
    };
    uint32_t sector_high;
    uint32_t count;
    uint32_t unused[28];
    struct {
        uint64_t address;
        uint32_t unused;
        uint32_t length;    /* bytes minus 1, 4 MiB at most */
    } piece[BLOCK_PIECES_MAX];
} __attribute__((aligned(256)));
#define AHCI_BYTES_MAX 0x400000

#define AHCI_ENDED_ERR (1u << 16)

/* A port: three pages. */
struct ahci_port {
    volatile struct ahci_port_registers *registers;
    struct ahci_table *tables;
    uint64_t physical;      /* of this struct; it does not lie across 4 GiB */
    uint32_t fresh;         /* slots filled since the last kick */
    uint16_t looks;         /* in vain, in a row */
    struct block_device block;

    uint16_t identify[256] __attribute__((aligned(512)));
    struct ahci_header header[BLOCK_TAGS_MAX];
    /* "Received FIS Structure". The device's register FIS ends a command. */
    uint32_t received[16];
    uint32_t ended;         /* error(31:24) status(23:16) type(7:0) */
    uint32_t received_2[47];
    struct ahci_table table[BLOCK_TAGS_MAX] __attribute__((aligned(4096)));
};
_Static_assert(sizeof(struct ahci_port) == 3 * PAGE_SIZE &&
                   offsetof(struct ahci_port, header) % 1024 == 0 &&
                   offsetof(struct ahci_port, received) % 256 == 0 &&
                   sizeof(struct ahci_table) == 0x100,
               "as it says");

static struct ahci_port *ahci_port(struct block_device *device)
{
    return (struct ahci_port *)((char *)device -
                                offsetof(struct ahci_port, block));
}

/* From whatever state to a running command list, all commands taken back
 * ("Software Initialization", "Error Recovery"); with COMRESET if the device
 * is busy, or may be (QEMU goes on with what was issued, and does not say
 * so). 0 or ETIME. */
static int ahci_start(struct block_device *device)
{
    struct ahci_port *port = ahci_port(device);
    volatile struct ahci_port_registers *registers = port->registers;
    uint64_t physical = port->physical + offsetof(struct ahci_port, header);
    int error;

    registers->cmd &= ~AHCI_CMD_ST;
    error = register_wait(&registers->cmd, AHCI_CMD_CR, 0, AHCI_STOP_US);
    if (error)
        return error;
    registers->cmd &= ~AHCI_CMD_FRE;
    error = register_wait(&registers->cmd, AHCI_CMD_FR, 0, AHCI_STOP_US);
    if (error)
        return error;
    registers->clb = (uint32_t)physical;
    registers->fb = (uint32_t)physical + sizeof port->header;
    registers->clbu = registers->fbu = (uint32_t)(physical >> 32);
    registers->cmd |= AHCI_CMD_SUD | AHCI_CMD_POD | AHCI_CMD_FRE;
    if (device->busy || registers->tfd & AHCI_TFD_BUSY) {
        registers->sctl = AHCI_SCTL_RESET;
        register_wait(&registers->sctl, 0, 1, AHCI_RESET_US);
        registers->sctl = AHCI_SCTL_RUN;
    }
    error = register_wait(&registers->ssts, AHCI_SSTS_DET, AHCI_SSTS_DET_READY,
                          AHCI_LINK_US);
    if (error)
        return error;
    registers->serr = ~0u;
    registers->is = ~0u;
    error = register_wait(&registers->tfd, AHCI_TFD_BUSY, 0, AHCI_READY_US);
    if (!error)
        registers->cmd |= AHCI_CMD_ST;
    return error;
}

/* Fills a slot. */
static void ahci_issue(struct block_device *device,
                       const struct block_command *command)
{
    static const uint8_t ata[] = {
        [BAREMETAL_DISK_READ] = ATA_READ_DMA_EXT,
        [BAREMETAL_DISK_WRITE] = ATA_WRITE_DMA_EXT,
        [BAREMETAL_DISK_FLUSH] = ATA_FLUSH_CACHE_EXT,
    };
    struct ahci_port *port = ahci_port(device);
    unsigned tag = command->tag;
    struct ahci_header *header = &port->header[tag];
    struct ahci_table *table = &port->tables[tag];

    port->fresh |= 1u << tag;
    /* For a flush this sets a bit that says nothing without pieces. */
    _Static_assert(BAREMETAL_DISK_WRITE == 1, "a bit");
    header->flags = (uint32_t)command->pieces << 16 |
                    command->operation * AHCI_HEADER_WRITE | AHCI_HEADER_FIS;
    header->bytes_done = 0;
    header->table = port->physical + offsetof(struct ahci_port, table) +
                    tag * sizeof *table;
    table->command = AHCI_FIS_COMMAND | ata[command->operation] << 16;
    table->sector = (uint32_t)command->sector;
    table->device[3] = ATA_DEVICE_LBA;
    table->sector_high = (uint32_t)(command->sector >> 24);
    table->count = command->count;
    for (unsigned i = 0; i < command->pieces; i++) {
        table->piece[i].address = command->piece[i].address;
        table->piece[i].length = command->piece[i].length - 1;
    }
}

static void ahci_kick(struct block_device *device)
{
    struct ahci_port *port = ahci_port(device);

    __atomic_thread_fence(__ATOMIC_RELEASE);
    port->registers->ci = port->fresh; /* zeros change nothing */
    port->fresh = 0;
}

/* PxCI is read when the device has ended some command, as seen in RAM, and now
 * and then, for the news may be in RAM before it is in PxCI. Where it was one
 * of several, the news may be of the last one only; but an error that came
 * before PxCI was read is in PxIS. It stops the port, and ends all that was
 * under way: which command it was is not always known. */
static void ahci_poll(struct block_device *device)
{
    struct ahci_port *port = ahci_port(device);
    uint32_t ended = __atomic_exchange_n(&port->ended, 0, __ATOMIC_SEQ_CST);
    uint32_t several = device->busy & (device->busy - 1);
    uint32_t done;
    int error = 0;

    if (!ended && ++port->looks)
        return;
    done = ~port->registers->ci;
    if ((several || ended & AHCI_ENDED_ERR) &&
        port->registers->is & AHCI_IS_ERRORS) {
        done = ~0u;
        error = BAREMETAL_EIO;
        ahci_start(device);
    }
    for (unsigned tag = 0; tag < BLOCK_TAGS_MAX; tag++, done >>= 1)
        if (done & 1)
            block_done(device, tag, error);
}

static const struct block_driver ahci_driver = {
    .name = "sata",
    .issue = ahci_issue,
    .kick = ahci_kick,
    .poll = ahci_poll,
    .reset = ahci_start,
};

/* Asks the disk what it is; 0 or ETIME. After an error its answer is 0. */
static int ahci_identify(struct ahci_port *port)
{
    port->header->flags = 1u << 16 | AHCI_HEADER_FIS;
    port->header->table = port->physical + offsetof(struct ahci_port, table);
    port->table->command = ATA_IDENTIFY_DEVICE << 16 | AHCI_FIS_COMMAND;
    port->table->piece->address =
        port->physical + offsetof(struct ahci_port, identify);
    port->table->piece->length = sizeof port->identify - 1;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    port->registers->ci = 1;
    return register_wait(&port->registers->ci, 1, 0, AHCI_IDENTIFY_US);
}

/* An empty port costs no time, unless nobody has powered it up before. */
static void ahci_probe_port(volatile struct ahci_port_registers *registers,
                            uint32_t pci, uint32_t slots)
{
    struct ahci_port *port;

    if (registers->cmd & AHCI_CMD_SUD &&
        !(registers->ssts & AHCI_SSTS_DET_NEAR))
        return;
    port = memory_take(sizeof *port / PAGE_SIZE);
    if (!port)
        return;
    port->tables = port->table;
    port->physical = memory_physical(port);
    port->registers = registers;
    if (ahci_start(&port->block) || registers->sig != AHCI_SIG_DISK ||
        ahci_identify(port) ||
        !(ata_identify(&port->block.info, port->identify) &
          ATA_FEATURE_EXT))
        return;
    port->block.info.pci = pci;
    port->block.driver = &ahci_driver;
    port->block.bytes_max = AHCI_BYTES_MAX;
    port->block.tags = (uint8_t)slots;
    block_add(&port->block);
}

static int ahci_probe(const struct pci_function *function)
{
    volatile struct ahci_port_registers *port;
    volatile struct ahci_registers *registers;
    int32_t cap;

    pci_enable(function);
    registers = pci_registers(function, AHCI_BAR, 0);
    if (!registers)
        return BAREMETAL_EIO;
    cap = (int32_t)registers->cap;
    if (cap >= -1) /* bit 31, S64A, is 0; or all are 1: nothing answers */
        return BAREMETAL_EIO;
    /* "BIOS/OS Handoff"; without it the register reads 0. */
    registers->bohc |= AHCI_BOHC_OOS;
    register_wait(&registers->bohc, AHCI_BOHC_BOS, 0, AHCI_BIOS_US);
    registers->ghc = AHCI_GHC_AE;
    port = registers->port;
    for (uint32_t ports = registers->pi; ports; ports >>= 1, port++)
        if (ports & 1)
            ahci_probe_port(port, function->address,
                            AHCI_CAP_NCS((uint32_t)cap) + 1);
    return 1;
}

const struct pci_driver block_ahci = {
    .probe = ahci_probe,
    .first = AHCI_CLASS,
    .last = AHCI_CLASS,
};
