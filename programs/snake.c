/* snake.c - a game: a snake that grows by what it eats.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     snake [SEED]
 *
 * The arrow keys steer, Escape ends the game; walls and the snake's own body
 * are deadly. A loop that most games have: take the keys that were typed, move,
 * draw what has changed, wait for the rest of the step. It is drawn in squares
 * on the frame buffer; without one there is no game.
 */
#include <baremetal.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMNS 40
#define ROWS 28
#define STEP_US 90000           /* and shorter for each meal: */
#define STEP_LEAST_US 40000
#define FASTER_US 1500
#define LENGTH 4
#define KEY_ESCAPE 27

enum square { EMPTY, WALL, BODY, FOOD };

/* Red, green, blue. */
static const uint32_t colours[] = { 0x101018, 0x606878, 0x40C060, 0xE05040 };

struct place {
    int x, y;
};

static const struct baremetal *os;
static struct baremetal_screen screen;

static unsigned char field[ROWS][COLUMNS]; /* enum square */

/* The snake's body, in a ring: from the tail to the head. */
static struct place body[ROWS * COLUMNS];
static int tail, head;

static struct place direction = { 1, 0 };

static void draw(struct place at, enum square what)
{
    int size = screen.width / COLUMNS < screen.height / ROWS
                   ? screen.width / COLUMNS
                   : screen.height / ROWS;
    uint32_t *corner = (uint32_t *)screen.frame_buffer +
                       at.y * size * screen.pitch + at.x * size;

    field[at.y][at.x] = (unsigned char)what;
    for (int y = 0; y < size - 1; y++) /* a dark line between squares */
        for (int x = 0; x < size - 1; x++)
            corner[y * screen.pitch + x] = colours[what];
}

static void draw_field(void)
{
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++)
            draw((struct place){ x, y },
                 x && y && x < COLUMNS - 1 && y < ROWS - 1 ? EMPTY : WALL);
    for (int x = 0; x < LENGTH; x++) {
        body[x] = (struct place){ COLUMNS / 4 + x, ROWS / 2 };
        draw(body[x], BODY);
    }
    tail = 0;
    head = LENGTH - 1;
}

static void place_food(void)
{
    struct place at;

    do {
        at.x = rand() % COLUMNS;
        at.y = rand() % ROWS;
    } while (field[at.y][at.x] != EMPTY);
    draw(at, FOOD);
}

/* The last of the keys typed counts; back into itself a snake can't turn.
 * Returns 1 for Escape. */
static int steer(void)
{
    struct place old = direction;
    int key;

    while ((key = os->key())) {
        struct place wanted = old;

        switch (key) {
        case BAREMETAL_KEY_UP: wanted = (struct place){ 0, -1 }; break;
        case BAREMETAL_KEY_DOWN: wanted = (struct place){ 0, 1 }; break;
        case BAREMETAL_KEY_LEFT: wanted = (struct place){ -1, 0 }; break;
        case BAREMETAL_KEY_RIGHT: wanted = (struct place){ 1, 0 }; break;
        case KEY_ESCAPE: return 1;
        }
        if (wanted.x != -old.x || wanted.y != -old.y)
            direction = wanted;
    }
    return 0;
}

/* What the head comes to. */
static enum square advance(void)
{
    struct place at = { body[head].x + direction.x,
                        body[head].y + direction.y };
    enum square found = field[at.y][at.x];

    if (found == WALL || found == BODY)
        return found;
    head = (head + 1) % (ROWS * COLUMNS);
    body[head] = at;
    draw(at, BODY);
    if (found == EMPTY) {
        draw(body[tail], EMPTY);
        tail = (tail + 1) % (ROWS * COLUMNS);
    }
    return found;
}

/* Returns the meals. */
static int play(void)
{
    /* One place is never free for food: the game is won there. */
    int meals = 0, most = (ROWS - 2) * (COLUMNS - 2) - LENGTH - 1;

    while (meals < most && !steer()) {
        int step = STEP_US - meals * FASTER_US;
        enum square found = advance();

        if (found == WALL || found == BODY)
            break;
        if (found == FOOD) {
            meals++;
            place_food();
        }
        os->delay_us((uint64_t)(step > STEP_LEAST_US ? step : STEP_LEAST_US));
    }
    return meals;
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    static const char clear[] = { BAREMETAL_CLEAR };
    uint64_t now;
    int meals;

    os = interface;
    os->screen(&screen);
    if (!screen.frame_buffer || os->time_ns(&now)) {
        puts("snake: this game needs a frame buffer and a clock");
        return 1;
    }
    srand(argc > 1 ? (unsigned)atoi(argv[1]) : (unsigned)now);
    os->write(clear, sizeof clear);
    draw_field();
    place_food();
    meals = play();
    os->write(clear, sizeof clear);
    printf("Game over: %d meals.\n", meals);
    return 0;
}
