/* Variadic functions: sums of one kind, kinds by letters, more values than registers, structs by value, and small and
 * float parameters before the dots. */
#include "fixtures.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SUM_OF(name, RESULT, T, EXPRESSION) \
    RESULT name(int n, ...)                 \
    {                                       \
        va_list args;                       \
        va_start(args, n);                  \
        RESULT sum = 0;                     \
        for (int i = 0; i < n; i++) {       \
            T v = va_arg(args, T);          \
            sum += EXPRESSION;              \
        }                                   \
        va_end(args);                       \
        return sum;                         \
    }
SUM_OF(sum_ints, int, int, v)
SUM_OF(sum_i64, int64_t, int64_t, v)
SUM_OF(sum_doubles, double, double, v)
SUM_OF(sum_points, double, point, v.x + v.y)
SUM_OF(sum_pairs, int64_t, pair64, v.a + v.b)
SUM_OF(sum_triples, int64_t, triple64, v.a + v.b + v.c)

int format(char *buffer, size_t size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(buffer, size, fmt, args);
    va_end(args);
    return length;
}

static char trace[4096];
static size_t trace_length;

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(trace + trace_length, sizeof trace - trace_length, fmt, args);
    va_end(args);
    if (length > 0)
        trace_length += (size_t)length;
    if (trace_length >= sizeof trace)
        trace_length = sizeof trace - 1;
}

const char *mix(const char *kinds, ...)
{
    va_list args;
    va_start(args, kinds);
    trace_length = 0;
    trace[0] = '\0';
    for (const char *kind = kinds; *kind; kind++) {
        if (kind != kinds)
            note(" ");
        switch (*kind) {
        case 'i': note("i=%d", va_arg(args, int)); break;
        case 'u': note("u=%u", va_arg(args, unsigned)); break;
        case 'l': note("l=%" PRId64, va_arg(args, int64_t)); break;
        case 'L': note("L=%" PRIu64, va_arg(args, uint64_t)); break;
        case 'd': note("d=%.17g", va_arg(args, double)); break;
        case 'p': note("p=0x%" PRIxPTR, (uintptr_t)va_arg(args, void *)); break;
        case 'c': note("c=%c", va_arg(args, int)); break;
        case 'b': note("b=%s", va_arg(args, int) ? "true" : "false"); break;
        case 's': {
            const char *text = va_arg(args, const char *);
            note("s=%s", text ? text : "(null)");
            break;
        }
        default: note("%c?", *kind); break;
        }
    }
    va_end(args);
    return trace;
}

double sum_mixed(const char *kinds, ...)
{
    va_list args;
    va_start(args, kinds);
    double sum = 0;
    for (; *kinds; kinds++) {
        switch (*kinds) {
        case 'i': sum += va_arg(args, int); break;
        case 'l': sum += (double)va_arg(args, int64_t); break;
        case 'd': sum += va_arg(args, double); break;
        default: break;
        }
    }
    va_end(args);
    return sum;
}

size_t total_length(const char *first, ...)
{
    va_list args;
    va_start(args, first);
    size_t length = 0;
    for (const char *text = first; text; text = va_arg(args, const char *))
        length += strlen(text);
    va_end(args);
    return length;
}

double scaled_sum(double scale, float first, int8_t small, int n, ...)
{
    va_list args;
    va_start(args, n);
    double sum = (double)first + small;
    for (int i = 0; i < n; i++)
        sum += va_arg(args, double);
    va_end(args);
    return scale * sum;
}

int first_of(int n, ...)
{
    va_list args;
    va_start(args, n);
    int first = n > 0 ? va_arg(args, int) : 0;
    va_end(args);
    return first;
}
