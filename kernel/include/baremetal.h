/* baremetal.h - the program interface: what a program may call.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A program starts with
 *
 *     int main(int argc, char **argv, const struct baremetal *os)
 *
 * on the boot CPU, in ring 0, interrupts on, with at least 64 KiB of stack
 * above a guard page. Its return value, or what it gives to os->exit, is its
 * exit status. A call is an ordinary C call (System V AMD64) through a
 * pointer; it keeps x87, SSE and AVX registers as they were. The structure
 * stands at BAREMETAL_INTERFACE for the life of the machine; it only grows
 * at its end, and `size` tells how much of it this kernel has.
 *
 * Unless a call says otherwise it returns 0 or a negative BAREMETAL_E*, and
 * may be called from the boot CPU only, interrupts on or off.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define BAREMETAL_INTERFACE 0x104100
#define BAREMETAL_MAGIC 0x544D4142 /* "BAMT" */
#define BAREMETAL_VERSION 2

/* Errors: the one list. */
enum baremetal_error {
    BAREMETAL_EINVAL = -1,  /* an argument is out of range */
    BAREMETAL_ENODEV = -2,  /* no such device */
    BAREMETAL_EIO = -3,     /* the device reported an error */
    BAREMETAL_ETIME = -4,   /* the device did not answer in time */
    BAREMETAL_ENOCLOCK = -5,/* this machine has no clock we can read */
    BAREMETAL_ENOMEM = -6,  /* not enough memory */
    BAREMETAL_EFAULT = -7,  /* a buffer is not mapped */
    BAREMETAL_EBUSY = -8,   /* the CPU has work already; the ring is full;
                               somebody has the file open */
    BAREMETAL_ENOENT = -9,  /* no such file, folder or volume */
    BAREMETAL_EEXIST = -10, /* there is such a file or folder already */
    BAREMETAL_ENOTDIR = -11,/* a file where a folder is needed */
    BAREMETAL_EISDIR = -12, /* a folder where a file is needed */
    BAREMETAL_ENOTEMPTY = -13, /* the folder is not empty */
    BAREMETAL_ENOSPC = -14, /* no room left on the volume, in the folder or
                               in the file, which has at most 4 GiB - 1 */
    BAREMETAL_EROFS = -15,  /* the file is write-protected */
    BAREMETAL_ENAME = -16,  /* a name or path that is too long or that FAT
                               does not allow */
    BAREMETAL_EBADF = -17,  /* no open file of that number, or not for this */
    BAREMETAL_EMFILE = -18, /* too many files are open */
    BAREMETAL_EDAMAGED = -19, /* the file system is damaged */
    BAREMETAL_EXDEV = -20,  /* from one volume to another */
    BAREMETAL_EEND = -21,   /* no more lines: Ctrl-D was typed, or the file
                               that `<` names has ended */
};

/* Keys beside characters. A character of ASCII is one key (Enter 10, Backspace
 * 8, Tab 9, Escape 27, Ctrl-A..Ctrl-Z 1..26); any other one is as many keys as
 * it has bytes in UTF-8, 0x80..0xFF, one after the other. */
enum baremetal_key {
    BAREMETAL_KEY_UP = 0x101,
    BAREMETAL_KEY_DOWN,
    BAREMETAL_KEY_LEFT,
    BAREMETAL_KEY_RIGHT,
    BAREMETAL_KEY_HOME,
    BAREMETAL_KEY_END,
    BAREMETAL_KEY_DELETE,
    BAREMETAL_KEY_PAGE_UP,
    BAREMETAL_KEY_PAGE_DOWN,
    BAREMETAL_KEY_INSERT,
};

/* Text written to the console is UTF-8, and each character has one column of
 * the screen; a character may come in several writes. The screen shows those of
 * Latin-1 and a few more, and a sign in the place of others; in text mode only
 * those of code page 437. COM1 gets the bytes as they are. Control codes are
 * those below; every other code below 32 is ignored. */
