/* mandel.c - draws the Mandelbrot set on the frame buffer, on all CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A key ends it.
 */
#include <baremetal.h>
#include <stdio.h>

#define STEPS 100   /* a point that stays near zero that long is in the set */

/* The part of the plane that is shown, and its middle. */
#define WIDTH 3.5
#define MIDDLE_X (-0.75)
#define MIDDLE_Y 0.0

/* How many steps z = z * z + c, from 0, takes to leave for good. */
static unsigned steps_of(double x, double y)
{
    double zx = 0, zy = 0;
    unsigned steps = 0;

    while (steps < STEPS && zx * zx + zy * zy < 4) {
        double next = zx * zx - zy * zy + x;

        zy = 2 * zx * zy + y;
        zx = next;
        steps++;
    }
    return steps;
}

/* Black inside; outside from blue over white to yellow. */
static uint32_t colour(unsigned steps)
{
    uint32_t light = steps * 255 / STEPS;
    uint32_t more = light * 4 > 255 ? 255 : light * 4;

    return steps == STEPS ? 0 : more << 16 | more << 8 | (255 - light);
}

/* A part of the loop: some lines of the picture. */
static void draw_lines(uint64_t begin, uint64_t end, void *argument)
{
    const struct baremetal_screen *screen = argument;
    double step = WIDTH / screen->width;

    for (uint64_t line = begin; line < end; line++) {
        uint32_t *pixels = (uint32_t *)screen->frame_buffer +
                           line * screen->pitch;
        double y = MIDDLE_Y + ((double)line - screen->height / 2) * step;

        for (int i = 0; i < screen->width; i++)
            pixels[i] = colour(steps_of(
                MIDDLE_X + (i - screen->width / 2) * step, y));
    }
}

int main(int argc, char **argv, const struct baremetal *os)
{
    static const char clear[] = { BAREMETAL_CLEAR };
    struct baremetal_screen screen;

    (void)argc;
    (void)argv;
    os->screen(&screen);
    if (!screen.frame_buffer) {
        puts("mandel: there is no frame buffer to draw on");
        return 1;
    }
    os->parallel_for(0, screen.height, 1, draw_lines, &screen);
    os->key_wait();
    os->write(clear, sizeof clear);
    return 0;
}
