/* calls-check.c - the calls of interface version 2, one of them a word.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     calls-check colour | cursor | status | line | keys | timer | serial | raw
 *                 | taken | speaker | system | random | pci | reset | leave
 *
 * Says what was wrong, and "done" or "FAILED" in the end.
 */
#include "print.h"

#define MS 1000000ull

static unsigned failures;
static volatile unsigned calls, in_loop;

static void check(int good, const char *what)
{
    if (good)
        return;
    failures++;
    print("wrong: ");
    print(what);
    print("\n");
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* A row for each background, in it a letter of each foreground. */
static void colour(void)
{
    system->screen_clear();
    for (unsigned background = 0; background < 16; background++) {
        for (unsigned front = 0; front < 16; front++) {
            check(!system->text_colour(front, background), "a colour");
            system->write(&"0123456789ABCDEF"[front], 1);
        }
        system->text_colour(BAREMETAL_WHITE, BAREMETAL_BLACK);
        print("\n");
    }
    check(system->text_colour(16, 0) == BAREMETAL_EINVAL, "colour 16");
    check(system->text_colour(0, 16) == BAREMETAL_EINVAL, "background 16");
    system->text_colour(BAREMETAL_RED | BAREMETAL_BRIGHT, BAREMETAL_BLUE);
    print("red on blue\n");
    /* Scrolls: colours go with their characters. */
    if (system->key_wait() == 's') {
        struct baremetal_screen screen;

        system->screen(&screen);
        for (unsigned i = screen.row; i + 1 < screen.rows + 5u; i++)
            print("\n");
        print("red on blue again");
        system->key_wait();
    }
}

static void cursor(void)
{
    struct baremetal_screen screen;

    system->screen_clear();
    check(!system->cursor_move(5, 3), "cursor_move");
    print("five three");
    system->screen(&screen);
    check(screen.column == 15, "column behind the text");
    check(!screen.rows || screen.row == 3, "row of the text");
    check(system->cursor_move(screen.columns ? screen.columns : 80, 0) ==
              BAREMETAL_EINVAL, "a column too many");
    check(system->cursor_move(0, screen.rows ? screen.rows : 24) ==
              BAREMETAL_EINVAL, "a row too many");
    system->cursor_show(0);
    system->cursor_move(0, 4);
    print("hidden\n");
    system->key_wait();
    system->cursor_show(1);
    print("shown");
    system->key_wait();
    print("\n");
}

static void status(void)
{
    struct baremetal_screen screen;

    system->screen_clear();
    system->status_line("state: \x01one");
    system->screen(&screen);
    check(!screen.rows || screen.row == 1, "row 0 with a status line");
    check(system->cursor_move(0, 0) == BAREMETAL_EINVAL, "its row");
    for (unsigned i = 0; i < screen.rows + 5u; i++)
        print("scrolls\n");
    system->status_line("state: two");
    system->key_wait();
    system->screen_clear();
    print("cleared");
    system->key_wait();
    system->status_line(0);
    check(!system->cursor_move(0, 0), "its row when it is gone");
    print("gone\n");
}

static void line(void)
{
    char text[16], large[300];
    int length;

    check(system->line_read(text, 0) == BAREMETAL_EINVAL, "no room");
    while ((length = system->line_read(large, sizeof large)) >= 0) {
        print("[");
        system->write(large, (size_t)length);
        print("]\n");
        check(!large[length], "a NUL behind it");
        if (same(large, "short")) {
            length = system->line_read(text, 6);
            check(length == 5 && !text[5], "a line that is cut");
            print(text);
            print("\n");
        }
    }
    check(length == BAREMETAL_EEND, "the end");
}

static void key_came(void *argument)
{
    int key;

    (*(unsigned *)argument)++;
    while ((key = system->key())) {
        char c = (char)key;

        system->write(&c, 1);
        if (key == 'q')
            in_loop = 0;
    }
}

static void keys(void)
{
    static unsigned count;

    check(!system->key_callback(key_came, &count), "key_callback");
    in_loop = 1;
    print("type\n");
    while (in_loop)
        __asm__ volatile("hlt");
    check(count > 0, "callbacks");
    check(!system->key_callback(0, 0), "none any more");
    print("\n");
}

static void tick(void *argument)
{
    calls++;
    if (argument && calls == 3)
        system->timer_periodic(0, 0, 0);
}

static void tick_and_replace(void *argument)
{
    calls++;
    if (calls == 3)
        system->timer(MS, tick, argument);
}

/* Waits until there were so many; 1 if there were. */
static int come(unsigned count)
{
    for (unsigned i = 0; i < 5000 && calls < count; i++)
        system->delay_us(1000);
    return calls >= count;
}

static void timer(void)
{
    check(system->timer_periodic(999, tick, 0) == BAREMETAL_EINVAL,
          "a period too short");
    check(!system->timer_periodic(2 * MS, tick, 0) && come(5), "periodic");
    check(!system->timer_periodic(0, 0, 0), "its end");
    calls = 0;
    system->delay_us(50000);
    check(!calls, "after its end");
    system->timer_periodic(MS, tick, &failures);
    check(come(3), "one that ends itself");
    system->delay_us(50000);
    check(calls == 3, "after it ended itself");
    calls = 0;
    system->timer_periodic(MS, tick_and_replace, 0);
    check(come(4), "one replaced in its callback");
    system->delay_us(50000);
    check(calls == 4, "a last one");
    calls = 0;
    system->timer_periodic(MS, tick, 0);
    system->timer(MS, tick, 0);
    check(come(1), "once");
    system->delay_us(50000);
    check(calls == 1, "replaced by one");
}

/* On COM2: sends what it gets back until a dot. */
static void serial(void)
{
    char text[64];
    int64_t got;
    size_t sent = 0;

    check(system->serial_receive(4, text, 1) == BAREMETAL_ENODEV, "COM5");
    check(system->serial_send(3, text, 1) == BAREMETAL_ENODEV, "no COM4");
    check(system->serial_speed(0, 9600) == BAREMETAL_EINVAL, "COM1's speed");
    check(system->serial_speed(1, 49) == BAREMETAL_EINVAL, "49 bits");
    check(system->serial_speed(1, 115201) == BAREMETAL_EINVAL, "too fast");
    check(!system->serial_speed(1, 9600), "9600 bits");
    check(!system->serial_speed(1, 115200), "115200 bits");
    check(system->serial_send(1, "\x01\x00ready\n", 8) == 8, "bytes as such");
    print("ready\n");
    do {
        got = system->serial_receive(1, text, sizeof text);
        if (got > 0) {
            check(system->serial_send(1, text, (size_t)got) == got, "echo");
            sent += (size_t)got;
        }
    } while (got >= 0 && (got == 0 || text[got - 1] != '.'));
    check(got > 0 && sent > 1, "bytes received");
}

/* The same on COM1, where bytes are no keys then. */
static void raw(void)
{
    char text[64];
    int64_t got = system->serial_receive(0, text, sizeof text);

    check(got >= 0, "COM1");
    check(system->serial_send(0, "\x01\x02ready\n", 8) == 8, "sent");
    do {
        got = system->serial_receive(0, text, sizeof text);
        if (got > 0)
            system->serial_send(0, text, (size_t)got);
    } while (got >= 0 && (got == 0 || text[got - 1] != '.'));
    check(!system->key(), "bytes are keys");
}

/* COM2 is the debugger's. */
static void taken(void)
{
    char text[1];

    check(system->serial_speed(1, 9600) == BAREMETAL_ENODEV, "speed");
    check(system->serial_send(1, "x", 1) == BAREMETAL_ENODEV, "send");
    check(system->serial_receive(1, text, 1) == BAREMETAL_ENODEV, "receive");
}

static void speaker(void)
{
    check(system->speaker(18) == BAREMETAL_EINVAL, "18 Hz");
    check(system->speaker(32768) == BAREMETAL_EINVAL, "32768 Hz");
    check(!system->speaker(0), "silence");
    check(!system->speaker(1000), "1000 Hz");
    system->delay_us(300000);
    check(!system->speaker(0), "silence again");
    system->delay_us(100000);
    check(!system->beep(), "beep");
    system->speaker(500);   /* ends with the program */
}

static void machine(void)
{
    struct {
        struct baremetal_system info;
        char behind[64];
    } all = {.behind = "xxxxxxx"};
    struct baremetal_system part = {.version = "kept"};
    uint64_t unix_time, again;

    system->system_info(&all.info, sizeof all);
    for (unsigned i = 0; i < sizeof all.behind; i++)
        check(!all.behind[i], "what is not known is 0");
    system->system_info(&part, sizeof part.name);
    check(part.name == all.info.name && same(part.version, "kept"), "a part");
    print(all.info.name);
    print(" ");
    print(all.info.version);
    print(" program ");
    print(all.info.program);
    print(" options [");
    print(all.info.command_line);
    print("] cpus ");
    print_number(all.info.cpus_running, 10, 1);
    print("/");
    print_number(all.info.cpus_declared, 10, 1);
    print(" interface ");
    print_number(all.info.interface, 10, 1);
    print(" firmware ");
    system->write((const char *)&all.info.firmware, 1);
    print(" ram ");
    print_number(all.info.ram, 10, 1);
    print("\n");
    check(all.info.tsc_hz > 1000000 && all.info.started, "clocks");
    check(!system->time_unix(&unix_time), "time_unix");
    print("unix ");
    print_number(unix_time, 10, 1);
    print("\n");
    check(!system->time_unix(&again) && again - unix_time < 60, "goes on");
    for (unsigned i = 0; system->environment(i); i++) {
        print(system->environment(i));
        print("\n");
    }
}

static void random_bytes(void)
{
    uint8_t bytes[1001];
    unsigned ones = 0;
    int error;

    bytes[1000] = 0x5A;
    error = system->random(bytes, 1000);
    if (error) {
        print(system->error_text(error));
        print("\n");
        return;
    }
    for (unsigned i = 0; i < 1000; i++)
        for (unsigned bit = 0; bit < 8; bit++)
            ones += bytes[i] >> bit & 1;
    check(ones > 3700 && ones < 4300, "as many ones as zeros");
    check(bytes[1000] == 0x5A, "no more than asked for");
}

static void pci(void)
{
    struct baremetal_pci info;
    unsigned count = 0;

    for (; !system->pci_info(count, &info); count++) {
        uint32_t id = system->pci_read(info.address, 0);

        check(id == ((uint32_t)info.device << 16 | info.vendor), "an id");
        check(system->pci_read(info.address, 2) == UINT32_MAX, "offset 2");
        check(system->pci_read(info.address, 4096) == UINT32_MAX, "4096");
        system->pci_write(info.address, 0, ~id);
        check(system->pci_read(info.address, 0) == id, "an id stays");
    }
    check(count > 2, "functions");
    check(system->pci_read(0xFFFF0000, 0) == UINT32_MAX, "nothing there");
}

static void spin(void *argument)
{
    for (;;)
        __atomic_fetch_add((unsigned *)argument, 1, __ATOMIC_RELAXED);
}

static void reset(void)
{
    static unsigned turns;

    for (unsigned cpu = 1; cpu < system->cpu_count(); cpu++)
        check(!system->cpu_run(cpu, spin, &turns), "cpu_run");
    for (unsigned i = 0; i < 5000 && !__atomic_load_n(&turns, 0); i++)
        system->delay_us(1000);
    check(!system->cpu_reset(), "cpu_reset");
    turns = 0;
    system->delay_us(20000);
    check(!__atomic_load_n(&turns, __ATOMIC_RELAXED), "it goes on");
    system->cpu_wait_all();
}

/* All that ends with a program is on; Ctrl-C ends it. */
static void leave(void)
{
    char text[8];

    system->text_colour(BAREMETAL_GREEN, BAREMETAL_BLACK);
    system->status_line("left");
    system->cursor_show(0);
    system->timer_periodic(MS, tick, 0);
    system->key_callback(tick, 0);
    system->key_callback(0, 0);
    print("type\n");
    system->line_read(text, sizeof text);
    check(0, "Ctrl-C");
}

static const struct {
    const char *name;
    void (*run)(void);
} all[] = {
    {"colour", colour}, {"cursor", cursor}, {"status", status},
    {"line", line}, {"keys", keys}, {"timer", timer}, {"serial", serial},
    {"raw", raw}, {"taken", taken}, {"speaker", speaker},
    {"system", machine}, {"random", random_bytes}, {"pci", pci},
    {"reset", reset},
    {"leave", leave},
};

int main(int argc, char **argv, const struct baremetal *os)
{
    system = os;
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        if (argc > 1 && same(argv[1], all[i].name)) {
            all[i].run();
            print(failures ? "FAILED\n" : "done\n");
            return (int)failures;
        }
    print("which?\n");
    return 1;
}