enum baremetal_control {
    BAREMETAL_CLEAR = 0x01,     /* clear screen, cursor to the top left */
    BAREMETAL_RIGHT = 0x02,     /* cursor right */
    BAREMETAL_LEFT = 0x03,      /* cursor left */
    BAREMETAL_TAB = 0x09,       /* to the next multiple of 8 */
    BAREMETAL_NEWLINE = 0x0A,   /* start of the next line */
    BAREMETAL_RETURN = 0x0D,    /* start of this line, and clear it */
    BAREMETAL_ERASE = 0x0E,     /* erase the character left of the cursor */
};

struct baremetal_screen {
    uint16_t columns, rows;     /* text, 0 without a screen */
    uint16_t column, row;       /* cursor, from 0; without a screen column is
                                   that of a terminal with 80 */
    uint64_t frame_buffer;      /* address, 0 in text mode */
    uint16_t width, height;     /* pixels */
    uint16_t pitch;             /* pixels from one line to the next */
    uint16_t bits;              /* of a pixel: 32, or 0 */
};

struct baremetal_memory {
    void *base;                 /* the program's own: base .. base + size */
    uint64_t size;              /* bytes, a multiple of 4096 */
    uint64_t total;             /* bytes of RAM in the machine */
};

struct baremetal_disk {
    char name[8];               /* "ata0", "virtio1": driver and number */
    uint64_t sectors;
    uint32_t sector_size;       /* bytes */
    uint32_t pci;               /* see struct baremetal_pci; 0: not on PCI */
};

enum baremetal_disk_operation {
    BAREMETAL_DISK_READ = 0,
    BAREMETAL_DISK_WRITE = 1,
    BAREMETAL_DISK_FLUSH = 2,   /* of what was done before it is submitted */
};

/* A request to a disk that its caller does not wait for. It stays where it is
 * until status is not BAREMETAL_DISK_PENDING any more; so does its buffer. */
#define BAREMETAL_DISK_PENDING 1
struct baremetal_disk_request {
    uint64_t sector;
    uint64_t count;             /* sectors, 1 or more */
    void *buffer;               /* at a multiple of 4 */
    uint32_t operation;         /* enum baremetal_disk_operation */
    volatile int32_t status;    /* 0 or BAREMETAL_E*, once it is done */
    /* The system's. */
    struct baremetal_disk_request *next;
    uint64_t left;              /* sectors not yet issued */
    uint32_t commands;          /* under way */
    int32_t error;
};

/* A network interface. */
struct baremetal_net {
    char name[8];               /* "vnet0", "e1000-1": driver and number */
    uint8_t mac[6];
    uint8_t link;               /* 1: up */
    uint8_t reserved;
    uint32_t pci;               /* see struct baremetal_pci */
    uint32_t reserved_2;
    uint64_t received, received_bytes; /* frames handed to the program */
    uint64_t sent, sent_bytes;         /* frames the card has taken */
    uint64_t errors;            /* damaged, too long or lost frames we know of */
};

/* Frames without checksum, as given to send and as received. */
#define BAREMETAL_FRAME_MAX 1518

/* Called from an interrupt of the boot CPU as if the program had called it
 * where it was: interrupts on, on the program's stack, all calls allowed, no
 * register of the program disturbed. */
typedef void baremetal_callback(void *argument);

struct baremetal_date {
    uint16_t year;
    uint8_t month, day;         /* from 1 */
    uint8_t hour, minute, second;
    uint8_t weekday;            /* 0 is Sunday */
};

/* A PCI function, and what drives it; or a virtio device that is not on PCI:
 * then class is BAREMETAL_PCI_MMIO and the kind of device. */
#define BAREMETAL_PCI_MMIO 0x80000000u
struct baremetal_pci {
    uint32_t address;           /* segment(31:16) bus(15:8) device(7:3)
                                   function(2:0); or of its registers */
    uint16_t device, vendor;
#ifdef __cplusplus
    uint32_t class_;            /* the same, under a name that C++ allows */
#else
    uint32_t class;             /* class(23:16) subclass(15:8) interface */
#endif
    char driver[8];             /* "nvme0": the disk or interface; "bridge",
                                   "screen"; "no disk": nothing is attached;
                                   "failed": it does not work; empty: no
                                   driver */
};

