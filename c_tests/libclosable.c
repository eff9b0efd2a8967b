/* A library whose unloading can be seen: its destructor changes an int of the caller's and appends to a file. */
#include "fixtures.h"

#include <stdio.h>
#include <stdlib.h>

static int *watched;
static char watched_path[512];
static int calls;

int closable_value = 5;

static void append(const char *path, const char *line)
{
    FILE *file = path && path[0] ? fopen(path, "a") : NULL;
    if (file) {
        fputs(line, file);
        fclose(file);
    }
}

__attribute__((constructor)) static void opened(void) { append(getenv("LUNAFFI_CLOSE_LOG"), "opened\n"); }

__attribute__((destructor)) static void closed(void)
{
    if (watched)
        *watched += 1;
    append(watched_path, "closed\n");
    append(getenv("LUNAFFI_CLOSE_LOG"), "closed\n");
}

void watch(int *counter) { watched = counter; }
void watch_file(const char *path) { snprintf(watched_path, sizeof watched_path, "%s", path ? path : ""); }
int closable_answer(void) { return 42; }
int closable_counter(void) { return ++calls; }

/* Still has work to do after the callback, which may close this library. */
int call_and_return(int (*cb)(int), int x)
{
    int result = cb(x);
    calls += 1;
    return result + 1;
}
