/* Scalars through calls: identity and arithmetic of every type, long argument lists, results that leave garbage in the
 * upper register bits, limits, out-parameters, errno, strings and byte buffers. */
#include "fixtures.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

/* ---- identity ---- */

#define IDENTITY(name, T) T id_##name(T v) { return v; }
IDENTITY(bool, bool)
IDENTITY(i8, int8_t)
IDENTITY(u8, uint8_t)
IDENTITY(i16, int16_t)
IDENTITY(u16, uint16_t)
IDENTITY(i32, int32_t)
IDENTITY(u32, uint32_t)
IDENTITY(i64, int64_t)
IDENTITY(u64, uint64_t)
IDENTITY(isize, intptr_t)
IDENTITY(usize, size_t)
IDENTITY(f32, float)
IDENTITY(f64, double)
IDENTITY(pointer, void *)
IDENTITY(string, const char *)
IDENTITY(clong, long)
IDENTITY(culong, unsigned long)
IDENTITY(wchar, wchar_t)

/* ---- arithmetic; integers are computed unsigned, so that they wrap ---- */

#define INTEGER_ARITHMETIC(name, T)                                      \
    T add_##name(T a, T b) { return (T)((uint64_t)a + (uint64_t)b); }    \
    T sub_##name(T a, T b) { return (T)((uint64_t)a - (uint64_t)b); }    \
    T mul_##name(T a, T b) { return (T)((uint64_t)a * (uint64_t)b); }    \
    void increment_##name(T *p) { *p = (T)((uint64_t)*p + 1); }
#define SIGNED_ARITHMETIC(name, T) \
    INTEGER_ARITHMETIC(name, T)    \
    T neg_##name(T v) { return (T)(0 - (uint64_t)v); }
#define FLOAT_ARITHMETIC(name, T)             \
    T add_##name(T a, T b) { return a + b; }  \
    T sub_##name(T a, T b) { return a - b; }  \
    T mul_##name(T a, T b) { return a * b; }  \
    T neg_##name(T v) { return -v; }          \
    void increment_##name(T *p) { *p += 1; }
SIGNED_ARITHMETIC(i8, int8_t)
INTEGER_ARITHMETIC(u8, uint8_t)
SIGNED_ARITHMETIC(i16, int16_t)
INTEGER_ARITHMETIC(u16, uint16_t)
SIGNED_ARITHMETIC(i32, int32_t)
INTEGER_ARITHMETIC(u32, uint32_t)
SIGNED_ARITHMETIC(i64, int64_t)
INTEGER_ARITHMETIC(u64, uint64_t)
FLOAT_ARITHMETIC(f32, float)
FLOAT_ARITHMETIC(f64, double)

void increment_isize(intptr_t *p) { *p = (intptr_t)((uintptr_t)*p + 1); }
void increment_usize(size_t *p) { *p += 1; }
void increment_bool(bool *p) { *p = !*p; }