/* How a file is opened: READ, WRITE or both, and what else is wanted. */
enum baremetal_file_flags {
    BAREMETAL_FILE_READ = 1,
    BAREMETAL_FILE_WRITE = 2,
    BAREMETAL_FILE_CREATE = 4,  /* make it if there is none; all from here on
                                   are for WRITE only */
    BAREMETAL_FILE_NEW = 8,     /* the same, but EEXIST if there is one */
    BAREMETAL_FILE_TRUNCATE = 16, /* it becomes empty */
    BAREMETAL_FILE_APPEND = 32, /* each write goes to the end */
};

enum baremetal_file_attributes {
    BAREMETAL_FILE_READ_ONLY = 0x01,
    BAREMETAL_FILE_HIDDEN = 0x02,
    BAREMETAL_FILE_SYSTEM = 0x04,
    BAREMETAL_FILE_FOLDER = 0x10,
    BAREMETAL_FILE_ARCHIVE = 0x20,
};

/* What is known of a file or folder. */
struct baremetal_file {
    char name[768];             /* without folder, UTF-8 */
    uint64_t size;              /* bytes; 0 for a folder */
    uint32_t attributes;        /* enum baremetal_file_attributes */
    struct baremetal_date changed; /* to two seconds */
};

/* Bytes that a path with its NUL may have. */
#define BAREMETAL_PATH_MAX 512

/* How CPUs without work wait for some. */
enum baremetal_policy {
    BAREMETAL_POWER = 0,    /* halted (HLT), woken by an interrupt */
    BAREMETAL_LATENCY = 1,  /* awake: in MWAIT where the CPU has it, not
                               under a hypervisor; else PAUSE, then HLT */
    BAREMETAL_LATENCY_MWAIT = 2, /* the same, with MWAIT under a hypervisor
                                    too, which may make it very slow */
};

enum baremetal_cpu_state {
    BAREMETAL_CPU_IDLE = 0,
    BAREMETAL_CPU_WORKING = 1,
    BAREMETAL_CPU_LOST = 2, /* did not stop when asked to; not used again */
};

struct baremetal_cpu {
    uint32_t apic_id;
    uint32_t package, core, thread; /* numbers within the level above */
    uint32_t state;             /* enum baremetal_cpu_state */
};

/* A lock that is taken in the order of asking. Zeroed: free. */
struct baremetal_lock {
    volatile uint16_t next, owner;
};

/* A place where `count` CPUs wait for each other, again and again. */
struct baremetal_barrier {
    uint32_t count;
    volatile uint32_t waiting, phase;
};
#define BAREMETAL_BARRIER(count) { (count), 0, 0 }

/* Work for a CPU. Runs with interrupts on, on that CPU's own stack of at
 * least 64 KiB above a guard page, SSE and AVX usable, and returns. */
typedef void baremetal_work(void *argument);
/* A part of a loop: the indexes begin .. end - 1. */
typedef void baremetal_loop(uint64_t begin, uint64_t end, void *argument);

/* Colours of text, as ANSI terminals number them. */
enum baremetal_colour {
    BAREMETAL_BLACK = 0,
    BAREMETAL_RED,
    BAREMETAL_GREEN,
    BAREMETAL_YELLOW,
    BAREMETAL_BLUE,
    BAREMETAL_MAGENTA,
    BAREMETAL_CYAN,
    BAREMETAL_WHITE,        /* light grey, the colour text has at first */
    BAREMETAL_BRIGHT = 8,   /* added to one of those above */
};

