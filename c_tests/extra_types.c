/* What the compiler says of its scalar types: sizes and alignments by C name, for the type table. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <wchar.h>

#define TYPES(X)                                                                                   \
    X(bool) X(char) X(int8_t) X(uint8_t) X(short) X(int16_t) X(uint16_t) X(int) X(int32_t)         \
    X(uint32_t) X(long) X(int64_t) X(uint64_t) X(intptr_t) X(uintptr_t) X(ptrdiff_t) X(ssize_t)    \
    X(size_t) X(float) X(double) X(wchar_t)

/* The offset after a single byte, so the alignment inside a struct: what the layout needs. */
#define ALIGNED(T)                                                                                 \
    struct after_##T {                                                                             \
        char first;                                                                                \
        T second;                                                                                  \
    };
TYPES(ALIGNED)

struct after_pointer {
    char first;
    void *second;
};

/* 0 for a name that is not in the list. */
size_t c_size_of(const char *name) {
#define SIZE(T)                                                                                    \
    if (strcmp(name, #T) == 0) return sizeof(T);
    TYPES(SIZE)
    return strcmp(name, "void *") == 0 ? sizeof(void *) : 0;
}

size_t c_align_of(const char *name) {
#define ALIGN(T)                                                                                   \
    if (strcmp(name, #T) == 0) return offsetof(struct after_##T, second);
    TYPES(ALIGN)
    return strcmp(name, "void *") == 0 ? offsetof(struct after_pointer, second) : 0;
}

bool c_wchar_is_signed(void) {
    return (wchar_t)-1 < 0;
}
