/* cplusplus.cpp - C++ without exceptions and run-time type information.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <os_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int alive;

struct Shape {
    Shape() { alive++; }
    virtual ~Shape() { alive--; }
    virtual int corners() const = 0;
};

struct Triangle : Shape {
    int corners() const override { return 3; }
};

struct Square : Shape {
    int corners() const override { return 4; }
};

/* Its constructor runs before main, its destructor behind it. */
static struct Witness {
    int count;
    Witness() : count(42) {}
    ~Witness()
    {
        puts(count == 43 && alive == 0 ? "cplusplus: all is well"
                                       : "cplusplus: wrong at the end");
    }
} witness;

template <typename T> static T largest(const T *items, size_t count)
{
    T found = items[0];

    for (size_t i = 1; i < count; i++)
        if (items[i] > found)
            found = items[i];
    return found;
}

int main()
{
    static Square in_function; /* made when it is reached */
    Shape *shapes[] = { new Triangle, new Square };
    double *numbers = new double[3]{ 1.5, 2.5, 0.5 };
    int corners = 0, sum = 0;

    for (Shape *shape : shapes)
        corners += shape->corners();
    os_interface->parallel_for(
        0, 100, 1,
        [](uint64_t begin, uint64_t end, void *argument) {
            for (uint64_t i = begin; i < end; i++)
                __atomic_fetch_add(static_cast<int *>(argument), 1,
                                   __ATOMIC_RELAXED);
        },
        &sum);
    if (corners != 7 || largest(numbers, 3) != 2.5 || sum != 100 ||
        alive != 3 || in_function.corners() != 4) {
        printf("cplusplus: wrong in main\n");
        return 1;
    }
    for (Shape *shape : shapes)
        delete shape;
    delete[] numbers;
    witness.count++;
}
