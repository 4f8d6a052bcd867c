/* speaker.c - tones from the PC speaker.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel 8254 data sheet, "Mode 3: Square Wave Mode"; port 0x61 of the PC/AT,
 * e.g. Intel ICH9 data sheet, "NMI Status and Control Register". In QEMU:
 * -audiodev and -machine pcspk-audiodev.
 */
#include "speaker.h"
#include "clock.h"
#include "system.h"
#include <pure64/io.h>

#define PIT_HZ 1193182
#define PIT_COUNTER_2 0x42
#define PIT_CONTROL 0x43
#define PIT_SET_COUNTER_2_MODE_3 0xB6 /* low byte, then high byte */
#define NMI_SC 0x61
#define NMI_SC_TIMER_2 0x01   /* counter 2 counts */
#define NMI_SC_SPEAKER 0x02   /* its output goes to the speaker */
#define NMI_SC_WRITABLE 0x0F

/* What the counter's 16 bits, and the ear, allow. */
#define HZ_MIN 19
#define HZ_MAX 32767
#define BEEP_HZ 880
#define BEEP_US 100000

static int is_on;

static void gate(uint8_t bits)
{
    uint8_t others = io_in8(NMI_SC) & NMI_SC_WRITABLE &
                     (uint8_t)~(NMI_SC_TIMER_2 | NMI_SC_SPEAKER);

    io_out8(NMI_SC, others | bits);
}

int speaker_tone(unsigned hz)
{
    unsigned divisor;

    if (!hz) {
        gate(0);
        is_on = 0;
        return 0;
    }
    if (hz < HZ_MIN || hz > HZ_MAX)
        return BAREMETAL_EINVAL;
    /* Before the first tone: this counter may be what measures the TSC. */
    clock_tsc_hz();
    divisor = (PIT_HZ + hz / 2) / hz;
    is_on = 1;
    io_out8(PIT_CONTROL, PIT_SET_COUNTER_2_MODE_3);
    io_out8(PIT_COUNTER_2, (uint8_t)divisor);
    io_out8(PIT_COUNTER_2, (uint8_t)(divisor >> 8));
    gate(NMI_SC_TIMER_2 | NMI_SC_SPEAKER);
    return 0;
}

int speaker_beep(void)
{
    int error;

    speaker_tone(BEEP_HZ);
    error = clock_delay_us(BEEP_US);
    speaker_tone(0);
    return error;
}

void speaker_reset(void)
{
    if (is_on)
        speaker_tone(0);
}