/* What is known of machine and system. All texts stay where they are. */
struct baremetal_system {
    const char *name, *version; /* of the system */
    const char *command_line;   /* boot options */
    const char *program;        /* the name the program was started by */
    uint64_t tsc_hz;            /* ticks of RDTSC a second, 0 without a clock */
    uint64_t ram;               /* bytes */
    uint64_t started;           /* TSC: first instruction after the firmware */
    uint32_t cpus_declared;     /* by the firmware */
    uint32_t cpus_running;
    uint16_t interface;         /* BAREMETAL_VERSION of the system */
    uint8_t firmware;           /* 'B' BIOS, 'U' UEFI; others may come */
    uint8_t to_file, from_file; /* 1: `>` names a file for text that is
                                   written, `<` one for keys */
    uint8_t reserved[3];
};

struct baremetal {
    uint32_t magic;             /* BAREMETAL_MAGIC */
    uint16_t version, size;     /* BAREMETAL_VERSION; bytes of this struct */

    /* Writes length bytes of text to COM1 and screen. Any CPU. */
    void (*write)(const char *text, size_t length);
    /* The next key typed, or 0 if there is none. Does not wait. */
    int (*key)(void);
    /* Waits for a key, CPU halted (HLT) meanwhile, and returns it. */
    int (*key_wait)(void);
    /* Text size, cursor and frame buffer. */
    void (*screen)(struct baremetal_screen *screen);

    /* Ends the program. Same as returning from main. Any CPU. */
    void (*exit)(int status) __attribute__((noreturn));

    /* Nanoseconds since the CPU was reset; ENOCLOCK. Any CPU. The first call
     * may take up to 10 ms: it measures the clock to 100 ppm. */
    int (*time_ns)(uint64_t *ns);
    /* Waits at least that long; ENOCLOCK. Any CPU. */
    int (*delay_us)(uint64_t us);

    /* What memory the program has. Any CPU. */
    void (*memory)(struct baremetal_memory *memory);

    /* CPUs running, and the number 0..n-1 of the one that asks. Any CPU. */
    unsigned (*cpu_count)(void);
    unsigned (*cpu_number)(void);

    /* Disks, numbered from 0; ENODEV behind the last. */
    int (*disk_info)(unsigned disk, struct baremetal_disk *info);
    /* Whole sectors, any buffer address. EINVAL beyond the end; EIO, ETIME,
     * EFAULT. Nothing is said about the buffer after an error. */
    int (*disk_read)(unsigned disk, uint64_t sector, size_t count,
                     void *buffer);
    int (*disk_write)(unsigned disk, uint64_t sector, size_t count,
                      const void *buffer);
    /* On return, all that was written is on the medium. */
    int (*disk_flush)(unsigned disk);

    /* How other CPUs wait for work until the program ends; spin_us is how
     * long they stay awake under a latency policy (0: 1000). The clock is not
     * looked at in MWAIT: a CPU may stay there until there is work. EINVAL. */
    int (*cpu_policy)(enum baremetal_policy policy, uint32_t spin_us);

    /* From here on all calls but cpu_info may come from any CPU. What a
     * program has given to other CPUs is dropped when it ends. */

    /* What is known of a CPU; ENODEV. */
    int (*cpu_info)(unsigned cpu, struct baremetal_cpu *info);
    /* Starts work on another CPU. EBUSY if that has some; EINVAL for the
     * boot CPU, which runs main, for the caller's own, and without work (0);
     * ENODEV, also for a CPU that is lost. */
    int (*cpu_run)(unsigned cpu, baremetal_work *work, void *argument);
    /* Waits until that CPU has no work; EINVAL for the caller's own and for
     * the boot CPU; ENODEV, also for a CPU that is lost. */
    int (*cpu_wait)(unsigned cpu);
    /* Runs items of the queue until it is empty, then waits until no CPU
     * but the caller and the boot CPU has work. Two CPUs beside the boot CPU
     * that call it at the same time wait for each other, without end. */
    void (*cpu_wait_all)(void);

    /* A queue from which CPUs without work take, first in first out. ENOMEM
     * when it is full (1,024 items): then queue_run makes room. EINVAL for
     * work that is 0 or no canonical address. */
    int (*queue_add)(baremetal_work *work, void *argument);
    /* Takes one item and runs it here: 1, or 0 if there was none. */
    int (*queue_run)(void);
    size_t (*queue_length)(void);