int add(int a, int b) { return (int)((unsigned)a + (unsigned)b); }
int64_t add64(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
double fadd(double a, double b) { return a + b; }
int twice(int v) { return (int)((unsigned)v * 2); }

static int noop_count;
void noop(void) { noop_count += 1; }
int noop_calls(void) { return noop_count; }
void noop_reset(void) { noop_count = 0; }

/* ---- limits ---- */

#define LIMITS(name, T, MIN, MAX)     \
    T min_##name(void) { return MIN; } \
    T max_##name(void) { return MAX; }
LIMITS(i8, int8_t, INT8_MIN, INT8_MAX)
LIMITS(u8, uint8_t, 0, UINT8_MAX)
LIMITS(i16, int16_t, INT16_MIN, INT16_MAX)
LIMITS(u16, uint16_t, 0, UINT16_MAX)
LIMITS(i32, int32_t, INT32_MIN, INT32_MAX)
LIMITS(u32, uint32_t, 0, UINT32_MAX)
LIMITS(i64, int64_t, INT64_MIN, INT64_MAX)
LIMITS(u64, uint64_t, 0, UINT64_MAX)
LIMITS(isize, intptr_t, INTPTR_MIN, INTPTR_MAX)
LIMITS(usize, size_t, 0, SIZE_MAX)
LIMITS(f32, float, -FLT_MAX, FLT_MAX)
LIMITS(f64, double, -DBL_MAX, DBL_MAX)

double nan_f64(void) { return __builtin_nan(""); }
double inf_f64(void) { return __builtin_inf(); }
float tiny_f32(void) { return 0x1p-149f; }
double third(void) { return 1.0 / 3.0; }
double neg_zero(void) { return -0.0; }
double pi(void) { return 3.141592653589793; }

/* ---- long argument lists; the weights tell swapped arguments apart ---- */

int sum6(int a, int b, int c, int d, int e, int f) { return a + b + c + d + e + f; }

double mix8(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, float f, int64_t g, double h)
{
    return 1.0 * a + 2.0 * b + 3.0 * c + 4.0 * d + 5.0 * e + 6.0 * f + 7.0 * (double)g + 8.0 * h;
}

#define TWENTY_INTS                                                                                    \
    int a1, int a2, int a3, int a4, int a5, int a6, int a7, int a8, int a9, int a10, int a11, int a12, \
        int a13, int a14, int a15, int a16, int a17, int a18, int a19, int a20

int sum20(TWENTY_INTS)
{
    return a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11 + a12 + a13 + a14 + a15 + a16 + a17 + a18 + a19
           + a20;
}

int64_t weigh20(TWENTY_INTS)
{
    const int values[] = {a1,  a2,  a3,  a4,  a5,  a6,  a7,  a8,  a9,  a10,
                          a11, a12, a13, a14, a15, a16, a17, a18, a19, a20};
    int64_t sum = 0;
    for (int i = 0; i < 20; i++)
        sum += (int64_t)(i + 1) * values[i];
    return sum;
}

double mixed20(int a1, double a2, int a3, double a4, int a5, double a6, int a7, double a8, int a9, double a10, int a11,
               double a12, int a13, double a14, int a15, double a16, int a17, double a18, int a19, double a20)
{
    const double values[] = {a1,  a2,  a3,  a4,  a5,  a6,  a7,  a8,  a9,  a10,
                             a11, a12, a13, a14, a15, a16, a17, a18, a19, a20};
    double sum = 0;
    for (int i = 0; i < 20; i++)
        sum += (i + 1) * values[i];
    return sum;
}

double doubles12(double a1, double a2, double a3, double a4, double a5, double a6, double a7, double a8, double a9,
                 double a10, double a11, double a12)
{
    return a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6 + 7 * a7 + 8 * a8 + 9 * a9 + 10 * a10 + 11 * a11 + 12 * a12;
}

float floats10(float a1, float a2, float a3, float a4, float a5, float a6, float a7, float a8, float a9, float a10)
{
    return a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6 + 7 * a7 + 8 * a8 + 9 * a9 + 10 * a10;
}

int64_t smalls12(int8_t a1, uint8_t a2, int16_t a3, uint16_t a4, bool a5, int8_t a6, uint8_t a7, int16_t a8,
                 uint16_t a9, bool a10, int8_t a11, uint8_t a12)
{
    return a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6 + 7 * a7 + 8 * a8 + 9 * a9 + 10 * a10 + 11 * a11 + 12 * a12;
}

/* ---- narrow results: the ABI leaves the upper bits of the register undefined, these functions fill them ---- */

#define GARBAGE UINT64_C(0xDEADBEEFCAFEBABE)
uint64_t dirty8(uint32_t v) { return (GARBAGE & ~UINT64_C(0xff)) | (v & 0xff); }
uint64_t dirty16(uint32_t v) { return (GARBAGE & ~UINT64_C(0xffff)) | (v & 0xffff); }
uint64_t dirty32(uint32_t v) { return (GARBAGE & ~UINT64_C(0xffffffff)) | v; }
uint64_t dirty_bool(uint32_t v) { return (GARBAGE & ~UINT64_C(0xff)) | (v != 0); }
uint64_t byte_bool(uint32_t v) { return v & 0xff; }

bool not_bool(bool v) { return !v; }
int bool_to_int(bool v) { return v; }
bool is_even(int v) { return v % 2 == 0; }
int is_even_int(int v) { return v % 2 == 0; }
bool all3(bool a, bool b, bool c) { return a && b && c; }
int arg_bits(int v) { return v; }

/* ---- a small library as a manual would show it ---- */

double calculate(int op, double a, double b)
{
    switch (op) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    default: return 0;
    }
}

