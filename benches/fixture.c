/* The library that every candidate of the benchmark binds: functions that do next to nothing, so that what is
 * measured is the way there and back. The C module (reference.c) links against it, the others load it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { double x, y; } point;
typedef struct { uint8_t red, green, blue, alpha; } pixel;

void noop(void) {}
int add(int a, int b) { return a + b; }
int64_t add64(int64_t a, int64_t b) { return a + b; }

/* Not `fadd`: the C library has a function of that name, and a module that links would get that one. */
double add_doubles(double a, double b) { return a + b; }

int sum6(int a, int b, int c, int d, int e, int f) { return a + b + c + d + e + f; }

double mix8(int a, double b, int c, double d, int e, double f, int g, double h) {
    return a + b + c + d + e + f + g + h;
}

size_t slen(const char *s) { return strlen(s); }
void *ident(void *p) { return p; }

point mkpoint(double x, double y) {
    point p = { x, y };
    return p;
}

double point_sum(point p) { return p.x + p.y; }

/* Calls back n times, each time with the last answer. */
int apply(int (*f)(int), int n) {
    int x = 0;
    for (int i = 0; i < n; i++)
        x = f(x);
    return x;
}

void fill_i32(int *a, int n) {
    for (int i = 0; i < n; i++)
        a[i] = i + 1;
}

static char text_4k[4097];

const char *text16(void) { return "sixteen letters."; }
const char *text4k(void) { return text_4k; }

/* The same 1 MiB blocks for every candidate: how memory is aligned decides how fast it is copied. */
enum { BLOCK = 1 << 20 };
static _Alignas(4096) unsigned char source_block[BLOCK], target_block[BLOCK + 2048];

void *block_source(void) {
    static int prepared;
    if (!prepared)
        for (size_t i = 0; i < BLOCK; i++)
            source_block[i] = (unsigned char)(i * 31 + (i >> 8));
    prepared = 1;
    return source_block;
}

void *block_target(void) { return target_block + 2048; }

void sort_ints(int *a, size_t n, int (*compare)(const void *, const void *)) {
    qsort(a, n, sizeof *a, compare);
}

/* n numbers without order, the same ones each time. */
void shuffle_ints(int *a, size_t n) {
    uint32_t state = 12345;
    for (size_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        a[i] = (int)(state >> 1);
    }
}

/* Whether a holds what shuffle_ints writes, in order. */
int is_sorted(const int *a, size_t n) {
    int *wanted = malloc(n * sizeof *wanted);
    int64_t difference = 0;
    int ordered = 1;
    if (!wanted)
        return 0;
    shuffle_ints(wanted, n);
    for (size_t i = 0; i < n; i++) {
        difference += (int64_t)wanted[i] - a[i];
        ordered &= i == 0 || a[i - 1] <= a[i];
    }
    free(wanted);
    return ordered && difference == 0;
}

/* What the image workload computes, for comparison. */
void image_ramp(pixel *image, int n) {
    double step = 255.0 / (n - 1);
    for (int i = 0; i < n; i++) {
        pixel p = { 0, (uint8_t)(i * step), 0, 255 };
        image[i] = p;
    }
}

static void to_grey(pixel *image, int n) {
    for (int i = 0; i < n; i++) {
        pixel *p = &image[i];
        double grey = 0.3 * p->red + 0.59 * p->green + 0.11 * p->blue;
        p->red = p->green = p->blue = (uint8_t)grey;
    }
}

/* Whether the image is a ramp that went through `rounds` rounds. */
int is_grey(const pixel *image, int n, int rounds) {
    pixel *wanted = malloc((size_t)n * sizeof *wanted);
    int same;
    if (!wanted)
        return 0;
    image_ramp(wanted, n);
    for (int i = 0; i < rounds; i++)
        to_grey(wanted, n);
    same = memcmp(wanted, image, (size_t)n * sizeof *wanted) == 0;
    free(wanted);
    return same;
}

__attribute__((constructor)) static void prepare(void) {
    for (size_t i = 0; i + 1 < sizeof text_4k; i++)
        text_4k[i] = (char)('a' + i % 26);
}