    /* Calls body for parts of begin .. end - 1, on the caller and on all
     * CPUs without work, and returns when all parts are done. chunk is the
     * indexes in a part; 0: one part of equal size for each CPU. */
    void (*parallel_for)(uint64_t begin, uint64_t end, uint64_t chunk,
                         baremetal_loop *body, void *argument);

    /* Returns once barrier->count CPUs have called it. */
    void (*barrier_wait)(struct baremetal_barrier *barrier);
    void (*lock)(struct baremetal_lock *lock);
    void (*unlock)(struct baremetal_lock *lock);

    /* Program memory that is not in use by the program's image: a block of
     * that many bytes at a multiple of alignment (a power of two; 0: 16).
     * Not zeroed. ENOMEM; EINVAL for 0 bytes and for another alignment. All is
     * given back when the program ends. A flat program's image is its file:
     * zeroed data that it has behind that must not be used beside this. */
    int (*memory_allocate)(size_t bytes, size_t alignment, void **memory);
    /* `count` adjacent pages of 2 MiB, at a multiple of 2 MiB. ENOMEM; EINVAL
     * for none. */
    int (*memory_allocate_pages)(size_t count, void **memory);
    /* EINVAL if it is not the start of an allocated block. */
    int (*memory_release)(void *memory);
    /* Bytes that are not allocated. */
    uint64_t (*memory_free)(void);

    /* Hands `count` requests to a disk, which works on several at a time, in
     * any order. Does not wait. ENODEV, or EINVAL if one of them is not valid:
     * then none was begun. */
    int (*disk_submit)(unsigned disk, struct baremetal_disk_request *requests,
                       size_t count);
    /* Sees what the disk has done and sets the status of requests that are
     * done. Returns how many of its requests are not, or ENODEV. Time limits
     * count only while it is called. */
    int (*disk_poll)(unsigned disk);

    /* Network interfaces, numbered from 0; ENODEV behind the last. */
    int (*net_info)(unsigned net, struct baremetal_net *info);
    /* Queues a frame of 1 to BAREMETAL_FRAME_MAX bytes; it must stay as it is
     * until it is sent. EBUSY if the ring is full, EINVAL, EFAULT. */
    int (*net_send)(unsigned net, const void *frame, size_t length);
    /* How many of the frames queued last are not yet sent. */
    int (*net_sending)(unsigned net);
    /* The next frame received: its length and where it is, until the next
     * call for this interface; 0 if there is none. */
    int (*net_receive)(unsigned net, void **frame);
    /* Calls callback(argument) when frames have come, until the program ends:
     * it takes them until there are none. 0 ends that. ENODEV if the card
     * cannot interrupt: then poll. Boot CPU. */
    int (*net_callback)(unsigned net, baremetal_callback *callback,
                        void *argument);

    /* Calls callback(argument) once, `ns` from now; another call replaces it,
     * callback 0 ends it. ENOCLOCK. Boot CPU. */
    int (*timer)(uint64_t ns, baremetal_callback *callback, void *argument);
    /* Date and time of the clock on the board, as it is set. ENODEV. */
    int (*date)(struct baremetal_date *date);
    /* The PCI functions, numbered from 0; ENODEV behind the last. */
    int (*pci_info)(unsigned number, struct baremetal_pci *info);

    /* Files, from any CPU; not from a callback. A path is `disk0:/folder/name`
     * (disk1p2: is the second partition of disk 1), `/folder/name` on the
     * current folder's volume, or starts at the current folder; `\` separates
     * as `/` does. Besides what each call says: ENOENT, ENOTDIR, ENAME; EIO,
     * ETIME, EDAMAGED, ENOMEM (more volumes in use than there is room for);
     * EFAULT for a buffer. Whatever a program has open is closed when it ends;
     * what it was doing right then may be cut short. */