void process_buffer(int *values, int n)
{
    for (int i = 0; i < n; i++)
        values[i] *= 2;
}

int version_int(void) { return 7; }
const char *version_string(void) { return "fixtures 1.0"; }

/* ---- strings ---- */

const char *null_string(void) { return NULL; }
const char *empty_string(void) { return ""; }
void *null_pointer(void) { return NULL; }
const char *utf8_text(void) { return "gr\303\274\303\237 dich \342\230\203"; }
const char *latin1_text(void) { return "caf\351 \377\200"; }
size_t slen(const char *text) { return text ? strlen(text) : 0; }
const char *ident(const char *text) { return text; }
bool is_null(const void *p) { return p == NULL; }

bool same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

const char *greet(const char *name)
{
    static char text[128];
    snprintf(text, sizeof text, "hello %s!", name);
    return text;
}

size_t build_string(char *buffer, size_t size, const char *piece, int times)
{
    size_t length = strlen(piece), full = 0;
    for (int i = 0; i < times; i++) {
        for (size_t j = 0; j < length; j++, full++) {
            if (full + 1 < size)
                buffer[full] = piece[j];
        }
    }
    if (size > 0)
        buffer[full < size ? full : size - 1] = '\0';
    return full;
}

int upcase(char *text)
{
    int changed = 0;
    for (; *text; text++) {
        if (*text >= 'a' && *text <= 'z') {
            *text = (char)(*text - 'a' + 'A');
            changed += 1;
        }
    }
    return changed;
}

uint32_t count_byte(const char *text, uint8_t byte)
{
    uint32_t count = 0;
    for (; *text; text++)
        count += (uint8_t)*text == byte;
    return count;
}

static int copies;

char *copy_string(const char *text)
{
    char *copy = strdup(text);
    copies += copy != NULL;
    return copy;
}

void *get_memory(size_t n)
{
    void *p = malloc(n);
    if (p) {
        memset(p, 0xA5, n);
        copies += 1;
    }
    return p;
}

void release(void *p)
{
    copies -= p != NULL;
    free(p);
}

int live_copies(void) { return copies; }

/* ---- memory ---- */

uint8_t byte_at(const void *p, size_t index) { return ((const uint8_t *)p)[index]; }
void set_byte(void *p, size_t index, uint8_t value) { ((uint8_t *)p)[index] = value; }

void fill_i32(int32_t *items, size_t n, int32_t value)
{
    for (size_t i = 0; i < n; i++)
        items[i] = value;
}

int64_t sum_i32(const int32_t *items, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += items[i];
    return sum;
}

void fill_f64(double *items, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        items[i] = value;
}

double sum_f64(const double *items, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += items[i];
    return sum;
}

uint32_t hash_bytes(const void *p, size_t n)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const uint8_t *)p)[i]) * 16777619u;
    return hash;
}

/* ---- out-parameters ---- */

bool divide(int a, int b, int *quotient, int *remainder)
{
    if (b == 0)
        return false;
    *quotient = a / b;
    *remainder = a % b;
    return true;
}

void swap_i32(int32_t *a, int32_t *b)
{
    int32_t old = *a;
    *a = *b;
    *b = old;
}

static int pointed_to = 1234;

void out_f64(double *p) { *p = 2.5; }
void out_f32(float *p) { *p = 0.5f; }
void out_bool(bool *p) { *p = true; }
void out_u64(uint64_t *p) { *p = UINT64_MAX; }
void out_i64(int64_t *p) { *p = INT64_MIN; }
void out_i8(int8_t *p) { *p = -7; }
void out_u16(uint16_t *p) { *p = UINT16_MAX; }
void out_pointer(void **p) { *p = &pointed_to; }
void out_string(const char **p) { *p = "written"; }
void out_null(void **p) { *p = NULL; }
int read_ref(const int *p) { return p ? *p : -1; }

int sum_refs(int *a, int b, int *c)
{
    int sum = *a + b + *c;
    *a = 10;
    *c = 30;
    return sum;
}

/* ---- error codes ---- */

static uint32_t last_error;
uint32_t get_last_error(void) { return last_error; }
void set_last_error(uint32_t code) { last_error = code; }

int set_errno(int code)
{
    errno = code;
    return -1;
}

int get_errno(void) { return errno; }
int keep_errno(int v) { return v; }

void sleep_ms(uint32_t ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        continue;
}
