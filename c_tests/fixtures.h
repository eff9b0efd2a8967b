/* Struct and union types that several fixtures share. The specs declare the same ones through lunaffi. */
#ifndef FIXTURES_H
#define FIXTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int (*int_fn)(int);

/* By the registers they travel in on x86-64: SSE, integer, both, memory. */
typedef struct { double x, y; } point;
typedef struct { float x, y; } pointf;
typedef struct { float x, y, z; } vec3f;
typedef struct { float v[4]; } floats4;
typedef struct { float v; } onef;
typedef struct { double v; } oned;
typedef struct { float f; double d; } floats3d;

typedef struct { int8_t v; } one8;
typedef struct { int32_t v; } one32;
typedef struct { int8_t a; int16_t b; } i8_i16;
typedef struct { bool a, b, c; } bools;
typedef struct { uint8_t v[3]; } bytes3;
typedef struct { uint8_t v[16]; } bytes16;
typedef struct { int64_t a, b; } pair64;

typedef struct { int32_t i; float f; } int_float;
typedef struct { double d; int32_t i; } double_int;
typedef struct { int32_t i; double d; } int_double;
typedef struct { int32_t id; int16_t tags[3]; float weight; } item;
typedef struct {
    int8_t a;
    struct inner {
        int16_t b;
        struct innermost { uint8_t c; float d; } e;
    } f;
} deep;

typedef struct { int64_t a, b, c; } triple64;
typedef struct { uint8_t v[17]; } bytes17;
typedef struct { double v[16]; } big;
typedef struct { point min, max; } rect;
typedef struct { pointf a, b; } segment;
typedef struct { int32_t count; pointf corners[3]; } polygon;
typedef struct { const char *name; void *data; int32_t n; } named;

typedef union { int32_t i; float f; } num32;
typedef union { double d; int64_t i; } num64;
typedef union { int32_t i; uint8_t b[16]; } key16;
typedef union { float f; float v[2]; } funion;
typedef union { int64_t i; uint8_t b[24]; } wide;
typedef struct { int32_t kind; num64 value; } tagged;

#endif