    /* Opens a file; flags are enum baremetal_file_flags. Returns its number,
     * from 0. EISDIR, EEXIST, EROFS, ENOSPC, EMFILE; EINVAL for flags; EBUSY if
     * it is open and one of the two writes. */
    int (*file_open)(const char *path, unsigned flags);
    /* Flushes, too; closed in any case. */
    int (*file_close)(int file);
    /* From the position on, which moves. Returns the bytes, less than asked
     * for only at the end of the file. If there is an error after some bytes,
     * the next call returns it. EBADF. */
    int64_t (*file_read)(int file, void *buffer, size_t size);
    /* The same; ENOSPC. A file grows as it is written. */
    int64_t (*file_write)(int file, const void *buffer, size_t size);
    /* Sets the position, from the start; EINVAL beyond the file's end. */
    int (*file_seek)(int file, uint64_t position);
    /* Position and size; either pointer may be 0. */
    int (*file_tell)(int file, uint64_t *position, uint64_t *size);
    /* Makes it that long; what is added is zeros. */
    int (*file_truncate)(int file, uint64_t size);
    /* On return, what was written to it is on the medium. */
    int (*file_flush)(int file);
    /* The same for everything. */
    int (*file_sync)(void);
    /* What is there. */
    int (*file_info)(const char *path, struct baremetal_file *info);
    /* Renames or moves a file or folder within a volume. EEXIST if `to` is
     * there; EXDEV; EBUSY if it is open; EINVAL for a folder into itself. */
    int (*file_rename)(const char *from, const char *to);
    /* A file, or a folder that is empty: else ENOTEMPTY. EBUSY if it is open,
     * EROFS. */
    int (*file_remove)(const char *path);
    /* EEXIST, ENOSPC. */
    int (*folder_make)(const char *path);
    /* The next file or folder in a folder: 1, or 0 behind the last. *cursor is
     * 0 at first; what it is then is the system's. */
    int (*folder_read)(const char *path, uint64_t *cursor,
                       struct baremetal_file *info);
    /* The current folder, at first that of the prompt, where it stays what it
     * was. ENAME if its path is longer than `size`. */
    int (*folder_current)(char *path, size_t size);
    int (*folder_change)(const char *path);
    /* A few words on a BAREMETAL_E*. */
    const char *(*error_text)(int error);

    /* ---- From interface version 2 on. */

    /* Text that is written from now on has these colours (enum
     * baremetal_colour, 0..15), and what is cleared has that background. Also
     * on the terminal at COM1, as ANSI sequences. Like the next three calls it
     * does nothing where the output goes to a file, and what it did ends with
     * the program. EINVAL. Any CPU. */
    int (*text_colour)(unsigned foreground, unsigned background);
    /* Moves the cursor, from 0; EINVAL beyond the screen, 80 x 24 without
     * one, and in the status line. Any CPU. */
    int (*cursor_move)(unsigned column, unsigned row);
    /* 0 hides the cursor. Any CPU. */
    void (*cursor_show)(int on);
    /* Clears the screen, cursor to the top left. Any CPU. */
    void (*screen_clear)(void);
    /* Shows text in the top row, in reverse, which is kept apart from all
     * other text from then on: that starts in the row below, and scrolls
     * there. What does not fit is cut. 0 gives the row back. Any CPU. */
    void (*status_line)(const char *text);
    /* Lets the user type a line, with the editing keys of the prompt, and
     * stores it with a NUL, without its end. Returns its length; what is
     * beyond size - 1 bytes is dropped, and nobody can type more than 255. EEND;
     * EINVAL for size 0; EBUSY from a callback in the midst of it. Boot CPU. */
    int (*line_read)(char *buffer, size_t size);
    /* Calls callback(argument) when keys have come, until the program ends:
     * it takes them by `key` until there are none. 0 ends that. ENODEV where
     * keyboards cannot interrupt. Boot CPU. */
    int (*key_callback)(baremetal_callback *callback, void *argument);

