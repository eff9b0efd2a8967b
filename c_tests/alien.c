/* What the Alien specs call beside the other fixtures: numbers by C's own type names, eight arguments of eight types,
 * texts and functions that C keeps, functions that get functions, cells of every type. */
#include "fixtures.h"

#include <stdlib.h>
#include <string.h>

/* ---- every type by its own name: a third of it comes back, and what arrived is remembered ---- */

static int64_t seen_signed;
static uint64_t seen_unsigned;
static double seen_float;

#define THIRD(name, T, SEEN)                   \
    T third_##name(T v)                        \
    {                                          \
        SEEN = v;                              \
        return v / 3;                          \
    }                                          \
    T padded_##name(signed char pad, T v)      \
    {                                          \
        (void)pad;                             \
        return third_##name(v);                \
    }                                          \
    void void_##name(T v) { SEEN = v; }        \
    T call_##name(T (*cb)(T), T v) { return cb(v); } \
    void bump_##name(T *p) { *p = (T)(*p + 1); }
THIRD(byte, signed char, seen_signed)
THIRD(char, unsigned char, seen_unsigned)
THIRD(short, short, seen_signed)
THIRD(ushort, unsigned short, seen_unsigned)
THIRD(int, int, seen_signed)
THIRD(uint, unsigned, seen_unsigned)
THIRD(long, long, seen_signed)
THIRD(ulong, unsigned long, seen_unsigned)
THIRD(ptrdiff_t, ptrdiff_t, seen_signed)
THIRD(size_t, size_t, seen_unsigned)
THIRD(longlong, long long, seen_signed)
THIRD(ulonglong, unsigned long long, seen_unsigned)
THIRD(float, float, seen_float)
THIRD(double, double, seen_float)

int64_t get_seen_signed(void) { return seen_signed; }
uint64_t get_seen_unsigned(void) { return seen_unsigned; }
double get_seen_float(void) { return seen_float; }

/* ---- eight arguments of eight types ---- */

#define EIGHT                                                                                                    \
    signed char a, unsigned char b, short c, int d, long e, float f, double g, long long h
#define SUM_OF_EIGHT (a + b + c + d + (double)e + (double)f + g + (double)h)
int eight_int(EIGHT) { return (int)SUM_OF_EIGHT; }
long eight_long(EIGHT) { return (long)SUM_OF_EIGHT; }
float eight_float(EIGHT) { return (float)SUM_OF_EIGHT; }
double eight_double(EIGHT) { return SUM_OF_EIGHT; }

/* ---- callbacks ---- */

/* value, value / 2, ... down to 1 or -1. */
int halve(int value, int (*cb)(int))
{
    int sum = 0;
    for (; value != 0; value /= 2)
        sum += cb(value);
    return sum;
}

double call_double4(double (*cb)(int, double, float, long), int a, double b, float c, long d) { return cb(a, b, c, d); }

static int add_ten(int v) { return v + 10; }

/* The callback gets a function. */
int call_with_function(int (*cb)(int (*)(int), int), int v) { return cb(add_ten, v); }
int call_with_no_function(int (*cb)(int (*)(int), int), int v) { return cb(NULL, v); }

/* The callback gives a function, or NULL. */
int call_given_function(int (*(*cb)(void))(int), int v)
{
    int (*f)(int) = cb();
    return f ? f(v) : -1;
}

int_fn get_add_ten(void) { return add_ten; }
int_fn get_no_function(void) { return NULL; }

typedef int (*compare_fn)(const void *, const void *);
int call_compare(compare_fn cb, int a, int b) { return cb(&a, &b); }
int call_compare_char(int (*cb)(const char *, const char *), int a, int b)
{
    char x = (char)a, y = (char)b;
    return cb(&x, &y);
}
int call_two_refs(void (*cb)(int *, double *), int a, double b, double *sum)
{
    cb(&a, &b);
    *sum = a + b;
    return a;
}

/* The text that the callback gave is measured after others were asked for, too. */
size_t measure_twice(const char *(*cb)(int))
{
    const char *first = cb(1);
    size_t length = first ? strlen(first) : SIZE_MAX;
    const char *second = cb(2);
    return length * 1000 + (second ? strlen(second) : SIZE_MAX);
}

int is_null_callback(int_fn cb) { return cb == NULL; }

/* ---- texts ---- */

static const char *kept;
void keep_text(const char *text) { kept = text; }
size_t kept_length(void) { return kept ? strlen(kept) : SIZE_MAX; }
char kept_byte(size_t i) { return kept[i]; }

/* The address that arrived, and a place in it. */
const char *find_byte(const char *text, int byte) { return strchr(text, byte); }
const void *same_address(const void *p) { return p; }
int same_addresses(const void *a, const void *b) { return a == b; }
size_t hash_text(const unsigned char *bytes, size_t n)
{
    size_t hash = 5381;
    for (size_t i = 0; i < n; i++)
        hash = hash * 33 + bytes[i];
    return hash;
}

/* texts: strings in memory of the caller's. */
size_t total_of(const char *const *texts, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        length += texts[i] ? strlen(texts[i]) : 0;
    return length;
}

/* ---- structs ---- */

typedef struct { long id; char kind; } padded;
long sum_padded(const padded *items, size_t n)
{
    long sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += items[i].id * 10 + items[i].kind;
    return sum;
}
void fill_padded(padded *items, size_t n)
{
    memset(items, 0x5a, n * sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = (padded){(long)i, (char)('a' + i)};
}
size_t size_of_padded(void) { return sizeof(padded); }
padded next_padded(padded v) { return (padded){v.id + 1, (char)(v.kind + 1)}; }
long call_padded(padded (*cb)(padded), long id, char kind)
{
    padded result = cb((padded){id, kind});
    return result.id * 1000 + result.kind;
}

typedef struct { short s; struct { char c; double d; } inner; int values[3]; const char *name; } compound;
double sum_compound(const compound *c)
{
    return c->s + c->inner.c + c->inner.d + c->values[0] + c->values[1] + c->values[2] + (double)strlen(c->name);
}
size_t size_of_compound(void) { return sizeof(compound); }

/* ---- memory that C gives ---- */

static int numbers[4] = {10, -20, 30, -40};
static double fractions[3] = {0.5, -1.25, 1e300};
static const char *words[3] = {"alpha", "beta", NULL};
static struct {
    signed char byte;
    unsigned char uchar;
    short s;
    unsigned short us;
    long l;
    unsigned long ul;
    float f;
} extremes = {-128, 255, -32768, 65535, INT64_MIN, UINT64_MAX, 0.25f};
int *get_numbers(void) { return numbers; }
double *get_fractions(void) { return fractions; }
const char **get_words(void) { return words; }
void *get_extreme(int which)
{
    switch (which) {
    case 0: return &extremes.byte;
    case 1: return &extremes.uchar;
    case 2: return &extremes.s;
    case 3: return &extremes.us;
    case 4: return &extremes.l;
    case 5: return &extremes.ul;
    case 6: return &extremes.f;
    default: return NULL;
    }
}
void *get_memory_or_null(size_t n) { return n ? calloc(1, n) : NULL; }
void give_back(void *p) { free(p); }
