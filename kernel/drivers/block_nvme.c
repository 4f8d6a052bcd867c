/* block_nvme.c - NVMe disks: an admin queue and one pair of I/O queues, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * NVM Express Base Specification 1.4; titles below are of its sections. All
 * namespaces of a controller share the I/O queues; each is a disk.
 * In QEMU:
 *   -drive if=none,id=d,file=disk.img,format=raw -device nvme,serial=1,drive=d
 */
#include "register.h"
#include <baremetal.h>
#include <kernel/block.h>
#include <kernel/memory.h>
#include <kernel/pci.h>
#include <pure64/string.h>

#define NVME_CLASS PCI_CLASS(0x010802)

/* "Controller Registers". 64-bit ones by halves, as some controllers want. */
struct nvme_registers {
    uint32_t cap[2];    /* capabilities */
    uint32_t vs;        /* version */
    uint32_t intms, intmc;
    uint32_t cc;        /* configuration */
    uint32_t reserved;
    uint32_t csts;      /* status */
    uint32_t nssr;
    uint32_t aqa;       /* entries of the admin queues, minus 1 */
    uint32_t asq[2];    /* and where they are */
    uint32_t acq[2];
};

/* Of the lower half of CAP; the next two of the upper half. */
#define NVME_CAP_MQES(cap) ((uint16_t)(cap)) /* entries of a queue, minus 1 */
#define NVME_CAP_DSTRD(cap) ((cap) & 15)
#define NVME_CAP_MPSMIN 0xF0000u /* 0: 4 KiB */
#define NVME_VS_1_1 0x10100u
#define NVME_CC_EN (1u << 0)
/* Pages of 4 KiB; 1 << 6 and 1 << 4 bytes in an entry of the I/O queues. */
#define NVME_CC_READY (6u << 16 | 4u << 20 | NVME_CC_EN)
#define NVME_CSTS_RDY (1u << 0)
#define NVME_CSTS_CFS (1u << 1)  /* fatal status */
#define NVME_DOORBELLS 0x1000

/* "Admin Command Set" and "NVM Command Set". */
#define NVME_CREATE_SQ 0x01
#define NVME_CREATE_CQ 0x05
#define NVME_IDENTIFY 0x06
#define NVME_CNS_NAMESPACE 0
#define NVME_CNS_CONTROLLER 1
#define NVME_CNS_LIST 2          /* of the namespaces, since 1.1 */
#define NVME_FLUSH 0x00
#define NVME_WRITE 0x01
#define NVME_READ 0x02

/* A queue's number; its entries are contiguous; the number of the completion
 * queue of a submission queue. */
#define NVME_QUEUE_ID 1u
#define NVME_QUEUE_PC (1ull << 32)
#define NVME_QUEUE_CQID ((uint64_t)NVME_QUEUE_ID << 48)

#define NVME_ENTRIES 64          /* of a queue, a power of 2 */
/* Each namespace takes half of the command ids that are left. */
#define NVME_DISKS_MAX 6
_Static_assert(1 << NVME_DISKS_MAX == NVME_ENTRIES, "for the last disk is one");

/* Pages of data of a command: wherever in a page it begins, it is in one page
 * more at most. */
#define NVME_PAGES_MAX 31

#define NVME_READY_US 10000000   /* of the controller, whatever CAP.TO says */
#define NVME_ADMIN_US 3000000

/* Submission queue entry; what has no name here stays 0. */
struct nvme_entry {
    uint64_t command;   /* namespace(63:32) id(31:16) opcode(7:0) */
    uint64_t unused[2];
    uint64_t prp[2];
    uint64_t dword10;   /* and 11 */
    uint32_t dword12;
    uint32_t unused_2[3];
};

/* Completion queue entry. */
struct nvme_completion {
    uint32_t unused[3];
    volatile uint32_t dword3; /* status(31:17) phase(16) command id(15:0) */
};
#define NVME_PHASE 0x10000u /* 1 when first written, then alternates */

struct nvme_disk {
    struct nvme *nvme;
    uint32_t namespace;
    uint32_t first_id;  /* command id of tag 0 */
    struct block_device block;
};

