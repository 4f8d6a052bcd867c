/* stars.c - flying through stars: an animation on the frame buffer.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Pixels are 32-bit words, blue in the lowest byte, `pitch` of them in a line.
 * A picture is drawn by erasing each star where it was and drawing it where it
 * is: a few thousand writes to slow memory, where all of it would be a million.
 * A key ends it.
 */
#include <baremetal.h>
#include <stdio.h>
#include <stdlib.h>

#define STARS 1000
#define DEPTH 1024              /* how far away a star begins */
#define SPEED 6
#define PICTURE_US 16667        /* 60 pictures a second */

static struct star {
    int x, y, z;                /* z: how far away */
    uint32_t *pixel;            /* where it is drawn, 0: nowhere */
} stars[STARS];

static void begin(struct star *star, int z)
{
    star->x = rand() % 2001 - 1000;
    star->y = rand() % 2001 - 1000;
    star->z = z;
}

/* Things that are twice as far away are half as far from the middle. */
static uint32_t *place_of(const struct star *star,
                          const struct baremetal_screen *screen)
{
    int x = screen->width / 2 + star->x * screen->width / 2 / star->z;
    int y = screen->height / 2 + star->y * screen->height / 2 / star->z;

    if (x < 0 || x >= screen->width || y < 0 || y >= screen->height)
        return 0;
    return (uint32_t *)screen->frame_buffer + y * screen->pitch + x;
}

static void move(struct star *star, const struct baremetal_screen *screen)
{
    uint32_t light;

    if (star->pixel)
        *star->pixel = 0;
    star->z -= SPEED;
    star->pixel = star->z > 0 ? place_of(star, screen) : 0;
    if (!star->pixel)
        begin(star, DEPTH);
    else {
        light = 255 - (uint32_t)star->z * 200 / DEPTH; /* near: bright */
        *star->pixel = light << 16 | light << 8 | light;
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
        puts("stars: there is no frame buffer to draw on");
        return 1;
    }
    os->write(clear, sizeof clear);
    for (int y = 0; y < screen.height; y++) /* the cursor, too */
        for (int x = 0; x < screen.width; x++)
            ((uint32_t *)screen.frame_buffer)[y * screen.pitch + x] = 0;
    for (int i = 0; i < STARS; i++)
        begin(&stars[i], 1 + rand() % DEPTH);
    while (!os->key()) {
        for (int i = 0; i < STARS; i++)
            move(&stars[i], &screen);
        if (os->delay_us(PICTURE_US))
            break; /* no clock: one picture */
    }
    os->write(clear, sizeof clear);
    return 0;
}