    /* Calls callback(argument) every `ns`; what `timer` does and this replace
     * each other, callback 0 ends both. What is missed because a callback
     * takes longer is left out. EINVAL below 1,000 ns; ENOCLOCK. Boot CPU. */
    int (*timer_periodic)(uint64_t ns, baremetal_callback *callback,
                          void *argument);
    /* Seconds since 1970-01-01, if the clock on the board is UTC. ENODEV. Any
     * CPU. */
    int (*time_unix)(uint64_t *seconds);

    /* Serial ports, 0..3: COM1..COM4, at their customary I/O addresses, 8 data
     * bits, no parity, 1 stop bit, 115,200 bits a second. Any CPU, but one at
     * a time for a port. ENODEV without such a port, or if it is GDB's.
     *
     * COM1 is the console's too: bytes sent stand between its text, where
     * they are. What comes in are keys, until a program receives from it:
     * from its first serial_receive of port 0 to its end they are bytes, and
     * Ctrl-C there ends nothing. */

    /* Sends bytes as they are. Returns how many were sent: less than asked for
     * if the port was not ready for half a second; ETIME if it is none. */
    int64_t (*serial_send)(unsigned port, const void *bytes, size_t size);
    /* Takes the bytes that have come, at most size. Returns how many, 0 if
     * there is none. Does not wait; a port keeps 16 bytes. */
    int64_t (*serial_receive)(unsigned port, void *bytes, size_t size);
    /* 50..115,200 bits a second, until the next call; EINVAL, also for COM1,
     * whose speed is the console's. */
    int (*serial_speed)(unsigned port, unsigned bits_per_second);

    /* A tone from the PC speaker until the next call, or the program's end; 0
     * is silence. EINVAL below 19 and above 32,767 Hz. Any CPU, one at a
     * time. */
    int (*speaker)(unsigned hz);
    /* A tone of 880 Hz for a tenth of a second, and waits for its end;
     * ENOCLOCK. Any CPU, as above. */
    int (*beep)(void);

    /* The dword at that offset of a PCI function's configuration space;
     * address as in struct baremetal_pci. All ones where nothing is, and for
     * an offset that is no multiple of 4 below 4,096. Any CPU. */
    uint32_t (*pci_read)(uint32_t address, unsigned offset);
    void (*pci_write)(uint32_t address, unsigned offset, uint32_t value);

    /* Writes the first `size` bytes of a struct baremetal_system; what this
     * system does not know of it is 0. Any CPU. */
    void (*system_info)(struct baremetal_system *info, size_t size);
    /* The environment: "NAME=VALUE", numbered from 0, or 0. Any CPU. */
    const char *(*environment)(unsigned number);
    /* Fills memory with random bytes of the CPU (RDRAND). ENODEV if it has
     * none, EIO if it does not give any. Any CPU. */
    int (*random)(void *memory, size_t bytes);
    /* Stops all other CPUs, whatever they do, and drops their work and the
     * queue's. Locks they hold stay taken. EINVAL. Boot CPU. */
    int (*cpu_reset)(void);
    /* Write all files to their disks, then restart the machine or switch it
     * off. EIO if it does not go off. Not from a callback. Any CPU. */
    void (*reboot)(void) __attribute__((noreturn));
    int (*shutdown)(void);

    /* For looking for mistakes, from any CPU. Every register is kept. */

    /* Writes the general registers, RIP and RFLAGS as they are at the call. */
    void (*debug_registers)(void);
    /* Writes memory in hex and as text; EFAULT where nothing is mapped. */
    int (*debug_memory)(const void *address, size_t bytes);
    /* Writes where it was called, and where that function was, and so on:
     * up to 16 callers, for code compiled with -fno-omit-frame-pointer. */
    void (*debug_backtrace)(void);
    /* The same as INT3: registers and backtrace on the console, and the
     * program goes on. */
    void (*debug_break)(void);
};

/* A program file that is not flat is a static ELF64 executable linked
 * inside the low memory window, with a PT_NOTE of this name and type whose
 * descriptor is one u32: the interface version the program was built for. */
#define BAREMETAL_NOTE_NAME "BareMetal"
#define BAREMETAL_NOTE_TYPE 1