/* A controller. Pages that it reads and writes are known by their numbers. */
struct nvme {
    volatile struct nvme_registers *registers;
    volatile uint32_t *doorbell; /* for I/O commands */
    struct nvme_entry *queue;
    uint64_t physical;  /* of this struct; it does not lie across 4 GiB */
    uint32_t stride;    /* to the one for the completions, in dwords */
    uint32_t mask;      /* entries of each I/O queue, minus 1 */
    uint32_t tail, head;/* where we write, counting on, and where we read */
    uint32_t phase;     /* NVME_PHASE in every second round of reading */
    uint32_t admin;     /* admin commands since the controller is enabled: few,
                           those queues never wrap */
    struct nvme_disk disk[NVME_DISKS_MAX + 1]; /* the last one stays 0 */

#define NVME_PAGE_ACQ 1
    struct nvme_completion admin_completion[NVME_ENTRIES]
        __attribute__((aligned(PAGE_SIZE)));
#define NVME_PAGE_CQ 2
    struct nvme_completion completion[NVME_ENTRIES]
        __attribute__((aligned(PAGE_SIZE)));
#define NVME_PAGE_ASQ 3
    struct nvme_entry admin_entry[NVME_ENTRIES]
        __attribute__((aligned(PAGE_SIZE)));
#define NVME_PAGE_SQ 4
    struct nvme_entry entry[NVME_ENTRIES];
#define NVME_PAGE_IDENTIFY 5 /* + CNS */
    union {
        /* Addresses of the pages of each command's data, by its id. */
        uint64_t prp[NVME_ENTRIES][NVME_PAGES_MAX + 1];
        /* While disks are looked for, what the controller says of: */
        struct {
            struct { /* a namespace */
                uint64_t size;
                uint8_t unused[18], format, unused_2[101];
                uint32_t formats[16]; /* log2 of bytes(23:16), of metadata
                                         bytes(15:0) */
            } namespace __attribute__((aligned(PAGE_SIZE)));
            struct { /* itself */
                uint8_t unused[77], mdts;
            } controller __attribute__((aligned(PAGE_SIZE)));
            /* all namespaces */
            uint32_t list[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
        };
    };
};
_Static_assert(offsetof(struct nvme, admin_completion) ==
                       NVME_PAGE_ACQ * PAGE_SIZE &&
                   offsetof(struct nvme, completion) ==
                       NVME_PAGE_CQ * PAGE_SIZE &&
                   offsetof(struct nvme, admin_entry) ==
                       NVME_PAGE_ASQ * PAGE_SIZE &&
                   offsetof(struct nvme, entry) == NVME_PAGE_SQ * PAGE_SIZE &&
                   offsetof(struct nvme, namespace) ==
                       NVME_PAGE_IDENTIFY * PAGE_SIZE &&
                   offsetof(struct nvme, list) ==
                       (NVME_PAGE_IDENTIFY + NVME_CNS_LIST) * PAGE_SIZE,
               "page numbers");

static struct nvme_disk *nvme_disk(struct block_device *device)
{
    return (struct nvme_disk *)((char *)device -
                                offsetof(struct nvme_disk, block));
}

/* An admin command, from begin to end: 0, or ETIME also if it failed. */
static int nvme_admin(struct nvme *nvme, uint64_t command, unsigned page,
                      uint64_t dword10)
{
    unsigned n = nvme->admin++;
    struct nvme_entry *entry = &nvme->admin_entry[n];

    entry->command = command;
    entry->prp[0] = nvme->physical + page * PAGE_SIZE;
    entry->dword10 = dword10;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    ((volatile uint32_t *)nvme->registers)[NVME_DOORBELLS / 4] = n + 1;
    return register_wait(&nvme->admin_completion[n].dword3, ~0u, NVME_PHASE,
                         NVME_ADMIN_US);
}

/* From whatever state to empty queues, all commands taken back ("Controller
 * Initialization"); 0 or ETIME. */
static int nvme_start(struct nvme *nvme)
{
    volatile struct nvme_registers *registers = nvme->registers;
    uint64_t size = nvme->mask << 16 | NVME_QUEUE_ID;
    uint64_t physical = nvme->physical;

    if (registers->vs + 1 < 2) /* nothing answers: it was pulled out */
        return BAREMETAL_EIO;
    registers->cc &= ~NVME_CC_EN;
    if (register_wait(&registers->csts, NVME_CSTS_RDY | NVME_CSTS_CFS, 0,
                      NVME_READY_US))
        return BAREMETAL_ETIME;
    memset(nvme->admin_completion, 0, 2 * PAGE_SIZE);
    nvme->tail = nvme->head = nvme->phase = nvme->admin = 0;
    registers->aqa = (NVME_ENTRIES - 1) << 16 | (NVME_ENTRIES - 1);
    registers->asq[0] = (uint32_t)physical + NVME_PAGE_ASQ * PAGE_SIZE;
    registers->acq[0] = (uint32_t)physical + NVME_PAGE_ACQ * PAGE_SIZE;
    registers->acq[1] = registers->asq[1] = (uint32_t)(physical >> 32);
    registers->cc = NVME_CC_READY;
    if (register_wait(&registers->csts, NVME_CSTS_RDY | NVME_CSTS_CFS,
                      NVME_CSTS_RDY, NVME_READY_US) ||
        nvme_admin(nvme, NVME_CREATE_CQ, NVME_PAGE_CQ, NVME_QUEUE_PC | size))
        return BAREMETAL_ETIME;
    return nvme_admin(nvme, NVME_CREATE_SQ, NVME_PAGE_SQ,
                      NVME_QUEUE_CQID | NVME_QUEUE_PC | size);
}

/* "Physical Region Page Entry and List": pieces begin and end with a page but
 * where the data does. A flush is sent also where there is no cache: every
 * controller has the command. */
static void nvme_issue(struct block_device *device,
                       const struct block_command *command)
{
    struct nvme_disk *disk = nvme_disk(device);
    struct nvme *nvme = disk->nvme;
    struct nvme_entry *entry = &nvme->queue[nvme->tail++ & nvme->mask];
    uint32_t id = disk->first_id + command->tag;
    uint64_t *prp = nvme->prp[id], *next = prp;
    const struct block_piece *piece = command->piece;

    _Static_assert(NVME_READ == 2 - BAREMETAL_DISK_READ &&
                       NVME_WRITE == 2 - BAREMETAL_DISK_WRITE &&
                       NVME_FLUSH == 2 - BAREMETAL_DISK_FLUSH, "opcodes");
    entry->command = (uint64_t)disk->namespace << 32 |
                     (id << 16 | (2u - command->operation));
    entry->dword10 = command->sector;
    entry->dword12 = command->count - (command->count != 0);
    prp[0] = prp[1] = 0;
    for (; piece < command->piece + command->pieces; piece++) {
        uint64_t address = piece->address;
        uint64_t end = address + piece->length;

        for (; address < end; address = (address | (PAGE_SIZE - 1)) + 1)
            *next++ = address;
    }
    entry->prp[0] = prp[0];
    entry->prp[1] = next > prp + 2 ? memory_physical(prp + 1) : prp[1];
}

static void nvme_kick(struct block_device *device)
{
    struct nvme *nvme = nvme_disk(device)->nvme;

    __atomic_thread_fence(__ATOMIC_RELEASE);
    *nvme->doorbell = nvme->tail & nvme->mask;
}

/* An id that no disk has goes to one that has no such tag. */
static __attribute__((noinline)) void nvme_done(struct nvme *nvme,
                                               uint32_t id, int error)
{
    struct nvme_disk *disk = nvme->disk;

    while (id < disk->first_id)
        disk++;
    block_done(&disk->block, id - disk->first_id, error);
}

/* Looks at completions up to the end of the ring, so that it ends even if the
 * device never does. */
static void nvme_poll(struct block_device *device)
{
    struct nvme *nvme = nvme_disk(device)->nvme;
    uint32_t mask = nvme->mask;

    do {
        uint32_t head = nvme->head;
        uint32_t done = nvme->completion[head].dword3 ^ nvme->phase;

        if (!(done & NVME_PHASE))
            return;
        head = (head + 1) & mask;
        nvme->head = head;
        /* It hears of a quarter of the ring at once, and never waits: the
         * rest holds what else is under way. */
        if (!(head & mask >> 2))
            nvme->doorbell[nvme->stride] = head;
        nvme_done(nvme, (uint16_t)done, done >> 17 ? BAREMETAL_EIO : 0);
    } while (nvme->head);
    nvme->phase ^= NVME_PHASE;
}

/* Takes the commands of all disks of the controller back. */
static int nvme_reset(struct block_device *device)
{
    struct nvme *nvme = nvme_disk(device)->nvme;
    int error = nvme_start(nvme);

    for (unsigned id = 0; id < NVME_ENTRIES; id++)
        nvme_done(nvme, id, BAREMETAL_ETIME);
    return error;
}

static const struct block_driver nvme_driver = {
    .name = "nvme",
    .issue = nvme_issue,
    .kick = nvme_kick,
    .poll = nvme_poll,
    .reset = nvme_reset,
};

/* Makes disks of the namespaces. What the controller does not say is 0. */
static void nvme_disks(struct nvme *nvme, uint32_t pci)
{
    struct nvme_disk *disk = nvme->disk;
    const uint32_t *list = nvme->list;
    uint32_t left = nvme->mask; /* ids of commands under way, from 0 */

    nvme->list[0] = 1; /* before 1.1 there is no list, and no second one */
    nvme_admin(nvme, NVME_IDENTIFY, NVME_PAGE_IDENTIFY + NVME_CNS_CONTROLLER,
               NVME_CNS_CONTROLLER);
    if (nvme->registers->vs >= NVME_VS_1_1)
        nvme_admin(nvme, NVME_IDENTIFY, NVME_PAGE_IDENTIFY + NVME_CNS_LIST,
                   NVME_CNS_LIST);
    while (left && (disk->namespace = *list++)) {
        uint32_t format, shift;

        disk->block.tags = left;
        left /= 2;
        disk->block.tags -= left;
        disk->first_id = left;
        if (nvme_admin(nvme, (uint64_t)disk->namespace << 32 | NVME_IDENTIFY,
                       NVME_PAGE_IDENTIFY + NVME_CNS_NAMESPACE,
                       NVME_CNS_NAMESPACE))
            break;
        format = nvme->namespace.formats[nvme->namespace.format & 15];
        shift = (uint8_t)(format >> 16);
        if ((uint16_t)format || shift < 9 || shift > 12)
            continue;
        disk->nvme = nvme;
        disk->block.info.sectors = nvme->namespace.size;
        disk->block.info.sector_size = 1u << shift;
        disk->block.info.pci = pci;
        disk->block.driver = &nvme_driver;
        disk->block.bytes_max = NVME_PAGES_MAX * PAGE_SIZE;
        if (nvme->controller.mdts - 1u < 4)
            disk->block.bytes_max = PAGE_SIZE << nvme->controller.mdts;
        block_add(&disk->block);
        disk++;
    }
}

static int nvme_probe(const struct pci_function *function)
{
    volatile struct nvme_registers *registers;
    struct nvme *nvme;
    uint32_t high;

    pci_enable(function);
    registers = pci_registers(function, 0, 0);
    if (!registers)
        return BAREMETAL_EIO;
    high = registers->cap[1];
    if (high & NVME_CAP_MPSMIN)
        return BAREMETAL_EIO;
    nvme = memory_take(sizeof *nvme / PAGE_SIZE);
    if (!nvme)
        return 0;
    nvme->physical = memory_physical(nvme);
    nvme->registers = registers;
    nvme->stride = 1u << NVME_CAP_DSTRD(high);
    nvme->doorbell = (volatile uint32_t *)registers + NVME_DOORBELLS / 4 +
                     (size_t)(2 * NVME_QUEUE_ID) * nvme->stride;
    nvme->queue = nvme->entry;
    nvme->mask = NVME_ENTRIES - 1;
    while (nvme->mask > NVME_CAP_MQES(registers->cap[0]))
        nvme->mask /= 2;
    if (nvme_start(nvme))
        return BAREMETAL_EIO;
    nvme_disks(nvme, function->address);
    return 1;
}

const struct pci_driver block_nvme = {
    .probe = nvme_probe,
    .first = NVME_CLASS,
    .last = NVME_CLASS,
};
